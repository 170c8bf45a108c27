"""Blocks that move to where they wish to be; those that push each other move together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbolnb.notebook.layout.components import find
from symbolnb.notebook.layout.order import Layers

TOUCHING = 1e-6

Gaps = list[list[tuple[int, float]]]
"""For each block its neighbours on one side, and how far to stay from them."""


class Neighbours:
    """Which blocks stand beside which, satellites between them taken as part of the distance."""

    def __init__(
        self,
        layers: Layers,
        distance: Sequence[Sequence[float]],
        block: Sequence[int],
        satellite: Sequence[bool],
        count: int,
    ) -> None:
        self.left: Gaps = [[] for _ in range(count)]
        self.right: Gaps = [[] for _ in range(count)]
        for layer, gaps in zip(layers, distance, strict=True):
            last, apart = -1, 0.0
            for cell, gap in zip(layer, gaps, strict=True):
                apart += gap
                if satellite[cell]:
                    continue
                if last >= 0:
                    self.left[block[cell]].append((last, apart))
                    self.right[last].append((block[cell], apart))
                last, apart = block[cell], 0.0


@dataclass(frozen=True)
class _Region:
    blocks: list[int]
    force: float


def _regions(order: Sequence[int], right: Gaps, places: Sequence[float], force: Sequence[float]) -> list[_Region]:
    """Neighbours of which one wishes further into the other than that one gives way are one region."""
    head = list(range(len(places)))
    weight = [1] * len(places)
    total = list(force)
    for block in order:
        for other, apart in right[block]:
            if places[other] - places[block] - apart > TOUCHING:
                continue
            a, b = find(head, block), find(head, other)
            if a == b or total[a] / weight[a] <= total[b] / weight[b]:
                continue
            head[b] = a
            total[a] += total[b]
            weight[a] += weight[b]
    members: dict[int, list[int]] = {}
    for block in order:
        members.setdefault(find(head, block), []).append(block)
    return [_Region(blocks, total[at] / weight[at]) for at, blocks in members.items()]


def relax(order: Sequence[int], near: Neighbours, places: list[float], force: Sequence[float]) -> float:
    """Moves blocks as far as they wish and there is room, and says how far the one went that went farthest.

    `order` has the blocks that move, from left to right.
    """
    regions = _regions(order, near.right, places, force)
    region = [-1] * len(places)
    for i, one in enumerate(regions):
        for block in one.blocks:
            region[block] = i

    def move(one: _Region) -> float:
        by = abs(one.force)
        side = near.left if one.force < 0 else near.right
        for block in one.blocks:
            for other, apart in side[block]:
                if region[other] != region[block]:
                    by = min(by, max(0.0, abs(places[other] - places[block]) - apart))
        for block in one.blocks:
            places[block] += -by if one.force < 0 else by
        return by

    farthest = [move(one) for one in regions if one.force < 0]
    farthest += [move(one) for one in reversed(regions) if one.force > 0]
    return max(farthest, default=0.0)
