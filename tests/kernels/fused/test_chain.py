"""Calls that are joined to blocks: the same numbers, each call in its place, errors that name the node."""

from __future__ import annotations

from ctypes import CFUNCTYPE, c_int, c_int64, c_void_p, cast
from functools import partial
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.kernels import openmp
from symbolnb.kernels.fused import chain, compiler
from symbolnb.kernels.native import Entry, FailedError, Several, Version, entry_of, parts_of
from symbolnb.kernels.onednn import library
from symbolnb.runtime import session as sessions
from symbolnb.runtime.joined import joined
from symbolnb.settings import settings

pytestmark = pytest.mark.skipif(not compiler.available(), reason="needs llvmlite")
Array = Any
FUNCTION = CFUNCTYPE(c_int, c_int64, c_int64, c_int64, c_int64)


class Recorder:
    """A call with an entry, whose C function notes its arguments and answers a number."""

    def __init__(self, seen: list[Any], name: int, answer: int = 0, checked: bool = True, weight: int = 1) -> None:
        self.seen = seen
        self.function = FUNCTION(lambda *values: seen.append(values) or answer)
        address = cast(self.function, c_void_p).value
        assert address is not None
        self.entry = Entry(address, (name, -2, 2**40, 3), checked, 0, weight, self)

    def __call__(self) -> None:
        self.seen.append("alone")


@pytest.fixture(autouse=True)
def _prepared() -> None:
    chain.prepare()
    assert chain.ready()


def test_a_block_calls_each_function_with_its_arguments() -> None:
    seen: list[Any] = []
    work = joined([(number, Recorder(seen, number)) for number in range(3)])
    assert len(work.calls) == 1 and work.native
    for _ in range(2):
        work.calls[0]()
    assert seen == [(number, -2, 2**40, 3) for number in (0, 1, 2)] * 2


@pytest.mark.skipif(not library.available(), reason="needs a team of threads")
def test_lists_beside_each_other_are_each_made_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "threads", 2)
    openmp.load()
    lanes: list[list[Any]] = [[] for _ in range(3)]
    work = chain.Beside([[Recorder(seen, at) for at in range(5)] for seen in lanes])
    assert work.entry is not None and chain.can_launch()
    for _ in range(2):
        work()
    assert [[name for name, *_ in seen] for seen in lanes] == [[0, 1, 2, 3, 4] * 2] * 3


@pytest.mark.skipif(not library.available(), reason="needs a team of threads")
def test_a_failure_beside_others_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "threads", 2)
    openmp.load()
    lanes: list[list[Any]] = [[], []]
    work = chain.Beside([[Recorder(lanes[0], 0), Recorder(lanes[0], 1)], [Recorder(lanes[1], 0, 5), lambda: None]])
    assert work.entry is None  # one of the calls is Python's
    work = chain.Beside(
        [[Recorder(lanes[0], 0), Recorder(lanes[0], 1)], [Recorder(lanes[1], 0, 5, weight=chain.SMALL)]]
    )
    with pytest.raises(RuntimeError, match="failed"):
        work()
    assert len(lanes[0]) == 2
    with pytest.raises(FailedError):
        joined([(3, work), (4, Recorder(lanes[0], 2))]).calls[0]()
    assert len(lanes[0]) == 4


def test_lists_are_made_one_after_the_other_until_all_calls_are_native() -> None:
    seen: list[Any] = []
    work = chain.Beside([[partial(seen.append, 1), partial(seen.append, 2)], [partial(seen.append, 3)]])
    work()
    assert seen == [1, 2, 3] and work.entry is None


def test_a_block_ends_at_the_first_failure_and_says_whose_it_is() -> None:
    seen: list[Any] = []
    answers = [(0, True), (5, False), (0, True), (5, True), (0, True)]
    work = joined([(10 + at, Recorder(seen, at, *answer)) for at, answer in enumerate(answers)])
    with pytest.raises(FailedError) as caught:
        work.calls[0]()
    assert caught.value.number == 13
    assert [values[0] for values in seen] == [0, 1, 2, 3]


def test_other_calls_and_much_work_part_blocks() -> None:
    seen: list[Any] = []

    def other() -> None:
        seen.append("other")

    heavy = chain.LONGEST // 2 + 1
    calls = [
        Recorder(seen, 0), Recorder(seen, 1), other, Recorder(seen, 2), other,
        Recorder(seen, 3, weight=heavy), Recorder(seen, 4, weight=heavy), Recorder(seen, 5),
    ]  # fmt: skip
    work = joined(list(enumerate(calls)))
    assert list(work.steps) == [0, 2, 3, 4, 5, 6] and not work.native
    for call in work.calls:
        call()
    assert [value if isinstance(value, str) else value[0] for value in seen] == [
        0, 1, "other", "alone", "other", "alone", 4, 5
    ]  # fmt: skip


