"""Operators on positions: one number for a position along several axes and back, counts by value, column products."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import ModuleType

from symbolnb.dtypes import dtype_of, is_float
from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import PartialShape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import known
from symbolnb.ops.shape import like_first
from symbolnb.ops.term import Term, call, reshape


@with_fields
class Positions(Operator):
    """What the two directions share: the shape of the array that the positions are in."""

    family = "other"

    shape: tuple[int, ...] | None = p.shape(None, optional=True, doc="the array's shape; its first size is not used")

    def __post_init__(self) -> None:
        if not self.shape:
            raise ParameterError("shape must name at least one axis")

    @property
    def sizes(self) -> tuple[int, ...]:
        """The shape."""
        return self.shape or ()

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,)


@register
class RavelMultiIndex(Positions):
    """Positions along several axes as positions in the flattened array; positions outside are not refused.

    Shapes: ``(axes, n)`` gives ``(n,)``.
    """

    name = "_ravel_multi_index"
    aliases = ("ravel_multi_index",)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = inputs[0], outputs[0]
        if data is not None and len(data) != 2:
            raise ShapeError(f"data is {show_shape(data)} but must have 2 dimensions")
        count = out[0] if out is not None and len(out) == 1 else None
        count = count if data is None or data[1] is None else data[1]
        return [(len(self.sizes), count)], [(count,)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        total = xp.zeros(outputs[0].shape, "int64")
        for row, size in zip(inputs[0].astype("int64"), self.sizes, strict=True):
            total = total * size + row
        outputs[0][...] = total


@register
class UnravelIndex(Positions):
    """Positions in a flattened array as positions along its axes.

    Shapes: ``(...)`` gives ``(axes, ...)``. A position past the end gives one past the end of the first axis.
    """

    name = "_unravel_index"
    aliases = ("unravel_index",)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = inputs[0], outputs[0]
        if data is None and out:
            data = out[1:]
        return [data], [None if data is None else (len(self.sizes), *data)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        left = inputs[0].astype("int64")
        sign = xp.sign(left)
        left = xp.abs(left)
        for axis in range(len(self.sizes) - 1, 0, -1):
            outputs[0][axis] = sign * (left % self.sizes[axis])
            left = left // self.sizes[axis]
        outputs[0][0] = sign * left


@register
class Histogram(Operator):
    """How many elements lie between each edge and the next, and the edges; elements outside are not counted.

    The edges are given as the input `bins`, or are `bin_cnt` + 1 evenly spaced numbers over `range`. The last edge
    belongs to the last bin.
    """

    name = "_histogram"
    family = "reduction"

    bin_cnt: int | None = p.integer(None, optional=True, minimum=1, doc="how many bins, where they are evenly spaced")
    range: tuple[float, ...] | None = p.numbers(None, optional=True, doc="the first and the last edge, with bin_cnt")

    def __post_init__(self) -> None:
        if (self.bin_cnt is None) != (self.range is None):
            raise ParameterError("bin_cnt and range must be given together")
        if self.range is not None and (len(self.range) != 2 or not self.range[0] < self.range[1]):
            raise ParameterError(f"range is {self.range} but must be two rising numbers")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "bins") if self.bin_cnt is None else ("data",)

    def output_names(self) -> tuple[str, ...]:
        return ("output0", "output1")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        if self.bin_cnt is not None:
            return inputs, [(self.bin_cnt,), (self.bin_cnt + 1,)]
        data, bins = inputs
        if bins is not None and (len(bins) != 1 or (bins[0] is not None and bins[0] < 2)):
            raise ShapeError(f"bins is {show_shape(bins)} but must be a vector of at least 2 edges")
        edges = None if bins is None else bins[0]
        return [data, (edges,)], [(None if edges is None else edges - 1,), (edges,)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        made, (edges,) = like_first(inputs[:1], outputs[1:])
        return [*made, *([edges] * (len(inputs) - 1))], [dtype_of("int64"), edges]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        counts, edges = outputs
        if self.bin_cnt is None or self.range is None:
            edges[...] = inputs[1]
            exact = edges
        else:
            exact = xp.linspace(self.range[0], self.range[1], self.bin_cnt + 1)
            edges[...] = exact
            exact = exact if is_float(edges.dtype) else edges  # whole numbers are counted between whole edges
        data = inputs[0].reshape(-1)
        data = data[(data >= exact[0]) & (data <= exact[-1])]
        places = xp.searchsorted(exact, data.astype(exact.dtype), side="right") - 1
        counts[...] = xp.bincount(xp.minimum(places, counts.size - 1), minlength=counts.size)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,) * len(inputs)


@register
class KhatriRao(Operator):
    """The Kronecker product column by column: ``(r1, c), (r2, c), ...`` give ``(r1 r2 ..., c)``."""

    name = "khatri_rao"
    family = "linear"

    num_args: int = p.count(doc="how many matrices there are")

    def input_names(self) -> tuple[str, ...]:
        return tuple(f"arg{number}" for number in range(self.num_args))

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        for name, shape in zip(self.input_names(), inputs, strict=True):
            if shape is not None and len(shape) != 2:
                raise ShapeError(f"{name} is {show_shape(shape)} but must have 2 dimensions")
        pairs = [(None, None) if shape is None else shape for shape in inputs]
        columns = [shape[1] for shape in (*pairs, *(out for out in outputs if out is not None and len(out) == 2))]
        column = next((size for size in columns if size is not None), None)
        rows = known(tuple(shape[0] for shape in pairs))
        made: PartialShape = (None if rows is None else prod(rows), column)
        return [(shape[0], column) for shape in pairs], [made]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        made = inputs[0]
        for factor in inputs[1:]:
            made = (made[:, None] * factor[None]).reshape(made.shape[0] * factor.shape[0], made.shape[1])
        outputs[0][...] = made

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,) * len(inputs)
        shapes = [
            (*(1 for _ in inputs[:at]), term.shape[0], *(1 for _ in inputs[at + 1 :]), term.shape[1])
            for at, term in enumerate(inputs)
        ]
        whole = reshape(grads[0], (*(term.shape[0] for term in inputs), inputs[0].shape[1]))
        wide = [reshape(term, shape) for term, shape in zip(inputs, shapes, strict=True)]
        made = []
        for at, term in enumerate(inputs):
            part = whole
            for other in (*wide[:at], *wide[at + 1 :]):
                part = part * other
            others = tuple(axis for axis in range(len(inputs)) if axis != at)
            part = call("sum", part, axis=others, keepdims=True) if others else part
            made.append(reshape(part, term.shape))
        return tuple(made)
