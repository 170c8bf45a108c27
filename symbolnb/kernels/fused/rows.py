"""Kernels over the rows of one matrix, as text: sums of its columns, and the gradient of a softmax loss.

Sizes are part of the text, so that no row has a rest to be treated apart: the last vector is as short as it must be.
"""

from __future__ import annotations

from symbolnb.kernels.fused.loops import ATTRIBUTES, LAUNCH, pointed
from symbolnb.kernels.fused.text import literal

LANES = 64
"""Columns that are worked on at once."""


def pieces(columns: int) -> list[tuple[int, int]]:
    """How columns are divided into vectors: first column and width.

    >>> pieces(150)
    [(0, 64), (64, 64), (128, 22)]
    """
    return [(start, min(LANES, columns - start)) for start in range(0, columns, LANES)]


def column_sums(kind: str, rows: int, columns: int) -> str:
    """Sums of the columns of a matrix, from the first row to the last as NumPy adds them; `kind` is LLVM's type.

    The arguments are the matrix and the sums. A unit of work is `LANES` columns.
    """
    lines = ["define void @run(ptr %arguments, i64 %start, i64 %stop) nounwind #0 {", "entry:", *pointed(2),
             "  br label %head", "head:", "  %unit = phi i64 [%start, %entry], [%following, %next]",
             "  %more = icmp ult i64 %unit, %stop", "  br i1 %more, label %inside, label %done", "inside:",
             f"  %first = mul i64 %unit, {LANES}"]  # fmt: skip
    rest = columns % LANES
    if rest and columns > rest:
        lines += [f"  %last = icmp eq i64 %unit, {columns // LANES}", "  br i1 %last, label %short, label %whole"]
    else:
        lines.append("  br label %short" if rest else "  br label %whole")
    for name, width in (("whole", LANES), ("short", rest)):
        if width and width <= columns:
            lines += _one_sum(name, kind, rows, columns, width)
    lines += ["next:", "  %following = add i64 %unit, 1", "  br label %head", "done:", "  ret void", "}"]
    return "\n".join([*lines, *LAUNCH.splitlines(), ATTRIBUTES, ""])


def _one_sum(name: str, kind: str, rows: int, columns: int, width: int) -> list[str]:
    """The sums of `width` columns from ``%first`` on."""
    vector, size = f"<{width} x {kind}>", 4 if kind == "float" else 8
    return [
        f"{name}:", f"  %{name}.top = getelementptr {kind}, ptr %p0, i64 %first",
        f"  %{name}.begin = load {vector}, ptr %{name}.top, align {size}", f"  br label %{name}.head",
        f"{name}.head:", f"  %{name}.row = phi i64 [1, %{name}], [%{name}.next, %{name}.add]",
        f"  %{name}.sum = phi {vector} [%{name}.begin, %{name}], [%{name}.made, %{name}.add]",
        f"  %{name}.more = icmp ult i64 %{name}.row, {rows}",
        f"  br i1 %{name}.more, label %{name}.add, label %{name}.end",
        f"{name}.add:", f"  %{name}.o = mul i64 %{name}.row, {columns}",
        f"  %{name}.q = getelementptr {kind}, ptr %{name}.top, i64 %{name}.o",
        f"  %{name}.v = load {vector}, ptr %{name}.q, align {size}",
        f"  %{name}.made = fadd {vector} %{name}.sum, %{name}.v",
        f"  %{name}.next = add i64 %{name}.row, 1", f"  br label %{name}.head",
        f"{name}.end:", f"  %{name}.to = getelementptr {kind}, ptr %p1, i64 %first",
        f"  store {vector} %{name}.sum, ptr %{name}.to, align {size}", "  br label %next",
    ]  # fmt: skip


def softmax_loss(classes: int, factor: float, divisor: float) -> str:
    """``(made - target) * factor / divisor`` for rows of float32, where the target is 1 at the label's class.

    The arguments are the softmax, the labels and the gradient. A unit of work is a row.
    """
    lines = ["declare float @llvm.trunc.f32(float)",
             "define void @run(ptr %arguments, i64 %start, i64 %stop) nounwind #0 {", "entry:", *pointed(3),
             "  br label %head", "head:", "  %row = phi i64 [%start, %entry], [%next, %inside]",
             "  %more = icmp ult i64 %row, %stop", "  br i1 %more, label %inside, label %done", "inside:",
             "  %q = getelementptr float, ptr %p1, i64 %row", "  %given = load float, ptr %q, align 4",
             "  %label = call float @llvm.trunc.f32(float %given)", f"  %offset = mul i64 %row, {classes}",
             "  %from = getelementptr float, ptr %p0, i64 %offset",
             "  %to = getelementptr float, ptr %p2, i64 %offset"]  # fmt: skip
    for number, (first, width) in enumerate(pieces(classes)):
        lines += _one_piece(number, first, width, factor, divisor)
    lines += ["  %next = add i64 %row, 1", "  br label %head", "done:", "  ret void", "}"]
    return "\n".join([*lines, *LAUNCH.splitlines(), ATTRIBUTES, ""])


def _one_piece(number: int, first: int, width: int, factor: float, divisor: float) -> list[str]:
    """Some classes of one row."""
    vector, name = f"<{width} x float>", f"%c{number}"
    places = ", ".join(f"float {literal(float(first + lane), 'float')}" for lane in range(width))
    lines = [
        f"  {name}.from = getelementptr float, ptr %from, i64 {first}",
        f"  {name}.made = load {vector}, ptr {name}.from, align 4",
        f"  {name}.one = insertelement {vector} poison, float %label, i64 0",
        f"  {name}.all = shufflevector {vector} {name}.one, {vector} poison, <{width} x i32> zeroinitializer",
        f"  {name}.is = fcmp oeq {vector} {name}.all, <{places}>",
        f"  {name}.hit = uitofp <{width} x i1> {name}.is to {vector}",
        f"  {name}.0 = fsub {vector} {name}.made, {name}.hit",
    ]
    value = f"{name}.0"
    for word, operand in (("fmul", factor), ("fdiv", divisor)):
        if operand != 1:
            lines.append(f"  {name}.{word} = {word} {vector} {value}, splat (float {literal(operand, 'float')})")
            value = f"{name}.{word}"
    return [*lines, f"  {name}.to = getelementptr float, ptr %to, i64 {first}",
            f"  store {vector} {value}, ptr {name}.to, align 4"]  # fmt: skip
