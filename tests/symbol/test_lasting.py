"""Ten thousand passes, and thousands of networks bound: no memory is lost, and nothing becomes slower."""

from __future__ import annotations

import gc
import mmap
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

import symbolnb as mx
from symbolnb.compile import cache
from symbolnb.kernels.fused import calls as fused
from symbolnb.kernels.onednn import kernel as onednn
from symbolnb.settings import settings

PASSES, PART = 10_000, 1_000
LARGEST_GROWTH = 64 * 1024
"""Bytes of Python's own: a pass that kept as little as 14 of them would exceed this."""
LARGEST_RESIDENT_GROWTH = 4 * 1024 * 1024
"""Bytes of the whole process, kernel libraries included, where the system says it."""
SLOWEST = 1.5
"""How much longer the fastest of the last passes may take than the fastest of the first; other work may disturb."""
STATM = Path("/proc/self/statm")

pytestmark = pytest.mark.long


@pytest.fixture(autouse=True)
def _all_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "compile_at_once", True)  # else LLVM would be loaded somewhere in the middle


def resident() -> int:
    """The bytes of the process that lie in memory, or 0 where the system does not say."""
    return int(STATM.read_text().split()[1]) * mmap.PAGESIZE if STATM.exists() else 0


def network() -> mx.sym.Symbol:
    net = mx.sym.Activation(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=16), act_type="relu")
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.Dropout(net), num_hidden=4), name="softmax")


def convolutions() -> mx.sym.Symbol:
    """Layers with weights in layouts of oneDNN's, fused ones, and elementwise kernels."""
    net = mx.sym.Convolution(mx.sym.var("data"), num_filter=8, kernel=(3, 3), pad=(1, 1), name="conv")
    net = mx.sym.Activation(mx.sym.BatchNorm(net, name="norm"), act_type="relu")
    net = mx.sym.exp(mx.sym.tanh(net * 0.5) + mx.sym.sigmoid(net))
    net = mx.sym.Pooling(net, kernel=(2, 2), stride=(2, 2), pool_type="max")
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(net, num_hidden=4, name="fc"), name="softmax")


def traced(work: Callable[[], object]) -> int:
    """By how many bytes of Python's own memory the process grows each time that the work is done.

    What the first time leaves behind is known, so that what takes its place is no growth. Of two more times the lesser
    counts: in one of them the interpreter may enlarge a table of its own, such as that of all names (2 MB after the
    other tests), but what is lost is lost in both.
    """
    tracemalloc.start()
    try:
        held = []
        for _ in range(3):
            work()
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
        return min(held[1] - held[0], held[2] - held[1])
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("training", [False, True])
def test_ten_thousand_passes(training: bool) -> None:
    executor = network().simple_bind(mx.cpu(), data=(8, 32))

    def a_pass() -> None:
        executor.forward(is_train=training)
        if training:
            executor.backward()

    def part() -> float:
        """The seconds of the fastest of so many passes."""
        fastest = float("inf")
        for _ in range(PART):
            start = time.perf_counter()
            a_pass()
            fastest = min(fastest, time.perf_counter() - start)
        return fastest

    part()  # what is made once, such as a program for each mode, is there from now on
    held = resident()
    times = [part() for _ in range(PASSES // PART)]
    held = resident() - held
    grown = traced(lambda: [part() for _ in range(PASSES // PART // 2)])
    share = times[-1] / times[0]
    print(
        f"grown by {grown} bytes of Python's and {held} of the process; the last took {share:.2f} of the first's time"
    )
    assert grown < LARGEST_GROWTH
    assert held < LARGEST_RESIDENT_GROWTH
    assert times[-1] < SLOWEST * times[0]


SHAPES = 150
"""More than the programs that are kept, and with more primitives than oneDNN's are."""


def test_thousands_of_networks_bound() -> None:
    """Of all sizes again and again: programs, primitives and kernels come and go, and what is kept is bounded."""
    net = convolutions()

    def all_sizes() -> None:
        executor = None
        for size in range(SHAPES):
            shape = (1 + size % 7, 1 + size % 5, 4 + size // 5, 6 + size % 11)
            executor = net.simple_bind(mx.cpu(), data=shape)
            executor.forward()
            executor.forward(is_train=True)
            executor.backward()
            executor = executor.reshape(data=(2, *shape[1:]), partial_shaping=True, allow_up_sizing=True)
            executor.forward()

    all_sizes()
    all_sizes()
    held = resident()
    for _ in range(3):
        all_sizes()
    held = resident() - held
    grown = traced(all_sizes)
    print(f"grown by {held} bytes of the process in 3 rounds, and in one by {grown} of Python's")
    assert grown < LARGEST_GROWTH
    assert len(cache._kept) <= cache.REMEMBERED
    assert len(fused._states) <= fused.REMEMBERED
    assert all(each.cache_info().currsize <= 4096 for each in (onednn._wanted, onednn._settled))
    assert held < LARGEST_RESIDENT_GROWTH


def test_thousands_of_binds_of_one_network() -> None:
    """An executor that nobody holds is gone at once, with its arrays and its memory."""
    net = convolutions()

    def part() -> None:
        for _ in range(PART):
            executor = net.simple_bind(mx.cpu(), data=(2, 3, 8, 8))
            executor.forward()
            executor.forward(is_train=True)
            executor.backward()

    part()
    held = resident()
    for _ in range(3):
        part()
    held = resident() - held
    grown = traced(part)
    print(f"grown by {held} bytes of the process, and in {PART} binds by {grown} of Python's")
    assert grown < LARGEST_GROWTH
    assert held < LARGEST_RESIDENT_GROWTH
