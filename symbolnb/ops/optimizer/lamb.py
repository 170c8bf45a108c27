"""Steps scaled by the size of a whole weight.

LAMB: Y. You and others, "Large batch optimization for deep learning: training BERT in 76 minutes" (2020),
algorithm 2. LARS: Y. You, I. Gitman and B. Ginsburg, "Large batch training of convolutional networks" (2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import ClassVar

from symbolnb.dtypes import FLOAT32
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import first_known, floating, same_shapes
from symbolnb.ops.optimizer.adaptive import Moments
from symbolnb.ops.optimizer.update import Mixed, Scaled, Step


@with_fields
class Direction(Scaled, Moments):
    """The parameters of LAMB's direction."""

    epsilon: float = p.number(1e-6, doc="added to the divisor, so that it is never 0")
    bias_correction: bool = p.boolean(True, doc="whether the moving means are corrected for their start at zero")

    def direction(
        self, xp: ModuleType, arrays: Sequence[Array], wd: float, t: int
    ) -> tuple[Array, Array, Array]:  # fmt: skip
        """The direction of the step, and the two new moving means."""
        weight, grad, mean, var = arrays
        mean, var = self.moved(self.prepared(xp, grad), mean, var)
        fair = (mean / (1 - self.beta1**t), var / (1 - self.beta2**t)) if self.bias_correction else (mean, var)
        return fair[0] / (xp.sqrt(fair[1]) + self.epsilon) + wd * weight, mean, var


@with_fields
class Bounded(Operator):
    """Bounds of the weight's norm."""

    lower_bound: float = p.number(-1.0, doc="the least that the weight's norm counts as; none if negative")
    upper_bound: float = p.number(-1.0, doc="the most that the weight's norm counts as; none if negative")

    def ratio(self, xp: ModuleType, size: Array, step: Array) -> Array:
        """What the step is multiplied by: the weight's norm over the step's, 1 where either is 0."""
        if self.lower_bound >= 0:
            size = xp.maximum(size, size.dtype.type(self.lower_bound))
        if self.upper_bound >= 0:
            size = xp.minimum(size, size.dtype.type(self.upper_bound))
        works = (size != 0) & (step != 0)
        return xp.where(works, size, size.dtype.type(1)) / xp.where(works, step, step.dtype.type(1))


class _Phase1(Direction, Step):
    signature: ClassVar[tuple[str, ...]] = (
        "beta1", "beta2", "epsilon", "t", "bias_correction", "wd", "rescale_grad", "clip_gradient",
    )  # fmt: skip
    states = (2, 3)

    t: int
    wd: float

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        return self.direction(xp, inputs, self.wd, self.t)


@register
class LambPhase1(_Phase1):
    """The first half of a step of LAMB: the direction, from the moving means of gradients and their squares.

    ``mean / (√var + epsilon) + wd weight``, both means corrected for their start at zero.
    """

    name = "lamb_update_phase1"
    inputs = ("weight", "grad", "mean", "var")

    t: int = p.integer(doc="the number of the step, from 1")
    wd: float = p.number(doc="how strongly weights are pulled to zero")


@register
class MixedLambPhase1(_Phase1):
    """`lamb_update_phase1` in float32 for a weight of lower precision; the result has float32."""

    name = "mp_lamb_update_phase1"
    inputs = ("weight", "grad", "mean", "var", "weight32")

    t: int = p.integer(doc="the number of the step, from 1")
    wd: float = p.number(doc="how strongly weights are pulled to zero")

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        low = floating(first_known(inputs[:2]), "the type of weight")
        return [low, low, FLOAT32, FLOAT32, FLOAT32], [FLOAT32]

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        _, grad, mean, var, master = inputs
        return super().compute(xp, master, grad.astype("float32", copy=False), mean, var)


class _Phase2(Bounded, Step):
    lr: float

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        whole = [*inputs[:2], *inputs[4:]]
        (first, second, *rest), made = same_shapes(whole, outputs)
        return [first, second, inputs[2], inputs[3], *rest], made

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        weight, step, size, length = inputs
        ratio = self.ratio(xp, size, length).reshape(-1)[:1].reshape((1,) * weight.ndim)
        return (weight - self.lr * ratio * step,)


@register
class LambPhase2(_Phase2):
    """The second half of a step of LAMB: ``weight - lr (r1 / r2) g``.

    `r1` is the norm of the weight and `r2` that of the direction g, one number each. Where one of them is 0 their
    ratio counts as 1.
    """

    name = "lamb_update_phase2"
    inputs = ("weight", "g", "r1", "r2")
    signature = ("lr", "lower_bound", "upper_bound")

    lr: float = p.number(doc="the learning rate")


@register
class MixedLambPhase2(_Phase2, Mixed):
    """`lamb_update_phase2` in float32 for a weight of lower precision; ``weight32`` is the weight in float32.

    MXNet leaves ``weight32`` as it is, so that its steps do not add up; here it moves.
    """

    name = "mp_lamb_update_phase2"
    inputs = ("weight", "g", "r1", "r2", "weight32")
    states = (4,)
    signature = ("lr", "lower_bound", "upper_bound")

    lr: float = p.number(doc="the learning rate")

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        low = floating(first_known((inputs[0], *outputs)), "the type of weight")
        return [low, *[FLOAT32] * 4], [low]


@register
class MultiLars(Operator):
    """Learning rates scaled by LARS, for several weights at once.

    Where a weight and its gradient are not zero its rate becomes
    ``lr eta |weight| / (|grad| rescale_grad + wd |weight| + eps)``. Shapes: all ``(weights,)``; the norms are given
    by their squares, such as `multi_sum_sq` gives them.
    """

    name = "multi_lars"

    eta: float = p.number(doc="what the ratio of the norms is multiplied by")
    eps: float = p.number(doc="added to the divisor")
    rescale_grad: float = p.number(1.0, doc="what gradients are multiplied by")

    def input_names(self) -> tuple[str, ...]:
        return ("lrs", "weights_sum_sq", "grads_sum_sq", "wds")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        rates, weights, grads, decays = inputs
        size, slope = xp.sqrt(weights), xp.sqrt(grads) * self.rescale_grad
        scaled = rates * self.eta * size / (slope + decays * size + self.eps)
        outputs[0][...] = xp.where((size > 0) & (slope > 0), scaled, rates)
