"""Operators that rearrange elements without changing them."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import ModuleType

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import Shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, Operator, Shapes, register
from symbolnb.ops.infer import known
from symbolnb.ops.term import Term, reshape


class View(Operator):
    """The bytes of the input under another shape."""

    view = True
    family = "shape"

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = inputs[0].reshape(outputs[0].shape)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        grad = grads[0]
        return (None if grad is None else reshape(grad, inputs[0].shape),)


@register
class ReshapeTo(View):
    """The input in a given, completely known shape; made by gradients."""

    name = "_reshape_to"
    internal = True

    shape: Shape = p.shape(doc="the new shape")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        given = known(inputs[0])
        if given is not None and prod(given) != prod(self.shape):
            raise ShapeError(f"{prod(given)} elements cannot take the shape {self.shape}")
        return inputs, [self.shape]


@register
class Copy(View):
    """The input itself."""

    name = "_copy"
    aliases = ("identity",)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        shape = inputs[0] if inputs[0] is not None else outputs[0]
        return [shape], [shape]
