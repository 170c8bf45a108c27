"""Maximum and mean pooling, and their gradients.

oneDNN remembers where a maximum was just as the operator's hidden output does, as the index within the
kernel, so that its workspace is that output.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symbolnb.dtypes import FLOAT32
from symbolnb.graph.spec import Spec
from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.describe import Pool, Window
from symbolnb.kernels.onednn.kernel import OneDNNKernel, Recipe, Specs, first_layout, given
from symbolnb.kernels.onednn.layout import Layout, ordered
from symbolnb.kernels.onednn.primitive import Arg
from symbolnb.ops.base import Operator
from symbolnb.ops.nn.pooling import Axis, MaximumGradient, Pooling, Windowed, WindowSumGradient


def _kind(operator: Windowed, axes: Sequence[Axis]) -> Pool | None:
    """What oneDNN computes of each window, or None where that is something else than the operator does."""
    if any((axis.positions - 1) * axis.stride - axis.before >= axis.size for axis in axes):
        return None  # a window that meets no element at all
    if operator.pool_type == "max":
        return Pool.MAX
    if operator.pool_type != "avg":
        return None
    if all((axis.counts() == axis.kernel).all() for axis in axes):
        return Pool.AVERAGE_WITH_PADDING
    return Pool.AVERAGE_WITHOUT_PADDING if operator.count_include_pad is False else None


def placement(operator: Windowed, data: Spec) -> tuple[Pool, tuple[int, ...], Window] | None:
    """What, how large and where oneDNN's windows are; None where it has no such windows."""
    if operator.channels_last:
        return None
    axes = operator.axes(data.shape[2:])
    kind = _kind(operator, axes)
    window = Window(
        tuple(axis.stride for axis in axes),
        (1,) * len(axes),
        tuple(axis.before for axis in axes),
        tuple(axis.after for axis in axes),
    )
    return None if kind is None else (kind, tuple(axis.kernel for axis in axes), window)


class PoolingKernel(OneDNNKernel):
    """Pooling by maximum or mean, in the layout that the data has."""

    dtypes = (FLOAT32, np.dtype("uint8"), np.dtype("int32"))
    halves = True

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The pooling; in training mode, as oneDNN calls it, where the places of maxima are put out."""
        assert isinstance(operator, Pooling)
        placed = placement(operator, inputs[0])
        if placed is None or inputs[0].dtype.kind in "iu":
            return None
        source, target = given(inputs[0], False), given(outputs[0], free)
        primitive = describe.pooling(source, target, *placed, training=operator.has_workspace)
        if operator.has_workspace and primitive.layout(Arg.WORKSPACE).dtype != outputs[1].dtype:
            return None
        return Recipe(primitive, (Arg.SRC,), (Arg.DST, Arg.WORKSPACE)[: len(outputs)])


def _source(data: Spec, after: Spec, free: bool) -> Layout:
    """The layout of the data's gradient: that of what it is computed from, unless it is decided."""
    if free and isinstance(after.layout, Layout):
        return ordered(data.shape, after.layout.name, data.dtype)
    return given(data, False)


class MaximumGradientKernel(OneDNNKernel):
    """The gradient of maximum pooling, in the layout of the places."""

    dtypes = PoolingKernel.dtypes
    halves = True

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The backward pooling, which reads where the maxima were."""
        assert isinstance(operator, MaximumGradient)
        placed = placement(operator, outputs[0])
        if placed is None or inputs[0].dtype.kind in "iu":
            return None
        after = first_layout((inputs[1], inputs[0]))
        primitive = describe.pooling_backward(
            _source(outputs[0], after, free), _source(inputs[0], after, free), *placed
        )
        if primitive.layout(Arg.WORKSPACE).dtype != inputs[1].dtype:
            return None
        return Recipe(primitive, (Arg.DIFF_DST, Arg.WORKSPACE), (Arg.DIFF_SRC,))


class MeanGradientKernel(OneDNNKernel):
    """The gradient of mean pooling, in the layout of the output gradient."""

    halves = True

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The backward pooling."""
        assert isinstance(operator, WindowSumGradient)
        placed = placement(operator, outputs[0])
        if placed is None:
            return None
        source = _source(outputs[0], inputs[0], free)
        primitive = describe.pooling_backward(source, given(inputs[0], False), *placed)
        return Recipe(primitive, (Arg.DIFF_DST,), (Arg.DIFF_SRC,))
