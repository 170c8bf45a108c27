"""Writing LLVM's intermediate language with loops: functions, as text.

A `Procedure` is one function. Methods write one instruction and give the name of its result; whole numbers and
addresses are ``i64`` and ``ptr``, vectors have as many floats as the procedure has `lanes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

Number = str | int
"""A whole number: the name of one that is computed, or a constant."""


@dataclass
class Loop:
    """A loop while it is written: its `index`, and values that it carries from one turn to the next.

    `following` has to be set to the names that `values` have in the next turn, and `next` may be set to the next
    index. After the loop, all are those with which it ended.
    """

    index: str
    values: list[str]
    following: list[str] = field(default_factory=list)
    next: str | None = None


class Procedure:
    """A function with parameters such as ``ptr %to, i64 %count`` that returns nothing."""

    def __init__(self, name: str, parameters: str, lanes: int, exported: bool = False) -> None:
        linkage = "" if exported else "internal "
        self.name = name
        self._head = f"define {linkage}void @{name}({parameters}) noinline nounwind #0 {{"
        self._lines = ["entry:"]
        self._label = "entry"
        self._count = 0
        self.lanes = lanes
        self.vector = f"<{lanes} x float>"

    @property
    def text(self) -> str:
        """The whole function."""
        return "\n".join([self._head, *self._lines, "  ret void", "}"])

    def do(self, instruction: str) -> None:
        """An instruction without a result."""
        self._lines.append(f"  {instruction}")

    def get(self, instruction: str) -> str:
        """An instruction with one."""
        name = self._new("v")
        self.do(f"{name} = {instruction}")
        return name

    def add(self, left: Number, right: Number) -> str:
        """The sum of whole numbers."""
        return self.get(f"add i64 {left}, {right}")

    def subtract(self, left: Number, right: Number) -> str:
        """The difference of whole numbers."""
        return self.get(f"sub i64 {left}, {right}")

    def multiply(self, left: Number, right: Number) -> str:
        """The product of whole numbers."""
        return self.get(f"mul i64 {left}, {right}")

    def divide(self, left: Number, right: Number) -> str:
        """The quotient of whole numbers that are not negative, rounded down."""
        return self.get(f"udiv i64 {left}, {right}")

    def remainder(self, left: Number, right: Number) -> str:
        """What is left of that division."""
        return self.get(f"urem i64 {left}, {right}")

    def smaller(self, left: Number, right: Number) -> str:
        """The smaller of two whole numbers."""
        return self.chosen(self.less(left, right), left, right)

    def chosen(self, condition: str, yes: Number, no: Number) -> str:
        """One of two whole numbers."""
        return self.get(f"select i1 {condition}, i64 {yes}, i64 {no}")

    def less(self, left: Number, right: Number) -> str:
        """Whether the left number is smaller; one below 0 counts as larger than all that are not."""
        return self.get(f"icmp ult i64 {left}, {right}")

    def both(self, left: str, right: str) -> str:
        """Whether two conditions hold."""
        return self.get(f"and i1 {left}, {right}")

    def either(self, condition: str, yes: str, no: str) -> str:
        """One of two addresses."""
        return self.get(f"select i1 {condition}, ptr {yes}, ptr {no}")

    def at(self, pointer: str, index: Number) -> str:
        """The address of the vector with a number, from a first one on."""
        return self.get(f"getelementptr {self.vector}, ptr {pointer}, i64 {index}")

    def at_float(self, pointer: str, index: Number) -> str:
        """The address of the float with a number, from a first one on."""
        return self.get(f"getelementptr float, ptr {pointer}, i64 {index}")

    def read(self, pointer: str) -> str:
        """The vector at an address."""
        return self.get(f"load {self.vector}, ptr {pointer}, align 4")

    def write(self, pointer: str, value: str) -> None:
        """Store a vector."""
        self.do(f"store {self.vector} {value}, ptr {pointer}, align 4")

    def arithmetic(self, word: str, left: str, right: str) -> str:
        """``fadd``, ``fsub`` or ``fmul`` of vectors."""
        return self.get(f"{word} {self.vector} {left}, {right}")

    def fused(self, left: str, right: str, total: str) -> str:
        """``left * right + total`` of vectors, rounded once."""
        kind = self.vector
        return self.get(f"call {kind} @llvm.fma.v{self.lanes}f32({kind} {left}, {kind} {right}, {kind} {total})")

    def repeated(self, pointer: str, index: Number) -> str:
        """A vector of one float, that with a number from an address on."""
        return self.splat(self.get(f"load float, ptr {self.at_float(pointer, index)}, align 4"))

    def joined(self, pointers: Sequence[str]) -> str:
        """The vector of the floats at as many addresses."""
        made = "poison"
        for lane, pointer in enumerate(pointers):
            value = self.get(f"load float, ptr {pointer}, align 4")
            made = self.get(f"insertelement {self.vector} {made}, float {value}, i64 {lane}")
        return made

    def scatter(self, pointers: Sequence[str], value: str) -> None:
        """Store the floats of a vector at as many addresses."""
        for lane, pointer in enumerate(pointers):
            one = self.get(f"extractelement {self.vector} {value}, i64 {lane}")
            self.do(f"store float {one}, ptr {pointer}, align 4")

    def splat(self, value: str) -> str:
        """A vector of one float."""
        one = self.get(f"insertelement {self.vector} poison, float {value}, i64 0")
        return self.get(f"shufflevector {self.vector} {one}, {self.vector} poison, <{self.lanes} x i32> splat (i32 0)")

    def argument(self, index: int, kind: str = "i64") -> str:
        """The whole number, or the address, that lies at a place of the block of ``%arguments``."""
        return self.get(f"load {kind}, ptr {self.get(f'getelementptr i64, ptr %arguments, i64 {index}')}")

    @contextmanager
    def loop(
        self, start: Number, stop: Number, step: Number = 1, carried: Sequence[tuple[str, str]] = ()
    ) -> Iterator[Loop]:
        """What is written inside is repeated; `carried` are kind and first value of each carried one."""
        head, inside, done = (self._new(word)[1:] for word in ("head", "inside", "done"))
        index, more = self._new("i"), self._new("more")
        loop = Loop(index, [self._new("c") for _ in carried])
        before = self._label
        self.do(f"br label %{head}")
        self._place(head)
        mark = len(self._lines)
        self.do(f"{more} = icmp ult i64 {index}, {stop}")
        self.do(f"br i1 {more}, label %{inside}, label %{done}")
        self._place(inside)
        yield loop
        after = self.add(index, step) if loop.next is None else loop.next
        self.do(f"br label %{head}")
        joins = [f"  {index} = phi i64 [{start}, %{before}], [{after}, %{self._label}]"]
        for (kind, first), value, after in zip(carried, loop.values, loop.following, strict=True):
            joins.append(f"  {value} = phi {kind} [{first}, %{before}], [{after}, %{self._label}]")
        self._lines[mark:mark] = joins
        self._place(done)

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """What is written inside is done only where the condition holds."""
        inside, done = self._new("inside")[1:], self._new("done")[1:]
        self.do(f"br i1 {condition}, label %{inside}, label %{done}")
        self._place(inside)
        yield
        self.do(f"br label %{done}")
        self._place(done)

    def _new(self, word: str) -> str:
        self._count += 1
        return f"%{word}{self._count}"

    def _place(self, label: str) -> None:
        self._lines.append(f"{label}:")
        self._label = label
