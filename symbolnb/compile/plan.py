"""The memory plan: which bytes of one arena hold each intermediate result, and for how long.

Entries whose steps allow it share storage in place; views share the storage of what they show. Storages
that are never alive at the same time may overlap: they are placed largest first at the lowest free offset,
as in "Efficient Memory Management for Deep Neural Net Inference" (Pisarchyk and Lee, 2020), section 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ALIGNMENT = 64
"""Every storage starts at a multiple of this many bytes: a cache line, and what vector kernels want."""


@dataclass(frozen=True)
class Lifetime:
    """A storage: its bytes, and the first and last step (inclusive) at which they must be intact."""

    nbytes: int
    first: int
    last: int


@dataclass(frozen=True)
class Plan:
    """Where in the arena each storage lies, and how long it lives.

    `planned` is the size of the arena in bytes; `unplanned` what all intermediate results and workspaces
    together would take if each had memory of its own.
    """

    offsets: tuple[int, ...]
    lifetimes: tuple[Lifetime, ...]
    planned: int
    unplanned: int


def place(lifetimes: Sequence[Lifetime], unplanned: int) -> Plan:
    """Offsets for storages such that two that are alive at the same step never overlap.

    >>> plan = place([Lifetime(64, 0, 1), Lifetime(64, 1, 2), Lifetime(64, 2, 3)], unplanned=192)
    >>> plan.planned, plan.offsets
    (128, (0, 64, 0))
    """
    count = len(lifetimes)
    sizes = np.array([aligned(life.nbytes) for life in lifetimes], np.int64)
    first = np.array([life.first for life in lifetimes], np.int64)
    last = np.array([life.last for life in lifetimes], np.int64)
    offsets = np.zeros(count, np.int64)
    placed = np.zeros(count, bool)
    for index in np.lexsort((np.arange(count), first, -sizes)):
        rivals = np.flatnonzero(placed & (first <= last[index]) & (last >= first[index]))
        offsets[index] = _lowest_gap(offsets[rivals], sizes[rivals], int(sizes[index]))
        placed[index] = True
    planned = int((offsets + sizes).max()) if count else 0
    return Plan(tuple(int(offset) for offset in offsets), tuple(lifetimes), planned, unplanned)


def aligned(nbytes: int) -> int:
    """The bytes that a storage takes up, its alignment included."""
    return -(-nbytes // ALIGNMENT) * ALIGNMENT


def _lowest_gap(starts: np.ndarray, sizes: np.ndarray, wanted: int) -> int:
    """The lowest offset at which `wanted` bytes fit between the occupied ranges."""
    order = np.argsort(starts, kind="stable")
    starts, ends = starts[order], (starts + sizes)[order]
    reach = np.maximum.accumulate(np.concatenate(([0], ends)))  # where a range may begin, before each start
    fits = np.flatnonzero(starts - reach[:-1] >= wanted)
    return int(reach[fits[0]]) if len(fits) else int(reach[-1])
