"""Matrix products for recurrent networks, put together once and run again and again.

A faster library offers the same methods; everything else of a network stays the same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any, NamedTuple, Protocol

from symbolnb.ops.base import Array

Call = Callable[[], object]


class Arithmetic(Protocol):
    """Who makes the products."""

    @property
    def xp(self) -> ModuleType:
        """The array library for all the rest."""

    def factor(self, matrix: Array, rows: int) -> tuple[Any, list[Call]]:
        """A matrix that many products of so many rows have on the right, and what to call when it has changed."""

    def product(self, left: Array, right: Any, out: Array, *, bias: Array | None = None, add: bool = False) -> Call:
        """``left @ right`` into `out`, plus a row `bias`, plus with `add` what `out` held before.

        `right` is a matrix or what `factor` made of one; `left` and `right` may be transposed, `out` may not.
        """


class Reference(NamedTuple):
    """Products by the array library itself."""

    xp: ModuleType

    def factor(self, matrix: Array, rows: int) -> tuple[Any, list[Call]]:
        """The matrix as it is."""
        return matrix, []

    def product(self, left: Array, right: Any, out: Array, *, bias: Array | None = None, add: bool = False) -> Call:
        """The library's own product."""
        if bias is not None:
            return partial(_with_bias, self.xp, left, right, out, bias)
        if add:
            return partial(_added, self.xp, left, right, out)
        return partial(self.xp.matmul, left, right, out=out)


def _with_bias(xp: ModuleType, left: Array, right: Array, out: Array, bias: Array) -> None:
    xp.matmul(left, right, out=out)
    out += bias


def _added(xp: ModuleType, left: Array, right: Array, out: Array) -> None:
    out += xp.matmul(left, right)
