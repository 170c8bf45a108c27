"""Steps along the gradient: plain, with momentum, and by its sign alone."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import ClassVar

from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, register, with_fields
from symbolnb.ops.optimizer.update import Decayed, Lazy, Mixed, Step

PLAIN = ("lr", "wd", "rescale_grad", "clip_gradient")
HEAVY = ("lr", "momentum", "wd", "rescale_grad", "clip_gradient")
MOMENTUM_DOC = "share of the last step that is taken again"


def descend(weight: Array, grad: Array, lr: float, wd: float) -> Array:
    """The weight after a plain step."""
    return (1 - lr * wd) * weight - lr * grad


def roll(weight: Array, grad: Array, velocity: Array, lr: float, wd: float, momentum: float) -> tuple[Array, Array]:
    """The weight and the velocity after a step with momentum."""
    velocity = momentum * velocity - lr * (grad + wd * weight)
    return weight + velocity, velocity


class _Descent(Lazy, Step):
    inputs: ClassVar[tuple[str, ...]] = ("weight", "grad")
    signature: ClassVar[tuple[str, ...]] = (*PLAIN, "lazy_update")

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        weight, grad = inputs
        return (descend(weight, self.prepared(xp, grad), self.lr, self.wd),)


@register
class Sgd(_Descent):
    """A step down the gradient: ``(1 - lr wd) weight - lr clip(rescale_grad grad)``."""

    name = "sgd_update"
    aliases = ("_sparse_sgd_update",)


@register
class MixedSgd(_Descent, Mixed):
    """`sgd_update` in float32 for a weight of lower precision; ``weight32`` is the weight in float32."""

    name = "mp_sgd_update"
    inputs = ("weight", "grad", "weight32")
    states = (2,)


@with_fields
class Heavy(Decayed):
    """The parameters of a step with momentum."""

    momentum: float = p.number(0.0, doc=MOMENTUM_DOC)


@with_fields
class LazyHeavy(Lazy, Heavy):
    """Those of one that MXNet can restrict to some rows."""


class _Momentum(LazyHeavy, Step):
    inputs: ClassVar[tuple[str, ...]] = ("weight", "grad", "mom")
    states: ClassVar[tuple[int, ...]] = (2,)
    signature: ClassVar[tuple[str, ...]] = (*HEAVY, "lazy_update")

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        weight, grad, velocity = inputs
        return roll(weight, self.prepared(xp, grad), velocity, self.lr, self.wd, self.momentum)


@register
class SgdMomentum(_Momentum):
    """A step with momentum: ``mom = momentum mom - lr (clip(rescale_grad grad) + wd weight)``, added to the weight."""

    name = "sgd_mom_update"
    aliases = ("_sparse_sgd_mom_update",)


@register
class MixedSgdMomentum(_Momentum, Mixed):
    """`sgd_mom_update` in float32 for a weight of lower precision; ``weight32`` is the weight in float32."""

    name = "mp_sgd_mom_update"
    inputs = ("weight", "grad", "mom", "weight32")
    states = (2, 3)


class _Nesterov(Heavy, Step):
    inputs: ClassVar[tuple[str, ...]] = ("weight", "grad", "mom")
    states: ClassVar[tuple[int, ...]] = (2,)
    signature: ClassVar[tuple[str, ...]] = HEAVY

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        weight, grad, velocity = inputs
        grad = self.prepared(xp, grad) + self.wd * weight
        velocity = self.momentum * velocity - self.lr * grad
        return weight + self.momentum * velocity - self.lr * grad, velocity


@register
class Nesterov(_Nesterov):
    """A step with Nesterov's momentum: as `sgd_mom_update`, but the weight moves where the next step would lead.

    See Y. Nesterov, "A method for solving the convex programming problem with convergence rate O(1/k²)" (1983).
    """

    name = "nag_mom_update"


@register
class MixedNesterov(_Nesterov, Mixed):
    """`nag_mom_update` in float32 for a weight of lower precision; ``weight32`` is the weight in float32.

    The momentum is that of `nag_mom_update`; MXNet's counts the pull ``wd weight`` of the weight after the step.
    """

    name = "mp_nag_mom_update"
    inputs = ("weight", "grad", "mom", "weight32")
    states = (2, 3)


@register
class SignSgd(Decayed, Step):
    """A step of the same length for every weight: ``(1 - lr wd) weight - lr sign(grad)``.

    See J. Bernstein, Y. Wang, K. Azizzadenesheli and A. Anandkumar, "signSGD: compressed optimisation for
    non-convex problems" (2018).
    """

    name = "signsgd_update"
    inputs = ("weight", "grad")
    signature = PLAIN

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        weight, grad = inputs
        return (descend(weight, xp.sign(self.prepared(xp, grad)), self.lr, self.wd),)


@register
class Signum(Heavy, Step):
    """A step by the sign of a moving mean of gradients.

    ``mom = momentum mom - (1 - momentum) (clip(rescale_grad grad) + wd weight)``; the weight becomes
    ``(1 - lr wd_lh) weight + lr sign(mom)``.
    """

    name = "signum_update"
    inputs = ("weight", "grad", "mom")
    states = (2,)
    signature = (*HEAVY, "wd_lh")

    wd_lh: float = p.number(0.0, doc="how strongly weights are pulled to zero outside of the momentum")

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        weight, grad, mean = inputs
        pull = self.prepared(xp, grad) + self.wd * weight
        mean = self.momentum * mean - (1 - self.momentum) * pull
        return descend(weight, -xp.sign(mean), self.lr, self.wd_lh), mean
