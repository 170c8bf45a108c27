"""Embedding: rows of a table by number."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import ClassVar

from symbolnb.dtypes import dtype_of
from symbolnb.graph.spec import PartialShape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import first_known
from symbolnb.ops.term import Term, apply, call

NUMBERS = ("bfloat16", "float16", "float32", "float64", "int32", "int64", "int8", "uint8")


@register
class Embedding(Operator):
    """The row of the weight for each number in the data.

    Shapes: data any, weight ``(input_dim, output_dim)``, output ``(*data, output_dim)``. Numbers are cut to
    integers, then to the range from 0 to ``input_dim - 1``; NaN is 0. The data has no gradient.
    """

    name = "Embedding"
    aliases: ClassVar[tuple[str, ...]] = ("_sparse_Embedding",)
    family = "linear"

    input_dim: int = p.integer(minimum=1, doc="number of rows of the weight")
    output_dim: int = p.integer(minimum=1, doc="size of a row")
    dtype: str = p.dtype(*NUMBERS, default="float32", doc="element type of the weight, where nothing else tells")
    sparse_grad: bool = p.boolean(False, doc="accepted for MXNet's sake; gradients are dense")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "weight")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = inputs[0], outputs[0]
        if data is None and out is not None:
            data = out[:-1]
        made: PartialShape = None if data is None else (*data, self.output_dim)
        if out is not None and made is not None and len(out) == len(made):
            data = tuple(known if size is None else size for size, known in zip(made, out, strict=True))[:-1]
        return [data, (self.input_dim, self.output_dim)], [made]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        weight = first_known((inputs[1], outputs[0]))
        weight = dtype_of(self.dtype) if weight is None else weight
        return [inputs[0], weight], [weight]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = inputs[1][row_numbers(xp, inputs[0], self.input_dim)]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        operator = EmbeddingGradient(input_dim=self.input_dim, output_dim=self.output_dim)
        return None, apply(operator, inputs[0], grads[0])[0]


@register
class SparseEmbedding(Embedding):
    """The row of the weight for each number in the data; in MXNet for a weight of row_sparse storage.

    Shapes: data any, weight ``(input_dim, output_dim)``, output ``(*data, output_dim)``. Arrays are dense here, so
    that it is `Embedding`.
    """

    name = "_contrib_SparseEmbedding"
    aliases = ()


def row_numbers(xp: ModuleType, data: Array, rows: int) -> Array:
    """The numbers as valid indices of so many rows."""
    if data.dtype.kind in "iub":
        return xp.clip(data, 0, rows - 1).astype(xp.int64)
    wide = data.astype(xp.float64)
    return xp.where(xp.isnan(wide), 0, xp.clip(wide, 0, rows - 1)).astype(xp.int64)


@register
class EmbeddingGradient(Operator):
    """The gradient of an embedding's weight: the rows of the output gradient added up by number."""

    name = "_embedding_gradient"
    family = "linear"
    internal = True

    input_dim: int = p.integer(minimum=1, doc="number of rows of the weight")
    output_dim: int = p.integer(minimum=1, doc="size of a row")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "grad")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [(self.input_dim, self.output_dim)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return inputs, [inputs[1]]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        numbers = row_numbers(xp, inputs[0], self.input_dim).reshape(-1)
        grad = inputs[1].reshape(-1, self.output_dim)
        wide = xp.promote_types(grad.dtype, xp.float32)
        total = xp.zeros(outputs[0].shape, wide)
        xp.add.at(total, numbers, grad.astype(wide))
        outputs[0][...] = total

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        sizes = {"input_dim": self.input_dim, "output_dim": self.output_dim}
        return None, call("Embedding", inputs[0], grads[0], **sizes)
