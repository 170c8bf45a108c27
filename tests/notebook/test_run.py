"""Running a symbol on the arrays at hand, and the cache of executors: what hits, what misses, what stays clean."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symbolnb import nd, sym
from symbolnb.context import cpu
from symbolnb.errors import BindError, MXNetError, ShapeError
from symbolnb.graph.naming import NameManager
from symbolnb.notebook.cache import ExecutorCache, Kept, key_of
from symbolnb.notebook.run import OptionError, Outcome, Request, run
from symbolnb.runtime.session import Session
from symbolnb.settings import settings
from symbolnb.symbol.symbol import Group
from tests.notebook.nets import mlp

ROOMY = 10**9

Arrays = dict[str, Any]


@pytest.fixture
def cache() -> ExecutorCache:
    return ExecutorCache(ROOMY)


def data(rows: int = 4, columns: int = 5, seed: int = 0) -> Arrays:
    """An array for the net's input."""
    return {"data": np.random.default_rng(seed).standard_normal((rows, columns))}


def output(outcome: Outcome) -> np.ndarray:
    """The first output."""
    assert outcome.kept is not None
    return outcome.kept.executor.outputs[0].asnumpy()


def test_a_new_executor_is_bound_initialised_and_run(cache: ExecutorCache) -> None:
    outcome = run(mlp(), data(), Request(), cache)
    assert outcome.kept is not None
    executor = outcome.kept.executor
    held = {name: array.asnumpy() for name, array in executor.arg_dict.items()}
    np.testing.assert_array_equal(held["data"], data()["data"].astype(np.float32))
    assert held["softmax_label"].tolist() == [0] * 4
    assert held["fc1_bias"].tolist() == [0] * 8
    assert 0 < abs(held["fc1_weight"]).max() <= (3 / 6.5) ** 0.5  # Xavier
    hidden = np.maximum(held["data"] @ held["fc1_weight"].T, 0)
    scores = np.exp(hidden @ held["fc2_weight"].T)
    np.testing.assert_allclose(output(outcome), scores / scores.sum(1, keepdims=True), rtol=1e-5)
    told = outcome.status.split("; ")
    assert told[0].startswith("new executor: compiled and run in ")
    assert told[0].endswith(" ms")
    assert told[1:] == [
        "bound: data",
        "initialised: fc1_weight, fc1_bias, fc2_weight, fc2_bias",
        "zeros: softmax_label",
    ]
    assert outcome.view["memory"] is not None
    assert outcome.view["unknown"] == []


def test_the_same_structure_finds_the_executor_and_its_weights(cache: ExecutorCache) -> None:
    first = run(mlp(), data(), Request(), cache)
    before = output(first).copy()
    again = run(mlp(), data(), Request(), cache)
    assert again.kept is first.kept
    np.testing.assert_array_equal(output(again), before)
    assert again.status.startswith("executor reused from the cache (hit 1), rebound: data; run in ")
    other = run(mlp(), data(seed=1), Request(), cache)
    assert other.kept is first.kept
    assert not np.allclose(output(other), before)
    assert (cache.hits, cache.misses, len(cache)) == (2, 1, 1)


def test_what_must_miss(cache: ExecutorCache) -> None:
    first = run(mlp(), data(), Request(), cache)
    for symbol, arrays, request in (
        (mlp(9), data(), Request()),
        (mlp(), data(columns=6), Request()),
        (mlp(), {"data": data()["data"].astype(np.float16)}, Request()),
        (mlp(), data(), Request(dtypes={"data": np.dtype("float64")})),
        (mlp(), data(), Request(train=True)),
        (mlp(), data(), Request(seed=1)),
        (mlp(), data(), Request(init="normal")),
        (mlp()(name="other"), data(), Request()),
    ):
        outcome = run(symbol, arrays, request, cache)
        assert outcome.kept is not None
        assert outcome.kept is not first.kept
    assert cache.hits == 0
    settings.fast_kernels = not settings.fast_kernels
    try:
        assert run(mlp(), data(), Request(), cache).kept is not first.kept
    finally:
        settings.fast_kernels = not settings.fast_kernels
    assert run(mlp(), data(), Request(), cache).kept is first.kept


def test_the_key_is_not_identity_nor_place() -> None:
    variables = {"data": ((4, 5), np.dtype("float32"))}
    assert key_of(mlp(), variables, cpu()) == key_of(mlp(), variables, cpu())
    with NameManager():
        moved = sym.FullyConnected(
            sym.Variable("data"),
            num_hidden=8,
            name="fc1",
        )
        same = sym.FullyConnected(sym.Variable("data"), num_hidden=8, name="fc1")
    assert key_of(moved, variables, cpu()) == key_of(same, variables, cpu())
    named = sym.FullyConnected(sym.Variable("data", lr_mult=2), num_hidden=8, name="fc1")
    assert key_of(named, variables, cpu()) != key_of(same, variables, cpu())


