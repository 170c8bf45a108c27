"""Calls that do nothing but call C functions, joined to blocks that cost one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from symbolnb.kernels.fused import chain
from symbolnb.kernels.native import Entry, entry_of

Call = Callable[[], object]


class Joined(NamedTuple):
    """Calls to run one after the other, and for each the number of its step, a block's being that of its first.

    `native` says whether all of them are C functions, of which none warns as NumPy does.
    """

    calls: Sequence[Call]
    steps: Sequence[int]
    native: bool


def joined(calls: Sequence[tuple[int, Call]]) -> Joined:
    """Numbered calls with neighbours joined where they can be; blocks end where an interrupt would wait too long."""
    groups: list[list[tuple[int, Call, Entry | None]]] = []
    weight = 0
    for number, call in calls:
        entry = entry_of(call)
        weight = 0 if entry is None else weight + entry.weight
        if not groups or entry is None or groups[-1][-1][2] is None or weight > chain.LONGEST:
            groups.append([])
            weight = 0 if entry is None else entry.weight
        groups[-1].append((number, call, entry))
    made = [group[0][1] if len(group) == 1 else _block(group) for group in groups]
    native = all(group[0][2] is not None for group in groups)
    return Joined(made, [group[0][0] for group in groups], native)


def _block(group: Sequence[tuple[int, Call, Entry | None]]) -> chain.Block:
    return chain.Block([(number, entry) for number, _, entry in group if entry is not None])
