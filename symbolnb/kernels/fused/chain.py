"""Runs bound calls of any library in one go: a loop, compiled by LLVM, over an array of C functions and arguments.

From Python each call costs a third of a microsecond or more, in which a small network's kernel is done.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from ctypes import CFUNCTYPE, PYFUNCTYPE, Structure, addressof, c_int64, c_void_p
from functools import cache, partial
from typing import Any

from symbolnb.kernels import openmp
from symbolnb.kernels.fused import compiler
from symbolnb.kernels.fused.calls import SMALL, State, ask, build
from symbolnb.kernels.native import Entry, FailedError
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
"""
"""The loop: it answers how many entries succeeded. Arguments are passed as whole numbers, which on the processors
that LLVM compiles for here go the same way as addresses and shorter numbers do."""

LONGEST = 1 << 23
"""Bytes worked on after which a block ends, so that Python can react to an interrupt."""

_loop = State()


class _Row(Structure):
    _fields_ = [
        ("function", c_void_p), ("a0", c_int64), ("a1", c_int64), ("a2", c_int64), ("a3", c_int64), ("mask", c_int64)
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
