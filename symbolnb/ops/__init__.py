"""Operator definitions: importing this package registers every operator."""

from symbolnb.ops import creation, layout, matrix, movement, reduce, shape
from symbolnb.ops.elementwise import arithmetic, unary
from symbolnb.ops.nn import convolution, deconvolution, fully_connected

__all__ = [
    "arithmetic", "convolution", "creation", "deconvolution", "fully_connected", "layout", "matrix",
    "movement", "reduce", "shape", "unary",
]  # fmt: skip
