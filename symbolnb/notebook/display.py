"""How a Symbol and an Executor show themselves: a widget, a picture or text, whatever the place can show."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from IPython.core.getipython import get_ipython

from symbolnb.graph.node import Entry
from symbolnb.notebook.static import static_html, text
from symbolnb.notebook.view import View, view_of, view_of_executor
from symbolnb.symbol.executor import Executor
from symbolnb.symbol.symbol import Symbol

if TYPE_CHECKING:
    from symbolnb.notebook.widget import GraphWidget

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

THEMES = ("auto", "light", "dark")
"""The colours that a widget may have; ``"auto"`` follows the page."""

Bundle = tuple[dict[str, Any], dict[str, Any]]


@dataclass
class Theme:
    """The colours of widgets that are made from now on, one of `THEMES`."""

    name: str = "auto"


theme = Theme()


@dataclass
class Shown:
    """What is known of a Symbol or Executor beyond itself, and the widget that shows it.

    `heads` are those that the view was made from: a Symbol can be given other ones.
    """

    heads: tuple[Entry, ...]
    view: View | None = None
    widget: GraphWidget | None = None


_shown: dict[int, Shown] = {}


def bundle(
    shown: Symbol | Executor, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
) -> Bundle:
    """The MIME bundle for `_repr_mimebundle_`: the widget where one can be shown, a picture, and text.

    It never raises, which would fail the cell: what cannot be made is left out, and the text says why.
    """
    data: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    try:
        view = known_view(shown)
        data["text/plain"] = text(view)
        data["text/html"] = static_html(view)
        if widgets_work():
            made: Any = widget_of(shown)
            offered, described = made._repr_mimebundle_()
            data[WIDGET_VIEW] = offered[WIDGET_VIEW]
            metadata.update(described)
    except Exception as error:
        data["text/plain"] = f"{data.get('text/plain', repr(shown))}\n(the graph cannot be drawn: {error})"
    wanted, unwanted = set(data if include is None else include), set(() if exclude is None else exclude)
    return {mime: value for mime, value in data.items() if mime in wanted and mime not in unwanted}, metadata


def marimo(shown: Symbol | Executor) -> Any:
    """What `_display_` gives marimo, which shows an anywidget by itself; text where there is none."""
    try:
        return widget_of(shown)
    except Exception as error:
        return f"{shown!r}\n(the graph cannot be drawn: {error})"


def remember(symbol: Symbol, view: View, widget: GraphWidget | None = None) -> None:
    """Let a Symbol be shown with more than follows from itself: with shapes of arrays, memory, an error."""
    record = _record(symbol)
    record.view = view
    if widget is not None:
        record.widget = widget
    if record.widget is not None:
        record.widget.view = view


def known_view(shown: Symbol | Executor) -> View:
    """The view document of a Symbol, with what was remembered of it, or of an Executor as it is now."""
    if isinstance(shown, Executor):
        return view_of_executor(shown)
    record = _record(shown)
    if record.view is None:
        record.view = view_of(shown.entries)
    return record.view


def widget_of(shown: Symbol | Executor) -> GraphWidget:
    """The widget of a Symbol or Executor: the same one each time, showing what is known now."""
    from symbolnb.notebook.widget import GraphWidget  # needs the built bundle

    record, view = _record(shown), known_view(shown)
    if record.widget is None or record.widget.comm is None:  # never shown, or closed
        record.widget = GraphWidget(view=view, theme=theme.name)
    elif record.widget.view != view:
        record.widget.view = view
    return record.widget


def widgets_work() -> bool:
    """Whether this process has a Jupyter kernel, whose pages can show widgets; a terminal cannot."""
    shell = get_ipython()
    return shell is not None and getattr(shell, "kernel", None) is not None


def _record(shown: Symbol | Executor) -> Shown:
    heads = shown.entries if isinstance(shown, Symbol) else shown.symbol.entries
    record = _shown.get(id(shown))
    if record is None:
        record = _shown[id(shown)] = Shown(heads)
        weakref.finalize(shown, _shown.pop, id(shown), None)
    elif record.heads != heads:
        record.heads, record.view = heads, None
    return record
