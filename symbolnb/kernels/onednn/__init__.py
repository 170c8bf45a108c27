"""Kernels of oneDNN for the CPU, through its C API."""
