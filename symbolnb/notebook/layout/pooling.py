"""Places near to wished ones under minimum distances."""

from __future__ import annotations

from collections.abc import Sequence


def pool(wish: Sequence[float], weight: Sequence[float], distance: Sequence[float]) -> list[float]:
    """The places nearest to the wished ones that keep an order and distances.

    Nearest is by least weighted squares. ``distance[i]`` is from place i to the one before it, ``distance[0]``
    is 0. Neighbours that are too close are pooled until none are.

    >>> pool([0.0, 1.0, 9.0], [1.0, 1.0, 1.0], [0.0, 3.0, 3.0])
    [-1.0, 2.0, 9.0]
    """
    blocks: list[tuple[float, float, int]] = []
    offset = 0.0
    for wished, heavy, apart in zip(wish, weight, distance, strict=True):
        offset += apart
        total, mass, size = (wished - offset) * heavy, heavy, 1
        while blocks:
            before = blocks[-1]
            if before[0] / before[1] < total / mass:
                break
            blocks.pop()
            total, mass, size = before[0] + total, before[1] + mass, before[2] + size
        blocks.append((total, mass, size))
    out: list[float] = []
    offset = 0.0
    for total, mass, size in blocks:
        for _ in range(size):
            offset += distance[len(out)]
            out.append(total / mass + offset)
    return out


def median(ordered: Sequence[float]) -> float:
    """The middle of numbers in order, or the mean of the two in the middle."""
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 == 1 else (ordered[middle - 1] + ordered[middle]) / 2
