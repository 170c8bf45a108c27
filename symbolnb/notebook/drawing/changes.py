"""What became of the edges of a document of two graphs. ``js/diff.js`` says the same."""

from __future__ import annotations

from collections.abc import Sequence

from symbolnb.notebook.drawing.arrange import Edge
from symbolnb.notebook.drawing.model import ViewNode, is_present


def edge_change(nodes: Sequence[ViewNode], edge: Edge) -> str | None:
    """Whether an edge was added or removed, None if neither; of one graph alone it always is None."""
    source, target = nodes[edge.source], nodes[edge.target]
    ends = {source.get("change"), target.get("change")}
    if "removed" in ends or "added" in ends:
        return "removed" if "removed" in ends else "added"
    if not is_present(target, edge.input):
        return "removed"
    told: str | None = target["inputs"][edge.input].get("change")
    if told is not None:
        return told
    before = (target.get("before") or {}).get("inputs")
    if before is None or any((one["node"], one["output"]) == (edge.source, edge.output) for one in before):
        return None
    return "added"
