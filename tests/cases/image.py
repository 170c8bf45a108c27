"""Rows of the operators on images. MXNet's gradients of these are the output gradients, or errors."""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np

from tests.cases.row import Array, Bad, Row, Values, array, integers, normal, uniform

PICTURE = uniform(0, 255, 4, 5, 3)
BYTES = integers(0, 256, 4, 5, 3, dtype="uint8")


def row(operator: str, data: Values = PICTURE, gradient: str = "numerical", **parameters: Any) -> Row:
    """A row of an operator that draws no random numbers."""
    dtypes = ("uint8",) if data.dtype == "uint8" else ("float32", "float64")
    return Row(operator, parameters, {"data": data}, gradient="none" if data.dtype else gradient, dtypes=dtypes)


ROWS = [
    row("_image_to_tensor", gradient="none"),  # float32 whatever the data, too coarse for a slope
    row("_image_to_tensor", BYTES),
    row("_image_to_tensor", uniform(0, 255, 2, 4, 5, 3), gradient="none"),
    row("_image_normalize", normal(3, 4, 5), mean=(0.1, 0.2, 0.3), std=(1, 2, 3)),
    row("_image_normalize", normal(2, 3, 4, 5), mean=(0.5,), std=(0.25,)),
    Row("_image_normalize", {}, {"data": (3, 4, 5)}, lambda data: data, golden=False, gradient="numerical"),
    row("_image_normalize", integers(0, 256, 3, 4, 5, dtype="uint8"), mean=(20, 30, 40), std=(0.7, 2, 3)),
    row("_image_crop", x=1, y=2, width=3, height=2),
    row("_image_crop", uniform(0, 255, 2, 4, 5, 3), x=0, y=1, width=5, height=1),
    row("_image_crop", BYTES, x=1, y=2, width=3, height=2),
    row("_image_flip_left_right", uniform(0, 255, 3, 4, 3)),
    row("_image_flip_left_right", integers(0, 256, 3, 4, 1, dtype="uint8")),
    # MXNet leaves the middle column out.
    Row("_image_flip_left_right", {}, {"data": PICTURE}, lambda data: data[:, ::-1], golden=False, gradient="none"),
    row("_image_flip_top_bottom"),
    row("_image_flip_top_bottom", BYTES),
    row("_image_resize", size=(7, 3)),
    row("_image_resize", BYTES, size=(7, 3), interp=0),
    row("_image_resize", array(np.arange(24).reshape(4, 2, 3) * 10, "uint8"), size=(3, 2)),
    row("_image_resize", size=3),
    row("_image_resize", size=2, keep_ratio=True),
    row("_image_resize", uniform(0, 255, 6, 4, 1), size=3, keep_ratio=True),
    row("_image_resize", uniform(0, 255, 2, 4, 5, 3), size=(3, 6)),
    row("_image_adjust_lighting", gradient="golden", alpha=(0.1, -0.2, 0.3)),
    row("_image_adjust_lighting", BYTES, alpha=(0.1, -0.2, 0.3)),
]
ROWS += [
    row("_image_resize", uniform(0, 255, 12, 10, 3), size=size, interp=interp)
    for interp in range(5)
    for size in ((15, 17), (6, 5), (7, 14))
]


def recolor(change: Any) -> Any:
    """An oracle for an operator whose random factor can only be 3/4."""

    def changed(data: Array, **_: Any) -> Array:
        made = change(data.astype("float64"))
        return np.floor(np.clip(made, 0, 255)) if data.dtype == np.uint8 else made

    return changed


def brightness(data: Array) -> Array:
    """Of each pixel."""
    return np.einsum("hwc,c->hw", data, [0.299, 0.587, 0.114])[..., None]


def turned(data: Array) -> Array:
    """By three quarters of the circle, pixel by pixel."""
    made = np.empty_like(data)
    for place in np.ndindex(*data.shape[:2]):
        hue, lightness, saturation = colorsys.rgb_to_hls(*data[place] / 255)
        made[place] = np.array(colorsys.hls_to_rgb((hue + 0.75) % 1, lightness, saturation)) * 255
    return made


FACTORS = {"min_factor": 0.75, "max_factor": 0.75}
RANDOM = [
    ("_image_random_brightness", FACTORS, lambda data: data * 0.75),
    ("_image_random_contrast", FACTORS, lambda data: data * 0.75 + brightness(data).mean() * 0.25),
    ("_image_random_saturation", FACTORS, lambda data: data * 0.75 + brightness(data) * 0.25),
    ("_image_random_hue", FACTORS, turned),
    ("_image_random_lighting", {"alpha_std": 0}, lambda data: data),
    ("_image_random_color_jitter", {"brightness": 0, "contrast": 0, "saturation": 0, "hue": 0}, lambda data: data),
]
ROWS += [
    Row(operator, parameters, {"data": data}, recolor(change), golden=False, gradient="none", dtypes=dtypes)
    for operator, parameters, change in RANDOM
    for data, dtypes in ((PICTURE, ("float32", "float64")), (BYTES, ("uint8",)))
    if data is PICTURE or change is not turned  # which in float32 may fall short of a whole number
]
ROWS += [
    Row(operator, parameters, {"data": PICTURE}, golden=False, gradient="none", dtypes=("float32",))
    for operator, parameters in (
        ("_image_random_color_jitter", {"brightness": 0.3, "contrast": 0.2, "saturation": 0.4, "hue": 0.1}),
        ("_image_random_lighting", {}),
        ("_image_random_flip_left_right", {}),
        ("_image_random_flip_top_bottom", {}),
    )
]

BAD = [
    Bad(
        "_image_crop",
        "_image_crop 'node': data is (4, 5, 3), too small for 4 elements from 2 on axis -2 [data (4, 5, 3)]",
        {"x": 2, "y": 0, "width": 4, "height": 1},
        {"data": (4, 5, 3)},
    ),
    Bad(
        "_image_flip_left_right",
        "_image_flip_left_right 'node': data is (4, 5) but must be (height, width, channels) [data (4, 5)]",
        {},
        {"data": (4, 5)},
    ),
    Bad(
        "_image_random_brightness",
        "_image_random_brightness 'node': data is (4, 5, 2) but must have 1 or 3 channels, on its last axis "
        "[data (4, 5, 2)]",
        FACTORS,
        {"data": (4, 5, 2)},
    ),
    Bad(
        "_image_normalize",
        "_image_normalize 'node': mean has 2 numbers but data (3, 4, 5) has 3 channels [data (3, 4, 5)]",
        {"mean": (1, 2)},
        {"data": (3, 4, 5)},
    ),
    Bad(
        "_image_adjust_lighting",
        "_image_adjust_lighting: alpha is (1.0, 2.0) but must have 3 numbers",
        {"alpha": (1, 2)},
        error="ParameterError",
    ),
]
