"""The memory plan: which bytes of one arena hold each intermediate result, and for how long.

Entries whose steps allow it share storage in place; views share the storage of what they show. Storages
that are never alive at the same time may overlap: they are placed largest first at the lowest free offset,
as in "Efficient Memory Management for Deep Neural Net Inference" (Pisarchyk and Lee, 2020), section 5;
storages of one size that follow each other lie in the same place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

ALIGNMENT = 64
"""Every storage starts at a multiple of this many bytes: a cache line, and what vector kernels want."""


class Lifetime(NamedTuple):
    """A storage: its bytes, and the first and last step (inclusive) at which they must be intact."""

    nbytes: int
    first: int
    last: int


class Plan(NamedTuple):
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
    chains = _chains(lifetimes)
    space = _Space(max((life.last for life in lifetimes), default=-1) + 1, len(chains))
    offsets = [0] * len(lifetimes)
    for chain in sorted(chains, key=lambda chain: (-chain.size, chain.first)):
        offset = space.take(chain)
        for index in chain.members:
            offsets[index] = offset
    return Plan(tuple(offsets), tuple(lifetimes), space.extent, unplanned)


@dataclass
class _Chain:
    """Storages of one size of which each begins where the one before ends: they lie in the same place."""

    size: int
    first: int
    last: int
    members: list[int]


def _chains(lifetimes: Sequence[Lifetime]) -> list[_Chain]:
    found: list[_Chain] = []
    open_at: dict[tuple[int, int], list[_Chain]] = {}  # by size and the step at which the next may begin
    for index in sorted(range(len(lifetimes)), key=lambda index: lifetimes[index].first):
        life = lifetimes[index]
        size = aligned(life.nbytes)
        waiting = open_at.get((size, life.first))
        if waiting:
            chain = waiting.pop()
            chain.last = life.last
            chain.members.append(index)
        else:
            chain = _Chain(size, life.first, life.last, [index])
            found.append(chain)
        open_at.setdefault((size, life.last + 1), []).append(chain)
    return found


class _Space:
    """What is taken of the arena, by offset; and for every step, up to where and how many bytes.

    Where some step has no gap below the highest end of all, no step needs to be searched for one: networks in
    training fill the arena like a stack, and searching it again for each storage would take quadratic time.
    """

    def __init__(self, steps: int, capacity: int) -> None:
        self.extent = 0
        self._height, self._used = np.zeros(steps, np.int64), np.zeros(steps, np.int64)
        self._count = 0
        self._table = np.zeros((4, capacity), np.int64)  # starts, ends, first and last steps

    def take(self, chain: _Chain) -> int:
        """Mark the lowest offset that is free all the time as taken, and return it."""
        life = slice(chain.first, chain.last + 1)
        height = int(self._height[life].max())
        full = int(self._used[life].max()) == height
        offset = height if full else self._lowest_gap(chain)
        end = offset + chain.size
        np.maximum(self._height[life], end, out=self._height[life])
        self._used[life] += chain.size
        self.extent = max(self.extent, end)
        self._table[:, self._count] = offset, end, chain.first, chain.last
        self._count += 1
        return offset

    def _lowest_gap(self, chain: _Chain) -> int:
        """The lowest offset at which the chain fits between those that are alive together with it."""
        starts, ends, first, last = self._table[:, : self._count]
        rivals = np.flatnonzero((first <= chain.last) & (last >= chain.first))
        rivals = rivals[np.argsort(starts[rivals], kind="stable")]
        reach = np.maximum.accumulate(np.concatenate(([0], ends[rivals])))  # up to where it is taken, before each
        fits = np.flatnonzero(starts[rivals] - reach[:-1] >= chain.size)
        return int(reach[fits[0]]) if len(fits) else int(reach[-1])


def aligned(nbytes: int) -> int:
    """The bytes that a storage takes up, its alignment included."""
    return -(-nbytes // ALIGNMENT) * ALIGNMENT
