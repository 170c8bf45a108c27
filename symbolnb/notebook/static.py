"""A graph where no widget can be shown: a picture, a piece of HTML that survives sanitizers, or plain text."""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from html import escape

from symbolnb.errors import MXNetError
from symbolnb.notebook.drawing import arrange, build_model, closed_at_first
from symbolnb.notebook.drawing.align import align
from symbolnb.notebook.drawing.boxes import parameter_text
from symbolnb.notebook.drawing.model import View, ViewNode, closed_for, group_paths
from symbolnb.notebook.drawing.svg import Drawn, draw
from symbolnb.notebook.drawing.words import bytes_text, clean, count_text, shape_text
from symbolnb.notebook.look import Look
from symbolnb.notebook.overlay import halves

PICTURE_BOXES = 80
"""Groups are closed until a picture has no more boxes than this: one cannot zoom into it."""

HTML_BOXES = 400
"""HTML has no picture of more boxes than this: it is kept in every saved notebook."""

LISTED = 8
"""How many names of a kind a note has."""

TABLE_ROWS = 1000
TEXT_ROWS = 200
TEXT_WIDTHS = (36, 24, 36, 36, 48)


def picture(view: View, look: Look | None = None) -> str:
    """SVG text of a view document, laid out as the widget does; light, if no look is given.

    It has no script, no ids and no references. The theme "auto" adds a style element that follows the reader's
    colour scheme, the others use presentation attributes only. `MXNetError` for groups that are not there, and
    for graphs side by side where the document is not of two.

    >>> empty = {"version": 1, "title": "g", "nodes": [], "heads": []}
    >>> picture(empty).startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    True
    """
    look = Look("light") if look is None else look
    if not look.side_by_side:
        return draw([_drawn(view, look)], look.theme)
    if "diff" not in view:
        raise MXNetError("side by side: this is one graph, not what differs between two")
    parts = [_drawn(half, look, name) for half, name in zip(halves(view), ("before: ", "after: "), strict=True)]
    pictures = align(*((part.model, part.picture) for part in parts))
    return draw([replace(part, picture=one) for part, one in zip(parts, pictures, strict=True)], look.theme)


def _drawn(view: View, look: Look, heading: str = "", tells: bool = False) -> Drawn:
    """One graph, arranged; with a heading if there is one. `tells`: the first error is told above the picture."""
    model = build_model(view, tells)
    if look.opened is None:
        closed = closed_at_first(model, PICTURE_BOXES)
    else:  # one of two graphs may lack some of the groups
        closed = closed_for(model, [one for one in look.opened if heading == "" or one in group_paths(model)])
    return Drawn(model, arrange(model, closed, look.sideways), heading and heading + view["title"])


def static_html(view: View) -> str:
    """HTML of a view document: the picture as an image, and the nodes as a table.

    Notebooks that are not trusted and pages that strip scripts keep all of it. A very large graph has no picture.
    """
    rows = "".join(_table_row(node, view["error"]) for node in view["nodes"][:TABLE_ROWS])
    left = len(view["nodes"]) - TABLE_ROWS
    more = f"<p>and {left} more nodes</p>" if left > 0 else ""
    heads = "".join(f"<th>{title}</th>" for title in ("name", "operator", "output", "dtype", "parameters"))
    notes = "".join(f"<p>{_html(note)}</p>" for note in _notes(view))
    return (
        f"<div><p><strong>{_html(view['title'])}</strong> {_html(_summary(view))}</p>{notes}"
        f"<p>{_image(view)}</p>"
        f"<details><summary>{len(view['nodes'])} nodes</summary>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{more}</details></div>"
    )


def _image(view: View) -> str:
    """The picture as an image element, or a word on why there is none."""
    drawn = _drawn(view, Look(), tells=True)
    boxes = len(drawn.picture.boxes)
    if boxes > HTML_BOXES:
        return f"The graph has {boxes} boxes, too many for a picture that stays in the notebook."
    data = base64.b64encode(draw([drawn], "auto").encode("utf-8")).decode("ascii")
    return f'<img src="data:image/svg+xml;base64,{data}" alt="Graph {_html(view["title"])}">'


def text(view: View) -> str:
    """A listing of a view document for a terminal, a line for each node but folded variables; unknown is ``?``."""
    model = build_model(view)
    shown = [node for node in view["nodes"] if not model.folded[node["id"]]]
    table = [("node", "operator", "output", "from", "parameters")]
    table += [_text_row(node, view["nodes"]) for node in shown[:TEXT_ROWS]]
    cut = [[_cut(word, most) for word, most in zip(row, TEXT_WIDTHS, strict=True)] for row in table]
    widths = [max(map(_columns, column)) for column in zip(*cut, strict=True)]
    lines = [f"{clean(view['title'])}: {_summary(view)}"]
    for row in cut:
        padded = [word + " " * (width - _columns(word)) for word, width in zip(row, widths, strict=True)]
        lines.append("  ".join(["", *padded]).rstrip())
    if len(shown) > TEXT_ROWS:
        lines.append(f"  and {len(shown) - TEXT_ROWS} more")
    outputs = [view["nodes"][head["node"]]["outputs"][head["output"]]["name"] for head in view["heads"]]
    lines.append(f"  outputs: {', '.join(clean(name) for name in outputs)}")
    return "\n".join([*lines, *(f"  {clean(note)}" for note in _notes(view))])


