"""Python's collector of cyclic garbage, out of the way while much is made that stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_inside = 0
_was_enabled = False


@contextmanager
def no_collection() -> Iterator[None]:
    """No garbage is collected inside the block, in any thread.

    The collector runs whenever many objects were made, and looks through all that the process holds: a tenth of the
    time of a compilation, in which next to nothing becomes garbage. Blocks may lie inside each other and run in
    several threads at once; afterwards the collector is on again if it was before.
    """
    global _inside, _was_enabled
    with _lock:
        if _inside == 0:
            _was_enabled = gc.isenabled()
            gc.disable()
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0 and _was_enabled:
                gc.enable()
