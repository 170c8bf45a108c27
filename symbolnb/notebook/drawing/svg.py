"""A picture as SVG text: presentation attributes only, no ids, no script, everything escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from html import escape
from typing import Literal

from symbolnb.notebook.drawing.arrange import Frame, Picture, PlacedBox, PlacedChip, Wire
from symbolnb.notebook.drawing.boxes import METRICS, Box, Port, Row
from symbolnb.notebook.drawing.changes import edge_change
from symbolnb.notebook.drawing.model import Model, nodes_in
from symbolnb.notebook.drawing.words import Font, clean, elide_end, text_width
from symbolnb.notebook.layout.route import Point
from symbolnb.notebook.style import STYLE, palette

BADGES = {"added": "+", "removed": "−", "changed": "~"}
"""What a node is marked with in a document of two graphs."""

AGAIN = "M3.2 -2.6A4.2 4.2 0 1 0 4.2 .6M3.6 -5.4V-2.4H.6"
"""An arrow that goes round its middle."""

MARGIN = 20
HEADING = 26
HEADING_FONT = Font(13, bold=True)
WIRE = 1.3
"""How wide lines are."""
SANS: str = STYLE["text"]["sans"]
MONO = "ui-monospace,Menlo,Consolas,monospace"  # short: it stands in every label
RADIUS = METRICS["radius"]
CHIP_HEIGHT: float = STYLE["layout"]["chip_height"]


def number_text(value: float) -> str:
    """A length with at most two decimals."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _tag(name: str, attributes: dict[str, str | float], *children: str) -> str:
    words = [name]
    for key, value in attributes.items():
        text = value if isinstance(value, str) else number_text(value)
        words.append(f'{key}="{escape(text, quote=True)}"')
    head = " ".join(words)
    return f"<{head}>{''.join(children)}</{name}>" if children else f"<{head}/>"


def wire_path(points: Sequence[Point], sideways: bool = False) -> str:
    """The path through points of which every second stretch is straight."""
    parts = [f"M{number_text(points[0][0])} {number_text(points[0][1])}"]
    for i in range(1, len(points)):
        (x0, y0), (x, y) = points[i - 1], points[i]
        if i % 2 == 1 or abs(y - y0 if sideways else x - x0) < 0.5:
            parts.append(f"L{number_text(x)} {number_text(y)}")
        elif sideways:
            middle = number_text((x0 + x) / 2)
            parts.append(f"C{middle} {number_text(y0)} {middle} {number_text(y)} {number_text(x)} {number_text(y)}")
        else:
            middle = number_text((y0 + y) / 2)
            parts.append(f"C{number_text(x0)} {middle} {number_text(x)} {middle} {number_text(x)} {number_text(y)}")
    return "".join(parts)


class Paint:
    """Colours by role; with the theme "auto" they follow the reader's, else they are fixed."""

    def __init__(self, theme: str) -> None:
        self.auto = theme == "auto"
        self.wide = 2.0 if theme == "contrast" else 1.0
        """How much stronger lines are than usual."""
        self.base, self.dark = palette(theme), palette("dark")
        self.used: dict[str, str] = {}

    def __call__(self, property_name: Literal["fill", "stroke"], role: str) -> dict[str, str | float]:
        """The attribute that paints something, e.g. ``paint("fill", "text")``."""
        out: dict[str, str | float] = {property_name: _colour(self.base, role)}
        if self.auto:
            name = f"{property_name[0]}-{role.replace('_', '-').replace('.', '-')}"
            self.used[name] = f".{name}{{{property_name}:{_colour(self.dark, role)}}}"
            out["class"] = name
        return out

    def both(self, fill: str, stroke: str) -> dict[str, str | float]:
        """The attributes for a filled shape with an outline."""
        first, second = self("fill", fill), self("stroke", stroke)
        merged = first | second
        if self.auto:
            merged["class"] = f"{first['class']} {second['class']}"
        return merged

    def style(self) -> str:
        """The style element that turns the picture dark, if it is to follow the reader's theme."""
        rules = "".join(self.used.values())
        return f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>" if self.auto else ""


