"""The operator behind loss scaling."""

from __future__ import annotations

from symbolnb.dtypes import FLOAT32
from symbolnb.graph.spec import merge_shapes
from symbolnb.ops.base import DTypes, Shapes, register
from symbolnb.ops.shape import View
from symbolnb.ops.term import Term, broadcast_to, cast, reshape


@register
class ScaleGradient(View):
    """The data itself; the gradient that goes back to it is multiplied by the scale, a float32 array of shape (1,)."""

    name = "_scale_gradient"
    internal = True
    family = "loss"

    def input_names(self) -> tuple[str, ...]:
        return ("data", "scale")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = merge_shapes(inputs[0], outputs[0])
        return [data, (1,)], [data]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        data = outputs[0] if inputs[0] is None else inputs[0]
        return [data, FLOAT32], [data]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None, None)
        data, scale = inputs
        factor = broadcast_to(reshape(cast(scale, data.dtype), (1,) * len(data.shape)), data.shape)
        return (grads[0] * factor, None)
