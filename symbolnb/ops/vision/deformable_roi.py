"""Deformable position-sensitive ROI pooling: cells that learned offsets move, each reading channels of its own.

As in `sampling`, one internal operator is the pooling or its derivative along x, along y or both, where every offset
counts in the units in which it is given; another is its adjoint in the data; and they are closed under differentiation.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from math import floor
from types import ModuleType
from typing import Any

import numpy as np

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import Shape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import one_float_type
from symbolnb.ops.term import Term, apply, call, reshape
from symbolnb.ops.vision.resize import Matrix, Separable
from symbolnb.ops.vision.shapes import IMAGES, computing, first, of_rank

Numbers = np.ndarray[Any, Any]


@with_fields
class MovedCells(Operator):
    """The parameters that place the cells of a region, and the pixels that follow from them."""

    family = "pooling"

    spatial_scale: float = p.number(doc="pixels of the data for each unit of the regions", minimum=0, maximum=1)
    output_dim: int = p.integer(minimum=1, doc="number of channels of the output")
    group_size: int = p.integer(minimum=1, doc="height and width of the grid of channels")
    pooled_size: int = p.integer(minimum=1, doc="height and width of the output")
    part_size: int = p.integer(0, minimum=0, doc="height and width of the grid of offsets; 0: pooled_size")
    sample_per_part: int = p.integer(1, minimum=1, doc="samples of a cell along each axis")
    trans_std: float = p.number(0.0, minimum=0, maximum=1, doc="an offset of 1, as a share of the region's size")
    no_trans: bool = p.boolean(False, doc="whether there are no offsets")

    @property
    def parts(self) -> int:
        """Height and width of the grid of offsets."""
        return self.part_size if self.part_size else self.pooled_size

    def placement(self) -> dict[str, Any]:
        """The values of these parameters."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(MovedCells)}

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def regions(
        self, xp: ModuleType, inputs: Sequence[Array], data: Shape, orders: tuple[int, int] = (0, 0)
    ) -> Iterator[tuple[int, Any, Array]]:
        """For each region its number, where its pixels are ``(channels, rows, columns, n)``, and their weights.

        `inputs` are the regions and, unless there are none, the offsets.
        """
        rois, *offsets = (computing(xp, array) for array in inputs)
        channels = xp.asarray(self._channels())
        for region, roi in enumerate(rois.tolist()):
            moves = np.zeros((1, 2, self.parts, self.parts))
            if offsets:
                moves = np.array(offsets[0][region].tolist()).reshape(-1, 2, self.parts, self.parts)
            index, weight = self._pixels(roi, moves * self.trans_std, data, orders)
            repeat = self.output_dim // len(moves)
            yield (
                region,
                (int(roi[0]), channels, xp.asarray(index.repeat(repeat, axis=0))),
                xp.asarray(weight.repeat(repeat, axis=0).astype(rois.dtype)),
            )

    def _channels(self) -> Numbers:
        """The data's channel ``(channels, rows, columns, 1)`` of each element of the output."""
        group = np.arange(self.pooled_size) * self.group_size // self.pooled_size
        dims = np.arange(self.output_dim)[:, None, None] * self.group_size
        return ((dims + group[:, None]) * self.group_size + group)[..., None]

    def _pixels(self, roi: Sequence[float], moves: Numbers, data: Shape, orders: tuple[int, int]) -> Any:
        """Pixel indices and weights ``(classes, rows, columns, n)`` of one region."""
        cells, samples = np.arange(self.pooled_size), np.arange(self.sample_per_part)
        part = cells * self.parts // self.pooled_size
        moves = moves[:, :, part[:, None], part]
        sides, valid = [], np.ones((len(moves), self.pooled_size, self.pooled_size, *(self.sample_per_part,) * 2), bool)
        for axis, size in enumerate((data[3], data[2])):
            start = floor(roi[1 + axis] + 0.5) * self.spatial_scale - 0.5
            extent = max((floor(roi[3 + axis] + 0.5) + 1) * self.spatial_scale - 0.5 - start, 0.1)
            step = extent / self.pooled_size
            place = (cells * step)[:, None] + samples * (step / self.sample_per_part) + start
            place = place[None, :, None] if axis else place[None, None]
            at = place + (moves[:, axis] * extent)[..., None]
            at = at[..., :, None] if axis else at[..., None, :]
            valid = valid & (at >= -0.5) & (at <= size - 0.5)
            moving = (at >= 0) & (at <= size - 1)  # a sample beyond the last pixel's centre stays there
            at = at.clip(0, size - 1)
            low = np.floor(at).astype(int)
            ramp = (1 - (at - low), at - low)
            slope = extent * self.trans_std * moving
            weights = (-slope, slope) if orders[axis] else ramp
            sides.append(list(zip((low, np.minimum(low + 1, size - 1)), weights, strict=True)))
        share = valid / np.maximum(valid.sum(axis=(3, 4), keepdims=True), 1)
        index, weight = [], []
        for x, along in sides[0]:
            for y, down in sides[1]:
                index.append(np.broadcast_to(y * data[3] + x, valid.shape))
                weight.append(along * down * share)
        flat = (*valid.shape[:3], -1)
        return np.stack(index, -1).reshape(flat), np.stack(weight, -1).reshape(flat)

    def pooled(self, xp: ModuleType, inputs: Sequence[Array], out: Array, orders: tuple[int, int] = (0, 0)) -> None:
        """Fill `out` from data, regions and offsets."""
        data = computing(xp, inputs[0])
        flat = data.reshape(*data.shape[:2], -1)
        for region, places, weight in self.regions(xp, inputs[1:], data.shape, orders):
            out[region] = (flat[places] * weight).sum(axis=-1)

    def gradients(
        self, grad: Term, inputs: Sequence[Term], orders: tuple[int, int] = (0, 0)
    ) -> tuple[Term | None, ...]:
        """Those of data, regions and offsets, where the output meets `grad` by a sum of products."""
        data, *rest = inputs
        x_order, y_order = orders
        adjoint = MovedCellsSpread(**self.placement(), x_order=x_order, y_order=y_order, data_shape=data.shape)
        made = apply(adjoint, grad, *rest)[0]
        if self.no_trans:
            return made, None
        return made, None, self.offset_gradient(grad, inputs, orders)

    def offset_gradient(self, grad: Term, inputs: Sequence[Term], orders: tuple[int, int]) -> Term | None:
        """The gradient of the offsets; None where the orders leave no slope."""
        offsets = inputs[2]
        regions, classes = offsets.shape[0], offsets.shape[1] // 2
        cells = (regions, classes, self.output_dim // classes, self.pooled_size, self.pooled_size)
        parts: list[Term | None] = []
        for axis in range(2):
            if orders[axis]:
                parts.append(None)
                continue
            higher = (1, orders[1]) if axis == 0 else (orders[0], 1)
            slope = apply(MovedCellsPool(**self.placement(), x_order=higher[0], y_order=higher[1]), *inputs)[0]
            folded = reshape(call("sum", reshape(slope * grad, cells), axis=(2,)), (*cells[:2], *cells[3:]))
            summed = apply(PartSums(parts=self.parts), folded)[0]
            parts.append(reshape(summed, (regions, classes, 1, self.parts, self.parts)))
        given = next((part for part in parts if part is not None), None)
        if given is None:
            return None
        found = [call("zeros_like", given) if part is None else part for part in parts]
        return reshape(call("Concat", *found, dim=2, num_args=2), offsets.shape)


@register
class PartSums(Separable):
    """Sums over the cells that share an offset."""

    name = "_part_sums"
    internal = True

    parts: int = p.integer(doc="height and width of the grid of offsets")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = inputs[0]
        return inputs, [None if data is None else (*data[:2], self.parts, self.parts)]

    def matrix(self, size: int, made: int) -> Matrix:
        cells = np.arange(size)
        return np.equal(np.arange(made)[:, None], cells * made // size).astype("float64")


@with_fields
class Sloped(MovedCells):
    """Which derivative of the pooling along the offsets is meant."""

    x_order: int = p.integer(0, doc="order of derivative along horizontal offsets")
    y_order: int = p.integer(0, doc="order of derivative along vertical offsets")

    @property
    def orders(self) -> tuple[int, int]:
        """Both orders."""
        return self.x_order, self.y_order


@register
class MovedCellsPool(Sloped):
    """The pooling, or a derivative of it."""

    name = "_deformable_psroi_pooling"
    internal = True

    def input_names(self) -> tuple[str, ...]:
        return ("data", "rois") if self.no_trans else ("data", "rois", "trans")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        rois = inputs[1]
        return inputs, [(None if rois is None else rois[0], self.output_dim, self.pooled_size, self.pooled_size)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self.pooled(xp, inputs, outputs[0], self.orders)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,) * len(inputs) if grads[0] is None else self.gradients(grads[0], inputs, self.orders)


@register
class MovedCellsSpread(Sloped):
    """The gradient of the data of the pooling, or of a derivative of it."""

    name = "_deformable_psroi_data_gradient"
    internal = True

    data_shape: Shape = p.shape(doc="shape of the data")

    def input_names(self) -> tuple[str, ...]:
        return ("grad", "rois") if self.no_trans else ("grad", "rois", "trans")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [self.data_shape]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grad, shape = computing(xp, inputs[0]), self.data_shape
        total = xp.zeros((*shape[:2], shape[2] * shape[3]), grad.dtype)
        for region, places, weight in self.regions(xp, inputs[1:], shape, self.orders):
            xp.add.at(total, places, grad[region][..., None] * weight)
        outputs[0][...] = total.reshape(shape)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        (grad, *rest), outer = inputs, grads[0]
        if outer is None:
            return (None,) * len(inputs)
        operator = MovedCellsPool(**self.placement(), x_order=self.x_order, y_order=self.y_order)
        back = apply(operator, outer, *rest)[0]
        if self.no_trans:
            return back, None
        return back, None, self.offset_gradient(grad, [outer, *rest], self.orders)


@register
class DeformablePSROIPooling(MovedCells):
    """Means over a grid of cells of each region, each cell moved by an offset and reading channels of its own.

    Shapes: data ``(batch, output_dim * group_size², height, width)``; rois ``(regions, 5)``, each with the index of
    its image, then left, top, right and bottom; trans ``(regions, 2 classes, part_size, part_size)``, for each class of
    output channels how far right and how far down. The output is ``(regions, output_dim, pooled_size, pooled_size)``.
    """

    name = "_contrib_DeformablePSROIPooling"

    def input_names(self) -> tuple[str, ...]:
        return ("data", "rois") if self.no_trans else ("data", "rois", "trans")

    def output_names(self) -> tuple[str, ...]:
        return ("output", "top_count")

    def visible_outputs(self) -> int:
        return 1

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, rois = of_rank(inputs[0], IMAGES), of_rank(inputs[1], "(regions, 5)", "rois")
        out = of_rank(outputs[0], "(regions, channels, height, width)", "output")
        regions, channels = first(rois[0], out[0]), self.output_dim * self.group_size**2
        if data[1] not in (None, channels):
            raise ShapeError(f"data is {show_shape(data)} but output_dim {self.output_dim} needs {channels} channels")
        shapes: Shapes = [(data[0], channels, *data[2:]), (regions, 5)]
        if not self.no_trans:
            trans = of_rank(inputs[2], "(regions, 2 classes, rows, columns)", "trans")
            if trans[1] is not None and (trans[1] % 2 or self.output_dim % max(trans[1] // 2, 1)):
                raise ShapeError(
                    f"trans is {show_shape(trans)} but its second axis must be twice a divisor of "
                    f"output_dim {self.output_dim}"
                )
            shapes.append((regions, trans[1], self.parts, self.parts))
        return shapes, [(regions, self.output_dim, self.pooled_size, self.pooled_size), (0,)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self.pooled(xp, inputs, outputs[0])

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,) * len(inputs) if grads[0] is None else self.gradients(grads[0], inputs)
