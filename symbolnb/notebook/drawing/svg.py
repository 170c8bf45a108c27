"""A picture as SVG text: presentation attributes only, no ids, no script, everything escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Literal

from symbolnb.notebook.drawing.arrange import Frame, Picture, PlacedBox, PlacedChip, Wire
from symbolnb.notebook.drawing.boxes import METRICS, Box, Port, Row
from symbolnb.notebook.drawing.model import Model
from symbolnb.notebook.drawing.words import clean
from symbolnb.notebook.layout.route import Point
from symbolnb.notebook.style import STYLE

Theme = Literal["light", "dark", "auto"]

MARGIN = 20
SANS: str = STYLE["text"]["sans"]
MONO = "ui-monospace,Menlo,Consolas,monospace"  # short: it stands in every label
RADIUS = METRICS["radius"]
CHIP_HEIGHT: float = STYLE["layout"]["chip_height"]


def number(value: float) -> str:
    """A length with at most two decimals."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _tag(name: str, attributes: dict[str, str | float], *children: str) -> str:
    words = [name]
    for key, value in attributes.items():
        text = value if isinstance(value, str) else number(value)
        words.append(f'{key}="{escape(text, quote=True)}"')
    head = " ".join(words)
    return f"<{head}>{''.join(children)}</{name}>" if children else f"<{head}/>"


def wire_path(points: Sequence[Point], sideways: bool = False) -> str:
    """The path through points of which every second stretch is straight."""
    parts = [f"M{number(points[0][0])} {number(points[0][1])}"]
    for i in range(1, len(points)):
        (x0, y0), (x, y) = points[i - 1], points[i]
        if i % 2 == 1 or abs(y - y0 if sideways else x - x0) < 0.5:
            parts.append(f"L{number(x)} {number(y)}")
        elif sideways:
            middle = number((x0 + x) / 2)
            parts.append(f"C{middle} {number(y0)} {middle} {number(y)} {number(x)} {number(y)}")
        else:
            middle = number((y0 + y) / 2)
            parts.append(f"C{number(x0)} {middle} {number(x)} {middle} {number(x)} {number(y)}")
    return "".join(parts)


class Paint:
    """Colours by role; with the theme "auto" they follow the reader's, else they are fixed."""

    def __init__(self, theme: Theme) -> None:
        self.auto = theme == "auto"
        self.base = STYLE["themes"]["dark" if theme == "dark" else "light"]
        self.dark = STYLE["themes"]["dark"]
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
            f"M{number(start)} {number(at)}H{number(end)}" if across else f"M{number(at)} {number(start)}V{number(end)}"
        )
        return _tag("path", {"d": path, "fill": "none", **self.paint("stroke", "edge"), "stroke-width": 1.3})

    def colours(self, box: Box) -> tuple[str, str, str]:
        """The roles of tint, outline and ink of a box."""
        if box.failed:
            return "error_tint", "error", "error"
        if box.family == "group":
            return "raised", "edge", "text"
        return f"families.{box.family}.tint", f"families.{box.family}.line", f"families.{box.family}.text"

    def frame(self, frame: Frame) -> str:
        area = _tag("rect", {
            "x": frame.x + 0.5, "y": frame.y + 0.5, "width": frame.width - 1, "height": frame.height - 1, "rx": 12,
            **self.paint.both("frame", "frame_line"), "fill-opacity": 0.6,
        })  # fmt: skip
        return area + self.text(frame.title, frame.x + 14, frame.y + 18, 12, "muted", font_weight="600")

    def wire(self, wire: Wire) -> str:
        path = _tag("path", {
            "d": wire_path(wire.points, self.picture.sideways), "fill": "none", "stroke-width": 1.3,
            **self.paint("stroke", "edge"),
        })  # fmt: skip
        if not wire.arrow:
            return path
        (x0, y0), (x, y) = wire.points[-2:]
        head = f"l{-7 if x >= x0 else 7} -3.8v7.6z" if self.picture.sideways else f"l-3.8 {-7 if y >= y0 else 7}h7.6z"
        return path + _tag("path", {"d": f"M{number(x)} {number(y)}{head}", **self.paint("fill", "edge")})

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
        parts = [_tag("title", {}, escape(clean(name), quote=False)), *self.card(box)]
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
        for port in box.ports:
            parts += self.port(box, port) if box.side is None else self.sideways_port(box, port, box.side)
        return _tag("g", {"transform": f"translate({number(placed.x)} {number(placed.y)})"}, *parts)

    def card(self, box: Box) -> list[str]:
        """The card of a box: pill, card with a coloured head, or a stack for a closed group."""
        tint, line, _ = self.colours(box)
        radius = box.body / 2 if box.variable else RADIUS
        size: dict[str, str | float] = {"width": box.width, "height": box.body, "rx": radius}
        if box.variable:
            dash: dict[str, str | float] = {}
            if self.model.nodes[box.node]["kind"] == "label":
                dash["stroke-dasharray"] = "4 3"
            return [_tag("rect", {**size, **self.paint.both("surface", line), **dash})]
        parts = [_tag("rect", {**size, **self.paint("fill", "surface")})]
        if box.group >= 0:
            parts.insert(0, _tag("rect", {"x": 4, "y": 4, **size, **self.paint.both("surface", line)}))
        parts.append(_tag("path", {"d": _header_path(box), **self.paint("fill", tint)}))
        if box.header < box.body:
            rule = f"M0 {number(box.header)}H{number(box.width)}"
            parts.append(_tag("path", {"d": rule, **self.paint("stroke", line), "stroke-opacity": 0.55}))
        parts.append(_tag("rect", {**size, "fill": "none", **self.paint("stroke", line)}))
        return parts

    def row(self, row: Row, width: float) -> list[str]:
        label = self.text(row.label, METRICS["padding"], row.y, METRICS["row"], "muted")
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
    r, width = number(RADIUS), box.width
    right = number(width - RADIUS)
    bottom = f"V{number(box.header)}H0"
    if box.header == box.body:
        bottom = f"V{number(box.body - RADIUS)}a{r} {r} 0 0 1 -{r} {r}H{r}a{r} {r} 0 0 1 -{r} -{r}"
    return f"M0 {r}a{r} {r} 0 0 1 {r} -{r}H{right}a{r} {r} 0 0 1 {r} {r}{bottom}z"


def draw(model: Model, picture: Picture, theme: Theme) -> str:
    """The SVG text of a picture on a card of its own, so that it can be read on any background."""
    paint = Paint(theme)
    drawing = _Drawing(model, picture, paint)
    width, height = picture.width + 2 * MARGIN, picture.height + 2 * MARGIN
    ground = _tag("rect", {
        "x": 0.5, "y": 0.5, "width": width - 1, "height": height - 1, "rx": 10, **paint.both("canvas", "line"),
    })  # fmt: skip
    content = [
        *(drawing.frame(frame) for frame in picture.frames),
        *(drawing.wire(wire) for wire in picture.wires),
        *(drawing.box(box) for box in picture.boxes),
        *(drawing.chip(chip) for chip in picture.chips),
    ]
    title = clean(model.view["title"])
    body = _tag("g", {"transform": f"translate({MARGIN} {MARGIN})", "font-family": SANS}, *content)
    attributes: dict[str, str | float] = {
        "xmlns": "http://www.w3.org/2000/svg", "width": width, "height": height,
        "viewBox": f"0 0 {number(width)} {number(height)}", "role": "img", "aria-label": f"Graph {title}",
    }  # fmt: skip
    return _tag("svg", attributes, paint.style(), _tag("title", {}, escape(title, quote=False)), ground, body)
