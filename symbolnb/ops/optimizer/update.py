"""What the update operators share.

An update takes a weight, its gradient and the optimizer's state for it; the output is the new weight, and the
state changes in place. The weight itself changes only where it is also the array that the result goes to:
``nd.sgd_update(weight, grad, out=weight, lr=0.1)``.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from types import ModuleType
from typing import Any, ClassVar

from symbolnb.dtypes import FLOAT32
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, with_fields
from symbolnb.ops.infer import first_known, floating, one_float_type, same_shapes
from symbolnb.ops.reduce import accumulator


def limited(xp: ModuleType, array: Array, limit: float) -> Array:
    """The array clipped to ±limit; as it is for a negative limit."""
    return array if limit < 0 else xp.clip(array, -limit, limit)


def widened(arrays: Sequence[Array]) -> list[Array]:
    """The arrays as they are computed with: float16 in float32."""
    kinds: list[Any] = [accumulator(array.dtype) for array in arrays]
    return [array.astype(kind, copy=False) for array, kind in zip(arrays, kinds, strict=True)]


class Step(Operator):
    """One step for one weight. The inputs at `states` are changed; `compute` gives their new values."""

    inputs: ClassVar[tuple[str, ...]]
    """Names of the inputs."""
    states: ClassVar[tuple[int, ...]] = ()
    """Positions of the inputs that change."""

    def input_names(self) -> tuple[str, ...]:
        return self.inputs

    def case(self) -> Hashable:
        return type(self).name  # a learning rate that changes from step to step decides nothing

    def auxiliary_inputs(self) -> tuple[int, ...]:
        return self.states

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        return ((0, 0),)

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        """The new weight, then the new states, from inputs of at least single precision."""
        raise NotImplementedError

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        weight, *states = self.compute(xp, *widened(inputs))
        for position, state in zip(self.states, states, strict=True):
            inputs[position][...] = state
        outputs[0][...] = weight


class Mixed(Step):
    """A step in float32 for a weight and a gradient of any type; the last state is the weight in float32."""

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        low = floating(first_known((*inputs[:2], *outputs)), "the type of weight")
        return [low, low, *[FLOAT32] * (len(inputs) - 2)], [low]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        _, grad, *rest = inputs
        master = inputs[self.states[-1]]
        others = [array for array in rest if array is not master]
        made, *states = self.compute(xp, master, grad.astype("float32", copy=False), *others)
        for position, state in zip(self.states, (*states, made), strict=True):
            inputs[position][...] = state
        outputs[0][...] = made


@with_fields
class Scaled(Operator):
    """The parameters that say what is done to a gradient before it is used."""

    rescale_grad: float = p.number(1.0, doc="what the gradient is multiplied by")
    clip_gradient: float = p.number(-1.0, doc="what the gradient is then clipped to, ±; not at all if negative")

    def prepared(self, xp: ModuleType, grad: Array) -> Array:
        """The gradient, scaled and clipped."""
        return limited(xp, self.rescale_grad * grad, self.clip_gradient)


@with_fields
class Decayed(Scaled):
    """Learning rate and weight decay besides."""

    lr: float = p.number(doc="the learning rate")
    wd: float = p.number(0.0, doc="how strongly weights are pulled to zero")

    def decayed(self, xp: ModuleType, grad: Array, weight: Array) -> Array:
        """The scaled gradient with the weight's pull, both clipped."""
        return limited(xp, self.rescale_grad * grad + self.wd * weight, self.clip_gradient)


@with_fields
class Lazy(Decayed):
    """Updates that MXNet can restrict to the rows that a sparse gradient has."""

    lazy_update: bool = p.boolean(True, doc="for sparse gradients only; without effect on dense ones")
