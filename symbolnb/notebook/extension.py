"""What ``%load_ext symbolnb`` adds to IPython, and ``%unload_ext`` takes away again."""

from __future__ import annotations

from typing import Any

from IPython.core.interactiveshell import ExecutionInfo, InteractiveShell

from symbolnb.graph.source import forget_labels, label_file
from symbolnb.notebook.cell import cell_number
from symbolnb.notebook.completion import Matcher, matcher_for
from symbolnb.notebook.magics import SymbolMagics

CELL_MAGICS, LINE_MAGICS = ("symbol",), ("symbol", "symbol_cache")


class Extension:
    """The magics, the completer and the callback that one shell was given."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self.magics = SymbolMagics(shell)
        self.matcher: Matcher = matcher_for(self.magics)

    def load(self) -> None:
        """Register everything."""
        self.shell.register_magics(self.magics)
        self.shell.events.register("pre_run_cell", self.before_cell)
        if self.shell.Completer is not None:
            self.shell.Completer.custom_matchers.append(self.matcher)

    def unload(self) -> None:
        """Take everything back, and drop the executors that were kept."""
        shell, magics = self.shell, self.shell.magics_manager
        configurables: list[Any] = shell.configurables
        shell.events.unregister("pre_run_cell", self.before_cell)
        if shell.Completer is not None:
            shell.Completer.custom_matchers.remove(self.matcher)
        for kind, names in (("cell", CELL_MAGICS), ("line", LINE_MAGICS)):
            for name in names:
                magics.magics[kind].pop(name, None)
        magics.registry.pop(type(self.magics).__name__, None)
        if self.magics in configurables:
            configurables.remove(self.magics)
        self.magics.cache.clear()
        forget_labels()

    def before_cell(self, info: ExecutionInfo) -> None:
        """Give the code of the cell that is going to run the name by which users know it."""
        shell: Any = self.shell
        code = getattr(info, "transformed_cell", None)  # IPython before 9.16 has none
        try:
            code = shell.transform_cell(info.raw_cell) if code is None else code
        except Exception:  # a cell that is no Python: IPython says so itself
            return
        number = cell_number(shell)
        label_file(shell.compile.get_code_name(info.raw_cell, code, number), f"cell {number}")
        self.magics.before_cell(info.cell_id)


_loaded: dict[int, Extension] = {}


def load(shell: InteractiveShell) -> None:
    """Add the magics ``%%symbol``, ``%symbol`` and ``%symbol_cache`` to a shell, once."""
    if id(shell) not in _loaded:
        extension = _loaded[id(shell)] = Extension(shell)
        extension.load()


def unload(shell: InteractiveShell) -> None:
    """Take back all that `load` added."""
    extension: Any = _loaded.pop(id(shell), None)
    if extension is not None:
        extension.unload()
