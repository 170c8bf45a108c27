"""A graph as an HTML page of its own: interactive, one file, without a kernel and without the network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path

from symbolnb.errors import MXNetError
from symbolnb.notebook.drawing import build_model
from symbolnb.notebook.drawing.model import View, closed_for, group_paths
from symbolnb.notebook.drawing.words import clean
from symbolnb.notebook.look import Look
from symbolnb.notebook.packing import pack

BUNDLE = Path(__file__).parent / "bundle" / "standalone.js"

POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; worker-src blob:"
"""The page may not fetch anything; the worker that lays out large graphs is made from its own script."""

PAGE = """<!doctype html>
<html lang="en" data-theme="{theme}" data-orientation="{orientation}" data-opened="{opened}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
</head>
<body>
<noscript>This page draws the graph {title} with JavaScript, which is switched off here.</noscript>
<script type="application/json" id="symbolnb-view">{data}</script>
<script>{script}</script>
</body>
</html>
"""


def page(view: View, look: Look | None = None) -> str:
    """A self-contained page that shows a view document as the widget does.

    It needs the built bundle; without it an error says how to build it.
    """
    look = Look() if look is None else look
    opened = None if look.opened is None else opened_paths(view, look.opened)
    return PAGE.format(
        theme=look.theme,
        orientation=look.orientation,
        opened=escape(json.dumps(opened), quote=True),
        policy=escape(POLICY, quote=True),
        title=escape(clean(view["title"]), quote=True),
        data=_json(pack(view)),
        script=_read_bundle(BUNDLE),
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


def _read_bundle(path: Path) -> str:
    """The page's script, made safe to stand in a script element."""
    if not path.is_file():
        raise MXNetError(
            f"the graph page's script is not built: {path} is missing; run `npm ci && npm run build` in the clone"
        )
    return path.read_text(encoding="utf-8").replace("</script", "<\\/script").replace("<!--", "<\\!--")
