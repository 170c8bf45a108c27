"""BatchNorm: every channel normalized over the batch."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from math import prod
from types import ModuleType
from typing import ClassVar

from symbolnb.dtypes import FLOAT32, DType
from symbolnb.graph.spec import PartialShape, Shape, merge_shapes
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import first_known, floating, normalize_axis
from symbolnb.ops.term import Term, apply, broadcast_to, call, cast, reshape


def statistics_dtype(data: DType | None) -> DType | None:
    """The type of everything that has one element a channel: float32 where the data has half precision."""
    return FLOAT32 if data is not None and data.itemsize == 2 else data


@with_fields
class Normalizing(Operator):
    """What batch normalization and its gradient share."""

    family = "normalization"

    eps: float = p.number(0.001, doc="added to the variance before its root is taken")
    momentum: float = p.number(0.9, doc="share of the old moving statistics in the new ones")
    fix_gamma: bool = p.boolean(True, doc="whether to take gamma as 1, without a gradient")
    use_global_stats: bool = p.boolean(
        False, doc="whether to use the moving statistics while training, too, and leave them as they are"
    )
    axis: int = p.integer(1, doc="the axis of the channels; negative counts from the end")
    training: bool = False

    @property
    def over_batch(self) -> bool:
        """Whether the batch's own statistics are used in this mode."""
        return self.training and not self.use_global_stats

    def channel_axis(self, dimensions: int) -> int:
        """The axis of the channels counted from the front."""
        return normalize_axis(self.axis, dimensions)

    def other_axes(self, dimensions: int) -> tuple[int, ...]:
        """All axes that the statistics run over."""
        channel = self.channel_axis(dimensions)
        return tuple(axis for axis in range(dimensions) if axis != channel)

    def aligned(self, shape: Shape) -> Shape:
        """The shape in which a vector of channels broadcasts against data of the given shape."""
        channel = self.channel_axis(len(shape))
        return tuple(size if axis == channel else 1 for axis, size in enumerate(shape))


