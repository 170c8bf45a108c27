"""Operator definitions: importing this package registers every operator."""

from symbolnb.ops import creation, layout, matrix, movement, reduce, shape
from symbolnb.ops.elementwise import arithmetic, unary
from symbolnb.ops.nn import fully_connected

__all__ = [
    "arithmetic", "creation", "fully_connected", "layout", "matrix", "movement", "reduce", "shape", "unary",
]  # fmt: skip
