"""Boxes: their overlaps, and their coding relative to anchors.

A box in corner format is (left, top, right, bottom), in center format (x, y, width, height). MXNet lets no
gradient through any of these operators, and neither do they here.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import one_float_type
from symbolnb.ops.term import Term
from symbolnb.ops.vision.shapes import computing, first, of_rank


class Fixed(Operator):
    """An operator on floating point arrays that passes no gradient on."""

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,) * len(inputs)


def to_corners(xp: ModuleType, boxes: Array, written: str) -> Array:
    """Boxes ``(..., 4)`` of a format as corners."""
    if written == "corner":
        return boxes
    half = boxes[..., 2:] / 2
    return xp.concatenate([boxes[..., :2] - half, boxes[..., :2] + half], axis=-1)


def to_centers(xp: ModuleType, boxes: Array, written: str) -> Array:
    """Boxes ``(..., 4)`` of a format as centers and sizes."""
    if written == "center":
        return boxes
    sizes = boxes[..., 2:] - boxes[..., :2]
    return xp.concatenate([boxes[..., :2] + sizes * 0.5, sizes], axis=-1)


def overlaps(xp: ModuleType, left: Array, right: Array, border: float = 0.0) -> Array:
    """Intersection over union of boxes with corners that broadcast against each other; 0 where they do not meet.

    `border` is what a box is wider and higher than the difference of its corners: 1 where they are pixels.
    """
    low = xp.maximum(left[..., :2], right[..., :2])
    high = xp.minimum(left[..., 2:], right[..., 2:])
    sides = xp.maximum(high - low + border, 0)
    shared = sides[..., 0] * sides[..., 1]
    union = area(xp, left, border) + area(xp, right, border) - shared
    return xp.where(shared > 0, shared / xp.where(union > 0, union, 1), 0)


def area(xp: ModuleType, boxes: Array, border: float = 0.0) -> Array:
    """The areas of boxes with corners; 0 for those turned inside out."""
    sides = xp.maximum(boxes[..., 2:] - boxes[..., :2] + border, 0)
    return sides[..., 0] * sides[..., 1]


def survivors(xp: ModuleType, boxes: Array, groups: Array | None, limit: float, border: float = 0.0) -> Array:
    """Which boxes, the best first, no better one that is kept overlaps by more than `limit`.

    With `groups`, only a box of the same group can suppress another.
    """
    alive = xp.ones(len(boxes), bool)
    for index in range(len(boxes) - 1):
        if not alive[index]:
            continue
        rest = slice(index + 1, None)
        close = overlaps(xp, boxes[index], boxes[rest], border) > limit
        if groups is not None:
            close &= groups[rest] == groups[index]
        alive[rest] &= ~close
    return alive


def of_boxes(shape: PartialShape, name: str) -> PartialShape:
    """The shape of boxes; `ShapeError` where the last of at least two axes does not hold four numbers."""
    if shape is None:
        return None
    if len(shape) < 2 or shape[-1] not in (None, 4):
        raise ShapeError(f"{name} is {show_shape(shape)} but must be (..., 4)")
    return (*shape[:-1], 4)


@register
class BoxIoU(Fixed):
    """The overlap of every box of one array with every box of another: intersection over union.

    Shapes: lhs ``(..., 4)``, rhs ``(..., 4)``; the output has the leading axes of lhs, then those of rhs.
    """

    name = "_contrib_box_iou"

    format: str = p.choice("center", "corner", default="corner", doc="how boxes are written")

    def input_names(self) -> tuple[str, ...]:
        return ("lhs", "rhs")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        lhs, rhs = of_boxes(inputs[0], "lhs"), of_boxes(inputs[1], "rhs")
        return [lhs, rhs], [None if lhs is None or rhs is None else (*lhs[:-1], *rhs[:-1])]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        left, right = (to_corners(xp, computing(xp, boxes).reshape(-1, 4), self.format) for boxes in inputs)
        outputs[0][...] = overlaps(xp, left[:, None], right[None]).reshape(outputs[0].shape)


BOXES = "(batch, boxes, 4)"


@register
class BoxEncode(Fixed):
    """What a detector should predict for each anchor: how the box matched to it differs from it.

    Shapes: samples ``(batch, anchors)``, above 0.5 where the anchor has a box; matches ``(batch, anchors)``, which
    box; anchors ``(batch, anchors, 4)`` and refs ``(batch, boxes, 4)``, both as corners; means and stds ``(4,)``, by
    which the targets are normalized. The outputs are the targets ``(batch, anchors, 4)``, zero where there is
    none, and a mask of the same shape.
    """

    name = "_contrib_box_encode"

    def input_names(self) -> tuple[str, ...]:
        return ("samples", "matches", "anchors", "refs", "means", "stds")

    def output_names(self) -> tuple[str, ...]:
        return ("output0", "output1")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        samples = of_rank(inputs[0], "(batch, anchors)", "samples")
        matches = of_rank(inputs[1], "(batch, anchors)", "matches")
        anchors, refs = of_rank(inputs[2], BOXES, "anchors"), of_rank(inputs[3], BOXES, "refs")
        outs = [of_rank(shape, BOXES, "output") for shape in outputs]
        batch = first(samples[0], matches[0], anchors[0], refs[0], outs[0][0], outs[1][0])
        count = first(samples[1], matches[1], anchors[1], outs[0][1], outs[1][1])
        made: PartialShape = (batch, count, 4)
        return [(batch, count), (batch, count), made, (batch, refs[1], 4), (4,), (4,)], [made, made]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        samples, matches, anchors, refs, means, stds = (computing(xp, array) for array in inputs)
        chosen = refs[xp.arange(len(refs))[:, None], matches.astype("int64")]
        box, anchor = to_centers(xp, chosen, "corner"), to_centers(xp, anchors, "corner")
        moved = (box[..., :2] - anchor[..., :2]) / anchor[..., 2:]
        grown = xp.log(box[..., 2:] / anchor[..., 2:])
        valid = xp.broadcast_to((samples > 0.5)[..., None], anchors.shape)
        outputs[0][...] = xp.where(valid, (xp.concatenate([moved, grown], axis=-1) - means) / stds, 0)
        outputs[1][...] = valid


@register
class BoxDecode(Fixed):
    """The boxes that a detector predicts, as corners: the inverse of box_encode without means.

    Shapes: data ``(batch, anchors, 4)``, anchors ``(1, anchors, 4)``; the output is like the data.
    """

    name = "_contrib_box_decode"

    std0: float = p.number(1.0, doc="factor of the first number, that of x")
    std1: float = p.number(1.0, doc="factor of the second number, that of y")
    std2: float = p.number(1.0, doc="factor of the third number, that of the width")
    std3: float = p.number(1.0, doc="factor of the fourth number, that of the height")
    clip: float = p.number(-1.0, doc="most that the logarithm of a size may grow by; any if not above 0")
    format: str = p.choice("center", "corner", default="center", doc="how the anchors are written")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "anchors")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, anchors = of_rank(inputs[0], BOXES), of_rank(inputs[1], "(1, boxes, 4)", "anchors")
        out = of_rank(outputs[0], BOXES, "output")
        batch, count = first(data[0], out[0]), first(data[1], anchors[1], out[1])
        return [(batch, count, 4), (1, count, 4)], [(batch, count, 4)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data = computing(xp, inputs[0])
        anchor = to_centers(xp, computing(xp, inputs[1]), self.format)
        scaled = data * xp.asarray([self.std0, self.std1, self.std2, self.std3], data.dtype)
        center = scaled[..., :2] * anchor[..., 2:] + anchor[..., :2]
        growth = xp.minimum(scaled[..., 2:], self.clip) if self.clip > 0 else scaled[..., 2:]
        half = xp.exp(growth) * anchor[..., 2:] / 2
        outputs[0][...] = xp.concatenate([center - half, center + half], axis=-1)
