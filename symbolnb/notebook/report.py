"""What a run tells beside the graph: one line on what was done, and a table of outputs and gradients."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from symbolnb.ndarray import NDArray
from symbolnb.notebook.arrays import sample
from symbolnb.symbol.executor import Executor

LEFT = "text-align:left"


@dataclass(frozen=True)
class Row:
    """One array: what it is, its name, shape, element type, device and a few elements."""

    kind: str
    name: str
    shape: str
    dtype: str
    device: str
    elements: str


@dataclass(frozen=True)
class Report:
    """A status line and the rows under it; a rich display object."""

    status: str
    rows: tuple[Row, ...] = ()

    def __repr__(self) -> str:
        names = max((len(row.name) for row in self.rows), default=0)
        lines = [
            f"{row.kind} {row.name:{names}}  {row.shape} {row.dtype} {row.device}: {row.elements}" for row in self.rows
        ]
        return "\n".join([*lines, self.status])

    def _repr_html_(self) -> str:
        head = "".join(
            f'<th style="{LEFT}">{word}</th>' for word in ("", "name", "shape", "dtype", "device", "elements")
        )
        body = "".join(_html_row(row) for row in self.rows)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if self.rows else ""
        return f"{table}<div><small>{html.escape(self.status)}</small></div>"


def _html_row(row: Row) -> str:
    cells = (row.kind, row.name, row.shape, row.dtype, row.device, row.elements)
    return "<tr>" + "".join(f'<td style="{LEFT}">{html.escape(cell)}</td>' for cell in cells) + "</tr>"


def report(status: str, executor: Executor | None) -> Report:
    """The status line with the executor's outputs, and the gradients that it has; a sample of each."""
    if executor is None:
        return Report(status)
    outputs = zip(executor.symbol.list_outputs(), executor.outputs, strict=True)
    grads = ((name, grad) for name, grad in executor.grad_dict.items() if grad is not None)
    return Report(status, (*_rows("output", outputs), *_rows("gradient", grads)))


def _rows(kind: str, arrays: Iterable[tuple[str, NDArray]]) -> list[Row]:
    return [
        Row(kind, name, str(array.shape), np.dtype(array.dtype).name, str(array.context), sample(array))
        for name, array in arrays
    ]
