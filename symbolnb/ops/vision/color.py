"""Changes of an image's brightness, contrast, saturation, hue and lighting, and random flips.

Images are ``(height, width, channels)`` with one or three channels, the colours red, green, blue from 0 to 255. As in
MXNet, gradients go through unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any, ClassVar

import numpy as np

from symbolnb.dtypes import is_float
from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import same_shapes
from symbolnb.ops.term import Term
from symbolnb.ops.vision.image import assign, of_image

LIGHT = np.array([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]]) * np.array(
    [55.46, 4.794, 1.148]
)
"""How the colours of ImageNet's pictures vary: the principal components, each times its standard deviation."""
GRAY = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in brightness."""


class Recolored(Operator):
    """An image of the same size whose gradient is taken as unchanged."""

    channels: ClassVar[bool] = True

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        (data,), outs = same_shapes(inputs, outputs)
        of_image(data, batches=False)
        if self.channels and data is not None and data[2] not in (None, 1, 3):
            raise ShapeError(f"data is {show_shape(data)} but must have 1 or 3 channels, on its last axis")
        return [data], outs

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (grads[0] if is_float(inputs[0].dtype) else None,)


def wide(xp: ModuleType, image: Array) -> Array:
    """The image in a type to compute in."""
    return image.astype("float64" if image.dtype == np.float64 else "float32")


def gray(xp: ModuleType, image: Array) -> Array:
    """The brightness of each pixel, ``(height, width, 1)``."""
    if image.shape[2] == 1:
        return image
    return (image * xp.asarray(GRAY, image.dtype)).sum(axis=2, keepdims=True)


def brighter(xp: ModuleType, image: Array, factor: float) -> Array:
    """The image times a factor."""
    return image * factor


def more_contrast(xp: ModuleType, image: Array, factor: float) -> Array:
    """The image with its distance from its mean brightness times a factor."""
    return image * factor + gray(xp, image).mean() * (1 - factor)


def more_saturated(xp: ModuleType, image: Array, factor: float) -> Array:
    """The image with each pixel's distance from its own brightness times a factor."""
    return image if image.shape[2] == 1 else image * factor + gray(xp, image) * (1 - factor)


def turned_hue(xp: ModuleType, image: Array, turns: float) -> Array:
    """The image with every hue moved so many times around the circle of colours, at the same lightness."""
    if image.shape[2] == 1:
        return image
    share = image / 255
    high, low = share.max(axis=2), share.min(axis=2)
    lightness, spread = (high + low) / 2, high - low
    safe = xp.where(spread > 0, spread, 1)
    red, green, blue = (share[:, :, channel] for channel in range(3))
    sector = xp.where(
        high == red, (green - blue) / safe, xp.where(high == green, 2 + (blue - red) / safe, 4 + (red - green) / safe)
    )
    hue = (sector + 6 * turns) % 6
    made = []
    for start in (0.0, 2.0, 4.0):  # a channel is high within a sixth of the circle on both sides of its own hue
        distance = xp.abs((hue - start + 3) % 6 - 3)
        made.append(lightness + spread * (xp.clip(2 - distance, 0, 1) - 0.5))
    return xp.stack(made, axis=2) * 255


def lit(xp: ModuleType, image: Array, alpha: Any) -> Array:
    """The image with the principal components of lighting added, so much of each."""
    return image if image.shape[2] == 1 else image + xp.asarray(LIGHT @ np.asarray(alpha), image.dtype)


@register
class AdjustLighting(Recolored):
    """An image in other light: so much of each principal component of ImageNet's colours added."""

    name = "_image_adjust_lighting"

    alpha: tuple[float, ...] = p.numbers(doc="how much of each of the three components")

    def __post_init__(self) -> None:
        if len(self.alpha) != 3:
            raise ParameterError(f"alpha is {self.alpha} but must have 3 numbers")

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        assign(xp, outputs[0], lit(xp, wide(xp, inputs[0]), self.alpha))


@with_fields
class ByFactor(Recolored):
    """A change by a random factor between two bounds."""

    random = True
    change: ClassVar[Any]

    min_factor: float = p.number(minimum=0, doc="least factor")
    max_factor: float = p.number(minimum=0, doc="greatest factor")

    def sample(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array], random: Any) -> None:
        factor = self.min_factor + (self.max_factor - self.min_factor) * float(random.random())
        assign(xp, outputs[0], type(self).change(xp, wide(xp, inputs[0]), factor))


@register
class RandomBrightness(ByFactor):
    """An image times a random factor."""

    name = "_image_random_brightness"
    change = staticmethod(brighter)


@register
class RandomContrast(ByFactor):
    """An image with its distance from its mean brightness times a random factor."""

    name = "_image_random_contrast"
    change = staticmethod(more_contrast)


@register
class RandomSaturation(ByFactor):
    """An image with each pixel's distance from its own brightness times a random factor."""

    name = "_image_random_saturation"
    change = staticmethod(more_saturated)


@register
class RandomHue(ByFactor):
    """An image with its hues moved around the circle of colours, so many times as a random factor says."""

    name = "_image_random_hue"
    change = staticmethod(turned_hue)


@register
class RandomColorJitter(Recolored):
    """An image with random brightness, contrast, saturation and hue, changed in random order.

    Each factor lies between 1 - x and 1 + x, and a change of which x is 0 is left out.
    """

    name = "_image_random_color_jitter"
    random = True

    brightness: float = p.number(minimum=0, doc="how far the factor of brightness may be from 1")
    contrast: float = p.number(minimum=0, doc="how far the factor of contrast may be from 1")
    saturation: float = p.number(minimum=0, doc="how far the factor of saturation may be from 1")
    hue: float = p.number(minimum=0, doc="how far, in turns, hues may move")

    def sample(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array], random: Any) -> None:
        changes = list(zip(
            (brighter, more_contrast, more_saturated, turned_hue),
            (self.brightness, self.contrast, self.saturation, self.hue), strict=True,
        ))  # fmt: skip
        draws = [float(random.random()) for _ in range(8)]
        image = wide(xp, inputs[0])
        for index in sorted(range(4), key=draws.__getitem__):
            change, reach = changes[index]
            if reach > 0:
                image = change(xp, image, 1 + reach * (2 * draws[4 + index] - 1))
        assign(xp, outputs[0], image)


@register
class RandomLighting(Recolored):
    """An image in random light: so much of each principal component of ImageNet's colours added."""

    name = "_image_random_lighting"
    random = True

    alpha_std: float = p.number(0.05, minimum=0, doc="standard deviation of how much is added")

    def sample(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array], random: Any) -> None:
        alpha = [float(number) * self.alpha_std for number in random.standard_normal(3)]
        assign(xp, outputs[0], lit(xp, wide(xp, inputs[0]), alpha))


class RandomFlip(Recolored):
    """An image that is turned around along an axis in half of the cases."""

    channels = False
    random = True
    axis = 0

    def sample(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array], random: Any) -> None:
        outputs[0][...] = xp.flip(inputs[0], self.axis) if float(random.random()) < 0.5 else inputs[0]


@register
class RandomFlipLeftRight(RandomFlip):
    """An image with left and right exchanged, or as it is, with the same probability."""

    name = "_image_random_flip_left_right"
    axis = 1


@register
class RandomFlipTopBottom(RandomFlip):
    """An image with top and bottom exchanged, or as it is, with the same probability."""

    name = "_image_random_flip_top_bottom"
