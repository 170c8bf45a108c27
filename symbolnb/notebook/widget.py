"""The interactive graph. Importing this module needs the built bundle; do so only when a widget is shown."""

from __future__ import annotations

import json
import sys
from typing import Any

import anywidget
import traitlets

from symbolnb.notebook.drawing.model import View
from symbolnb.notebook.packing import pack, unpack
from symbolnb.notebook.script import read_bundle
from symbolnb.notebook.themes import ORIENTATIONS, THEMES

IN_PYODIDE = sys.platform == "emscripten"
"""Whether this is a kernel in a page (JupyterLite), whose messages lose every field that is None."""


def _packed(view: View, _: object) -> View | str:
    return json.dumps(pack(view)) if IN_PYODIDE else pack(view)


def _unpacked(view: View | str, _: object) -> View:
    return unpack(json.loads(view) if isinstance(view, str) else view)


def _sent(value: Any, _: object) -> Any:
    """A value or None; None stands in a list where it would be lost, and js/adapter.js takes it out."""
    return [None] if IN_PYODIDE and value is None else value


def _received(value: Any, _: object) -> Any:
    """What `_sent` was given; Pyodide may have an object of its own for the null of the page."""
    return None if IN_PYODIDE and (value == [None] or not isinstance(value, (str, list))) else value


MAYBE = {"sync": True, "to_json": _sent, "from_json": _received}
"""How a trait that may be None goes to the page and back."""


class GraphWidget(anywidget.AnyWidget):
    """A view document on a page, with pan, zoom, search and inspection.

    `selection` is the name of the selected node or None, and goes both ways: setting it selects in the browser,
    a click there sets it here, and `observe` tells of it. So do `highlight`, names of marked nodes, and `opened`,
    the paths of open groups (``"stage1/unit2"``), None where as many are open as can be read. Setting `goto` moves
    the picture to a node; the browser clears it. The document travels packed.

    >>> from symbolnb.notebook.view import view_of
    >>> import symbolnb as mx
    >>> widget = GraphWidget(view=view_of(mx.sym.exp(mx.sym.var("x"), name="e").entries))
    >>> widget.selection = "e"
    """

    _esm = read_bundle()  # as text: a path would keep every widget alive through a file watcher

    view: Any = traitlets.Dict().tag(sync=True, to_json=_packed, from_json=_unpacked)
    selection: Any = traitlets.Unicode(None, allow_none=True).tag(**MAYBE)
    highlight: Any = traitlets.List(traitlets.Unicode()).tag(sync=True)
    opened: Any = traitlets.List(traitlets.Unicode(), None, allow_none=True).tag(**MAYBE)
    theme: Any = traitlets.Enum(THEMES, "auto").tag(sync=True)
    orientation: Any = traitlets.Enum(ORIENTATIONS, "down").tag(sync=True)
    goto: Any = traitlets.Unicode(None, allow_none=True).tag(**MAYBE)
