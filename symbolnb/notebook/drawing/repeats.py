"""Blocks that stand several times in a row become a group that is shown once, with a count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from symbolnb.notebook.style import STYLE

LEAST: int = STYLE["repeats"]["least"]
LONGEST: int = STYLE["repeats"]["longest"]
NODES: int = STYLE["repeats"]["nodes"]
MOST_CUT: int = STYLE["repeats"]["cut"]


@dataclass(frozen=True)
class Tree:
    """A node, or a group, whose node is -1; a group of equal blocks has their number as `repeat`."""

    name: str
    node: int = -1
    children: list[Tree] = field(default_factory=list)
    repeat: int = 0


@dataclass(frozen=True)
class Item:
    """A member of a group: what it is, and how far before it its inputs stand."""

    sign: int
    sources: tuple[int, ...]


@dataclass(frozen=True)
class Repeat:
    """So many blocks of so many items each."""

    start: int
    period: int
    count: int


def _alike(a: Item, b: Item, period: int) -> bool:
    """Can one item stand for the other? Inputs from before the block may come from anywhere there."""
    if a.sign != b.sign or len(a.sources) != len(b.sources):
        return False
    return all(one == two or (one > period and two > period) for one, two in zip(a.sources, b.sources, strict=True))


def _cut_at(items: Sequence[Item], start: int, period: int) -> int:
    """How many items from outside a block, among those of the block before it, the block needs."""
    block = range(start, min(len(items), start + period))
    needed = {i - source for i in block for source in items[i].sources if source > 0}
    return sum(place < start for place in needed)


def find_repeats(items: Sequence[Item], worth: Callable[[int, int], bool]) -> list[Repeat]:
    """The repeats among the items of a group, cut where the fewest edges pass; no block repeats itself."""
    longest = min(LONGEST, len(items) // LEAST)
    runs = [[0] * (len(items) + 1) for _ in range(longest + 1)]
    for period in range(1, longest + 1):
        run = runs[period]
        for i in range(len(items) - period - 1, -1, -1):
            run[i] = run[i + 1] + 1 if _alike(items[i], items[i + period], period) else 0

    def count(start: int, period: int) -> int:
        return runs[period][start] // period + 1

    def primitive(start: int, period: int) -> bool:
        return not any(period % part == 0 and runs[part][start] >= period - part for part in range(1, period))

    found = []
    i = 0
    while i < len(items):
        periods = [p for p in range(1, longest + 1) if count(i, p) >= LEAST and worth(i, p) and primitive(i, p)]
        best = max(periods, key=lambda p: count(i, p) * p, default=0)
        start = _best_start(items, i, best, count) if best else i
        if best == 0 or _cut_at(items, start + best, best) > MOST_CUT:
            i += 1
            continue
        found.append(Repeat(start, best, count(start, best)))
        i = start + best * count(start, best)
    return found


def _best_start(items: Sequence[Item], first: int, period: int, count: Callable[[int, int], int]) -> int:
    best, fewest = first, len(items) + 1
    for start in range(first, first + period):
        if count(start, period) < max(LEAST, count(first, period) - 1):
            break
        cut = _cut_at(items, start + period, period)
        if cut < fewest:
            best, fewest = start, cut
    return best


class _Folder:
    def __init__(self, nodes: list[dict[str, Any]], folded: list[bool]) -> None:
        self.nodes, self.folded = nodes, folded
        self.signs: dict[Any, int] = {}
        self.place = [-1] * len(nodes)

    def sign(self, what: Any) -> int:
        """The number of a description, the same for the same one."""
        return self.signs.setdefault(what, len(self.signs))

    def describe(self, node: dict[str, Any]) -> Any:
        """What must be equal in nodes that stand for each other."""
        changed = tuple((one["name"], one["value"]) for one in node["parameters"] if not one["default"])
        inputs = tuple((one["output"], self.folded[one["node"]]) for one in node["inputs"])
        return node["kind"] if node["op"] is None else node["op"], changed, inputs, node["error"] is not None

    def fold(self, tree: Tree) -> tuple[Tree, int, list[int]]:
        """Folds what is in a tree, then its own members; with its sign and its nodes."""
        if tree.node >= 0:
            return tree, self.sign(self.describe(self.nodes[tree.node])), [tree.node]
        parts = [self.fold(child) for child in tree.children]
        for i, (_, _, within) in enumerate(parts):
            for node in within:
                self.place[node] = i
        nodes = [node for _, _, within in parts for node in within]
        inside = set(nodes)
        items = []
        for i, (_, sign, within) in enumerate(parts):
            inputs = [one["node"] for node in within for one in self.nodes[node]["inputs"] if one["node"] in inside]
            items.append(Item(sign, tuple(sorted({i - self.place[one] for one in inputs if self.place[one] != i}))))
        children = self.wrap(tree, [part for part, _, _ in parts], items)
        return replace(tree, children=children), self.sign(("group", tuple(items))), nodes

    def wrap(self, tree: Tree, children: list[Tree], items: list[Item]) -> list[Tree]:
        """The members of a group with every repeat as one."""

        def worth(start: int, period: int) -> bool:
            return children[start].node < 0 if period == 1 else period >= NODES

        out: list[Tree] = []
        at = 0
        for repeat in find_repeats(items, worth):
            period, end = repeat.period, repeat.start + repeat.period * repeat.count
            out += children[at : repeat.start]
            every = children[repeat.start : end]
            blocks = every
            if period > 1:
                blocks = [self.group(tree, every[i : i + period], 0) for i in range(0, len(every), period)]
            out.append(replace(self.group(tree, every, repeat.count), children=blocks))
            at = end
        return [*out, *children[at:]]

    def group(self, tree: Tree, children: list[Tree], repeat: int) -> Tree:
        """Members of a group as a group of their own, named after the first and the last."""

        def name(child: Tree) -> str:
            full: str = self.nodes[child.node]["name"] if child.node >= 0 else child.name
            return full.removeprefix(f"{tree.name}_") if tree.name else full

        return Tree(f"{name(children[0])} … {name(children[-1])}", -1, children, repeat)


def fold_repeats(nodes: list[dict[str, Any]], folded: list[bool], tree: Tree) -> Tree:
    """A tree of groups in which repeated blocks are members of a group with their count."""
    return _Folder(nodes, folded).fold(tree)[0]
