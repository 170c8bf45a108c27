"""Operators of computer vision: resizing, sampling, regions of interest, boxes, and image transformations."""

from symbolnb.ops.vision import (
    boxes,
    columns,
    crop,
    deformable,
    grid,
    multibox,
    proposal,
    resize,
    roi_align,
    roi_pooling,
    sampling,
    suppression,
    upsampling,
)

__all__ = [
    "boxes", "columns", "crop", "deformable", "grid", "multibox", "proposal", "resize", "roi_align", "roi_pooling",
    "sampling", "suppression", "upsampling",
]  # fmt: skip
