"""im2col and col2im: the windows of a convolution as columns of a matrix, and back by addition."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from math import prod
from types import ModuleType

from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import PartialShape, Shape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Shapes, register, with_fields
from symbolnb.ops.infer import one_float_type
from symbolnb.ops.nn.windows import Window, pad_spatial, span, taps, windows
from symbolnb.ops.term import Term, apply
from symbolnb.ops.vision.shapes import computing_dtype, of_rank


@with_fields
class Unfolding(Window):
    """Windows whose elements are taken out or put back."""

    def positions(self, sizes: Sequence[int | None]) -> tuple[int | None, ...]:
        """How many windows there are along each axis of so many elements."""
        found: list[int | None] = []
        for size, kernel, stride, dilate, pad in zip(
            sizes, self.kernel, self.strides, self.dilates, self.pads, strict=True
        ):
            room = None if size is None else size + 2 * pad - span(kernel, dilate)
            if room is not None and room < 0:
                raise ShapeError(f"kernel {self.kernel} does not fit into {tuple(sizes)}, padding included")
            found.append(None if room is None else room // stride + 1)
        return tuple(found)

    def placement(self) -> dict[str, Shape]:
        """The values of the parameters that both directions share."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(Unfolding)}

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)


@register
class Im2Col(Unfolding):
    """Every window of the data as a column: what a convolution multiplies by its weight.

    Shapes: data ``(batch, channels, *sizes)`` gives ``(batch, channels * kernel elements, windows)``.
    """

    name = "im2col"

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        axes = "(batch, channels" + ", size" * len(self.kernel) + ")"
        data, out = of_rank(inputs[0], axes), of_rank(outputs[0], "(batch, rows, windows)", "output")
        batch = out[0] if data[0] is None else data[0]
        positions = self.positions(data[2:])
        known = [count for count in positions if count is not None]
        made: PartialShape = (
            batch,
            None if data[1] is None else data[1] * prod(self.kernel),
            prod(known) if len(known) == len(positions) else None,
        )
        return [(batch, *data[1:])], [made]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        padded = pad_spatial(xp, inputs[0], tuple((size, size) for size in self.pads), 0)
        view = windows(xp, padded, self.kernel, self.strides, self.dilates)
        count = len(self.kernel)
        view = view.transpose(0, 1, *range(2 + count, 2 + 2 * count), *range(2, 2 + count))
        outputs[0][...] = view.reshape(outputs[0].shape)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        return apply(Col2Im(**self.placement(), output_size=inputs[0].shape[2:]), grads[0])


@register
class Col2Im(Unfolding):
    """Columns added back at the windows that they stand for: the adjoint of im2col.

    Shapes: data ``(batch, channels * kernel elements, windows)`` gives ``(batch, channels, *output_size)``.
    """

    name = "col2im"
    signature = ("output_size", "kernel", "stride", "dilate", "pad")

    output_size: Shape = p.shape(minimum=1, doc="sizes of the output")

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.output_size) != len(self.kernel):
            raise ParameterError(
                f"output_size is {self.output_size} but kernel {self.kernel} has {len(self.kernel)} dimensions"
            )

    def _windows(self) -> Shape:
        return tuple(count for count in self.positions(self.output_size) if count is not None)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = of_rank(inputs[0], "(batch, rows, windows)")
        out = of_rank(outputs[0], "(batch, channels" + ", size" * len(self.kernel) + ")", "output")
        rows, count = data[1], prod(self._windows())
        if rows is not None and rows % prod(self.kernel):
            raise ShapeError(
                f"kernel {self.kernel} of {prod(self.kernel)} elements does not divide {rows} rows of data"
            )
        if data[2] is not None and data[2] != count:
            raise ShapeError(f"data is {show_shape(data)} but output_size {self.output_size} has {count} windows")
        batch = out[0] if data[0] is None else data[0]
        channels = out[1] if rows is None else rows // prod(self.kernel)
        rows = None if channels is None else channels * prod(self.kernel)
        return [(batch, rows, count)], [(batch, channels, *self.output_size)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        out, positions = outputs[0], self._windows()
        columns = inputs[0].reshape(*out.shape[:2], *self.kernel, *positions)
        sizes = tuple(size + 2 * pad for size, pad in zip(self.output_size, self.pads, strict=True))
        total = xp.zeros((*out.shape[:2], *sizes), computing_dtype(out.dtype))
        for index, meets in taps(self.kernel, positions, self.strides, self.dilates):
            total[(..., *meets)] += columns[(slice(None), slice(None), *index)]
        inner = tuple(slice(pad, pad + size) for pad, size in zip(self.pads, self.output_size, strict=True))
        out[...] = total[(..., *inner)]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,) if grads[0] is None else apply(Im2Col(**self.placement()), grads[0])
