"""Primitives: compiled kernels of oneDNN, and calls that bind one to the memory it works on."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from ctypes import c_int, c_void_p
from enum import IntEnum
from functools import cache, lru_cache, partial, wraps
from typing import Any, ParamSpec, Protocol

from symbolnb.kernels import openmp
from symbolnb.kernels.native import Entry
from symbolnb.kernels.onednn.layout import Layout, copied
from symbolnb.kernels.onednn.library import Handle, OneDNNError, library
from symbolnb.kernels.onednn.memory import Memory, empty
from symbolnb.settings import settings

CACHE_SIZE = 2048
"""Primitives that are kept, the most recently used, because compiling one takes up to a millisecond."""

_IMPLEMENTATION, _ARGUMENT_LAYOUT = 8, 255  # dnnl_query_impl_info_str, dnnl_query_exec_arg_md
_USER_SCRATCHPAD = 1
_POST_OP = 32768  # DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE
_SCALES = 4096  # DNNL_ARG_ATTR_SCALES
_compiling = threading.Lock()


class Arg(IntEnum):
    """The role of a memory in a call; `SOURCES + i` is the i-th of many sources."""

    SRC = 1
    SRC_1 = 2
    DST = 17
    WEIGHTS = 33
    BIAS = 41
    MEAN = 49
    VARIANCE = 50
    SCALE = 51
    SHIFT = 52
    WORKSPACE = 64
    SCRATCHPAD = 80
    DIFF_SRC = 129
    DIFF_DST = 145
    DIFF_WEIGHTS = 161
    DIFF_BIAS = 169
    DIFF_SCALE = 255
    DIFF_SHIFT = 256
    SOURCES = 1024


def operand_of(step: int) -> int:
    """The role of the second operand of a post-op by its position, where that is a binary one."""
    return _POST_OP * (step + 1) | Arg.SRC_1


def scale_of(argument: Arg) -> int:
    """The role of the number that what is read in a role is multiplied by."""
    return _SCALES | argument


class Primitive:
    """A compiled kernel, independent of any buffer: it may be shared and used by several threads at once.

    It is described at once and compiled when a call is made of it: many are asked only for their layouts. Scratch
    memory is always the caller's: oneDNN's own would tie a primitive to the thread that made it.
    """

    __slots__ = ("_description", "_given", "_handle", "_layouts", "implementation", "threads")

    def __init__(self, description: Handle, threads: int, given: Sequence[Layout] = ()) -> None:
        """What a C primitive descriptor describes; it was made for so many threads, from some given layouts."""
        self._description = description
        self._given = given
        self.threads = threads
        self._handle: Handle | None = None
        self._layouts: dict[int, Layout | None] = {}
        self.implementation = self._name()

    def _name(self) -> str:
        name = ctypes.c_char_p()
        library().call("primitive_desc_query", self._description.value, _IMPLEMENTATION, 0, ctypes.byref(name))
        return (name.value or b"").decode()

    @property
    def value(self) -> int:
        """The C primitive, valid as long as this object lives; compiled when first asked for."""
        with _compiling:
            if self._handle is None:
                openmp.set_threads(self.threads)
                self._handle = library().make("primitive_create", self.description)
        return self._handle.value

    @property
    def description(self) -> int:
        """The C primitive descriptor, valid as long as this object lives."""
        return self._description.value

    @property
    def is_slow(self) -> bool:
        """Whether this is one of oneDNN's plain loops, right for everything and fast for nothing."""
        return self.implementation.startswith("ref")

    def find(self, argument: int) -> Layout | None:
        """The layout that the memory in a role must have; None where the primitive has no such role."""
        if argument not in self._layouts:
            self._layouts[argument] = self._query(argument)
        return self._layouts[argument]

    def layout(self, argument: int) -> Layout:
        """The layout that the memory in a role must have; an error where the primitive has no such role."""
        found = self.find(argument)
        if found is None:
            raise OneDNNError(f"oneDNN: {self.implementation} takes no argument number {argument}")
        return found

    def _query(self, argument: int) -> Layout | None:
        lib = library()
        found = lib.function("primitive_desc_query_md")(self.description, _ARGUMENT_LAYOUT, argument)
        size = lib.function("memory_desc_get_size")(found) if found is not None else 0
        if size <= 0:
            return None
        same = lib.function("memory_desc_equal")
        known = next((layout for layout in self._given if same(found, layout.descriptor)), None)
        return copied(found) if known is None else known

    @property
    def scratch_bytes(self) -> int:
        """Size of the scratch memory that a call needs, 0 if none."""
        found = self.find(Arg.SCRATCHPAD)
        return 0 if found is None else found.nbytes

    def __repr__(self) -> str:
        return f"<Primitive {self.implementation}>"


