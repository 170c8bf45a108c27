"""The layers of a graph as a table for a terminal, with totals."""

from __future__ import annotations

from collections.abc import Sequence

from symbolnb.notebook.drawing import build_model
from symbolnb.notebook.drawing.model import View, ViewNode
from symbolnb.notebook.drawing.words import clean, shape_text

HEADINGS = ("Layer (type)", "Output shape", "Param #", "Multiply-adds", "Previous layer")
RIGHT = (2, 3)
"""The columns of numbers, which end at one line."""


def summary(view: View) -> str:
    """A line for each layer of a view document, and the totals of them all; what is not known is a question mark.

    A parameter that several layers share is counted at the first. Auxiliary states are counted apart, as MXNet
    does not count them.
    """
    nodes: list[ViewNode] = view["nodes"]
    folded = build_model(view).folded
    counted: set[int] = set()
    rows = [_row(node, nodes, counted) for node in nodes if not folded[node["id"]]]
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    lines = [_line(HEADINGS, widths), "=" * (sum(widths) + 2 * (len(widths) - 1))]
    lines += [_line(row, widths) for row in rows]
    return "\n".join([*lines, lines[1], *_totals(view)])


def _row(node: ViewNode, nodes: Sequence[ViewNode], counted: set[int]) -> tuple[str, ...]:
    kind = f"({node['kind']})" if node["op"] is None else f"({node['op']})"
    sources = [nodes[source["node"]] for source in node["inputs"]]
    parameters = {one["id"]: one for one in sources if one["kind"] == "parameter" and one["id"] not in counted}
    counted.update(parameters)
    previous = [clean(one["name"]) for one in sources if one["kind"] not in ("parameter", "auxiliary")]
    return (
        f"{clean(node['name'])} {kind}",
        ", ".join(shape_text(output["shape"]) for output in node["outputs"]),
        "" if node["op"] is None else _sum([_size(one) for one in parameters.values()]),
        "" if node["op"] is None else _sum([node["cost"]["multiply_adds"]]),
        ", ".join(dict.fromkeys(previous)),
    )


def _totals(view: View) -> list[str]:
    nodes: list[ViewNode] = view["nodes"]
    sizes = {kind: [_size(node) for node in nodes if node["kind"] == kind] for kind in ("parameter", "auxiliary")}
    lines = [
        f"Total params: {_sum(sizes['parameter'])}",
        f"Auxiliary states: {_sum(sizes['auxiliary'])}",
        f"Multiply-adds: {_sum([view['totals']['multiply_adds']])}",
        f"Operators: {view['totals']['operators']:,}",
    ]
    if view["unknown"]:
        lines.append(f"Unknown (?) until the shape is given of: {', '.join(map(clean, view['unknown']))}")
    if view["error"] is not None:
        lines.append(f"Error: {clean(view['error']['message'])}")
    return lines


def _size(node: ViewNode) -> int | None:
    """The number of elements of a variable, None where its shape is not known."""
    size = 1
    for length in [None] if node["outputs"][0]["shape"] is None else node["outputs"][0]["shape"]:
        if length is None:
            return None
        size *= length
    return size


def _sum(sizes: Sequence[int | None]) -> str:
    known = [size for size in sizes if size is not None]
    return f"{sum(known):,}" if len(known) == len(sizes) else "?"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell.rjust(width) if number in RIGHT else cell.ljust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()
