"""Calls of compiled kernels, and plain NumPy until their code is there.

Compiling takes some ten milliseconds, so it begins when NumPy has taken about as long for the same kernel, or when
a program was run often, on a thread of its own; the call that is bound changes over when the code is there. Nothing
is ever waited for, and where compiling fails NumPy goes on.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from ctypes import CFUNCTYPE, PYFUNCTYPE, Structure, addressof, c_int64, c_uint, c_void_p
from functools import partial
from time import perf_counter
from typing import Any

from symbolnb.kernels.fused import compiler
from symbolnb.kernels.native import Entry, Version
from symbolnb.ops.base import Array
from symbolnb.settings import settings

logger = logging.getLogger(__name__)

SMALL = 32768
"""Elements times members below which a call keeps Python's lock: giving it up would take longer."""

PARALLEL = 400_000
"""Elements times members from which several threads are worth waking."""

PIECES = 4
"""Pieces of work for each thread, so that one that is held up leaves them to the others."""

REMEMBERED = 1024
"""Kernels that are kept in memory; those that were bound longest ago go first."""

COMPILING, COMPILING_MEMBER = 0.02, 0.0003
"""Seconds that it takes to compile a kernel, and more for each member."""

Call = Callable[[], object]
Make = Callable[[compiler.Native], Call]


class State:
    """What is known of one kernel: the seconds that NumPy took in its place, and its code."""

    def __init__(self) -> None:
        self.spent = 0.0
        self.asked = False
        self.failed = False
        self.native: compiler.Native | None = None


class Work(Structure):
    """What a team of threads works on; see `loops.LAUNCH`."""

    _fields_ = [
        ("arguments", c_void_p),
        ("total", c_int64),
        ("piece", c_int64),
        ("next", c_int64),
        ("parallel", c_void_p),
        ("threads", c_uint),
    ]


def serve(key: Hashable, members: int, text: Callable[[], str], plain: Callable[[], Call], make: Make) -> Call:
    """The call that `make` binds to the kernel's code if that is there, else one of `plain` that becomes it.

    Kernels of equal keys have the same text. The more `members` there are, the longer NumPy serves first.
    """
    state = _state_of(key)
    if state.native is None and settings.compile_at_once:
        build(state, text)
    if state.native is not None:
        return make(state.native)
    return Warming(state, plain(), make, partial(ask, state, text), COMPILING + COMPILING_MEMBER * members)


def find(key: Hashable, text: Callable[[], str], at_once: bool) -> compiler.Native | None:
    """The kernel's code if it is there, or on disk; else it is compiled, and None until that is done.

    With `at_once` that is waited for, so that None means that it failed.
    """
    state = _state_of(key)
    if state.native is None and not state.failed:
        if at_once or settings.compile_at_once:
            build(state, text)
        elif not state.asked:
            made = text()
            (build if compiler.is_kept(made) else ask)(state, lambda: made)
    return state.native


class Warming:
    """A call by NumPy that counts its seconds, has the kernel compiled when they are many, and then becomes it."""

    def __init__(self, state: State, plain: Call, make: Make, hurry: Call, patience: float) -> None:
        self._state, self._plain, self._make, self._patience = state, plain, make, patience
        self.hurry = hurry
        self._call: Call = self._warm

    def __call__(self) -> None:
        self._call()

    @property
    def entry(self) -> Entry | None:
        """The plain C call that it has become, if it has."""
        if self._state.native is not None and self._call == self._warm:
            self._change(self._state.native)
        return getattr(self._call, "entry", None)

    def _change(self, native: compiler.Native) -> None:
        self._call = self._make(native)
        self._plain = self._call  # lets go of the arrays that only NumPy needed

    def _warm(self) -> None:
        state = self._state
        if state.native is not None:
            self._change(state.native)
            self._call()
        elif state.asked:
            self._plain()
        else:
            start = perf_counter()
            self._plain()
            state.spent += perf_counter() - start
            if state.spent >= self._patience:
                self.hurry()


