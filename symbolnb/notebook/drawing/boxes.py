"""What stands in a box, and how large the box is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from symbolnb.notebook.drawing.model import Model, ViewNode, nodes_in
from symbolnb.notebook.drawing.words import (
    Font,
    clean,
    count_text,
    elide_end,
    elide_middle,
    shape_text,
    text_width,
    wrap,
)
from symbolnb.notebook.style import STYLE

METRICS: dict[str, float] = STYLE["box"]
TITLE = Font(METRICS["title"], bold=True)
NAME = Font(METRICS["name"])
ROW = Font(METRICS["row"])
MONO = Font(METRICS["row"], mono=True)
LABEL = Font(METRICS["label"], mono=True)
TAG = Font(METRICS["tag"])
INNER = METRICS["max_width"] - 2 * METRICS["padding"]
COLUMN_GAP = 14
TOLD = "fails: see above the picture"
USUAL_DTYPE = "float32"

Role = Literal["title", "name", "detail", "tag", "error"]
FONTS: dict[Role, Font] = {"title": TITLE, "name": NAME, "detail": NAME, "tag": TAG, "error": NAME}


@dataclass(frozen=True)
class Line:
    """A line of text in a box; `y` is its baseline."""

    role: Role
    text: str
    y: float


@dataclass(frozen=True)
class Row:
    """A folded variable in a box; node -1 stands for those that found no room."""

    label: str
    value: str
    y: float
    node: int


@dataclass(frozen=True)
class Port:
    """Where an output leaves a box: its offset from the centre, its label, what becomes of it."""

    node: int
    output: int
    x: float
    text: str
    width: float
    head: bool
    used: bool


@dataclass(frozen=True)
class Box:
    """A box of a node (group is -1) or of a closed group (node is -1).

    The coloured header is `header` high, the card `body`, with the labels below it `height`. In a graph that runs
    to the right the labels are beside it and `side` wide; elsewhere that is None.
    """

    node: int
    group: int
    family: str
    variable: bool
    failed: bool
    width: float
    header: float
    body: float
    height: float
    lines: list[Line]
    rows: list[Row]
    ports: list[Port]
    chip: str
    side: float | None = None


@dataclass(frozen=True)
class _Output:
    node: int
    output: int
    text: str
    head: bool
    used: bool


def parameter_text(name: str, value: str) -> str:
    """A parameter in a few characters.

    >>> parameter_text("kernel", "(3, 3)"), parameter_text("act_type", "relu")
    ('kernel 3×3', 'relu')
    >>> parameter_text("no_bias", "True"), parameter_text("no_bias", "False")
    ('no_bias', 'no_bias=False')
    """
    if value == "True":
        return name
    numbers = re.fullmatch(r"[(\[] *(-?[0-9]+(?: *, *-?[0-9]+)*) *,? *[)\]]", value)
    if numbers is not None:
        return f"{name} " + "×".join(part.strip() for part in numbers[1].split(","))
    if re.fullmatch(r"-?[0-9.]+(e[-+]?[0-9]+)?", value):
        return f"{name} {value}"
    return value if re.fullmatch(r"[a-z][a-z0-9_]*", value) else f"{name}={value}"


def output_label(model: Model, node: ViewNode, output: int) -> str:
    """The label of an output: its shape, and its dtype where that is not the usual one or just changed."""
    shape, dtype = node["outputs"][output]["shape"], node["outputs"][output]["dtype"]
    if dtype is None:
        return shape_text(shape)
    changed = any(from_dtype not in (None, dtype) for from_dtype in _input_dtypes(model, node))
    return f"{shape_text(shape)} {clean(dtype)}" if dtype != USUAL_DTYPE or changed else shape_text(shape)


def _input_dtypes(model: Model, node: ViewNode) -> list[str | None]:
    found = []
    for source in node["inputs"]:
        outputs = model.nodes[source["node"]]["outputs"]
        if source["output"] < len(outputs):
            found.append(outputs[source["output"]]["dtype"])
    return found


def _spread_ports(outputs: Sequence[_Output]) -> tuple[list[Port], float]:
    """Ports side by side under a box, labelled unless they are too many; the width they need."""
    if not outputs:
        return [], 0.0
    labelled = len(outputs) <= METRICS["max_port_labels"]
    texts = [elide_middle(output.text, LABEL, INNER) if labelled else "" for output in outputs]
    widths = [text_width(text, LABEL) for text in texts]
    slots = [
        max(width, METRICS["head_width"] if output.head else 0, METRICS["port_min"]) if labelled else 0.0
        for output, width in zip(outputs, widths, strict=True)
    ]
    gap = METRICS["port_gap"] if labelled else METRICS["port_gap_bare"]
    total = gap * (len(outputs) - 1)
    for slot in slots:
        total += slot
    at = -total / 2
    ports = []
    for output, text, width, slot in zip(outputs, texts, widths, slots, strict=True):
        ports.append(Port(output.node, output.output, at + slot / 2, text, width, output.head, output.used))
        at += slot + gap
    return ports, total + 2 * METRICS["padding"]


def _footer(ports: Sequence[Port]) -> float:
    if not ports:
        return 0.0
    return METRICS["label_height"] + (METRICS["head_height"] if any(port.head for port in ports) else 0)


def _node_ports(model: Model, node: ViewNode) -> tuple[list[Port], float]:
    """The outputs of a node that get a port: all if they are few, else those that are used."""
    heads = model.heads.get(node["id"], [])
    used = {use.output for use in model.uses[node["id"]]}
    several = len(node["outputs"]) > 1
    outputs = []
    for index, output in enumerate(node["outputs"]):
        label = output_label(model, node, index)
        text = f"{clean(output['name'].removeprefix(node['name'] + '_'))} {label}" if several else label
        outputs.append(_Output(node["id"], index, text, index in heads, index in used))
    if several and len(outputs) <= METRICS["max_port_labels"]:
        return _spread_ports(outputs)
    return _spread_ports([output for output in outputs if output.used or output.head])


def _card_width(lines: Sequence[Line], rows: Sequence[Row], variable: bool = False, group: bool = False) -> float:
    """How wide a card is for its words, ports aside."""
    toggle = METRICS["toggle"] if group else 0.0
    words = [text_width(line.text, FONTS[line.role]) + (toggle if line.role == "title" else 0.0) for line in lines]
    words += [text_width(row.label, ROW) + COLUMN_GAP + text_width(row.value, MONO) for row in rows]
    width = max(words) + 2 * METRICS["pill_padding" if variable else "padding"]
    return min(METRICS["max_width"], max(METRICS["min_width"], width))


def chip_text(name: str, label: str) -> str:
    """What stands for something where an edge from it is cut: its name, and the shape if it has one output."""
    shown = f"↪ {elide_middle(clean(name), NAME, METRICS['max_chip'])}"
    return shown if label == "" else f"{shown}  {elide_end(label, NAME, METRICS['max_chip'])}"


def _node_chip(model: Model, node: ViewNode) -> str:
    return chip_text(node["name"], output_label(model, node, 0) if len(node["outputs"]) == 1 else "")


def _variable_box(model: Model, node: ViewNode) -> Box:
    title = elide_middle(clean(node["name"]), TITLE, INNER)
    ports, width = _node_ports(model, node)
    body = METRICS["variable_height"]
    lines = [Line("tag", node["kind"], METRICS["tag_y"]), Line("title", title, METRICS["pill_title_y"])]
    return Box(
        node["id"], -1, "variable", True, node["error"] is not None, max(_card_width(lines, [], variable=True), width),
        body, body, body + _footer(ports), lines, [], ports, _node_chip(model, node),
    )  # fmt: skip


def _folded_rows(model: Model, node: ViewNode, top: float) -> list[Row]:
    """The folded variables of an operator, the last ones as "more" if they are many."""
    inputs = [source for source in node["inputs"] if model.folded[source["node"]]]
    most = int(METRICS["max_rows"])
    shown = inputs[: most - 1] if len(inputs) > most else inputs
    first = top + METRICS["row_padding"]
    rows = []
    for i, source in enumerate(shown):
        variable = model.nodes[source["node"]]
        label = elide_middle(clean(source["name"]), ROW, METRICS["max_row_label"])
        room = INNER - COLUMN_GAP - text_width(label, ROW)
        value = elide_end(output_label(model, variable, 0), MONO, room)
        rows.append(Row(label, value, first + METRICS["row_line"] * i + METRICS["row_baseline"], variable["id"]))
    if len(shown) < len(inputs):
        y = first + METRICS["row_line"] * len(shown) + METRICS["row_baseline"]
        rows.append(Row(f"{len(inputs) - len(shown)} more", "", y, -1))
    return rows


def _header_lines(node: ViewNode) -> tuple[list[Line], float]:
    """Operator, name and what differs from the defaults; where the header ends."""
    detail = " · ".join(parameter_text(p["name"], p["value"]) for p in node["parameters"] if not p["default"])
    lines: list[Line] = []
    y = METRICS["header_padding"]
    texts: list[tuple[Role, str, float]] = [
        ("title", elide_end(clean(node["op"]), TITLE, INNER), METRICS["title_line"]),
        ("name", elide_middle(clean(node["name"]), NAME, INNER), METRICS["name_line"]),
    ]
    if detail != "":
        texts.append(("detail", elide_end(clean(detail), NAME, INNER), METRICS["detail_line"]))
    for role, text, advance in texts:
        y += advance
        lines.append(Line(role, text, y - METRICS["descent"]))
    return lines, y + METRICS["header_padding"]


def _operator_box(model: Model, node: ViewNode) -> Box:
    lines, header = _header_lines(node)
    rows = _folded_rows(model, node, header)
    body = header + (len(rows) * METRICS["row_line"] + 2 * METRICS["row_padding"] if rows else 0)
    if node["error"] is not None:
        y = body + METRICS["row_padding"]
        words = TOLD if node["id"] == model.told else clean(node["error"])
        for text in wrap(words, NAME, INNER, int(METRICS["error_lines"])):
            y += METRICS["error_line"]
            lines.append(Line("error", text, y - METRICS["descent"]))
        body = y + METRICS["row_padding"]
    ports, width = _node_ports(model, node)
    return Box(
        node["id"], -1, node["family"] if node["family"] in STYLE["families"] else "other", False,
        node["error"] is not None, max(_card_width(lines, rows), width),
        header, body, body + _footer(ports), lines, rows, ports, _node_chip(model, node),
    )  # fmt: skip


def node_box(model: Model, number: int) -> Box:
    """The box of a node that is drawn on its own."""
    node = model.nodes[number]
    return _variable_box(model, node) if node["op"] is None else _operator_box(model, node)


def sideways_box(box: Box) -> Box:
    """The box for a graph that runs to the right: its ports are spread over its right side, and need no width."""
    labelled = any(port.text != "" for port in box.ports)
    gap = METRICS["head_height"] if labelled else METRICS["port_gap_bare"]
    ports = [replace(port, x=gap * (i - (len(box.ports) - 1) / 2)) for i, port in enumerate(box.ports)]
    body = max(box.body, gap * len(ports))
    words = max((port.width for port in ports), default=0.0)
    side = 0.0 if words == 0 else words + 4 * METRICS["label_line"]
    if any(port.head for port in ports):
        side += METRICS["head_width"] + 2 * METRICS["label_line"]
    header = body if box.header == box.body else box.header
    width = _card_width(box.lines, box.rows, box.variable, box.group >= 0)
    return replace(box, width=width, ports=ports, header=header, body=body, height=body, side=side)


def box_room(box: Box) -> tuple[float, float]:
    """The width and height that a box takes with its labels."""
    return box.width + (0.0 if box.side is None else box.side), box.height


def parameters_of(model: Model, nodes: Sequence[int]) -> int:
    """The parameters of some nodes: their own and those of the variables folded into them."""
    counted = dict.fromkeys(nodes)
    for number in nodes:
        counted |= dict.fromkeys(s["node"] for s in model.nodes[number]["inputs"] if model.folded[s["node"]])
    variables = [model.nodes[number] for number in counted if model.nodes[number]["op"] is None]
    return sum(int(node["cost"]["parameters"]) for node in variables)


def _group_ports(model: Model, nodes: Sequence[int]) -> tuple[list[Port], float]:
    inside = set(nodes)
    outputs = []
    for number in nodes:
        heads = model.heads.get(number, [])
        used = {use.output for use in model.uses[number] if use.node not in inside}
        for output in range(len(model.nodes[number]["outputs"])):
            if output in used or output in heads:
                text = output_label(model, model.nodes[number], output)
                outputs.append(_Output(number, output, text, output in heads, output in used))
    return _spread_ports(outputs)


def group_title(model: Model, number: int) -> str:
    """The name of a group, with the count of the equal blocks in it."""
    group = model.groups[number]
    return clean(f"{group.repeat} × {group.name}" if group.repeat > 0 else group.name)


def group_box(model: Model, number: int) -> Box:
    """The box of a closed group."""
    nodes = nodes_in(model, number)
    ports, width = _group_ports(model, nodes)
    operators = sum(model.nodes[node]["op"] is not None for node in nodes)
    parameters = parameters_of(model, nodes)
    name = f"{operators} operator{'' if operators == 1 else 's'}"
    if parameters > 0:
        name += f" · {count_text(parameters)} parameters"
    title = elide_middle(group_title(model, number), TITLE, INNER - METRICS["toggle"])
    y = METRICS["header_padding"] + METRICS["title_line"] - METRICS["descent"]
    body = 2 * METRICS["header_padding"] + METRICS["title_line"] + METRICS["name_line"]
    failed = any(model.nodes[node]["error"] is not None for node in nodes)
    lines = [Line("title", title, y), Line("name", name, y + METRICS["name_line"])]
    return Box(
        -1, number, "group", False, failed, max(_card_width(lines, [], group=True), width),
        body, body, body + _footer(ports), lines, [], ports, chip_text(model.groups[number].name, ""),
    )  # fmt: skip
