"""Ten thousand passes of one small executor: they leak no memory."""

from __future__ import annotations

import gc
import mmap
import time
import tracemalloc
from pathlib import Path

import pytest

import symbolnb as mx
from symbolnb.settings import settings

PASSES, PART = 10_000, 1_000
LARGEST_GROWTH = 64 * 1024
"""Bytes of Python's own: a pass that kept as little as 7 of them would exceed this."""
LARGEST_RESIDENT_GROWTH = 4 * 1024 * 1024
"""Bytes of the whole process, kernel libraries included, where the system says it."""
STATM = Path("/proc/self/statm")


def resident() -> int:
    """The bytes of the process that lie in memory, or 0 where the system does not say."""
    return int(STATM.read_text().split()[1]) * mmap.PAGESIZE if STATM.exists() else 0


@pytest.mark.long
@pytest.mark.parametrize("training", [False, True])
def test_ten_thousand_passes_leak_nothing(training: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "compile_at_once", True)  # else LLVM would be loaded somewhere in the middle
    data = mx.sym.Activation(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=16), act_type="relu")
    net = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.Dropout(data), num_hidden=4), name="softmax")
    executor = net.simple_bind(mx.cpu(), data=(8, 32))

    def part() -> float:
        start = time.perf_counter()
        for _ in range(PART):
            executor.forward(is_train=training)
            if training:
                executor.backward()
        return time.perf_counter() - start

    part()  # what is made once, such as a program for each mode, is there from now on
    held = resident()
    times = [part() for _ in range(PASSES // PART)]
    held = resident() - held
    tracemalloc.start()
    try:
        executor.forward(is_train=training)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(PASSES // PART):
            part()
        gc.collect()
        growth = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    print(f"grown by {growth} bytes of Python's and {held} of the process; the last thousand took", end=" ")
    print(f"{times[-1] / times[0]:.2f} of the first one's time")
    assert growth < LARGEST_GROWTH
    assert held < LARGEST_RESIDENT_GROWTH
