"""Process-wide settings, the only global mode of the library.

Each is a plain attribute of `settings`; MXNet's environment variables of the same meaning are read once.
"""

from __future__ import annotations

import os
from dataclasses import dataclass


def _threads() -> int:
    asked = os.environ.get("OMP_NUM_THREADS", "")
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return int(asked) if asked.isdigit() and int(asked) > 0 else (available or 1)


@dataclass
class Settings:
    """What a user may set for the whole process.

    `threads`: processor threads for the fast kernels. `fast_kernels`: whether any kernel but the
    reference may be chosen. `verify`: whether graphs are checked between compiler passes (tests do).
    """

    threads: int = 1
    fast_kernels: bool = True
    verify: bool = False


settings = Settings(threads=_threads(), fast_kernels=os.environ.get("MXNET_MKLDNN_ENABLED", "1") != "0")
