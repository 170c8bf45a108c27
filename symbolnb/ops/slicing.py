"""Operators that cut regular pieces out of an array."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import normalize_axis
from symbolnb.ops.shape import like_first
from symbolnb.ops.term import Term, apply

Partial = tuple[int | None, ...]
Ends = tuple[int | None, ...]


def slices_of(begin: Ends, end: Ends, step: Ends) -> tuple[slice, ...]:
    """Python slices for the first axes, from the parameters of an operator; an empty `step` is all ones."""
    return tuple(
        slice(first, last, stride) for first, last, stride in zip(begin, end, step or (None,) * len(begin), strict=True)
    )


def sliced_size(cut: slice, size: int | None) -> int | None:
    """How many elements a slice takes from an axis; None where that depends on a size that is not known.

    >>> sliced_size(slice(3, None, -2), 4), sliced_size(slice(1, 3), None)
    (2, None)
    """
    return None if size is None else len(range(*cut.indices(size)))


class Cut(Operator):
    """What slicing operators share: Python slices for the first axes of the first input."""

    family = "shape"

    def slices(self, data: tuple[int, ...]) -> tuple[slice, ...]:
        """The slices of the first axes, for an input of this shape."""
        raise NotImplementedError

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = inputs[0][self.slices(inputs[0].shape)]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        data, grad = inputs[0], grads[0]
        if grad is None:
            return (None,) * len(inputs)
        return (place(grad, self.slices(data.shape), data.shape), *(None for _ in inputs[1:]))


def place(term: Term, slices: tuple[slice, ...], shape: tuple[int, ...]) -> Term:
    """Zeros of the given shape, with the term where the slices of the first axes point."""
    operator = SliceInto(
        shape=shape,
        begin=tuple(cut.start for cut in slices),
        end=tuple(cut.stop for cut in slices),
        step=tuple(cut.step for cut in slices),
    )
    return apply(operator, term)[0]


@register
class Slice(Cut):
    """A piece of the array: for each of the first axes from `begin` up to `end` in strides of `step`.

    As in Python, None means from or to the border, and negative positions count from the end.
    """

    name = "slice"
    aliases = ("crop", "_sparse_slice")

    begin: tuple[int | None, ...] = p.open_shape(doc="for each axis, where the piece begins")
    end: tuple[int | None, ...] = p.open_shape(doc="for each axis, where the piece ends, exclusive")
    step: tuple[int | None, ...] = p.open_shape((), doc="for each axis, the stride; 1 if empty or None")

    def __post_init__(self) -> None:
        if len(self.begin) != len(self.end) or (self.step and len(self.step) != len(self.begin)):
            raise ParameterError(f"begin {self.begin}, end {self.end} and step {self.step} must name equally many axes")
        if 0 in self.step:
            raise ParameterError(f"step is {self.step} but a stride cannot be 0")

    def slices(self, data: tuple[int, ...]) -> tuple[slice, ...]:
        return slices_of(self.begin, self.end, self.step)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = inputs[0], outputs[0]
        if data is None:
            return [None], [None]
        count = len(self.begin)
        if count > len(data):
            raise ShapeError(f"begin {self.begin} names {count} axes but data is {show_shape(data)}")
        cuts = slices_of(self.begin, self.end, self.step)
        if out is not None and len(out) == len(data):
            rest = tuple(two if one is None else one for one, two in zip(data[count:], out[count:], strict=True))
            data = (*data[:count], *rest)
        front = tuple(sliced_size(cut, size) for cut, size in zip(cuts, data[:count], strict=True))
        return [data], [(*front, *data[count:])]


@register
class SliceInto(Cut):
    """Zeros of a given shape, with the input where a slice of them would be: the gradient of slicing."""

    name = "_backward_slice"
    internal = True

    shape: tuple[int, ...] = p.shape(doc="shape of the result")
    begin: tuple[int | None, ...] = p.open_shape(doc="for each axis, where the slice begins")
    end: tuple[int | None, ...] = p.open_shape(doc="for each axis, where the slice ends")
    step: tuple[int | None, ...] = p.open_shape((), doc="for each axis, the stride")

    def slices(self, data: tuple[int, ...]) -> tuple[slice, ...]:
        return slices_of(self.begin, self.end, self.step)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        cuts = self.slices(self.shape)
        front = tuple(sliced_size(cut, size) for cut, size in zip(cuts, self.shape[: len(cuts)], strict=True))
        return [(*front, *self.shape[len(cuts) :])], [self.shape]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0].fill(0)
        outputs[0][self.slices(self.shape)] = inputs[0]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        return apply(Slice(begin=self.begin, end=self.end, step=self.step), grads[0])


@register
class SliceAxis(Cut):
    """A piece of the array along one axis."""

    name = "slice_axis"

    axis: int = p.integer(doc="the axis to cut; negative counts from the end")
    begin: int = p.integer(doc="where the piece begins; negative counts from the end")
    end: int | None = p.integer(optional=True, doc="where the piece ends, exclusive; None for the border")

    def slices(self, data: tuple[int, ...]) -> tuple[slice, ...]:
        axis = normalize_axis(self.axis, len(data))
        return (*(slice(None) for _ in range(axis)), slice(self.begin, self.end))

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = inputs[0], outputs[0]
        if data is None:
            return [None], [None]
        axis = normalize_axis(self.axis, len(data))
        if out is not None and len(out) == len(data):
            data = tuple(
                two if one is None and place != axis else one
                for place, (one, two) in enumerate(zip(data, out, strict=True))
            )
        return [data], [(*data[:axis], self._length(data[axis]), *data[axis + 1 :])]

    def _length(self, size: int | None) -> int | None:
        if size is None or size == 0:  # nothing can be cut from nothing, whatever the limits
            return size
        first = self.begin + size if self.begin < 0 else self.begin
        last = size if self.end is None else self.end + size if self.end < 0 else self.end
        if not 0 <= first < last <= size:
            raise ShapeError(
                f"begin={self.begin} and end={self.end} do not span any part of axis {self.axis}, which has size {size}"
            )
        return last - first


@register
class SliceLike(Cut):
    """The front corner of data that has the size of another array along all axes, or those named."""

    name = "slice_like"

    axes: tuple[int, ...] = p.shape((), doc="the axes to cut; all if empty")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "shape_like")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, like = inputs
        if data is None or like is None:
            return inputs, [None]
        if not self.axes and len(data) != len(like):
            raise ShapeError(
                f"data is {show_shape(data)} and shape_like {show_shape(like)}, "
                "which must have as many dimensions where axes is empty"
            )
        made = list(data)
        for named in self.axes or range(len(data)):
            axis = normalize_axis(named, len(data), "an axis of axes")
            size, wanted = data[axis], like[normalize_axis(named, len(like), "an axis of axes")]
            if size is not None and wanted is not None and wanted > size:
                raise ShapeError(
                    f"axis {axis} of data {show_shape(data)} is shorter than that of shape_like {show_shape(like)}"
                )
            made[axis] = wanted
        return inputs, [tuple(made)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return like_first(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = inputs[0][tuple(slice(0, size) for size in outputs[0].shape)]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        cuts = tuple(slice(0, size) for size in outputs[0].shape)
        return place(grads[0], cuts, inputs[0].shape), None
