"""Choosing among boxes: non-maximum suppression, and matching one to one."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import ModuleType

import numpy as np

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import Shape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import one_float_type, same_shapes
from symbolnb.ops.term import Term, apply
from symbolnb.ops.vision.boxes import Fixed, survivors, to_centers, to_corners
from symbolnb.ops.vision.shapes import computing


@register
class BoxNMS(Operator):
    """Of boxes that overlap, the one with the highest score: non-maximum suppression.

    Shapes: data ``(..., boxes, numbers)``, each box with its score, its corners or center and size, maybe a class,
    and any other numbers. The output has the same shape: the boxes that are left, the best first, then rows
    of -1. Boxes with a score not above `valid_thresh` are dropped at once. The gradient goes to the boxes
    that are left.
    """

    name = "_contrib_box_nms"
    aliases = ("_contrib_box_non_maximum_suppression",)

    overlap_thresh: float = p.number(0.5, doc="overlap (intersection over union) above which the worse box goes")
    valid_thresh: float = p.number(0.0, doc="score that a box must be above")
    topk: int = p.integer(-1, doc="how many of the best boxes take part; -1: all; 0: nothing is done")
    coord_start: int = p.integer(2, doc="where among a box's numbers its four coordinates begin")
    score_index: int = p.integer(1, doc="where its score is")
    id_index: int = p.integer(-1, doc="where its class is; -1: there is none")
    background_id: int = p.integer(-1, doc="class whose boxes are dropped; -1: none")
    force_suppress: bool = p.boolean(False, doc="whether boxes of different classes suppress each other, too")
    in_format: str = p.choice("center", "corner", default="corner", doc="how boxes of the data are written")
    out_format: str = p.choice("center", "corner", default="corner", doc="how boxes of the output are written")

    def output_names(self) -> tuple[str, ...]:
        return ("output0", "output1")

    def visible_outputs(self) -> int:
        return 1

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        (data,), (out,) = same_shapes(inputs, outputs[:1])
        if data is None:
            return [None], [None, None]
        if len(data) < 2:
            raise ShapeError(f"data is {show_shape(data)} but must be (..., boxes, numbers)")
        highest = max(self.coord_start + 3, self.score_index, self.id_index)
        if data[-1] is not None and data[-1] <= highest:
            raise ShapeError(f"data is {show_shape(data)} but each box needs at least {highest + 1} numbers")
        return [data], [out, (*data[:-1], 1)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        found, _ = one_float_type([inputs[0], outputs[0]], [])
        return found[:1], [found[0], np.dtype("int32")]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, out, record = inputs[0], outputs[0], outputs[1]
        if self.topk == 0:
            out[...], record[...] = data, -1
            return
        count, numbers = data.shape[-2:]
        batch = prod(data.shape[:-2])
        out.fill(-1)
        record.fill(-1)
        samples = zip(
            data.reshape(batch, count, numbers), out.reshape(batch, count, numbers), record.reshape(batch, count),
            strict=True,
        )  # fmt: skip
        for boxes, result, places in samples:
            kept = self._kept(xp, computing(xp, boxes))
            result[: len(kept)] = self.converted(xp, boxes[kept])
            places[: len(kept)] = kept

    def _kept(self, xp: ModuleType, boxes: Array) -> Array:
        """The positions of the boxes that are left, the best first."""
        scores = boxes[:, self.score_index]
        valid = scores > self.valid_thresh
        if self.id_index >= 0 and self.background_id >= 0:
            valid &= boxes[:, self.id_index] != self.background_id
        places = xp.nonzero(valid)[0]
        places = places[xp.argsort(-scores[places], kind="stable")]
        if self.topk > 0:
            places = places[: self.topk]
        chosen = boxes[places]
        corners = to_corners(xp, chosen[:, self.coord_start : self.coord_start + 4], self.in_format)
        groups = None if self.force_suppress or self.id_index < 0 else chosen[:, self.id_index]
        return places[survivors(xp, corners, groups, self.overlap_thresh)]

    def converted(self, xp: ModuleType, boxes: Array) -> Array:
        """Boxes rewritten from the data's format into the output's."""
        if self.in_format == self.out_format:
            return boxes
        convert = to_corners if self.out_format == "corner" else to_centers
        made, where = boxes.copy(), slice(self.coord_start, self.coord_start + 4)
        made[:, where] = convert(xp, computing(xp, boxes[:, where]), self.in_format)
        return made

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None or self.topk == 0:
            return (grads[0],)
        return apply(BoxNMSGradient(nms=self), grads[0], outputs[1])


@register
class BoxNMSGradient(Operator):
    """The gradient of the boxes, from that of those that are left and their places in the data."""

    name = "_box_nms_gradient"
    internal = True

    nms: BoxNMS

    def input_names(self) -> tuple[str, ...]:
        return ("grad", "places")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [inputs[0]]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return inputs, [inputs[0]]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grad = converted_back(xp, inputs[0], self.nms)
        flat = _rows(inputs[0].shape)
        places, out = inputs[1].reshape(flat[:2]), outputs[0].reshape(flat)
        out.fill(0)
        sample, row = xp.nonzero(places >= 0)
        out[sample, places[sample, row]] = grad.reshape(flat)[sample, row]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        return apply(BoxNMSChoice(nms=self.nms), grads[0], inputs[1])[0], None


@register
class BoxNMSChoice(Operator):
    """The boxes at given places, zeros where there is none: suppression already decided."""

    name = "_box_nms_choice"
    internal = True

    nms: BoxNMS

    def input_names(self) -> tuple[str, ...]:
        return ("data", "places")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [inputs[0]]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return inputs, [inputs[0]]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        flat = _rows(inputs[0].shape)
        places, out = inputs[1].reshape(flat[:2]), outputs[0].reshape(flat)
        out.fill(0)
        sample, row = xp.nonzero(places >= 0)
        out[sample, row] = self.nms.converted(xp, inputs[0].reshape(flat)[sample, places[sample, row]])

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        return apply(BoxNMSGradient(nms=self.nms), grads[0], inputs[1])[0], None


def _rows(shape: Shape) -> Shape:
    """Boxes with one leading axis."""
    return prod(shape[:-2]), shape[-2], shape[-1]


def converted_back(xp: ModuleType, grad: Array, nms: BoxNMS) -> Array:
    """The transpose of `BoxNMS.converted`."""
    if nms.in_format == nms.out_format:
        return grad
    made, start = grad.copy(), nms.coord_start
    low, high = grad[..., start : start + 2], grad[..., start + 2 : start + 4]
    if nms.out_format == "corner":
        first, second = low + high, (high - low) / 2
    else:
        first, second = low / 2 - high, low / 2 + high
    made[..., start : start + 2], made[..., start + 2 : start + 4] = first, second
    return made


@register
class BipartiteMatching(Fixed):
    """A matching of rows to columns, one to one, that takes the best score of those still free, again and again.

    Shapes: data ``(..., rows, columns)``. The outputs are, for each row its column ``(..., rows)``, and for each
    column its row ``(..., columns)``; -1 where there is none.
    """

    name = "_contrib_bipartite_matching"

    signature = ("is_ascend", "threshold", "topk")

    is_ascend: bool = p.boolean(False, doc="whether low scores are the better ones")
    threshold: float = p.number(doc="score that a match must be better than")
    topk: int = p.integer(-1, doc="one less than the most matches that are made; any number if not above 0")

    def output_names(self) -> tuple[str, ...]:
        return ("output0", "output1")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = inputs[0]
        if data is None:
            return [None], [None, None]
        if len(data) < 2:
            raise ShapeError(f"data is {show_shape(data)} but must be (..., rows, columns)")
        return inputs, [data[:-1], (*data[:-2], data[-1])]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        rows, columns = inputs[0].shape[-2:]
        for scores, by_row, by_column in zip(
            inputs[0].reshape(-1, rows * columns), outputs[0].reshape(-1, rows), outputs[1].reshape(-1, columns),
            strict=True,
        ):  # fmt: skip
            by_row.fill(-1)
            by_column.fill(-1)
            made = 0
            better = scores < self.threshold if self.is_ascend else scores > self.threshold
            order = xp.argsort(scores if self.is_ascend else -scores, kind="stable")
            for place in order[better[order]].tolist():
                row, column = divmod(place, columns)
                if by_row[row] < 0 and by_column[column] < 0:
                    by_row[row], by_column[column] = column, row
                    made += 1
                    if 0 < self.topk < made:  # MXNet stops only after one match more
                        break
