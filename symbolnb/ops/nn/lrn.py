"""Normalization without parameters to learn: by the neighbouring channels, and by the length of vectors."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.dtypes import FLOAT32
from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, merge_shapes, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import first_known, floating, same_shapes
from symbolnb.ops.nn.batch_norm import statistics_dtype
from symbolnb.ops.reduce import accumulator
from symbolnb.ops.term import Term, apply, call, cast


class WithNorm(Operator):
    """One input, a result of its shape, and hidden the norm that it was divided by."""

    family = "normalization"

    def output_names(self) -> tuple[str, ...]:
        return ("output", "norm")

    def visible_outputs(self) -> int:
        return 1

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        data = floating(first_known((inputs[0], outputs[0])))
        return [data], [data, statistics_dtype(data)]


@register
class LRN(WithNorm):
    """Divides each channel by a power of a sum over the squares of its neighbours (local response normalization).

    ``data / (knorm + alpha / nsize · Σ data²) ** beta``, where the sum runs over the channels up to
    ``(nsize - 1) // 2`` away on either side. Shapes: data ``(batch, channels, ...)``.
    """

    name = "LRN"

    alpha: float = p.number(1e-4, doc="factor of the mean of the squares")
    beta: float = p.number(0.75, doc="the power")
    knorm: float = p.number(2.0, doc="what is added to the sum of squares")
    nsize: int = p.integer(minimum=1, doc="how many neighbouring channels are summed up; an odd number")

    def output_names(self) -> tuple[str, ...]:
        return ("output", "tmp_norm")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        shape = merge_shapes(inputs[0], outputs[0])
        if shape is not None and len(shape) < 2:
            raise ShapeError(f"data is {show_shape(shape)} but must have at least 2 dimensions")
        return [shape], [shape, shape]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        (data,), (out, norm) = inputs, outputs
        wide = data.astype(norm.dtype, copy=False)
        add_neighbours(xp, wide * wide, (self.nsize - 1) // 2, norm)
        norm *= self.alpha / self.nsize
        norm += self.knorm
        xp.multiply(wide, xp.power(norm, -self.beta), out=out, casting="same_kind")

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        norm, pull = outputs[1], grads[1]
        data = cast(inputs[0], norm.dtype)
        direct = None
        if grads[0] is not None:
            grad = cast(grads[0], norm.dtype)
            direct = grad * call("_power_scalar", norm, scalar=-self.beta)
            through = grad * data * (call("_power_scalar", norm, scalar=-self.beta - 1) * -self.beta)
            pull = through if pull is None else pull + through
        if pull is None:
            return (None,)
        around = apply(NeighbourSum(reach=(self.nsize - 1) // 2), pull)[0]
        bent = data * around * (2 * self.alpha / self.nsize)
        return (cast(bent if direct is None else direct + bent, inputs[0].dtype),)


def add_neighbours(xp: ModuleType, data: Array, reach: int, out: Array) -> None:
    """Fill `out` with the sum of each channel and those up to `reach` away."""
    out[...] = data
    channels = data.shape[1]
    for step in range(1, min(reach, channels - 1) + 1):
        out[:, step:] += data[:, :-step]
        out[:, :-step] += data[:, step:]


@register
class NeighbourSum(Operator):
    """The sum of each channel (axis 1) and those up to `reach` away."""

    name = "_neighbour_sum"
    family = "reduction"
    internal = True

    reach: int = p.integer(doc="how far away the last summed channel is, on either side")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        wide = inputs[0].astype(accumulator(inputs[0].dtype), copy=False)
        total = xp.empty(wide.shape, wide.dtype)
        add_neighbours(xp, wide, self.reach, total)
        outputs[0][...] = total

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,) if grads[0] is None else apply(self, grads[0])


@register
class L2Normalization(WithNorm):
    """Vectors divided by their length: ``data / √(Σ data² + eps)``.

    The vectors are the examples (mode "instance"), the channels at each place ("channel") or the places of
    each channel ("spatial"). Shapes: data ``(batch, channels, ...)``, with at least three axes but for "instance".
    """

    name = "L2Normalization"

    eps: float = p.number(1e-10, doc="added to the sum of squares before its root is taken")
    mode: str = p.choice("channel", "instance", "spatial", default="instance", doc="what makes one vector")

    def axes(self, dimensions: int) -> tuple[int, ...]:
        """The axes of one vector."""
        if self.mode == "channel":
            return (1,)
        return tuple(range(1 if self.mode == "instance" else 2, dimensions))

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        shape = merge_shapes(inputs[0], outputs[0])
        if shape is None:
            return [None], [None, None]
        if self.mode != "instance" and len(shape) < 3:
            raise ShapeError(f"data is {show_shape(shape)} but mode {self.mode!r} needs at least 3 dimensions")
        return [shape], [shape, self._kept(shape)]

    def _kept(self, shape: tuple[int | None, ...]) -> PartialShape:
        axes = self.axes(len(shape))
        return tuple(1 if axis in axes else size for axis, size in enumerate(shape))

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        (data,), (out, norm) = inputs, outputs
        wide = data.astype(norm.dtype, copy=False)
        xp.sum(wide * wide, axis=self.axes(data.ndim), keepdims=True, out=norm)
        norm += self.eps
        xp.sqrt(norm, out=norm)
        xp.divide(wide, norm, out=out, casting="same_kind")

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        wide = statistics_dtype(inputs[0].dtype) or FLOAT32
        norm, shape = outputs[1], inputs[0].shape
        unit = cast(inputs[0], wide) / norm
        made: Term | None = None
        if grads[0] is not None:
            grad = cast(grads[0], wide)
            axes = self.axes(len(shape))
            along = call("sum", grad * unit, axis=axes, keepdims=True) if axes else grad * unit
            made = (grad - unit * along) / norm
        if grads[1] is not None:
            part = unit * grads[1]
            made = part if made is None else made + part
        return (None if made is None else cast(made, inputs[0].dtype),)
