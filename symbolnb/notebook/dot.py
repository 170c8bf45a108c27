"""A graph as text for Graphviz's ``dot``, which need not be there to write it."""

from __future__ import annotations

from collections.abc import Iterator

from symbolnb.notebook.drawing import Model, build_model
from symbolnb.notebook.drawing.arrange import Edge
from symbolnb.notebook.drawing.boxes import parameter_text
from symbolnb.notebook.drawing.changes import edge_change
from symbolnb.notebook.drawing.model import View, ViewNode
from symbolnb.notebook.drawing.words import clean, shape_text
from symbolnb.notebook.style import palette

USUAL_DTYPE = "float32"


def dot(view: View, theme: str = "light", orientation: str = "down") -> str:
    """The DOT text of a view document: groups as clusters, shapes on the edges, parameters within their operators.

    Every name is a quoted string in it, so that none is read as markup or as an attribute. Colours are those of
    the theme, which falls back to "light" where DOT has no such thing ("auto").

    >>> empty = {"version": 1, "title": "g", "nodes": [], "heads": []}
    >>> print(dot(empty).splitlines()[0])
    digraph "g" {
    """
    model = build_model(view)
    colours = palette(theme)
    lines = [
        f"digraph {_quoted(view['title'])} {{",
        f'  graph [rankdir={"LR" if orientation == "right" else "TB"} bgcolor="{colours["canvas"]}"'
        f' fontname="Helvetica" fontcolor="{colours["muted"]}"];',
        '  node [shape=box style="rounded,filled" fontname="Helvetica" fontsize=11];',
        f'  edge [fontname="Helvetica" fontsize=9 color="{colours["edge"]}" fontcolor="{colours["muted"]}"];',
        *_members(model, 0, colours, "  "),
        *_edges(model, colours),
        *_outputs(model),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _members(model: Model, group: int, colours: View, indent: str) -> Iterator[str]:
    """The statements of a group's nodes, and those of the groups in it as clusters."""
    for kind, number in model.groups[group].members:
        if kind == "node":
            yield f"{indent}n{number} [{_box(model, model.nodes[number], colours)}];"
        else:
            yield f"{indent}subgraph cluster_{number} {{"
            yield f'{indent}  label={_quoted(model.groups[number].name)}; color="{colours["frame_line"]}";'
            yield from _members(model, number, colours, indent + "  ")
            yield f"{indent}}}"


def _box(model: Model, node: ViewNode, colours: View) -> str:
    family = colours["families"].get(node["family"], colours["families"]["other"])
    lines = [node["name"]] if node["op"] is None else [node["op"], node["name"]]
    lines += [parameter_text(p["name"], p["value"]) for p in node["parameters"] if not p["default"]]
    for source in node["inputs"]:
        if model.folded[source["node"]]:
            shape = model.nodes[source["node"]]["outputs"][0]["shape"]
            lines.append(f"{source['name']} {shape_text(shape)}")
    failed = node["error"] is not None
    tint, line, ink = (
        (colours["error_tint"], colours["error"], colours["error"])
        if failed
        else (family["tint"], family["line"], family["text"])
    )
    if failed:
        lines.append(node["error"])
    shape = " shape=ellipse" if node["op"] is None else ""
    change = node.get("change")  # only a document of two graphs has it
    if change is not None:
        line = colours[change]
        lines.append(change)
        shape += " penwidth=3"
    return f'label={_quoted(*lines)} fillcolor="{tint}" color="{line}" fontcolor="{ink}"{shape}'


def _edges(model: Model, colours: View) -> Iterator[str]:
    for node in model.nodes:
        for index, source in enumerate(node["inputs"]):
            if not (model.folded[source["node"]] or model.folded[node["id"]]):
                label = _output_text(model.nodes[source["node"]], source["output"])
                change = edge_change(model.nodes, Edge(source["node"], source["output"], node["id"], index))
                look = "" if change is None else f' color="{colours[change]}" penwidth=2'
                dashed = " style=dashed" if change == "removed" else ""
                yield f"  n{source['node']} -> n{node['id']} [label={_quoted(label)}{look}{dashed}];"


def _outputs(model: Model) -> Iterator[str]:
    """What leaves the graph: a point without a box behind each head."""
    for number, head in enumerate(model.view["heads"]):
        node = model.nodes[head["node"]]
        name = node["outputs"][head["output"]]["name"]
        yield f"  out{number} [shape=plaintext style=solid label={_quoted(name)}];"
        yield f"  n{node['id']} -> out{number} [label={_quoted(_output_text(node, head['output']))}];"


def _output_text(node: ViewNode, index: int) -> str:
    """Shape and element type of an output, the type where it is not the usual one."""
    output = node["outputs"][index]
    shape = shape_text(output["shape"])
    return shape if output["dtype"] in (None, USUAL_DTYPE) else f"{shape} {output['dtype']}"


def _quoted(*lines: str) -> str:
    """Lines of text as one quoted string of DOT, in which only quotes and backslashes have a meaning."""
    escaped = (clean(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