# Calls ----------------------------------------------------------------------------------------


class NativeCall(partial[object]):
    """A compiled kernel bound to memory; `entry` is the same as a plain C call."""

    entry: Entry


_small = PYFUNCTYPE(None, c_void_p, c_int64, c_int64)
_large = CFUNCTYPE(None, c_void_p, c_int64, c_int64)
_team = CFUNCTYPE(None, c_void_p)


def address(array: Array) -> int:
    """Where an array begins in memory."""
    start: int = array.__array_interface__["data"][0]
    return start


def native_call(units: int, step: int, weight: int, arrays: Sequence[Array], native: compiler.Native) -> NativeCall:
    """The compiled kernel bound to the memory of arrays, on as many threads as are worth it.

    There are so many `units` of work, of which any number that is a multiple of `step` may be done at once; the
    `weight` is the number of elements times what is done with each.
    """
    size = sum(array.nbytes for array in arrays)
    return call_at(units, step, weight, [address(array) for array in arrays], (size, arrays), native)


def call_at(
    units: int, step: int, weight: int, addresses: Sequence[int], data: tuple[int, object], native: compiler.Native
) -> NativeCall:
    """The compiled kernel bound to memory at some addresses; `data` is its size, and what keeps it alive."""
    arguments = (c_void_p * len(addresses))(*addresses)
    size, held = data[0], (native, arguments, data[1])  # as long as the call can be made
    parallel = compiler.team() if weight >= PARALLEL and settings.threads > 1 else None
    if parallel is None:
        function: Any = (_small if weight < SMALL else _large)(native.run)
        function.held = held
        call = NativeCall(function, addressof(arguments), 0, units)
        call.entry = Entry(native.run, (addressof(arguments), 0, units, 0), False, 0, size, held)
        return call
    piece = -(-units // (step * settings.threads * PIECES)) * step
    work = Work(addressof(arguments), units, piece, 0, parallel, settings.threads)
    launch: Any = _team(native.launch)
    launch.held = work, held
    call = NativeCall(launch, addressof(work))
    call.entry = Entry(native.launch, (addressof(work), 0, 0, 0), False, 0, size, (work, held))
    return call


# Compiling ------------------------------------------------------------------------------------

_states: OrderedDict[Hashable, State] = OrderedDict()
_waiting: list[Callable[[], None]] = []
_lock = threading.Lock()
_building = threading.Lock()


def _state_of(key: Hashable) -> State:
    """What is known of the kernel with this key."""
    with _lock:
        state = _states.setdefault(key, State())
        _states.move_to_end(key)
        while len(_states) > REMEMBERED:
            _states.popitem(last=False)
    return state


def ask(state: State, text: Callable[[], str]) -> None:
    """Have the kernel compiled by another thread, unless it was asked for."""
    with _lock:
        if state.asked:
            return
        state.asked = True
        _waiting.append(partial(build, state, text))
        if len(_waiting) == 1:
            threading.Thread(target=_work_off, name="symbolnb-compiler").start()


def _work_off() -> None:
    """Compile what waits, one after the other; the end of the program waits for one at most."""
    while threading.main_thread().is_alive():
        _waiting[0]()
        with _lock:
            _waiting.pop(0)
            if not _waiting:
                return


def build(state: State, text: Callable[[], str]) -> None:
    """Compile the kernel, or wait for who does; where that fails, say so to who debugs, and NumPy goes on."""
    with _building:
        state.asked = True
        if state.native is not None or state.failed:
            return
        try:
            state.native = compiler.compiled(text())
            Version.number += 1
        except Exception as error:  # whatever it is, the graph can be computed without
            state.failed = True
            logger.debug("a kernel was not compiled: %s", error)


def _after_fork() -> None:
    """In a forked process the compiling thread is gone, and locks may be left as they were."""
    global _lock, _building
    _lock, _building = threading.Lock(), threading.Lock()
    _waiting.clear()
    for state in _states.values():
        state.asked = state.native is not None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
