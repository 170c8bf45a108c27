"""Rows of the operator table with sizes of 0: every axis of one length becomes empty, for each length in turn."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.cases.row import Row

FAMILIES = ("elementwise", "reduce", "shape", "slicing", "movement", "sorting", "indexing", "matrix")


class Case(NamedTuple):
    """A row with its inputs cut to nothing along some axes."""

    key: str
    row: Row
    arrays: list[Any]


def cases() -> Iterator[Case]:
    """All of them; random operators and rows beyond MXNet have no answers and are left out."""
    for family in FAMILIES:
        for row in importlib.import_module(f"tests.cases.{family}").ROWS:
            if row.golden:
                arrays = row.arrays(row.dtypes[0])
                for size in sorted({size for array in arrays for size in array.shape if size > 1}):
                    yield Case(f"{family}: {row.id} without {size}", row, [_cut(array, size) for array in arrays])


def _cut(array: Any, size: int) -> Any:
    return array[tuple(slice(0 if length == size else length) for length in array.shape)].copy()
