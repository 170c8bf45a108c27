"""LayerNorm, GroupNorm and InstanceNorm: every example normalized by statistics of its own."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import ModuleType
from typing import NamedTuple

from symbolnb.dtypes import FLOAT32
from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, Shape, merge_shapes, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import first_known, floating, normalize_axis
from symbolnb.ops.nn.batch_norm import statistics_dtype
from symbolnb.ops.term import Term, broadcast_to, call, cast, reshape, sum_to


class Folding(NamedTuple):
    """How data is normalized: in which shape it is looked at, along which axes, and where gamma stands."""

    shape: Shape
    axes: tuple[int, ...]
    affine: Shape

    @property
    def kept(self) -> Shape:
        """The shape with the folded axes of size 1: that of the statistics."""
        return tuple(1 if axis in self.axes else size for axis, size in enumerate(self.shape))

    @property
    def members(self) -> int:
        """How many elements share one mean."""
        return max(1, prod(self.shape[axis] for axis in self.axes))


@with_fields
class OwnStatistics(Operator):
    """What the layers share: ``gamma (data - mean) / √(variance + eps) + beta``, and its gradient.

    The outputs `mean` and `std`, which is ``√(variance + eps)``, pass gradients on as well.
    """

    family = "normalization"

    def input_names(self) -> tuple[str, ...]:
        return ("data", "gamma", "beta")

    def output_names(self) -> tuple[str, ...]:
        return ("output", "mean", "std")

    def visible_outputs(self) -> int:
        return 1

    @property
    def epsilon(self) -> float:
        """What is added to the variance."""
        raise NotImplementedError

    def folding(self, shape: Shape) -> Folding:
        """How data of this shape is normalized."""
        raise NotImplementedError

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        shown = outputs[: self.visible_outputs()]
        data = floating(first_known((*inputs, *shown)))
        statistics = data if len(shown) > 1 else statistics_dtype(data)
        return [data] * 3, [data, statistics, statistics]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, gamma, beta = inputs
        out, mean, std = outputs
        fold = self.folding(data.shape)
        wide = xp.promote_types(data.dtype, xp.float32)
        view = data.reshape(fold.shape)
        centre = view.mean(axis=fold.axes, keepdims=True, dtype=wide)
        centred = view - centre
        spread = xp.sqrt(xp.square(centred).mean(axis=fold.axes, keepdims=True) + wide.type(self.epsilon))
        mean[...] = centre.reshape(mean.shape)
        std[...] = spread.reshape(std.shape)
        centred /= spread
        centred *= gamma.reshape(fold.affine)
        xp.add(centred, beta.reshape(fold.affine), out=out.reshape(fold.shape), casting="same_kind")

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        data, gamma, beta = inputs
        fold = self.folding(data.shape)
        wide = statistics_dtype(data.dtype) or FLOAT32
        mean, std = (cast(reshape(term, fold.kept), wide) for term in outputs[1:])
        normal = (cast(reshape(data, fold.shape), wide) - mean) / std
        total: Term | None = None
        made: tuple[Term | None, ...] = (None, None)
        if grads[0] is not None:
            grad = cast(reshape(grads[0], fold.shape), wide)
            pull = grad * cast(reshape(gamma, fold.affine), wide)
            total = (pull - _mean(pull, fold) - normal * _mean(pull * normal, fold)) / std
            made = tuple(
                cast(reshape(sum_to(term, fold.affine), one.shape), one.dtype)
                for term, one in ((grad * normal, gamma), (grad, beta))
            )
        for grad_of, slope in ((grads[1], None), (grads[2], normal)):
            if grad_of is not None:
                share = cast(reshape(grad_of, fold.kept), wide) / float(fold.members)
                part = broadcast_to(share, fold.shape) if slope is None else slope * share
                total = part if total is None else total + part
        return (None if total is None else cast(reshape(total, data.shape), data.dtype), *made)


def _mean(term: Term, fold: Folding) -> Term:
    return call("mean", term, axis=fold.axes, keepdims=True)


@register
class LayerNorm(OwnStatistics):
    """Normalizes along one axis to mean 0 and variance 1, then scales by gamma and shifts by beta.

    ``gamma (data - mean) / √(variance + eps) + beta``. Shapes: data any, gamma and beta ``(size of the axis,)``.
    With `output_mean_var` there are three outputs: the result, the mean, and ``√(variance + eps)``, the last
    two with size 1 along the axis.
    """

    name = "LayerNorm"

    axis: int = p.integer(-1, doc="the axis to normalize along; negative counts from the end")
    eps: float = p.number(1e-5, doc="added to the variance before its root is taken")
    output_mean_var: bool = p.boolean(False, doc="whether the mean and √(variance + eps) are outputs")

    def visible_outputs(self) -> int:
        return 3 if self.output_mean_var else 1

    @property
    def epsilon(self) -> float:
        return self.eps

    def folding(self, shape: Shape) -> Folding:
        axis = normalize_axis(self.axis, len(shape))
        return Folding(shape, (axis,), tuple(size if at == axis else 1 for at, size in enumerate(shape)))

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = merge_shapes(inputs[0], outputs[0])
        if data is None:
            vector = merge_shapes(inputs[1], inputs[2])
            return [None, vector, vector], [None, outputs[1], outputs[1]]
        axis = normalize_axis(self.axis, len(data))
        size = _length((data[axis : axis + 1], *inputs[1:]))
        data = (*data[:axis], size, *data[axis + 1 :])
        kept = (*data[:axis], 1, *data[axis + 1 :])
        return [data, (size,), (size,)], [data, kept, kept]


def _length(vectors: Sequence[PartialShape]) -> int | None:
    """The first known length among vectors that have the same."""
    lengths = (vector[0] for vector in vectors if vector is not None and len(vector) == 1)
    return next((length for length in lengths if length is not None), None)


@register
class GroupNorm(OwnStatistics):
    """Normalizes each example's groups of channels to mean 0 and variance 1, then scales and shifts each group.

    ``gamma (data - mean) / √(variance + eps) + beta``. Shapes: data ``(batch, channels, ...)`` with at least three
    axes; gamma and beta ``(num_groups,)``, as in MXNet 1.9.1 one number for a whole group. With
    `output_mean_var` there are three outputs: the result, the mean and ``√(variance + eps)``, the last two
    ``(batch, num_groups)``.
    """

    name = "GroupNorm"

    num_groups: int = p.integer(1, minimum=1, doc="into how many groups the channels are divided")
    eps: float = p.number(1e-5, doc="added to the variance before its root is taken")
    output_mean_var: bool = p.boolean(False, doc="whether the mean and √(variance + eps) are outputs")

    def visible_outputs(self) -> int:
        return 3 if self.output_mean_var else 1

    @property
    def epsilon(self) -> float:
        return self.eps

    def folding(self, shape: Shape) -> Folding:
        batch, channels, *rest = shape
        split = (batch, self.num_groups, channels // self.num_groups, *rest)
        return Folding(split, tuple(range(2, len(split))), (1, self.num_groups, *(1 for _ in split[2:])))

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = merge_shapes(inputs[0], outputs[0])
        batch = None
        if data is not None:
            if len(data) < 3:
                raise ShapeError(f"data is {show_shape(data)} but must have at least 3 dimensions")
            batch, channels = data[:2]
            if channels is not None and channels % self.num_groups:
                raise ShapeError(f"the {channels} channels of data do not divide into {self.num_groups} groups")
        groups = (self.num_groups,)
        return [data, groups, groups], [data, (batch, *groups), (batch, *groups)]


@register
class InstanceNorm(OwnStatistics):
    """Normalizes each channel of each example to mean 0 and variance 1, then scales and shifts each channel.

    ``gamma (data - mean) / √(variance + eps) + beta``. Shapes: data ``(batch, channels, ...)``, gamma and beta
    ``(channels,)``.
    """

    name = "InstanceNorm"

    eps: float = p.number(0.001, doc="added to the variance before its root is taken")

    def output_names(self) -> tuple[str, ...]:
        return ("output", "mean", "var")  # MXNet's word for what is the deviation

    @property
    def epsilon(self) -> float:
        return self.eps

    def folding(self, shape: Shape) -> Folding:
        split = shape if len(shape) > 2 else (*shape, 1)
        return Folding(split, tuple(range(2, len(split))), (1, shape[1], *(1 for _ in split[2:])))

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = merge_shapes(inputs[0], outputs[0])
        channels = _length(inputs[1:])
        if data is None:
            return [None, (channels,), (channels,)], [None, (None, channels), (None, channels)]
        if len(data) < 2:
            raise ShapeError(f"data is {show_shape(data)} but must have at least 2 dimensions")
        channels = channels if data[1] is None else data[1]
        data = (data[0], channels, *data[2:])
        return [data, (channels,), (channels,)], [data, data[:2], data[:2]]
