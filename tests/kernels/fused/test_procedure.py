"""Functions with loops, written in LLVM's language, compiled and run beside what they should compute."""

from __future__ import annotations

from ctypes import CFUNCTYPE, c_int64, c_void_p
from typing import Any

import numpy as np
import pytest

from symbolnb.kernels.fused import compiler
from symbolnb.kernels.fused.loops import ATTRIBUTES, LAUNCH
from symbolnb.kernels.fused.procedure import Procedure

pytestmark = pytest.mark.skipif(not compiler.available(), reason="needs llvmlite")

LANES = 4


def run(p: Procedure, *values: Any, start: int = 0, stop: int = 0) -> None:
    """Call a procedure named run with arrays and whole numbers as its arguments."""
    vector = f"<{LANES} x float>"
    declared = f"declare {vector} @llvm.fma.v{LANES}f32({vector}, {vector}, {vector})"
    native = compiler.compiled("\n".join([declared, p.text, LAUNCH, ATTRIBUTES]))
    numbers = [value if isinstance(value, int) else value.ctypes.data for value in values]
    block = (c_int64 * len(numbers))(*numbers)
    CFUNCTYPE(None, c_void_p, c_int64, c_int64)(native.run)(block, start, stop)


def procedure() -> Procedure:
    return Procedure("run", "ptr %arguments, i64 %start, i64 %stop", LANES, exported=True)


@pytest.mark.parametrize("count", [0, 1, 7])
def test_loops_carry_values(count: int) -> None:
    p = procedure()
    source, out, number = p.argument(0, "ptr"), p.argument(1, "ptr"), p.argument(2)
    with p.loop(0, number, carried=[(p.vector, "zeroinitializer"), ("i64", "100")]) as loop:
        value = p.read(p.at(source, loop.index))
        loop.following = [p.fused(value, value, loop.values[0]), p.subtract(loop.values[1], 3)]
    p.write(out, loop.values[0])
    p.write(p.at(out, 1), p.splat(p.get(f"uitofp i64 {loop.values[1]} to float")))
    data, made = np.arange(40, dtype=np.float32).reshape(10, 4), np.zeros((2, 4), np.float32)
    run(p, data, made, count)
    np.testing.assert_array_equal(made, [(data[:count] ** 2).sum(0), np.full(4, 100 - 3 * count)])


def test_loops_within_loops_and_conditions() -> None:
    p = procedure()
    out = p.argument(0, "ptr")
    with p.loop("%start", "%stop", 2) as row, p.loop(0, row.index) as column:
        place = p.at(out, p.add(p.multiply(row.index, 8), column.index))
        with p.when(p.less(column.index, p.smaller(row.index, 3))):
            p.write(place, p.splat("1.0"))
        odd = p.get(f"icmp eq i64 {p.remainder(column.index, 2)}, 1")
        quotient = p.divide(p.chosen(odd, row.index, 0), 2)
        with p.when(odd):
            p.write(place, p.splat(p.get(f"uitofp i64 {quotient} to float")))
    made = np.zeros((8, 8, 4), np.float32)
    run(p, made, start=1, stop=8)
    expected = np.zeros((8, 8))
    for row_number in range(1, 8, 2):
        expected[row_number, : min(row_number, 3)] = 1
        expected[row_number, 1:row_number:2] = row_number // 2
    np.testing.assert_array_equal(made, np.broadcast_to(expected[..., None], made.shape))


def test_a_loop_may_set_its_next_index() -> None:
    p = procedure()
    out = p.argument(0, "ptr")
    with p.loop(1, 100) as loop:
        loop.next = p.multiply(loop.index, 3)
    p.write(out, p.splat(p.get(f"uitofp i64 {loop.index} to float")))
    made = np.zeros(4, np.float32)
    run(p, made)
    np.testing.assert_array_equal(made, 243)


def test_floats_from_and_to_many_places() -> None:
    p = procedure()
    source, out = p.argument(0, "ptr"), p.argument(1, "ptr")
    column = p.joined([p.at_float(source, 5 * lane) for lane in range(LANES)])
    p.scatter([p.at_float(out, 3 * lane) for lane in range(LANES)], p.arithmetic("fadd", column, p.repeated(source, 7)))
    p.write(p.at_float(out, 12), p.read(p.either("true", source, out)))
    data, made = np.arange(20, dtype=np.float32).reshape(4, 5), np.zeros(16, np.float32)
    run(p, data, made)
    np.testing.assert_array_equal(made[:12:3], data[:, 0] + 7)
    np.testing.assert_array_equal(made[12:], data.reshape(-1)[:4])
