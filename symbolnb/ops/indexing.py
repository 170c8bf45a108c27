"""Operators that look elements up by an array of positions.

Positions may have any element type; fractions are cut off toward zero, as in MXNet.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.dtypes import dtype_of
from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import merge_all, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import first_known, normalize_axis
from symbolnb.ops.reduce import accumulator
from symbolnb.ops.shape import like_first
from symbolnb.ops.term import Term, apply, call, zeros


class Lookup(Operator):
    """What operators with data and positions share: the result has the element type of the data."""

    family = "other"

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return like_first(inputs, outputs)


def positions(xp: ModuleType, indices: Array, size: int, mode: str) -> Array:
    """Whole positions in an axis of the given size; those outside are clipped, wrapped around or refused.

    Clipping takes nan for 0 and keeps numbers too large for an integer at the end. IndexError where refused.
    """
    if mode == "clip" and indices.dtype.kind == "f":
        wide = indices.astype("float64")
        return xp.clip(xp.where(wide == wide, wide, 0.0), 0, size - 1).astype("int64")
    whole = indices.astype("int64")
    if mode == "clip":
        return xp.clip(whole, 0, size - 1)
    if mode == "wrap":
        return whole % size
    check_inside(whole, 0, size, "the indexed axis")
    return whole


def check_inside(whole: Array, low: int, size: int, axis: str) -> None:
    """IndexError where a position is below `low` or not below the size; names the first such position."""
    outside = (whole < low) | (whole >= size)
    if bool(outside.any()):
        raise IndexError(f"index {int(whole[outside][0])} is outside of {axis}, which has size {size}")


def add_at(xp: ModuleType, out: Array, places: object, values: Array) -> None:
    """Add values to `out` at places that may repeat, after filling it with zeros; float16 sums in float32."""
    wide = accumulator(out.dtype)
    total = out if wide == out.dtype else xp.zeros(out.shape, wide)
    total.fill(0)
    if values.size:  # else the places need not even fit
        xp.add.at(total, places, values.astype(wide))
    if total is not out:
        out[...] = total


@register
class Take(Lookup):
    """Slices of an array along an axis, at positions given by another array.

    Shapes: ``(n, ...)`` and ``(i, j)`` give ``(i, j, ...)`` along axis 0.
    """

    name = "take"

    axis: int = p.integer(0, doc="the axis that is indexed; negative counts from the end")
    mode: str = p.choice(
        "clip", "raise", "wrap", default="clip", doc="what becomes of positions outside: border, error, or wrap around"
    )

    def input_names(self) -> tuple[str, ...]:
        return ("a", "indices")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, indices = inputs
        if data is None:
            return inputs, [None]
        axis = normalize_axis(self.axis, len(data))
        if indices is None:
            return inputs, [None]
        return inputs, [(*data[:axis], *indices, *data[axis + 1 :])]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, indices = inputs
        places = positions(xp, indices, data.shape[self.axis], self.mode)
        outputs[0][...] = xp.take(data, places.astype(xp.intp, copy=False), axis=self.axis)  # of 32 bits in a browser

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        return apply(TakeBackward(axis=self.axis, mode=self.mode, shape=inputs[0].shape), grads[0], inputs[1])[0], None


@register
class TakeBackward(Lookup):
    """Zeros with each slice of the input added at its position: the gradient of take."""

    name = "_backward_take"
    internal = True

    shape: tuple[int, ...] = p.shape(doc="shape of the result")
    axis: int = p.integer(0, doc="the axis that was indexed")
    mode: str = p.choice("clip", "raise", "wrap", default="clip", doc="what becomes of positions outside")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "indices")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [self.shape]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grad, indices = inputs
        axis = normalize_axis(self.axis, len(self.shape))
        where = positions(xp, indices, self.shape[axis], self.mode)
        add_at(xp, outputs[0], (*(slice(None) for _ in range(axis)), where), grad)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        return call("take", grads[0], inputs[1], axis=self.axis, mode=self.mode), None


@register
class Pick(Lookup):
    """One element along an axis for each place of the others, at positions given by another array.

    Shapes: data ``(n, k)`` and index ``(n,)`` or ``(n, 1)`` give ``(n,)`` along axis 1.
    """

    name = "pick"
    aliases = ("choose_element_0index",)

    axis: int | None = p.integer(-1, optional=True, doc="the axis to pick along; None is refused, as in MXNet")
    keepdims: bool = p.boolean(False, doc="whether the axis stays, with size 1")
    mode: str = p.choice(
        "clip", "wrap", default="clip", doc="what becomes of positions outside: border, or wrap around"
    )

    def __post_init__(self) -> None:
        if self.axis is None:
            raise ParameterError("axis is None but pick needs one axis")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "index")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, index = inputs
        if data is None or self.axis is None:
            return inputs, [None]
        axis = normalize_axis(self.axis, len(data))
        dropped = (*data[:axis], *data[axis + 1 :]) or (1,)
        kept = (*data[:axis], 1, *data[axis + 1 :])
        index = kept if index is not None and len(index) == len(data) else dropped
        return [data, index], [kept if self.keepdims else dropped]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, index = inputs
        assert self.axis is not None
        axis = normalize_axis(self.axis, data.ndim)
        kept = (*data.shape[:axis], 1, *data.shape[axis + 1 :])
        where = positions(xp, index, data.shape[axis], self.mode).reshape(kept)
        outputs[0][...] = xp.take_along_axis(data, where, axis=axis).reshape(outputs[0].shape)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        assert self.axis is not None
        operator = PickBackward(axis=self.axis, keepdims=self.keepdims, mode=self.mode, shape=inputs[0].shape)
        return apply(operator, grads[0], inputs[1])[0], None


@register
class PickBackward(Lookup):
    """Zeros with each element of the input at its position: the gradient of pick."""

    name = "_backward_pick"
    internal = True

    shape: tuple[int, ...] = p.shape(doc="shape of the result")
    axis: int = p.integer(-1, doc="the axis that was picked along")
    keepdims: bool = p.boolean(False, doc="whether that axis is there in the input")
    mode: str = p.choice("clip", "wrap", default="clip", doc="what becomes of positions outside")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "index")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [self.shape]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grad, index = inputs
        axis = normalize_axis(self.axis, len(self.shape))
        size = self.shape[axis]
        kept = (*self.shape[:axis], 1, *self.shape[axis + 1 :])
        line = xp.arange(size).reshape((size,) + (1,) * (len(self.shape) - axis - 1))
        here = line == positions(xp, index, size, self.mode).reshape(kept)
        outputs[0][...] = xp.where(here, grad.reshape(kept), grad.dtype.type(0))

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        picked = call("pick", grads[0], inputs[1], axis=self.axis, keepdims=self.keepdims, mode=self.mode)
        return picked, None


@register
class EdgeId(Operator):
    """The element of a matrix for each pair of a row and a column, -1 where there is none.

    Shapes: data ``(rows, columns)``, u and v ``(n,)``, output ``(n,)``. In MXNet the matrix is the csr array of a
    graph, whose elements number the edges. Here it is dense: an element of 0 is an edge that does not exist.
    """

    name = "_contrib_edge_id"
    family = "other"

    def input_names(self) -> tuple[str, ...]:
        return ("data", "u", "v")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        for name, shape, rank in zip(self.input_names(), inputs, (2, 1, 1), strict=True):
            if shape is not None and len(shape) != rank:
                raise ShapeError(f"{name} is {show_shape(shape)} but must have {rank} dimension{'s' * (rank > 1)}")
        pairs = merge_all((*inputs[1:], *outputs))
        pairs = (None,) if pairs is None else pairs
        return [inputs[0], pairs, pairs], [pairs]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        made = first_known((inputs[0], *outputs))
        return [made, *inputs[1:]], [made]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data = inputs[0]
        rows, columns = (given.astype("int64") for given in inputs[1:])
        inside = (rows >= 0) & (rows < data.shape[0]) & (columns >= 0) & (columns < data.shape[1])
        found = data[xp.where(inside, rows, 0), xp.where(inside, columns, 0)]
        outputs[0][...] = xp.where(inside & (found != 0), found, -1)


@register
class BatchTake(Lookup):
    """One element of each row of a matrix, at int32 positions; `pick` is the newer form."""

    name = "batch_take"

    def input_names(self) -> tuple[str, ...]:
        return ("a", "indices")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, indices = inputs
        if data is not None and len(data) != 2:
            raise ShapeError(f"a is {show_shape(data)} but needs 2 dimensions")
        rows = data[:1] if data is not None else indices if indices is not None else outputs[0]
        return [data, rows], [rows]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        (data, _), made = like_first(inputs, outputs)
        return [data, dtype_of("int32")], made

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, indices = inputs
        where = positions(xp, indices, data.shape[1], "clip").reshape(-1, 1)
        outputs[0][...] = xp.take_along_axis(data, where, axis=1)[:, 0]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        return apply(PickBackward(axis=1, keepdims=False, mode="clip", shape=inputs[0].shape), grads[0], inputs[1])[
            0
        ], None


@register
class OneHot(Operator):
    """For each position a row with one value there and another elsewhere, everywhere where it is outside.

    Shapes: indices ``(...)`` give ``(..., depth)``.
    """

    name = "one_hot"

    depth: int = p.integer(minimum=0, doc="length of the rows")
    on_value: float = p.number(1.0, doc="the value at the position")
    off_value: float = p.number(0.0, doc="the value elsewhere")
    dtype: str = p.dtype(
        "bfloat16", "float16", "float32", "float64", "int32", "int64", "int8", "uint8",
        default="float32", doc="element type of the result",
    )  # fmt: skip

    def input_names(self) -> tuple[str, ...]:
        return ("indices",)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        indices, out = inputs[0], outputs[0]
        if out is not None and len(out) > 1:
            filled = out[:-1] if indices is None else indices
            indices = tuple(two if one is None else one for one, two in zip(filled, out, strict=False))
        return [indices], [None if indices is None else (*indices, self.depth)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return inputs, [dtype_of(self.dtype)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        here = inputs[0].astype("int64")[..., None] == xp.arange(self.depth)
        outputs[0][...] = xp.where(here, self.on_value, self.off_value)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,)


@register
class Where(Operator):
    """Elements of x where the condition is not zero, of y elsewhere.

    The condition has the shape of x and y, or is a vector that chooses whole slices along the first axis.
    """

    name = "where"
    aliases = ("_sparse_where",)

    def input_names(self) -> tuple[str, ...]:
        return ("condition", "x", "y")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        condition = inputs[0]
        made = merge_all((inputs[1], inputs[2], outputs[0]))
        if condition is not None and made is not None:
            if len(condition) == len(made):
                made = tuple(two if one is None else one for one, two in zip(made, condition, strict=True))
                condition = made
            elif len(condition) == 1 and made:
                condition = (made[0],) if condition[0] is None else condition
                made = (condition[0] if made[0] is None else made[0], *made[1:])
                if made[0] is not None and condition[0] not in (None, made[0]):
                    raise ShapeError(f"condition is {show_shape(condition)} but x has {made[0]} slices")
            else:
                raise ShapeError(
                    f"condition is {show_shape(condition)} but must have one axis or the shape of x, {show_shape(made)}"
                )
        return [condition, made, made], [made]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        dtype = next((dtype for dtype in (*inputs[1:], *outputs) if dtype is not None), None)
        return [inputs[0], dtype, dtype], [dtype]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        condition, x, y = inputs
        chosen = condition.reshape(condition.shape + (1,) * (x.ndim - condition.ndim)) != 0
        outputs[0][...] = xp.where(chosen, x, y)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        condition, grad = inputs[0], grads[0]
        if grad is None:
            return None, None, None
        nothing = zeros(grad)
        return None, call("where", condition, grad, nothing), call("where", condition, nothing, grad)
