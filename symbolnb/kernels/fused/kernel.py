"""The kernel of the table for fused elementwise operators: plain NumPy until its code is compiled.

Compiling takes some ten milliseconds, so it begins when NumPy has taken about as long for the same kernel, on
a thread of its own; the call that is bound changes over when the code is there. Nothing is ever waited for, and
where compiling fails NumPy goes on.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from ctypes import CFUNCTYPE, PYFUNCTYPE, Structure, addressof, c_int64, c_uint, c_void_p
from functools import lru_cache, partial
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from symbolnb.dtypes import DType
from symbolnb.graph.spec import Layout, Spec
from symbolnb.kernels.fused import compiler
from symbolnb.kernels.fused.expressions import Value, write
from symbolnb.kernels.fused.loops import Loops, kernel_text, loops_over
from symbolnb.kernels.fused.text import FLOATS, INTEGERS, Block
from symbolnb.ops.base import Array, Operator
from symbolnb.ops.elementwise.fused import FusedElementwise, specs_of_members
from symbolnb.ops.indexing import Where
from symbolnb.settings import settings

Specs = Sequence[Spec]
logger = logging.getLogger(__name__)

SHORTEST_ROW = 16
"""Elements of a row below which broadcasting is left to NumPy."""

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


class Key(NamedTuple):
    """What a kernel's code depends on; without broadcasting it serves every shape."""

    operator: FusedElementwise
    dtypes: tuple[DType, ...]
    loops: Loops


class State:
    """What is known of one kernel: the seconds that NumPy took in its place, and its code."""

    def __init__(self) -> None:
        self.spent = 0.0
        self.asked = False
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


