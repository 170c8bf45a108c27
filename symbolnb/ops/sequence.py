"""Operators on batches of sequences of different lengths.

Data has the time along one axis and the batch along the other of the first two. Lengths may have any element
type; those outside of what the data has are taken as the nearest that is possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, merge_shapes, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.elementwise.family import constant
from symbolnb.ops.infer import first_known
from symbolnb.ops.term import Term, apply


@with_fields
class Sequences(Operator):
    """What the operators share: the optional input with the lengths."""

    family = "sequence"

    use_sequence_length: bool = p.boolean(False, doc="whether there is an input with the length of each sequence")
    axis: int = p.integer(0, minimum=0, maximum=1, doc="the axis of time; the other of the first two is the batch")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "sequence_length") if self.use_sequence_length else ("data",)

    def infer_data(self, data: PartialShape, inputs: Shapes) -> Shapes:
        """The shapes of the inputs, for what is known of the data."""
        lengths = inputs[1] if self.use_sequence_length else None
        batch = lengths[0] if lengths is not None and len(lengths) == 1 else None
        if data is not None:
            if len(data) < 2:
                raise ShapeError(f"data is {show_shape(data)} but must have at least 2 dimensions")
            batch = batch if data[1 - self.axis] is None else data[1 - self.axis]
            data = (*data[: 1 - self.axis], batch, *data[2 - self.axis :])
        return [data, (batch,)][: len(inputs)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        data = first_known((inputs[0], *outputs))
        own = [data if lengths is None else lengths for lengths in inputs[1:]]
        return [data, *own], [data] * len(outputs)

    def lengths(self, xp: ModuleType, inputs: Sequence[Array], at_least: int = 0) -> Array:
        """How many steps each sequence has, as int64."""
        time, batch = inputs[0].shape[self.axis], inputs[0].shape[1 - self.axis]
        if not self.use_sequence_length:
            return xp.full(batch, time, "int64")
        return xp.clip(inputs[1].astype("int64"), min(at_least, time), time)


@register
class SequenceMask(Sequences):
    """Overwrites with `value` what comes after the end of each sequence.

    Shapes: data ``(time, batch, ...)``, with axis 1 ``(batch, time, ...)``; sequence_length ``(batch,)``. Without
    `use_sequence_length` the output is the data.
    """

    name = "SequenceMask"
    signature = ("use_sequence_length", "value", "axis")

    value: float = p.number(0.0, doc="what is written after the end")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        made = self.infer_data(merge_shapes(inputs[0], outputs[0]), inputs)
        return made, made[:1]

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        return ((0, 0),)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data = inputs[0]
        after = xp.arange(data.shape[self.axis])[:, None] >= self.lengths(xp, inputs)
        after = after.T if self.axis else after
        value = constant(xp, self.value, data.dtype)
        outputs[0][...] = xp.where(after.reshape(after.shape + (1,) * (data.ndim - 2)), value, data)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,) * len(inputs)
        mask = SequenceMask(use_sequence_length=self.use_sequence_length, value=0.0, axis=self.axis)
        return (apply(mask, grads[0], *inputs[1:])[0], None)[: len(inputs)]


@register
class SequenceReverse(Sequences):
    """Each sequence in reverse order; what comes after its end stays where it is.

    Shapes: data ``(time, batch, ...)``, with axis 1 ``(batch, time, ...)``; sequence_length ``(batch,)``.
    """

    name = "SequenceReverse"

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        made = self.infer_data(merge_shapes(inputs[0], outputs[0]), inputs)
        return made, made[:1]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, lengths = inputs[0], self.lengths(xp, inputs)
        steps = xp.arange(data.shape[self.axis])[:, None]
        source = xp.where(steps < lengths, lengths - 1 - steps, steps)
        batch = xp.arange(lengths.size)
        outputs[0][...] = data[batch[:, None], source.T] if self.axis else data[source, batch]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,) * len(inputs)
        return (apply(self, grads[0], *inputs[1:])[0], None)[: len(inputs)]


@register
class SequenceLast(Sequences):
    """The last step of each sequence; the first one of a sequence without any.

    Shapes: data ``(time, batch, ...)``, with axis 1 ``(batch, time, ...)``, gives ``(batch, ...)``;
    sequence_length ``(batch,)``.
    """

    name = "SequenceLast"

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = inputs[0], outputs[0]
        if data is None and out is not None and out:
            data = (None,) * (len(out) + 1)
        if data is not None and out is not None and len(out) == len(data) - 1:
            time = data[self.axis] if len(data) > self.axis else None
            wide = (*out[: self.axis], time, *out[self.axis :])
            data = tuple(two if one is None else one for one, two in zip(data, wide, strict=True))
        made = self.infer_data(data, inputs)
        data = made[0]
        return made, [None if data is None else (*data[: self.axis], *data[self.axis + 1 :])]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        last = self.lengths(xp, inputs, at_least=1) - 1
        batch = xp.arange(last.size)
        outputs[0][...] = inputs[0][batch, last] if self.axis else inputs[0][last, batch]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,) * len(inputs)
        time = inputs[0].shape[self.axis]
        spread = SequenceLastBackward(use_sequence_length=self.use_sequence_length, axis=self.axis, time=time)
        return (apply(spread, grads[0], *inputs[1:])[0], None)[: len(inputs)]


@register
class SequenceLastBackward(Sequences):
    """Zeros with the input at the last step of each sequence: the gradient of SequenceLast."""

    name = "_backward_sequence_last"
    internal = True

    time: int = p.integer(doc="how many time steps the result has")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = inputs[0]
        return inputs, [None if data is None else (*data[: self.axis], self.time, *data[self.axis :])]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        out = outputs[0]
        last = self.lengths(xp, (out, *inputs[1:]), at_least=1) - 1
        batch = xp.arange(last.size)
        out.fill(0)
        if self.axis:
            out[batch, last] = inputs[0]
        else:
            out[last, batch] = inputs[0]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,) * len(inputs)
        last = SequenceLast(use_sequence_length=self.use_sequence_length, axis=self.axis)
        return (apply(last, grads[0], *inputs[1:])[0], None)[: len(inputs)]
