"""Region proposals: the boxes that a region proposal network (Faster R-CNN) finds worth looking at."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, sqrt
from types import ModuleType
from typing import Any

import numpy as np

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, Shapes, register, with_fields
from symbolnb.ops.vision.boxes import Fixed, survivors
from symbolnb.ops.vision.shapes import IMAGES, computing, first, of_rank


@with_fields
class Proposing(Fixed):
    """What Proposal and MultiProposal share: the second takes more than one image."""

    rpn_pre_nms_top_n: int = p.integer(
        6000, doc="how many of the best boxes take part in suppression; all if not above 0"
    )
    rpn_post_nms_top_n: int = p.integer(300, minimum=1, doc="number of boxes of the output, for each image")
    threshold: float = p.number(0.7, doc="overlap above which the worse box goes")
    rpn_min_size: int = p.integer(16, doc="least width and height of a box, in pixels of the original image")
    scales: tuple[float, ...] = p.numbers((4.0, 8.0, 16.0, 32.0), doc="sizes of the anchors, in strides")
    ratios: tuple[float, ...] = p.numbers((0.5, 1.0, 2.0), doc="heights over widths of the anchors")
    feature_stride: int = p.integer(16, minimum=1, doc="pixels of the image between those of the features")
    output_score: bool = p.boolean(False, doc="whether the scores are an output, too")
    iou_loss: bool = p.boolean(False, doc="whether the network predicts differences of corners")

    def input_names(self) -> tuple[str, ...]:
        return ("cls_prob", "bbox_pred", "im_info")

    def output_names(self) -> tuple[str, ...]:
        return ("output", "score")

    def visible_outputs(self) -> int:
        return 2 if self.output_score else 1

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        scores, codes = of_rank(inputs[0], IMAGES, "cls_prob"), of_rank(inputs[1], IMAGES, "bbox_pred")
        info = of_rank(inputs[2], "(batch, 3)", "im_info")
        batch = first(scores[0], codes[0], info[0])
        if batch is not None and batch != 1 and self.name == "_contrib_Proposal":
            raise ShapeError(f"cls_prob is {show_shape(scores)} but Proposal takes one image; MultiProposal takes more")
        sizes = first(scores[2], codes[2]), first(scores[3], codes[3])
        count = len(self.scales) * len(self.ratios)
        rows = None if batch is None else batch * self.rpn_post_nms_top_n
        return [(batch, 2 * count, *sizes), (batch, 4 * count, *sizes), (batch, 3)], [(rows, 5), (rows, 1)]

    def anchors(self) -> np.ndarray[Any, Any]:
        """The anchors of the first pixel as corners, ratio by ratio."""
        side, made = self.feature_stride, []
        middle = 0.5 * (side - 1)
        for ratio in self.ratios:
            width = floor(sqrt(floor(side * side / ratio)) + 0.5)
            height = floor(width * ratio + 0.5)
            for scale in self.scales:
                half = np.array([width * scale - 1, height * scale - 1]) * 0.5
                made.append(np.concatenate([middle - half, middle + half]))
        return np.stack(made)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        scores, codes, info = (computing(xp, array) for array in inputs)
        count = self.rpn_post_nms_top_n
        for image in range(len(scores)):
            rows = slice(image * count, (image + 1) * count)
            boxes, score = self._proposed(xp, scores[image], codes[image], info[image].tolist())
            outputs[0][rows, 0] = image
            outputs[0][rows, 1:] = boxes
            outputs[1][rows, 0] = score

    def _proposed(self, xp: ModuleType, scores: Array, codes: Array, info: Sequence[float]) -> tuple[Array, Array]:
        """The boxes and scores of one image, repeated where they are too few."""
        kinds = len(scores) // 2
        height, width = scores.shape[1:]
        boxes = self._decoded(xp, codes.reshape(kinds, 4, height, width).transpose(2, 3, 0, 1), info)
        score = scores[kinds:].transpose(1, 2, 0).copy()
        score[int(info[0] / self.feature_stride) :] = -1  # padding of the image
        score[:, int(info[1] / self.feature_stride) :] = -1
        boxes, score = boxes.reshape(-1, 4), score.reshape(-1)
        least = self.rpn_min_size * info[2]
        small = (boxes[:, 2:] - boxes[:, :2] + 1 < least).any(axis=1)
        grown = boxes + xp.asarray([-least / 2, -least / 2, least / 2, least / 2], boxes.dtype)
        boxes, score = xp.where(small[:, None], grown, boxes), xp.where(small, -1, score)
        order = xp.argsort(-score, kind="stable")
        if self.rpn_pre_nms_top_n > 0:
            order = order[: self.rpn_pre_nms_top_n]
        kept = order[survivors(xp, boxes[order], None, self.threshold, border=1.0)][: self.rpn_post_nms_top_n]
        kept = kept[xp.arange(self.rpn_post_nms_top_n) % len(kept)]
        return boxes[kept], score[kept]

    def _decoded(self, xp: ModuleType, codes: Array, info: Sequence[float]) -> Array:
        """The boxes as corners inside the image, from codes ``(height, width, anchors, 4)``."""
        height, width = codes.shape[:2]
        shifts = np.stack(np.broadcast_arrays(np.arange(width), np.arange(height)[:, None]) * 2, axis=-1)
        placed = shifts[:, :, None] * self.feature_stride + self.anchors()
        anchors = xp.asarray(placed.astype(codes.dtype))
        if self.iou_loss:
            boxes = anchors + codes
        else:
            sizes = anchors[..., 2:] - anchors[..., :2] + 1
            center = codes[..., :2] * sizes + anchors[..., :2] + 0.5 * (sizes - 1)
            half = 0.5 * (xp.exp(codes[..., 2:]) * sizes - 1)
            boxes = xp.concatenate([center - half, center + half], axis=-1)
        last = xp.asarray([info[1] - 1, info[0] - 1] * 2, codes.dtype)
        return xp.maximum(xp.minimum(boxes, last), 0)


@register
class Proposal(Proposing):
    """The best boxes of one image, from the scores and codes that a network gives its anchors.

    Shapes: cls_prob ``(1, 2 anchors, height, width)``, the second half being scores of objects; bbox_pred
    ``(1, 4 anchors, height, width)``; im_info ``(1, 3)``, height, width and scale of the image. The output is
    ``(rpn_post_nms_top_n, 5)``, each row 0, left, top, right, bottom in pixels; boxes come again where they are too
    few.
    """

    name = "_contrib_Proposal"


@register
class MultiProposal(Proposing):
    """The best boxes of each image of a batch; see Proposal.

    Shapes: as of Proposal with any batch. The output is ``(batch * rpn_post_nms_top_n, 5)``, each row beginning with
    the index of its image.
    """

    name = "_contrib_MultiProposal"
