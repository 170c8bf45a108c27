"""What sessions prepare from weights and keep: memory that all sessions on the same arrays share, while any lives."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from threading import Lock
from typing import Any
from weakref import WeakSet, WeakValueDictionary

from symbolnb.compile.program import Preparation
from symbolnb.context import Context
from symbolnb.graph.node import Node
from symbolnb.runtime.storage import Memory, allocate_bytes, memory_of

Array = Any


class Kept:
    """The results of one preparation on certain arrays, and whether they are up to date.

    `bytes` is where they lie, `sources` the memory of what they follow from. Who prepares them holds `lock`, and
    afterwards notes in `seen` which versions of the sources they are of. `users` are the sessions that read them.
    """

    def __init__(self, context: Context, nbytes: int, sources: Sequence[Memory | None]) -> None:
        self.bytes = allocate_bytes(context, nbytes)
        self.sources = [memory for memory in sources if memory is not None]
        self.seen: list[int] | None = None
        self.lock = Lock()
        self.users: WeakSet[Any] = WeakSet()
        self._known = len(self.sources) == len(sources)

    def versions(self) -> list[int] | None:
        """The versions of what is read; None where changes could go unnoticed."""
        if not self._known or any(memory.shared for memory in self.sources):
            return None
        return [memory.version for memory in self.sources]

    @property
    def crowded(self) -> bool:
        """Whether one session would have to prepare it at every pass, perhaps in the middle of another's."""
        return len(self.users) > 1 and self.versions() is None


_shared: WeakValueDictionary[Hashable, Kept] = WeakValueDictionary()
_lock = Lock()


def kept(user: Any, preparation: Preparation, context: Context, variables: Mapping[Node, Array]) -> Kept:
    """Where a session keeps the results of a preparation: where a living one keeps the same, if there is one.

    Each session has its own of arrays that somebody else can write to unseen, as they are prepared at every pass.
    """
    arrays = [variables[node] for node in preparation.variables]
    sources = [memory_of(array) for array in arrays]
    if not preparation.nbytes or not arrays or any(memory is None or memory.shared for memory in sources):
        return Kept(context, preparation.nbytes, sources)
    starts = tuple(array.__array_interface__["data"][0] for array in arrays)
    key = preparation.work, context, tuple(map(id, sources)), starts  # a living `Kept` keeps its sources alive
    with _lock:
        found = _shared.get(key)
        if found is None:
            found = _shared[key] = Kept(context, preparation.nbytes, sources)
        found.users.add(user)
    return found
