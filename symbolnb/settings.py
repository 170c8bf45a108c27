"""Process-wide settings, the only global mode of the library.

Each is a plain attribute of `settings`; MXNet's environment variables of the same meaning are read once.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass


def _threads() -> int:
    asked = os.environ.get("OMP_NUM_THREADS", "")
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return int(asked) if asked.isdigit() and int(asked) > 0 else (available or 1)


RECOMPUTE = ("never", "marked", "cheap", "all")
"""What the backward half may compute once more to save memory, from nothing to everything."""


def _recompute() -> str:
    if os.environ.get("MXNET_MEMORY_OPT", "0") not in ("", "0"):
        return "all"
    return "cheap" if os.environ.get("MXNET_BACKWARD_DO_MIRROR", "0") not in ("", "0") else "marked"


def _cache() -> str | None:
    named = os.environ.get("SYMBOLNB_CACHE")
    if named is not None:
        return named if named else None
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", os.path.expanduser("~"))
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))
    return os.path.join(base, "symbolnb")


@dataclass
class Settings:
    """What a user may set for the whole process.

    `threads`: processor threads for the fast kernels. `fast_kernels`: whether any kernel but the reference may be
    chosen. `keep_weights`: whether inference keeps what it prepares from weights, such as a copy in the order that
    fast kernels want, until they change; if not, each pass prepares one layer's after the other's, in less memory
    and more time. `winograd`: whether convolutions by 3 x 3 may be computed with fewer multiplications; rounding is
    as good, but an infinity or NaN reaches a pixel further. `verify`: whether graphs are checked between compiler
    passes (tests do). `recompute`: how training saves memory where an executor is not told otherwise: ``"marked"``
    computes nodes with the attribute ``force_mirroring`` again in the backward half, ``"cheap"`` as well whatever
    has no products (``MXNET_BACKWARD_DO_MIRROR=1``), ``"all"`` layers too (``MXNET_MEMORY_OPT=1``), ``"never"``
    nothing. `cache`: the directory in which compiled kernels are kept, or None for none; at first that of the
    variable SYMBOLNB_CACHE (empty for none), else the one where the system keeps a user's caches.
    `compile_at_once`: whether kernels are compiled when they are bound, and not when it has turned out to be worth
    it.
    """

    threads: int = 1
    fast_kernels: bool = True
    keep_weights: bool = True
    winograd: bool = True
    verify: bool = False
    recompute: str = "marked"
    cache: str | None = None
    compile_at_once: bool = False


settings = Settings(
    threads=_threads(),
    fast_kernels=os.environ.get("MXNET_MKLDNN_ENABLED", "1") != "0",
    recompute=_recompute(),
    cache=_cache(),
)
