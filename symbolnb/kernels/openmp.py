"""OpenMP's team of threads, which the kernels share: how many there are, how they wait, and where they run.

The library is the libgomp that comes with oneDNN; without it nothing here does anything.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from symbolnb.settings import settings

SPINS = "10000"  # turns of libgomp's waiting loop, some 250 microseconds
PLACED_BY_USER = ("OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY")
_SOFT = 1  # omp_pause_soft
_function = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class _Thread(threading.local):
    """What is known of the team of each thread that runs kernels; every such thread has a team of its own."""

    allowed = 0  # how many threads OpenMP was last told to use
    workers: tuple[int, ...] = ()  # the system's numbers of the team's other threads
    size = 1  # how many threads the team had when they were counted
    processor = -1  # where the thread itself ran when its workers were last placed


class _Process:
    """The library, and the C function that says on which processor a thread runs; None where there is none."""

    library: Any = None
    where: Callable[[], int] | None = None


thread = _Thread()


def prepare() -> None:
    """To be called before the library is loaded, which reads its variables then.

    Threads wait actively for microseconds only, unless the user has said how they shall wait. By default libgomp
    spins for milliseconds: beside another busy process, a thread that waits then burns the time that the one that
    works needs. With no spinning at all they sleep and wake between any two layers, and each time the system may put
    them on the same processor.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPINS)


def load() -> None:
    """Use the library that a kernel library has just loaded; `OSError` if that is not so."""
    _Process.library = ctypes.CDLL("libgomp.so.1")
    if hasattr(os, "sched_setaffinity") and not any(name in os.environ for name in PLACED_BY_USER):
        _Process.where = getattr(ctypes.PyDLL(None), "sched_getcpu", None)


def set_threads(count: int) -> None:
    """Let kernels that the calling thread creates or runs use `count` threads."""
    if thread.allowed != count:
        _Process.library.omp_set_num_threads(count)
        thread.allowed = count


def launcher() -> int | None:
    """The address of the C function that runs another one on several threads; None where there is none."""
    return _address("GOMP_parallel")


def teller() -> int | None:
    """The address of the C function that is told how many threads kernels use; None where there is none."""
    return _address("omp_set_num_threads")


def _address(name: str) -> int | None:
    function = getattr(_Process.library, name, None)
    return None if function is None else ctypes.cast(function, ctypes.c_void_p).value


def settle() -> None:
    """Keep the team's other threads off the processor on which the calling thread runs.

    To be called before a pass; it costs a fraction of a microsecond where the thread has not moved. The calling
    thread may go wherever the system wants it, and with it everything else that the user does in it.
    """
    where = _Process.where
    if where is None:
        return
    if settings.threads != thread.size or where() != thread.processor:
        _place(where)


def _place(where: Callable[[], int]) -> None:
    if settings.threads != thread.size:
        thread.workers = _count(settings.threads)
        thread.size = settings.threads
    here = thread.processor = where()
    wanted = places(os.sched_getaffinity(0), here, len(thread.workers))
    for worker, processors in zip(thread.workers, wanted, strict=True):
        if processors and os.path.exists(f"/proc/self/task/{worker}"):
            with suppress(OSError):  # the system may forbid it, and the thread may be gone
                os.sched_setaffinity(worker, processors)


def places(allowed: set[int], taken: int, workers: int) -> list[set[int]]:
    """The processors for each of some workers, of those that the process is allowed, one of which is taken.

    Where every processor is needed, each worker gets one to itself. Where there are more, the system chooses among
    them, as other processes choose too. Without another processor the sets are empty.

    >>> places({0, 1, 2, 3}, 1, 3)
    [{0}, {2}, {3}]
    >>> places({0, 1, 2, 3}, 1, 1)
    [{0, 2, 3}]
    """
    others = sorted(allowed - {taken})
    if len(allowed) > workers + 1 or not others:
        return [set(others)] * workers
    return [{others[number % len(others)]} for number in range(workers)]


def _count(threads: int) -> tuple[int, ...]:
    """The system's numbers of the threads with which the calling one forms a team of `threads`."""
    found: set[int] = set()
    if threads > 1:
        _Process.library.GOMP_parallel(_function(lambda _: found.add(threading.get_native_id())), None, threads, 0)
    return tuple(sorted(found - {threading.get_native_id()}))


def _before_fork() -> None:
    """Dismiss the team of the thread that forks: the new process would wait for threads that it does not have.

    Both processes form new teams when they need them. A libgomp older than GCC 9's cannot do that.
    """
    dismiss = getattr(_Process.library, "omp_pause_resource_all", None)
    if dismiss is not None:
        dismiss(_SOFT)
        thread.allowed, thread.workers, thread.size, thread.processor = 0, (), 1, -1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork)
