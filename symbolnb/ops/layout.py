"""Changing the memory layout of an array: the border between kernel libraries."""

from __future__ import annotations

from typing import Any

from symbolnb.ops.base import Operator, Shapes, register
from symbolnb.ops.infer import same_shapes


@register
class Reorder(Operator):
    """The same elements in another memory layout, None for dense row-major.

    Only the kernel library that defines a layout can read and write it, so there is no reference forward.
    """

    name = "_reorder"
    internal = True
    family = "shape"

    layout: Any = None

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)

    def __str__(self) -> str:
        return "_reorder(dense)" if self.layout is None else "_reorder(blocked)"
