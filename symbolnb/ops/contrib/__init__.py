"""Operators of MXNet's contrib namespace outside computer vision, and the first versions of three layers."""

from symbolnb.ops.contrib import arrays, attention, batch_norm, elementwise, hawkes, legacy, spectral

__all__ = ["arrays", "attention", "batch_norm", "elementwise", "hawkes", "legacy", "spectral"]
