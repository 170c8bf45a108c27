"""Where along an axis the largest or smallest element stands."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, Operator, Shapes, register
from symbolnb.ops.infer import normalize_axis
from symbolnb.ops.reduce import infer_reduced, refuse_empty
from symbolnb.ops.term import Term


class Position(Operator):
    """A position along an axis, counted from 0, in the element type of the input; the first where there are ties."""

    family = "reduction"

    def folded(self, dimensions: int) -> tuple[int, ...]:
        """The axes that are searched."""
        raise NotImplementedError

    def keeps(self) -> bool:
        """Whether the searched axes stay, with size 1."""
        return False

    def find(self, xp: ModuleType, data: Array) -> Array:
        """The positions along the last axis."""
        return xp.argmax(data, axis=-1)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        if inputs[0] is not None:
            refuse_empty(inputs[0], self.folded(len(inputs[0])), "place to give")
        return infer_reduced(inputs[0], outputs[0], self.folded, self.keeps())

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        if not outputs[0].size:  # NumPy refuses to search nothing even where nothing is to be found
            return
        axes = self.folded(inputs[0].ndim)
        data = xp.moveaxis(inputs[0], axes[0], -1) if len(axes) == 1 else inputs[0].reshape(1, -1)
        outputs[0][...] = self.find(xp, data).reshape(outputs[0].shape)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,)


@register
class ArgMax(Position):
    """The position of the largest element along an axis, or in the flattened array."""

    name = "argmax"

    axis: int | None = p.integer(None, optional=True, doc="the axis to search; the flattened array if None")
    keepdims: bool = p.boolean(False, doc="whether the searched axis stays, with size 1")

    def folded(self, dimensions: int) -> tuple[int, ...]:
        return searched(self.axis, dimensions)

    def keeps(self) -> bool:
        return self.keepdims


def searched(axis: int | None, dimensions: int) -> tuple[int, ...]:
    """The axes that a search goes along."""
    return tuple(range(dimensions)) if axis is None else (normalize_axis(axis, dimensions),)


@register
class ArgMin(Position):
    """The position of the smallest element along an axis, or in the flattened array."""

    name = "argmin"

    axis: int | None = p.integer(None, optional=True, doc="the axis to search; the flattened array if None")
    keepdims: bool = p.boolean(False, doc="whether the searched axis stays, with size 1")

    def folded(self, dimensions: int) -> tuple[int, ...]:
        return searched(self.axis, dimensions)

    def keeps(self) -> bool:
        return self.keepdims

    def find(self, xp: ModuleType, data: Array) -> Array:
        return xp.argmin(data, axis=-1)


@register
class ArgMaxChannel(Position):
    """The position of the largest element along axis 1."""

    name = "argmax_channel"

    def folded(self, dimensions: int) -> tuple[int, ...]:
        return (normalize_axis(1, dimensions),)
