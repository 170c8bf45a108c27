"""What is prepared from weights: not kept where the setting says so, and kept once for all who bind one array."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.kernels.onednn import library
from symbolnb.runtime import prepared
from symbolnb.runtime.prepared import Kept
from symbolnb.runtime.session import Session
from symbolnb.settings import settings
from tests.networks.networks import zoo

SHAPE = (70, 80)
"""Of a weight whose copy is too large to be kept where only small results are."""


@pytest.fixture(autouse=True)
def _all_freed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Graphs are checked between passes, and nothing prepared outlives a test."""
    monkeypatch.setattr(settings, "verify", True)
    gc.collect()
    before = len(prepared._shared)
    yield
    gc.collect()
    assert len(prepared._shared) == before


def layers() -> mx.sym.Symbol:
    """Two layers whose weights are transposed in the graph, and a bias that is doubled."""
    net = mx.sym.var("x")
    for name in ("a", "b"):
        weight = mx.sym.transpose(mx.sym.var(f"{name}_weight"))
        net = mx.sym.FullyConnected(net, weight, mx.sym.var(f"{name}_bias") * 2, num_hidden=SHAPE[1], name=name)
        net = mx.sym.slice_axis(mx.sym.tanh(net), axis=1, begin=0, end=SHAPE[0])
    return net


def arrays(batch: int = 3) -> dict[str, mx.nd.NDArray]:
    draw = np.random.default_rng(5)
    shapes = {"x": (batch, SHAPE[0])}
    for name in ("a", "b"):
        shapes |= {f"{name}_weight": SHAPE, f"{name}_bias": SHAPE[1:]}
    return {name: mx.nd.array(draw.normal(0, 0.3, shape)) for name, shape in shapes.items()}


def bound(values: dict[str, mx.nd.NDArray]) -> mx.Executor:
    return layers().bind(mx.cpu(), values, None, "null")


def expected(values: dict[str, mx.nd.NDArray]) -> np.ndarray:
    net = values["x"].asnumpy()
    for name in ("a", "b"):
        net = np.tanh(net @ values[f"{name}_weight"].asnumpy() + 2 * values[f"{name}_bias"].asnumpy())[:, : SHAPE[0]]
    return net


def right(executor: mx.Executor) -> bool:
    out = executor.forward()[0].asnumpy()
    np.testing.assert_allclose(out, expected(executor.arg_dict), rtol=2e-5, atol=2e-6)
    return True


def session(executor: mx.Executor) -> Session:
    executor.forward()
    return next(iter(executor._loaded.values())).session


def places(executor: mx.Executor) -> list[Kept]:
    """Where an executor keeps what it prepares from arrays."""
    return [place for place in session(executor)._kept if place.sources]


# Not kept -------------------------------------------------------------------------------------


def test_without_keeping_weights_only_small_results_are_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "fast_kernels", False)
    kept, values = bound(arrays()), arrays()
    kept.forward()
    monkeypatch.setattr(settings, "keep_weights", False)
    thrifty = bound(values)
    for _ in range(2):
        assert right(thrifty)
        values["b_weight"][:] *= -1
        values["a_bias"][:] += 1
    large, small = (executor.programs["inference"] for executor in (kept, thrifty))
    assert large.held >= 2 * 4 * SHAPE[0] * SHAPE[1] > small.held > 0
    assert small.plan.planned < large.plan.planned + 1.1 * 4 * SHAPE[0] * SHAPE[1]  # one layer's at a time


