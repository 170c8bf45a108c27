"""The fully connected (dense, linear) layer."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import ModuleType
from typing import ClassVar

from symbolnb.graph.spec import PartialShape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import known, one_float_type
from symbolnb.ops.term import Term, call, reshape


@register
class FullyConnected(Operator):
    """A linear map of the features: ``data · weightᵀ + bias``.

    Shapes: data ``(batch, ...)``, weight ``(num_hidden, features)``, bias ``(num_hidden,)``; the output is
    ``(batch, num_hidden)``. With ``flatten=False`` only the last axis counts as features, and the output is
    ``(..., num_hidden)``.
    """

    name = "FullyConnected"
    aliases: ClassVar[tuple[str, ...]] = ("_sparse_FullyConnected",)
    family = "linear"

    num_hidden: int = p.integer(minimum=1, doc="number of output features")
    no_bias: bool = p.boolean(False, doc="whether to leave out the bias")
    flatten: bool = p.boolean(True, doc="whether to flatten all axes but the first into the features")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "weight") if self.no_bias else ("data", "weight", "bias")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, weight, out = inputs[0], inputs[1], outputs[0]
        lead: PartialShape
        features: int | None = None if weight is None or len(weight) != 2 else weight[1]
        if data is not None:
            lead, counted = (data[:1], data[1:]) if self.flatten else (data[:-1], data[-1:])
            complete = known(counted)
            features = features if complete is None else prod(complete)
            if out is not None and len(out) == len(lead) + 1:
                lead = tuple(o if d is None else d for d, o in zip(lead, out, strict=False))
            data = (*lead, *(counted if self.flatten else (features,)))
        elif self.flatten:
            lead = (None,)
        else:
            lead = None if out is None else out[:-1]
            data = None if lead is None else (*lead, features)
        shapes: Shapes = [data, (self.num_hidden, features), (self.num_hidden,)]
        return shapes[: len(inputs)], [None if lead is None else (*lead, self.num_hidden)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def multiply_adds(self, inputs: Sequence[tuple[int, ...]], outputs: Sequence[tuple[int, ...]]) -> int:
        return prod(outputs[0]) * inputs[1][1]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        rows = prod(outputs[0].shape[:-1])
        out, data, weight = outputs[0].reshape(rows, self.num_hidden), inputs[0], inputs[1]
        data = data.reshape(rows, weight.shape[1])
        if data.dtype.itemsize == 2:  # half precision adds up in single
            out[...] = xp.matmul(data.astype(xp.float32), weight.T.astype(xp.float32))
        else:
            xp.matmul(data, weight.T, out=out)
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
