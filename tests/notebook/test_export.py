"""A graph in files: every format, hostile names, what is refused, and that nothing is left half written."""

from __future__ import annotations

import json
import re
import shutil
import stat
import struct
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from symbolnb import sym
from symbolnb.errors import MXNetError
from symbolnb.notebook import export as exporting
from symbolnb.notebook import png
from symbolnb.notebook.dot import dot
from symbolnb.notebook.drawing import build_model
from symbolnb.notebook.export import export
from symbolnb.notebook.look import Look
from symbolnb.notebook.style import STYLE
from symbolnb.notebook.view import view_of
from tests.notebook.nets import convnet, mlp

LAYOUT = Path(__file__).parent.parent / "fixtures" / "layout"


def document() -> Any:
    return view_of(convnet().entries, {"data": (2, 3, 8, 8)})


def test_svg_is_the_picture_in_the_theme(tmp_path: Path) -> None:
    written = export(document(), tmp_path / "g.svg", Look("dark"))
    assert written == tmp_path / "g.svg"
    assert ElementTree.parse(written).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert export(document(), tmp_path / "l.svg", Look("light")).read_text() != written.read_text()


def test_png_is_twice_as_fine_and_shows_its_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("resvg_py", reason="resvg-py is not installed")
    data = export(document(), tmp_path / "g.png", Look()).read_bytes()
    width, height = struct.unpack(">II", data[16:24])
    root = ElementTree.fromstring(export(document(), tmp_path / "g.svg", Look("light")).read_text())
    assert (width, height) == tuple(2 * round(float(root.attrib[side])) for side in ("width", "height"))
    monkeypatch.setattr(png, "fonts", lambda draw: ("none", "none"))
    assert (
        len(export(document(), tmp_path / "blank.png", Look()).read_bytes()) < len(data) / 2
    )  # text is most of a picture


