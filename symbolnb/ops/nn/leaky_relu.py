"""LeakyReLU: rectifiers that let something through below zero."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, Shape, merge_all, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.elementwise.special import erf
from symbolnb.ops.infer import one_float_type, same_shapes
from symbolnb.ops.term import Term, apply, call, reshape, sum_to

KINDS = ("elu", "gelu", "leaky", "prelu", "rrelu", "selu")

# Klambauer et al., "Self-Normalizing Neural Networks" (2017), to double precision.
SELU_SCALE = 1.0507009873554805
SELU_ALPHA = 1.6732632423543772


@register
class LeakyReLU(Operator):
    """Leaves positive elements as they are and bends negative ones, in one of six ways.

    For ``x <= 0``: leaky ``slope x``; prelu ``gamma x`` with a learned gamma; rrelu ``r x`` with r drawn
    between the bounds for each element while training, and their mean otherwise; elu
    ``slope (exp(x) - 1)``; selu ``1.0507 * 1.6733 (exp(x) - 1)``, with 1.0507 as the factor of positive
    elements. gelu is ``x / 2 (1 + erf(x / √2))`` everywhere. The shape stays; gamma is ``(channels,)``,
    which runs along axis 1, or ``(1,)``. rrelu has a second output, the factors.
    """

    name = "LeakyReLU"
    family = "activation"

    act_type: str = p.choice(*KINDS, default="leaky", doc="the function")
    slope: float = p.number(0.25, doc="factor of negative elements for leaky and elu")
    lower_bound: float = p.number(0.125, doc="least random factor of rrelu")
    upper_bound: float = p.number(0.334, doc="greatest random factor of rrelu")
    training: bool = False

    def in_mode(self, training: bool) -> LeakyReLU:
        return dataclasses.replace(self, training=training) if self.act_type == "rrelu" else self

    @property
    def random(self) -> bool:  # type: ignore[override]  # only one of the kinds draws numbers
        """Whether this kind draws random factors."""
        return self.act_type == "rrelu"

    @property
    def elementwise(self) -> bool:  # type: ignore[override]  # prelu's gamma is not of the data's shape
        """Whether each output element depends on the data's alone."""
        return self.act_type not in ("prelu", "rrelu")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "gamma") if self.act_type == "prelu" else ("data",)

    def output_names(self) -> tuple[str, ...]:
        return ("output", "mask") if self.act_type == "rrelu" else ("output",)

    def input_attributes(self) -> dict[str, dict[str, str]]:
        return {"gamma": {"__init__": '["Constant", {"value": 0.25}]'}} if self.act_type == "prelu" else {}

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        if self.act_type != "prelu":
            return same_shapes(inputs, outputs)
        data = merge_all((inputs[0], *outputs))
        return [data, self._gamma_shape(data, inputs[1])], [data]

    @staticmethod
    def _gamma_shape(data: PartialShape, gamma: PartialShape) -> PartialShape:
        if data is None or not data or gamma == (1,):
            return gamma
        channels = data[1] if len(data) > 1 else data[0]
        if gamma is None or gamma == (None,):
            return (channels,)
        if len(gamma) != 1 or (channels is not None and gamma[0] != channels):
            raise ShapeError(
                f"gamma is {show_shape(gamma)} but must be (1,) or have one element for each of the "
                f"{'?' if channels is None else channels} channels"
            )
        return gamma

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        x, out = inputs[0], outputs[0]
        if self.act_type == "gelu":
            xp.multiply(_normal_share(xp, x), x, out=out)
            return
        if self.act_type == "prelu":
            below = x * inputs[1].reshape(along_channels(inputs[1].shape, x.ndim))
        elif self.act_type == "leaky":
            below = x * self.slope
        else:
            below = xp.expm1(x) * (self.slope if self.act_type == "elu" else SELU_SCALE * SELU_ALPHA)
        above = x * SELU_SCALE if self.act_type == "selu" else x
        out[...] = xp.where(x > 0, above, below)

    def sample(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array], random: Any) -> None:
        (x,), (out, mask) = inputs, outputs
        if self.training:
            drawn = random.random(x.shape, dtype=xp.float32)
            factor = self.lower_bound + (self.upper_bound - self.lower_bound) * drawn
        else:
            factor = (self.lower_bound + self.upper_bound) / 2
        mask[...] = xp.where(x > 0, 1, factor)
        xp.multiply(x, mask, out=out)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        grad, data = grads[0], inputs[0]
        if grad is None:
            return (None,) * len(inputs)
        if self.act_type == "rrelu":
            return (grad * outputs[1],)
        if self.act_type != "prelu":
            return apply(LeakyReLUGradient(act_type=self.act_type, slope=self.slope), grad, data)
        shape = along_channels(inputs[1].shape, len(data.shape))
        gamma = reshape(inputs[1], shape)
        positive = call("_greater_scalar", data, scalar=0.0)
        below = grad * (1 - positive)
        return grad * positive + below * gamma, reshape(sum_to(below * data, shape), inputs[1].shape)


def _normal_share(xp: ModuleType, x: Array) -> Array:
    """How much of a standard normal distribution lies below each element."""
    share = xp.empty_like(x)
    erf(xp, x * math.sqrt(0.5), share)
    share += 1
    share *= 0.5
    return share


def along_channels(shape: Shape, dimensions: int) -> Shape:
    """The shape in which a vector of channels broadcasts against data: along axis 1, or the only one."""
    return shape if dimensions < 2 else (1, *shape, *(1,) * (dimensions - 2))


@register
class LeakyReLUGradient(Operator):
    """The gradient of a LeakyReLU's data, from the output gradient and the data, for kinds without gamma."""

    name = "_leaky_relu_gradient"
    family = "activation"
    internal = True
    elementwise = True

    act_type: str = p.choice("elu", "gelu", "leaky", "selu", doc="the function")
    slope: float = p.number(0.25, doc="factor of negative elements for leaky and elu")

    def input_names(self) -> tuple[str, ...]:
        return ("grad", "data")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grad, x = inputs
        if self.act_type == "gelu":
            density = xp.exp(-0.5 * x * x) * math.sqrt(0.5 / math.pi)
            slope = _normal_share(xp, x) + x * density
        elif self.act_type == "leaky":
            slope = xp.where(x > 0, x.dtype.type(1), x.dtype.type(self.slope))
        else:
            slope = xp.where(x > 0, x.dtype.type(self._above), self._bend * xp.exp(xp.minimum(x, 0)))
        xp.multiply(grad, slope, out=outputs[0])

    @property
    def _above(self) -> float:
        return SELU_SCALE if self.act_type == "selu" else 1.0

    @property
    def _bend(self) -> float:
        return SELU_SCALE * SELU_ALPHA if self.act_type == "selu" else self.slope

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        grad, data = inputs
        outer = grads[0]
        if outer is None:
            return None, None
        if self.act_type == "leaky":
            curvature = None
        elif self.act_type == "gelu":
            curvature = call("exp", data * data * -0.5) * (2 - data * data) * math.sqrt(0.5 / math.pi)
        else:
            below = call("_lesser_equal_scalar", data, scalar=0.0)
            curvature = below * call("exp", call("_minimum_scalar", data, scalar=0.0)) * self._bend
        return apply(self, outer, data)[0], None if curvature is None else outer * grad * curvature
