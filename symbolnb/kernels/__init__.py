"""Faster kernels for some operators on some devices; the reference forward serves wherever none does."""
