"""One Jupyter server for all tests in a browser, which serves JupyterLab and Notebook 7, and a way to drive a page."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CHROMIUM = Path("/usr/bin/chromium")
PATIENCE = 60

BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed"),
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed"),
    pytest.mark.skipif(not (ROOT / "node_modules" / "playwright-core").exists(), reason="npm ci has not been run"),
]
"""The marks of a module of tests in a browser."""

Drive = Callable[..., dict[str, Any]]
"""Runs one of the scripts here with arguments; what it prints."""


@dataclass(frozen=True)
class Server:
    """Where the server is, and the folder of its notebooks."""

    address: str
    root: Path

    def write(self, name: str, *cells: str) -> None:
        """Put a notebook there."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(code) for code in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        nbformat.write(notebook, self.root / f"{name}.ipynb")


def environment(folder: Path) -> dict[str, str]:
    """Everything that Jupyter reads and writes lies in a folder of the tests' own."""
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


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server."""
    folder = tmp_path_factory.mktemp("jupyter")
    root = folder / "root"
    root.mkdir()
    port = free_port()
    options = [
        "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0", "--allow-root",
        "--IdentityProvider.token=", "--ServerApp.password=", "--ServerApp.disable_check_xsrf=True",
        "--expose-app-in-browser", "--LabApp.extension_manager=readonly", "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", f"--ServerApp.root_dir={root}",
        "--JupyterNotebookApp.expose_app_in_browser=True",
    ]  # fmt: skip
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], env=environment(folder), cwd=root, stdout=log, stderr=log
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/api", process, folder / "server.log")
            yield Server(address, root)
        finally:
            process.terminate()
            process.wait(30)


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server answers at an address."""
    for _ in range(PATIENCE * 5):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the server does not answer\n{log.read_text()}")


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go; they stay in the folder that SCREENSHOTS names, if it does."""
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path_factory.mktemp("pictures")))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def drive() -> Drive:
    """Runs a script that drives the browser."""

    def run(script: str, *arguments: str) -> dict[str, Any]:
        ran = subprocess.run(
            ["node", str(HERE / script), *arguments], capture_output=True, text=True, timeout=400, cwd=ROOT
        )
        assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
        found: dict[str, Any] = json.loads(ran.stdout)
        return found

    return run
