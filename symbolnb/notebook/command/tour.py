"""``symbolnb tour``: the tour notebook in JupyterLab, or run without a browser."""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from symbolnb.errors import MXNetError


def add(commands: Any) -> None:
    """Add the command to the parser's."""
    parser = commands.add_parser("tour", help="open the tour notebook in JupyterLab, or run it without a browser")
    parser.add_argument(
        "--no-browser", action="store_true", help="run the tour here and write the notebook and an HTML page"
    )
    parser.add_argument(
        "--output", type=Path, default=Path("build/tour"), metavar="DIR",
        help="where to write them (default: %(default)s)",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Open the tour, or run it."""
    try:
        tour = import_module("symbolnb.notebook.tour")
    except ImportError as error:
        raise MXNetError(f"the tour needs {error.name}: pip install 'symbolnb[tour]'") from None
    if not chosen.no_browser:
        return subprocess.call([sys.executable, "-m", "jupyterlab", str(tour.tour_notebook())])
    for written in tour.run_tour(chosen.output):
        print(f"wrote {written}")
    return 0
