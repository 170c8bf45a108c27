"""The fully connected (dense, linear) layer."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import ModuleType

from symbolnb.graph.spec import PartialShape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, Operator, Shapes, register
from symbolnb.ops.infer import known
from symbolnb.ops.term import Term, call, reshape


@register
class FullyConnected(Operator):
    """A linear map of the features: ``data · weightᵀ + bias``.

    Shapes: data ``(batch, ...)``, weight ``(num_hidden, features)``, bias ``(num_hidden,)``; the output is
    ``(batch, num_hidden)``. With ``flatten=False`` only the last axis counts as features, and the output is
    ``(..., num_hidden)``.
    """

    name = "FullyConnected"
    family = "linear"

    num_hidden: int = p.integer(minimum=1, doc="number of output features")
    no_bias: bool = p.boolean(False, doc="whether to leave out the bias")
    flatten: bool = p.boolean(True, doc="whether to flatten all axes but the first into the features")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "weight") if self.no_bias else ("data", "weight", "bias")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, weight, out = inputs[0], inputs[1], outputs[0]
        features: int | None = None if weight is None or len(weight) != 2 else weight[1]
        if data is not None:
            counted = data[1:] if self.flatten else data[-1:]
            complete = known(counted)
            features = prod(complete) if complete is not None else features
            out = ((data[0], self.num_hidden) if self.flatten else (*data[:-1], self.num_hidden))
        elif out is not None and not self.flatten:
            data = (*out[:-1], features)
        shapes: Shapes = [self._data_shape(data, out, features), (self.num_hidden, features), (self.num_hidden,)]
        return shapes[: len(inputs)], [out]

    def _data_shape(self, data: PartialShape, out: PartialShape, features: int | None) -> PartialShape:
        if data is not None and out is not None and self.flatten and data[0] is None:
            return (out[0], *data[1:])
        return data

    def multiply_adds(self, inputs: Sequence[tuple[int, ...]], outputs: Sequence[tuple[int, ...]]) -> int:
        return prod(outputs[0]) * inputs[1][1]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, weight = inputs[0], inputs[1]
        out = outputs[0].reshape(-1, self.num_hidden)
        xp.matmul(data.reshape(out.shape[0], weight.shape[1]), weight.T, out=out)
        if not self.no_bias:
            out += inputs[2]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        grad, (data, weight) = grads[0], inputs[:2]
        if grad is None:
            return (None,) * len(inputs)
        rows = prod(grad.shape[:-1])
        flat = reshape(grad, (rows, self.num_hidden))
        flat_data = reshape(data, (rows, weight.shape[1]))
        data_grad = reshape(call("dot", flat, weight), data.shape)
        weight_grad = call("dot", flat, flat_data, transpose_a=True)
        if self.no_bias:
            return data_grad, weight_grad
        return data_grad, weight_grad, call("sum", flat, axis=(0,))
