"""What a bound call does as plain C calls, for those calls that do nothing else; such can be run in one go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Entry(NamedTuple):
    """One call of a C function with four whole numbers or addresses.

    `checked`: whether it answers 0 unless it failed; otherwise its answer means nothing. `threads`: how many OpenMP
    must be told to use for it, or 0 where that makes no difference. `weight`: about how many bytes it works on.
    `held` is what must stay alive as long as the call can be made.
    """

    function: int
    arguments: tuple[int, int, int, int]
    checked: bool
    threads: int
    weight: int
    held: object


class FailedError(Exception):
    """A C function answered that it failed; `number` is that of its call."""

    def __init__(self, number: int) -> None:
        super().__init__("the library answered that it failed")
        self.number = number


class Version:
    """A number that goes up whenever a bound call may have become one of plain C calls."""

    number = 0


class Several:
    """Bound calls that are made one after the other, as one call; `parts` are those."""

    __slots__ = ("parts",)

    def __init__(self, parts: Sequence[Callable[[], object]]) -> None:
        self.parts = parts

    def __call__(self) -> None:
        for call in self.parts:
            call()


def parts_of(call: Callable[[], object]) -> Sequence[Callable[[], object]]:
    """The calls of which a bound call consists: mostly itself."""
    return call.parts if isinstance(call, Several) else (call,)


def entry_of(call: Callable[[], object]) -> Entry | None:
    """The plain C call that a bound call consists of now; None where it is more than that."""
    found: Entry | None = getattr(call, "entry", None)
    return found


def hurry(call: Callable[[], object]) -> None:
    """Let a bound call become one of plain C calls soon, if it can and is not yet: it will be run often."""
    ask: Callable[[], object] | None = getattr(call, "hurry", None)
    if ask is not None:
        ask()
