"""Arithmetic of 8 bit integers that stand for real numbers between a lowest and a highest one.

A tensor is three arrays: the integers, and as arrays of one float32 the real numbers that the range of the integers
stands for. Only the larger of their absolute values counts.
"""

from symbolnb.ops.quantization import calibrate, conversion, fused, layers, linear, pairs

__all__ = ["calibrate", "conversion", "fused", "layers", "linear", "pairs"]
