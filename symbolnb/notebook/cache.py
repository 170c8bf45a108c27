"""Bound executors, kept from one run of a cell to the next."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symbolnb.context import Context
from symbolnb.dtypes import DType
from symbolnb.graph.structure import structure_key
from symbolnb.kernels import table
from symbolnb.symbol.executor import Executor
from symbolnb.symbol.symbol import Symbol


@dataclass(frozen=True)
class Key:
    """What two runs must have in common to share an executor.

    The graph's structure, shape and element type of every variable, the device, whether gradients are wanted,
    how the weights start (initializer and seed), and the version of the kernel table. Arrays take no part.
    """

    structure: Hashable
    variables: tuple[tuple[str, tuple[int, ...], DType], ...]
    context: Context
    train: bool
    start: tuple[str, int | None]
    kernels: Hashable


def key_of(
    symbol: Symbol,
    variables: Mapping[str, tuple[tuple[int, ...], DType]],
    context: Context,
    train: bool = False,
    start: tuple[str, int | None] = ("", None),
) -> Key:
    """The key of a graph with shapes and element types on a device."""
    table.load_libraries(context.device_type)  # what they register is part of the version
    described = tuple((name, shape, dtype) for name, (shape, dtype) in variables.items())
    return Key(structure_key(symbol.entries), described, context, train, start, table.version())


@dataclass(eq=False)
class Kept:
    """An executor in the cache.

    `hits` counts how often it was found again; `lock` is held while it runs; `widget` is the view that showed
    it last, in the cell `cell`.
    """

    executor: Executor
    hits: int = 0
    widget: Any = None
    cell: str | None = None
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays and of the memory of its programs."""
        executor = self.executor
        arrays = [*executor.arg_arrays, *executor.grad_arrays, *executor.aux_arrays, *executor.outputs]
        own = {id(array): array for array in arrays if array is not None}  # one array may have several names
        held = sum(array.size * np.dtype(array.dtype).itemsize for array in own.values())
        return held + sum(program.plan.planned + program.held for program in executor.programs.values())


class ExecutorCache:
    """Executors by key, bounded in bytes; the least recently used goes first.

    Any thread may use it. `hits` and `misses` count the answers of `find`.

    >>> cache = ExecutorCache(limit=1000)
    >>> len(cache), cache.nbytes
    (0, 0)
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._lock = threading.RLock()
        self.hits = 0
        self.misses = 0

    @property
    def limit(self) -> int:
        """The most bytes that are kept; lowering it drops what no longer fits."""
        return self._limit

    @limit.setter
    def limit(self, limit: int) -> None:
        with self._lock:
            self._limit = limit
            self._shrink()

    @property
    def nbytes(self) -> int:
        """Bytes of all executors together."""
        with self._lock:
            return sum(kept.nbytes for kept in self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: Key) -> Kept | None:
        """The executor kept under a key, which becomes the most recently used, or None."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                self.misses += 1
                return None
            self._kept.move_to_end(key)
            self.hits += 1
            found.hits += 1
            return found

    def siblings(self, key: Key) -> list[tuple[Key, Kept]]:
        """The executors of the same graph on the same device, whatever their shapes; the latest used first."""
        with self._lock:
            same = key.structure, key.context, key.start
            return [
                (other, kept)
                for other, kept in reversed(self._kept.items())
                if (other.structure, other.context, other.start) == same
            ]

    def put(self, key: Key, kept: Kept) -> bool:
        """Keep an executor, at the cost of the least recently used; False where it alone is over the limit."""
        with self._lock:
            if kept.nbytes > self._limit:
                return False
            self._kept[key] = kept
            self._kept.move_to_end(key)
            self._shrink()
            return True

    def discard(self, key: Key) -> None:
        """Drop one executor, if it is there."""
        with self._lock:
            self._kept.pop(key, None)

    def clear(self) -> int:
        """Drop all executors and start counting anew; how many there were."""
        with self._lock:
            count = len(self._kept)
            self._kept.clear()
            self.hits = self.misses = 0
            return count

    def list(self) -> list[Kept]:
        """All executors, the most recently used first."""
        with self._lock:
            return list(reversed(self._kept.values()))

    def _shrink(self) -> None:
        total = sum(kept.nbytes for kept in self._kept.values())
        while total > self._limit:
            total -= self._kept.popitem(last=False)[1].nbytes
