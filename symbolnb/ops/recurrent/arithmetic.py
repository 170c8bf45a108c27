"""What recurrent networks leave to a library: matrix products, a time step's elementwise part as one, and what may be
done at the same time.

All calls are put together once and run again and again. A faster library offers the same methods; everything else of a
network stays the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType
from typing import Any, NamedTuple, Protocol

from symbolnb.ops.base import Array
from symbolnb.ops.elementwise.fused import FusedElementwise

Call = Callable[[], object]


class Arithmetic(Protocol):
    """Who computes."""

    @property
    def xp(self) -> ModuleType:
        """The array library for all the rest."""

    def factor(self, matrix: Array, rows: int) -> tuple[Any, list[Call]]:
        """A matrix that many products of so many rows have on the right, and what to call when it has changed."""

    def product(self, left: Array, right: Any, out: Array, *, bias: Array | None = None, add: bool = False) -> Call:
        """``left @ right`` into `out`, plus a row `bias`, plus with `add` what `out` held before.

        `right` is a matrix or what `factor` made of one; `left` and `right` may be transposed, `out` may not.
        """

    def together(self, group: FusedElementwise, inputs: Sequence[Array], outputs: Sequence[Array], plain: Call) -> Call:
        """The group on matrices, which may be parts of wider ones; `plain` is the same by the array library."""

    def lanes(self, rows: int) -> Sequence[tuple[slice, Arithmetic]]:
        """The parts of a batch that go through the time steps apart from each other, and who computes each."""

    def beside(self, lanes: Sequence[Sequence[Call]]) -> Sequence[Call]:
        """The calls of such parts, each of which is to be made in order."""


class Reference(NamedTuple):
    """Everything by the array library itself."""

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

    def together(self, group: FusedElementwise, inputs: Sequence[Array], outputs: Sequence[Array], plain: Call) -> Call:
        """One operation after the other."""
        return plain

    def lanes(self, rows: int) -> Sequence[tuple[slice, Arithmetic]]:
        """The whole batch at once."""
        return [(slice(None), self)]

    def beside(self, lanes: Sequence[Sequence[Call]]) -> Sequence[Call]:
        """One part after the other."""
        return [call for lane in lanes for call in lane]


def _with_bias(xp: ModuleType, left: Array, right: Array, out: Array, bias: Array) -> None:
    xp.matmul(left, right, out=out)
    out += bias


def _added(xp: ModuleType, left: Array, right: Array, out: Array) -> None:
    out += xp.matmul(left, right)
