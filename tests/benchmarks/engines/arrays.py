"""The arrays that every engine gets: the same numbers from a seed, in whatever environment."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = Any


def arrays(shapes: dict[str, list[int]], classes: int) -> dict[str, Array]:
    """Arrays for the variables of a network by name, such that its activations neither vanish nor grow.

    >>> sorted(arrays({"fc_weight": [2, 3], "fc_bias": [2]}, classes=2))
    ['fc_bias', 'fc_weight']
    """
    random = np.random.RandomState(0)  # its numbers are the same in every version of NumPy
    return {name: _values(random, name, tuple(shape), classes) for name, shape in shapes.items()}


def _values(random: Any, name: str, shape: tuple[int, ...], classes: int) -> Array:
    if name.endswith("label"):
        return random.randint(0, classes, shape).astype("float32")
    if name.endswith(("state", "state_cell")):
        return np.zeros(shape, "float32")
    if name.endswith(("gamma", "var")):
        low, high = 0.8, 1.2
    elif name.endswith(("beta", "bias", "mean", "parameters")):
        low, high = -0.05, 0.05
    elif name == "data":
        low, high = -1.0, 1.0
    else:
        high = math.sqrt(6 / max(1, math.prod(shape[1:])))  # He et al. (2015): keeps the variance through relu
        low = -high
    return random.uniform(low, high, shape).astype("float32")
