"""A marimo notebook in headless Chromium: graphs are seen, clicked, steered and shown again by cells that run again."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.notebook.browser.conftest import BROWSER, Drive, environment, free_port, wait_for

pytestmark = [
    *BROWSER,
    pytest.mark.skipif(importlib.util.find_spec("marimo") is None, reason="marimo is not installed"),
]

CELLS = (
    "import marimo as mo\nimport symbolnb as mx\nfrom symbolnb import sym",
    "again = mo.ui.button(label='again', value=0, on_click=lambda value: value + 1)\nagain",
    "steer = mo.ui.button(label='steer', value=0, on_click=lambda value: value + 1)\nsteer",
    """net = sym.FullyConnected(sym.Variable("data"), num_hidden=8, name="fc1")
net = sym.Activation(net, act_type="relu", name="relu1")
net = sym.FullyConnected(net, num_hidden=3, name="fc2")
view = net.view(data=(4, 5))""",
    "again.value\nnet",
    "again.value\nview",
    "executor = net.simple_bind(mx.cpu(), data=(7, 5))\nexecutor",
    "executor.view(is_train=True)",
    "mx.diff(net, sym.Activation(net, act_type='tanh', name='tanh1'))",
    """sym.FullyConnected(
    sym.Variable("data", shape=(4, 5)), sym.Variable("w", shape=(8, 6)), num_hidden=8, name="wrong"
)""",
    "wrapped = mo.ui.anywidget(view.widget)\nwrapped",
    "if steer.value > 0:\n    view.goto('fc2')",
    "seen, see = mo.state(None)",
    "view.observe(lambda change: see(change['new']), 'selection')",
    """told = f"told: {view.selection} {wrapped.selection} {seen()}" + (f", run {again.value}" if again.value else "")
mo.md(told)""",
)
GRAPHS = 7


@pytest.fixture(scope="module")
def seen(drive: Drive, pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What a person would see."""
    folder = tmp_path_factory.mktemp("marimo")
    cells = [f"@app.cell\ndef _():\n{textwrap.indent(cell, '    ')}\n    return\n" for cell in CELLS]
    notebook = folder / "graphs.py"
    notebook.write_text("\n\n".join(["import marimo\n\napp = marimo.App()", *cells]), encoding="utf-8")
    settings = folder / "config" / "marimo" / "marimo.toml"
    variables = {**environment(folder), "XDG_CONFIG_HOME": str(folder / "config"), "MARIMO_SKIP_UPDATE_CHECK": "1"}
    settings.parent.mkdir()
    settings.write_text('[display]\ntheme = "system"\n')
    port = free_port()
    command = [sys.executable, "-m", "marimo", "run", str(notebook), "--headless", "--no-token", f"--port={port}"]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, env=variables, cwd=folder, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/health", process, folder / "server.log")
            yield drive("marimo.js", address, str(pictures), str(GRAPHS))
        finally:
            process.terminate()
            process.wait(30)


def test_each_graph_is_drawn(seen: dict[str, Any]) -> None:
    symbol, view, executor, values, difference, wrong, wrapped = seen["first"]
    assert [graph["boxes"] for graph in seen["first"]] == [4, 4, 4, 4, 5, 2, 4]
    assert "?×8" in symbol["words"] and "data" in symbol["notes"][0]
    assert {"FullyConnected", "4×8", "4×3"} <= set(view["words"]) and view["words"] == wrapped["words"]
    assert "7×3" in executor["words"] and executor["words"] == values["words"]
    assert "tanh1" in difference["words"]
    assert "weight ('w') is (8, 6) but data (4, 5) with num_hidden=8 needs (8, 5)" in wrong["notes"][0]


def test_a_click_reaches_python_and_what_follows_it(seen: dict[str, Any]) -> None:
    selected = [graph["selected"] for graph in seen["clicked"]]
    assert len(selected[1]) == 1 and selected == [[], selected[1], [], [], [], [], selected[1]]


def test_python_selects_in_the_page(seen: dict[str, Any]) -> None:
    selected = [graph["selected"] for graph in seen["steered"]]
    assert selected[1] == selected[6] and selected[1] != [graph["selected"] for graph in seen["clicked"]][1]


def test_a_cell_that_runs_again_shows_its_graph_again(seen: dict[str, Any]) -> None:
    assert [graph["boxes"] for graph in seen["again"]] == [4, 4, 4, 4, 5, 2, 4]
    assert seen["again"][1]["selected"] == seen["steered"][1]["selected"]


def test_the_theme_of_the_page_is_followed(seen: dict[str, Any]) -> None:
    assert {graph["theme"] for graph in seen["first"]} == {"light"}
    assert set(seen["dark"]) == {"dark"}


def test_a_page_can_be_exported(seen: dict[str, Any]) -> None:
    assert seen["exported"] == "<!doctype html>"


def test_the_page_has_no_errors(seen: dict[str, Any]) -> None:
    assert seen["problems"] == []
