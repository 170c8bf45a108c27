"""Putting a border around an array."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, Operator, Shapes, register
from symbolnb.ops.slicing import place
from symbolnb.ops.term import Term, apply


@register
class Pad(Operator):
    """The array with a border: a constant, its outermost elements again, or its mirror image."""

    name = "Pad"
    aliases = ("pad",)
    family = "shape"

    mode: str = p.choice(
        "constant", "edge", "reflect",
        doc="what fills the border: a constant, the nearest element, or the mirror image without the edge itself",
    )  # fmt: skip
    pad_width: tuple[int, ...] = p.shape(minimum=0, doc="for each axis, the border before and the one after it")
    constant_value: float = p.number(0.0, doc="what fills the border with mode constant")

    def __post_init__(self) -> None:
        if len(self.pad_width) % 2:
            raise ParameterError(f"pad_width is {self.pad_width} but must have two numbers for each axis")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = inputs[0], outputs[0]
        borders = borders_of(self.pad_width)
        if data is None and out is not None:
            data = (None,) * len(out)
        if data is None:
            return [None], [None]
        if len(data) != len(borders):
            raise ShapeError(
                f"data is {show_shape(data)}, which needs {2 * len(data)} numbers in pad_width, not {self.pad_width}"
            )
        if out is not None and len(out) == len(data):
            data = tuple(
                made - sum(border) if size is None and made is not None else size
                for size, made, border in zip(data, out, borders, strict=True)
            )
        for size, border in zip(data, borders, strict=True):
            if self.mode == "reflect" and size is not None and max(border) >= max(size, 1):
                raise ShapeError(
                    f"data is {show_shape(data)}, too small for a mirrored border of {max(border)} on an axis of {size}"
                )
        made_out = (None if size is None else size + sum(b) for size, b in zip(data, borders, strict=True))
        return [data], [tuple(made_out)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        borders = borders_of(self.pad_width)
        if self.mode == "constant":
            outputs[0].fill(self.constant_value)
            outputs[0][inner(borders, inputs[0].shape)] = inputs[0]
        else:
            outputs[0][...] = xp.pad(inputs[0], borders, mode=self.mode)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        return apply(PadBackward(mode=self.mode, pad_width=self.pad_width), grads[0])


def borders_of(pad_width: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """The border before and after each axis."""
    return tuple(zip(pad_width[::2], pad_width[1::2], strict=True))


def inner(borders: tuple[tuple[int, int], ...], shape: tuple[int, ...]) -> tuple[slice, ...]:
    """Where in the padded array the input of this shape is."""
    return tuple(slice(before, before + size) for (before, _), size in zip(borders, shape, strict=True))


@register
class PadBackward(Operator):
    """Each element of the border added to the element that it is a copy of: the gradient of padding."""

    name = "_backward_pad"
    internal = True
    family = "shape"

    mode: str = p.choice("constant", "edge", "reflect", doc="what filled the border")
    pad_width: tuple[int, ...] = p.shape(doc="for each axis, the border before and the one after it")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        padded = inputs[0]
        if padded is None:
            return inputs, [None]
        borders = borders_of(self.pad_width)
        sizes = (None if size is None else size - sum(b) for size, b in zip(padded, borders, strict=True))
        return inputs, [tuple(sizes)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        total = inputs[0]
        for axis, (before, after) in enumerate(borders_of(self.pad_width)):
            size = total.shape[axis] - before - after
            lead = (slice(None),) * axis
            kept = total[(*lead, slice(before, before + size))]
            if self.mode != "constant" and before + after:
                kept = kept.copy()
                for border, source in self._copies(before, after, size):
                    kept[(*lead, source)] += total[(*lead, border)]
            total = kept
        outputs[0][...] = total

    def _copies(self, before: int, after: int, size: int) -> list[tuple[int, int]]:
        """For each position of the border, the input position that it is a copy of."""
        front = [(at, 0 if self.mode == "edge" else before - at) for at in range(before)]
        last = before + size
        back = [(last + at, size - 1 if self.mode == "edge" else size - 2 - at) for at in range(after)]
        return front + back

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        if self.mode == "constant":
            borders = borders_of(self.pad_width)
            return (place(grads[0], inner(borders, outputs[0].shape), inputs[0].shape),)
        return apply(Pad(mode=self.mode, pad_width=self.pad_width, constant_value=0.0), grads[0])
