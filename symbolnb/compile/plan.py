"""The memory plan: which bytes of one arena hold each intermediate result, and for how long.

Entries whose steps allow it share storage in place; views share the storage of what they show. Storages
that are never alive at the same time may overlap: they are placed largest first at the lowest free offset,
as in "Efficient Memory Management for Deep Neural Net Inference" (Pisarchyk and Lee, 2020), section 5;
storages of one size that follow each other lie in the same place. Where that leaves gaps, other orders are tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

ALIGNMENT = 64
"""Every storage starts at a multiple of this many bytes: a cache line, and what vector kernels want."""

GAPS = 1.01
"""A plan of this many times the bytes that must be alive at once is good enough: trying another order takes time."""


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
    offsets, planned = _placed(sorted(chains, key=_by_size), len(lifetimes))
    enough = GAPS * _alive(lifetimes)
    alone = [_Chain(aligned(life.nbytes), *life[1:], [index]) for index, life in enumerate(lifetimes)]
    for order in (_by_size, _by_duration):
        if planned > enough:
            other = _placed(sorted(alone, key=order), len(lifetimes))
            offsets, planned = min((offsets, planned), other, key=lambda found: found[1])
    return Plan(tuple(offsets), tuple(lifetimes), planned, unplanned)


def _alive(lifetimes: Sequence[Lifetime]) -> int:
    """The most bytes of storages that are alive at one step: no plan can do with less."""
    change = np.zeros(max((life.last for life in lifetimes), default=-1) + 2, np.int64)
    for life in lifetimes:
        change[life.first] += aligned(life.nbytes)
        change[life.last + 1] -= aligned(life.nbytes)
    return int(change.cumsum().max(initial=0))


@dataclass
class _Chain:
    """Storages of one size of which each begins where the one before ends: they lie in the same place."""

    size: int
    first: int
    last: int
    members: list[int]


def _by_size(chain: _Chain) -> tuple[int, int]:
    return -chain.size, chain.first


def _by_duration(chain: _Chain) -> tuple[int, int]:
    return chain.first - chain.last, -chain.size


def _placed(chains: Sequence[_Chain], count: int) -> tuple[list[int], int]:
    """The offsets of `count` storages whose chains are placed one after the other, and the bytes that all take."""
    space = _Space(max((chain.last for chain in chains), default=-1) + 1, len(chains))
    offsets = [0] * count
    for chain in chains:
        offset = space.take(chain)
        for index in chain.members:
            offsets[index] = offset
    return offsets, space.extent


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
