"""Multi-head attention over interleaved projections, and the scaling that goes with it.

Queries, keys and values come from one projection each, or from joint ones, whose last axis holds for every head
in turn its part of each: ``(length, batch, heads * parts * size)``. The products leave out the softmax in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod, sqrt
from types import ModuleType

from symbolnb.dtypes import is_float
from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import one_float_type, same_shapes
from symbolnb.ops.term import Term, call, reshape
from symbolnb.ops.vision.shapes import computing, first, of_rank

PROJECTION = "(length, batch, features)"
SCORES = "(batch * heads, queries, keys)"


@register
class DivSqrtDim(Operator):
    """The data divided by the square root of the size of its last axis, as attention scores are scaled.

    Integers are divided by the whole part of the root, and the fraction is cut off.
    """

    name = "_contrib_div_sqrt_dim"
    family = "elementwise"

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        return ((0, 0),)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        root = sqrt(inputs[0].shape[-1])
        if is_float(inputs[0].dtype):
            outputs[0][...] = computing(xp, inputs[0]) / root
        else:
            outputs[0][...] = xp.trunc(inputs[0] / int(root))

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,) if grads[0] is None or not is_float(inputs[0].dtype) else (call(self.name, grads[0]),)


@with_fields
class Attention(Operator):
    """What the products share: how a projection is taken apart by heads, and put together again."""

    family = "linear"

    heads: int = p.integer(minimum=1, doc="number of attention heads")

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def sized(self, shape: PartialShape, parts: int, name: str) -> tuple[int | None, int | None, int | None]:
        """Length, batch and features of one part of a projection, as far as they are known."""
        length, batch, features = of_rank(shape, PROJECTION, name)
        if features is not None and features % (parts * self.heads):
            raise ShapeError(
                f"{name} is {show_shape(shape)} but its last axis must be a multiple of "
                f"{parts} * {self.heads} heads" if parts > 1 else
                f"{name} is {show_shape(shape)} but its last axis must be a multiple of {self.heads} heads"
            )  # fmt: skip
        return length, batch, None if features is None else features // parts

    def scores(self, shape: PartialShape, name: str) -> tuple[int | None, int | None, int | None]:
        """Batch, queries and keys of attention scores, as far as they are known."""
        joint, queries, keys = of_rank(shape, SCORES, name)
        if joint is not None and joint % self.heads:
            raise ShapeError(
                f"{name} is {show_shape(shape)} but its first axis must be a multiple of {self.heads} heads"
            )
        return None if joint is None else joint // self.heads, queries, keys

    def times(self, batch: int | None, by: int) -> int | None:
        """A size multiplied, if it is known."""
        return None if batch is None else batch * by

    def part(self, xp: ModuleType, data: Array, parts: int, index: int) -> Array:
        """One part of a projection as ``(batch * heads, length, size)``."""
        length, batch, features = data.shape
        size = features // (self.heads * parts)
        return computing(xp, data).reshape(length, batch * self.heads, parts, size)[:, :, index].transpose(1, 0, 2)

    def part_term(self, data: Term, parts: int, index: int) -> Term:
        """`part` of a term."""
        length, batch, features = data.shape
        size = features // (self.heads * parts)
        split = reshape(data, (length, batch * self.heads, parts, size))
        chosen = call("slice_axis", split, axis=2, begin=index, end=index + 1)
        return call("transpose", reshape(chosen, (length, batch * self.heads, size)), axes=(1, 0, 2))

    def joined(self, parts: Sequence[Term | None], like: Term) -> Term | None:
        """A projection's gradient from those of its parts; None stands for zeros."""
        length, batch, features = like.shape
        given = next((part for part in parts if part is not None), None)
        if given is None:
            return None
        shape = (length, batch * self.heads, 1, features // (self.heads * len(parts)))
        made = [
            reshape(call("transpose", given if part is None else part, axes=(1, 0, 2)), shape)
            if part is not None else call("_zeros", shape=shape, dtype=like.dtype.name, exact=True)
            for part in parts
        ]  # fmt: skip
        whole = made[0] if len(made) == 1 else call("Concat", *made, dim=2, num_args=len(made))
        return reshape(whole, like.shape)


class Scores(Attention):
    """Attention scores: each query times each key, divided by the root of their size."""

    query_parts = 1
    key_parts = 2

    def _scores(self, xp: ModuleType, queries: Array, keys: Array, out: Array, key_index: int) -> None:
        query = self.part(xp, queries, self.query_parts, 0)
        key = self.part(xp, keys, self.key_parts, key_index)
        out[...] = xp.matmul(query / sqrt(query.shape[2]), key.transpose(0, 2, 1))

    def _gradients(self, queries: Term, keys: Term, grad: Term, key_index: int) -> tuple[Term, Term]:
        """Those of the parts that are the queries and the keys."""
        query = self.part_term(queries, self.query_parts, 0)
        key = self.part_term(keys, self.key_parts, key_index)
        scaled = grad / sqrt(query.shape[2])
        return call("batch_dot", scaled, key), call("batch_dot", scaled, query, transpose_a=True)

    def multiply_adds(self, inputs: Sequence[tuple[int, ...]], outputs: Sequence[tuple[int, ...]]) -> int:
        return prod(outputs[0]) * (inputs[0][2] // (self.heads * self.query_parts))


@register
class SelfAttentionScores(Scores):
    """Scores of self-attention: queries times keys, divided by the root of a head's size.

    Shapes: queries_keys_values ``(length, batch, heads * 3 * size)`` gives ``(batch * heads, length, length)``.
    """

    name = "_contrib_interleaved_matmul_selfatt_qk"
    query_parts = key_parts = 3

    def input_names(self) -> tuple[str, ...]:
        return ("queries_keys_values",)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        length, batch, size = self.sized(inputs[0], 3, "queries_keys_values")
        made, queries, keys = self.scores(outputs[0], "output")
        batch, length = first(batch, made), first(length, queries, keys)
        return [(length, batch, self.times(size, 3))], [(self.times(batch, self.heads), length, length)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self._scores(xp, inputs[0], inputs[0], outputs[0], 1)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        return (self.joined([*self._gradients(inputs[0], inputs[0], grads[0], 1), None], inputs[0]),)


@register
class EncoderDecoderScores(Scores):
    """Scores of attention from one sequence to another: queries times keys, divided by the root of a head's size.

    Shapes: queries ``(queries, batch, heads * size)``, keys_values ``(keys, batch, heads * 2 * size)``; the output
    is ``(batch * heads, queries, keys)``.
    """

    name = "_contrib_interleaved_matmul_encdec_qk"

    def input_names(self) -> tuple[str, ...]:
        return ("queries", "keys_values")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        queries, batch, size = self.sized(inputs[0], 1, "queries")
        keys, key_batch, key_size = self.sized(inputs[1], 2, "keys_values")
        made, rows, columns = self.scores(outputs[0], "output")
        batch, size = first(batch, key_batch, made), first(size, key_size)
        queries, keys = first(queries, rows), first(keys, columns)
        return (
            [(queries, batch, size), (keys, batch, self.times(size, 2))],
            [(self.times(batch, self.heads), queries, keys)],
        )

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self._scores(xp, inputs[0], inputs[1], outputs[0], 0)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        query, key = self._gradients(inputs[0], inputs[1], grads[0], 0)
        return self.joined([query], inputs[0]), self.joined([key, None], inputs[1])


class Mixtures(Attention):
    """What attention yields: the values, mixed as the attention says."""

    parts = 2

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        length, batch, size = self.sized(inputs[0], self.parts, self.input_names()[0])
        given, queries, keys = self.scores(inputs[1], "attention")
        rows, made, features = self.sized(outputs[0], 1, "output")
        batch, length = first(batch, given, made), first(length, keys)
        size, queries = first(size, features), first(queries, rows)
        if self.parts == 3:
            length = queries = first(length, queries)
        return (
            [(length, batch, self.times(size, self.parts)), (self.times(batch, self.heads), queries, length)],
            [(queries, batch, size)],
        )

    def multiply_adds(self, inputs: Sequence[tuple[int, ...]], outputs: Sequence[tuple[int, ...]]) -> int:
        return prod(outputs[0]) * inputs[1][2]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        values = self.part(xp, inputs[0], self.parts, self.parts - 1)
        mixed = xp.matmul(computing(xp, inputs[1]), values)
        outputs[0][...] = mixed.transpose(1, 0, 2).reshape(outputs[0].shape)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        (projection, attention), mixed = inputs, self.part_term(grads[0], 1, 0)
        values = self.part_term(projection, self.parts, self.parts - 1)
        values_grad = call("batch_dot", attention, mixed, transpose_a=True)
        parts = [*[None] * (self.parts - 1), values_grad]
        return self.joined(parts, projection), call("batch_dot", mixed, values, transpose_b=True)


@register
class SelfAttentionMixtures(Mixtures):
    """The values of self-attention, mixed by the attention.

    Shapes: queries_keys_values ``(length, batch, heads * 3 * size)``, attention ``(batch * heads, length,
    length)``; the output is ``(length, batch, heads * size)``.
    """

    name = "_contrib_interleaved_matmul_selfatt_valatt"
    parts = 3

    def input_names(self) -> tuple[str, ...]:
        return ("queries_keys_values", "attention")


@register
class EncoderDecoderMixtures(Mixtures):
    """The values of another sequence, mixed by the attention to it.

    Shapes: keys_values ``(keys, batch, heads * 2 * size)``, attention ``(batch * heads, queries, keys)``; the
    output is ``(queries, batch, heads * size)``.
    """

    name = "_contrib_interleaved_matmul_encdec_valatt"

    def input_names(self) -> tuple[str, ...]:
        return ("keys_values", "attention")
