"""Operators that draw random arrays, and densities of the distributions they draw from."""

from symbolnb.ops.random import choices, density, distributions, draw, sample

__all__ = ["choices", "density", "distributions", "draw", "sample"]
