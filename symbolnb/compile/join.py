"""Concatenations whose inputs are computed where the result wants them, so that nothing is left to copy.

Where the arrays to be joined lie one after the other in the result, as in a batch of one image that is joined along
its channels, each is a piece of the result's storage. A result that is itself joined with others is a piece of theirs:
all layers of a dense block then grow in one storage.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

from symbolnb.compile.plan import ALIGNMENT
from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.ops.joining import Concat, pieces


class Place(NamedTuple):
    """Where an entry lies: in the storage of the largest result it is a piece of, from which byte on."""

    whole: Entry
    offset: int


def joined(graph: Graph, nodes: Sequence[Node], apart: Container[Node]) -> dict[Entry, Place]:
    """The place of each entry that can lie in a result joined from it, and of those results.

    Neither heads nor what the nodes of `apart` compute, or views, which share memory already, can. An entry that
    is joined to several results lies in the last of them.
    """
    inside: dict[Entry, Place] = {}
    heads = frozenset(graph.heads)

    def movable(entry: Entry) -> bool:
        node = entry.node
        return node.operator is not None and not node.operator.view and node not in apart and entry not in heads

    for node in reversed(nodes):
        whole = Entry(node)
        if not isinstance(node.operator, Concat) or not movable(whole):
            continue
        starts = pieces([graph.specs[entry] for entry in node.inputs], graph.specs[whole], node.operator.dim)
        if starts is None or any(start % ALIGNMENT for start in starts):
            continue
        outer = inside.get(whole, Place(whole, 0))
        found = {
            entry: Place(outer.whole, outer.offset + start)
            for entry, start in zip(reversed(node.inputs), reversed(starts), strict=True)
            if movable(entry) and entry not in inside
        }
        if found:
            inside |= {whole: outer} | found
    return inside


def in_place(node: Node, places: Mapping[Entry, Place], specs: Mapping[Entry, Spec]) -> tuple[int, ...]:
    """Which inputs of a node lie in its result already; each entry counts once."""
    own = places.get(Entry(node))
    if own is None or not isinstance(node.operator, Concat):
        return ()
    starts = pieces([specs[entry] for entry in node.inputs], specs[Entry(node)], node.operator.dim)
    assert starts is not None, f"{node} was not joined"
    wanted = [Place(own.whole, own.offset + start) for start in starts]
    return tuple(at for at, entry in enumerate(node.inputs) if places.get(entry) == wanted[at])
