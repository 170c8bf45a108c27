"""Operator definitions: importing this package registers every operator."""

from symbolnb.ops import layout, shape
from symbolnb.ops.elementwise import arithmetic, unary
from symbolnb.ops.nn import fully_connected

__all__ = ["arithmetic", "fully_connected", "layout", "shape", "unary"]
