"""Weights and images for the model-zoo graphs, drawn from the names alone, with NumPy only.

MXNet's golden outputs and the tests use the same values without a file of 100 MB between them.
"""

import math
import zlib

import numpy as np


def drawn(name, shape, low, high):
    """Uniform float32 values between low and high; the same for the same name and shape, always."""
    values = np.random.default_rng(zlib.crc32(name.encode())).random(shape, dtype=np.float32)
    return values * np.float32(high - low) + np.float32(low)


def weight(name, shape):
    """Values for one argument or auxiliary state, by the ending of its name.

    Weights have He's variance for their fan-in, so that values keep their size from layer to layer;
    scales and variances lie around 1, everything else around 0.
    """
    if name.endswith("weight"):
        bound = math.sqrt(6 / math.prod(shape[1:]))
        return drawn(name, shape, -bound, bound)
    if name.endswith(("gamma", "running_var")):
        return drawn(name, shape, 0.5, 1.0 if name.endswith("gamma") else 1.5)
    return drawn(name, shape, -0.1, 0.1)


def image(shape):
    """A batch of images, its values between -1 and 1."""
    return drawn("image", shape, -1, 1)
