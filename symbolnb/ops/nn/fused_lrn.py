"""Local response normalization without the norm: what programs compute in which nobody but its gradient reads it."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.ops.base import Array, DTypes, Shapes, register
from symbolnb.ops.infer import first_known, floating, same_shapes
from symbolnb.ops.nn.batch_norm import statistics_dtype
from symbolnb.ops.nn.lrn import LocalResponse, LRNGradient


@register
class FusedLRN(LocalResponse):
    """``data / (knorm + alpha / nsize · Σ data²) ** beta``, the sum over the neighbouring channels.

    Shapes: data ``(batch, channels, ...)``.
    """

    name = "_fused_lrn"
    internal = True

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        data = floating(first_known((inputs[0], outputs[0])))
        return [data], [data]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data = inputs[0].astype(statistics_dtype(inputs[0].dtype), copy=False)
        norm = xp.empty_like(data)
        self.add_norm(xp, data, norm)
        xp.multiply(data, xp.power(norm, -self.beta), out=outputs[0], casting="same_kind")


@register
class FusedLRNGradient(LocalResponse):
    """The gradient of the data of local response normalization, which finds the norm again.

    Shapes: grad and data ``(batch, channels, ...)``.
    """

    name = "_fused_lrn_gradient"
    internal = True

    def input_names(self) -> tuple[str, ...]:
        return ("grad", "data")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        data = floating(first_known((*inputs, outputs[0])))
        return [data, data], [data]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grad, data = (array.astype(statistics_dtype(array.dtype), copy=False) for array in inputs)
        norm = xp.empty_like(data)
        self.add_norm(xp, data, norm)
        LRNGradient(**self.factors).add_gradient(xp, grad, data, norm, outputs[0])