def _summary(view: View) -> str:
    """The totals in one line."""
    totals, memory = view["totals"], view["memory"]
    parts = [f"{totals['operators']} operator{'' if totals['operators'] == 1 else 's'}"]
    if totals["parameters"] > 0:
        parts.append(f"{count_text(totals['parameters'])} parameters")
    if totals["multiply_adds"]:
        parts.append(f"{count_text(totals['multiply_adds'])} multiply-adds")
    if memory is not None:
        parts.append(f"{bytes_text(memory['planned'])} planned memory ({bytes_text(memory['unplanned'])} without)")
        if "held" in memory:
            parts.append(f"{bytes_text(memory['held'])} of prepared weights")
    if "recomputed" in view:
        parts.append(f"{sum('again' in node for node in view['nodes'])} operators computed again to save memory")
    return ", ".join(parts)


def _notes(view: View) -> list[str]:
    """What is wrong or not known."""
    notes = [] if view["error"] is None else [f"Error: {view['error']['message']}"]
    if view["unknown"]:
        names = ", ".join(view["unknown"])
        notes.append(f"Some shapes are unknown. Giving the shape of {names} would settle them.")
    return notes + _value_notes(view)


def _value_notes(view: View) -> list[str]:
    """Where values are not finite, in the order of the graph, and arrays that belong to no variable."""
    values = view.get("values")
    if values is None:
        return []
    notes = []
    for kind, word in (("outputs", "values"), ("gradients", "gradients")):
        wrong = [view["nodes"][one["node"]]["name"] for one in values[kind] if one["nan"] or one["inf"]]
        if wrong:
            notes.append(f"NaN or infinity in the {word} of {_listed(wrong)}.")
    if values["unused"]:
        notes.append(f"No variable of the graph is called {_listed(values['unused'])}.")
    return notes


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(dict.fromkeys(names[:LISTED]))
    return shown if len(names) <= LISTED else f"{shown} and {len(names) - LISTED} more"


def _html(words: str) -> str:
    return escape(clean(words), quote=True)


def _changed(node: ViewNode) -> str:
    """The parameters that differ from their defaults."""
    return " · ".join(parameter_text(p["name"], p["value"]) for p in node["parameters"] if not p["default"])


def _table_row(node: ViewNode, told: View | None) -> str:
    """A node and its error; where that is the one told above all, only that it fails."""
    operator = node["kind"] if node["op"] is None else node["op"]
    shapes = ", ".join(shape_text(output["shape"]) for output in node["outputs"])
    dtypes = ", ".join(dict.fromkeys(output["dtype"] or "?" for output in node["outputs"]))
    words = (node["name"], operator, shapes, dtypes, _changed(node))
    cells = "".join(f"<td>{_html(word)}</td>" for word in words)
    failure = "" if node["error"] is None else f"Error: {node['error']}"
    if told is not None and told["node"] == node["id"]:
        failure = "Error: see above"
    error = f'<tr><td colspan="5">{_html(failure)}</td></tr>' if failure else ""
    return f"<tr>{cells}</tr>{error}"


def _text_row(node: ViewNode, nodes: Sequence[ViewNode]) -> tuple[str, str, str, str, str]:
    operator = f"({node['kind']})" if node["op"] is None else node["op"]
    outputs = []
    for output in node["outputs"]:
        usual = output["dtype"] in (None, "float32")
        outputs.append(shape_text(output["shape"]) + ("" if usual else f" {output['dtype']}"))
    kinds = {i: nodes[source["node"]]["kind"] for i, source in enumerate(node["inputs"])}
    sources = [
        nodes[source["node"]]["name"] for i, source in enumerate(node["inputs"])
        if kinds[i] not in ("parameter", "auxiliary")
    ]  # fmt: skip
    detail = _changed(node) if node["error"] is None else "! error, see below"
    return node["name"], operator, ", ".join(outputs), ", ".join(sources), detail


def _columns(word: str) -> int:
    """How many columns of a terminal a word takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in word
    )


def _cut(word: str, most: int) -> str:
    """A word of at most so many columns, cut in its middle."""
    shown = clean(word)
    if _columns(shown) <= most:
        return shown
    head, tail = most * 2 // 5, most - 1 - most * 2 // 5
    front, back = shown[:head], shown[-tail:]
    while _columns(front) > head:
        front = front[:-1]
    while _columns(back) > tail:
        back = back[1:]
    return f"{front}…{back}"
