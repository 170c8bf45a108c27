"""Rows chosen by a mask: the one operator whose output has a size that only values decide."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from types import ModuleType

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import first_known, normalize_axis
from symbolnb.ops.term import Term, apply


@with_fields
class Masked(Operator):
    """What choosing by a mask and its gradient share.

    `kept` is how many places the mask keeps, None where no values have been seen yet.
    """

    family = "other"

    axis: int = p.integer(0, doc="the axis along which the mask chooses; negative counts from the end")
    kept: int | None = None

    def input_names(self) -> tuple[str, ...]:
        return ("data", "index")

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        made = first_known((inputs[0], *outputs))
        return [made, inputs[1]], [made]

    def places(self, xp: ModuleType, index: Array) -> Array:
        """Where the mask is not 0; `ShapeError` where there are more or fewer such places than were counted."""
        found = xp.flatnonzero(index)
        if self.kept is not None and len(found) != self.kept:
            raise ShapeError(f"index keeps {len(found)} places, but {self.kept} were counted before")
        return found


def _mask_shapes(whole: PartialShape, index: PartialShape, axis: int) -> tuple[PartialShape, PartialShape, int | None]:
    """The whole array's and the mask's shapes with the size that they share, and the axis from the front."""
    if index is not None and len(index) != 1:
        raise ShapeError(f"index is {show_shape(index)} but must have 1 dimension")
    if whole is None:
        return None, index, None
    place = normalize_axis(axis, len(whole))
    size = index[0] if whole[place] is None and index is not None else whole[place]
    return (*whole[:place], size, *whole[place + 1 :]), (size,), place


@register
class BooleanMask(Masked):
    """The slices of an array, along an axis, whose number in a mask is not 0.

    Shapes: data ``(n, ...)``, index ``(n,)``, output ``(k, ...)`` where k is how many numbers are not 0. Since k
    follows from values, inference leaves it open, and a graph with this operator is run node by node.
    """

    name = "_contrib_boolean_mask"

    def value_shaped(self) -> bool:
        return self.kept is None

    def settled(self, xp: ModuleType, inputs: Sequence[Array]) -> Operator:
        return dataclasses.replace(self, kept=int(xp.count_nonzero(inputs[1])))

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        whole, index, place = _mask_shapes(inputs[0], inputs[1], self.axis)
        if whole is None or place is None:
            return [None, index], [None]
        return [whole, index], [(*whole[:place], self.kept, *whole[place + 1 :])]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = xp.take(inputs[0], self.places(xp, inputs[1]), axis=self.axis)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        return apply(Unmask(axis=self.axis, kept=self.kept), grads[0], inputs[1])[0], None


@register
class Unmask(Masked):
    """Slices put back to the places where a mask is not 0, with zeros between: the gradient of `BooleanMask`."""

    name = "_unmask"
    internal = True

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        part, index = inputs
        if part is None or index is None:
            return inputs, outputs
        place = normalize_axis(self.axis, len(part))
        return inputs, [(*part[:place], index[0], *part[place + 1 :])]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = 0
        xp.moveaxis(outputs[0], self.axis, 0)[self.places(xp, inputs[1])] = xp.moveaxis(inputs[0], self.axis, 0)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        return apply(BooleanMask(axis=self.axis, kept=self.kept), grads[0], inputs[1])[0], None