def network() -> Any:
    net = mx.sym.Variable("data")
    for width in (24, 16):
        net = mx.sym.Activation(mx.sym.FullyConnected(net, num_hidden=width), act_type="relu")
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(net, num_hidden=10), name="softmax")


def bound(seed: int = 0) -> Any:
    random = np.random.default_rng(seed)
    with mx.name.NameManager():
        executor = network().simple_bind(mx.cpu(), data=(32, 40))
    for name, array in executor.arg_dict.items():
        array[:] = random.integers(0, 10, array.shape) if "label" in name else random.normal(size=array.shape)
    return executor


def trained(executor: Any) -> list[Array]:
    executor.forward(is_train=True)
    executor.backward()
    return [executor.outputs[0].asnumpy(), *(grad.asnumpy() for grad in executor.grad_arrays)]


def session_of(executor: Any) -> Any:
    return next(iter(executor._loaded.values())).session


@pytest.mark.parametrize("threads", [1, 2])
def test_a_network_gives_the_same_bits_joined_or_not(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "threads", threads)
    executor = bound()
    found = trained(executor)
    session = session_of(executor)
    assert session._joined is not None
    if library.available():
        assert [(len(half.calls), half.native) for half in session._joined] == [(1, True)] * 2
    session._joined, session._version = None, Version.number
    for one, other in zip(trained(executor), found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_time_steps_of_a_recurrent_network_are_joined() -> None:
    net = mx.sym.RNN(mx.sym.var("data"), state_size=32, num_layers=2, mode="lstm", name="lstm")
    executor = net.simple_bind(mx.cpu(), data=(5, 8, 24))
    random = np.random.default_rng(2)
    for array in executor.arg_arrays:
        array[:] = random.normal(size=array.shape) / 4
    slope = mx.nd.array(random.normal(size=(5, 8, 32)))
    results = []
    for joined_too in (True, False):
        executor.forward(is_train=True)
        session = session_of(executor)
        if not joined_too:
            session._joined, session._version = None, Version.number
            executor.forward(is_train=True)
        executor.backward([slope])
        results.append([executor.outputs[0].asnumpy(), *(grad.asnumpy() for grad in executor.grad_arrays)])
        if joined_too and library.available():
            steps = session._joined[0].steps
            assert len(steps) > len(set(steps)), "several calls of the node, with copies by NumPy between them"
            assert any(isinstance(call, chain.Block) for call in session._joined[0].calls)
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


def test_several_calls_are_one_or_their_parts() -> None:
    seen: list[Any] = []
    parts = [Recorder(seen, number) for number in range(3)]
    whole = Several(parts)
    assert parts_of(whole) == parts and parts_of(parts[0]) == (parts[0],)
    whole()
    assert seen == ["alone"] * 3


def test_calls_are_joined_after_many_passes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "compile_at_once", False)
    monkeypatch.setattr(sessions, "MANY", 6)
    executor = bound()
    expected = trained(executor)
    session = session_of(executor)
    for _ in range(2):
        trained(executor)
    assert session._joined is None
    for one, other in zip(trained(executor), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    assert session._joined is not None


def test_calls_are_joined_again_when_a_kernel_was_compiled() -> None:
    executor = bound()
    trained(executor)
    trained(executor)
    session = session_of(executor)
    before = session._joined
    trained(executor)
    assert session._joined is before
    Version.number += 1
    trained(executor)
    assert session._joined is not before


@pytest.mark.skipif(not library.available(), reason="needs oneDNN")
def test_a_failure_in_a_block_names_the_node() -> None:
    executor = bound()
    expected = trained(executor)
    session = session_of(executor)
    at = next(at for at, step in enumerate(session.program.steps) if step.node.name == "activation1")
    calls = session._calls
    failing = [Recorder([], 0, answer=1) if place == at else call for place, call in enumerate(session._calls)]
    session._calls = failing
    session._version = -1
    with pytest.raises(mx.MXNetError, match=r"'activation1' failed with data .*: the library answered that it"):
        executor.forward(is_train=True)
    assert openmp.thread.allowed == 0  # so that the next call says it again
    session._calls, session._version = calls, -1
    for one, other in zip(trained(executor), expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_numpys_calls_have_no_entry() -> None:
    assert entry_of(np.zeros) is None
