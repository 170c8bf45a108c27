"""``symbolnb diff``: what differs between two models."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from symbolnb.notebook.command.model import add_model, known, read_model
from symbolnb.notebook.diff import compare
from symbolnb.notebook.export import FORMATS
from symbolnb.notebook.themes import THEMES
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
    parser.add_argument("--theme", choices=THEMES, default=THEMES[0], help="its colours (default: %(default)s)")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Compare, print what differs, and write the file."""
    before, after = read_model(chosen.before), read_model(chosen.after)
    shapes, dtypes = known(chosen, before, after)
    found = compare(view_of(before.entries, shapes, dtypes), view_of(after.entries, shapes, dtypes), after.entries)
    written = None if chosen.output is None else found.save(chosen.output, chosen.theme)
    print(found)
    if written is not None:
        print(f"wrote {written}")
    return int(bool(found))
