"""The border of oneDNN's layouts and types: reordering from and to dense arrays, and between two layouts or types."""

from __future__ import annotations

import numpy as np

from symbolnb.dtypes import FLOAT32
from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.elementwise import worth_it
from symbolnb.kernels.onednn.kernel import OneDNNKernel, Recipe, Specs, given
from symbolnb.kernels.onednn.layout import Layout, ordered, plain
from symbolnb.kernels.onednn.primitive import Arg
from symbolnb.ops.base import Operator


class ReorderKernel(OneDNNKernel):
    """`_reorder` where one of the two layouts is oneDNN's."""

    dtypes = (FLOAT32, np.dtype("uint8"), np.dtype("int8"), np.dtype("int32"))
    halves = True
    may_be_slow = True  # nothing else can read the layout at all

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """A reorder; a layout's own shape counts, which for grouped weights is not the spec's."""
        source, target = inputs[0].layout, outputs[0].layout
        if isinstance(source, Layout):
            made = target if isinstance(target, Layout) else plain(source.shape, source.dtype)
            primitive = describe.reorder(source, made)
        elif isinstance(target, Layout):
            primitive = describe.reorder(plain(target.shape, target.dtype), target)
        else:
            return None
        return Recipe(primitive, (Arg.SRC,), (Arg.DST,))


class ConversionKernel(OneDNNKernel):
    """Cast and amp_cast between float32 and bfloat16, in the layout that the data has."""

    halves = True

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """A reorder to the same layout of the other type."""
        source, target = inputs[0], outputs[0]
        if source.dtype == target.dtype or not worth_it(inputs):
            return None
        made = given(source, False)
        other = plain(source.shape, target.dtype) if made.is_plain else ordered(source.shape, made.name, target.dtype)
        return Recipe(describe.reorder(made, other), (Arg.SRC,), (Arg.DST,))
