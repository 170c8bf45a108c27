"""Normalization without parameters to learn: by the neighbouring channels, and by the length of vectors."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from symbolnb.dtypes import FLOAT32
from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, merge_shapes, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import first_known, floating, same_shapes
from symbolnb.ops.nn.batch_norm import statistics_dtype
from symbolnb.ops.reduce import accumulator
from symbolnb.ops.term import Term, apply, call, cast


def with_norm(inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
    """The types of data, of a result, and of a norm that is as exact as statistics are."""
    data = floating(first_known((inputs[0], outputs[0])))
    return [data], [data, statistics_dtype(data)]


@with_fields
class LocalResponse(Operator):
    """What all of local response normalization share: which channels count how much."""

    family = "normalization"

    alpha: float = p.number(1e-4, doc="factor of the mean of the squares")
    beta: float = p.number(0.75, doc="the power")
    knorm: float = p.number(2.0, doc="what is added to the sum of squares")
    nsize: int = p.integer(minimum=1, doc="how many neighbouring channels are summed up; an odd number")

    @property
    def reach(self) -> int:
        """How far away the last summed channel is, on either side."""
        return (self.nsize - 1) // 2

    @property
    def factors(self) -> dict[str, Any]:
        """The parameters, for an operator of the same normalization."""
        return {"alpha": self.alpha, "beta": self.beta, "knorm": self.knorm, "nsize": self.nsize}

    def add_norm(self, xp: ModuleType, data: Array, norm: Array) -> None:
        """Fill `norm` with ``knorm + alpha / nsize · Σ data²``."""
        add_neighbours(xp, data * data, self.reach, norm)
        norm *= self.alpha / self.nsize
        norm += self.knorm


@register
class LRN(LocalResponse):
    """Divides each channel by a power of a sum over the squares of its neighbours (local response normalization).

    ``data / (knorm + alpha / nsize · Σ data²) ** beta``, where the sum runs over the channels up to
    ``(nsize - 1) // 2`` away on either side. Shapes: data ``(batch, channels, ...)``.
    """

    name = "LRN"

    def output_names(self) -> tuple[str, ...]:
        return ("output", "tmp_norm")

    def visible_outputs(self) -> int:
        return 1

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        shape = merge_shapes(inputs[0], outputs[0])
        if shape is not None and len(shape) < 2:
            raise ShapeError(f"data is {show_shape(shape)} but must have at least 2 dimensions")
        return [shape], [shape, shape]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return with_norm(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        (data,), (out, norm) = inputs, outputs
        wide = data.astype(norm.dtype, copy=False)
        self.add_norm(xp, wide, norm)
        xp.multiply(wide, xp.power(norm, -self.beta), out=out, casting="same_kind")

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        data, norm = inputs[0], outputs[1]
        made: Term | None = None
        if grads[0] is not None:
            made = apply(LRNGradient(**self.factors), grads[0], data, norm)[0]
        if grads[1] is not None:
            around = apply(NeighbourSum(reach=self.reach), grads[1])[0]
            part = cast(cast(data, norm.dtype) * around * (2 * self.alpha / self.nsize), data.dtype)
            made = part if made is None else made + part
        return (made,)


@register
class LRNGradient(LocalResponse):
    """The gradient of LRN's data by its result, where its norm is known.

    ``grad · norm⁻ᵝ - 2 alpha beta / nsize · data · Σ (grad · data · norm⁻ᵝ⁻¹)``, the sum over neighbouring channels.
    Shapes: all ``(batch, channels, ...)``.
    """

    name = "_lrn_gradient"
    internal = True

    def input_names(self) -> tuple[str, ...]:
        return ("grad", "data", "norm")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        (data,), (_, norm) = with_norm([first_known((*inputs[:2], outputs[0]))], [None, None])
        return [data, data, norm], [data]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        norm = inputs[2]
        grad, data = (array.astype(norm.dtype, copy=False) for array in inputs[:2])
        self.add_gradient(xp, grad, data, norm, outputs[0])

    def add_gradient(self, xp: ModuleType, grad: Array, data: Array, norm: Array, out: Array) -> None:
        """Fill `out` from arrays of the norm's type."""
        direct = grad * xp.power(norm, -self.beta)
        around = xp.empty_like(norm)
        add_neighbours(xp, direct * data / norm, self.reach, around)
        around *= data
        around *= -2 * self.alpha * self.beta / self.nsize
        xp.add(direct, around, out=out, casting="same_kind")

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None, None
        norm = inputs[2]
        grad, data, pull = (cast(term, norm.dtype) for term in (inputs[0], inputs[1], grads[0]))
        slope = 2 * self.alpha * self.beta / self.nsize
        power, steep = (call("_power_scalar", norm, scalar=-self.beta - more) for more in (0, 1))
        pulled = apply(NeighbourSum(reach=self.reach), pull * data)[0] * slope
        around = apply(NeighbourSum(reach=self.reach), grad * data * steep)[0] * slope
        by_grad = pull * power - pulled * data * steep
        by_data = call("negative", pull * around + pulled * grad * steep)
        by_norm = pulled * grad * data * steep / norm * (self.beta + 1) - pull * grad * steep * self.beta
        return cast(by_grad, inputs[0].dtype), cast(by_data, inputs[1].dtype), by_norm


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
class L2Normalization(Operator):
    """Vectors divided by their length: ``data / √(Σ data² + eps)``.

    The vectors are the examples (mode "instance"), the channels at each place ("channel") or the places of
    each channel ("spatial"). Shapes: data ``(batch, channels, ...)``, with at least three axes but for "instance".
    """

    name = "L2Normalization"
    family = "normalization"

    eps: float = p.number(1e-10, doc="added to the sum of squares before its root is taken")
    mode: str = p.choice("channel", "instance", "spatial", default="instance", doc="what makes one vector")

    def output_names(self) -> tuple[str, ...]:
        return ("output", "norm")

    def visible_outputs(self) -> int:
        return 1

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return with_norm(inputs, outputs)

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
