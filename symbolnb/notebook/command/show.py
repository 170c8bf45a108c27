"""``symbolnb show``: a model's graph as a picture, a page, DOT, or text in the terminal."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from symbolnb.notebook.command.look import add_look, read_look
from symbolnb.notebook.command.model import add_model, add_params, read_view
from symbolnb.notebook.export import FORMATS, export
from symbolnb.notebook.static import text


def add(commands: Any) -> None:
    """Add the command to the parser's."""
    parser = commands.add_parser(
        "show",
        help="show a model's graph: as text, or as a picture or page in a file",
        description="Show a model's graph with all shapes that follow from those given. The exit status is 1 if "
        "they contradict each other; the graph is shown all the same, and says where.",
    )
    add_model(parser, "model")
    add_params(parser)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE",
        help=f"write a file instead of text here; its ending says what: {', '.join(FORMATS)}",
    )  # fmt: skip
    add_look(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Show the graph."""
    view = read_view(chosen)
    if chosen.output is None:
        print(text(view))
        return int(view["error"] is not None)
    print(f"wrote {export(view, chosen.output, read_look(chosen, view))}")
    if view["error"] is not None:
        print(f"symbolnb show: {' '.join(view['error']['message'].split())}", file=sys.stderr)
    return int(view["error"] is not None)