def test_a_png_is_never_enormous(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("resvg_py", reason="resvg-py is not installed")
    monkeypatch.setattr(png, "SIDE", 50)
    data = png.rasterize('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="100"><path d="M0 0V9"/></svg>')
    assert struct.unpack(">II", data[16:24]) == (5, 50)


def test_a_png_without_library_or_fonts_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(MXNetError, match="a PNG needs a font for its text, and this system has none of Segoe UI, "):
        png.fonts.__wrapped__(lambda svg_string: b"blank")
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(MXNetError) as caught:
        export(document(), tmp_path / "g.png", Look())
    assert str(caught.value) == "a PNG needs resvg-py: pip install 'symbolnb[png]', or save an .svg instead"
    assert list(tmp_path.iterdir()) == []


def test_html_is_the_page_and_json_the_document(tmp_path: Path) -> None:
    page = export(document(), tmp_path / "g.HTML", Look("contrast")).read_text()
    assert page.startswith("<!doctype html>") and 'data-theme="contrast"' in page
    assert json.loads(export(document(), tmp_path / "g.json", Look()).read_text()) == document()


def test_dot_has_nodes_clusters_and_shapes() -> None:
    lines = dot(view_of(mlp().entries, {"data": (4, 5)})).splitlines()
    assert lines[0] == 'digraph "softmax" {'
    assert lines[-1] == "}"
    boxes = [line for line in lines if line.startswith("  n") and "->" not in line and "fillcolor" in line]
    assert len(boxes) == 6  # four operators, data and label; weights stand in their operators
    assert any('label="FullyConnected\\nfc1\\nnum_hidden 8\\nweight 8×5\\nbias 8"' in line for line in boxes)
    edges = re.findall(r'n\d+ -> (?:n|out)\d+ \[label="([^"]*)"\]', "\n".join(lines))
    assert sorted(edges) == ["4", "4×3", "4×3", "4×5", "4×8", "4×8"]
    grouped = dot(document())
    assert 'subgraph cluster_1 {\n    label="unit1";' in grouped
    assert dot(document(), "dark") != grouped


@pytest.mark.parametrize("path", sorted(LAYOUT.glob("view-*.json")), ids=lambda path: path.stem)
def test_dot_is_that_of_the_widget(path: Path) -> None:
    fixture = json.loads(path.read_text(encoding="utf-8"))
    assert dot(fixture["view"]) == fixture["dot"]["light"]
    assert dot(fixture["view"], "contrast", "right") == fixture["dot"]["contrast"]


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("path", sorted(LAYOUT.glob("view-*.json")), ids=lambda path: path.stem)
def test_graphviz_reads_it(path: Path) -> None:
    view = json.loads(path.read_text(encoding="utf-8"))["view"]
    read = subprocess.run(["dot", "-Tplain"], input=dot(view), capture_output=True, text=True, check=True)
    boxes = sum(not folded for folded in build_model(view).folded) + len(view["heads"])
    assert len(re.findall(r"^node ", read.stdout, re.MULTILINE)) == boxes
    assert read.stderr == ""


def test_dot_of_a_difference_marks_edges() -> None:
    lines = dot(json.loads((LAYOUT / "view-diff.json").read_text(encoding="utf-8"))["view"]).splitlines()
    looks = {line.split(" [")[0].strip(): line for line in lines if "->" in line and "out" not in line}
    removed, added = (STYLE["themes"]["light"][kind] for kind in ("removed", "added"))
    assert looks["n3 -> n5"].endswith(f'color="{removed}" penwidth=2 style=dashed];')
    assert looks["n4 -> n5"].endswith(f'color="{added}" penwidth=2];')
    assert "penwidth" not in looks["n0 -> n2"]


def test_dot_shows_an_error_in_its_node() -> None:
    bad = sym.elemwise_add(sym.Variable("a", shape=(2,)), sym.Variable("b", shape=(3,)), name="c")
    assert re.search(
        r"label=\"elemwise_add\\nc\\nelemwise_add 'c': \(2,\) and \(3,\) differ", dot(view_of(bad.entries))
    )


def test_in_dot_hostile_names_stay_within_their_quotes() -> None:
    view = json.loads((LAYOUT / "view-hostile.json").read_text(encoding="utf-8"))["view"]
    view["nodes"][0]["name"] = 'a"; evil [label="x\\'
    text = dot(view)
    assert 'a\\"; evil [label=\\"x\\\\' in text
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    assert set(re.findall(r"\w+", outside)) <= {
        "digraph", "subgraph", "graph", "node", "edge", "label", "color", "fillcolor", "fontcolor", "fontname",
        "bgcolor", "fontsize", "shape", "style", "box", "ellipse", "plaintext", "solid", "rankdir", "TB", "9", "11",
        *(word for word in re.findall(r"\w+", outside) if re.fullmatch(r"(n|out|cluster_)\d+", word)),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "look", "message"),
    [
        ("g.pdf", Look(), "save: 'g.pdf' must end in one of .svg, .png, .html, .dot, .json"),
        ("g", Look(), "save: 'g' must end in one of .svg, .png, .html, .dot, .json"),
        ("g.svg", Look(opened=["no"]), "there is no group 'no'; the groups are unit1"),
        ("g.svg", Look(side_by_side=True), "side by side: this is one graph, not what differs between two"),
        (
            "g.html", Look(side_by_side=True),
            "save: 'g.html' cannot have graphs side by side; that is for .svg, .png",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, name: str, look: Look, message: str) -> None:
    with pytest.raises(MXNetError) as caught:
        export(document(), tmp_path / name, look)
    assert str(caught.value) == message
    assert list(tmp_path.iterdir()) == []


def test_dot_runs_to_the_right(tmp_path: Path) -> None:
    assert "rankdir=LR" in export(document(), tmp_path / "g.dot", Look(orientation="right")).read_text()


def test_a_file_that_exists_is_replaced_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "g.dot"
    target.write_text("old")
    usual = stat.S_IMODE(target.stat().st_mode)
    export(document(), target, Look())
    assert target.read_text().startswith("digraph")
    assert stat.S_IMODE(target.stat().st_mode) == usual

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    target.write_text("old")
    monkeypatch.setattr(exporting.os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        export(document(), target, Look())
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
