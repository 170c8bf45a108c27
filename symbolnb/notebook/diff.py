"""What differs between two graphs: as text, as a table, and as one graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

from symbolnb.graph.node import Entry
from symbolnb.notebook import display
from symbolnb.notebook.drawing.boxes import parameter_text
from symbolnb.notebook.drawing.model import View, ViewNode
from symbolnb.notebook.drawing.words import clean, shape_text
from symbolnb.notebook.export import export
from symbolnb.notebook.given import given_shapes
from symbolnb.notebook.graph_view import GraphView
from symbolnb.notebook.overlay import overlay
from symbolnb.notebook.static import static_html
from symbolnb.notebook.themes import CHANGES
from symbolnb.notebook.view import view_of
from symbolnb.symbol.symbol import Symbol

MARKS = {"added": "+", "removed": "-", "changed": "~"}

TEXT_ROWS = 200
TABLE_ROWS = 1000
LEFT = "text-align:left"


class Diff:
    """What differs between two symbols; true if anything does.

    As the result of a cell it shows both graphs as one, with what was added, removed and changed, else a table or
    text. `view` is the object behind the graph, as `Symbol.view` gives it for one symbol; `document` is its view
    document.
    """

    def __init__(self, document: View, heads: Sequence[Entry]) -> None:
        self.view = GraphView(heads, document, theme=display.choices.theme)

    @property
    def document(self) -> View:
        """The view document of both graphs."""
        document: View = self.view.document
        return document

    @property
    def added(self) -> list[str]:
        """The names of nodes that only the second symbol has."""
        return self._names("added")

    @property
    def removed(self) -> list[str]:
        """The names of nodes that only the first symbol has."""
        return self._names("removed")

    @property
    def changed(self) -> dict[str, list[dict[str, Any]]]:
        """What differs at nodes that both have, by name: dicts of `what`, `name`, `before` and `after`.

        `what` is "name", "operator", "parameter", "attribute", "input", "shape" or "dtype".
        """
        return {node["name"]: node["changes"] for node in self.document["nodes"] if node["change"] == "changed"}

    def save(
        self,
        path: str | Path,
        theme: str | None = None,
        orientation: str | None = None,
        opened: Sequence[str] | None = None,
        side_by_side: bool = False,
    ) -> Path:
        """Write both graphs to a file, as the view of a symbol does: as one, or in a picture `side_by_side`."""
        if not side_by_side:
            return self.view.save(path, theme, orientation, opened)
        return export(self.document, path, replace(self.view.look(theme, orientation, opened), side_by_side=True))

    def to_html(
        self, theme: str | None = None, orientation: str | None = None, opened: Sequence[str] | None = None
    ) -> str:
        """The graph as the text of an interactive page of its own."""
        return self.view.to_html(theme, orientation, opened)

    def _names(self, change: str) -> list[str]:
        return [node["name"] for node in self.document["nodes"] if node["change"] == change]

    def __bool__(self) -> bool:
        return any(node["change"] is not None for node in self.document["nodes"]) or _heads_differ(self.document)

    def __repr__(self) -> str:
        nodes = [node for node in self.document["nodes"] if node["change"] is not None]
        lines = [f"{MARKS[node['change']]} {clean(node['name'])}  {_what(node)}" for node in nodes[:TEXT_ROWS]]
        if len(nodes) > TEXT_ROWS:
            lines.append(f"  and {len(nodes) - TEXT_ROWS} more")
        return "\n".join([_summary(self.document), *lines, *_outputs(self.document)])

    def _html(self) -> str:
        """The differences as a table, and below it the graph as a picture."""
        nodes = [node for node in self.document["nodes"] if node["change"] is not None]
        rows = "".join(_html_row(node) for node in nodes[:TABLE_ROWS])
        left = len(nodes) - TABLE_ROWS
        more = f"<p>and {left} more nodes</p>" if left > 0 else ""
        head = "".join(f'<th style="{LEFT}">{word}</th>' for word in ("", "name", "operator", "what differs"))
        notes = "".join(f"<p>{escape(note)}</p>" for note in _outputs(self.document))
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>" if rows else ""
        return f"<div><p>{escape(_summary(self.document))}</p>{notes}{table}{more}</div>{static_html(self.document)}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> display.Bundle:
        data, metadata = display.offer(self, lambda: self.document, lambda: self.view.widget)
        try:
            data.update({"text/plain": repr(self), "text/html": self._html()})
        except Exception as error:  # a repr that raises would fail the cell
            data["text/plain"] += f"\n(the differences cannot be shown: {error})"
        return display.narrowed((data, metadata), include, exclude)

    def _display_(self) -> Any:
        """What marimo shows: the graph as a widget, or text where there can be none."""
        made = self.view._display_()
        return repr(self) if isinstance(made, str) else made


def diff(before: Symbol, after: Symbol, shapes: Mapping[str, Any]) -> Diff:
    """What differs between two symbols, with shapes of arguments that one of them has."""
    given = given_shapes(shapes, before.entries, after.entries)
    return compare(view_of(before.entries, given), view_of(after.entries, given), after.entries)


def compare(before: View, after: View, heads: Sequence[Entry]) -> Diff:
    """What differs between two view documents; `heads` are those of the second graph."""
    return Diff(overlay(before, after), heads)


def _summary(document: View) -> str:
    counts = document["diff"]
    same = sum(node["change"] is None for node in document["nodes"])
    parts = [f"{counts[kind]} {kind}" for kind in MARKS if counts[kind] > 0]
    told = f"{', '.join(parts)}, {same} the same" if parts else f"all {same} nodes the same"
    return f"{clean(counts['title'])} → {clean(document['title'])}: {told}"


def _what(node: ViewNode) -> str:
    """What a node is, and what differs."""
    operator = f"({node['kind']})" if node["op"] is None else str(node["op"])
    if node["change"] == "changed":
        return f"{operator}: {'; '.join(map(_change_text, node['changes']))}"
    words = [parameter_text(p["name"], p["value"]) for p in node["parameters"] if not p["default"]]
    shapes = ", ".join(shape_text(output["shape"]) for output in node["outputs"])
    return clean(" · ".join([f"{operator} {shapes}", *words]))


def _change_text(change: View) -> str:
    name = f"{change['name']} " if change["what"] in ("parameter", "attribute", "input") else ""
    before, after = ("none" if change[side] is None else change[side] for side in ("before", "after"))
    return clean(f"{change['what']} {name}{before} → {after}")


def _heads_differ(document: View) -> bool:
    return bool(document["heads"] != document["diff"]["heads"])


def _outputs(document: View) -> list[str]:
    """A line on the outputs of the graph, if it has others now."""
    if not _heads_differ(document):
        return []
    names = [
        ", ".join(clean(document["nodes"][head["node"]]["name"]) for head in heads)
        for heads in (document["diff"]["heads"], document["heads"])
    ]
    return [f"outputs: {names[0]} → {names[1]}"]


def _html_row(node: ViewNode) -> str:
    mark = f'<b style="color:{CHANGES[node["change"]]}">{MARKS[node["change"]]} {node["change"]}</b>'
    operator = f"({node['kind']})" if node["op"] is None else str(node["op"])
    told = [_change_text(change) for change in node["changes"]]
    cells = (escape(clean(node["name"])), escape(clean(operator)), "<br>".join(escape(line) for line in told))
    return "<tr>" + "".join(f'<td style="{LEFT}">{cell}</td>' for cell in (mark, *cells)) + "</tr>"