class FusedKernel:
    """`FusedElementwise` on dense arrays, or on arrays of one layout without padding."""

    library = "fused"

    def supports(self, operator: Operator, inputs: Specs, outputs: Specs) -> bool:
        """Whether every member is known here in these types, and the shapes and layouts fit."""
        if not isinstance(operator, FusedElementwise):
            return False
        shape, layout = outputs[0].shape, outputs[0].layout
        if not compiler.available() or not outputs[0].elements:
            return False
        if layout is not None and any((spec.shape, spec.layout) != (shape, layout) for spec in (*inputs, *outputs)):
            return False
        if layout is not None and any(spec.nbytes != spec._replace(layout=None).nbytes for spec in outputs):
            return False
        if any(spec.layout is not None and spec.layout != layout for spec in inputs):
            return False
        loops = loops_over([spec.shape for spec in inputs], shape)
        if loops.outer and loops.inner < SHORTEST_ROW:
            return False
        specs = specs_of_members(operator, inputs)
        for member, places in operator.members:  # a vector as a condition chooses rows, not columns
            if isinstance(member, Where) and specs[places[0]].shape != shape:
                return False
        return all(spec.shape == shape for spec in specs[operator.arity :]) and all(
            known(member, tuple(specs[place].dtype for place in places), spec.dtype)
            for (member, places), spec in zip(operator.members, specs[operator.arity :], strict=True)
        )

    def layouts(
        self, operator: Operator, inputs: Specs, outputs: Specs
    ) -> tuple[Sequence[Layout | None], Sequence[Layout | None]]:
        """Those that the arrays have."""
        return [spec.layout for spec in inputs], [spec.layout for spec in outputs]

    def workspace(self, operator: Operator, inputs: Specs, outputs: Specs) -> int:
        """None is needed."""
        return 0

    def inplace_pairs(self, operator: Operator, inputs: Specs, outputs: Specs) -> Sequence[tuple[int, int]]:
        """Any input that is not broadcast may be any output: all of a block is read before any is written."""
        return [
            (source, target)
            for target, made in enumerate(outputs)
            for source, given in enumerate(inputs)
            if (given.shape, given.dtype) == (made.shape, made.dtype)
        ]

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The compiled kernel if it is there, else a call that becomes it."""
        assert isinstance(operator, FusedElementwise)
        loops = loops_over([spec.shape for spec in specs[0]], specs[1][0].shape)
        plain = partial(operator.bind, np, inputs, outputs)
        return _bound(operator, specs, loops, (inputs, outputs), plain)


def on_parts(
    operator: FusedElementwise, inputs: Sequence[Array], outputs: Sequence[Array], plain: Callable[[], object]
) -> Callable[[], object]:
    """The group on matrices of one shape that are parts of wider ones: each row contiguous, but rows apart.

    An output may lie in the place of an input. `plain` computes the same; it serves until the kernel is compiled, and
    where there is none.
    """
    arrays = (*inputs, *outputs)
    rows, inner = outputs[0].shape
    specs = tuple([Spec(array.shape, array.dtype) for array in part] for part in (inputs, outputs))
    walkable = inner >= SHORTEST_ROW and all(array.strides[1] == array.itemsize for array in arrays)
    if not walkable or not compiler.available():
        return plain
    pitches = tuple(array.strides[0] // array.itemsize for array in arrays)
    loops = Loops((rows,), inner, ((True, True),) * len(inputs), pitches)
    return _bound(operator, (specs[0], specs[1]), loops, (inputs, outputs), lambda: plain)


def _bound(
    operator: FusedElementwise,
    specs: tuple[Specs, Specs],
    loops: Loops,
    arrays: tuple[Sequence[Array], Sequence[Array]],
    plain: Callable[[], Callable[[], object]],
) -> Callable[[], object]:
    """The compiled kernel on arrays if it is there, else the `plain` call until it is."""
    state = _state_of(operator, specs, loops)
    total = specs[1][0].elements if not loops.outer else loops.units
    make = partial(_native_call, operator, loops, total, (*arrays[0], *arrays[1]))
    if state.native is None and settings.compile_at_once:
        _compile(state, operator, specs, loops)
    if state.native is not None:
        return make(state.native)
    return _Warming(state, plain(), make, partial(_ask, state, operator, specs, loops))


@lru_cache(maxsize=4096)
def known(member: Operator, dtypes: tuple[DType, ...], made: DType) -> bool:
    """Whether the member can be computed by a kernel in these element types."""
    if any(dtype.name not in FLOATS and dtype.name not in INTEGERS for dtype in (*dtypes, made)):
        return False
    if np.dtype("float16") in (*dtypes, made) and not compiler.converts_half():
        return False
    values = [Value(f"%x{place}", dtype) for place, dtype in enumerate(dtypes)]
    return write(Block(1), member, values, made) is not None


# Calls ----------------------------------------------------------------------------------------


class _Warming:
    """A call by NumPy that counts its seconds, has the kernel compiled when they are many, and then becomes it."""

    def __init__(
        self,
        state: State,
        plain: Callable[[], object],
        make: Callable[[compiler.Native], Callable[[], object]],
        ask: Callable[[], object],
    ) -> None:
        self._state, self._plain, self._make, self._ask = state, plain, make, ask
        self._call: Callable[[], object] = self._warm

    def __call__(self) -> None:
        self._call()

    def _warm(self) -> None:
        state = self._state
        if state.native is not None:
            self._call = self._make(state.native)
            self._plain = self._call  # lets go of the arrays that only NumPy needed
            self._call()
        elif state.asked:
            self._plain()
        else:
            start = perf_counter()
            self._plain()
            state.spent += perf_counter() - start
            self._ask()


_small = PYFUNCTYPE(None, c_void_p, c_int64, c_int64)
_large = CFUNCTYPE(None, c_void_p, c_int64, c_int64)
_team = CFUNCTYPE(None, c_void_p)


def _native_call(
    operator: FusedElementwise, loops: Loops, total: int, arrays: Sequence[Array], native: compiler.Native
) -> Callable[[], object]:
    """The compiled kernel bound to the memory of arrays, on as many threads as are worth it."""
    arguments = (c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))
    held = native, arguments, arrays  # as long as the call can be made
    weight = arrays[-1].size * (len(operator.members) + len(arrays))
    parallel = compiler.team() if weight >= PARALLEL and settings.threads > 1 else None
    if parallel is None:
        function: Any = (_small if weight < SMALL else _large)(native.run)
        function.held = held
        return partial(function, addressof(arguments), 0, total)
    lines = 1 if loops.outer else 1024  # elements go in pieces of whole blocks
    piece = -(-total // (lines * settings.threads * PIECES)) * lines
    work = Work(addressof(arguments), total, piece, 0, parallel, settings.threads)
    launch: Any = _team(native.launch)
    launch.held = work, held
    return partial(launch, addressof(work))


# Compiling ------------------------------------------------------------------------------------

_states: OrderedDict[Key, State] = OrderedDict()
_waiting: list[Callable[[], None]] = []
_lock = threading.Lock()


def _state_of(operator: FusedElementwise, specs: tuple[Specs, Specs], loops: Loops) -> State:
    """What is known of the kernel for these element types and loops."""
    shapeless = loops if loops.outer else Loops((), 0, loops.varies)
    key = Key(operator, tuple(spec.dtype for spec in specs[0]), shapeless)
    with _lock:
        state = _states.setdefault(key, State())
        _states.move_to_end(key)
        while len(_states) > REMEMBERED:
            _states.popitem(last=False)
    return state


def _ask(state: State, operator: FusedElementwise, specs: tuple[Specs, Specs], loops: Loops) -> None:
    """Have the kernel compiled by another thread if NumPy has taken as long as that will."""
    if state.spent < COMPILING + COMPILING_MEMBER * len(operator.members):
        return
    with _lock:
        if state.asked:
            return
        state.asked = True
        _waiting.append(partial(_compile, state, operator, specs, loops))
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


def _compile(state: State, operator: FusedElementwise, specs: tuple[Specs, Specs], loops: Loops) -> None:
    """Compile the kernel; where that fails, say so to who debugs, and NumPy goes on."""
    state.asked = True
    try:
        state.native = compiler.compiled(kernel_text(operator, *specs, loops))
    except Exception as error:  # whatever it is, the graph can be computed without
        logger.debug("%s was not compiled: %s", operator, error)


def _after_fork() -> None:
    """In a forked process the compiling thread is gone, and a lock may be left as it was."""
    global _lock
    _lock = threading.Lock()
    _waiting.clear()
    for state in _states.values():
        state.asked = state.native is not None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
