"""Averages over regions of interest: ROIAlign, upright and rotated, and position-sensitive ROI pooling.

All of them are linear in the data: each element of the output is a weighted sum of pixels of one channel, and a
region says which ones. So each operator only lists pixels and weights, for the output and its gradient alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, cos, floor, pi, sin
from types import ModuleType
from typing import Any

import numpy as np

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import Shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import one_float_type
from symbolnb.ops.term import Term, apply
from symbolnb.ops.vision.roi_pooling import check_pooled
from symbolnb.ops.vision.shapes import IMAGES, computing, first, of_rank

Numbers = np.ndarray[Any, Any]


class Regional(Operator):
    """A linear map from images to regions.

    `pixels` of one region gives two arrays ``(rows, columns, n)``: the indices of n pixels for each cell, and
    their weights. `channels` gives for each output channel and cell the channel of the data.
    """

    family = "pooling"
    numbers = 5

    def cells(self) -> tuple[int, int]:
        """Rows and columns of the output."""
        raise NotImplementedError

    def input_names(self) -> tuple[str, ...]:
        return ("data", "rois")

    def channels_after(self, channels: int | None) -> int | None:
        """Number of channels of the output."""
        return channels

    def channels_before(self, channels: int | None) -> int | None:
        """Number of channels of the data, if it follows from that of the output."""
        return channels

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, rois = of_rank(inputs[0], IMAGES), of_rank(inputs[1], f"(regions, {self.numbers})", "rois")
        out = of_rank(outputs[0], "(regions, channels, height, width)", "output")
        regions = first(rois[0], out[0])
        channels = first(data[1], self.channels_before(out[1]))
        made = first(self.channels_after(channels), out[1])
        return [(data[0], channels, *data[2:]), (regions, self.numbers)], [(regions, made, *self.cells())]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def pixels(self, roi: Sequence[float], height: int, width: int) -> tuple[Numbers, Numbers]:
        """Pixel indices and weights ``(rows, columns, n)`` of a region of an image of this size."""
        raise NotImplementedError

    def channels(self, count: int) -> Numbers:
        """The data's channel ``(channels, rows, columns)`` of each element; sizes of 1 stand for any."""
        return np.arange(count)[:, None, None]

    def regions(self, xp: ModuleType, rois: Array, data: Shape, made: int) -> Iterator[tuple[int, Any, Array]]:
        """For each region of an image: its number, where its pixels are, and their weights."""
        channels = xp.asarray(self.channels(made)[..., None])
        wide = computing(xp, rois)
        for region, roi in enumerate(wide.tolist()):
            if 0 <= int(roi[0]) < data[0]:
                index, weight = self.pixels(roi, data[2], data[3])
                yield region, (int(roi[0]), channels, xp.asarray(index)), xp.asarray(weight.astype(wide.dtype))

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, out = computing(xp, inputs[0]), outputs[0]
        flat = data.reshape(*data.shape[:2], -1)
        out.fill(0)
        for region, places, weight in self.regions(xp, inputs[1], data.shape, out.shape[1]):
            out[region] = (flat[places] * weight).sum(axis=-1)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        return apply(RegionalGradient(map=self, data_shape=inputs[0].shape), grads[0], inputs[1])[0], None


@register
class RegionalGradient(Operator):
    """The gradient of the images of a regional map: the sums taken apart again."""

    name = "_regional_gradient"
    internal = True

    map: Regional
    data_shape: Shape = p.shape(doc="shape of the map's data")

    def input_names(self) -> tuple[str, ...]:
        return ("grad", "rois")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [self.data_shape]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return inputs, [inputs[0]]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grad, shape = computing(xp, inputs[0]), self.data_shape
        total = xp.zeros((*shape[:2], shape[2] * shape[3]), grad.dtype)
        for region, places, weight in self.map.regions(xp, inputs[1], shape, grad.shape[1]):
            xp.add.at(total, places, grad[region][..., None] * weight)
        outputs[0][...] = total.reshape(shape)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None if grads[0] is None else apply(self.map, grads[0], inputs[1])[0]), None


