"""Mean and variance at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from types import ModuleType

from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, Operator, Shapes, register
from symbolnb.ops.reduce import infer_reduced, reduced_axes
from symbolnb.ops.term import Term, broadcast_to, reshape


@register
class Moments(Operator):
    """The mean and the biased variance over some axes, as two outputs; all axes if none are named."""

    name = "moments"
    family = "reduction"

    axes: tuple[int, ...] | None = p.shape(None, optional=True, doc="the axes to fold; all of them if None or empty")
    keepdims: bool = p.boolean(False, doc="whether the folded axes stay, with size 1")

    def output_names(self) -> tuple[str, ...]:
        return ("output0", "output1")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = inputs[0]
        for out in outputs:
            (data,), (made,) = infer_reduced(data, out, partial(reduced_axes, self.axes), self.keepdims)
        return [data], [made, made]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, axes = inputs[0], reduced_axes(self.axes, inputs[0].ndim)
        wide = xp.promote_types(data.dtype, xp.float32)
        mean = data.mean(axis=axes, keepdims=True, dtype=wide)
        variance = xp.square(data - mean).mean(axis=axes, keepdims=True)
        outputs[0][...] = mean.reshape(outputs[0].shape)
        outputs[1][...] = variance.reshape(outputs[1].shape)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        data = inputs[0]
        axes = reduced_axes(self.axes, len(data.shape))
        kept = tuple(1 if axis in axes else size for axis, size in enumerate(data.shape))
        count = 1
        for axis in axes:
            count *= data.shape[axis]
        total: Term | None = None
        if grads[0] is not None:
            total = broadcast_to(reshape(grads[0], kept) / float(count), data.shape)
        if grads[1] is not None:
            part = (data - reshape(outputs[0], kept)) * (reshape(grads[1], kept) * (2.0 / count))
            total = part if total is None else total + part
        return (total,)
