"""``symbolnb diff``: what differs between two models."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from symbolnb.notebook.command.look import add_look, read_look
from symbolnb.notebook.command.model import add_model, known, read_model
from symbolnb.notebook.diff import Diff, compare
from symbolnb.notebook.export import FORMATS, export
from symbolnb.notebook.view import view_of


def add(commands: Any) -> None:
    """Add the command to the parser's."""
    parser = commands.add_parser(
        "diff",
        help="say what differs between two models",
        description="Say which nodes, parameters and shapes differ between two models. The exit status is 0 if "
        "nothing does, else 1.",
    )
    add_model(parser, "before", "after")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE",
        help=f"also write both graphs as one; the ending says how: {', '.join(FORMATS)}",
    )  # fmt: skip
    add_look(parser)
    parser.add_argument(
        "--side-by-side", action="store_true", help="draw one graph beside the other, in an .svg or .png"
    )
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Compare, print what differs, and write the file."""
    before, after = read_model(chosen.before), read_model(chosen.after)
    shapes, dtypes = known(chosen, before, after)
    found = compare(view_of(before.entries, shapes, dtypes), view_of(after.entries, shapes, dtypes), after.entries)
    written = None if chosen.output is None else _write(found, chosen)
    print(found)
    if written is not None:
        print(f"wrote {written}")
    return int(bool(found))


def _write(found: Diff, chosen: argparse.Namespace) -> Path:
    look = replace(read_look(chosen, found.document), side_by_side=chosen.side_by_side)
    return export(found.document, chosen.output, look)
