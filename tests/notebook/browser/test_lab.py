"""JupyterLab in headless Chromium: a graph is declared, seen, clicked, run again, saved and seen again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.notebook.browser.conftest import BROWSER, Drive, Server

pytestmark = BROWSER

SETUP = "%load_ext symbolnb\nimport numpy as np\nfrom symbolnb import sym\ndata = np.ones((4, 5))"
NET = """%%symbol
data = sym.Variable("data")
net = sym.FullyConnected(data, num_hidden=8)
net = sym.Activation(net, act_type="relu")
net = sym.FullyConnected(net, num_hidden=3)
net = sym.SoftmaxOutput(net, name="softmax")
net"""
SELECTION = """view = net.view()
print('selected:', view.selection, view.selected_symbol)
if view.selection is not None:
    view.goto('softmax')"""
UNKNOWN = "%%symbol\nsym.Convolution(sym.Variable('image'), kernel=(3, 3), num_filter=4, name='conv')"
WRONG = (
    "%%symbol\nwrong = sym.FullyConnected(sym.Variable('data'), sym.Variable('w', shape=(8, 6)), num_hidden=8)\nwrong"
)


@pytest.fixture(scope="module")
def seen(server: Server, drive: Drive, pictures: Path) -> dict[str, Any]:
    """What a person would see."""
    server.write("graph", SETUP, NET, SELECTION, UNKNOWN, WRONG)
    return drive("lab.js", server.address, "graph.ipynb", str(pictures))


def test_the_graph_shows_with_its_shapes(seen: dict[str, Any]) -> None:
    words = seen["first"]["words"]
    assert {"FullyConnected", "Activation", "SoftmaxOutput", "data"} <= set(words)
    assert {"4×5", "4×8", "4×3"} <= set(words)
    assert "new executor: compiled and run in" in seen["first"]["output"]
    assert "softmax_output" in seen["first"]["output"]
    assert seen["first"]["notes"] == []


def test_unknown_shapes_are_visibly_unknown(seen: dict[str, Any]) -> None:
    assert "?" in "".join(seen["unknown"]["words"])
    assert any("image" in note for note in seen["unknown"]["notes"])
    assert "not run: the shape of image is not known" in seen["unknown"]["output"]


def test_a_click_shows_the_node_and_reaches_python(seen: dict[str, Any]) -> None:
    for words in ("FullyConnected", "fullyconnected0", "num_hidden", "4×5", "4×8", "float32", "fullyconnected0_weight"):
        assert words in seen["inspector"]
    assert seen["selection"].strip() == "selected: fullyconnected0 <Symbol fullyconnected0>"


def test_python_selects_in_the_page(seen: dict[str, Any]) -> None:
    assert "SoftmaxOutput" in seen["steered"] and "4×3" in seen["steered"]


def test_run_again_finds_the_executor(seen: dict[str, Any]) -> None:
    assert "executor reused from the cache (hit 1), rebound: data" in seen["again"]["output"]
    assert {"4×5", "4×8", "4×3"} <= set(seen["again"]["words"])


def test_a_contradiction_is_red_and_says_why(seen: dict[str, Any]) -> None:
    message = "weight ('w') is (8, 6) but data (4, 5) with num_hidden=8 needs (8, 5)"
    assert any(message in note for note in seen["wrong"]["notes"])
    assert message in seen["wrong"]["output"]
    assert "ShapeError" in seen["wrong"]["output"]
    assert seen["wrong"]["errors"] > 0


def test_the_saved_notebook_shows_the_graph_without_running(seen: dict[str, Any], server: Server) -> None:
    assert {"FullyConnected", "SoftmaxOutput", "4×5", "4×8", "4×3"} <= set(seen["reopened"]["words"])
    saved = nbformat.read(server.root / "graph.ipynb", as_version=4)
    data = saved.cells[1].outputs[-1].data
    assert "data:image/svg+xml;base64," in data["text/html"]
    assert (
        data["application/vnd.jupyter.widget-view+json"]["model_id"]
        in (saved.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"])
    )


def test_the_page_has_no_errors(seen: dict[str, Any]) -> None:
    assert seen["problems"] == []
