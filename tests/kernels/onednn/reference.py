"""Slow, obvious NumPy answers for the tests of the oneDNN binding, in float64."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

Array = Any  # NumPy's own types cannot say how an index tuple is put together


def padded(x: Array, before: tuple[int, ...], after: tuple[int, ...], value: float = 0.0) -> Array:
    """`x` with its spatial dimensions padded."""
    pads = [(0, 0), (0, 0), *zip(before, after, strict=True)]
    return np.pad(x.astype(np.float64), pads, constant_values=value)


def windows(
    size: tuple[int, ...], kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
    """Each output position with the slices of the padded input that its window covers."""
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    counts = [(n - r) // s + 1 for n, r, s in zip(size, reach, stride, strict=True)]
    for place in itertools.product(*map(range, counts)):
        starts = [p * s for p, s in zip(place, stride, strict=True)]
        yield place, tuple(slice(a, a + r, d) for a, r, d in zip(starts, reach, dilation, strict=True))


def output_size(
    size: tuple[int, ...], kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> tuple[int, ...]:
    """The spatial shape of the result for a padded input of `size`."""
    last, _ = max(windows(size, kernel, stride, dilation))
    return tuple(place + 1 for place in last)


def convolution(x: Array, w: Array, groups: int, stride: Any, dilation: Any, pad: Any) -> Array:
    """Convolution of (N, C, ...) with (O, C / groups, ...)."""
    x = padded(x, pad, pad)
    kernel = w.shape[2:]
    grouped = w.astype(np.float64).reshape(groups, -1, *w.shape[1:])
    size = output_size(x.shape[2:], kernel, stride, dilation)
    out = np.zeros((x.shape[0], groups, grouped.shape[1], *size))
    for place, cut in windows(x.shape[2:], kernel, stride, dilation):
        patch = x[(slice(None), slice(None), *cut)].reshape(x.shape[0], groups, -1)
        taps = grouped.reshape(groups, grouped.shape[1], -1)
        out[(slice(None), slice(None), slice(None), *place)] = np.einsum("ngk,gok->ngo", patch, taps)
    return out.reshape(x.shape[0], -1, *size)
