"""The one table that says which kernel serves an operator on a device.

A kernel library is a package beside this module with a function `load() -> str | None` in its `__init__`: it
registers its kernels with `add` and answers None, or says in a sentence why it cannot serve here. Libraries
are loaded when a device's kernels are first asked for, never at import.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Protocol

from symbolnb.graph.spec import Layout, Spec
from symbolnb.ops.base import Array, Operator
from symbolnb.settings import settings

LIBRARIES: dict[str, tuple[str, ...]] = {
    "cpu": ("symbolnb.kernels.winograd", "symbolnb.kernels.onednn", "symbolnb.kernels.fused"),
    "gpu": (),
}
"""The kernel libraries of each device type, the preferred one first."""

_table: dict[tuple[str, str], list[Kernel]] = {}


class Kernel(Protocol):
    """A way to compute one operator on one device, for the shapes, types and layouts that it supports.

    The specs given to its methods carry the layouts that the arrays have.
    """

    library: str
    """The word that listings show."""

    def supports(self, operator: Operator, inputs: Sequence[Spec], outputs: Sequence[Spec]) -> bool:
        """Whether it computes exactly what the operator's reference forward does, for these shapes and types."""

    def layouts(
        self, operator: Operator, inputs: Sequence[Spec], outputs: Sequence[Spec]
    ) -> tuple[Sequence[Layout | None], Sequence[Layout | None]]:
        """The layout it wants each input in, seeing those they have, and the layout of each output; None is dense."""

    def workspace(self, operator: Operator, inputs: Sequence[Spec], outputs: Sequence[Spec]) -> int:
        """Bytes of scratch memory that a call needs; the plan provides them, 64-byte aligned."""

    def inplace_pairs(
        self, operator: Operator, inputs: Sequence[Spec], outputs: Sequence[Spec]
    ) -> Sequence[tuple[int, int]]:
        """Pairs (input, output) that may share memory."""

    def bind(
        self,
        operator: Operator,
        specs: tuple[Sequence[Spec], Sequence[Spec]],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """One call without arguments that computes into the outputs; it keeps alive what it needs.

        An array in a layout other than dense is one-dimensional, of the spec's type, `Spec.nbytes` long.
        """


def add(names: Iterable[str], device: str, kernel: Kernel) -> None:
    """Register a kernel for operators by name; the first that supports a case serves it."""
    for name in names:
        _table.setdefault((name, device), []).append(kernel)


@cache
def load_libraries(device: str) -> dict[str, str | None]:
    """Load all kernel libraries of a device; for each, None or the sentence why it cannot serve."""
    return {module: importlib.import_module(module).load() for module in LIBRARIES.get(device, ())}


def registered(name: str, device: str) -> tuple[Kernel, ...]:
    """All kernels of an operator on a device, in the order in which they are asked."""
    load_libraries(device)
    return tuple(_table.get((name, device), ()))


def choose(operator: Operator, device: str, inputs: Sequence[Spec], outputs: Sequence[Spec]) -> Kernel | None:
    """The first registered kernel that supports the case, or None where the reference forward serves."""
    if not settings.fast_kernels:
        return None
    for kernel in registered(operator.name, device):
        if kernel.supports(operator, inputs, outputs):
            return kernel
    return None


def version() -> tuple[Any, ...]:
    """What a cached executor's key must hold of the kernel table: it changes whenever choices may change."""
    return (
        settings.fast_kernels,
        settings.threads,
        settings.recompute,
        settings.winograd,
        sum(len(kernels) for kernels in _table.values()),
    )
