"""The three operators of single-shot detectors: anchors, training targets, and detections.

MXNet has them in float32 alone and lets no gradient through them; here they take any floating point type.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from types import ModuleType

from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, Shapes, register
from symbolnb.ops.vision.boxes import Fixed, overlaps, survivors, to_centers
from symbolnb.ops.vision.shapes import IMAGES, computing, first, of_rank

ANCHORS = "(1, anchors, 4)"
VARIANCES = "factors of a difference from an anchor: of x, y, width and height"


def check_variances(variances: tuple[float, ...]) -> None:
    """`ParameterError` where there are not four."""
    if len(variances) != 4:
        raise ParameterError(f"variances is {variances} but must have 4 numbers")


@register
class MultiBoxPrior(Fixed):
    """Anchor boxes around every pixel of a feature map.

    Shapes: data ``(batch, channels, height, width)``, of which only the size counts; the output is
    ``(1, height * width * anchors, 4)`` with anchors = sizes + ratios - 1: every size with the first ratio, then the
    first size with every other ratio. Boxes are corners, between 0 and 1 inside the image.
    """

    name = "_contrib_MultiBoxPrior"

    sizes: tuple[float, ...] = p.numbers((1.0,), doc="heights of the boxes, as shares of the image's height")
    ratios: tuple[float, ...] = p.numbers((1.0,), doc="widths over heights")
    clip: bool = p.boolean(False, doc="whether to cut boxes at the image's border")
    steps: tuple[float, ...] = p.numbers(
        (-1.0, -1.0), doc="distances of the pixels, vertical and horizontal; negative: 1 / height and 1 / width"
    )
    offsets: tuple[float, ...] = p.numbers(
        (0.5, 0.5), doc="where the first centre is, in steps, vertical and horizontal"
    )

    def __post_init__(self) -> None:
        if not self.sizes or not self.ratios:
            raise ParameterError("sizes and ratios must not be empty")
        for word in ("steps", "offsets"):
            if len(getattr(self, word)) != 2:
                raise ParameterError(f"{word} is {getattr(self, word)} but must have 2 numbers")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = of_rank(inputs[0], IMAGES)
        height, width = data[2:]
        count = None if height is None or width is None else height * width * (len(self.sizes) + len(self.ratios) - 1)
        return [data], [(1, count, 4)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        height, width = inputs[0].shape[2:]
        steps = [step if step > 0 else 1 / size for step, size in zip(self.steps, (height, width), strict=True)]
        kinds = [(size, self.ratios[0]) for size in self.sizes]
        kinds += [(self.sizes[0], ratio) for ratio in self.ratios[1:]]
        boxes = xp.empty((height, width, len(kinds), 4), "float64")
        y = ((xp.arange(height) + self.offsets[0]) * steps[0])[:, None]
        x = (xp.arange(width) + self.offsets[1]) * steps[1]
        for index, (size, ratio) in enumerate(kinds):
            across = size * height / width * sqrt(ratio) / 2
            down = size / sqrt(ratio) / 2
            for place, side in enumerate((x - across, y - down, x + across, y + down)):
                boxes[:, :, index, place] = side
        if self.clip:
            boxes = boxes.clip(0, 1)
        outputs[0][...] = boxes.reshape(outputs[0].shape)


@register
class MultiBoxTarget(Fixed):
    """What a single-shot detector should predict for each anchor, from the true boxes of each image.

    Shapes: anchor ``(1, anchors, 4)``; label ``(batch, boxes, 5 or more)``, each box as class, left, top, right,
    bottom, padded with rows of -1; cls_pred ``(batch, classes, anchors)``, which only mining looks at. The outputs
    are the targets of coordinates ``(batch, 4 anchors)``, a mask of them, and the class of each anchor
    ``(batch, anchors)``: 0 for background, the true class plus one, or `ignore_label`.

    Each box first gets the anchor that overlaps it most, then each anchor whose best overlap is above
    `overlap_threshold` gets that box. With `negative_mining_ratio` only so many times as many background anchors
    count as there are others, those least sure to be background; the rest is ignored.
    """

    name = "_contrib_MultiBoxTarget"

    overlap_threshold: float = p.number(0.5, doc="overlap above which an anchor gets a box")
    ignore_label: float = p.number(-1.0, doc="class of the anchors that do not count")
    negative_mining_ratio: float = p.number(-1.0, doc="background anchors for each other one; all if not above 0")
    negative_mining_thresh: float = p.number(0.5, doc="overlap below which an anchor may count as background in mining")
    minimum_negative_samples: int = p.integer(0, doc="least number of background anchors in mining")
    variances: tuple[float, ...] = p.numbers((0.1, 0.1, 0.2, 0.2), doc=VARIANCES)

    def __post_init__(self) -> None:
        check_variances(self.variances)
        if self.negative_mining_ratio > 0 and self.negative_mining_thresh <= 0:
            raise ParameterError(
                f"negative_mining_thresh is {self.negative_mining_thresh} but mining needs one above 0"
            )

    def input_names(self) -> tuple[str, ...]:
        return ("anchor", "label", "cls_pred")

    def output_names(self) -> tuple[str, ...]:
        return ("loc_target", "loc_mask", "cls_target")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        anchor = of_rank(inputs[0], ANCHORS, "anchor")
        label = of_rank(inputs[1], "(batch, boxes, 5 or more)", "label")
        scores = of_rank(inputs[2], "(batch, classes, anchors)", "cls_pred")
        if label[2] is not None and label[2] < 5:
            raise ShapeError(f"label is {show_shape(label)} but each box needs at least 5 numbers")
        out = of_rank(outputs[2], "(batch, anchors)", "cls_target")
        batch, count = first(label[0], scores[0], out[0]), first(anchor[1], scores[2], out[1])
        flat = (batch, None if count is None else 4 * count)
        return [(1, count, 4), (batch, *label[1:]), (batch, scores[1], count)], [flat, flat, (batch, count)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        anchors, labels, scores = (computing(xp, array) for array in inputs)
        for output, value in zip(outputs, (0, 0, self.ignore_label), strict=True):
            output.fill(value)
        for sample, label in enumerate(labels):
            padding = xp.nonzero(label[:, 0] == -1)[0]
            boxes = label[: int(padding[0])] if len(padding) else label
            if len(boxes):
                self._assign(xp, anchors[0], boxes, scores[sample], [output[sample] for output in outputs])

    def _assign(self, xp: ModuleType, anchors: Array, boxes: Array, scores: Array, out: Sequence[Array]) -> None:
        """Fill the targets of one image that has boxes."""
        shared = overlaps(xp, anchors[:, None], boxes[None, :, 1:5])
        match = self._matched(xp, shared)
        positive = match >= 0
        chosen = boxes[xp.maximum(match, 0)]
        background = ~positive if self.negative_mining_ratio <= 0 else self._mined(xp, shared, positive, scores)
        out[2][...] = xp.where(positive, chosen[:, 0] + 1, xp.where(background, 0, self.ignore_label))
        box, anchor = to_centers(xp, chosen[:, 1:5], "corner"), to_centers(xp, anchors, "corner")
        moved = (box[:, :2] - anchor[:, :2]) / anchor[:, 2:]
        codes = xp.concatenate([moved, xp.log(box[:, 2:] / anchor[:, 2:])], axis=1)
        targets = codes / xp.asarray(self.variances, codes.dtype)
        out[0][...] = xp.where(positive[:, None], targets, 0).reshape(-1)
        out[1][...] = xp.repeat(positive, 4)

    def _matched(self, xp: ModuleType, shared: Array) -> Array:
        """For each anchor the box it gets, -1 for none."""
        match = xp.full(len(shared), -1)
        free = shared.copy()
        for _ in range(shared.shape[1]):
            anchor, box = divmod(int(free.argmax()), shared.shape[1])
            if free[anchor, box] <= 1e-6:
                break
            match[anchor] = box
            free[anchor], free[:, box] = -1, -1
        if self.overlap_threshold > 0:
            best = shared.argmax(axis=1)
            enough = (match < 0) & (shared.max(axis=1) > self.overlap_threshold)
            match = xp.where(enough, best, match)
        return match

    def _mined(self, xp: ModuleType, shared: Array, positive: Array, scores: Array) -> Array:
        """Which anchors count as background: those that least look like it."""
        count = int(positive.sum())
        wanted = max(int(count * self.negative_mining_ratio), self.minimum_negative_samples)
        wanted = min(wanted, len(positive) - count)
        shifted = xp.exp(scores - scores.max(axis=0))
        certain = shifted[0] / shifted.sum(axis=0)
        places = xp.nonzero(~positive & (shared.max(axis=1) < self.negative_mining_thresh))[0]
        places = places[xp.argsort(certain[places], kind="stable")][:wanted]
        background = xp.zeros(len(positive), bool)
        background[places] = True
        return background


@register
class MultiBoxDetection(Fixed):
    """The boxes that a single-shot detector found: decoded, sorted, and without those that better ones overlap.

    Shapes: cls_prob ``(batch, classes, anchors)``, loc_pred ``(batch, 4 anchors)``, anchor ``(1, anchors, 4)``. The
    output is ``(batch, anchors, 6)``, each row class (without background), score, left, top, right, bottom; the
    class is -1 for a box that was suppressed, and rows without a box are all -1.
    """

    name = "_contrib_MultiBoxDetection"

    clip: bool = p.boolean(True, doc="whether to cut boxes at the image's border")
    threshold: float = p.number(0.01, doc="score that a box must reach")
    background_id: int = p.integer(0, doc="which class is background")
    nms_threshold: float = p.number(0.5, doc="overlap from which on the worse box goes")
    force_suppress: bool = p.boolean(False, doc="whether boxes of different classes suppress each other, too")
    variances: tuple[float, ...] = p.numbers((0.1, 0.1, 0.2, 0.2), doc=VARIANCES)
    nms_topk: int = p.integer(-1, doc="how many of the best boxes are kept before suppression; all if not above 0")

    def __post_init__(self) -> None:
        check_variances(self.variances)

    def input_names(self) -> tuple[str, ...]:
        return ("cls_prob", "loc_pred", "anchor")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        scores = of_rank(inputs[0], "(batch, classes, anchors)", "cls_prob")
        codes = of_rank(inputs[1], "(batch, 4 anchors)", "loc_pred")
        anchor, out = of_rank(inputs[2], ANCHORS, "anchor"), of_rank(outputs[0], "(batch, anchors, 6)", "output")
        if codes[1] is not None and codes[1] % 4:
            raise ShapeError(f"loc_pred is {show_shape(codes)} but needs 4 numbers for each anchor")
        batch = first(scores[0], codes[0], out[0])
        count = first(scores[2], anchor[1], out[1], None if codes[1] is None else codes[1] // 4)
        flat = None if count is None else 4 * count
        return [(batch, scores[1], count), (batch, flat), (1, count, 4)], [(batch, count, 6)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        scores, codes, anchors = (computing(xp, array) for array in inputs)
        outputs[0].fill(-1)
        for sample, out in enumerate(outputs[0]):
            boxes = self._decoded(xp, codes[sample].reshape(-1, 4), anchors[0])
            rows = self._detected(xp, scores[sample], boxes)
            out[: len(rows)] = rows

    def _decoded(self, xp: ModuleType, codes: Array, anchors: Array) -> Array:
        """The boxes as corners."""
        anchor, scaled = to_centers(xp, anchors, "corner"), codes * xp.asarray(self.variances, codes.dtype)
        center = scaled[:, :2] * anchor[:, 2:] + anchor[:, :2]
        half = xp.exp(scaled[:, 2:]) * anchor[:, 2:] / 2
        boxes = xp.concatenate([center - half, center + half], axis=1)
        return boxes.clip(0, 1) if self.clip else boxes

    def _detected(self, xp: ModuleType, scores: Array, boxes: Array) -> Array:
        """The rows of one image; none where there is nothing but background."""
        if len(scores) == 1:
            return xp.empty((0, 6), boxes.dtype)
        best, score = scores[1:].argmax(axis=0), scores[1:].max(axis=0)
        places = xp.nonzero(score >= self.threshold)[0]
        rows = xp.concatenate([best[places, None], score[places, None], boxes[places]], axis=1)
        if not 0 < self.nms_threshold <= 1:
            return rows
        count = self.nms_topk if 0 < self.nms_topk < len(rows) else len(rows)
        rows[:count] = rows[xp.argsort(-rows[:, 1], kind="stable")][:count]  # the rest stays as MXNet leaves it
        kept = survivors(xp, rows[:count, 2:], None if self.force_suppress else rows[:count, 0], self.nms_threshold)
        rows[:count, 0] = xp.where(kept, rows[:count, 0], -1)
        rows[count:, 0] = -1
        return rows
