"""Which nodes of two graphs are the same: by their names, and where names differ by what they do with what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from heapq import heappop, heappush

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
    """Matches found so far; every method adds some and says whether it did.

    Each looks only at what the matches since its last call could have changed, so that graphs whose names all differ
    take no time per layer that grows with their depth.
    """

    def __init__(self, before: list[ViewNode], after: list[ViewNode]) -> None:
        self.before, self.after = before, after
        self.matches: Matches = {}
        self.taken: set[int] = set()
        self.users = (_users(before), _users(after))
        self.functions = {exact: _Functions(self, exact) for exact in (True, False)}
        self.fresh: list[int] = []
        """Nodes of the second graph whose inputs `by_user` has not compared since they were matched."""

    def _add(self, old: int, new: int) -> bool:
        """Match two nodes if both are free and of a kind."""
        fits = _alike(self.before[old], self.after[new])
        if not fits or new in self.matches or old in self.taken:
            return False
        self._join(old, new)
        return True

    def _join(self, old: int, new: int) -> None:
        self.matches[new] = old
        self.taken.add(old)
        self.fresh.append(new)
        for function in self.functions.values():
            function.hear(old, new)

    def by_name(self) -> None:
        """Nodes whose name both graphs have once."""
        counts = [Counter(node["name"] for node in nodes) for nodes in (self.before, self.after)]
        places = {node["name"]: node["id"] for node in self.before}
        for node in self.after:
            if all(count[node["name"]] == 1 for count in counts):
                old = places[node["name"]]
                if (self.before[old]["op"] is None) == (node["op"] is None):
                    self._join(old, node["id"])

    def by_function(self, exact: bool) -> bool:
        """Operators of the same inputs: exactly the same ones, or of the same name."""
        grown = False
        for new, old in self.functions[exact].found():
            grown |= self._add(old, new)
        return grown

    def by_user(self) -> bool:
        """Nodes that feed the same inputs of operators that are the same."""
        fresh, self.fresh = self.fresh, []
        grown = False
        for new in fresh:
            sources = {source["name"]: source["node"] for source in self.before[self.matches[new]]["inputs"]}
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


class _Functions:
    """The operators of the first graph by what they do with what, and those of the second to look for there."""

    def __init__(self, matching: _Matching, exact: bool) -> None:
        self.matching, self.exact = matching, exact
        self.waiting: dict[Hashable, list[int]] = {}
        self.changed = [node["id"] for node in matching.after if node["op"] is not None]  # a heap, as it is sorted
        for node in matching.before:
            if node["op"] is not None:
                self._file(node)

    def hear(self, old: int, new: int) -> None:
        """Two nodes were matched: what uses them can now be told better."""
        users = self.matching.users
        if self.matching.before[old]["op"] is None:
            for user in users[0][old]:
                self._file(self.matching.before[user])
        for user in users[1][new]:
            heappush(self.changed, user)

    def found(self) -> Iterator[tuple[int, int]]:
        """Pairs of a node of the second graph and the first free one that does the same, to be matched at once."""
        while self.changed:
            new = heappop(self.changed)
            if new in self.matching.matches or self.matching.after[new]["op"] is None:
                continue
            key = self._key(self.matching.after[new], self.matching.matches)
            candidates = self.waiting.get(key, []) if key is not None else []
            while candidates:
                old = heappop(candidates)
                if old not in self.matching.taken and self._key(self.matching.before[old], None) == key:
                    yield new, old
                    break

    def _file(self, node: ViewNode) -> None:
        heappush(self.waiting.setdefault(self._key(node, None), []), node["id"])

    def _key(self, node: ViewNode, matches: Matches | None) -> Hashable | None:
        """What an operator does, with which nodes of the first graph; free variables are all alike.

        `matches` is for a node of the second graph: None comes back for one that uses an operator without a match.
        """
        nodes = self.matching.before if matches is None else self.matching.after
        inputs: list[Hashable] = []
        for source in node["inputs"]:
            place = source["node"]
            number = place if matches is None else matches.get(place)
            free = place not in self.matching.taken if matches is None else number is None
            if free and nodes[place]["op"] is None:
                inputs.append(("variable", source["output"]))
            elif number is None:
                return None
            else:
                inputs.append((number, source["output"]))
        parameters = tuple((p["name"], p["value"]) for p in node["parameters"]) if self.exact else ()
        return node["op"], parameters, tuple(inputs)


def _users(nodes: list[ViewNode]) -> list[list[int]]:
    """For every node those that have it as an input."""
    users: list[list[int]] = [[] for _ in nodes]
    for node in nodes:
        for place in {source["node"] for source in node["inputs"]}:
            users[place].append(node["id"])
    return users


def _alike(one: ViewNode, other: ViewNode) -> bool:
    """Whether both do something of the same kind; variables do if they are for the same."""
    return bool(one["op"] == other["op"] and one["kind"] == other["kind"])
