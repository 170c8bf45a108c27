"""How a Symbol and an Executor show themselves: a widget, a picture or text, whatever the place can show."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from IPython.core.getipython import get_ipython

from symbolnb.graph.node import Entry
from symbolnb.notebook.static import static_html, text
from symbolnb.notebook.themes import THEMES
from symbolnb.notebook.view import View, view_of, view_of_executor
from symbolnb.symbol.executor import Executor
from symbolnb.symbol.symbol import Symbol

if TYPE_CHECKING:
    from symbolnb.notebook.widget import GraphWidget

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

Bundle = tuple[dict[str, Any], dict[str, Any]]


@dataclass
class Choices:
    """How graphs are shown from now on: in which of the `THEMES`, and whether as widgets where there can be some."""

    theme: str = THEMES[0]
    interactive: bool = True


choices = Choices()


@dataclass
class Shown:
    """What is known of a Symbol or Executor beyond itself, and the widget that shows it.

    `heads` are those that the view was made from: a Symbol can be given other ones. `handles` are the view
    objects that a user has asked for, by the shapes given.
    """

    heads: tuple[Entry, ...]
    view: View | None = None
    widget: GraphWidget | None = None
    handles: dict[Hashable, Any] = field(default_factory=dict)


_shown: dict[int, Shown] = {}


def bundle(
    shown: Symbol | Executor, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
) -> Bundle:
    """The MIME bundle for `_repr_mimebundle_`: the widget where one can be shown, a picture, and text.

    It never raises, which would fail the cell: what cannot be made is left out, and the text says why.
    """
    return narrowed(offer(shown, lambda: known_view(shown), lambda: widget_of(shown)), include, exclude)


def offer(shown: object, view_now: Callable[[], View], widget_now: Callable[[], Any]) -> Bundle:
    """All that can be shown of something with a view document; never an error."""
    data: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    try:
        view = view_now()
        data["text/plain"] = text(view)
        data["text/html"] = static_html(view)
        add_widget(data, metadata, widget_now)
    except Exception as error:
        data["text/plain"] = f"{data.get('text/plain', repr(shown))}\n(the graph cannot be drawn: {error})"
    return data, metadata


def add_widget(data: dict[str, Any], metadata: dict[str, Any], widget_now: Callable[[], Any]) -> None:
    """Add the widget to a bundle, where one can be shown."""
    if widgets_work():
        offered, described = widget_now()._repr_mimebundle_()
        data[WIDGET_VIEW] = offered[WIDGET_VIEW]
        metadata.update(described)


def narrowed(offered: Bundle, include: Iterable[str] | None, exclude: Iterable[str] | None) -> Bundle:
    """A bundle without what a front end does not ask for."""
    data, metadata = offered
    wanted, unwanted = set(data if include is None else include), set(() if exclude is None else exclude)
    return {mime: value for mime, value in data.items() if mime in wanted and mime not in unwanted}, metadata


def remember(symbol: Symbol, view: View, widget: GraphWidget | None = None) -> None:
    """Let a Symbol be shown with more than follows from itself: with shapes of arrays, memory, an error."""
    record = record_of(symbol)
    record.view = view
    if widget is not None:
        record.widget = widget
    if record.widget is not None:
        record.widget.view = view


def known_view(shown: Symbol | Executor) -> View:
    """The view document of a Symbol, with what was remembered of it, or of an Executor as it is now."""
    if isinstance(shown, Executor):
        return view_of_executor(shown)
    record = record_of(shown)
    if record.view is None:
        record.view = view_of(shown.entries)
    return record.view


def widget_of(shown: Symbol | Executor) -> GraphWidget:
    """The widget of a Symbol or Executor: the same one each time, showing what is known now."""
    from symbolnb.notebook.widget import GraphWidget  # needs the built bundle

    record, view = record_of(shown), known_view(shown)
    if record.widget is None or record.widget.comm is None:  # never shown, or closed
        record.widget = GraphWidget(view=view, theme=choices.theme)
    elif record.widget.view != view:
        record.widget.view = view
    return record.widget


def widgets_work() -> bool:
    """Whether this process has a Jupyter kernel, whose pages can show widgets, and they are wanted."""
    shell = get_ipython()
    return choices.interactive and shell is not None and getattr(shell, "kernel", None) is not None


def in_marimo() -> bool:
    """Whether this is the process of a marimo notebook."""
    running = getattr(sys.modules.get("marimo"), "running_in_notebook", None)
    return running is not None and bool(running())


def record_of(shown: Symbol | Executor) -> Shown:
    """What is known of a Symbol or Executor; it goes when that goes."""
    heads = shown.entries if isinstance(shown, Symbol) else shown.symbol.entries
    record = _shown.get(id(shown))
    if record is None:
        record = _shown[id(shown)] = Shown(heads)
        weakref.finalize(shown, _shown.pop, id(shown), None)
    elif record.heads != heads:
        record.heads, record.view = heads, None
        record.handles.clear()
    return record
