"""Rows of the operators on boxes and regions."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.row import Array, Bad, Row, Values, apart, array, uniform

TWO = ("float32", "float64")


def corners(seed: int, *shape: int, size: float = 1.0) -> Array:
    """Boxes as corners between 0 and `size`."""
    random = np.random.RandomState(seed)
    low, sides = random.uniform(0, 0.6, (*shape, 2)), random.uniform(0.1, 0.4, (*shape, 2))
    return np.concatenate([low, low + sides], -1) * size


def centers(seed: int, *shape: int) -> Array:
    """Boxes as centers and sizes."""
    boxes = corners(seed, *shape)
    sides = boxes[..., 2:] - boxes[..., :2]
    return np.concatenate([boxes[..., :2] + sides / 2, sides], -1)


def scored(boxes: Array, seed: int, classes: int = 2) -> Array:
    """Boxes after a class and a score, no score twice."""
    random, shape = np.random.RandomState(seed), boxes.shape[:-1]
    scores = random.permutation(np.arange(np.prod(shape)) / np.prod(shape) - 0.1).reshape(shape)
    return np.concatenate([random.randint(0, classes, shape)[..., None], scores[..., None], boxes], -1)


def boxed(operator: str, inputs: dict[str, Any], note: str = "", **parameters: Any) -> Row:
    """A row of an operator that passes no gradient on, as MXNet has it."""
    given = {name: value if isinstance(value, (Values, tuple)) else array(value) for name, value in inputs.items()}
    return Row(operator, parameters, given, gradient="golden", dtypes=TWO, inferred=False, note=note)


ROWS = [
    boxed("_contrib_box_iou", {"lhs": corners(1, 5), "rhs": corners(2, 2, 3)}),
    boxed("_contrib_box_iou", {"lhs": centers(1, 5), "rhs": centers(2, 2, 3)}, format="center"),
    boxed(
        "_contrib_box_encode",
        {
            "samples": [[1, 0, -1, 1, 0.6], [0, 1, 1, 0, 1]],
            "matches": [[1, 2, 0, 0, 2], [2, 2, 1, 0, 0]],
            "anchors": corners(3, 2, 5),
            "refs": corners(4, 2, 3),
            "means": [0.1, 0, -0.1, 0.2],
            "stds": [0.1, 0.2, 0.3, 0.4],
        },
    ),
    boxed("_contrib_box_decode", {"data": uniform(-1, 1, 2, 5, 4), "anchors": centers(5, 1, 5)}),
    boxed(
        "_contrib_box_decode",
        {"data": uniform(-1, 1, 2, 5, 4), "anchors": corners(5, 1, 5)},
        format="corner",
        std0=0.1,
        std1=0.2,
        std2=0.3,
        std3=0.4,
        clip=0.1,
    ),
]
ROWS += [
    boxed("_contrib_bipartite_matching", {"data": apart(-1, 1, *shape)}, **parameters)
    for shape, parameters in (
        ((3, 4), {"threshold": -2}),
        ((2, 5, 3), {"threshold": 0.2}),
        ((2, 5, 3), {"threshold": 0.2, "is_ascend": True}),
        ((2, 5, 3), {"threshold": -2, "topk": 2}),
    )
]


def suppressed(boxes: Array, note: str = "", gradient: str = "both", **parameters: Any) -> Row:
    """A row of box_nms."""
    data = array(boxes)
    return Row("_contrib_box_nms", parameters, {"data": data}, dtypes=TWO, gradient=gradient, note=note)


MANY = scored(corners(6, 2, 12), 7)
ROWS += [
    suppressed(MANY),
    suppressed(MANY, overlap_thresh=0.1),
    suppressed(MANY[0], overlap_thresh=0.1, id_index=0, gradient="golden"),  # no slope along a class
    suppressed(MANY, overlap_thresh=0.1, id_index=0, force_suppress=True),
    suppressed(MANY, overlap_thresh=0.1, id_index=0, background_id=1, gradient="golden"),
    suppressed(MANY, overlap_thresh=0.3, valid_thresh=0.41),
    suppressed(MANY, overlap_thresh=0.3, topk=4),
    suppressed(MANY[..., 1:], overlap_thresh=0.2, coord_start=1, score_index=0),
    suppressed(MANY, valid_thresh=2, note="none left"),
    suppressed(scored(centers(6, 2, 12), 7), overlap_thresh=0.2, in_format="center", out_format="center"),
    # MXNet's gradient leaves out the change of format.
    suppressed(MANY, gradient="numerical", overlap_thresh=0.2, out_format="center"),
    suppressed(scored(centers(6, 2, 12), 7), gradient="numerical", overlap_thresh=0.2, in_format="center"),
]
ROWS += [
    Row("_contrib_MultiBoxPrior", parameters, {"data": (2, 3, 3, 4)}, gradient="golden", dtypes=TWO)
    for parameters in (
        {},
        {"sizes": (0.5, 0.3), "ratios": (1, 2, 0.5)},
        {"sizes": (0.5, 0.3), "ratios": (2, 1), "clip": True},
        {"steps": (0.2, 0.3), "offsets": (0.25, 0.75)},
    )
]
ANCHORS = corners(8, 1, 10)
TRUE = np.concatenate([[[[1], [0], [2]], [[0], [1], [1]]], ANCHORS[0, [[2, 5, 7], [0, 3, 9]]] + 0.03], -1)
FEWER = np.where([[[0], [0], [1]], [[1], [1], [1]]], -1.0, TRUE)
ROWS += [
    boxed(
        "_contrib_MultiBoxTarget",
        {"anchor": ANCHORS, "label": label, "cls_pred": uniform(-1, 1, 2, 4, 10)},
        note,
        **parameters,
    )
    for label, note, parameters in (
        (TRUE, "", {}),
        (FEWER, "padded", {}),
        (TRUE, "", {"overlap_threshold": 0.2, "variances": (0.2, 0.1, 0.3, 0.4)}),
        (TRUE, "", {"overlap_threshold": -1}),
        (TRUE, "", {"negative_mining_ratio": 1, "ignore_label": -2}),
        (TRUE, "", {"negative_mining_ratio": 2, "negative_mining_thresh": 0.6}),
    )
]


def two_negatives(anchor: Array, label: Array, cls_pred: Array, **_: Any) -> tuple[Array, ...]:
    """The targets below; MXNet on a CPU passes over the least number of background anchors."""
    return np.zeros((1, 16)), np.array([[1] * 4 + [0] * 12]), np.array([[3, -1, 0, 0]])


ROWS += [
    Row(
        "_contrib_MultiBoxTarget",
        {"negative_mining_ratio": 1, "minimum_negative_samples": 2},
        {
            "anchor": array([[[0, 0, 0.5, 0.5], [0.5, 0, 1, 0.5], [0, 0.5, 0.5, 1], [0.5, 0.5, 1, 1]]]),
            "label": array([[[2, 0, 0, 0.5, 0.5]]]),
            "cls_pred": array([[[0, 3, 2, 1], [1, 1, 1, 1], [0, 0, 0, 0]]]),
        },
        two_negatives,
        golden=False,
        gradient="none",
        dtypes=TWO,
    )
]
ROWS += [
    boxed(
        "_contrib_MultiBoxDetection",
        {"cls_prob": apart(0, 1, 2, 3, 10), "loc_pred": uniform(-1, 1, 2, 40), "anchor": ANCHORS},
        **parameters,
    )
    for parameters in (
        {},
        {"threshold": 0.6},
        {"clip": False, "nms_threshold": 0.1},
        {"force_suppress": True, "nms_threshold": 0.2},
        {"nms_topk": 4, "variances": (0.2, 0.1, 0.3, 0.4)},
        {"nms_threshold": -1},
    )
]
ROWS += [
    boxed(
        "_contrib_MultiBoxDetection",
        {"cls_prob": apart(0, 1, 2, 1, 10), "loc_pred": uniform(-1, 1, 2, 40), "anchor": ANCHORS},
    )
]


def proposed(operator: str, batch: int, **parameters: Any) -> Row:
    """A row of a proposal operator with four anchors."""
    given = {
        "scales": (1, 2),
        "ratios": (0.5, 2),
        "feature_stride": 8,
        "rpn_min_size": 4,
        "rpn_post_nms_top_n": 8,
        **parameters,
    }
    inputs = {
        "cls_prob": apart(0, 1, batch, 8, 4, 5),
        "bbox_pred": uniform(-0.5, 0.5, batch, 16, 4, 5),
        "im_info": array([[30, 38, 1.5], [32, 33, 1]][:batch]),
    }
    return Row(operator, given, inputs, gradient="golden", dtypes=TWO)


ROWS += [
    proposed(operator, batch, **parameters)
    for operator, batch in (("_contrib_Proposal", 1), ("_contrib_MultiProposal", 2))
    for parameters in (
        {},
        {"output_score": True, "threshold": 0.2},
        {"rpn_pre_nms_top_n": 5, "threshold": 0.5},
        {"rpn_min_size": 12, "iou_loss": True},
        {"scales": (2,), "ratios": (0.5, 1, 2, 3), "rpn_post_nms_top_n": 90},
    )
]

ROIS = array([[0, 1, 0.6, 6, 4.7], [1, 2.2, 3, 3.1, 7], [0, 4, 4, 12, 12], [1, -3, -2, 2, 2.4], [1, 5, 5, 5, 5]])
SIZED = array(ROIS.explicit[:4])  # MXNet ends the process at an empty region that is aligned
TURNED = array([[0, 3, 3, 5, 3, 30], [1, 4, 2, 2, 6, -75], [0, 7, 7, 6, 4, 180], [1, 2, 2, 0.5, 0.5, 10]])


def regions(operator: str, channels: int, rois: Values = ROIS, gradient: str = "both", **parameters: Any) -> Row:
    """A row of an operator on regions of two images; MXNet lets no gradient go to the regions."""
    data = apart(-2, 2, 2, channels, 8, 9)
    return Row(
        operator,
        parameters,
        {"data": data, "rois": rois},
        still=("rois",),
        gradient=gradient,
        inferred=False,
        dtypes=TWO,
    )


ROWS += [
    regions("ROIPooling", 3, pooled_size=(2, 3), spatial_scale=1.0),
    regions("ROIPooling", 3, pooled_size=(3, 2), spatial_scale=0.5),
    regions("_contrib_ROIAlign", 3, pooled_size=(2, 3), spatial_scale=1.0),
    regions("_contrib_ROIAlign", 3, pooled_size=(2, 3), spatial_scale=0.7, sample_ratio=2),
    regions("_contrib_ROIAlign", 3, SIZED, pooled_size=(2, 2), spatial_scale=0.7, sample_ratio=2, aligned=True),
    regions("_contrib_ROIAlign", 12, pooled_size=(2, 3), spatial_scale=1.0, sample_ratio=1, position_sensitive=True),
    regions("_contrib_RROIAlign", 3, TURNED, "numerical", pooled_size=(2, 3), spatial_scale=1.0),
    regions("_contrib_RROIAlign", 3, TURNED, "numerical", pooled_size=(3, 2), spatial_scale=0.7, sampling_ratio=2),
    regions("_contrib_PSROIPooling", 8, pooled_size=2, output_dim=2, spatial_scale=1.0),
    regions("_contrib_PSROIPooling", 8, pooled_size=3, group_size=2, output_dim=2, spatial_scale=0.5),
]


def moved_cells(data: Array, rois: Array, *trans: Array, **given: Any) -> Array:
    """Deformable position-sensitive pooling, sample by sample."""
    dim, size, groups = given["output_dim"], given["pooled_size"], given["group_size"]
    count, parts = given.get("sample_per_part", 1), given.get("part_size", given["pooled_size"])
    out = np.zeros((len(rois), dim, size, size))
    for region, channel, i, j in np.ndindex(*out.shape):
        corner = np.floor(rois[region, 1:] + 0.5) * given["spatial_scale"] - 0.5
        extent = np.maximum(corner[2:] + given["spatial_scale"] - corner[:2], 0.1)
        move = np.zeros(2)
        if trans:
            kind = channel * (trans[0].shape[1] // 2) // dim
            move = trans[0][region, 2 * kind : 2 * kind + 2, i * parts // size, j * parts // size] * given["trans_std"]
        plane = data[int(rois[region, 0]), (channel * groups + i * groups // size) * groups + j * groups // size]
        found = []
        for down, along in np.ndindex(count, count):
            x, y = corner[:2] + extent * (move + (np.array([j, i]) + np.array([along, down]) / count) / size)
            if -0.5 <= x <= plane.shape[1] - 0.5 and -0.5 <= y <= plane.shape[0] - 0.5:
                x, y = np.clip(x, 0, plane.shape[1] - 1), np.clip(y, 0, plane.shape[0] - 1)
                near = [np.interp(x, range(plane.shape[1]), plane[int(row)]) for row in (np.floor(y), np.ceil(y))]
                found.append(near[0] + (near[1] - near[0]) * (y - np.floor(y)))
        out[region, channel, i, j] = np.mean(found) if found else 0
    return out


def moved(gradient: str, trans: Values | None, **parameters: Any) -> Row:
    """A row of DeformablePSROIPooling."""
    given = {"spatial_scale": 0.9, "output_dim": 2, "group_size": 2, "pooled_size": 2, **parameters}
    inputs: dict[str, Any] = {"data": apart(-2, 2, 2, 2 * given["group_size"] ** 2, 8, 9), "rois": INNER}
    if trans is not None:
        inputs["trans"] = trans
    return Row("_contrib_DeformablePSROIPooling", given, inputs, moved_cells, gradient=gradient,
               still=("rois",), inferred=False, dtypes=TWO)  # fmt: skip


INNER = array([[0, 1, 0.6, 6, 4.7], [1, 2.2, 3, 5.1, 7], [1, -3, -2, 2, 2.4]])
ROWS += [
    moved("both", None, no_trans=True),
    moved("both", None, no_trans=True, pooled_size=3, sample_per_part=2, spatial_scale=0.5),
    moved("both", uniform(-1, 1, 3, 2, 2, 2), trans_std=0.1, sample_per_part=2),
    moved("both", uniform(0.1, 0.3, 3, 4, 2, 2), trans_std=0.3, pooled_size=3, part_size=2, sample_per_part=2),
]

BAD = [
    Bad(
        "_contrib_DeformablePSROIPooling",
        "_contrib_DeformablePSROIPooling 'node': data is (2, 3, 8, 9) but output_dim 2 needs 8 channels "
        "[data (2, 3, 8, 9), rois (5, 5)]",
        {"pooled_size": 2, "group_size": 2, "spatial_scale": 1, "output_dim": 2, "no_trans": True},
        {"data": (2, 3, 8, 9), "rois": (5, 5)},
    ),
    Bad(
        "_contrib_box_iou",
        "_contrib_box_iou 'node': rhs is (3, 5) but must be (..., 4) [lhs (2, 4), rhs (3, 5)]",
        {},
        {"lhs": (2, 4), "rhs": (3, 5)},
    ),
    Bad(
        "_contrib_box_nms",
        "_contrib_box_nms 'node': data is (7, 5) but each box needs at least 6 numbers [data (7, 5)]",
        {},
        {"data": (7, 5)},
    ),
    Bad(
        "_contrib_bipartite_matching",
        "_contrib_bipartite_matching 'node': data is (7,) but must be (..., rows, columns) [data (7,)]",
        {"threshold": 0.5},
        {"data": (7,)},
    ),
    Bad(
        "_contrib_MultiBoxPrior",
        "_contrib_MultiBoxPrior: steps is (0.5,) but must have 2 numbers",
        {"steps": (0.5,)},
        error="ParameterError",
    ),
    Bad(
        "_contrib_MultiBoxTarget",
        "_contrib_MultiBoxTarget: variances is (0.1, 0.2) but must have 4 numbers",
        {"variances": (0.1, 0.2)},
        error="ParameterError",
    ),
    Bad(
        "_contrib_MultiBoxTarget",
        "_contrib_MultiBoxTarget 'node': label is (2, 3, 4) but each box needs at least 5 numbers "
        "[anchor (1, 10, 4), label (2, 3, 4), cls_pred (2, 4, 10)]",
        {},
        {"anchor": (1, 10, 4), "label": (2, 3, 4), "cls_pred": (2, 4, 10)},
    ),
    Bad(
        "_contrib_MultiBoxDetection",
        "_contrib_MultiBoxDetection 'node': loc_pred is (2, 42) but needs 4 numbers for each anchor "
        "[cls_prob (2, 3, 10), loc_pred (2, 42), anchor (1, 10, 4)]",
        {},
        {"cls_prob": (2, 3, 10), "loc_pred": (2, 42), "anchor": (1, 10, 4)},
    ),
    Bad(
        "_contrib_Proposal",
        "_contrib_Proposal 'node': cls_prob is (2, 24, 4, 5) but Proposal takes one image; MultiProposal takes more "
        "[cls_prob (2, 24, 4, 5), bbox_pred (2, 48, 4, 5), im_info (2, 3)]",
        {},
        {"cls_prob": (2, 24, 4, 5), "bbox_pred": (2, 48, 4, 5), "im_info": (2, 3)},
    ),
    Bad(
        "ROIPooling",
        "ROIPooling: pooled_size is (2,) but must be a height and a width",
        {"pooled_size": 2, "spatial_scale": 1},
        error="ParameterError",
    ),
    Bad(
        "_contrib_ROIAlign",
        "_contrib_ROIAlign 'node': data has 3 channels but position_sensitive needs a multiple of 4 cells "
        "[data (2, 3, 8, 9), rois (5, 5)]",
        {"pooled_size": (2, 2), "spatial_scale": 1, "position_sensitive": True},
        {"data": (2, 3, 8, 9), "rois": (5, 5)},
    ),
    Bad(
        "_contrib_PSROIPooling",
        "_contrib_PSROIPooling 'node': data has 3 channels but output_dim 2 needs 8 [data (2, 3, 8, 9), rois (5, 5)]",
        {"pooled_size": 2, "spatial_scale": 1, "output_dim": 2},
        {"data": (2, 3, 8, 9), "rois": (5, 5)},
    ),
]
