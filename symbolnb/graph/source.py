"""Where in the user's code a node was made."""

from __future__ import annotations

import re
import sys
from types import FrameType
from typing import NamedTuple

_PACKAGE = __name__.split(".")[0]
_labels: dict[str, str] = {}

_MARIMO_CELL = re.compile(r"__marimo__cell_(\w+?)_\.py$")
"""The file name under which marimo compiles a cell, with the cell's identifier."""


class Source(NamedTuple):
    """A place in the user's code: a readable label of the file or cell, and a line, counted from 1."""

    label: str
    line: int

    def __str__(self) -> str:
        return f"{self.label}, line {self.line}"


def label_file(filename: str, label: str) -> None:
    """Give the code compiled under `filename` a readable label, such as ``cell 3``."""
    _labels[filename] = label


def forget_labels() -> None:
    """Forget all labels that `label_file` gave."""
    _labels.clear()


def _label(filename: str) -> str:
    """What to call a file: as was agreed, else a cell of marimo by its identifier, else by its name."""
    if filename not in _labels:
        cell = _MARIMO_CELL.search(filename)
        _labels[filename] = filename if cell is None else f"cell {cell[1]}"
    return _labels[filename]


def caller() -> Source | None:
    """The innermost place on the call stack that is outside of this package, or None."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module != _PACKAGE and not module.startswith(_PACKAGE + "."):
            filename = frame.f_code.co_filename
            return Source(_label(filename), frame.f_lineno)
        frame = frame.f_back
    return None
