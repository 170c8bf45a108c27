"""The magics: ``%%symbol``, ``%symbol`` and ``%symbol_cache``."""

# mypy: disable-error-code="no-untyped-call, untyped-decorator"
# IPython's decorators and functions for magics carry no types.

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

import traitlets
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import (
    Magics,
    line_cell_magic,
    line_magic,
    magics_class,
    needs_local_scope,
    no_var_expand,
    output_can_be_silenced,
)
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import display

from symbolnb.errors import MXNetError
from symbolnb.graph.walk import topological
from symbolnb.notebook import display as shown
from symbolnb.notebook.arrays import is_array, standing
from symbolnb.notebook.cache import ExecutorCache
from symbolnb.notebook.cell import is_silenced, run_cell
from symbolnb.notebook.options import read_device, read_dtypes, read_shapes
from symbolnb.notebook.report import report
from symbolnb.notebook.run import OptionError, Outcome, Request, run
from symbolnb.notebook.start import DEFAULT
from symbolnb.notebook.themes import THEMES
from symbolnb.symbol.symbol import Group, Symbol
from symbolnb.train import initializer

GIBIBYTE = 2**30


@magics_class
class SymbolMagics(Magics):
    """Declare graphs in cells, see them and run them."""

    cache_bytes = traitlets.Int(GIBIBYTE, min=0, help="most bytes that bound executors may take up between cells").tag(
        config=True
    )
    show_graph = traitlets.Bool(True, help="whether %%symbol and %symbol show the graph").tag(config=True)
    theme = traitlets.Enum(THEMES, "auto", help="colours of the graph: auto follows the page").tag(config=True)
    interactive = traitlets.Bool(
        True,
        help="whether graphs are widgets; a picture instead shows wherever the notebook is opened, also where widgets "
        "are not saved with it or scripts are not allowed",
    ).tag(config=True)

    def __init__(self, shell: InteractiveShell, **kwargs: Any) -> None:
        super().__init__(shell, **kwargs)
        self.ip = shell
        self.cache = ExecutorCache(self.cache_bytes)
        self._covered: dict[str, Any] = {}  # arrays whose names cells have given to symbols
        self._cell_id: str | None = None
        shown.choices.theme, shown.choices.interactive = self.theme, self.interactive

    @traitlets.observe("cache_bytes")
    def _limit_cache(self, change: Any) -> None:
        if hasattr(self, "cache"):  # not while traits are being set up
            self.cache.limit = change["new"]

    @traitlets.observe("theme")
    def _choose_theme(self, change: Any) -> None:
        shown.choices.theme = change["new"]

    @traitlets.observe("interactive")
    def _choose_widgets(self, change: Any) -> None:
        shown.choices.interactive = change["new"]

    def before_cell(self, cell_id: str | None) -> None:
        """Take note of the cell that is going to run: run again, it shows its graph in the same widget."""
        self._cell_id = cell_id

    # The magics -------------------------------------------------------------------------------

    @magic_arguments()
    @argument("symbol", nargs="?", help="for %%symbol: the variable that holds the symbol")
    @argument("--shape", action="append", default=[], metavar="NAME=SIZES", help="shape of a variable: data=64,784")
    @argument("--dtype", action="append", default=[], metavar="NAME=TYPE", help="element type of a variable")
    @argument("--device", metavar="DEVICE", help="cpu, gpu or gpu(1); the current device if not given")
    @argument("--train", action="store_true", help="run as in training, then backward with head gradients of one")
    @argument("--init", default=DEFAULT, metavar="NAME", help="initializer of the weights: xavier, normal, ...")
    @argument("--seed", type=int, metavar="NUMBER", help="restart the random numbers before the weights are made")
    @argument("--name", metavar="VARIABLE", help="variable that the executor is assigned to")
    @argument("--values", action="store_true", help="show what every node computes, and with --train the gradients")
    @argument("--no-run", action="store_true", help="infer the shapes, but bind and run nothing")
    @argument("--no-view", action="store_true", help="do not show the graph")
    @no_var_expand
    @needs_local_scope
    @output_can_be_silenced
    @line_cell_magic
    def symbol(self, line: str, cell: str | None = None, local_ns: dict[str, Any] | None = None) -> Any:
        """Run a cell that declares a graph, and show the graph with its shapes and outputs.

        The last expression of the cell, a Symbol or several, is its result. NumPy, CuPy and MXNet-style arrays
        that stand in the namespace under the names of variables are bound to them, parameters are initialised,
        and the graph runs; an executor of the same structure, shapes and types is taken from the cache, with
        its weights. Where a cell gives the name of an array to a symbol, as in ``data = sym.Variable("data")``,
        the array stays bound. Automatic names start anew in each cell.

        As a line magic it does the same with a symbol that exists.
        """
        __tracebackhide__ = True
        options = parse_argstring(SymbolMagics.symbol, line)
        request = _request(options)
        if cell is None:
            return self._show(self._existing(options, local_ns), options, request, local_ns, silenced=False)
        if options.symbol is not None:
            raise UsageError(f"%%symbol takes options only, but got {options.symbol!r}; %symbol takes a variable")
        self._uncover()
        before = {name: value for name, value in self.ip.user_ns.items() if is_array(value)}
        result = run_cell(self.ip, f"%%symbol {line}".rstrip(), cell, local_ns)
        self._cover(before)
        symbol = _as_symbol(result)
        if symbol is None:
            return result
        return self._show(symbol, options, request, local_ns, silenced=is_silenced(cell))

    @magic_arguments()
    @argument("action", nargs="?", default="list", choices=("list", "clear", "size"), help="what to do")
    @argument("bytes", nargs="?", type=int, help="for size: the most bytes to keep from now on")
    @line_magic
    def symbol_cache(self, line: str) -> None:
        """List the executors that are kept between cells, drop them, or tell or set how much they may take up."""
        options = parse_argstring(SymbolMagics.symbol_cache, line)
        if options.bytes is not None and (options.action != "size" or options.bytes < 0):
            raise UsageError("%symbol_cache takes a number of bytes, 0 or more, only after size")
        if options.action == "clear":
            self._covered.clear()
            print(f"dropped {self.cache.clear()} executor(s)")
            return
        if options.bytes is not None:
            self.cache_bytes = options.bytes
        if options.action == "list":
            for kept in self.cache.list():
                executor = kept.executor
                shapes = ", ".join(f"{name} {array.shape}" for name, array in zip(
                    executor.symbol.list_outputs(), executor.outputs, strict=True))  # fmt: skip
                print(f"{shapes} on {executor.context}: {kept.nbytes:,} bytes, hit {kept.hits} time(s)")
        cache = self.cache
        print(
            f"{len(cache)} executor(s), {cache.nbytes:,} of {cache.limit:,} bytes; "
            f"{cache.hits} hit(s), {cache.misses} miss(es)"
        )

    # What they do -----------------------------------------------------------------------------

    def _existing(self, options: argparse.Namespace, local: Mapping[str, Any] | None) -> Symbol:
        if options.symbol is None:
            raise UsageError("%symbol needs the name of a variable that holds a Symbol")
        spaces = (self.ip.user_ns if local is None else local, self.ip.user_ns)
        found = next((space[options.symbol] for space in spaces if options.symbol in space), None)
        symbol = _as_symbol(found)
        if symbol is None:
            what = "not defined" if found is None else f"a {type(found).__name__}, not a Symbol"
            raise UsageError(f"%symbol: {options.symbol} is {what}")
        return symbol

    def _show(
        self,
        symbol: Symbol,
        options: argparse.Namespace,
        request: Request,
        local: Mapping[str, Any] | None,
        *,
        silenced: bool,
    ) -> Symbol | None:
        """Run a symbol, display what came of it and give it back as the result that IPython displays last."""
        __tracebackhide__ = True
        outcome = self._run(symbol, request, local)
        executor = None if outcome.kept is None else outcome.kept.executor
        if options.name is not None:
            if executor is None:
                raise UsageError(f"--name {options.name}: there is no executor to assign; {outcome.status}")
            self.ip.push({options.name: executor})
        if silenced:
            return symbol
        display(report(outcome.status, executor))
        if self.show_graph and not options.no_view:
            self._go_on_with_widget(outcome)
            return symbol
        self.ip.displayhook.update_user_ns(symbol)  # the result all the same, only not displayed
        return None

    def _run(self, symbol: Symbol, request: Request, local: Mapping[str, Any] | None) -> Outcome:
        """Run a symbol; it will be shown with all that is known of it, and is at once if its shapes contradict."""
        __tracebackhide__ = True
        try:
            outcome = run(symbol, self._arrays(symbol, local), request, self.cache)
            shown.remember(symbol, outcome.view)
            if outcome.error is not None:
                display(symbol)
                raise outcome.error
        except OptionError as error:
            raise UsageError(str(error)) from None
        except MXNetError as error:
            raise _told_shortly(error) from None
        return outcome

    def _go_on_with_widget(self, outcome: Outcome) -> None:
        """Let a cell that runs again show its graph in the widget that it has."""
        kept = outcome.kept
        if kept is None or not shown.widgets_work():
            return
        if kept.widget is not None and kept.cell == self._cell_id:
            shown.remember(outcome.symbol, outcome.view, kept.widget)
        kept.widget, kept.cell = shown.widget_of(outcome.symbol), self._cell_id

    def _arrays(self, symbol: Symbol, local: Mapping[str, Any] | None) -> dict[str, Any]:
        """The arrays that stand under the names of the symbol's variables, or stood there before the symbols did."""
        names = [node.name for node in topological(symbol.entries) if node.operator is None]
        space = {**self.ip.user_ns, **({} if local is None else local)}
        covered = {name: array for name, array in self._covered.items() if isinstance(space.get(name), Symbol)}
        return standing({**space, **covered}, names)

    def _cover(self, before: Mapping[str, Any]) -> None:
        """Remember the arrays whose names the cell has given to symbols."""
        now = self.ip.user_ns
        self._covered.update({name: array for name, array in before.items() if isinstance(now.get(name), Symbol)})

    def _uncover(self) -> None:
        """Forget the arrays whose names stand for something else than a symbol by now."""
        now = self.ip.user_ns
        self._covered = {name: array for name, array in self._covered.items() if isinstance(now.get(name), Symbol)}


def _told_shortly(error: MXNetError) -> MXNetError:
    """The error, which IPython shows without the lines of this package that raised it: its text says all."""
    error._render_traceback_ = lambda *_: [f"{type(error).__name__}: {error}"]  # type: ignore[attr-defined]
    return error


def _as_symbol(value: Any) -> Symbol | None:
    """A Symbol itself, several as a group, and None for anything else."""
    if isinstance(value, Symbol):
        return value
    if isinstance(value, (list, tuple)) and value and all(isinstance(item, Symbol) for item in value):
        return Group(list(value))
    return None


def _request(options: argparse.Namespace) -> Request:
    if options.init != DEFAULT:
        initializer.create(options.init)  # an unknown name fails before the cell runs
    return Request(
        shapes=read_shapes(options.shape),
        dtypes=read_dtypes(options.dtype),
        context=None if options.device is None else read_device(options.device),
        train=options.train,
        seed=options.seed,
        init=options.init,
        run=not options.no_run,
        values=options.values,
    )
