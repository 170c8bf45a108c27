"""The layout and the boxes of a picture: the same as the widget's, and sound."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolnb.notebook.drawing import Picture, arrange, build_model, closed_at_first
from symbolnb.notebook.drawing.words import (
    Font,
    bytes_text,
    clean,
    count_text,
    elide_end,
    elide_middle,
    text_width,
    wrap,
)
from symbolnb.notebook.layout import LayoutEdge, LayoutGraph, LayoutNode, layered
from symbolnb.notebook.layout.cells import CHIP_HEIGHT, build_cells
from symbolnb.notebook.layout.order import count_crossings, order_rows
from symbolnb.notebook.layout.ranks import assign_ranks

FIXTURES = sorted((Path(__file__).parent.parent / "fixtures" / "layout").glob("*.json"))
GRAPHS = [path for path in FIXTURES if path.name.startswith("graph-")]
VIEWS = [path for path in FIXTURES if path.name.startswith("view-")]
TOLERANCE = 1e-6


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def graph_of(data: Mapping[str, Any]) -> LayoutGraph:
    nodes = [LayoutNode(node["width"], node["height"], node.get("stub"), node.get("pin")) for node in data["nodes"]]
    edges = [
        LayoutEdge(edge["source"], edge["target"], edge.get("from", 0.0), edge.get("to")) for edge in data["edges"]
    ]
    return LayoutGraph(nodes, edges)


def assert_same(ours: Any, theirs: Any, where: str) -> None:
    """Compares what the widget wrote with ours, numbers to a millionth of a pixel."""
    if isinstance(theirs, dict):
        mine = asdict(ours) if is_dataclass(ours) and not isinstance(ours, type) else ours
        assert set(theirs) <= set(mine), where
        for key in theirs:
            assert_same(mine[key], theirs[key], f"{where}.{key}")
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs), where
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            assert_same(a, b, f"{where}[{i}]")
    elif isinstance(theirs, (int, float)) and not isinstance(theirs, bool):
        assert ours == pytest.approx(theirs, rel=0, abs=TOLERANCE), where
    else:
        assert ours == theirs, where


def comparable(picture: Picture) -> dict[str, Any]:
    data = asdict(picture)
    data["boxes"] = [{**placed["box"], "x": placed["x"], "y": placed["y"]} for placed in data["boxes"]]
    return data


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.stem)
def test_layout_is_the_widgets(path: Path) -> None:
    data = read(path)
    ours = layered(graph_of(data["graph"]))
    theirs = data["layout"]
    assert_same([{"x": x, "y": y} for x, y in ours.nodes], theirs["nodes"], "nodes")
    for key in ("edges", "chips", "width", "height"):
        assert_same(getattr(ours, key), theirs[key], key)


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.stem)
def test_picture_is_the_widgets(path: Path) -> None:
    data = read(path)
    model = build_model(data["view"])
    assert_same(comparable(arrange(model, set())), data["open"], "open")
    closed = {group.id for group in model.groups[1:]}
    assert_same(comparable(arrange(model, closed)), data["closed"], "closed")
    assert_same(comparable(arrange(model, set(), sideways=True)), data["right"], "right")


def test_there_are_fixtures_of_both_kinds() -> None:
    assert len(GRAPHS) >= 10
    assert len(VIEWS) >= 3


@st.composite
def graphs(draw: st.DrawFn) -> LayoutGraph:
    size = draw(st.integers(1, 30))
    lengths = st.floats(1, 300, allow_nan=False)
    nodes = [LayoutNode(draw(lengths), draw(lengths), 60.0) for _ in range(size)]
    pairs = st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).filter(lambda pair: pair[0] != pair[1])
    edges = draw(st.lists(pairs, max_size=2 * size, unique=True)) if size > 1 else []
    return LayoutGraph(nodes, [LayoutEdge(source, target) for source, target in edges])


@settings(max_examples=150, deadline=None, derandomize=True)
@given(graphs())
def test_nothing_overlaps_and_edges_run_between_their_boxes(graph: LayoutGraph) -> None:
    layout = layered(graph)
    rects = [(x, y, node.width, node.height) for (x, y), node in zip(layout.nodes, graph.nodes, strict=True)]
    rects += [(chip.x, chip.y, chip.width, CHIP_HEIGHT) for chip in layout.chips]
    for i, (ax, ay, aw, ah) in enumerate(rects):
        assert ax >= -TOLERANCE and ax + aw <= layout.width + TOLERANCE
        for bx, by, bw, bh in rects[:i]:
            across = min(ax + aw, bx + bw) - max(ax, bx)
            along = min(ay + ah, by + bh) - max(ay, by)
            assert min(across, along) < TOLERANCE
    ranks = assign_ranks(graph)
    for edge, points in zip(graph.edges, layout.edges, strict=True):
        upper, lower = edge.ends
        assert ranks[lower] > ranks[upper]
        if points is not None:
            start, end = (points[-1], points[0]) if edge.upward else (points[0], points[-1])
            assert start[1] == pytest.approx(layout.nodes[upper][1] + graph.nodes[upper].height)
            assert end[1] == pytest.approx(layout.nodes[lower][1])
            assert abs(end[0] - layout.nodes[lower][0] - graph.nodes[lower].width / 2) <= graph.nodes[lower].width / 2


@settings(max_examples=50, deadline=None, derandomize=True)
@given(graphs())
def test_sweeps_never_add_crossings(graph: LayoutGraph) -> None:
    cells = build_cells(graph, assign_ranks(graph))
    rows = order_rows(cells)
    assert sorted(cell for row in rows for cell in row) == list(range(len(cells.cells)))
    assert all(cells.cells[cell].rank == rank for rank, row in enumerate(rows) for cell in row)
    by_number: list[list[int]] = [[] for _ in range(cells.rows)]
    for number, cell in enumerate(cells.cells):
        by_number[cell.rank].append(number)
    assert count_crossings(cells, rows) >= 0
    assert layered(graph) == layered(graph)


def test_crossings_are_counted_one_by_one() -> None:
    graph = LayoutGraph([LayoutNode(50, 20)] * 6, [LayoutEdge(0, 5), LayoutEdge(1, 4), LayoutEdge(2, 3)])
    cells = build_cells(graph, assign_ranks(graph))
    assert count_crossings(cells, [[0, 1, 2], [3, 4, 5]]) == 3
    assert count_crossings(cells, order_rows(cells)) == 0


def test_large_graphs_are_closed_level_by_level() -> None:
    view = read(VIEWS[0].with_name("view-grouped.json"))["view"]
    assert view["title"] == "grouped"
    model = build_model(view)
    assert closed_at_first(model) == set()
    assert closed_at_first(model, 5) == {2}
    assert closed_at_first(model, 4) == {1, 2}
    assert closed_at_first(model, 1) == {1, 2}


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (61706, "61.7 k"), (1_000_000, "1 M"), (3_857_973_248, "3.86 G")],
)
def test_counts(value: int, text: str) -> None:
    assert count_text(value) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (36_000_000, "34.3 MiB")])
def test_bytes(value: int, text: str) -> None:
    assert bytes_text(value) == text


def test_words_are_cut_to_a_width() -> None:
    font = Font(11)
    name = "mobilenetv20_features_linearbottleneck0_conv0_fwd"
    cut = elide_middle(name, font, 150)
    assert text_width(cut, font) <= 150
    assert cut.startswith("mobilenet") and cut.endswith("conv0_fwd") and "…" in cut
    assert elide_end("kernel 3 and stride", font, 60).endswith("…")
    lines = wrap("one two three four five six seven eight", font, 60, 2)
    assert len(lines) == 2 and all(text_width(line, font) <= 60 for line in lines)
    assert clean("a\0b\u202ec\ud800d") == "a\ufffdb\ufffdc\ufffdd"


def test_rounding_is_javascripts() -> None:
    assert bytes_text(2176) == "2.13 KiB"  # 2.125 exactly


def test_shapes_of_points() -> None:
    layout = layered(LayoutGraph([LayoutNode(40, 10), LayoutNode(20, 10)], [LayoutEdge(0, 1)]))
    points: Sequence[tuple[float, float]] | None = layout.edges[0]
    assert points == [(20.0, 10.0), (20.0, 10.0), (20.0, 36.0)]
