"""Crop: a window of each image."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import Shape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, Operator, Shapes, register
from symbolnb.ops.slicing import place
from symbolnb.ops.term import Term
from symbolnb.ops.vision.shapes import IMAGES, of_rank


@register
class Crop(Operator):
    """A window of each image, of a given size or of the size of a second input.

    Shapes: ``(batch, channels, height, width)``. The window begins at `offset`, or lies in the middle, half a
    pixel towards the front where it cannot be exact. The second input, if any, gives only its height and width.
    """

    name = "Crop"
    family = "shape"
    signature = ("num_args", "offset", "h_w", "center_crop")

    num_args: int = p.integer(minimum=1, maximum=2, doc="number of inputs; with 2, the second gives the size")
    offset: Shape = p.shape((0, 0), minimum=0, doc="where the window begins, vertically and horizontally")
    h_w: Shape = p.shape((0, 0), minimum=0, doc="height and width of the window, where there is no second input")
    center_crop: bool = p.boolean(False, doc="whether the window lies in the middle, whatever offset says")

    def __post_init__(self) -> None:
        for word in ("offset", "h_w"):
            if len(getattr(self, word)) != 2:
                raise ParameterError(f"{word} is {getattr(self, word)} but must have 2 numbers")

    def input_names(self) -> tuple[str, ...]:
        return tuple(f"arg{index}" for index in range(self.num_args))

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        shapes = [of_rank(shape, IMAGES, name) for shape, name in zip(inputs, self.input_names(), strict=True)]
        data = shapes[0]
        sizes: tuple[int | None, ...] = self.h_w if self.num_args == 1 else shapes[1][2:]
        for axis, size, start in zip((2, 3), sizes, self.offset, strict=True):
            whole = data[axis]
            begin = 0 if self.center_crop else start
            if size is not None and whole is not None and begin + size > whole:
                raise ShapeError(
                    f"a window of {size} from {begin} on does not fit on axis {axis} of {show_shape(data)}"
                )
        return list(shapes), [(*data[:2], *sizes)]

    def window(self, data: Shape, out: Shape) -> tuple[slice, ...]:
        """Where in data of this shape an output of this shape lies."""
        starts = self.offset
        if self.center_crop:
            starts = tuple((data[axis] - out[axis]) // 2 for axis in (2, 3))
        return slice(None), slice(None), *(slice(s, s + size) for s, size in zip(starts, out[2:], strict=True))

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = inputs[0][self.window(inputs[0].shape, outputs[0].shape)]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        rest = (None,) * (self.num_args - 1)
        if grads[0] is None:
            return None, *rest
        data = inputs[0].shape
        cuts = self.window(data, outputs[0].shape)
        exact = tuple(slice(*cut.indices(size)) for cut, size in zip(cuts, data, strict=True))
        return place(grads[0], exact, data), *rest
