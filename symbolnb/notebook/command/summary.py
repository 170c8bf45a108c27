"""``symbolnb summary``: a model's layers as a table, with totals."""

from __future__ import annotations

import argparse
from typing import Any

from symbolnb.notebook.command.model import add_model, read_view
from symbolnb.notebook.table import summary


def add(commands: Any) -> None:
    """Add the command to the parser's."""
    parser = commands.add_parser(
        "summary",
        help="list a model's layers with output shapes, parameters and multiply-adds",
        description="List a model's layers with output shapes, parameters and multiply-adds, and their totals. The "
        "exit status is 1 if the shapes contradict each other.",
    )
    add_model(parser, "model")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print the table."""
    view = read_view(chosen)
    print(summary(view))
    return int(view["error"] is not None)