def test_other_batch_sizes_and_training_share_the_weights(cache: ExecutorCache) -> None:
    first = run(mlp(), data(4), Request(), cache)
    second = run(mlp(), data(7), Request(), cache)
    third = run(mlp(), data(4), Request(train=True), cache)
    assert first.kept and second.kept and third.kept
    weight = first.kept.executor.arg_dict["fc1_weight"]
    assert second.kept.executor.arg_dict["fc1_weight"] is weight
    assert third.kept.executor.arg_dict["fc1_weight"] is weight
    assert "weights shared with an earlier executor: fc1_weight, fc1_bias, fc2_weight, fc2_bias" in second.status
    assert "initialised" not in second.status
    np.testing.assert_allclose(output(run(mlp(), data(4), Request(), cache)), output(third), rtol=1e-6)


def test_arrays_are_copied_and_stay_the_users(cache: ExecutorCache) -> None:
    mine = nd.ones((4, 5))
    outcome = run(mlp(), {"data": mine}, Request(), cache)
    assert outcome.kept is not None
    outcome.kept.executor.arg_dict["data"][:] = 3
    assert mine.asnumpy().max() == 1
    weight = nd.ones((8, 5))
    again = run(mlp(), {"data": mine, "fc1_weight": weight}, Request(), cache)
    assert again.kept is outcome.kept
    assert again.kept.executor.arg_dict["fc1_weight"].asnumpy().tolist() == weight.asnumpy().tolist()
    assert "rebound: data, fc1_weight" in again.status


def test_types_of_arrays(cache: ExecutorCache) -> None:
    def dtype(arrays: Arrays, **options: Any) -> tuple[str, str]:
        outcome = run(mlp(), arrays, Request(**options), cache)
        assert outcome.kept is not None, outcome.error
        held = outcome.kept.executor.arg_dict
        return np.dtype(held["data"].dtype).name, np.dtype(held["softmax_label"].dtype).name

    doubles = data()["data"]
    assert dtype({"data": doubles}) == ("float32", "float32")
    assert dtype({"data": doubles.astype(np.float16)}) == ("float16", "float16")
    assert dtype({"data": nd.array(doubles, dtype="float64")}) == ("float64", "float64")
    labels = np.array([0, 1, 2, 0])
    assert dtype({"data": doubles, "softmax_label": labels}) == ("float32", "float32")
    assert dtype({"data": doubles.astype(np.float16), "softmax_label": labels.astype(np.float32)})[1] == "float16"
    assert dtype({"data": doubles}, dtypes={"data": np.dtype("float64")}) == ("float64", "float64")


def test_training_runs_backward_with_ones(cache: ExecutorCache) -> None:
    with NameManager():
        product = sym.Variable("a") * sym.Variable("b")
    arrays = {"a": np.array([1.0, 2.0]), "b": np.array([3.0, 5.0])}
    outcome = run(product, arrays, Request(train=True), cache)
    assert outcome.kept is not None
    grads = outcome.kept.executor.grad_dict
    assert grads["a"] is not None and grads["b"] is not None
    assert (grads["a"].asnumpy().tolist(), grads["b"].asnumpy().tolist()) == ([3, 5], [1, 2])
    net = run(mlp(), data(), Request(train=True), cache)
    assert net.kept is not None
    assert net.kept.executor.grad_dict["softmax_label"] is None
    assert net.kept.executor.requests["fc1_weight"] == "write"


def test_seeds_make_weights_again() -> None:
    def weights(seed: int) -> np.ndarray:
        outcome = run(mlp(), data(), Request(seed=seed), ExecutorCache(ROOMY))
        assert outcome.kept is not None
        return outcome.kept.executor.arg_dict["fc1_weight"].asnumpy()

    np.testing.assert_array_equal(weights(3), weights(3))
    assert not np.allclose(weights(3), weights(4))


def test_how_arguments_without_arrays_start(cache: ExecutorCache) -> None:
    with NameManager():
        table = sym.Embedding(sym.Variable("words"), input_dim=7, output_dim=2, name="table")
        scale = sym.Variable("scale", init='["constant", {"value": 3}]')
        net = sym.BatchNorm(sym.broadcast_mul(sym.Flatten(table), scale) + sym.Variable("x"), name="bn")
    request = Request(shapes={"words": (4, 3), "x": (4, 6), "scale": (1, 6)})
    outcome = run(net, {}, request, cache)
    assert outcome.kept is not None
    held = {**outcome.kept.executor.arg_dict, **outcome.kept.executor.aux_dict}
    values = {name: array.asnumpy() for name, array in held.items()}
    assert values["words"].max() == 0  # positions: random numbers would be none
    assert values["x"].std() > 0.5
    assert values["scale"].tolist() == [[3] * 6]
    assert (values["bn_gamma"].min(), values["bn_moving_mean"].max(), values["bn_moving_var"].min()) == (1, 0, 1)
    assert outcome.status.endswith(
        "initialised: table_weight, scale, bn_gamma, bn_beta and 2 more; zeros: words; random numbers: x"
    )


