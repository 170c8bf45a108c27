"""Operators that give an array back with some of its elements replaced."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import merge_shapes, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.elementwise.family import constant
from symbolnb.ops.gather import infer_scattered, places
from symbolnb.ops.indexing import positions
from symbolnb.ops.infer import first_known
from symbolnb.ops.slicing import sliced_size as size_of
from symbolnb.ops.slicing import slices_of
from symbolnb.ops.term import Term, apply, call, zeros


@with_fields
class IntoSlice(Operator):
    """What assignments to a slice share; as in Python, None means from or to the border."""

    family = "shape"

    begin: tuple[int | None, ...] = p.open_shape(doc="for each axis, where the slice begins")
    end: tuple[int | None, ...] = p.open_shape(doc="for each axis, where the slice ends, exclusive")
    step: tuple[int | None, ...] = p.open_shape((), doc="for each axis, the stride; 1 if empty or None")

    def __post_init__(self) -> None:
        if len(self.begin) != len(self.end) or (self.step and len(self.step) != len(self.begin)):
            raise ParameterError(f"begin {self.begin}, end {self.end} and step {self.step} must name equally many axes")
        if 0 in self.step:
            raise ParameterError(f"step is {self.step} but a stride cannot be 0")

    @property
    def slices(self) -> tuple[slice, ...]:
        """The slices of the first axes."""
        return slices_of(self.begin, self.end, self.step)

    def check(self, data: tuple[int | None, ...]) -> None:
        """`ShapeError` where there are more slices than axes."""
        if len(self.begin) > len(data):
            raise ShapeError(f"begin {self.begin} names {len(self.begin)} axes but the data is {show_shape(data)}")

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        return ((0, 0),)


@register
class SliceAssign(IntoSlice):
    """lhs with a slice of it replaced by rhs, which has the slice's shape."""

    name = "_slice_assign"
    aliases = ("_crop_assign",)

    def input_names(self) -> tuple[str, ...]:
        return ("lhs", "rhs")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, part = merge_shapes(inputs[0], outputs[0]), inputs[1]
        if data is None:
            return [None, part], [None]
        self.check(data)
        count = len(self.begin)
        if part is not None and len(part) == len(data):
            rest = tuple(two if one is None else one for one, two in zip(data[count:], part[count:], strict=True))
            data = (*data[:count], *rest)
        front = tuple(size_of(cut, size) for cut, size in zip(self.slices, data[:count], strict=True))
        return [data, (*front, *data[count:])], [data]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = inputs[0]
        outputs[0][self.slices] = inputs[1]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        ends = {"begin": self.begin, "end": self.end, "step": self.step}
        return call("_slice_assign_scalar", grads[0], scalar=0.0, **ends), call("slice", grads[0], **ends)


@register
class SliceAssignScalar(IntoSlice):
    """The data with a slice of it filled with a constant."""

    name = "_slice_assign_scalar"
    aliases = ("_crop_assign_scalar",)
    signature = ("scalar", "begin", "end", "step")

    scalar: float = p.number(0.0, doc="the constant; cut to an integer for an array of integers")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = merge_shapes(inputs[0], outputs[0])
        if data is not None:
            self.check(data)
        return [data], [data]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = inputs[0]
        outputs[0][self.slices] = constant(xp, self.scalar, outputs[0].dtype)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        return (call("_slice_assign_scalar", grads[0], scalar=0.0, begin=self.begin, end=self.end, step=self.step),)


@register
class ScatterSetNd(Operator):
    """lhs with elements or slices of it replaced by those of rhs, at positions along the first axes.

    Shapes: indices ``(m, ...)`` and rhs ``(..., rest)`` for lhs ``(n1, .., nm, rest)``, whose shape `shape` repeats.
    Where a position comes twice, one of the elements stays, and both have the gradient.
    """

    name = "_scatter_set_nd"
    family = "other"

    shape: tuple[int, ...] = p.shape(doc="shape of lhs and of the result")

    def input_names(self) -> tuple[str, ...]:
        return ("lhs", "rhs", "indices")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        (part, indices), (made,) = infer_scattered([inputs[1], inputs[2]], self.shape)
        return [made, part, indices], [made]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        made = first_known((*inputs[:2], *outputs))
        return [made, made, inputs[2]], [made]

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        return ((0, 0),)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = inputs[0]
        outputs[0][places(xp, inputs[2], self.shape)] = inputs[1]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None, None
        untouched = apply(self, grads[0], zeros(inputs[1]), inputs[2])[0]
        return untouched, call("gather_nd", grads[0], inputs[2]), None


@register
class FillElement(Operator):
    """lhs with one element of each row replaced by that of mhs, at the column that rhs says.

    Shapes: lhs ``(rows, columns)``, mhs and rhs ``(rows,)``; columns outside are taken as the nearest.
    """

    name = "fill_element_0index"
    family = "other"

    def input_names(self) -> tuple[str, ...]:
        return ("lhs", "mhs", "rhs")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, rows = merge_shapes(inputs[0], outputs[0]), merge_shapes(inputs[1], inputs[2])
        if data is not None and len(data) != 2:
            raise ShapeError(f"lhs is {show_shape(data)} but must have 2 dimensions")
        count = rows[0] if rows is not None and len(rows) == 1 else None
        data = (count, None) if data is None else data
        count = count if data[0] is None else data[0]
        return [(count, data[1]), (count,), (count,)], [(count, data[1])]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        made = first_known((*inputs[:2], *outputs))
        return [made, made, inputs[2]], [made]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, values, columns = inputs
        outputs[0][...] = data
        outputs[0][xp.arange(data.shape[0]), positions(xp, columns, data.shape[1], "clip")] = values

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None, None
        rest = apply(self, grads[0], zeros(inputs[1]), inputs[2])[0]
        return rest, call("pick", grads[0], inputs[2], axis=1), None


@register
class OneHotEncode(Operator):
    """For each number of lhs a row of zeros with a 1 at that place, in the shape of rhs."""

    name = "_onehot_encode"
    family = "other"

    def input_names(self) -> tuple[str, ...]:
        return ("lhs", "rhs")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        numbers, made = inputs[0], merge_shapes(inputs[1], outputs[0])
        if made is not None and len(made) != 2:
            raise ShapeError(f"rhs is {show_shape(made)} but must have 2 dimensions")
        count = numbers[0] if numbers is not None and len(numbers) == 1 else None
        made = (count, None) if made is None else made
        count = count if made[0] is None else made[0]
        return [(count,), (count, made[1])], [(count, made[1])]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        made = first_known((inputs[1], *outputs))
        return [inputs[0], made], [made]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = inputs[0].astype("int64")[:, None] == xp.arange(outputs[0].shape[1])

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return None, None
