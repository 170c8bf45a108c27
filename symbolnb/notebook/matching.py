"""Which nodes of two graphs are the same: by their names, and where names differ by what they do with what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from symbolnb.notebook.drawing.model import View, ViewNode

Matches = dict[int, int]
"""Nodes of the second graph, and those of the first that they are."""


def match(before: View, after: View) -> Matches:
    """The nodes that both view documents have.

    Nodes of one name are the same, if the name is unique in both and both are variables or both operators. Of the
    others those are the same that do the same with the same inputs; then those that feed the same input of nodes
    that are the same; then those that do something of the same kind with the same inputs.
    """
    found = _Matching(before["nodes"], after["nodes"])
    found.by_name()
    while found.by_function(exact=True) or found.by_user() or found.by_heads(before, after):
        pass
    while found.by_function(exact=False) or found.by_user() or found.by_function(exact=True):
        pass
    return found.matches


class _Matching:
    """Matches found so far; every method adds some and says whether it did."""

    def __init__(self, before: list[ViewNode], after: list[ViewNode]) -> None:
        self.before, self.after = before, after
        self.matches: Matches = {}
        self.taken: set[int] = set()

    def _add(self, old: int, new: int) -> bool:
        """Match two nodes if both are free and of a kind."""
        fits = _alike(self.before[old], self.after[new])
        if not fits or new in self.matches or old in self.taken:
            return False
        self.matches[new] = old
        self.taken.add(old)
        return True

    def by_name(self) -> None:
        """Nodes whose name both graphs have once."""
        counts = [Counter(node["name"] for node in nodes) for nodes in (self.before, self.after)]
        places = {node["name"]: node["id"] for node in self.before}
        for node in self.after:
            if all(count[node["name"]] == 1 for count in counts):
                old = places[node["name"]]
                if (self.before[old]["op"] is None) == (node["op"] is None):
                    self.matches[node["id"]] = old
                    self.taken.add(old)

    def by_function(self, exact: bool) -> bool:
        """Operators of the same inputs: exactly the same ones, or of the same name."""
        waiting: dict[Hashable, list[int]] = {}
        for node in self.before:
            if node["op"] is not None and node["id"] not in self.taken:
                key = self._key(node, None, exact)
                waiting.setdefault(key, []).append(node["id"])
        grown = False
        for node in self.after:
            if node["op"] is not None and node["id"] not in self.matches:
                candidates = waiting.get(self._key(node, self.matches, exact), [])
                if candidates and self._add(candidates[0], node["id"]):
                    candidates.pop(0)
                    grown = True
        return grown

    def _key(self, node: ViewNode, matches: Matches | None, exact: bool) -> Hashable:
        """What an operator does, with which nodes of the first graph; free variables are all alike."""
        nodes = self.before if matches is None else self.after
        inputs: list[Hashable] = []
        for source in node["inputs"]:
            number = source["node"] if matches is None else matches.get(source["node"])
            free = source["node"] not in self.taken if matches is None else number is None
            if free and nodes[source["node"]]["op"] is None:
                inputs.append(("variable", source["output"]))
            else:
                inputs.append((number if not free else ("free", matches is None, source["node"]), source["output"]))
        parameters = tuple((p["name"], p["value"]) for p in node["parameters"]) if exact else ()
        return node["op"], parameters, tuple(inputs)

    def by_user(self) -> bool:
        """Nodes that feed the same inputs of operators that are the same."""
        grown = False
        for new, old in list(self.matches.items()):
            sources = {source["name"]: source["node"] for source in self.before[old]["inputs"]}
            for source in self.after[new]["inputs"]:
                if source["name"] in sources:
                    grown |= self._add(sources[source["name"]], source["node"])
        return grown

    def by_heads(self, before: View, after: View) -> bool:
        """Nodes that make the same output of the graph."""
        grown = False
        for old, new in zip(before["heads"], after["heads"], strict=False):
            grown |= self._add(old["node"], new["node"])
        return grown


def _alike(one: ViewNode, other: ViewNode) -> bool:
    """Whether both do something of the same kind; variables do if they are for the same."""
    return bool(one["op"] == other["op"] and one["kind"] == other["kind"])