def _colour(theme: dict[str, object], role: str) -> str:
    value: object = theme
    for key in role.split("."):
        value = value[key] if isinstance(value, dict) else None
    return str(value)


class _Drawing:
    def __init__(self, model: Model, picture: Picture, paint: Paint) -> None:
        self.model = model
        self.picture = picture
        self.paint = paint

    def text(self, words: str, x: float, y: float, size: float, role: str, **more: str) -> str:
        attributes: dict[str, str | float] = {"x": x, "y": y, "font-size": size, **self.paint("fill", role)}
        attributes |= {key.replace("_", "-"): value for key, value in more.items()}
        return _tag("text", attributes, *self._marked(words, "font-family" in attributes))

    def _marked(self, words: str, is_shape: bool) -> Iterator[str]:
        """The words, unknown dimensions of a shape in the colour of a warning."""
        parts = words.split("?") if is_shape else [words]
        for i, part in enumerate(parts):
            if i > 0:
                yield _tag("tspan", {**self.paint("fill", "warning"), "font-weight": "700"}, "?")
            yield escape(part, quote=False)

    def line(self, at: float, start: float, end: float, across: bool = False) -> str:
        """A straight line down, or across the picture."""
        path = (
            f"M{number_text(start)} {number_text(at)}H{number_text(end)}"
            if across
            else f"M{number_text(at)} {number_text(start)}V{number_text(end)}"
        )
        width = WIRE * self.paint.wide
        return _tag("path", {"d": path, "fill": "none", **self.paint("stroke", "edge"), "stroke-width": width})

    def colours(self, box: Box) -> tuple[str, str, str]:
        """The roles of tint, outline and ink of a box."""
        if box.failed:
            return "error_tint", "error", "error"
        if box.family == "group":
            return "raised", "edge", "text"
        return f"families.{box.family}.tint", f"families.{box.family}.line", f"families.{box.family}.text"

    def frame(self, frame: Frame) -> str:
        return _tag("rect", {
            "x": frame.x + 0.5, "y": frame.y + 0.5, "width": frame.width - 1, "height": frame.height - 1, "rx": 12,
            **self.paint.both("frame", "frame_line"), "fill-opacity": 0.6,
        })  # fmt: skip

    def frame_title(self, frame: Frame) -> str:
        """The name of an open group, with room around its letters where a wire passes behind them.

        Not every program knows that a stroke may lie behind what it goes around, so the stroke is a text of its own.
        """
        place: dict[str, str | float] = {"x": frame.x + 14, "y": frame.y + 18, "font-size": 12, "font-weight": "600"}
        stroke: dict[str, str | float] = {"stroke-width": 5, "stroke-linejoin": "round", "aria-hidden": "true"}
        title = escape(frame.title, quote=False)
        return "".join([
            _tag("text", {**place, **stroke, **self.paint.both("frame", "frame")}, title),
            _tag("text", {**place, **self.paint("fill", "muted")}, title),
        ])  # fmt: skip

    def shapes(self) -> Iterator[str]:
        """Everything, what is in front last."""
        yield from map(self.frame, self.picture.frames)
        yield from map(self.wire, self.picture.wires)
        yield from map(self.frame_title, self.picture.frames)
        yield from map(self.box, self.picture.boxes)
        yield from map(self.chip, self.picture.chips)

    def wire(self, wire: Wire) -> str:
        role = _shared({edge_change(self.model.nodes, edge) for edge in wire.edges}) or "edge"
        width = WIRE * self.paint.wide * (1.0 if role == "edge" else 1.6)
        path = _tag("path", {
            "d": wire_path(wire.points, self.picture.sideways), "fill": "none", "stroke-width": width,
            **self.paint("stroke", role),
            **({"stroke-dasharray": "5 3"} if role == "removed" else {}),
        })  # fmt: skip
        if not wire.arrow:
            return path
        (x0, y0), (x, y) = wire.points[-2:]
        head = f"l{-7 if x >= x0 else 7} -3.8v7.6z" if self.picture.sideways else f"l-3.8 {-7 if y >= y0 else 7}h7.6z"
        return path + _tag("path", {"d": f"M{number_text(x)} {number_text(y)}{head}", **self.paint("fill", role)})

    def box_change(self, box: Box) -> str | None:
        """What became of a node; of a group, what became of all that is in it, else that it changed."""
        nodes = self.nodes_of(box)
        changes = {self.model.nodes[node].get("change") for node in nodes}
        return None if changes == {None} else _shared(changes) or "changed"

    def chip(self, chip: PlacedChip) -> str:
        rect = _tag("rect", {
            "x": chip.x, "y": chip.y, "width": chip.width, "height": CHIP_HEIGHT, "rx": CHIP_HEIGHT / 2,
            **self.paint.both("raised", "edge"), "stroke-dasharray": "3 2.5",
        })  # fmt: skip
        middle = chip.x + chip.width / 2
        return rect + self.text(chip.text, middle, chip.y + 14, METRICS["name"], "muted", text_anchor="middle")

    def box(self, placed: PlacedBox) -> str:
        box = placed.box
        name = self.model.groups[box.group].name if box.node < 0 else self.model.nodes[box.node]["name"]
        change = self.box_change(box)
        parts = [_tag("title", {}, escape(self.tooltip(box, name), quote=False)), *self.card(box, change)]
        ink = self.colours(box)[2]
        place: dict[str, str] = {"text_anchor": "middle"} if box.variable else {}
        x = box.width / 2 if box.variable else METRICS["padding"]
        for line in box.lines:
            role = {"tag": "muted", "error": "error"}.get(line.role, ink)
            weight = {"font_weight": "600"} if line.role == "title" else {}
            size = METRICS["name" if line.role in ("detail", "error") else line.role]
            parts.append(self.text(line.text, x, line.y, size, role, **place, **weight))
        for row in box.rows:
            parts += self.row(row, box.width)
        if change is not None:
            parts += self.badge(change)
        if any("again" in self.model.nodes[node] for node in self.nodes_of(box)):
            parts += self.again(box)
        for port in box.ports:
            parts += self.port(box, port) if box.side is None else self.sideways_port(box, port, box.side)
        return _tag("g", {"transform": f"translate({number_text(placed.x)} {number_text(placed.y)})"}, *parts)

    def nodes_of(self, box: Box) -> list[int]:
        """The nodes that a box shows."""
        return [box.node] if box.node >= 0 else nodes_in(self.model, box.group)

    def again(self, box: Box) -> list[str]:
        """The mark at the other corner of what is computed a second time: an arrow that goes round."""
        _, line, ink = self.colours(box)
        disc = _tag("circle", {"cx": box.width, "cy": 0, "r": 8, **self.paint.both("surface", line)})
        place = f"translate({number_text(box.width)} 0)"
        return [disc, _tag("path", {"d": AGAIN, "transform": place, "fill": "none", **self.paint("stroke", ink)})]

    def tooltip(self, box: Box, name: str) -> str:
        """The whole name, and in a document of two graphs what differs."""
        lines = [clean(name)]
        for one in () if box.node < 0 else self.model.nodes[box.node].get("changes", ()):
            before, after = ("none" if one[side] is None else one[side] for side in ("before", "after"))
            lines.append(clean(f"{one['what']} {one['name']}: {before} → {after}"))
        return "\n".join(lines)

    def badge(self, change: str) -> list[str]:
        """The mark of what became of a node, at the corner of its box."""
        disc = _tag("circle", {"cx": 0, "cy": 0, "r": 8, **self.paint("fill", change)})
        return [disc, self.text(BADGES[change], 0, 4.5, 13, "canvas", text_anchor="middle", font_weight="700")]

    def card(self, box: Box, change: str | None) -> list[str]:
        """The card of a box: pill, card with a coloured head, or a stack for a closed group."""
        tint, line, _ = self.colours(box)
        line = line if change is None else change
        radius = box.body / 2 if box.variable else RADIUS
        stroke: dict[str, str | float] = {}
        if self.paint.wide > 1 or change is not None:
            stroke["stroke-width"] = 2.5
        size: dict[str, str | float] = {"width": box.width, "height": box.body, "rx": radius}
        if box.variable:
            if self.model.nodes[box.node]["kind"] == "label":
                stroke["stroke-dasharray"] = "4 3"
            return [_tag("rect", {**size, **self.paint.both("surface", line), **stroke})]
        parts = [_tag("rect", {**size, **self.paint("fill", "surface")})]
        if box.group >= 0:
            parts.insert(0, _tag("rect", {"x": 4, "y": 4, **size, **self.paint.both("surface", line)}))
        parts.append(_tag("path", {"d": _header_path(box), **self.paint("fill", tint)}))
        if box.header < box.body:
            rule = f"M0 {number_text(box.header)}H{number_text(box.width)}"
            parts.append(_tag("path", {"d": rule, **self.paint("stroke", line), "stroke-opacity": 0.55}))
        if change == "removed":
            stroke["stroke-dasharray"] = "5 3"
        parts.append(_tag("rect", {**size, "fill": "none", **self.paint("stroke", line), **stroke}))
        return parts

    def row(self, row: Row, width: float) -> list[str]:
        change = None if row.node < 0 else self.model.nodes[row.node].get("change")
        role, weight = ("muted", {}) if change is None else (change, {"font_weight": "600"})
        label = self.text(row.label, METRICS["padding"], row.y, METRICS["row"], role, **weight)
        place = width - METRICS["padding"]
        value = self.text(row.value, place, row.y, METRICS["row"], "text", font_family=MONO, text_anchor="end")
        return [label, value]

    def port(self, box: Box, port: Port) -> list[str]:
        """The line below a box with the shape on it, and the mark of an output of the graph."""
        x = box.width / 2 + port.x
        label_end = box.body + METRICS["label_height"]
        end = label_end if port.head else box.height
        if port.text == "":
            parts = [self.line(x, box.body, end)]
        else:
            baseline = box.body + METRICS["label_baseline"]
            parts = [self.line(x, box.body, box.body + METRICS["label_line"])]
            shape = self.text(port.text, x, baseline, METRICS["label"], "muted", font_family=MONO, text_anchor="middle")
            parts.append(shape)
            if port.head or port.used:
                parts.append(self.line(x, box.body + METRICS["label_text_end"], end))
        if port.head:
            parts.append(self.head(port, x, label_end))
            if port.used:
                parts.append(self.line(x, label_end + METRICS["head_pill"], box.height))
        return parts

    def sideways_port(self, box: Box, port: Port, side: float) -> list[str]:
        """The same beside a box of a graph that runs to the right."""
        y, at, gap = box.body / 2 + port.x, box.width, METRICS["label_line"]
        parts = []
        if port.text != "":
            parts.append(self.line(y, at, at + gap, across=True))
            parts.append(self.text(port.text, at + 2 * gap, y + 4, METRICS["label"], "muted", font_family=MONO))
            at += 3 * gap + port.width
        if port.head:
            parts.append(self.line(y, at, at + gap, across=True))
            parts.append(self.head(port, at + gap + METRICS["head_width"] / 2, y - METRICS["head_pill"] / 2))
            at += gap + METRICS["head_width"]
        if port.used:
            parts.append(self.line(y, at, box.width + side, across=True))
        return parts

    def head(self, port: Port, middle: float, top: float) -> str:
        """The mark of an output of the graph."""
        width, height = METRICS["head_width"], METRICS["head_pill"]
        pill: dict[str, str | float] = {"x": middle - width / 2, "y": top, "width": width, "height": height}
        rect = _tag("rect", {**pill, "rx": height / 2, **self.paint("fill", "text")})
        style = {"font_weight": "600", "text_anchor": "middle"}
        return rect + self.text(self.head_text(port), middle, top + 11.5, METRICS["tag"], "canvas", **style)

    def head_text(self, port: Port) -> str:
        """The mark of an output of the graph: its number where there are several."""
        heads = self.model.view["heads"]
        if len(heads) == 1:
            return "output"
        return f"output {heads.index({'node': port.node, 'output': port.output})}"


