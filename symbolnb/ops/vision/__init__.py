"""Operators of computer vision: resizing, sampling, regions of interest, boxes, and image transformations."""

from symbolnb.ops.vision import (
    boxes,
    color,
    columns,
    correlation,
    crop,
    deformable,
    deformable_roi,
    grid,
    image,
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
    "boxes", "color", "columns", "correlation", "crop", "deformable", "deformable_roi", "grid", "image",
    "multibox", "proposal", "resize", "roi_align", "roi_pooling", "sampling", "suppression", "upsampling",
]  # fmt: skip