@register
class BatchNorm(Normalizing):
    """Normalizes every channel to mean 0 and variance 1, then scales by gamma and shifts by beta.

    ``gamma (data - mean) / √(variance + eps) + beta``, with the biased statistics of the batch while
    training and the moving ones otherwise. Shapes: data any, the others ``(channels,)``. With
    `output_mean_var` there are three outputs: the result, the mean, and ``1 / √(variance + eps)``; the last
    two pass no gradient on. The moving statistics change in the backward pass, as MXNet has it:
    ``moving = momentum moving + (1 - momentum) batch``. Data of half precision has float32 parameters.
    """

    name = "BatchNorm"
    rectifies: ClassVar[bool] = False
    """Whether what is negative becomes zero at the end."""

    signature = (
        "eps", "momentum", "fix_gamma", "use_global_stats", "output_mean_var", "axis", "cudnn_off",
        "min_calib_range", "max_calib_range",
    )  # fmt: skip

    output_mean_var: bool = p.boolean(False, doc="whether the mean and 1 / √(variance + eps) are outputs")
    cudnn_off: bool = p.boolean(False, doc="accepted for MXNet's sake; without effect")
    min_calib_range: float | None = p.number(None, optional=True, doc="for quantized models only; without effect")
    max_calib_range: float | None = p.number(None, optional=True, doc="for quantized models only; without effect")

    def in_mode(self, training: bool) -> BatchNorm:
        return dataclasses.replace(self, training=training)

    @property
    def repeatable(self) -> bool:
        return self.over_batch  # the moving statistics change in the backward pass

    def input_names(self) -> tuple[str, ...]:
        return ("data", "gamma", "beta", "moving_mean", "moving_var")

    def auxiliary_inputs(self) -> tuple[int, ...]:
        return (3, 4)

    def output_names(self) -> tuple[str, ...]:
        return ("output", "mean", "var")

    def visible_outputs(self) -> int:
        return 3 if self.output_mean_var else 1

    def input_attributes(self) -> dict[str, dict[str, str]]:
        return {"moving_mean": {"__init__": '["zero", {}]'}, "moving_var": {"__init__": '["one", {}]'}}

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = merge_shapes(inputs[0], outputs[0])
        channels: int | None = None
        for vector in (*inputs[1:], *outputs[1:]):
            if vector is not None and len(vector) == 1 and vector[0] is not None:
                channels = vector[0]
        if data is not None:
            axis = self.channel_axis(len(data))
            channels = channels if data[axis] is None else data[axis]
            data = (*data[:axis], channels, *data[axis + 1 :])
        vector_shape: PartialShape = (channels,)
        return [data, *[vector_shape] * 4], [data, vector_shape, vector_shape]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        data = floating(first_known((inputs[0], outputs[0])))
        vectors = floating(first_known((*inputs[1:], *outputs[1:])))
        if data is not None:
            vectors = statistics_dtype(data)
        elif vectors is not None and vectors != FLOAT32:
            data = vectors  # float32 parameters leave open whether the data is float16
        return [data, *[vectors] * 4], [data, vectors, vectors]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, gamma, beta, moving_mean, moving_var = inputs
        out, mean, scale = outputs
        shape = self.aligned(data.shape)
        wide = data.astype(mean.dtype, copy=False)
        if self.over_batch:
            axes = self.other_axes(data.ndim)
            count = max(1, data.size // max(1, mean.size))  # an empty batch has mean and variance 0, not NaN
            xp.divide(wide.sum(axis=axes), count, out=mean)
            centred = wide - mean.reshape(shape)
            variance = xp.square(centred).sum(axis=axes) / count
        else:
            mean[...] = moving_mean
            centred = wide - mean.reshape(shape)
            variance = moving_var
        scale[...] = 1 / xp.sqrt(variance + self.eps)
        factor = scale if self.fix_gamma else scale * gamma
        centred *= factor.reshape(shape)
        xp.add(centred, beta.reshape(shape), out=out, casting="same_kind")

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        data, gamma, _, moving_mean, moving_var = inputs
        if grads[0] is None:
            return (None,) * 5
        shared = {field.name: getattr(self, field.name) for field in dataclasses.fields(Normalizing)}
        made = apply(
            BatchNormGradient(**shared), grads[0], data, gamma, outputs[1], outputs[2], moving_mean, moving_var
        )
        return made[0], None if self.fix_gamma else made[1], made[2], None, None


@register
class BatchNormGradient(Normalizing):
    """The gradients of a BatchNorm's data, gamma and beta, and the update of its moving statistics.

    `mean` and `scale`, which is ``1 / √(variance + eps)``, are BatchNorm's second and third outputs.
    """

    name = "_batch_norm_gradient"
    internal = True

    def input_names(self) -> tuple[str, ...]:
        return ("grad", "data", "gamma", "mean", "scale", "moving_mean", "moving_var")

    def auxiliary_inputs(self) -> tuple[int, ...]:
        return (5, 6)

    def output_names(self) -> tuple[str, ...]:
        return ("data_grad", "gamma_grad", "beta_grad")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [inputs[1], inputs[2], inputs[2]]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return inputs, [inputs[1], inputs[2], inputs[2]]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grad, data, gamma, mean, scale, moving_mean, moving_var = inputs
        data_grad, gamma_grad, beta_grad = outputs
        axes, shape = self.other_axes(data.ndim), self.aligned(data.shape)
        wide = grad.astype(mean.dtype, copy=False)
        normal = (data - mean.reshape(shape)) * scale.reshape(shape)
        wide.sum(axis=axes, out=beta_grad)
        (wide * normal).sum(axis=axes, out=gamma_grad)
        factor = (scale if self.fix_gamma else scale * gamma).reshape(shape)
        if self.over_batch:
            count = max(1, data.size // max(1, mean.size))
            normal *= (gamma_grad / count).reshape(shape)
            normal += (beta_grad / count).reshape(shape)
            xp.multiply(wide - normal, factor, out=data_grad, casting="same_kind")
            if data.size:
                self._move(moving_mean, mean)
                self._move(moving_var, 1 / xp.square(scale) - self.eps)
        else:
            xp.multiply(wide, factor, out=data_grad, casting="same_kind")
        if self.fix_gamma:
            gamma_grad[...] = 0

    def _move(self, moving: Array, batch: Array) -> None:
        moving *= self.momentum
        moving += (1 - self.momentum) * batch

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        """Derived from ``data_grad = γ s (g - mean(g) - n mean(g n))`` and so on, with n the normalized data.

        The answer for the data counts how mean and scale depend on it, so that theirs is None.
        """
        second = _SecondOrder(self, inputs, grads)
        data_part, gamma_part = second.for_data(), None if self.fix_gamma else second.for_gamma()
        return second.for_grad(), data_part, gamma_part, None, None, None, None


class _SecondOrder:
    """The terms of the gradient of `BatchNormGradient`; the outer gradients are a, b and c."""

    def __init__(self, operator: BatchNormGradient, inputs: tuple[Term, ...], outer: tuple[Term | None, ...]) -> None:
        self.grad_dtype, self.data_dtype = inputs[0].dtype, inputs[1].dtype
        shape, wide = inputs[1].shape, inputs[2].dtype
        self.operator, self.vector = operator, inputs[2].shape
        self.count = max(1, prod(shape) // max(1, prod(self.vector)))
        grad, data, gamma, mean, scale = [
            cast(term, wide) if term.shape == shape else self._aligned(term, shape) for term in inputs[:5]
        ]
        self.g, self.scale = grad, scale
        self.factor = scale if operator.fix_gamma else gamma * scale
        self.n = (data - mean) * scale
        self.a = None if outer[0] is None else cast(outer[0], wide)
        self.b = None if outer[1] is None or operator.fix_gamma else self._aligned(outer[1], shape)
        self.c = None if outer[2] is None else self._aligned(outer[2], shape)

    def _aligned(self, vector: Term, shape: Shape) -> Term:
        return reshape(vector, self.operator.aligned(shape))

    def _mean(self, term: Term) -> Term:
        """The mean over a channel, which broadcasts against the data."""
        axes = self.operator.other_axes(len(term.shape))
        return call("sum", term, axis=axes, keepdims=True) / float(self.count)

    def _project(self, term: Term) -> Term:
        """What is left of a term without its parts along 1 and along the normalized data."""
        return term - self._mean(term) - self.n * self._mean(term * self.n)

    def for_grad(self) -> Term | None:
        """The gradient of the first order's output gradient, which the first order is linear in."""
        total: Term | None = None
        if self.a is not None:
            total = (self._project(self.a) if self.operator.over_batch else self.a) * self.factor
        if self.b is not None:
            total = self.n * self.b if total is None else total + self.n * self.b
        if self.c is not None:
            total = broadcast_to(self.c, self.g.shape) if total is None else total + self.c
        return None if total is None else cast(total, self.grad_dtype)

    def for_gamma(self) -> Term | None:
        """The gradient of gamma, by which only the data's gradient is multiplied."""
        if self.a is None:
            return None
        left = self._project(self.g) if self.operator.over_batch else self.g
        return reshape(self._mean(self.a * left) * self.scale * float(self.count), self.vector)

    def for_data(self) -> Term | None:
        """The gradient of the data: through n itself, and through the scale."""
        if not self.operator.over_batch:
            return None if self.b is None else cast(self.g * self.scale * self.b, self.data_dtype)
        if self.a is None and self.b is None:
            return None
        bend: Term | None = None  # the gradient of n, of which a projection comes through
        if self.a is not None:
            bend = (self.a * self._mean(self.g * self.n) + self.g * self._mean(self.a * self.n)) * self.factor * -1.0
        if self.b is not None:
            bend = self.g * self.b if bend is None else bend + self.g * self.b
        assert bend is not None
        total = self._project(bend) * self.scale
        if self.a is not None:
            pull = self._mean(self.a * self._project(self.g)) * self.factor * self.scale
            total = total - self.n * pull
        return cast(total, self.data_dtype)
