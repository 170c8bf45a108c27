"""Operators that join arrays along an axis, and that split one into several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate, pairwise
from types import ModuleType
from typing import Any

from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import PartialShape, Spec, merge_all, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, Operator, Shapes, numbered, register
from symbolnb.ops.infer import normalize_axis
from symbolnb.ops.term import Term, call, reshape, zeros

Partial = tuple[int | None, ...]


@register
class Concat(Operator):
    """Arrays joined along an axis that exists in all of them; the other axes have one size in all."""

    name = "Concat"
    aliases = ("concat", "_sparse_concat")
    family = "shape"

    num_args: int = p.count(doc="how many arrays are joined")
    dim: int = p.integer(1, doc="the axis to join along; negative counts from the end")

    def input_names(self) -> tuple[str, ...]:
        return tuple(f"arg{number}" for number in range(self.num_args))

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        some = next((shape for shape in (*inputs, outputs[0]) if shape is not None), None)
        if some is None:
            return inputs, outputs
        axis = normalize_axis(self.dim, len(some), "dim")
        for name, shape in zip((*self.input_names(), "the result"), (*inputs, *outputs), strict=True):
            if shape is not None and len(shape) != len(some):
                raise ShapeError(f"{name} is {show_shape(shape)} but another array has {len(some)} dimensions")
        try:
            shared = merge_all(_without(shape, axis) for shape in (*inputs, outputs[0]))
        except ShapeError:
            raise ShapeError(f"arrays joined along axis {axis} must have one size along every other axis") from None
        assert shared is not None
        lengths = [None if shape is None else shape[axis] for shape in inputs]
        total = None if outputs[0] is None else outputs[0][axis]
        present = sum(length for length in lengths if length is not None)
        if None not in lengths:
            total = present
        elif total is not None and lengths.count(None) == 1:
            if total < present:
                raise ShapeError(f"the inputs have {present} along axis {axis} already but the result has {total}")
            lengths[lengths.index(None)] = total - present
        return [_with(shared, axis, length) for length in lengths], [_with(shared, axis, total)]

    def bind(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> Callable[[], object]:
        return partial(xp.concatenate, inputs, axis=self.dim, out=outputs[0])

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self.bind(xp, inputs, outputs)()

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        grad = grads[0]
        if grad is None:
            return (None,) * len(inputs)
        axis = normalize_axis(self.dim, len(grad.shape), "dim")
        borders = accumulate((term.shape[axis] for term in inputs), initial=0)
        lead = (None,) * axis
        return tuple(call("slice", grad, begin=(*lead, first), end=(*lead, last)) for first, last in pairwise(borders))


def pieces(parts: Sequence[Spec], whole: Spec, axis: int) -> list[int] | None:
    """The byte at which each part lies in the whole that they are joined to along an axis.

    None where the elements of some part are not neighbours in the whole.

    >>> from symbolnb.dtypes import FLOAT32
    >>> row, two = (Spec(shape, FLOAT32) for shape in ((1, 5), (1, 10)))
    >>> pieces([row, row], two, axis=1)
    [0, 20]
    """
    axis %= len(whole.shape)
    starts: list[int] = []
    index = 0
    for part in parts:
        start = _start(part, whole, axis, index)
        if start is None:
            return None
        starts.append(start)
        index += part.shape[axis]
    return starts


def _start(part: Spec, whole: Spec, axis: int, index: int) -> int | None:
    if part.dtype != whole.dtype or not part.elements:
        return None
    if whole.layout is not None:
        return None if part.layout is None else whole.layout.start(part.layout, axis, index)
    if part.layout is not None or any(size != 1 for size in whole.shape[:axis]):
        return None
    return index * (whole.nbytes // whole.shape[axis])


def _without(shape: PartialShape, axis: int) -> PartialShape:
    return None if shape is None else (*shape[:axis], *shape[axis + 1 :])


def _with(shape: Partial, axis: int, size: int | None) -> Partial:
    return (*shape[:axis], size, *shape[axis:])


@register
class Stack(Operator):
    """Arrays of one shape joined along a new axis."""

    name = "stack"
    family = "shape"

    axis: int = p.integer(0, doc="where the new axis stands in the result; negative counts from the end")
    num_args: int = p.count(doc="how many arrays are joined")

    def input_names(self) -> tuple[str, ...]:
        return tuple(f"arg{number}" for number in range(self.num_args))

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        out = outputs[0]
        if out is not None:
            axis = normalize_axis(self.axis, len(out))
            merged = merge_all((*inputs, _without(out, axis)))
        else:
            merged = merge_all(inputs)
        if merged is None:
            return inputs, outputs
        axis = normalize_axis(self.axis, len(merged) + 1)
        return [merged] * len(inputs), [_with(merged, axis, self.num_args)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        xp.stack(inputs, axis=self.axis, out=outputs[0])

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        grad = grads[0]
        if grad is None:
            return (None,) * len(inputs)
        pieces = (
            call("slice_axis", grad, axis=self.axis, begin=number, end=number + 1) for number in range(self.num_args)
        )
        return tuple(reshape(piece, inputs[0].shape) for piece in pieces)


class Splitting(Operator):
    """What splits share: consecutive pieces along an axis, each an output."""

    family = "shape"

    def axis_of(self, dimensions: int) -> int:
        """The axis that is split, counted from the front."""
        raise NotImplementedError

    def pieces(self, outputs: Sequence[tuple[int, ...]], axis: int, squeezed: bool) -> list[slice]:
        """The place of each output along the axis."""
        lengths = [1 if squeezed else shape[axis] for shape in outputs]
        return [slice(first, last) for first, last in pairwise(accumulate(lengths, initial=0))]

    def cut(self, data: Array, outputs: Sequence[Array], squeezed: bool) -> None:
        """Copy each piece into its output."""
        axis = self.axis_of(data.ndim)
        lead = (slice(None),) * axis
        for out, piece in zip(outputs, self.pieces([out.shape for out in outputs], axis, squeezed), strict=True):
            out[...] = data[(*lead, piece)].reshape(out.shape)

    def joined(self, data: Term, outputs: tuple[Term, ...], grads: tuple[Term | None, ...], squeezed: bool) -> Term:
        """The gradients of all pieces, put together again; zeros where a piece has none."""
        axis = self.axis_of(len(data.shape))
        parts = [zeros(out) if grad is None else grad for out, grad in zip(outputs, grads, strict=True)]
        if squeezed:
            apart = (*data.shape[:axis], 1, *data.shape[axis + 1 :])
            parts = [reshape(part, apart) for part in parts]
        return parts[0] if len(parts) == 1 else call("Concat", *parts, num_args=len(parts), dim=axis)


@register
class SliceChannel(Splitting):
    """The array cut along an axis into pieces of equal length, each an output of its own."""

    name = "SliceChannel"
    aliases = ("split",)

    num_outputs: int = p.count(doc="how many pieces; the axis must divide evenly")
    axis: int = p.integer(1, doc="the axis to split; negative counts from the end")
    squeeze_axis: bool = p.boolean(False, doc="whether to remove the axis from pieces of length 1")

    def output_names(self) -> tuple[str, ...]:
        return numbered("output", self.num_outputs)

    def axis_of(self, dimensions: int) -> int:
        return normalize_axis(self.axis, dimensions)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, piece = inputs[0], merge_all(outputs)
        if data is None and piece is not None:
            data = (None,) * (len(piece) + self.squeeze_axis)
        if data is None:
            return [None], outputs
        axis = self.axis_of(len(data))
        size = data[axis]
        if self.squeeze_axis and size not in (None, self.num_outputs):
            raise ShapeError(
                f"axis {axis} of {show_shape(data)} has size {size}, which squeeze_axis needs to be {self.num_outputs}"
            )
        if size is not None and size % self.num_outputs:
            raise ShapeError(f"axis {axis} of {show_shape(data)} does not divide into {self.num_outputs} equal pieces")
        if self.squeeze_axis:
            merged = merge_all((_without(data, axis), piece))
            assert merged is not None
            return [_with(merged, axis, self.num_outputs)], [merged] * self.num_outputs
        length = None if size is None else size // self.num_outputs
        merged = merge_all(((*data[:axis], length, *data[axis + 1 :]), piece))
        assert merged is not None
        length = merged[axis]
        whole = None if length is None else length * self.num_outputs
        return [(*merged[:axis], whole, *merged[axis + 1 :])], [merged] * self.num_outputs

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self.cut(inputs[0], outputs, self.squeeze_axis)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (self.joined(inputs[0], outputs, grads, self.squeeze_axis),)


def where_to_split(value: Any) -> dict[str, Any]:
    """The parameters of `SplitV2` for a number of pieces, or for a tuple of the places to cut at."""
    if isinstance(value, int) and not isinstance(value, bool):
        return {"indices": [], "sections": value}
    if isinstance(value, tuple):
        return {"indices": [0, *value], "sections": 0}
    raise ParameterError(f"indices_or_sections is {value!r} but must be an int or a tuple of ints")


@register
class SplitV2(Splitting):
    """The array cut along an axis at given positions, or into so many pieces of nearly equal length.

    The first of `indices` is 0, the others are where the next pieces begin. Where the axis does not divide
    into `sections` evenly, the first pieces are longer by one.
    """

    name = "_split_v2"

    indices: tuple[int, ...] = p.shape(minimum=0, doc="where the pieces begin, 0 first; not used with sections")
    axis: int = p.integer(1, doc="the axis to split; negative counts from the end")
    squeeze_axis: bool = p.boolean(False, doc="whether to remove the axis from pieces of length 1")
    sections: int = p.count(0, minimum=0, doc="how many pieces; 0 to cut at indices")

    def __post_init__(self) -> None:
        if self.sections == 0 and (not self.indices or self.indices[0] != 0):
            raise ParameterError(f"indices is {self.indices} but must begin with 0 where sections is 0")
        if self.sections == 0 and list(self.indices) != sorted(self.indices):
            raise ParameterError(f"indices is {self.indices} but must not fall")

    def output_names(self) -> tuple[str, ...]:
        count = self.sections or len(self.indices)
        return ("output",) if count == 1 else numbered("output", count)

    def axis_of(self, dimensions: int) -> int:
        return normalize_axis(self.axis, dimensions)

    def _lengths(self, size: int | None) -> list[int | None]:
        """The length of each piece of an axis."""
        if self.sections:
            if size is None:
                return [None] * self.sections
            return [size // self.sections + (number < size % self.sections) for number in range(self.sections)]
        if size == 0:
            return [0] * len(self.indices)
        lengths: list[int | None] = [last - first for first, last in pairwise(self.indices)]
        if size is not None and size < self.indices[-1]:
            raise ShapeError(f"indices is {self.indices} but axis {self.axis} has size {size}")
        return [*lengths, None if size is None else size - self.indices[-1]]

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = inputs[0]
        if data is None:
            return [None], outputs
        axis = self.axis_of(len(data))
        lengths = self._lengths(data[axis])
        if not self.squeeze_axis:
            return [data], [(*data[:axis], length, *data[axis + 1 :]) for length in lengths]
        if any(length not in (None, 1) for length in lengths):
            raise ShapeError(f"squeeze_axis needs pieces of length 1 but those of {show_shape(data)} have {lengths}")
        return [data], [_without(data, axis)] * len(lengths)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self.cut(inputs[0], outputs, self.squeeze_axis)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (self.joined(inputs[0], outputs, grads, self.squeeze_axis),)
