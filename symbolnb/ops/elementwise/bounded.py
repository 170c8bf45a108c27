"""Piecewise functions whose corners are parameters: clip, hard_sigmoid, smooth_l1."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from symbolnb.dtypes import DType
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, register
from symbolnb.ops.elementwise import functions
from symbolnb.ops.elementwise.arithmetic import between
from symbolnb.ops.elementwise.family import Elementwise, constant
from symbolnb.ops.term import Term, call


class _Bounds(Elementwise):
    """An element type's constants for the two bounds."""

    exact = True
    a_min: float
    a_max: float

    def arguments(self, xp: ModuleType, inputs: Sequence[Array], dtype: DType) -> Sequence[Any]:
        return inputs[0], constant(xp, self.a_min, dtype), constant(xp, self.a_max, dtype)


@register
class Clip(_Bounds):
    """Each element, but no less than `a_min` and no more than `a_max`.

    The gradient is passed on at the bounds themselves, and is 0 beyond. For an array of integers the bounds
    are cut to integers first.
    """

    name = "clip"
    aliases = ("_sparse_clip",)
    expression = staticmethod(functions.clip)
    integers = staticmethod(functions.clip)

    a_min: float = p.number(doc="the smallest value that is left as it is")
    a_max: float = p.number(doc="the largest value that is left as it is")

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        return (grads[0] * call("_unclipped", inputs[0], a_min=self.a_min, a_max=self.a_max),)


@register
class Unclipped(_Bounds):
    """1 where `clip` leaves an element as it is, else 0."""

    name = "_unclipped"
    internal = True
    expression = staticmethod(functions.unclipped)

    a_min: float = p.number(doc="the lower bound")
    a_max: float = p.number(doc="the upper bound")

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,)


@register
class HardSigmoid(Elementwise):
    """``alpha * data + beta``, but no less than 0 and no more than 1; there the gradient is 0."""

    name = "hard_sigmoid"
    expression = staticmethod(functions.hard_sigmoid)

    alpha: float = p.number(0.2, doc="slope of the middle part")
    beta: float = p.number(0.5, doc="value at 0")

    def arguments(self, xp: ModuleType, inputs: Sequence[Array], dtype: DType) -> Sequence[Any]:
        return inputs[0], self.alpha, self.beta

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        grad, y = grads[0], outputs[0]
        if grad is None:
            return (None,)
        inside = between("broadcast_greater", y, 0.0) * between("broadcast_lesser", y, 1.0)
        return (grad * (inside * self.alpha),)


@register
class SmoothL1(Elementwise):
    """The absolute value, with a parabola in place of its corner.

    ``(scalar * data) ** 2 / 2`` where ``abs(data) < 1 / scalar ** 2``, else ``abs(data) - 0.5 / scalar ** 2``.
    """

    name = "smooth_l1"
    expression = staticmethod(functions.smooth_l1)

    scalar: float = p.number(1.0, doc="how narrow the parabola is")

    def arguments(self, xp: ModuleType, inputs: Sequence[Array], dtype: DType) -> Sequence[Any]:
        return inputs[0], self.scalar * self.scalar

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        return (grads[0] * call("clip", inputs[0] * (self.scalar * self.scalar), a_min=-1.0, a_max=1.0),)
