"""What an array holds, in a few numbers and a histogram: small enough to go with a picture of its graph."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, isfinite, sqrt
from typing import Any

import numpy as np

from symbolnb.ndarray import NDArray

BINS = 24
"""How many parts of equal width the histogram has, between the least and the greatest number."""

DIGITS = 6
"""How many digits of a number are kept."""

CHUNK = 2**18
"""How many elements are looked at together: they stay in the processor's cache, in double precision."""


def statistics(array: Any) -> dict[str, Any]:
    """The statistics of an array of NumPy, CuPy or of an `NDArray`, as plain JSON.

    ``size`` is the number of elements; ``zeros``, ``nan`` and ``inf`` (of either sign) count elements. Over the finite
    elements there are ``min``, ``max``, ``mean``, the population's standard deviation ``std``, each null where there is
    none, and ``counts``, the histogram: `BINS` parts from min to max, a single one where all are equal.

    >>> statistics(np.array([0.0, 1.0, 3.0, np.nan]))["mean"]
    1.33333
    """
    flat = _on_host(array).reshape(-1)
    found = {"size": flat.size, "zeros": 0, "nan": 0, "inf": 0}
    finite, total, least, most = 0, 0.0, inf, -inf
    for chunk in _chunks(flat):
        kept = chunk[np.isfinite(chunk)]
        missing = int(np.isnan(chunk).sum())
        found["nan"] += missing
        found["inf"] += chunk.size - kept.size - missing
        found["zeros"] += int((kept == 0).sum())
        if kept.size > 0:
            finite += kept.size
            total += float(kept.sum())
            least, most = min(least, float(kept.min())), max(most, float(kept.max()))
    if finite == 0:
        return {**found, "min": None, "max": None, "mean": None, "std": None, "counts": []}
    mean = total / finite
    squares, counts = _spread(flat, least, most, mean)
    numbers = {"min": least, "max": most, "mean": mean, "std": sqrt(squares / finite)}
    rounded = {name: float(f"{value:.{DIGITS}g}") if isfinite(value) else None for name, value in numbers.items()}
    return {**found, **rounded, "counts": counts if least < most else [finite]}


def _spread(flat: Any, least: float, most: float, mean: float) -> tuple[float, list[int]]:
    """The sum of the squared distances from the mean, and the histogram."""
    squares, counts = 0.0, np.zeros(BINS, int)
    width = most / 2 - least / 2  # halves: the distance of the two greatest numbers is none
    with np.errstate(over="ignore"):
        for chunk in _chunks(flat):
            kept = chunk[np.isfinite(chunk)]
            squares += float(np.square(kept - mean).sum())
            if width > 0:
                counts += np.histogram((kept / 2 - least / 2) / width, BINS, (0, 1))[0]
    return squares, counts.tolist()


def _chunks(flat: Any) -> Iterator[Any]:
    for start in range(0, flat.size, CHUNK):
        yield flat[start : start + CHUNK].astype(np.float64)


def _on_host(array: Any) -> np.ndarray[Any, Any]:
    if isinstance(array, NDArray):
        return array.asnumpy()
    return np.asarray(array.get() if hasattr(array, "get") else array)
