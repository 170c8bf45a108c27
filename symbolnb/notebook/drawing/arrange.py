"""The whole picture: boxes, frames of open groups, wires and chips, at their places.

Each open group is laid out on its own and then stands as one box in the group around it.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field, replace

from symbolnb.notebook.drawing.boxes import (
    METRICS,
    NAME,
    TITLE,
    Box,
    box_room,
    chip_text,
    group_box,
    group_title,
    node_box,
    output_label,
    sideways_box,
)
from symbolnb.notebook.drawing.model import Model, groups_around, is_present
from symbolnb.notebook.drawing.words import elide_middle, text_width
from symbolnb.notebook.layout import Chip, Layout, LayoutEdge, LayoutGraph, LayoutNode, layered, turned
from symbolnb.notebook.layout.route import Point, backward
from symbolnb.notebook.style import STYLE

PADDING: float = STYLE["frame"]["padding"]
HEADER: float = STYLE["frame"]["header"]
BOTTOM: float = STYLE["frame"]["bottom"]

CORNER = 8
"""How far from the corner of a box an edge touches it that leads back."""


@dataclass(frozen=True)
class Edge:
    """An edge of the view document."""

    source: int
    output: int
    target: int
    input: int


@dataclass(frozen=True)
class PlacedBox:
    """A box and its left upper corner."""

    box: Box
    x: float
    y: float


@dataclass(frozen=True)
class Frame:
    """The frame of an open group."""

    group: int
    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True)
class Wire:
    """A line with or without an arrow: from even to odd points straight, between them a curve."""

    points: list[Point]
    arrow: bool
    edges: list[Edge]


@dataclass(frozen=True)
class PlacedChip:
    """A chip where edges are cut."""

    x: float
    y: float
    width: float
    text: str
    edges: list[Edge]


@dataclass
class Picture:
    """Everything to draw, and the size of it all in pixels; does the graph run to the right?"""

    width: float
    height: float
    sideways: bool = False
    boxes: list[PlacedBox] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    chips: list[PlacedChip] = field(default_factory=list)

    @property
    def size(self) -> Point:
        """Width and height."""
        return self.width, self.height

    def include(self, part: Picture, x: float, y: float) -> None:
        """Adds the picture of a part at a place."""
        self.boxes += [replace(one, x=one.x + x, y=one.y + y) for one in part.boxes]
        self.frames += [replace(one, x=one.x + x, y=one.y + y) for one in part.frames]
        self.chips += [replace(one, x=one.x + x, y=one.y + y) for one in part.chips]
        self.wires += [replace(one, points=_shift(one.points, x, y)) for one in part.wires]


@dataclass
class _LocalEdge:
    """What runs between two items of one group: nodes (n3), groups (g1), ports of the frame (in 3:0, out 3:0)."""

    source: str
    target: str
    key: str
    edges: list[Edge]


@dataclass
class _Scope:
    edges: dict[tuple[str, str, str], _LocalEdge] = field(default_factory=dict)
    inward: dict[str, None] = field(default_factory=dict)
    outward: dict[str, None] = field(default_factory=dict)


@dataclass
class _Part:
    """A laid-out group, with the offsets of its ports from its centre."""

    picture: Picture
    inward: dict[str, float] = field(default_factory=dict)
    outward: dict[str, float] = field(default_factory=dict)


@dataclass
class _Laid:
    """The items of one group with what they are, and their layout."""

    names: list[str]
    edges: list[_LocalEdge]
    boxes: dict[str, Box]
    parts: dict[str, _Part]
    layout: Layout = field(default_factory=lambda: layered(LayoutGraph([], [])))


def _shift(points: list[Point], x: float, y: float) -> list[Point]:
    return [(px + x, py + y) for px, py in points]


def _group_at(chain: list[str], depth: int) -> int:
    return 0 if depth == 0 else int(chain[depth - 1][1:])


class _Arrangement:
    def __init__(self, model: Model, closed: Set[int], sideways: bool) -> None:
        self.model = model
        self.closed = closed
        self.sideways = sideways
        self.scopes: dict[int, _Scope] = {}
        self._spread_edges()

    def _scope(self, group: int) -> _Scope:
        return self.scopes.setdefault(group, _Scope())

    def _chain(self, node: int) -> list[str]:
        """The items that contain a node, outermost first: open groups, then a closed group or the node."""
        items = []
        for group in groups_around(self.model, node):
            items.append(f"g{group}")
            if group in self.closed:
                return items
        return [*items, f"n{node}"]

    def _connect(self, group: int, ends: tuple[str, str], key: str, edge: Edge) -> None:
        local = self._scope(group).edges.setdefault((*ends, key), _LocalEdge(*ends, key, []))
        local.edges.append(edge)

    def _spread_edges(self) -> None:
        """Every edge becomes one piece in each open group that it passes."""
        folded = self.model.folded
        chains = [[] if folded[i] else self._chain(i) for i in range(len(folded))]
        for target, node in enumerate(self.model.nodes):
            if folded[target]:
                continue
            for index, source in enumerate(node["inputs"]):
                if not folded[source["node"]]:
                    edge = Edge(source["node"], source["output"], target, index)
                    self._spread_edge(chains[edge.source], chains[target], f"{edge.source}:{edge.output}", edge)

    def _spread_edge(self, source: list[str], target: list[str], key: str, edge: Edge) -> None:
        common = 0
        while common < min(len(source), len(target)) and source[common] == target[common]:
            common += 1
        if common in (len(source), len(target)):
            return
        self._connect(_group_at(source, common), (source[common], target[common]), key, edge)
        for depth in range(common + 1, len(source)):
            self._scope(_group_at(source, depth)).outward[key] = None
            self._connect(_group_at(source, depth), (source[depth], f"out {key}"), key, edge)
        for depth in range(common + 1, len(target)):
            self._scope(_group_at(target, depth)).inward[key] = None
            self._connect(_group_at(target, depth), (f"in {key}", target[depth]), key, edge)

    def _is_lost(self, local: _LocalEdge) -> bool:
        """Whether an edge of two graphs is not there any more; such a one may lead back."""
        nodes = self.model.nodes
        return all(not is_present(nodes[edge.target], edge.input) for edge in local.edges)

    def _in_order(self, group: int, edges: list[_LocalEdge]) -> list[str]:
        """The items of a group, sources before targets as far as the edges between them have no cycle."""
        items = [f"{kind[0]}{number}" for kind, number in self.model.groups[group].members]
        before: dict[str, list[str]] = {item: [] for item in items}
        for edge in edges:
            if edge.source in before and edge.target in before and not self._is_lost(edge):
                before[edge.target].append(edge.source)
        entered: set[str] = set()
        out: list[str] = []
        for item in items:
            stack = [] if item in entered else [(item, iter(before[item]))]
            entered.add(item)
            while stack:
                source = next((one for one in stack[-1][1] if one not in entered), None)
                if source is None:
                    out.append(stack.pop()[0])
                else:
                    entered.add(source)
                    stack.append((source, iter(before[source])))
        return out

    def part(self, group: int) -> _Part:
        """The picture of one group and where its ports are."""
        scope = self._scope(group)
        edges = list(scope.edges.values())
        laid = _Laid([], edges, {}, {})
        items = self._in_order(group, edges)
        for item in items:
            number = int(item[1:])
            if item[0] == "n":
                laid.boxes[item] = self._box(node_box(self.model, number))
            elif number in self.closed:
                laid.boxes[item] = self._box(group_box(self.model, number))
            else:
                laid.parts[item] = self.part(number)
        laid.names = [
            *(f"in {key}" for key in scope.inward),
            *items,
            *(f"out {key}" for key in scope.outward),
        ]
        index = {name: i for i, name in enumerate(laid.names)}
        nodes = [self._layout_node(name, laid) for name in laid.names]
        layout = layered(LayoutGraph(nodes, [self._layout_edge(edge, index, laid) for edge in edges], self.sideways))
        laid.layout = turned(layout) if self.sideways else layout
        return self._assemble(group, laid)

    def _box(self, box: Box) -> Box:
        return sideways_box(box) if self.sideways else box

    def _chip_text(self, name: str, laid: _Laid) -> str:
        if name in laid.boxes:
            return laid.boxes[name].chip
        if name[0] == "g":
            return chip_text(self.model.groups[int(name[1:])].name, "")
        source, output = name.split(" ")[1].split(":")
        node = self.model.nodes[int(source)]
        return chip_text(node["name"], output_label(self.model, node, int(output)))

    def _layout_node(self, name: str, laid: _Laid) -> LayoutNode:
        stub = text_width(self._chip_text(name, laid), NAME) + 2 * METRICS["chip_padding"]
        if name in laid.boxes or name in laid.parts:
            width, height = box_room(laid.boxes[name]) if name in laid.boxes else laid.parts[name].picture.size
            return LayoutNode(height, width, stub) if self.sideways else LayoutNode(width, height, stub)
        return LayoutNode(0.0, 0.0, stub, "top" if name.startswith("in ") else "bottom")

    def _layout_edge(self, edge: _LocalEdge, index: dict[str, int], laid: _Laid) -> LayoutEdge:
        leave = 0.0
        if edge.source in laid.boxes:
            ports = {f"{port.node}:{port.output}": port.x for port in laid.boxes[edge.source].ports}
            leave = ports.get(edge.key, 0.0)
        elif edge.source in laid.parts:
            leave = laid.parts[edge.source].outward[edge.key]
        arrive = laid.parts[edge.target].inward[edge.key] if edge.target in laid.parts else None
        if edge.target.startswith("out "):
            arrive = 0.0
        if index[edge.source] > index[edge.target]:
            leave = self._corner(laid.boxes[edge.source]) if edge.source in laid.boxes else leave
            arrive = self._corner(laid.boxes[edge.target]) if edge.target in laid.boxes else arrive
        return LayoutEdge(index[edge.source], index[edge.target], leave, arrive)

    def _corner(self, box: Box) -> float:
        """Where an edge that leads back touches a box: beside the label and the edges that lead on."""
        return (box.height if self.sideways else box.width) / 2 - CORNER

    def _assemble(self, group: int, laid: _Laid) -> _Part:
        layout = laid.layout
        width, height, dx, dy = layout.width, layout.height, 0.0, 0.0
        picture = Picture(width, height, self.sideways)
        if group != 0:
            title = elide_middle(group_title(self.model, group), TITLE, max(width, METRICS["max_width"]))
            picture.width = max(width, text_width(title, TITLE) + METRICS["toggle"]) + 2 * PADDING
            picture.height = height + HEADER + (PADDING if self.sideways else BOTTOM)
            dx, dy = (picture.width - width) / 2, HEADER
            picture.frames.append(Frame(group, 0.0, 0.0, picture.width, picture.height, title))
        part = _Part(picture)
        middle = picture.height / 2 if self.sideways else picture.width / 2
        for name, (left, top) in zip(laid.names, layout.nodes, strict=True):
            x, y = left + dx, top + dy
            if name in laid.boxes:
                picture.boxes.append(PlacedBox(laid.boxes[name], x, y))
            elif name in laid.parts:
                picture.include(laid.parts[name].picture, x, y)
            elif name.startswith("in "):
                part.inward[name.removeprefix("in ")] = (y if self.sideways else x) - middle
            else:
                part.outward[name.removeprefix("out ")] = (y if self.sideways else x) - middle
        for edge, points in zip(laid.edges, layout.edges, strict=True):
            if points is not None:
                picture.wires.append(_wire(edge, _shift(points, dx, dy), picture, laid))
        for chip in layout.chips:
            self._add_chip(picture, chip, laid, (dx, dy))
        return part

    def _add_chip(self, picture: Picture, chip: Chip, laid: _Laid, shift: Point) -> None:
        cut = [edge for number in chip.edges for edge in laid.edges[number].edges]
        head = chip.end == "head"
        text = f"↓ {len(cut)} more" if head else self._chip_text(laid.names[chip.node], laid)
        points = _shift(chip.points, *shift)
        back = laid.edges[chip.edges[0]].target == laid.names[chip.node]
        if back:
            points = backward(points)
            if head:
                points[-1] = _to_card(points[-1], laid.boxes.get(laid.names[chip.node]), picture.sideways)
        picture.wires.append(Wire(points, head == back, cut))
        picture.chips.append(PlacedChip(chip.x + shift[0], chip.y + shift[1], chip.width, text, cut))


def _wire(edge: _LocalEdge, points: list[Point], frame: Picture, laid: _Laid) -> Wire:
    """The wire of an edge; one that comes in or goes out reaches to the frame."""
    leaves = edge.target.startswith("out ")
    if edge.source.startswith("in "):
        points[0] = (0.0, points[0][1]) if frame.sideways else (points[0][0], 0.0)
    if leaves:
        points[-1] = (frame.width, points[-1][1]) if frame.sideways else (points[-1][0], frame.height)
    along = 0 if frame.sideways else 1
    if points[0][along] > points[-1][along]:
        points[-1] = _to_card(points[-1], laid.boxes.get(edge.target), frame.sideways)
    return Wire(points, not leaves and edge.target not in laid.parts, edge.edges)


def _to_card(end: Point, box: Box | None, sideways: bool) -> Point:
    """Where an edge that leads back meets a box, whose labels stand before its card."""
    if box is None:
        return end
    x, y = end
    return (x - (0.0 if box.side is None else box.side), y) if sideways else (x, y - box.height + box.body)


def arrange(model: Model, closed: Set[int], sideways: bool = False) -> Picture:
    """The picture of a model with some groups closed, from top to bottom or `sideways` from left to right."""
    return _Arrangement(model, closed, sideways).part(0).picture
