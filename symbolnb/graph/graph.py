"""A graph on its way to becoming a program: heads, and what is known and decided about every entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.graph.walk import topological


@dataclass(frozen=True)
class Graph:
    """What a compiler pass takes and gives.

    The first `forward` heads are what a forward pass computes; the rest, computed by the backward pass,
    are gradients. `specs` knows every entry; `kernels` holds the kernel chosen for a node, where it is
    not the reference forward; `device` is the device type for which kernels are chosen. `recompute` is one
    of `settings.RECOMPUTE`: what the backward half computes once more to save memory. `prepared` are groups of nodes
    that are computed before all others, each again only when one of the variables that it reads has changed.
    """

    heads: tuple[Entry, ...]
    forward: int
    specs: Mapping[Entry, Spec]
    device: str = "cpu"
    kernels: Mapping[Node, Any] = field(default_factory=dict)  # values are kernels.table.Kernel
    recompute: str = "marked"
    prepared: tuple[tuple[Node, ...], ...] = ()

    def order(self) -> list[Node]:
        """All nodes, those of the forward half first."""
        return list(self._order)

    @cached_property
    def _order(self) -> list[Node]:
        return topological(self.heads)
