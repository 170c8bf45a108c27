"""BatchNorm and its gradient, and LayerNorm.

oneDNN's statistics are mean and variance, the operator's are mean and ``scale = 1 / √(variance + eps)``: the
few numbers a channel has are converted by NumPy beside the primitive.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.describe import Eltwise, Normalization
from symbolnb.kernels.onednn.elementwise import worth_it
from symbolnb.kernels.onednn.kernel import OneDNNKernel, Recipe, Specs, bound, first_layout, given
from symbolnb.kernels.onednn.layout import plain
from symbolnb.kernels.onednn.memory import aligned
from symbolnb.kernels.onednn.primitive import Arg, compiled_for
from symbolnb.ops.base import Array, Operator
from symbolnb.ops.nn.batch_norm import BatchNorm, BatchNormGradient, Normalizing
from symbolnb.ops.nn.fused_normalization import FusedBatchNorm
from symbolnb.ops.nn.layer_norm import LayerNorm


def _given(operator: Normalizing) -> Normalization:
    """What the primitive is given; the scale of gamma only where it is not fixed at 1."""
    learned = Normalization.SHIFT if operator.fix_gamma else Normalization.SHIFT | Normalization.SCALE
    return learned if operator.over_batch else learned | Normalization.STATISTICS


class _NormalizingKernel(OneDNNKernel):
    """What both directions share: a vector for the variance behind the primitive's own scratch memory."""

    pairs = ((0, 0),)
    halves = True

    def workspace(self, operator: Operator, inputs: Specs, outputs: Specs) -> int:
        """The primitive's scratch memory and the variance."""
        return aligned(super().workspace(operator, inputs, outputs)) + outputs[1].nbytes

    def _variance(self, recipe: Recipe, workspace: Array, channels: int) -> Array:
        start = aligned(recipe.primitive.scratch_bytes)
        return workspace[start : start + 4 * channels].view(np.float32)


class BatchNormKernel(_NormalizingKernel):
    """BatchNorm over the second axis, in the layout that the data has."""

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The normalization; it reads the moving statistics, or writes the batch's mean."""
        assert isinstance(operator, BatchNorm)
        dimensions = len(inputs[0].shape)
        if not 2 <= dimensions <= 5 or operator.channel_axis(dimensions) != 1:
            return None
        layout, over_batch = given(inputs[0], False), operator.over_batch
        primitive = describe.batch_normalization(layout, layout, operator.eps, _given(operator), training=over_batch)
        scale = None if operator.fix_gamma else Arg.SCALE
        if over_batch:
            return Recipe(primitive, (Arg.SRC, scale, Arg.SHIFT, None, None), (Arg.DST, Arg.MEAN, Arg.VARIANCE))
        return Recipe(primitive, (Arg.SRC, scale, Arg.SHIFT, Arg.MEAN, Arg.VARIANCE), (Arg.DST, None, None))

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The primitive, and the statistics that the operator puts out."""
        assert isinstance(operator, BatchNorm)
        assert workspace is not None
        recipe, eps = self.settled(operator, *specs), operator.eps
        (moving_mean, moving_var), (out, mean, scale) = inputs[3:], outputs
        variance = self._variance(recipe, workspace, mean.size) if operator.over_batch else moving_var
        roles, arrays = (*recipe.inputs, *recipe.outputs), (*inputs, out, mean, variance)
        call = bound(recipe.primitive, roles, arrays, workspace)

        def run() -> None:
            call()
            if variance is moving_var:
                mean[...] = moving_mean
            np.add(variance, eps, out=scale)
            np.sqrt(scale, out=scale)
            np.reciprocal(scale, out=scale)

        return run


_RECTIFYING = "bnorm_jit"
"""oneDNN's implementation whose relu turns NaN into 0, as Activation does; it takes all layouts but dense ones."""


