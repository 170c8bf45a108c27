"""Benchmarks: programs that print tables, never tests that assert a time."""
