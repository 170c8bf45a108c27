"""JupyterLab in headless Chromium: a graph is declared, seen, clicked, run again, saved and seen again."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CHROMIUM = Path("/usr/bin/chromium")
PATIENCE = 60

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

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed"),
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed"),
    pytest.mark.skipif(not (ROOT / "node_modules" / "playwright-core").exists(), reason="npm ci has not been run"),
]


def environment(folder: Path) -> dict[str, str]:
    """Everything that Jupyter reads and writes lies in a folder of the test's own."""
    places = {
        "HOME": "home", "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces", "IPYTHONDIR": "ipython",
    }  # fmt: skip
    for place in places.values():
        (folder / place).mkdir()
    found = {**os.environ, **{name: str(folder / place) for name, place in places.items()}}
    defaults = folder / "config" / "labconfig" / "default_setting_overrides.json"
    defaults.parent.mkdir()
    settings = json.loads((ROOT / "symbolnb" / "notebook" / "lab_settings.json").read_text())  # as if installed
    defaults.write_text(json.dumps({**settings, "@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}))
    return {**found, "PYTHONPATH": str(ROOT), "JUPYTER_PREFER_ENV_PATH": "1"}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a JupyterLab server and its root, with the notebook in it."""
    folder = tmp_path_factory.mktemp("lab")
    root = folder / "root"
    root.mkdir()
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code) for code in (SETUP, NET, SELECTION, UNKNOWN)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    notebook.cells.append(nbformat.v4.new_code_cell(WRONG))
    nbformat.write(notebook, root / "graph.ipynb")
    port = free_port()
    options = [
        "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0", "--allow-root",
        "--IdentityProvider.token=", "--ServerApp.password=", "--ServerApp.disable_check_xsrf=True",
        "--expose-app-in-browser", "--LabApp.extension_manager=readonly", "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", f"--ServerApp.root_dir={root}",
    ]  # fmt: skip
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], env=environment(folder), cwd=root, stdout=log, stderr=log
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address, process, folder / "server.log")
            yield address, root
        finally:
            process.terminate()
            process.wait(30)


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers."""
    for _ in range(PATIENCE * 5):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{address}/api", timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the server does not answer\n{log.read_text()}")


@pytest.fixture(scope="module")
def seen(server: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a person would see; the screenshots stay in the folder that SCREENSHOTS names, if it does."""
    address, _ = server
    pictures = Path(os.environ.get("SCREENSHOTS", tmp_path_factory.mktemp("pictures")))
    pictures.mkdir(parents=True, exist_ok=True)
    ran = subprocess.run(
        ["node", str(HERE / "lab.js"), address, "graph.ipynb", str(pictures)],
        capture_output=True, text=True, timeout=400, cwd=ROOT,
    )  # fmt: skip
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


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


def test_the_saved_notebook_shows_the_graph_without_running(seen: dict[str, Any], server: tuple[str, Path]) -> None:
    assert {"FullyConnected", "SoftmaxOutput", "4×5", "4×8", "4×3"} <= set(seen["reopened"]["words"])
    saved = nbformat.read(server[1] / "graph.ipynb", as_version=4)
    data = saved.cells[1].outputs[-1].data
    assert "data:image/svg+xml;base64," in data["text/html"]
    assert (
        data["application/vnd.jupyter.widget-view+json"]["model_id"]
        in (saved.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"])
    )


def test_the_page_has_no_errors(seen: dict[str, Any]) -> None:
    assert seen["problems"] == []
