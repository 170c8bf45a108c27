"""Operators of computer vision: resizing, sampling, regions of interest, boxes, and image transformations."""

from symbolnb.ops.vision import columns, crop, deformable, grid, resize, sampling, upsampling

__all__ = ["columns", "crop", "deformable", "grid", "resize", "sampling", "upsampling"]