@pytest.mark.skipif(not library.available(), reason=str(library.why_not()))
@pytest.mark.parametrize(("name", "size", "limit"), [("resnet50_v1", 224, 125), ("inceptionv3", 299, 168)])
@pytest.mark.parametrize("keep", [True, False])
def test_inference_plans_no_more_than_mxnet(
    name: str, size: int, limit: int, keep: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batch 16; MXNet's figures are those of `debug_str` in MiB. Without keeping weights all that is held counts."""
    monkeypatch.setattr(settings, "keep_weights", keep)
    executor = zoo(name).simple_bind(mx.cpu(), grad_req="null", data=(16, 3, size, size))
    executor.debug_str()
    program = executor.programs["inference"]
    assert program.plan.planned + (0 if keep else program.held) <= limit * 2**20


# Shared ---------------------------------------------------------------------------------------


def test_what_binds_the_same_arrays_keeps_it_once() -> None:
    values = arrays()
    first, second = bound(values), bound(values)
    other = bound({**values, "b_weight": values["b_weight"].copy()})
    wider = first.reshape(x=(8, SHAPE[0]), allow_up_sizing=True)
    wider.arg_dict["x"][:] = 0.5
    assert places(first) and places(first) == places(second) == places(wider)
    assert 0 < len(set(places(first)) & set(places(other))) < len(places(first))
    for executor in (first, second, other, wider):
        assert right(executor)


def test_executors_of_a_module_s_buckets_keep_it_once() -> None:
    net = layers()
    names = [name for name in net.list_arguments() if name != "x"]
    first = net.simple_bind(mx.cpu(), grad_req="null", x=(9, SHAPE[0]))
    second = net.simple_bind(
        mx.cpu(), grad_req="null", shared_arg_names=names, shared_exec=first, shared_buffer={}, x=(4, SHAPE[0])
    )
    assert places(first) and places(first) == places(second)


def test_it_is_prepared_once_and_again_when_a_weight_changes() -> None:
    values = arrays()
    both = bound(values), bound(values)
    ran: list[range] = []
    for executor in both:
        its = session(executor)
        run = its._run

        def counting(start: int, stop: int, its: Session = its, run: object = run) -> None:
            if start < its.program.prepared:
                ran.append(range(start, stop))
            run(start, stop)  # type: ignore[operator]

        vars(its)["_run"] = counting
    assert right(both[0]) and right(both[1]) and not ran
    for executor in (both[1], both[0]):
        values["a_weight"][:] *= 2
        assert right(executor) and right(both[0]) and right(both[1])
        assert len(ran) == 1
        ran.clear()


def test_other_work_on_the_same_array_is_kept_apart() -> None:
    weight, x = mx.nd.ones((60, 60)), mx.nd.ones((2, 60))
    made = []
    for change in (mx.sym.transpose, mx.sym.tanh, lambda w: w * 2, lambda w: w * 3):
        net = mx.sym.FullyConnected(mx.sym.var("x"), change(mx.sym.var("w")), num_hidden=60, no_bias=True)
        made.append(net.bind(mx.cpu(), {"x": x, "w": weight}, None, "null"))
    found = [place for executor in made for place in places(executor)]
    assert len(found) == len(set(found)) >= 4
    for executor, value in zip(made, (1, np.tanh(1), 2, 3), strict=True):
        np.testing.assert_allclose(executor.forward()[0].asnumpy(), 60 * value, rtol=1e-5)


def test_parts_of_one_array_are_told_apart() -> None:
    whole = arrays()
    both = mx.nd.ones((2, *SHAPE))
    both[1] *= 2
    first, second = (bound({**whole, "a_weight": both[at]}) for at in (0, 1))
    assert right(first) and right(second) and right(first)


def test_the_last_one_frees_it() -> None:
    values = arrays()
    executors = [bound(values) for _ in range(3)]
    for executor in executors:
        executor.forward()
    count = len(prepared._shared)
    assert count > 0
    executors.pop(0)
    assert right(executors[0])
    del executor
    gc.collect()
    assert len(prepared._shared) == count
    executors.clear()
    gc.collect()
    assert not any(
        source is values["a_weight"]._data for place in prepared._shared.values() for source in place.sources
    )


def test_binding_again_and_again_keeps_no_more() -> None:
    values = arrays()
    last = bound(values)
    last.forward()
    count = len(prepared._shared)
    for number in range(60):
        last = bound(values) if number % 2 else last.reshape(x=(number % 3 + 1, SHAPE[0]))
        last.forward()
        values["x"] = mx.nd.ones((3, SHAPE[0]))
        values["b_bias"][:] = number
        assert right(last)
        last = bound(values)
        last.forward()
    gc.collect()
    assert len(prepared._shared) == count


def test_who_comes_to_hold_an_array_ends_the_sharing_of_it() -> None:
    """A session that prepares it at every pass must not do so in the middle of another's."""
    values = arrays()
    first, second, third = (bound(values) for _ in range(3))
    before = places(first), places(second), places(third)
    alias = np.asarray(values["a_weight"])
    for factor in (2, 3):
        alias *= factor
        assert right(first) and right(second) and right(third) and right(second)
    after = places(first), places(second), places(third)
    apart = [{id(found[at]) for found in after} for at in range(len(after[0]))]
    assert sorted(map(len, apart)) == [1] * (len(apart) - 1) + [3]
    assert len({id(found) for found in before[0]}) == len(apart)
    fourth = bound(values)
    assert right(fourth) and len({*places(fourth)} & {*after[0]}) == len(apart) - 1


@pytest.mark.parametrize("held", [False, True])
def test_threads_that_share_weights(held: bool) -> None:
    """All begin at once with nothing prepared; also where somebody else came to hold an array that they share."""
    for _ in range(5):
        values = arrays()
        executors = [bound({**values, "x": mx.nd.array(values["x"].asnumpy() * number)}) for number in range(1, 5)]
        if held:
            assert len({place for executor in executors for place in places(executor)}) == len(places(executors[0]))
        alias = np.asarray(values["a_weight"]) if held else None
        begin = Barrier(len(executors))

        def passes(executor: mx.Executor, begin: Barrier = begin) -> bool:
            begin.wait()
            return all(right(executor) for _ in range(20))

        with ThreadPoolExecutor(len(executors)) as pool:
            assert all(pool.map(passes, executors))
        del alias
