"""Runs bound calls of any library in one go: a loop, compiled by LLVM, over an array of C functions and arguments.

From Python each call costs a third of a microsecond or more, in which a small network's kernel is done.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from ctypes import CFUNCTYPE, PYFUNCTYPE, Structure, addressof, c_int, c_int64, c_uint, c_void_p
from functools import cache, partial
from typing import Any

from symbolnb.kernels import openmp
from symbolnb.kernels.fused import compiler
from symbolnb.kernels.fused.calls import SMALL, State, ask, build
from symbolnb.kernels.native import Entry, FailedError, Version, entry_of, hurry
from symbolnb.settings import settings

TEXT = """\
%entry = type { ptr, i64, i64, i64, i64, i32 }
define i64 @run(ptr %entries, i64 %count) nounwind {
start:
  br label %head
head:
  %i = phi i64 [0, %start], [%next, %done]
  %more = icmp ult i64 %i, %count
  br i1 %more, label %inside, label %end
inside:
  %q = getelementptr %entry, ptr %entries, i64 %i
  %function = load ptr, ptr %q
  %q0 = getelementptr %entry, ptr %q, i32 0, i32 1
  %a0 = load i64, ptr %q0
  %q1 = getelementptr %entry, ptr %q, i32 0, i32 2
  %a1 = load i64, ptr %q1
  %q2 = getelementptr %entry, ptr %q, i32 0, i32 3
  %a2 = load i64, ptr %q2
  %q3 = getelementptr %entry, ptr %q, i32 0, i32 4
  %a3 = load i64, ptr %q3
  %q4 = getelementptr %entry, ptr %q, i32 0, i32 5
  %mask = load i32, ptr %q4
  %answer = call i32 %function(i64 %a0, i64 %a1, i64 %a2, i64 %a3)
  %status = and i32 %answer, %mask
  %failed = icmp ne i32 %status, 0
  br i1 %failed, label %end, label %done
done:
  %next = add i64 %i, 1
  br label %head
end:
  ret i64 %i
}
%lane = type { ptr, i64, i64 }
%lanes = type { ptr, i64, i64, ptr, i32 }
define internal void @team(ptr %work) nounwind {
start:
  %lanes = load ptr, ptr %work
  %q1 = getelementptr %lanes, ptr %work, i32 0, i32 1
  %count = load i64, ptr %q1
  %q2 = getelementptr %lanes, ptr %work, i32 0, i32 2
  br label %head
head:
  %i = atomicrmw add ptr %q2, i64 1 monotonic
  %more = icmp ult i64 %i, %count
  br i1 %more, label %inside, label %end
inside:
  %lane = getelementptr %lane, ptr %lanes, i64 %i
  %entries = load ptr, ptr %lane
  %l1 = getelementptr %lane, ptr %lane, i32 0, i32 1
  %length = load i64, ptr %l1
  %done = call i64 @run(ptr %entries, i64 %length)
  %missing = sub i64 %length, %done
  %l2 = getelementptr %lane, ptr %lane, i32 0, i32 2
  store i64 %missing, ptr %l2
  br label %head
end:
  ret void
}
define i32 @launch(ptr %work) nounwind {
start:
  %lanes = load ptr, ptr %work
  %q1 = getelementptr %lanes, ptr %work, i32 0, i32 1
  %count = load i64, ptr %q1
  %q2 = getelementptr %lanes, ptr %work, i32 0, i32 2
  store i64 0, ptr %q2
  %q3 = getelementptr %lanes, ptr %work, i32 0, i32 3
  %parallel = load ptr, ptr %q3
  %q4 = getelementptr %lanes, ptr %work, i32 0, i32 4
  %threads = load i32, ptr %q4
  call void %parallel(ptr @team, ptr %work, i32 %threads, i32 0)
  br label %head
head:
  %i = phi i64 [0, %start], [%next, %inside]
  %sum = phi i64 [0, %start], [%both, %inside]
  %more = icmp ult i64 %i, %count
  br i1 %more, label %inside, label %end
inside:
  %l2 = getelementptr %lane, ptr %lanes, i64 %i, i32 2
  %missing = load i64, ptr %l2
  %both = or i64 %sum, %missing
  %next = add i64 %i, 1
  br label %head
end:
  %failed = icmp ne i64 %sum, 0
  %answer = zext i1 %failed to i32
  ret i32 %answer
}
"""
"""The loop: `run` answers how many entries succeeded. Arguments are passed as whole numbers, which on the processors
that LLVM compiles for here go the same way as addresses and shorter numbers do. `launch` has a team of threads run
several such loops at once, and answers 0 if all entries succeeded; see `_Lanes`."""

LONGEST = 1 << 23
"""Bytes worked on after which a block ends, so that Python can react to an interrupt."""

_loop = State()


class _Row(Structure):
    _fields_ = [
        ("function", c_void_p), ("a0", c_int64), ("a1", c_int64), ("a2", c_int64), ("a3", c_int64), ("mask", c_int64)
    ]  # fmt: skip


class _Lane(Structure):
    _fields_ = [("rows", c_void_p), ("count", c_int64), ("missing", c_int64)]


class _Lanes(Structure):
    _fields_ = [
        ("lanes", c_void_p), ("count", c_int64), ("next", c_int64), ("parallel", c_void_p), ("threads", c_uint)
    ]  # fmt: skip


def prepare() -> None:
    """Have the loop compiled, if it can be and is not yet: by another thread, unless settings say at once."""
    if not compiler.available() or _loop.asked:
        return
    if settings.compile_at_once:
        build(_loop, _text)
    else:
        ask(_loop, _text)


def ready() -> bool:
    """Whether the loop is compiled."""
    return _loop.native is not None


def _text() -> str:
    return TEXT


class Block:
    """Numbered entries as one call, which raises `FailedError` with the number of one that failed."""

    __slots__ = ("_count", "_held", "_numbers", "_run", "_threads")

    def __init__(self, entries: Sequence[tuple[int, Entry]]) -> None:
        assert _loop.native is not None
        rows: list[_Row] = []
        self._numbers: list[int] = []  # of each row
        self._threads = 0
        for number, entry in entries:
            if entry.threads not in (0, self._threads):
                self._threads = entry.threads
                rows.append(_Row(_telling(), entry.threads, 0, 0, 0, 0))
                self._numbers.append(number)
            rows.append(_Row(entry.function, *entry.arguments, -1 if entry.checked else 0))
            self._numbers.append(number)
        table = (_Row * len(rows))(*rows)
        small = sum(entry.weight for _, entry in entries) < SMALL
        function: Any = (PYFUNCTYPE if small else CFUNCTYPE)(c_int64, c_void_p, c_int64)(_loop.native.run)
        self._count, self._held = len(rows), (table, _loop.native, tuple(entries))
        self._run = partial(function, addressof(table), len(rows))

    def __call__(self) -> None:
        done = self._run()
        if self._threads:
            openmp.thread.allowed = self._threads
        if done != self._count:
            openmp.thread.allowed = 0
            raise FailedError(self._numbers[done])


def can_launch() -> bool:
    """Whether calls can be made by several threads at once, as soon as the loop is compiled."""
    return compiler.available() and compiler.team() is not None and settings.threads > 1


class Beside:
    """Lists of calls, of which each is made in order by one thread, and all lists at once by a team.

    As long as not every call is one plain C call that needs no team itself, the lists are made one after the other.
    """

    def __init__(self, lanes: Sequence[Sequence[Callable[[], object]]]) -> None:
        self._lanes = lanes
        self._version = -1  # the version of native calls when an entry was last looked for
        self._entry: Entry | None = None
        self._launch: Callable[[], int] | None = None
        prepare()

    @property
    def entry(self) -> Entry | None:
        """All of it as one plain C call, if it can be that by now."""
        if self._entry is None and self._version != Version.number and ready():
            self._version = Version.number
            self._change()
        return self._entry

    def _change(self) -> None:
        found = [[entry_of(call) for call in lane] for lane in self._lanes]
        lanes = [[entry for entry in lane if entry is not None and entry.threads < 2] for lane in found]
        if [len(lane) for lane in lanes] != [len(lane) for lane in self._lanes]:
            return
        assert _loop.native is not None
        tables = [_table(lane) for lane in lanes]
        rows = (_Lane * len(lanes))(*(_Lane(addressof(table), len(table), 0) for table in tables))
        work = _Lanes(addressof(rows), len(rows), 0, compiler.team(), len(rows))
        held = work, rows, tables, lanes, _loop.native
        weight = sum(entry.weight for lane in lanes for entry in lane)
        self._entry = Entry(_loop.native.launch, (addressof(work), 0, 0, 0), True, 0, weight, held)
        self._launch = partial(CFUNCTYPE(c_int, c_void_p)(_loop.native.launch), addressof(work))
        self._lanes = ()

    def hurry(self) -> None:
        """Have all that is waited for compiled."""
        for lane in self._lanes:
            for call in lane:
                hurry(call)

    def __call__(self) -> None:
        if self._launch is None and self.entry is None:
            for lane in self._lanes:
                for call in lane:
                    call()
            return
        assert self._launch is not None
        if self._launch() != 0:
            raise RuntimeError("one of several calls that were made at once failed")


def _table(entries: Sequence[Entry]) -> Any:
    """The entries as the loop reads them."""
    return (_Row * len(entries))(*(_Row(each.function, *each.arguments, -1 if each.checked else 0) for each in entries))


def _after_fork() -> None:
    """In a forked process nobody compiles what was waiting."""
    _loop.asked = ready()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


@cache
def _telling() -> int:
    found = openmp.teller()
    assert found is not None, "kernels that use threads came without the library"
    return found
