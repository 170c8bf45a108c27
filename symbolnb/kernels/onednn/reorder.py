"""The border of oneDNN's layouts: reordering from and to dense arrays, and between two layouts."""

from __future__ import annotations

import numpy as np

from symbolnb.dtypes import FLOAT32
from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.kernel import OneDNNKernel, Recipe, Specs
from symbolnb.kernels.onednn.layout import Layout, plain
from symbolnb.kernels.onednn.primitive import Arg
from symbolnb.ops.base import Operator


class ReorderKernel(OneDNNKernel):
    """`_reorder` where one of the two layouts is oneDNN's."""

    dtypes = (FLOAT32, np.dtype("uint8"), np.dtype("int32"))
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