def neighbours(y: Numbers, x: Numbers, height: int, width: int) -> tuple[Numbers, Numbers]:
    """Indices and weights, on a new last axis, of the four pixels around each position.

    A position up to one pixel outside counts as on the border; one farther outside has no weights.
    """
    inside = (y >= -1) & (y <= height) & (x >= -1) & (x <= width)
    parts = []
    for at, size in ((y, height), (x, width)):
        at = at.clip(0, size - 1)
        low = np.minimum(at.astype(int), size - 1)
        parts.append((low, np.minimum(low + 1, size - 1), at - low))
    (top, bottom, down), (left, right, along) = parts
    index = np.stack([top * width + left, top * width + right, bottom * width + left, bottom * width + right], -1)
    weights = [(1 - down) * (1 - along), (1 - down) * along, down * (1 - along), down * along]
    return index, np.stack(weights, -1) * inside[..., None]


def samples(size: float, cells: int, ratio: int) -> int:
    """How many samples a cell has along one axis: as given, or else one a pixel."""
    return ratio if ratio > 0 else ceil(size / cells)


def within(cells: int, count: int) -> Numbers:
    """The positions of the samples of all cells ``(cells, count)``, in cells."""
    return np.arange(cells)[:, None] + (np.arange(count) + 0.5) / max(count, 1)


@register
class ROIAlign(Regional):
    """Means over a grid of cells of each region of interest, sampled between pixels, as in Mask R-CNN.

    Shapes: data ``(batch, channels, height, width)``; rois ``(regions, 5)``, each with the index of its image, then
    left, top, right and bottom; a negative index gives zeros. The output is ``(regions, channels, *pooled_size)``;
    position-sensitive, each cell has a channel of its own, and the output ``channels / cells`` channels. As in MXNet,
    no gradient goes to the regions.
    """

    name = "_contrib_ROIAlign"

    pooled_size: Shape = p.shape(minimum=1, doc="height and width of the output")
    spatial_scale: float = p.number(doc="pixels of the data for each unit of the regions")
    sample_ratio: int = p.integer(-1, doc="samples of a cell along each axis; about one a pixel if not above 0")
    position_sensitive: bool = p.boolean(False, doc="whether each cell reads a channel of its own")
    aligned: bool = p.boolean(
        False, doc="whether pixels' centres, not their corners, have whole coordinates after scaling"
    )

    def __post_init__(self) -> None:
        check_pooled(self.pooled_size)

    def cells(self) -> tuple[int, int]:
        return self.pooled_size[0], self.pooled_size[1]

    def channels_after(self, channels: int | None) -> int | None:
        share = self._share()
        if channels is not None and channels % share:
            raise ShapeError(f"data has {channels} channels but position_sensitive needs a multiple of {share} cells")
        return None if channels is None else channels // share

    def channels_before(self, channels: int | None) -> int | None:
        return None if channels is None else channels * self._share()

    def _share(self) -> int:
        return self.pooled_size[0] * self.pooled_size[1] if self.position_sensitive else 1

    def channels(self, count: int) -> Numbers:
        if self.position_sensitive:
            return np.arange(count * self._share()).reshape(count, *self.pooled_size)
        return super().channels(count)

    def pixels(self, roi: Sequence[float], height: int, width: int) -> tuple[Numbers, Numbers]:
        shift = 0.5 if self.aligned else 0.0
        left, top, right, bottom = (side * self.spatial_scale - shift for side in roi[1:])
        sizes = (bottom - top, right - left) if self.aligned else (max(bottom - top, 1.0), max(right - left, 1.0))
        rows, columns = self.pooled_size
        counts = [samples(size, n, self.sample_ratio) for size, n in zip(sizes, self.pooled_size, strict=True)]
        y = top + within(rows, counts[0]) * (sizes[0] / rows)
        x = left + within(columns, counts[1]) * (sizes[1] / columns)
        shape = (rows, columns, y.shape[1], x.shape[1])
        index, weight = neighbours(
            np.broadcast_to(y[:, None, :, None], shape), np.broadcast_to(x[None, :, None, :], shape), height, width
        )
        flat = (rows, columns, 4 * y.shape[1] * x.shape[1])
        return index.reshape(flat), weight.reshape(flat) / max(y.shape[1] * x.shape[1], 1)