def test_vectors_and_other_names_start_too(cache: ExecutorCache) -> None:
    with NameManager():
        net = sym.dot(sym.Variable("x"), name="d") * sym.Variable("v_weight")
    outcome = run(net, {"x": np.ones((2, 3))}, Request(shapes={"d_rhs": (3, 4), "v_weight": (2, 4)}), cache)
    assert outcome.kept is not None
    assert abs(outcome.kept.executor.arg_dict["d_rhs"].asnumpy()).max() > 0
    with NameManager():
        vector = sym.Variable("x") * sym.Variable("v_weight")
    small = run(vector, {"x": np.ones(5)}, Request(), cache)
    assert small.kept is not None
    assert 0 < abs(small.kept.executor.arg_dict["v_weight"].asnumpy()).max() <= 0.07
    with pytest.raises(ShapeError, match=r"Xavier needs at least 2 dimensions, but 'v_weight' is \(5,\)"):
        run(vector, {"x": np.ones(5)}, Request(init="xavier"), cache)


# What cannot run ------------------------------------------------------------------------------


def test_too_little_is_known(cache: ExecutorCache) -> None:
    outcome = run(mlp(), {}, Request(), cache)
    assert outcome.kept is None
    assert outcome.status == (
        "not run: the shape of data is not known; assign an array to that name, or give --shape data=…"
    )
    assert outcome.view["unknown"] == ["data"]
    with NameManager():
        total = sym.Variable("a") + sym.Variable("b")
    assert run(total, {}, Request(), cache).status == (
        "not run: the shapes of a, b are not known; assign an array to these names, or give --shape a=…"
    )
    partly = run(mlp(), {}, Request(shapes={"data": (None, 5)}), cache)
    assert partly.kept is None
    assert partly.view["nodes"][3]["outputs"][0]["shape"] == [None, 8]
    assert run(mlp(), data(), Request(run=False), cache).status == "not run, as asked"
    assert len(cache) == cache.misses == 0


def test_a_contradiction_is_an_error_with_a_view(cache: ExecutorCache) -> None:
    outcome = run(mlp(), {**data(), "fc1_weight": np.ones((8, 6))}, Request(), cache)
    assert outcome.kept is None
    assert isinstance(outcome.error, ShapeError)
    assert "weight is (8, 6) but data (4, 5)" in str(outcome.error)
    assert outcome.view["error"]["message"] == str(outcome.error)
    assert len(cache) == 0


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (Request(shapes={"dat": (3,)}), "--shape names 'dat', which is no variable of the graph; did you mean 'data'?"),
        (
            Request(dtypes={"q": np.dtype("float16")}),
            "--dtype names 'q', which is no variable of the graph; its variables are data, fc1_weight, fc1_bias, "
            "fc2_weight, fc2_bias, softmax_label",
        ),
        (Request(shapes={"data": (4, 6)}), "the array 'data' is (4, 5) but --shape gives it (4, 6)"),
    ],
)
def test_options_that_do_not_fit(request_: Request, message: str, cache: ExecutorCache) -> None:
    with pytest.raises(OptionError) as caught:
        run(mlp(), data(), request_, cache)
    assert str(caught.value) == message


def test_two_variables_of_one_name(cache: ExecutorCache) -> None:
    doubled = sym.Variable("a") + sym.Variable("a")
    with pytest.raises(BindError, match="two different variables are called 'a'"):
        run(doubled, {"a": np.ones(2)}, Request(), cache)
    assert len(cache) == 0


# The cache stays clean ------------------------------------------------------------------------


def failing(monkeypatch: pytest.MonkeyPatch, method: str, error: BaseException) -> Callable[[], None]:
    """Let a pass fail from now on; returns what ends that."""

    def fail(self: Session) -> None:
        raise error

    monkeypatch.setattr(Session, method, fail)
    return monkeypatch.undo


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MXNetError("broken")], ids=["interrupt", "error"])
def test_what_fails_at_first_is_not_kept(error: BaseException, cache: ExecutorCache, monkeypatch: Any) -> None:
    mend = failing(monkeypatch, "forward", error)
    with pytest.raises(type(error)):
        run(mlp(), data(), Request(), cache)
    assert len(cache) == 0
    mend()
    assert run(mlp(), data(), Request(), cache).status.startswith("new executor")
    assert len(cache) == 1


