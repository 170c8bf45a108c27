"""What `Symbol.view` gives: a graph on the page that Python can steer and listen to."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from symbolnb.errors import MXNetError
from symbolnb.graph.node import Entry
from symbolnb.notebook import display
from symbolnb.notebook.bodies import find_node
from symbolnb.notebook.drawing import build_model, closed_at_first
from symbolnb.notebook.drawing.model import View, find_group, group_paths
from symbolnb.notebook.export import export
from symbolnb.notebook.given import did_you_mean, given_shapes
from symbolnb.notebook.html import page
from symbolnb.notebook.look import Look
from symbolnb.notebook.static import text
from symbolnb.notebook.themes import ORIENTATIONS, THEMES
from symbolnb.notebook.values import given_arrays, values_of_executor
from symbolnb.notebook.view import view_of, view_of_executor
from symbolnb.symbol.executor import Executor
from symbolnb.symbol.symbol import Symbol

if TYPE_CHECKING:
    from symbolnb.notebook.widget import GraphWidget

Names = str | Symbol | Iterable[str | Symbol]

LINKED = {"document": "view", "selection": "selection", "highlighted": "highlight", "opened": "opened",
          "theme": "theme", "orientation": "orientation"}  # fmt: skip
"""The traits of a view object, and those of the widget that they go together with."""


class _Uncompared(traitlets.TraitType[Any, Any]):
    """A trait for symbols, which cannot be compared: ``==`` makes another one. Each setting tells who observes."""

    def set(self, obj: Any, value: Any) -> None:
        """Take a value, and tell of it."""
        before = obj._trait_values.get(self.name, self.default_value)
        obj._trait_values[self.name] = value
        obj._notify_trait(self.name, before, value)


class GraphView(traitlets.HasTraits):
    """A graph that is shown, to be steered and listened to from Python.

    As the result of a cell it shows itself: as a widget in a notebook, else as a picture or text. All that it
    offers works without a widget too. These traits can be set and observed, and follow what is done in the browser:

    - `selection`: the name of the selected node, or None
    - `highlighted`: the names of the marked nodes
    - `opened`: the paths of the open groups, such as ``"stage1/unit2"``; None for as many as can be read
    - `theme`: one of ``"auto"``, ``"light"``, ``"dark"`` and ``"contrast"``
    - `orientation`: ``"down"`` or ``"right"``
    - `document`: the view document, which must not be changed in place

    `selected_symbol`, to be observed, is the selected node as a Symbol with all its visible outputs, or None.

    >>> import symbolnb as mx
    >>> net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=10, name="fc1")
    >>> view = net.view(data=(32, 784))
    >>> view.selection = "fc1"
    >>> view.selected_symbol
    <Symbol fc1>
    """

    document: Any = traitlets.Dict()
    selection: Any = traitlets.Unicode(None, allow_none=True)
    highlighted: Any = traitlets.List(traitlets.Unicode())
    opened: Any = traitlets.List(traitlets.Unicode(), None, allow_none=True)
    theme: Any = traitlets.Enum(THEMES, "auto")
    orientation: Any = traitlets.Enum(ORIENTATIONS, "down")
    selected_symbol: Any = _Uncompared(None, allow_none=True, read_only=True)

    def __init__(self, heads: Sequence[Entry], document: View, **traits: Any) -> None:
        self._heads = tuple(heads)
        super().__init__(document=document, **traits)
        self._widgets: dict[GraphWidget, list[traitlets.link]] = {}

    # What is selected and marked --------------------------------------------------------------

    @traitlets.observe("selection")
    def _select(self, change: Any) -> None:
        found = None if change["new"] is None else find_node(self._heads, change["new"])
        symbol = None if found is None else Symbol([Entry(found, index) for index in range(found.visible_outputs)])
        self.set_trait("selected_symbol", symbol)

    def highlight(self, names: Names = ()) -> None:
        """Mark nodes, given by name or as symbols, and no others; nothing to unmark all.

        Raises `MXNetError` for a name that no node has.

        >>> import symbolnb as mx
        >>> view = mx.sym.exp(mx.sym.var("x"), name="e").view()
        >>> view.highlight(["x", "e"])
        >>> view.highlighted
        ['x', 'e']
        """
        several = [names] if isinstance(names, (str, Symbol)) else list(names)
        self.highlighted = [name for one in several for name in self._names(one)]

    def goto(self, name: str | Symbol) -> None:
        """Select a node, given by name or as a symbol, and move the picture to it."""
        self.selection = self._names(name)[0]
        for widget in self._widgets:
            widget.goto = None  # else the same name twice would be no change
            widget.goto = self.selection

    def _names(self, one: str | Symbol) -> list[str]:
        """A node's name, which may be given as that of its output, or those of a symbol's nodes."""
        if isinstance(one, Symbol):
            return list(dict.fromkeys(name for entry in one.entries for name in self._names(entry.node.name)))
        names = [node["name"] for node in self.document["nodes"]]
        if one in names:
            return [one]
        made = [node["name"] for node in self.document["nodes"] for output in node["outputs"] if output["name"] == one]
        if not made:
            raise MXNetError(f"there is no node {one!r} in this graph{did_you_mean(one, names)}")
        return made[:1]

    # Groups -----------------------------------------------------------------------------------

    @property
    def groups(self) -> list[str]:
        """The paths of all groups, outer ones before what is in them."""
        return list(group_paths(build_model(self.document)))

    def collapse(self, group: str | None = None) -> None:
        """Close a group, given by its path; all groups if none is given.

        Raises `MXNetError` for a path that is not among `groups`.
        """
        closed = None if group is None else self._path(group)
        self.opened = [] if closed is None else [path for path in self._open_now() if path != closed]

    def expand(self, group: str | None = None) -> None:
        """Open a group, given by its path, and those around it; all groups if none is given.

        Raises `MXNetError` for a path that is not among `groups`.
        """
        found = self.groups
        if group is not None:
            wanted, now = self._path(group), set(self._open_now())
            found = [path for path in found if path in now or f"{wanted}/".startswith(f"{path}/")]
        self.opened = found

    def _open_now(self) -> list[str]:
        if self.opened is not None:
            return list(self.opened)
        model = build_model(self.document)
        closed = closed_at_first(model)
        return [path for path, number in group_paths(model).items() if number not in closed]

    def _seen_open(self) -> list[str] | None:
        """The open groups that are not within closed ones."""
        if self.opened is None:
            return None
        closed = [path for path in self.groups if path not in self.opened]
        return [path for path in self.opened if not any(path.startswith(f"{outer}/") for outer in closed)]

    def _path(self, group: str) -> str:
        return find_group(group_paths(build_model(self.document)), group)

    # Files ------------------------------------------------------------------------------------

    def save(
        self,
        path: str | Path,
        theme: str | None = None,
        orientation: str | None = None,
        opened: Sequence[str] | None = None,
    ) -> Path:
        """Write the graph to a file and return its path.

        The ending chooses the format: ``.svg`` and ``.png`` pictures (a PNG needs resvg-py, the extra "png"), an
        interactive ``.html`` page that needs no network, ``.dot`` for Graphviz, ``.json`` for the view document.
        Theme, orientation and open groups are those of the view where none are given; a group is opened with those
        around it. Raises `MXNetError` for another ending, theme or orientation, and for a group that is not there.

        >>> import symbolnb as mx, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     mx.sym.exp(mx.sym.var("x")).view(x=(2, 3)).save(f"{folder}/graph.svg").name
        'graph.svg'
        """
        return export(self.document, path, self.look(theme, orientation, opened))

    def to_html(
        self, theme: str | None = None, orientation: str | None = None, opened: Sequence[str] | None = None
    ) -> str:
        """The graph as the text of an interactive page of its own, which looks as a saved one does."""
        return page(self.document, self.look(theme, orientation, opened))

    def look(
        self, theme: str | None = None, orientation: str | None = None, opened: Sequence[str] | None = None
    ) -> Look:
        """How the graph is drawn in a file: as on the page, but for what is given."""
        return Look(
            self.theme if theme is None else theme,
            self.orientation if orientation is None else orientation,
            self._seen_open() if opened is None else opened,
        )

    # Showing ----------------------------------------------------------------------------------

    @property
    def widget(self) -> GraphWidget:
        """The widget behind the view, to be put among other widgets; `MXNetError` where its script is not built.

        In marimo it is another one each time, and all of them follow the view: a widget ends there when the cell that
        made it runs again, wherever else it is shown.
        """
        for closed in [widget for widget in self._widgets if _is_closed(widget)]:
            self._detach(closed)
            closed.close()
        if display.in_marimo() or not self._widgets:
            return self._new_widget()
        return next(iter(self._widgets))

    def attach(self, widget: GraphWidget) -> None:
        """Let a widget alone and this view follow each other; the widget tells what is selected and open now."""
        for other in list(self._widgets):
            self._detach(other)
        self._follow(widget)

    def _new_widget(self) -> GraphWidget:
        from symbolnb.notebook.widget import GraphWidget  # needs the built bundle

        made = GraphWidget(**{theirs: getattr(self, mine) for mine, theirs in LINKED.items()})
        self._follow(made)
        return made

    def _follow(self, widget: GraphWidget) -> None:
        self._widgets[widget] = [traitlets.link((widget, theirs), (self, mine)) for mine, theirs in LINKED.items()]

    def _detach(self, widget: GraphWidget) -> None:
        for link in self._widgets.pop(widget):
            link.unlink()

    def __repr__(self) -> str:
        return text(self.document)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> display.Bundle:
        return display.narrowed(display.offer(self, lambda: self.document, lambda: self.widget), include, exclude)

    def _display_(self) -> Any:
        """What marimo shows: the widget, or text where there can be none."""
        try:
            return self.widget
        except Exception as error:
            return f"{self!r}\n(the graph cannot be drawn: {error})"


def view(symbol: Symbol, arrays: Mapping[str, Any] | None, shapes: Mapping[str, Any]) -> GraphView:
    """The view object of a symbol with arrays and shapes of some arguments: the same one for the same shapes.

    With neither it is the view of the symbol as it shows itself, with all that a cell has found out about it.
    """
    given = given_shapes(shapes, symbol.entries)
    kept = None if arrays is None else given_arrays(symbol.entries, arrays)
    itself = kept is None and not given
    document = display.known_view(symbol) if itself else view_of(symbol.entries, given, arrays=kept)
    made = _handle(symbol, symbol.entries, (kept is None, *sorted(given.items())), document)
    if display.widgets_work() and itself:
        with suppress(ImportError, MXNetError):  # no widgets here, or no script: it shows itself as a picture
            made.attach(display.widget_of(symbol))
    return made


def marimo_view(shown: Symbol | Executor) -> Any:
    """What `_display_` of a Symbol or Executor gives marimo: a widget that follows its view object, else text."""
    try:
        if isinstance(shown, Symbol):
            return view(shown, None, {})._display_()
        return _handle(shown, shown.symbol.entries, "itself", display.known_view(shown))._display_()
    except Exception as error:
        return f"{shown!r}\n(the graph cannot be drawn: {error})"


def view_of_values(executor: Executor, is_train: bool) -> GraphView:
    """The view object of a bound graph, the same one each time, with what all its nodes compute now."""
    document = view_of_executor(executor, values_of_executor(executor, is_train))
    return _handle(executor, executor.symbol.entries, is_train, document)


def _handle(shown: Symbol | Executor, heads: Sequence[Entry], key: Hashable, document: View) -> GraphView:
    """The view object that is remembered under a key, with a document to show."""
    handles = display.record_of(shown).handles
    if key not in handles:
        handles[key] = GraphView(heads, document, theme=display.choices.theme)
    made: GraphView = handles[key]
    if made.document != document:
        made.document = document
    return made


def _is_closed(widget: GraphWidget) -> bool:
    """Whether nobody hears a widget any more: marimo closes the line to its page and leaves it with the widget."""
    return widget.comm is None or getattr(widget.comm, "_closed", False)


def to_html(symbol: Symbol, look: Mapping[str, Any], shapes: Mapping[str, Any]) -> str:
    """A symbol as an interactive page; a graph that contradicts itself is drawn as far as it is known.

    `look` are the choices of a `Look`.
    """
    return page(view_of(symbol.entries, given_shapes(shapes, symbol.entries)), Look(**look))