@register
class RROIAlign(Regional):
    """Means over a grid of cells of each rotated region of interest, sampled between pixels.

    Shapes: data ``(batch, channels, height, width)``; rois ``(regions, 6)``, each with the index of its image, then
    x and y of its center, width, height, and the angle in degrees, counterclockwise. The output is
    ``(regions, channels, *pooled_size)``.
    """

    name = "_contrib_RROIAlign"
    numbers = 6

    pooled_size: Shape = p.shape(minimum=1, doc="height and width of the output")
    spatial_scale: float = p.number(doc="pixels of the data for each unit of the regions")
    sampling_ratio: int = p.integer(-1, doc="samples of a cell along each axis; about one a pixel if not above 0")

    def __post_init__(self) -> None:
        check_pooled(self.pooled_size)

    def cells(self) -> tuple[int, int]:
        return self.pooled_size[0], self.pooled_size[1]

    def pixels(self, roi: Sequence[float], height: int, width: int) -> tuple[Numbers, Numbers]:
        x_center, y_center = (number * self.spatial_scale for number in roi[1:3])
        across, down = (max(number * self.spatial_scale, 1.0) for number in roi[3:5])
        angle = roi[5] * pi / 180
        rows, columns = self.pooled_size
        y = within(rows, samples(down, rows, self.sampling_ratio)) * (down / rows) - down / 2
        x = within(columns, samples(across, columns, self.sampling_ratio)) * (across / columns) - across / 2
        y_grid, x_grid = y[:, None, :, None], x[None, :, None, :]
        index, weight = neighbours(
            y_center + y_grid * cos(angle) - x_grid * sin(angle),
            x_center + y_grid * sin(angle) + x_grid * cos(angle), height, width,
        )  # fmt: skip
        flat = (rows, columns, 4 * y.shape[1] * x.shape[1])
        return index.reshape(flat), weight.reshape(flat) / max(y.shape[1] * x.shape[1], 1)


@register
class PSROIPooling(Regional):
    """Means over the pixels of a grid of cells of each region, each cell reading channels of its own, as in R-FCN.

    Shapes: data ``(batch, output_dim * group_size², height, width)``; rois ``(regions, 5)``, each with the index of its
    image, then left, top, right and bottom. The output is ``(regions, output_dim, pooled_size, pooled_size)``; empty
    cells give 0.
    """

    name = "_contrib_PSROIPooling"

    spatial_scale: float = p.number(doc="pixels of the data for each unit of the regions", minimum=0, maximum=1)
    output_dim: int = p.integer(minimum=1, doc="number of channels of the output")
    pooled_size: int = p.integer(minimum=1, doc="height and width of the output")
    group_size: int = p.integer(0, minimum=0, doc="height and width of the grid of channels; 0: pooled_size")

    @property
    def groups(self) -> int:
        """Height and width of the grid of channels."""
        return self.group_size if self.group_size else self.pooled_size

    def cells(self) -> tuple[int, int]:
        return self.pooled_size, self.pooled_size

    def channels_after(self, channels: int | None) -> int | None:
        wanted = self.output_dim * self.groups**2
        if channels is not None and channels != wanted:
            raise ShapeError(f"data has {channels} channels but output_dim {self.output_dim} needs {wanted}")
        return self.output_dim

    def channels_before(self, channels: int | None) -> int | None:
        return self.output_dim * self.groups**2

    def channels(self, count: int) -> Numbers:
        group = np.arange(self.pooled_size) * self.groups // self.pooled_size
        return (np.arange(count)[:, None, None] * self.groups + group[:, None]) * self.groups + group

    def pixels(self, roi: Sequence[float], height: int, width: int) -> tuple[Numbers, Numbers]:
        corners = [floor(number + 0.5) for number in roi[1:]]
        rows = self._cells(corners[1], corners[3] + 1, height)
        columns = self._cells(corners[0], corners[2] + 1, width)
        size = self.pooled_size
        most = max(len(y) for y in rows) * max(len(x) for x in columns)
        index, weight = np.zeros((size, size, max(most, 1)), int), np.zeros((size, size, max(most, 1)))
        for i, y in enumerate(rows):
            for j, x in enumerate(columns):
                count = len(y) * len(x)
                index[i, j, :count] = (y[:, None] * width + x).reshape(-1)
                weight[i, j, :count] = 1 / max(count, 1)
        return index, weight

    def _cells(self, start: float, end: float, size: int) -> list[Numbers]:
        """The pixels of each cell along one axis."""
        start, end = start * self.spatial_scale, end * self.spatial_scale
        step = max(end - start, 0.1) / self.pooled_size
        found = []
        for cell in range(self.pooled_size):
            low, high = floor(cell * step + start), ceil((cell + 1) * step + start)
            found.append(np.arange(min(max(low, 0), size), min(max(high, 0), size)))
        return found
