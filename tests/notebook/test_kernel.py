"""A small notebook in a real kernel: what a saved file holds, and that a failing cell fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

from symbolnb.notebook.packing import unpack

ROOT = Path(__file__).parents[2]
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"

CELL = """%%symbol
data = sym.Variable("data")
net = sym.FullyConnected(data, num_hidden=8)
sym.SoftmaxOutput(net, name="softmax")"""

SETUP = "%load_ext symbolnb\nimport numpy as np\nfrom symbolnb import sym\ndata = np.ones((4, 5))"


def execute(monkeypatch: pytest.MonkeyPatch, folder: Path, *cells: str) -> Any:
    """The notebook of these cells, executed."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(folder / "ipython"))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
    return notebook


def test_a_saved_notebook_still_shows_the_graph(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    notebook = execute(monkeypatch, tmp_path, SETUP, CELL, CELL, "net")
    first, second, plain = (cell.outputs for cell in notebook.cells[1:])
    assert "new executor" in first[0].data["text/plain"]
    assert "executor reused from the cache (hit 1), rebound: data" in second[0].data["text/plain"]
    assert [output.output_type for output in first] == ["display_data", "execute_result"]
    state = notebook.metadata.widgets[WIDGET_STATE].state
    for result in (first[1], second[1], plain[0]):
        assert set(result.data) == {WIDGET_VIEW, "text/html", "text/plain"}
        assert "data:image/svg+xml;base64," in result.data["text/html"]
        model = state[result.data[WIDGET_VIEW]["model_id"]]
        assert model["model_module"] == "anywidget"
        assert "render" in model["state"]["_esm"]
    view = unpack(state[second[1].data[WIDGET_VIEW]["model_id"]]["state"]["view"])
    assert view["nodes"][-1]["outputs"][0]["shape"] == [4, 8]
    assert view["nodes"][-1]["source"] == {"label": "cell 3", "line": 4}
    nbformat.validate(notebook)


def page_of(notebook: Any, without: str = "") -> str:
    """The page that nbconvert makes of a notebook, from whose metadata something may be missing."""
    metadata = {key: value for key, value in notebook.metadata.items() if key != without}
    page, _ = HTMLExporter().from_notebook_node(nbformat.from_dict({**notebook, "metadata": metadata}))
    return str(page)


PICTURE = '<img alt="Graph softmax" src="data:image/svg+xml;base64,'


def test_nbconvert_shows_the_graph(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The widget where its state is saved; the picture where it is not, or where pictures are chosen."""
    notebook = execute(monkeypatch, tmp_path, SETUP, f"{CELL}.view(data=(4, 5))")
    with_state = page_of(notebook)
    assert f'<script type="{WIDGET_VIEW}">' in with_state and f'<script type="{WIDGET_STATE}">' in with_state
    assert PICTURE not in with_state
    assert PICTURE in page_of(notebook, without="widgets")
    chosen = execute(monkeypatch, tmp_path, f"{SETUP}\n%config SymbolMagics.interactive = False", CELL)
    assert set(chosen.cells[1].outputs[-1].data) == {"text/html", "text/plain"}
    assert "widgets" not in chosen.metadata
    assert PICTURE in page_of(chosen)


def test_a_failing_cell_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bad = CELL.replace("data, num_hidden", "data, sym.Variable('w', shape=(8, 6)), num_hidden")
    with pytest.raises(CellExecutionError) as caught:
        execute(monkeypatch, tmp_path, SETUP, bad)
    assert caught.value.ename == "ShapeError"
    message = "FullyConnected 'fullyconnected0': weight ('w') is (8, 6) but data (4, 5) with num_hidden=8 needs (8, 5)"
    assert caught.value.evalue == f"{message} [cell 2, line 3]"
    assert caught.value.traceback.rstrip().endswith(f"\n\nShapeError: {message} [cell 2, line 3]")
    assert "site-packages" not in caught.value.traceback
    assert "symbolnb/notebook" not in caught.value.traceback
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        execute(monkeypatch, tmp_path, SETUP, "%%symbol\n1 / 0")
