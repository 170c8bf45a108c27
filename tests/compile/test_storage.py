"""Memory on the processor: arrays of zeros in one block, each with a note of its own of who wrote to it."""

from __future__ import annotations

import gc
import os
import weakref
from pathlib import Path

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.compile.plan import ALIGNMENT
from symbolnb.runtime.storage import LARGE, Zeros, memory_of, written

FLOAT32, FLOAT64 = np.dtype("float32"), np.dtype("float64")


def test_arrays_of_a_block_are_zero_aligned_and_apart() -> None:
    zeros = Zeros(mx.cpu(), 4 * ALIGNMENT)
    arrays = [
        zeros.make((3, 5), FLOAT32),
        zeros.make((), FLOAT64),
        zeros.make((0, 4), FLOAT32),
        zeros.make((7,), FLOAT64),
    ]
    for array in arrays:
        assert array.ctypes.data % ALIGNMENT == 0
        assert not array.any()
        array[...] = 1
    assert [array.sum() for array in arrays] == [15, 1, 0, 7]
    assert len({memory_of(array).base.ctypes.data for array in arrays}) == 1  # type: ignore[union-attr]


def test_what_does_not_fit_has_memory_of_its_own() -> None:
    zeros = Zeros(mx.cpu(), ALIGNMENT)
    first, second = zeros.make((16,), FLOAT32), zeros.make((3,), FLOAT32)
    block = memory_of(first).base  # type: ignore[union-attr]
    assert memory_of(second).base is not block  # type: ignore[union-attr]
    assert not second.any()


def test_a_write_is_noted_for_the_array_alone_and_through_its_views() -> None:
    zeros = Zeros(mx.cpu(), 4 * ALIGNMENT)
    one, other = zeros.make((4, 4), FLOAT32), zeros.make((4, 4), FLOAT32)
    mine, others = memory_of(one), memory_of(other)
    assert mine is not None
    assert others is not None
    before = others.version
    written(one.reshape(-1)[3:7])
    assert mine.version != 0
    assert others.version == before


def test_a_block_lives_as_long_as_one_of_its_arrays() -> None:
    zeros = Zeros(mx.cpu(), 4 * ALIGNMENT)
    one, other = zeros.make((4, 4), FLOAT32), zeros.make((4, 4), FLOAT32)
    block = weakref.ref(memory_of(one).base)  # type: ignore[union-attr]
    del zeros, one
    gc.collect()
    assert block() is not None
    assert not other.any()
    del other
    gc.collect()
    assert block() is None


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux tells which pages memory has")
def test_a_large_block_is_zero_its_own_and_does_not_ask_for_large_pages() -> None:
    zeros = Zeros(mx.cpu(), 2 * LARGE)
    one, other = zeros.make((LARGE // 4,), FLOAT32), zeros.make((LARGE // 8,), FLOAT64)
    assert one.ctypes.data % ALIGNMENT == other.ctypes.data % ALIGNMENT == 0
    assert not one.any()
    one[:] = 7
    assert not other.any()
    assert {"hg", "sh"}.isdisjoint(flags_of_pages(one.ctypes.data + LARGE // 2))
    child = os.fork()
    if child == 0:
        one[:] = 8
        os._exit(0)
    os.waitpid(child, 0)
    assert one[0] == 7


def flags_of_pages(address: int) -> list[str]:
    """What Linux says of the memory at an address: "hg" where large pages were asked for, "sh" where it is shared."""
    inside = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        first = line.split()[0]
        if "-" in first and not first.endswith(":"):
            start, stop = (int(number, 16) for number in first.split("-"))
            inside = start <= address < stop
        elif inside and first == "VmFlags:":
            return line.split()[1:]
    raise AssertionError("no memory is there")


def test_an_executor_takes_its_arrays_from_one_block_and_shared_ones_from_elsewhere() -> None:
    net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=3, name="fc")
    first = net.simple_bind(mx.cpu(), data=(2, 5))
    arrays = [*first.arg_arrays, *first.grad_arrays]
    blocks = {id(memory_of(array._data).base) for array in arrays if array is not None}  # type: ignore[union-attr]
    assert len(blocks) == 1
    second = net.simple_bind(mx.cpu(), data=(7, 5), shared_arg_names=["fc_weight", "fc_bias"], shared_exec=first)
    assert second.arg_dict["fc_weight"] is first.arg_dict["fc_weight"]
    assert id(memory_of(second.arg_dict["data"]._data).base) not in blocks  # type: ignore[union-attr]
