"""Two graphs in one view document, in which every node says what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Any, Literal

from symbolnb.notebook.drawing.model import View, ViewNode
from symbolnb.notebook.drawing.words import shape_text
from symbolnb.notebook.matching import match

Change = Literal["added", "removed", "changed"]

COPIED = ("name", "op", "family", "outputs", "parameters", "attributes")
"""What a changed node tells of how it was, beside its inputs."""


def overlay(before: View, after: View) -> View:
    """The view document of two graphs: the second one, with the removed nodes of the first.

    A document of that kind has the fields of `symbolnb.notebook.view` and those that are listed there for it. The
    inputs that a changed node has lost stand behind those that it has; ``lost`` says how many they are.
    """
    joined = _Overlay(before, after)
    nodes = joined.nodes()
    counts: dict[Change, int] = {
        kind: sum(node["change"] == kind for node in nodes) for kind in ("added", "removed", "changed")
    }
    heads = [{"node": joined.from_before[head["node"]], "output": head["output"]} for head in before["heads"]]
    error = after["error"]
    if error is not None and error["node"] is not None:
        error = {**error, "node": joined.from_after[error["node"]]}
    bodies = [
        *after.get("bodies", ()),
        *(one for one in before.get("bodies", ()) if one not in after.get("bodies", ())),
    ]
    return {
        **{key: value for key, value in after.items() if key != "values"},
        "nodes": nodes,
        "heads": [{**head, "node": joined.from_after[head["node"]]} for head in after["heads"]],
        "operators": {**before["operators"], **after["operators"]},
        "memory": None,
        **({"bodies": bodies} if bodies else {}),
        "error": error,
        "diff": {**counts, "title": before["title"], "heads": heads, "totals": before["totals"]},
    }


def halves(document: View) -> tuple[View, View]:
    """The two graphs of a document, in which nodes, and inputs by their ``change``, say what became of them."""
    told = document["diff"]
    before = {**document, "title": told["title"], "totals": told["totals"], "heads": told["heads"], "error": None}
    return (
        _half(before, [_restored(node) for node in document["nodes"] if node["change"] != "added"]),
        _half(document, [_marked(node, "added") for node in document["nodes"] if node["change"] != "removed"]),
    )


def _gone(before: list[View], now: list[View]) -> list[View]:
    """The inputs that a node has lost; where it moved ahead of their nodes these edges lead back."""
    there = {(one["node"], one["output"]) for one in now}
    return [one for one in before if (one["node"], one["output"]) not in there]


def _marked(node: ViewNode, change: Change) -> View:
    """A node whose inputs say which of them it has on one side only; it forgets the other side."""
    node = {**node, "inputs": node["inputs"][: len(node["inputs"]) - node.get("lost", 0)], "lost": 0}
    earlier = node["before"]
    if earlier is None or "inputs" not in earlier:
        return {**node, "before": None}
    mine, others = (node, earlier) if change == "added" else (earlier, node)
    there = {(one["node"], one["output"]) for one in others["inputs"]}
    inputs = [{**one, "change": None if (one["node"], one["output"]) in there else change} for one in mine["inputs"]]
    return {**node, **({} if change == "added" else earlier), "inputs": inputs, "before": None}


def _restored(node: ViewNode) -> View:
    """A node as it was; what failed in it then is not known, if it is still there."""
    if node["change"] == "removed":
        return node
    earlier = {} if node["before"] is None else node["before"]
    told = {key: value for key, value in earlier.items() if key != "inputs"}
    return {**_marked(node, "removed"), **told, "error": None}


def _half(document: View, nodes: list[View]) -> View:
    """A document of some nodes, by new numbers; those that they refer to are among them.

    ``both`` is the number of a node in the document of both graphs.
    """
    numbers = {node["id"]: number for number, node in enumerate(nodes)}
    heads = [{**head, "node": numbers[head["node"]]} for head in document["heads"]]
    kept = [
        {
            **node,
            "id": number,
            "both": node["id"],
            "inputs": [{**source, "node": numbers[source["node"]]} for source in node["inputs"]],
            "shape_from": None,
        }
        for number, node in enumerate(nodes)
    ]
    return {**document, "nodes": kept, "heads": heads}


class _Overlay:
    """The order of the nodes of both graphs, and what differs."""

    def __init__(self, before: View, after: View) -> None:
        self.before, self.after = before, after
        self.matches = match(before, after)
        new_of = {old: new for new, old in self.matches.items()}
        self.order = list(self._order(new_of))
        self.from_after = {new: i for i, (_, new) in enumerate(self.order) if new is not None}
        self.from_before = {old: i for i, (old, _) in enumerate(self.order) if old is not None}

    def _order(self, new_of: dict[int, int]) -> Iterator[tuple[int | None, int | None]]:
        """The nodes as pairs of numbers: the second graph's order, a removed node as soon as its inputs are there."""
        before = self.before["nodes"]
        missing = {node["id"]: _needed(node) for node in before if node["id"] not in new_of}
        waiting: dict[int, list[int]] = {}
        for number, needed in missing.items():
            for one in needed:
                waiting.setdefault(one, []).append(number)
        due = [number for number, needed in missing.items() if not needed]  # a heap, as it is sorted

        def comes(old: int) -> None:
            for number in waiting.get(old, ()):
                missing[number].discard(old)
                if not missing[number]:
                    heappush(due, number)

        for new in range(-1, len(self.after["nodes"])):
            if new >= 0:
                old = self.matches.get(new)
                yield old, new
                if old is not None:
                    comes(old)
            while due:
                number = heappop(due)
                yield number, None
                comes(number)

    def nodes(self) -> list[View]:
        """The nodes of the document."""
        return [self._node(number, old, new) for number, (old, new) in enumerate(self.order)]

    def _node(self, number: int, old: int | None, new: int | None) -> View:
        if new is None:
            assert old is not None
            gone = self._placed(self.before["nodes"][old], self.from_before)
            return {**gone, "id": number, "change": "removed", "changes": [], "before": None}
        now = self._placed(self.after["nodes"][new], self.from_after)
        if old is None:
            return {**now, "id": number, "change": "added", "changes": [], "before": None}
        was = self._placed(self.before["nodes"][old], self.from_before)
        changes = list(self._changes(was, now))
        earlier = {key: was[key] for key in (*COPIED, "inputs") if was[key] != now[key]} if changes else None
        lost = _gone(was["inputs"], now["inputs"])
        made = {**now, "id": number, "change": "changed" if changes else None, "changes": changes, "before": earlier}
        return {**made, "inputs": [*now["inputs"], *lost], "lost": len(lost)} if lost else made

    def _placed(self, node: ViewNode, places: dict[int, int]) -> View:
        """A node that refers to others by the numbers of this document."""
        inputs = [{**source, "node": places[source["node"]]} for source in node["inputs"]]
        origin = node["shape_from"]
        if origin is not None and origin["node"] is not None:
            origin = {**origin, "node": places[origin["node"]]}
        return {**node, "inputs": inputs, "shape_from": origin}

    def _changes(self, was: ViewNode, now: ViewNode) -> Iterator[View]:
        """What differs between a node before and after, as texts."""
        if was["name"] != now["name"]:
            yield _change("name", "", was["name"], now["name"])
        if was["op"] != now["op"]:
            yield _change("operator", "", was["op"], now["op"])
        yield from _values("parameter", *({p["name"]: p["value"] for p in node["parameters"]} for node in (was, now)))
        yield from _values("attribute", was["attributes"], now["attributes"])
        yield from self._inputs(was, now)
        for index in range(max(len(was["outputs"]), len(now["outputs"]))):
            yield from _output(was["outputs"][index : index + 1], now["outputs"][index : index + 1])

    def _inputs(self, was: ViewNode, now: ViewNode) -> Iterator[View]:
        """Inputs that come from elsewhere; those of different operators are compared in their order."""
        by_place = was["op"] != now["op"]
        old, new = (
            {index if by_place else source["name"]: source for index, source in enumerate(node["inputs"])}
            for node in (was, now)
        )
        for key in dict.fromkeys([*old, *new]):
            one, other = old.get(key), new.get(key)
            ends = [None if end is None else (end["node"], end["output"]) for end in (one, other)]
            if ends[0] != ends[1]:
                named: Any = one if other is None else other
                yield _change("input", named["name"], self._source(one, 0), self._source(other, 1))

    def _source(self, source: View | None, side: Literal[0, 1]) -> str | None:
        """The name that an input had on its side."""
        if source is None:
            return None
        number = self.order[source["node"]][side]
        nodes = (self.before, self.after)[side]["nodes"]
        name: str = nodes[number]["outputs"][source["output"]]["name"] if number is not None else ""
        return name


def _needed(node: ViewNode) -> set[int]:
    """What stands before a removed node: its inputs, and for a variable its predecessor."""
    predecessor = {node["id"] - 1} if node["op"] is None and node["id"] > 0 else set()
    return predecessor | {source["node"] for source in node["inputs"]}


def _change(what: str, name: str, before: str | None, after: str | None) -> View:
    return {"what": what, "name": name, "before": before, "after": after}


def _values(what: str, before: dict[str, str], after: dict[str, str]) -> Iterator[View]:
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            yield _change(what, name, before.get(name), after.get(name))


def _output(before: list[View], after: list[View]) -> Iterator[View]:
    """What differs at one output: its shape and its element type; outputs that are not there are empty lists."""
    name = (after or before)[0]["name"]
    for what in ("shape", "dtype"):
        texts = [_text(what, side[0][what]) if side else None for side in (before, after)]
        if texts[0] != texts[1]:
            yield _change(what, name, texts[0], texts[1])


def _text(what: str, value: Any) -> str:
    return shape_text(value) if what == "shape" else "?" if value is None else str(value)
