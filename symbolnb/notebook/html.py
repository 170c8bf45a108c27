"""A graph as an HTML page of its own: interactive, one file, without a kernel and without the network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files

from symbolnb.notebook.drawing import build_model
from symbolnb.notebook.drawing.model import View, closed_for, group_paths
from symbolnb.notebook.drawing.words import clean
from symbolnb.notebook.look import Look
from symbolnb.notebook.packing import pack
from symbolnb.notebook.script import page_script, read_bundle

TEMPLATE = json.loads(files("symbolnb.notebook").joinpath("page.json").read_text(encoding="utf-8"))
"""The page with names of what is filled in, and what it may load, which is nothing: the worker that lays out large
graphs is made from the page's own script. The widget writes pages from the same file."""


def page(view: View, look: Look | None = None) -> str:
    """A self-contained page that shows a view document as the widget does.

    It needs the built bundle; without it an error says how to build it.
    """
    look = Look() if look is None else look
    opened = None if look.opened is None else opened_paths(view, look.opened)
    return str.format(
        "\n".join(TEMPLATE["page"]),
        theme=look.theme,
        orientation=look.orientation,
        opened=escape(json.dumps(opened), quote=True),
        policy=escape(TEMPLATE["policy"], quote=True),
        title=escape(clean(view["title"]), quote=True),
        data=_json(pack(view)),
        script=page_script(read_bundle()),
    )


def opened_paths(view: View, opened: Sequence[str]) -> list[str]:
    """The paths of some groups and of those around them."""
    model = build_model(view)
    closed = closed_for(model, opened)
    return [path for path, number in group_paths(model).items() if number not in closed]


def _json(view: View) -> str:
    """The document as JSON that no HTML parser sees as markup: ASCII only, and no angle bracket or ampersand."""
    data = json.dumps(view, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for char in "<>&":
        data = data.replace(char, f"\\u{ord(char):04x}")
    return data