def _header_path(box: Box) -> str:
    r, width = number_text(RADIUS), box.width
    right = number_text(width - RADIUS)
    bottom = f"V{number_text(box.header)}H0"
    if box.header == box.body:
        bottom = f"V{number_text(box.body - RADIUS)}a{r} {r} 0 0 1 -{r} {r}H{r}a{r} {r} 0 0 1 -{r} -{r}"
    return f"M0 {r}a{r} {r} 0 0 1 {r} -{r}H{right}a{r} {r} 0 0 1 {r} {r}{bottom}z"


def _shared(changes: Set[str | None]) -> str | None:
    """What all have in common."""
    return next(iter(changes)) if len(changes) == 1 else None


@dataclass(frozen=True)
class Drawn:
    """A graph with all places, and the words above it."""

    model: Model
    picture: Picture
    heading: str = ""


def draw(parts: Sequence[Drawn], theme: str) -> str:
    """The SVG text of pictures on a card of their own, so that they can be read on any background.

    They stand beside each other, or below each other where they run to the right.
    """
    paint = Paint(theme)
    rows = parts[0].picture.sideways
    heading = HEADING if any(part.heading for part in parts) else 0
    widths = [max(part.picture.width, text_width(part.heading, HEADING_FONT)) for part in parts]
    heights = [part.picture.height + heading for part in parts]
    content: list[str] = []
    x, y = float(MARGIN), float(MARGIN)
    for number, (part, width, height) in enumerate(zip(parts, widths, heights, strict=True)):
        drawing = _Drawing(part.model, part.picture, paint)
        if number > 0:
            begin = y - MARGIN if rows else x - MARGIN
            path = f"M{MARGIN} {number_text(begin)}h{number_text(max(widths))}" if rows else ""
            path = path or f"M{number_text(begin)} {MARGIN}v{number_text(max(heights))}"
            content.append(_tag("path", {"d": path, **paint("stroke", "line")}))
        if part.heading:
            words = elide_end(clean(part.heading), HEADING_FONT, width)
            content.append(drawing.text(words, x, y + 12, HEADING_FONT.size, "text", font_weight="600"))
        middle = 0.0 if rows else (width - part.picture.width) / 2
        shift = f"translate({number_text(x + middle)} {number_text(y + heading)})"
        content.append(_tag("g", {"transform": shift}, *drawing.shapes()))
        if rows:
            y += height + 2 * MARGIN
        else:
            x += width + 2 * MARGIN
    left = max(widths) + 2 * MARGIN if rows else x - MARGIN
    height = y - MARGIN if rows else max(heights) + 2 * MARGIN
    ground = _tag("rect", {
        "x": 0.5, "y": 0.5, "width": left - 1, "height": height - 1, "rx": 10, **paint.both("canvas", "line"),
    })  # fmt: skip
    title = clean(parts[-1].model.view["title"])
    attributes: dict[str, str | float] = {
        "xmlns": "http://www.w3.org/2000/svg", "width": left, "height": height,
        "viewBox": f"0 0 {number_text(left)} {number_text(height)}", "role": "img", "aria-label": f"Graph {title}",
    }  # fmt: skip
    body = _tag("g", {"font-family": SANS}, *content)
    return _tag("svg", attributes, paint.style(), _tag("title", {}, escape(title, quote=False)), ground, body)
