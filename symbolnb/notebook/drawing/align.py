"""Two graphs beside each other: what is in both stands at the same height, as far as that can be.

Each graph keeps its layout; it is only stretched where nothing but wires would be cut. ``js/align.js`` does the same.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

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
    """Whether a graph could be cut here without cutting a box; the blocks stand in order."""
    last = bisect_left(blocked, at, key=lambda block: block[0] + SAME) - 1
    return last < 0 or at >= blocked[last][1] - SAME


class _Best:
    """The longest chains that end at places of a second graph: asked for those before a place, grown by one each.

    The maxima of ranges whose lengths are powers of two (P. M. Fenwick, 1994); of equal chains the first counts.
    """

    def __init__(self, places: list[float]) -> None:
        self.places = sorted(places)
        self.best = [(0, 0)] * (len(places) + 1)

    def before(self, place: float) -> tuple[int, int]:
        """The longest chain that ends before a place: its length, and minus the number of its last pair."""
        at, found = bisect_left(self.places, place), (0, 1)
        while at > 0:
            found = max(found, self.best[at])
            at &= at - 1
        return found

    def add(self, place: float, length: int, number: int) -> None:
        """A chain that ends at a place."""
        at = bisect_left(self.places, place) + 1
        while at < len(self.best):
            self.best[at] = max(self.best[at], (length, -number))
            at += at & -at


def _longest_chain(pairs: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Of pairs of places, as many as can follow each other on both sides."""
    ordered = sorted(pairs)
    length, before = [1] * len(ordered), [-1] * len(ordered)
    ends, known = _Best([other + SAME for _, other in ordered]), 0
    for i, (one, other) in enumerate(ordered):
        while ordered[known][0] + SAME < one:
            ends.add(ordered[known][1] + SAME, length[known], known)
            known += 1
        longest, last = ends.before(other)
        length[i], before[i] = longest + 1, -last
    at = max(range(len(ordered)), key=lambda i: (length[i], -i), default=-1)
    chain: list[tuple[float, float]] = []
    while at >= 0:
        chain.append(ordered[at])
        at = before[at]
    return chain[::-1]


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


def stretched(stretch: Sequence[Stretch]) -> Callable[[float], float]:
    """Where places come to stand.

    >>> move = stretched([(50, 30), (80, 5)])
    >>> move(20), move(50), move(99)
    (20, 80, 134)
    """
    starts = [place - SAME for place, _ in stretch]
    moved = list(accumulate((by for _, by in stretch), initial=0))
    return lambda at: at + moved[bisect_right(starts, at)]


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

    along = stretched(stretch)

    def move(x: float, y: float) -> tuple[float, float]:
        return (along(x), y) if picture.sideways else (x, along(y))

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
