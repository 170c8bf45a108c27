"""The collector of garbage rests while programs are compiled, and only then."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

import symbolnb as mx
from symbolnb.compile.collector import no_collection


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Whatever a test does, the collector is as it was."""
    before = gc.isenabled()
    yield
    (gc.enable if before else gc.disable)()


def test_it_rests_inside_of_all_blocks_and_runs_after_the_last() -> None:
    gc.enable()
    with no_collection():
        with no_collection():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    with no_collection():
        pass
    assert not gc.isenabled()


def test_it_runs_again_after_an_error() -> None:
    gc.enable()
    with pytest.raises(ZeroDivisionError), no_collection():
        1 / 0  # noqa: B018  # the error is what counts
    assert gc.isenabled()


def test_a_first_pass_is_compiled_without_it() -> None:
    gc.enable()
    seen: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            seen.append(info["generation"])

    net = mx.sym.var("data")
    for number in range(200):
        net = mx.sym.exp(mx.sym.FullyConnected(net, num_hidden=3 + number % 2, name=f"layer{number}"))
    executor = net.simple_bind(mx.cpu(), grad_req="null", data=(2, 3))
    gc.collect()
    gc.callbacks.append(note)
    try:
        executor.forward()
    finally:
        gc.callbacks.remove(note)
    assert len(seen) < 5  # the many steps of the first pass itself may make it run
    assert gc.isenabled()
