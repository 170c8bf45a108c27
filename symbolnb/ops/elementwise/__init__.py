"""Operators that compute each element by itself, declared as tables."""
