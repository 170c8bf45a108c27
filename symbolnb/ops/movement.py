"""Operators that move elements along or between axes: transposing, repeating, reversing."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import ModuleType
from typing import NamedTuple

from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import known, normalize_axis, same_shapes
from symbolnb.ops.shape import like_first
from symbolnb.ops.term import Term, call, reshape, sum_to

Partial = tuple[int | None, ...]


class Movement(Operator):
    """An operator of this file."""

    family = "shape"


class Permutation(Movement):
    """The axes in another order."""

    def order(self, dimensions: int) -> tuple[int, ...]:
        """The input's axes in the order of the result, for an input with so many dimensions."""
        raise NotImplementedError

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = inputs[0], outputs[0]
        shape = data if data is not None else out
        if shape is None:
            return [None], [None]
        order = self.order(len(shape))
        if data is None:
            data = (None,) * len(order)
        if out is not None and len(out) == len(order):
            back = [out[order.index(axis)] for axis in range(len(order))]
            data = tuple(two if one is None else one for one, two in zip(data, back, strict=True))
        return [data], [tuple(data[axis] for axis in order)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = inputs[0].transpose(self.order(inputs[0].ndim))

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        order = self.order(len(inputs[0].shape))
        return (call("transpose", grads[0], axes=tuple(order.index(axis) for axis in range(len(order)))),)


@register
class Transpose(Permutation):
    """The axes in another order: the reverse one unless `axes` lists them."""

    name = "transpose"

    axes: tuple[int, ...] = p.shape(
        (), doc="for each axis of the result, the input's axis that it is; all reversed if empty"
    )

    def order(self, dimensions: int) -> tuple[int, ...]:
        if not self.axes:
            return tuple(reversed(range(dimensions)))
        order = tuple(axis + dimensions if axis < 0 else axis for axis in self.axes)
        if sorted(order) != list(range(dimensions)):
            raise ShapeError(f"axes is {self.axes} but must name each of {dimensions} axes once")
        return order


@register
class SwapAxis(Permutation):
    """Two axes exchanged."""

    name = "SwapAxis"
    aliases = ("swapaxes",)

    dim1: int = p.integer(0, doc="one axis; negative counts from the end")
    dim2: int = p.integer(0, doc="the other axis")

    def order(self, dimensions: int) -> tuple[int, ...]:
        one = normalize_axis(self.dim1, dimensions, "dim1")
        two = normalize_axis(self.dim2, dimensions, "dim2")
        order = list(range(dimensions))
        order[one], order[two] = two, one
        return tuple(order)


class Broadcasting(Movement):
    """The first input repeated along axes of size 1."""

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = inputs[0]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        grad = None if grads[0] is None else sum_to(grads[0], inputs[0].shape)
        return (grad, *(None for _ in inputs[1:]))


def stretch(data: Partial, wanted: Partial, name: str = "data") -> Partial:
    """The shape of data broadcast to the sizes wanted, an unknown one of which keeps the input's.

    Raises `ShapeError` where an axis is neither of size 1 nor of the size wanted.
    """
    if len(data) != len(wanted):
        raise ShapeError(
            f"{name} is {show_shape(data)} with {len(data)} dimensions "
            f"and cannot be broadcast to {show_shape(wanted)} with {len(wanted)}"
        )
    for one, size in zip(data, wanted, strict=True):
        if one not in (None, 1, size) and size is not None:
            raise ShapeError(f"{name} is {show_shape(data)} and cannot be broadcast to {show_shape(wanted)}")
    return tuple(one if size is None else size for one, size in zip(data, wanted, strict=True))


@register
class BroadcastTo(Broadcasting):
    """The input repeated along axes of size 1 until it has the given shape."""

    name = "broadcast_to"

    shape: tuple[int, ...] = p.shape((), minimum=0, doc="shape of the result; 0 keeps the input's size")
    exact: bool = False
    """Whether a 0 in the shape is a size, as in gradients."""

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        wanted = tuple(None if size == 0 and not self.exact else size for size in self.shape)
        if inputs[0] is None:
            return [None], [wanted]
        return inputs, [stretch(inputs[0], wanted)]


@register
class BroadcastLike(Broadcasting):
    """lhs repeated along axes of size 1 until it has the shape of rhs, or some of its sizes."""

    name = "broadcast_like"

    lhs_axes: tuple[int, ...] | None = p.shape(
        None, optional=True, doc="the axes of lhs to repeat; all of them if None"
    )
    rhs_axes: tuple[int, ...] | None = p.shape(
        None, optional=True, doc="for each of lhs_axes, the axis of rhs whose size it takes"
    )

    def __post_init__(self) -> None:
        if self.lhs_axes is None or self.rhs_axes is None:
            return
        if len(self.lhs_axes) != len(self.rhs_axes) or not self.lhs_axes:
            raise ParameterError(f"lhs_axes {self.lhs_axes} and rhs_axes {self.rhs_axes} must be as many, at least one")

    def input_names(self) -> tuple[str, ...]:
        return ("lhs", "rhs")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        lhs, rhs = inputs
        if self.lhs_axes is None or self.rhs_axes is None:
            if lhs is None or rhs is None:
                return inputs, [rhs]
            stretch(lhs, rhs, "lhs")
            return inputs, [
                tuple(one if size is None and one != 1 else size for one, size in zip(lhs, rhs, strict=True))
            ]
        if lhs is None or rhs is None:
            return inputs, [None]
        out = list(lhs)
        for mine, other in zip(self.lhs_axes, self.rhs_axes, strict=True):
            axis, source = normalize_axis(mine, len(lhs), "lhs_axes"), normalize_axis(other, len(rhs), "rhs_axes")
            if lhs[axis] not in (1, None):
                raise ShapeError(f"axis {axis} of lhs {show_shape(lhs)} has size {lhs[axis]} and cannot be repeated")
            out[axis] = rhs[source]
        return inputs, [tuple(out)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return like_first(inputs, outputs)


@register
class BroadcastAxis(Broadcasting):
    """The input repeated along the named axes, each of size 1."""

    name = "broadcast_axis"
    aliases = ("broadcast_axes",)

    axis: tuple[int, ...] = p.shape((), doc="the axes to repeat")
    size: tuple[int, ...] = p.shape((), minimum=0, doc="for each axis, its size in the result")

    def __post_init__(self) -> None:
        if len(self.axis) != len(self.size):
            raise ParameterError(f"axis {self.axis} and size {self.size} must be as many")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = inputs[0], outputs[0]
        if data is None:
            return [None], [None]
        made, filled = list(data), list(data)
        for mine, size in zip(self.axis, self.size, strict=True):
            axis = normalize_axis(mine, len(data))
            if made[axis] not in (1, None):
                raise ShapeError(f"axis {axis} of {show_shape(data)} has size {made[axis]} and cannot be repeated")
            made[axis], filled[axis] = size, 1
        repeated = {normalize_axis(axis, len(data)) for axis in self.axis}
        if out is not None and len(out) == len(made):
            for axis, size_out in enumerate(out):
                if axis not in repeated and filled[axis] is None:
                    filled[axis] = made[axis] = size_out
        return [tuple(filled)], [tuple(made)]


class _Repeats(NamedTuple):
    """A repetition as three shapes: the input's, the result's, and one with every repetition an axis of its own.

    `axes` are the axes of `apart` along which the input is repeated.
    """

    data: tuple[int, ...]
    apart: tuple[int, ...]
    axes: tuple[int, ...]


class Repetition(Movement):
    """The input several times over: broadcast along axes of its own for the repetitions, then reshaped."""

    def plan(self, data: tuple[int, ...]) -> _Repeats:
        """How an input of this shape is repeated."""
        raise NotImplementedError

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        plan = self.plan(inputs[0].shape)
        once = tuple(1 if axis in plan.axes else size for axis, size in enumerate(plan.apart))
        outputs[0].reshape(plan.apart)[...] = inputs[0].reshape(once)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        plan = self.plan(inputs[0].shape)
        apart = reshape(grads[0], plan.apart)
        return (reshape(call("sum", apart, axis=plan.axes) if plan.axes else apart, plan.data),)


@register
class Tile(Repetition):
    """The array as a tile, laid out so many times along each axis.

    `reps` counts for the last axes where it is shorter than the shape, and adds axes in front where longer.
    """

    name = "tile"

    reps: tuple[int, ...] = p.shape(minimum=1, doc="for each axis, how often the array is laid out along it")

    def _aligned(self, data: Partial) -> tuple[Partial, tuple[int, ...]]:
        dimensions = max(len(data), len(self.reps))
        return (1,) * (dimensions - len(data)) + data, (1,) * (dimensions - len(self.reps)) + self.reps

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = inputs[0], outputs[0]
        if data is None:
            return [None], [None]
        sizes, reps = self._aligned(data)
        if out is not None and len(out) == len(reps):
            sizes = tuple(
                made // times if size is None and made is not None and made % times == 0 else size
                for size, made, times in zip(sizes, out, reps, strict=True)
            )
        made_out = tuple(None if size is None else size * times for size, times in zip(sizes, reps, strict=True))
        return [sizes[len(sizes) - len(data) :]], [made_out]

    def plan(self, data: tuple[int, ...]) -> _Repeats:
        sizes, reps = self._aligned(data)
        apart = [number for pair in zip(reps, sizes, strict=True) for number in pair if number is not None]
        return _Repeats(data, tuple(apart), tuple(range(0, 2 * len(reps), 2)))


@register
class Repeat(Repetition):
    """Each element, or each slice along an axis, several times in a row."""

    name = "repeat"

    repeats: int = p.integer(minimum=0, doc="how often each element stands in the result")
    axis: int | None = p.integer(None, optional=True, doc="the axis to repeat along; the flattened array if None")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = inputs[0], outputs[0]
        if data is None:
            return [None], [None]
        if self.axis is None:
            whole = known(data)
            return [data], [(None if whole is None else prod(whole) * self.repeats,)]
        axis = normalize_axis(self.axis, len(data))
        if out is not None and len(out) == len(data):
            data = tuple(
                two if one is None and place != axis else one
                for place, (one, two) in enumerate(zip(data, out, strict=True))
            )
        size = data[axis]
        return [data], [(*data[:axis], None if size is None else size * self.repeats, *data[axis + 1 :])]

    def plan(self, data: tuple[int, ...]) -> _Repeats:
        at = len(data) if self.axis is None else normalize_axis(self.axis, len(data)) + 1
        return _Repeats(data, (*data[:at], self.repeats, *data[at:]), (at,))


@register
class Reverse(Movement):
    """The elements in reverse order along the named axes."""

    name = "reverse"
    aliases = ("flip",)

    axis: tuple[int, ...] = p.shape(doc="the axes to reverse; one named twice is reversed twice")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        shapes = same_shapes(inputs, outputs)
        if shapes[0][0] is not None:
            self._slices(len(shapes[0][0]))
        return shapes

    def _slices(self, dimensions: int) -> tuple[slice, ...]:
        named = [normalize_axis(axis, dimensions) for axis in self.axis]
        return tuple(slice(None, None, -1 if named.count(axis) % 2 else 1) for axis in range(dimensions))

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = inputs[0][self._slices(inputs[0].ndim)]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None if grads[0] is None else call("reverse", grads[0], axis=self.axis),)