class Call:
    """A primitive with its memories: calling it runs the kernel, which is all that it does.

    A call without `Arg.SCRATCHPAD` among its memories gets scratch memory of its own, if it needs some.
    """

    __slots__ = ("_arguments", "_run", "_threads", "memories", "primitive")

    def __init__(self, primitive: Primitive, memories: Mapping[Any, Memory]) -> None:
        for argument, memory in memories.items():
            if not _SCALES <= argument < 2 * _SCALES and primitive.layout(argument) != memory.layout:
                expected = primitive.layout(argument)
                raise OneDNNError(
                    f"oneDNN: argument {argument} of {primitive!r} is {memory.layout!r}, not {expected!r}"
                )
        self.primitive, self._threads = primitive, primitive.threads
        self.memories = dict(memories)
        scratch = primitive.find(Arg.SCRATCHPAD)
        if scratch is not None and Arg.SCRATCHPAD not in self.memories:
            self.memories[Arg.SCRATCHPAD] = Memory(scratch, empty(scratch.nbytes))
        self._arguments = (_Argument * len(self.memories))(
            *(_Argument(int(argument), memory.value) for argument, memory in self.memories.items())
        )
        run = library().function("primitive_execute")
        self._run = partial(run, primitive.value, library().stream, len(self.memories), self._arguments)

    @property
    def entry(self) -> Entry:
        """The same as a plain C call."""
        size = sum(memory.layout.nbytes for memory in self.memories.values())
        arguments = self.primitive.value, library().stream, len(self.memories), ctypes.addressof(self._arguments)
        return Entry(_execution(), arguments, True, self._threads, size, self)

    def __call__(self) -> None:
        if openmp.thread.allowed != self._threads:  # else scratch memory might be too small
            openmp.set_threads(self._threads)
        if self._run() != 0:
            raise OneDNNError(f"oneDNN: running {self.primitive!r} failed")


@cache
def _execution() -> int:
    return ctypes.cast(library().function("primitive_execute"), c_void_p).value or 0  # type: ignore[arg-type]


class _Argument(ctypes.Structure):
    _fields_ = [("argument", c_int), ("memory", c_void_p)]


class PostOp(Protocol):
    """Something that a primitive does to its result before it writes it; hashable."""

    def append(self, post_ops: int) -> None:
        """Add itself to a C list of post-ops."""


@lru_cache(maxsize=CACHE_SIZE)
def attributes(steps: tuple[PostOp, ...] = (), scaled: tuple[Arg, ...] = ()) -> Handle:
    """The C attributes of a primitive: scratch memory comes from the caller, and some steps follow.

    What is read in the roles of `scaled` is multiplied by numbers that each call is given.
    """
    lib = library()
    made = lib.make("primitive_attr_create")
    lib.call("primitive_attr_set_scratchpad_mode", made.value, _USER_SCRATCHPAD)
    for role in scaled:
        lib.call("primitive_attr_set_scales_mask", made.value, int(role), 0)
    if steps:
        post_ops = lib.make("post_ops_create")
        for step in steps:
            step.append(post_ops.value)
        lib.call("primitive_attr_set_post_ops", made.value, post_ops.value)
    return made


P = ParamSpec("P")
_threads = threading.local()


@contextmanager
def compiled_for(threads: int) -> Iterator[None]:
    """Primitives made inside the block are compiled for this many threads."""
    outer = getattr(_threads, "count", None)
    _threads.count = threads
    try:
        yield
    finally:
        _threads.count = outer


def cached(build: Callable[P, Handle]) -> Callable[P, Primitive]:
    """Turn a function that describes a primitive into one that returns the primitive, each only once.

    The arguments must be hashable. A primitive is described for a number of threads: that of the innermost
    `compiled_for`, else that of `settings`.
    """

    @lru_cache(maxsize=CACHE_SIZE)
    def keyed(threads: int, *args: P.args, **kwargs: P.kwargs) -> Primitive:
        openmp.set_threads(threads)
        given = tuple(value for value in (*args, *kwargs.values()) if isinstance(value, Layout))
        return Primitive(build(*args, **kwargs), threads, given)

    @wraps(build)
    def primitive(*args: P.args, **kwargs: P.kwargs) -> Primitive:
        threads = getattr(_threads, "count", None)
        return keyed(settings.threads if threads is None else threads, *args, **kwargs)  # type: ignore[arg-type]

    return primitive
