"""Dropout: random zeros while training."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, Shape, merge_shapes
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import one_float_type
from symbolnb.ops.parameters import boolean, choice, number, shape  # by name: a parameter is called p
from symbolnb.ops.term import Term


@register
class Dropout(Operator):
    """Sets elements to zero at random, with probability p, and multiplies the others by ``1 / (1 - p)``.

    It acts while training, or always with mode "always"; else the output is the data. Along `axes` all
    elements share one draw. The hidden output `mask` is what the data was multiplied with: it has the
    data's shape, with size 1 along `axes`. With p = 1 everything is zero.
    """

    name = "Dropout"
    family = "random"
    random = True

    p: float = number(0.5, minimum=0, maximum=1, doc="probability of a zero")
    mode: str = choice("always", "training", default="training", doc="when to act")
    axes: Shape = shape((), minimum=0, doc="axes along which one draw is shared")
    cudnn_off: bool | None = boolean(False, optional=True, doc="accepted for MXNet's sake; without effect")
    training: bool = False

    def in_mode(self, training: bool) -> Dropout:
        return dataclasses.replace(self, training=training)

    def output_names(self) -> tuple[str, ...]:
        return ("output", "mask")

    def visible_outputs(self) -> int:
        return 1

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        shape = merge_shapes(inputs[0], outputs[0])
        return [shape], [shape, self._mask_shape(shape)]

    def _mask_shape(self, shape: PartialShape) -> PartialShape:
        if shape is None:
            return None
        if any(axis >= len(shape) for axis in self.axes):
            raise ShapeError(f"axes is {self.axes} but the data has {len(shape)} dimensions")
        return tuple(1 if axis in self.axes else size for axis, size in enumerate(shape))

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    @property
    def acts(self) -> bool:
        """Whether anything is dropped in this mode."""
        return (self.training or self.mode == "always") and self.p > 0

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        return ((0, 0),)

    def sample(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array], random: Any) -> None:
        output, mask = outputs
        if not self.acts:
            mask[...] = 1
            output[...] = inputs[0]
            return
        kept = random.random(mask.shape, dtype=xp.float32) >= self.p
        xp.multiply(kept, 1 / (1 - self.p) if self.p < 1 else 0.0, out=mask, casting="unsafe")
        xp.multiply(inputs[0], mask, out=output)

    @property
    def repeatable(self) -> bool:
        return True

    def again(self, inputs: tuple[Term, ...], outputs: tuple[Term, ...]) -> tuple[Term, ...] | None:
        return inputs[0] * outputs[1], outputs[1]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None or not self.acts:
            return (grads[0],)
        return (grads[0] * outputs[1],)
