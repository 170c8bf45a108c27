"""Two graphs beside each other: what is in both stands at the same height, as far as that can be.

Each graph keeps its layout; it is only stretched where nothing but wires would be cut. ``js/align.js`` does the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from symbolnb.notebook.drawing.arrange import Picture, PlacedBox
from symbolnb.notebook.drawing.boxes import box_room
from symbolnb.notebook.drawing.model import Model, group_paths

SAME = 0.5
"""Places closer than this are one."""

Span = tuple[float, float]
"""From where to where a box stands, along the graph."""

Stretch = tuple[float, float]
"""A place, and how much further everything from there on moves."""


def _blocks(spans: Sequence[Span]) -> list[Span]:
    """The stretches of a graph in which boxes stand, none touching another."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and start < out[-1][1] - SAME:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def _is_clear(blocked: Sequence[Span], at: float) -> bool:
    """Whether a graph could be cut here without cutting a box."""
    return all(at <= start + SAME or at >= end - SAME for start, end in blocked)


def _longest_chain(pairs: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Of pairs of places, as many as can follow each other on both sides."""
    ordered = sorted(pairs)
    best, before, last = [1] * len(ordered), [-1] * len(ordered), -1
    for i, (one, other) in enumerate(ordered):
        for k in range(i):
            if ordered[k][0] + SAME < one and ordered[k][1] + SAME < other and best[k] + 1 > best[i]:
                best[i], before[i] = best[k] + 1, k
        if last < 0 or best[i] > best[last]:
            last = i
    chain: list[tuple[float, float]] = []
    while last >= 0:
        chain.insert(0, ordered[last])
        last = before[last]
    return chain


def stretches(
    pairs: Sequence[tuple[float, float]], spans: tuple[Sequence[Span], Sequence[Span]]
) -> tuple[list[Stretch], list[Stretch]]:
    """How two graphs are stretched so that pairs of places meet.

    `pairs` are where the same thing begins in both, `spans` their boxes.

    >>> stretches([(0, 0), (50, 80)], ([(0, 30), (50, 70)], [(0, 60), (80, 99)]))
    ([(50, 30.0)], [])
    """
    blocked = [_blocks(side) for side in spans]
    clear = [pair for pair in dict.fromkeys(pairs) if all(map(_is_clear, blocked, pair))]
    out: tuple[list[Stretch], list[Stretch]] = ([], [])
    moved = [0.0, 0.0]
    for pair in _longest_chain(clear):
        meet = max(pair[0] + moved[0], pair[1] + moved[1])
        for side in (0, 1):
            by = meet - pair[side] - moved[side]
            if by >= SAME:
                out[side].append((pair[side], by))
                moved[side] += by
    return out


def stretched(stretch: Sequence[Stretch], at: float) -> float:
    """Where a place comes to stand."""
    return at + sum(by for place, by in stretch if at >= place - SAME)


def _places(model: Model, picture: Picture) -> Iterator[tuple[tuple[str, int | str], float]]:
    """What can be found again in the other graph, and where it begins: nodes by their numbers in the document of
    both, groups by their paths."""
    paths = {number: path for path, number in group_paths(model).items()}
    for placed in picture.boxes:
        begin = placed.x if picture.sideways else placed.y
        if placed.box.node < 0:
            yield ("group", paths[placed.box.group]), begin
        else:
            yield ("node", model.nodes[placed.box.node]["both"]), begin
    for frame in picture.frames:
        yield ("group", paths[frame.group]), frame.x if picture.sideways else frame.y


def align(before: tuple[Model, Picture], after: tuple[Model, Picture]) -> tuple[Picture, Picture]:
    """The pictures of two graphs, stretched so that what both have stands at the same height.

    The graphs are the `halves` of a document of two.
    """
    first, second = (dict(_places(*half)) for half in (before, after))
    pairs = [(at, second[key]) for key, at in first.items() if key in second]
    lists = stretches(pairs, (_spans(before[1]), _spans(after[1])))
    return _apply(before[1], lists[0]), _apply(after[1], lists[1])


def _spans(picture: Picture) -> list[Span]:
    return [_span(placed, picture.sideways) for placed in picture.boxes]


def _span(placed: PlacedBox, sideways: bool) -> Span:
    width, height = box_room(placed.box)
    return (placed.x, placed.x + width) if sideways else (placed.y, placed.y + height)


def _apply(picture: Picture, stretch: Sequence[Stretch]) -> Picture:
    """A stretched picture."""

    def move(x: float, y: float) -> tuple[float, float]:
        return (stretched(stretch, x), y) if picture.sideways else (x, stretched(stretch, y))

    width, height = move(picture.width, picture.height)
    out = Picture(width, height, picture.sideways)
    for placed in picture.boxes:
        x, y = move(placed.x, placed.y)
        out.boxes.append(replace(placed, x=x, y=y))
    for frame in picture.frames:
        x, y = move(frame.x, frame.y)
        right, bottom = move(frame.x + frame.width, frame.y + frame.height)
        out.frames.append(replace(frame, x=x, y=y, width=right - x, height=bottom - y))
    for chip in picture.chips:
        x, y = move(chip.x, chip.y)
        out.chips.append(replace(chip, x=x, y=y))
    out.wires.extend(replace(wire, points=[move(*point) for point in wire.points]) for wire in picture.wires)
    return out
