"""The command line: ``symbolnb tour``."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from symbolnb.notebook.tour import run_tour, tour_notebook


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(prog="symbolnb", description="MXNet's Symbol API for Jupyter.")
    commands = parser.add_subparsers(dest="command", required=True)
    tour = commands.add_parser("tour", help="open the tour notebook in JupyterLab, or run it without a browser")
    tour.add_argument(
        "--no-browser", action="store_true", help="run the tour here and write the notebook and an HTML page"
    )
    tour.add_argument(
        "--output", type=Path, default=Path("build/tour"), metavar="DIR",
        help="where to write them (default: %(default)s)",
    )  # fmt: skip
    chosen = parser.parse_args(arguments)
    if not chosen.no_browser:
        return subprocess.call([sys.executable, "-m", "jupyterlab", str(tour_notebook())])
    for written in run_tour(chosen.output):
        print(f"wrote {written}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
