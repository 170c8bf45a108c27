"""ROIPooling: the maximum over a grid of cells of each region of interest."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import numpy as np

from symbolnb.errors import ParameterError
from symbolnb.graph.spec import Shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.indexing import check_inside
from symbolnb.ops.infer import one_float_type
from symbolnb.ops.term import Term, apply
from symbolnb.ops.vision.shapes import IMAGES, computing, first, of_rank

REGIONS = "(regions, 5)"


def check_pooled(pooled_size: Shape) -> None:
    """`ParameterError` where the size of a pooled region is not a height and a width."""
    if len(pooled_size) != 2:
        raise ParameterError(f"pooled_size is {pooled_size} but must be a height and a width")


@register
class ROIPooling(Operator):
    """The maxima over a grid of cells of each region of interest, as in Fast R-CNN.

    Shapes: data ``(batch, channels, height, width)``; rois ``(regions, 5)``, each with the index of its image,
    then left, top, right and bottom, both ends included. The output is ``(regions, channels, *pooled_size)``; an
    empty cell gives 0. Coordinates are rounded after scaling.
    """

    name = "ROIPooling"
    family = "pooling"

    pooled_size: Shape = p.shape(minimum=1, doc="height and width of the output")
    spatial_scale: float = p.number(doc="pixels of the data for each unit of the regions", minimum=0, maximum=1)

    def __post_init__(self) -> None:
        check_pooled(self.pooled_size)

    def input_names(self) -> tuple[str, ...]:
        return ("data", "rois")

    def output_names(self) -> tuple[str, ...]:
        return ("output", "maxidx")

    def visible_outputs(self) -> int:
        return 1

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, rois = of_rank(inputs[0], IMAGES), of_rank(inputs[1], REGIONS, "rois")
        out = of_rank(outputs[0], "(regions, channels, height, width)", "output")
        regions, channels = first(rois[0], out[0]), first(data[1], out[1])
        made = (regions, channels, *self.pooled_size)
        return [(data[0], channels, *data[2:]), (regions, 5)], [made, made]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        found, _ = one_float_type([*inputs, outputs[0]], [])
        return found[:2], [found[0], np.dtype("int32")]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, (out, places) = inputs[0], outputs
        width = data.shape[3]
        out.fill(0)
        places.fill(-1)
        images = inputs[1][:, 0].astype("int64")
        check_inside(images, 0, len(data), "the batch")
        corners = np.array((computing(xp, inputs[1])[:, 1:] * self.spatial_scale).tolist()).reshape(-1, 4)
        corners = np.trunc(corners + np.copysign(0.5, corners)).astype(int)
        for region, (left, top, right, bottom) in enumerate(corners.tolist()):
            image = data[images[region]]
            rows = _cells(top, bottom, self.pooled_size[0], data.shape[2])
            columns = _cells(left, right, self.pooled_size[1], width)
            for i, (y, y_end) in enumerate(rows):
                for j, (x, x_end) in enumerate(columns):
                    if y >= y_end or x >= x_end:
                        continue
                    cell = image[:, y:y_end, x:x_end].reshape(len(image), -1)
                    found = cell.argmax(axis=1)
                    out[region, :, i, j] = cell[xp.arange(len(cell)), found]
                    row, column = xp.divmod(found, x_end - x)
                    places[region, :, i, j] = (row + y) * width + column + x

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        operator = ROIPoolingGradient(data_shape=inputs[0].shape)
        return apply(operator, grads[0], inputs[1], outputs[1])[0], None


def _cells(start: int, end: int, count: int, size: int) -> list[tuple[int, int]]:
    """The ranges of pixels of the cells along one axis, within the image."""
    step = max(end - start + 1, 1) / count
    inside = [(int(np.floor(cell * step)) + start, int(np.ceil((cell + 1) * step)) + start) for cell in range(count)]
    return [(min(max(low, 0), size), min(max(high, 0), size)) for low, high in inside]


class Chosen(Operator):
    """What the gradient and its gradient share: pixels at places that are already found."""

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return inputs, [inputs[0]]

    @staticmethod
    def pixels(xp: ModuleType, rois: Array, places: Array) -> tuple[tuple[Array, ...], Array]:
        """Image, channel and pixel of each element, and whether it has one."""
        images = rois[:, 0].astype("int64")[:, None, None, None]
        channels = xp.arange(places.shape[1])[None, :, None, None]
        return (images, channels, xp.maximum(places, 0)), places >= 0


@register
class ROIPoolingGradient(Chosen):
    """The gradient of pooled data: each region's gradient at the pixels that were the maxima."""

    name = "_roi_pooling_gradient"
    internal = True

    data_shape: Shape = p.shape(doc="shape of the data")

    def input_names(self) -> tuple[str, ...]:
        return ("grad", "rois", "maxidx")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [self.data_shape]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grad, rois, places = inputs
        where, real = self.pixels(xp, rois, places)
        wide = computing(xp, grad)
        total = xp.zeros((*self.data_shape[:2], self.data_shape[2] * self.data_shape[3]), wide.dtype)
        xp.add.at(total, where, xp.where(real, wide, 0))
        outputs[0][...] = total.reshape(self.data_shape)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None, None
        return apply(ROIPoolingChoice(), grads[0], inputs[1], inputs[2])[0], None, None


@register
class ROIPoolingChoice(Chosen):
    """The data at the pixels that were the maxima; 0 for empty cells."""

    name = "_roi_pooling_choice"
    internal = True

    def input_names(self) -> tuple[str, ...]:
        return ("data", "rois", "maxidx")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [inputs[2]]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, rois, places = inputs
        where, real = self.pixels(xp, rois, places)
        outputs[0][...] = xp.where(real, data.reshape(*data.shape[:2], -1)[where], 0)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None, None
        operator = ROIPoolingGradient(data_shape=inputs[0].shape)
        return apply(operator, grads[0], inputs[1], inputs[2])[0], None, None
