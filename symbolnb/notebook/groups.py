"""Which nodes belong together, read from their names: ``encoder/layer1``, ``stage1_unit2_conv1``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from symbolnb.graph.node import Node
from symbolnb.notebook.roles import Role

Path = tuple[str, ...]
Part = tuple[str, str]  # a part of a name, and the separator behind it

MOST = 0.9
"""A prefix that ends at an underscore and that more than this part of all operators share tells nothing."""


def groups(order: Sequence[Node], roles: Mapping[Node, Role]) -> dict[Node, Path]:
    """The names of the groups that each node is in, outermost first.

    A prefix that ends at ``/`` or ``.`` is a group if at least two operators share it. One that ends at ``_``
    must besides hang together, no path leaving it and coming back, and must not hold nearly everything. An
    operator whose whole name is the prefix belongs to the group. Parameters are where their first user is,
    other variables where their names put them.
    """
    operators = [node for node in order if node.operator is not None]
    parts = {node: _split(node) for node in operators}
    kept = _kept(order, parts)
    found = {node: _path(parts[node], kept) for node in operators}
    for user in operators:
        for entry in user.inputs:
            variable = entry.node
            if variable.operator is None and variable not in found and roles[variable] in ("parameter", "auxiliary"):
                found[variable] = found[user]
    return {node: found[node] if node in found else _path(_separate(node.name), kept) for node in order}


def _kept(order: Sequence[Node], parts: Mapping[Node, Sequence[Part]]) -> set[Path]:
    """The prefixes that are groups."""
    members: dict[Path, list[Node]] = {}
    explicit: set[Path] = set()
    for node, pieces in parts.items():
        words = _words(pieces)
        for depth in range(1, len(words)):
            members.setdefault(words[:depth], []).append(node)
            if pieces[depth - 1][1] != "_":
                explicit.add(words[:depth])
    for node, pieces in parts.items():
        if _words(pieces) in members:
            members[_words(pieces)].append(node)
    positions = {node: position for position, node in enumerate(order)}
    return {
        path
        for path, nodes in members.items()
        if len(nodes) >= 2
        and (path in explicit or (len(nodes) <= MOST * len(parts) and _convex(nodes, order, positions)))
    }


def _path(parts: Sequence[Part], kept: set[Path]) -> Path:
    """A node's groups; a prefix that is no group stays part of the next inner one's name."""
    path: list[str] = []
    begun, words = 0, _words(parts)
    for depth in range(1, len(parts) + 1):
        if words[:depth] in kept:
            name = "".join(text + separator for text, separator in parts[begun:depth])
            path.append(name.removesuffix(parts[depth - 1][1]))
            begun = depth
    return tuple(path)


def _words(parts: Sequence[Part]) -> Path:
    return tuple(text for text, _ in parts)


def _split(node: Node) -> list[Part]:
    """The parts of an operator's name; what the name manager made, such as ``broadcast_add0``, is one part."""
    stem = node.name.rstrip("0123456789")
    hints = {alias.lower() for alias in (node.operator.name, *node.operator.aliases)}
    fitting = [hint for hint in hints if stem == hint or stem.endswith(("_" + hint, "/" + hint, "." + hint))]
    if stem == node.name or not fitting:
        return _separate(node.name)
    start = len(stem) - max(len(hint) for hint in fitting)
    return [*_separate(node.name[:start]), (node.name[start:], "")]


def _separate(name: str) -> list[Part]:
    """The parts of a name; a number, and a second underscore, stay with the word that they belong to."""
    pieces = re.split(r"([/.]|(?<=[^_/.])_(?!\d+(?:[_/.]|$)))", name)
    return [(text, separator) for text, separator in zip(pieces[::2], [*pieces[1::2], ""], strict=True) if text]


def _convex(nodes: Sequence[Node], order: Sequence[Node], positions: Mapping[Node, int]) -> bool:
    """Whether no path leaves the set of nodes and comes back to it."""
    inside = set(nodes)
    places = [positions[node] for node in nodes]
    after: set[Node] = set()  # nodes outside of the set that depend on it
    for node in order[min(places) : max(places) + 1]:
        if any(entry.node in after for entry in node.inputs):
            if node in inside:
                return False
            after.add(node)
        elif node not in inside and any(entry.node in inside for entry in node.inputs):
            after.add(node)
    return True
