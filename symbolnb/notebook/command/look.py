"""The options of commands that draw: theme, direction, and which groups are open."""

from __future__ import annotations

import argparse

from symbolnb.notebook.drawing import build_model
from symbolnb.notebook.drawing.model import View, group_paths
from symbolnb.notebook.look import Look
from symbolnb.notebook.themes import ORIENTATIONS, THEMES


def add_look(parser: argparse.ArgumentParser) -> None:
    """Add the options to a command's parser."""
    parser.add_argument("--theme", choices=THEMES, default=THEMES[0], help="its colours (default: %(default)s)")
    parser.add_argument(
        "--orientation",
        choices=ORIENTATIONS,
        default=ORIENTATIONS[0],
        help="where data flows to (default: %(default)s)",
    )
    parser.add_argument(
        "--open", action="append", metavar="GROUP", dest="opened",
        help="open this group, such as stage1/unit2, and no others; may be given again",
    )  # fmt: skip
    parser.add_argument("--open-all", action="store_true", help="open all groups, however large the picture becomes")


def read_look(chosen: argparse.Namespace, view: View) -> Look:
    """The look that was chosen."""
    opened = list(group_paths(build_model(view))) if chosen.open_all else chosen.opened
    return Look(chosen.theme, chosen.orientation, opened)