class FusedBatchNormKernel(OneDNNKernel):
    """BatchNorm by given statistics, and relu, in the layout that the data has."""

    pairs = ((0, 0),)
    halves = True

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """One normalization, which reads everything as it is."""
        assert isinstance(operator, FusedBatchNorm)
        if not 2 <= len(inputs[0].shape) <= 5:
            return None
        layout, wanted = given(inputs[0], False), _given(operator.normalization)
        primitive = describe.batch_normalization(layout, layout, operator.eps, wanted)
        if operator.rectified and primitive.implementation.startswith(_RECTIFYING):
            primitive = describe.batch_normalization(layout, layout, operator.eps, wanted | Normalization.RELU)
        scale = None if operator.fix_gamma else Arg.SCALE
        return Recipe(primitive, (Arg.SRC, scale, Arg.SHIFT, Arg.MEAN, Arg.VARIANCE), (Arg.DST,))

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The primitive, and relu by itself where the primitive would let NaN pass."""
        assert isinstance(operator, FusedBatchNorm)
        call = super().bind(operator, specs, inputs, outputs, workspace)
        primitive = self.settled(operator, *specs).primitive
        if not operator.rectified or primitive.implementation.startswith(_RECTIFYING):
            return call
        layout = primitive.layout(Arg.DST)
        with compiled_for(primitive.threads):
            relu = describe.eltwise(layout, layout, Eltwise.RELU)
        rectify = bound(relu, (Arg.SRC, Arg.DST), (*outputs, *outputs), None)

        def run() -> None:
            call()
            rectify()

        return run


class BatchNormGradientKernel(_NormalizingKernel):
    """The gradients of BatchNorm over the second axis, and the update of its moving statistics."""

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The backward normalization, in the layout of the data or else of the gradient."""
        assert isinstance(operator, BatchNormGradient)
        dimensions = len(inputs[1].shape)
        if not 2 <= dimensions <= 5 or operator.channel_axis(dimensions) != 1:
            return None
        layout = given(first_layout((inputs[1], inputs[0])), False)
        primitive = describe.batch_normalization_backward(layout, layout, layout, operator.eps, _given(operator))
        scale, scale_grad = (None, None) if operator.fix_gamma else (Arg.SCALE, Arg.DIFF_SCALE)
        taken = (Arg.DIFF_DST, Arg.SRC, scale, Arg.MEAN, Arg.VARIANCE, None, None)
        return Recipe(primitive, taken, (Arg.DIFF_SRC, scale_grad, Arg.DIFF_SHIFT))

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The primitive between the conversion of the scale and the update of the moving statistics."""
        assert isinstance(operator, BatchNormGradient)
        assert workspace is not None
        recipe, eps, momentum = self.settled(operator, *specs), operator.eps, operator.momentum
        mean, scale, moving_mean, moving_var = inputs[3:]
        variance = self._variance(recipe, workspace, mean.size)
        arrays = (*inputs[:4], variance, *inputs[5:], *outputs)
        call = bound(recipe.primitive, (*recipe.inputs, *recipe.outputs), arrays, workspace)

        def run() -> None:
            np.square(scale, out=variance)
            np.reciprocal(variance, out=variance)
            np.subtract(variance, eps, out=variance)
            call()
            if operator.fix_gamma:
                outputs[1][...] = 0
            if operator.over_batch:
                for moving, batch in ((moving_mean, mean), (moving_var, variance)):
                    moving *= momentum
                    moving += (1 - momentum) * batch

        return run


class LayerNormKernel(OneDNNKernel):
    """LayerNorm along the last axis of dense arrays; oneDNN's variance becomes the operator's deviation in place."""

    pairs = ((0, 0),)

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The normalization, with its statistics."""
        assert isinstance(operator, LayerNorm)
        shape = inputs[0].shape
        if not 2 <= len(shape) <= 5 or operator.axis not in (-1, len(shape) - 1) or not worth_it(inputs[:1]):
            return None
        primitive = describe.layer_normalization(plain(shape), plain(shape[:-1]), operator.eps)
        return Recipe(primitive, (Arg.SRC, Arg.SCALE, Arg.SHIFT), (Arg.DST, Arg.MEAN, Arg.VARIANCE), dense=True)

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The primitive, and the root of the variances."""
        assert isinstance(operator, LayerNorm)
        call = super().bind(operator, specs, inputs, outputs, workspace)
        deviation, eps = outputs[2], operator.eps

        def run() -> None:
            call()
            np.add(deviation, eps, out=deviation)
            np.sqrt(deviation, out=deviation)

        return run
