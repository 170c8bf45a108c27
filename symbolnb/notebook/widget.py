"""The interactive graph. Importing this module needs the built bundle; do so only when a widget is shown."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from symbolnb.notebook.drawing.model import View
from symbolnb.notebook.packing import pack, unpack
from symbolnb.notebook.script import read_bundle
from symbolnb.notebook.themes import ORIENTATIONS, THEMES


def _packed(view: View, _: object) -> View:
    return pack(view)


def _unpacked(view: View, _: object) -> View:
    return unpack(view)


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
    selection: Any = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    highlight: Any = traitlets.List(traitlets.Unicode()).tag(sync=True)
    opened: Any = traitlets.List(traitlets.Unicode(), None, allow_none=True).tag(sync=True)
    theme: Any = traitlets.Enum(THEMES, "auto").tag(sync=True)
    orientation: Any = traitlets.Enum(ORIENTATIONS, "down").tag(sync=True)
    goto: Any = traitlets.Unicode(None, allow_none=True).tag(sync=True)
