"""A whole kernel as text: the arithmetic on one block of elements, and the loops and threads around it.

The text has four functions. ``block`` computes a fixed number of elements, ``row`` any number of them, the rest
by way of padded copies; ``run(arguments, start, stop)`` a part of the whole, and ``launch(work)`` all of it on a
team of threads, which take pieces until none is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from symbolnb.graph.spec import Shape, Spec
from symbolnb.kernels.fused.expressions import Value, computed_in, write
from symbolnb.kernels.fused.text import FLOATS, INTEGERS, Block
from symbolnb.ops.elementwise.fused import FusedElementwise, specs_of_members

MOST_LANES = 64
"""Elements in a block: four of AVX-512's vectors, so that one operation need not wait for the one before."""

LONG = 3
"""Instructions for each member, in the mean, from which blocks are half as long."""


@dataclass(frozen=True)
class Loops:
    """How the elements of all operands are walked: rows of `inner` elements, with the `outer` axes around them.

    `varies` says, for each input, along which of the outer axes and then along the row it has elements of its own.
    `pitches`, for all inputs and then all outputs, are the elements from the start of one row to that of the next,
    where rows lie apart; then there is one outer axis, and no input is broadcast.
    """

    outer: Shape
    inner: int
    varies: tuple[tuple[bool, ...], ...]
    pitches: tuple[int, ...] = ()

    @property
    def units(self) -> int:
        """How many pieces the work can be cut into: rows or, if there is but one, elements."""
        return prod(self.outer) if self.outer else self.inner


def loops_over(inputs: Sequence[Shape], shape: Shape) -> Loops:
    """The fewest axes over which inputs can be broadcast to a shape.

    >>> loops_over([(2, 3, 4, 5), (3, 1, 1), (1,)], (2, 3, 4, 5))
    Loops(outer=(2, 3), inner=20, varies=((True, True, True), (False, True, False), (False, False, False)), pitches=())
    """
    wide = [(1,) * (len(shape) - len(each)) + tuple(each) for each in inputs]
    sizes: list[int] = []
    patterns: list[tuple[bool, ...]] = []
    for axis, size in enumerate(shape):
        pattern = tuple(each[axis] != 1 for each in wide)
        if size == 1:
            continue
        if patterns and patterns[-1] == pattern:
            sizes[-1] *= size
        else:
            sizes.append(size)
            patterns.append(pattern)
    if not sizes:
        return Loops((), 1, tuple((True,) for _ in inputs))
    return Loops(tuple(sizes[:-1]), sizes[-1], tuple(zip(*patterns, strict=True)) if inputs else ())


def storage(spec: Spec) -> str:
    """LLVM's type of an element in memory."""
    name = spec.dtype.name
    return FLOATS[name] if name in FLOATS else INTEGERS[name]


def body(operator: FusedElementwise, inputs: Sequence[Spec], splat: Sequence[bool], lanes: int) -> Block | None:
    """The arithmetic on one block; None where a member is not known.

    The pointers ``%p0``, ``%p1``, ... are those of the inputs and then of the outputs. A `splat` input has one
    element for all lanes.
    """
    block = Block(lanes)
    specs = specs_of_members(operator, inputs)
    values = [load(block, position, spec, one) for position, (spec, one) in enumerate(zip(inputs, splat, strict=True))]
    for (member, places), spec in zip(operator.members, specs[operator.arity :], strict=True):
        made = write(block, member, [values[place] for place in places], spec.dtype)
        if made is None:
            return None
        if spec.dtype.name == "float16":
            made = block.convert("fpext", "half", block.convert("fptrunc", "float", made, "half"), "float")
        values.append(Value(made, spec.dtype))
    for position, place in enumerate(operator.results, operator.arity):
        store(block, position, specs[place], values[place].name)
    return block


def store(block: Block, position: int, spec: Spec, name: str) -> None:
    """Write a value to where the pointer of this number shows."""
    kind, size = storage(spec), spec.dtype.itemsize
    if kind == "half":
        name = block.convert("fptrunc", "float", name, "half")
    block.lines.append(f"  store {block.vector(kind)} {name}, ptr %p{position}, align {size}")


def load(block: Block, position: int, spec: Spec, one: bool) -> Value:
    """Read a value from where the pointer of this number shows: `one` element for all lanes, or one for each."""
    kind, size = storage(spec), spec.dtype.itemsize
    if one:
        single = f"%s{position}"
        block.lines.append(f"  {single} = load {kind}, ptr %p{position}, align {size}")
        first = block.write(f"insertelement {block.vector(kind)} poison, {kind} {single}, i64 0")
        mask = f"<{block.lanes} x i32> zeroinitializer"
        name = block.write(f"shufflevector {block.vector(kind)} {first}, {block.vector(kind)} poison, {mask}")
    else:
        name = block.write(f"load {block.vector(kind)}, ptr %p{position}, align {size}")
    if kind == "half":
        name = block.convert("fpext", "half", name, computed_in(spec.dtype))
    return Value(name, spec.dtype)