def test_an_interrupted_forward_leaves_the_executor_as_it_was(cache: ExecutorCache, monkeypatch: Any) -> None:
    first = run(mlp(), data(), Request(), cache)
    before = output(first).copy()
    mend = failing(monkeypatch, "forward", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run(mlp(), data(), Request(), cache)
    mend()
    again = run(mlp(), data(), Request(), cache)
    assert again.kept is first.kept
    np.testing.assert_array_equal(output(again), before)


def test_an_interrupted_backward_drops_the_executor(cache: ExecutorCache, monkeypatch: Any) -> None:
    first = run(mlp(), data(), Request(train=True), cache)
    mend = failing(monkeypatch, "backward", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run(mlp(), data(), Request(train=True), cache)
    mend()
    assert len(cache) == 0
    assert run(mlp(), data(), Request(train=True), cache).kept is not first.kept


def kept_of(rows: int) -> tuple[Any, Kept]:
    """An executor as the cache keeps it, and its key."""
    own = ExecutorCache(ROOMY)
    kept = run(mlp(), data(rows), Request(), own).kept
    assert kept is not None
    variables = {"data": ((rows, 5), np.dtype("float32"))}
    return key_of(mlp(), variables, cpu()), kept


def test_bytes_are_those_of_arrays_and_plans() -> None:
    _, kept = kept_of(4)
    arguments = 4 * 5 + 8 * 5 + 8 + 3 * 8 + 3 + 4
    planned = kept.executor.programs["inference"].plan.planned
    assert kept.nbytes == 4 * (arguments + 4 * 3) + planned


def test_the_least_recently_used_goes_first() -> None:
    entries = [kept_of(rows) for rows in (100, 101, 102)]
    room = sum(kept.nbytes for _, kept in entries[:2]) + 10
    cache = ExecutorCache(room)
    for key, kept in entries[:2]:
        assert cache.put(key, kept)
    assert cache.find(entries[0][0]) is entries[0][1]  # now the second is the oldest
    assert cache.put(*entries[2])
    assert cache.find(entries[1][0]) is None
    assert cache.nbytes <= room
    cache.limit = entries[2][1].nbytes
    assert cache.list() == [entries[2][1]]
    assert cache.clear() == 1
    assert (len(cache), cache.nbytes, cache.hits, cache.misses) == (0, 0, 0, 0)


def test_an_executor_over_the_limit_is_not_kept_but_runs() -> None:
    cache = ExecutorCache(1000)
    key, kept = kept_of(4)
    tiny = kept.nbytes - 1
    cache.limit = tiny
    assert not cache.put(key, kept)
    outcome = run(mlp(), data(), Request(), cache)
    assert outcome.kept is not None
    assert outcome.status.endswith(f"not kept: its {kept.nbytes:,} bytes are more than the cache may hold")
    assert len(cache) == 0


def test_threads_share_one_cache(cache: ExecutorCache) -> None:
    run(mlp(), data(), Request(), cache)
    wrong: list[str] = []

    def work(seed: int) -> None:
        for turn in range(20):
            outcome = run(mlp(), data(4 + turn % 2, seed=seed), Request(), cache)
            if outcome.kept is None:
                wrong.append(outcome.status)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert cache.hits + cache.misses == 81


def test_groups_run(cache: ExecutorCache) -> None:
    with NameManager():
        a = sym.Variable("a")
        both = Group([a + 1, a * 2])
    outcome = run(both, {"a": np.array([1.0, 2.0])}, Request(), cache)
    assert outcome.kept is not None
    assert [array.asnumpy().tolist() for array in outcome.kept.executor.outputs] == [[2, 3], [2, 4]]


def test_a_graph_with_shapes_that_values_decide_is_run(cache: ExecutorCache) -> None:
    kept = sym.contrib.boolean_mask(sym.var("data"), sym.var("index"), name="mask")
    arrays = {**data(), "index": np.array([1, 0, 0, 1])}
    outcome = run(kept, arrays, Request(train=True), cache)
    np.testing.assert_array_equal(output(outcome), arrays["data"][[0, 3]].astype(np.float32))
    again = run(kept, {**arrays, "index": np.ones(4, int)}, Request(train=True), cache)
    assert again.kept is outcome.kept
    assert output(again).shape == (4, 5)


def test_a_loop_that_cannot_be_laid_out_is_not_run(cache: ExecutorCache) -> None:
    looped, _ = sym.contrib.foreach(
        lambda row, state: (sym.sum(sym.contrib.boolean_mask(row, sym.var("index"))), state),
        sym.var("data"), [sym.var("state")],
    )  # fmt: skip
    arrays = {"data": np.zeros((2, 4, 5)), "index": np.ones(4), "state": np.zeros(1)}
    outcome = run(looped, arrays, Request(), cache)
    assert outcome.kept is None
    assert "an operator in its body has an output whose shape depends on values" in outcome.status
