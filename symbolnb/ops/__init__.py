"""Operator definitions: importing this package registers every operator."""

from symbolnb.ops import (
    arguments,
    creation,
    gather,
    indexing,
    joining,
    layout,
    matrix,
    movement,
    padding,
    reduce,
    reshape,
    shape,
    slicing,
)
from symbolnb.ops.elementwise import arithmetic, unary
from symbolnb.ops.nn import convolution, deconvolution, fully_connected

__all__ = [
    "arguments", "arithmetic", "convolution", "creation", "deconvolution", "fully_connected", "gather",
    "indexing", "joining", "layout", "matrix", "movement", "padding", "reduce", "reshape", "shape",
    "slicing", "unary",
]  # fmt: skip