def kernel_text(operator: FusedElementwise, inputs: Sequence[Spec], outputs: Sequence[Spec], loops: Loops) -> str:
    """The text of the whole kernel."""
    splat = [not varies[-1] for varies in loops.varies]
    block = body(operator, inputs, splat, MOST_LANES)
    if block is not None and len(block.lines) > LONG * (len(operator.members) + len(inputs) + len(outputs)):
        block = body(operator, inputs, splat, MOST_LANES // 2)  # long formulas have many values at once
    assert block is not None, "a kernel was asked for that is not supported"
    return text_of(block, [*inputs, *outputs], splat, loops)


def text_of(block: Block, specs: Sequence[Spec], splat: Sequence[bool], loops: Loops) -> str:
    """The text of a kernel whose arithmetic is written, on inputs and then outputs of some specs.

    A `splat` input has one element for all lanes.
    """
    lanes, count, arity = block.lanes, len(specs), len(splat)
    pointers = ", ".join(f"ptr %p{i}" for i in range(count))
    lines = [f"define internal void @block({pointers}) noinline nounwind #0 {{", *block.lines, "  ret void", "}"]
    moving = [i for i in range(count) if i >= arity or not splat[i]]
    lines += _row(specs, moving, arity, lanes)
    lines += _run(specs, loops, arity)
    declared = sorted(block.intrinsics.values())
    return "\n".join([*declared, *lines, *LAUNCH.splitlines(), ATTRIBUTES, ""])


def _row(specs: Sequence[Spec], moving: Sequence[int], arity: int, lanes: int) -> list[str]:
    """Any number of elements: whole blocks in place, the rest by way of copies padded to a block."""
    pointers = ", ".join(f"ptr %p{i}" for i in range(len(specs)))
    lines = [f"define internal void @row({pointers}, i64 %count) noinline nounwind #0 {{", "entry:"]
    lines += [f"  %t{i} = alloca [{lanes} x {storage(specs[i])}], align 64" for i in moving]
    lines += [f"  %whole = and i64 %count, {-lanes}", "  br label %head", "head:",
              "  %i = phi i64 [0, %entry], [%next, %inside]", "  %more = icmp ult i64 %i, %whole",
              "  br i1 %more, label %inside, label %end", "inside:"]  # fmt: skip
    lines += [f"  %a{i} = getelementptr {storage(specs[i])}, ptr %p{i}, i64 %i" for i in moving]
    inside = ", ".join(f"ptr %{'a' if i in moving else 'p'}{i}" for i in range(len(specs)))
    lines += [f"  call void @block({inside})", f"  %next = add i64 %i, {lanes}", "  br label %head", "end:",
              "  %rest = sub i64 %count, %whole", "  %some = icmp ne i64 %rest, 0",
              "  br i1 %some, label %tail, label %done", "tail:"]  # fmt: skip
    for i in moving:
        lines += [f"  %b{i} = getelementptr {storage(specs[i])}, ptr %p{i}, i64 %whole"]
        if i < arity:
            lines += [f"  store <{lanes} x {storage(specs[i])}> zeroinitializer, ptr %t{i}, align 64"]
    lines += _copied("in", "tail", "computed", [i for i in moving if i < arity], "b", "t", specs)
    padded = ", ".join(f"ptr %{'t' if i in moving else 'p'}{i}" for i in range(len(specs)))
    lines += ["computed:", f"  call void @block({padded})"]
    lines += _copied("out", "computed", "done", [i for i in moving if i >= arity], "t", "b", specs)
    return [*lines, "done:", "  ret void", "}"]


def _copied(
    name: str, before: str, after: str, moving: Sequence[int], source: str, target: str, specs: Sequence[Spec]
) -> list[str]:
    """A loop that copies the rest of some operands, one element of each at a time, without calling a library."""
    lines = [f"  br label %{name}.head", f"{name}.head:",
             f"  %{name}.k = phi i64 [0, %{before}], [%{name}.next, %{name}.copy]",
             f"  %{name}.more = icmp ult i64 %{name}.k, %rest",
             f"  br i1 %{name}.more, label %{name}.copy, label %{after}", f"{name}.copy:"]  # fmt: skip
    for i in moving:
        kind, size = storage(specs[i]), specs[i].dtype.itemsize
        lines += [f"  %{name}.f{i} = getelementptr {kind}, ptr %{source}{i}, i64 %{name}.k",
                  f"  %{name}.t{i} = getelementptr {kind}, ptr %{target}{i}, i64 %{name}.k",
                  f"  %{name}.v{i} = load {kind}, ptr %{name}.f{i}, align {size}",
                  f"  store {kind} %{name}.v{i}, ptr %{name}.t{i}, align {size}"]  # fmt: skip
    return [*lines, f"  %{name}.next = add i64 %{name}.k, 1", f"  br label %{name}.head"]


def _run(specs: Sequence[Spec], loops: Loops, arity: int) -> list[str]:
    """A part of all rows or, where there is but one, of its elements."""
    lines = [
        "define void @run(ptr %arguments, i64 %start, i64 %stop) nounwind #0 {",
        "entry:",
        *pointed(len(specs)),
    ]
    varies = [*loops.varies, *[(True,) * (len(loops.outer) + 1)] * (len(specs) - arity)]
    if not loops.outer:
        for i, spec in enumerate(specs):
            place = "%start" if varies[i][0] else "0"
            lines.append(f"  %a{i} = getelementptr {storage(spec)}, ptr %p{i}, i64 {place}")
        pointers = ", ".join(f"ptr %a{i}" for i in range(len(specs)))
        return [*lines, "  %count = sub i64 %stop, %start", f"  call void @row({pointers}, i64 %count)",
                "  ret void", "}"]  # fmt: skip
    lines += ["  br label %head", "head:", "  %r = phi i64 [%start, %entry], [%next, %inside]",
              "  %more = icmp ult i64 %r, %stop", "  br i1 %more, label %inside, label %done", "inside:"]  # fmt: skip
    for axis, size in enumerate(loops.outer):
        lines += [f"  %d{axis} = udiv i64 %r, {prod(loops.outer[axis + 1 :])}",
                  f"  %x{axis} = urem i64 %d{axis}, {size}"]  # fmt: skip
    for i, spec in enumerate(specs):
        offset, stride = "0", loops.inner if varies[i][-1] else 1
        if loops.pitches:
            stride = loops.pitches[i]
        for axis in reversed(range(len(loops.outer))):
            if varies[i][axis]:
                lines += [f"  %m{i}.{axis} = mul i64 %x{axis}, {stride}",
                          f"  %o{i}.{axis} = add i64 %m{i}.{axis}, {offset}"]  # fmt: skip
                offset, stride = f"%o{i}.{axis}", stride * loops.outer[axis]
        lines.append(f"  %a{i} = getelementptr {storage(spec)}, ptr %p{i}, i64 {offset}")
    pointers = ", ".join(f"ptr %a{i}" for i in range(len(specs)))
    return [*lines, f"  call void @row({pointers}, i64 {loops.inner})", "  %next = add i64 %r, 1",
            "  br label %head", "done:", "  ret void", "}"]  # fmt: skip


def pointed(count: int) -> list[str]:
    """Loads the addresses that the arguments hold, as ``%p0``, ``%p1``, ..."""
    lines = []
    for place in range(count):
        lines += [f"  %g{place} = getelementptr ptr, ptr %arguments, i64 {place}",
                  f"  %p{place} = load ptr, ptr %g{place}"]  # fmt: skip
    return lines


ATTRIBUTES = 'attributes #0 = { "prefer-vector-width"="512" "min-legal-vector-width"="512" }'
"""Those of all functions: vectors as wide as the processor has them."""

LAUNCH = """\
%work = type { ptr, i64, i64, i64, ptr, i32 }
define internal void @team(ptr %work) nounwind #0 {
entry:
  %arguments = load ptr, ptr %work
  %q1 = getelementptr %work, ptr %work, i32 0, i32 1
  %total = load i64, ptr %q1
  %q2 = getelementptr %work, ptr %work, i32 0, i32 2
  %piece = load i64, ptr %q2
  %q3 = getelementptr %work, ptr %work, i32 0, i32 3
  br label %head
head:
  %start = atomicrmw add ptr %q3, i64 %piece monotonic
  %more = icmp ult i64 %start, %total
  br i1 %more, label %inside, label %done
inside:
  %end = add i64 %start, %piece
  %last = icmp ult i64 %end, %total
  %stop = select i1 %last, i64 %end, i64 %total
  call void @run(ptr %arguments, i64 %start, i64 %stop)
  br label %head
done:
  ret void
}
define void @launch(ptr %work) nounwind #0 {
  %q3 = getelementptr %work, ptr %work, i32 0, i32 3
  store i64 0, ptr %q3
  %q4 = getelementptr %work, ptr %work, i32 0, i32 4
  %parallel = load ptr, ptr %q4
  %q5 = getelementptr %work, ptr %work, i32 0, i32 5
  %threads = load i32, ptr %q5
  call void %parallel(ptr @team, ptr %work, i32 %threads, i32 0)
  ret void
}
"""
"""The team of threads: ``{arguments, total, piece, next, GOMP_parallel, threads}``, as `kernel.Work` has it."""
