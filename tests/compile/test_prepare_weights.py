"""Preparing weights once: which nodes it takes, and that no change of an array ever goes unnoticed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.compile import passes
from symbolnb.compile.program import Program, describe
from symbolnb.runtime.storage import memory_of
from symbolnb.settings import settings


@pytest.fixture(autouse=True)
def _verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "verify", True)
    monkeypatch.setattr(settings, "fast_kernels", False)  # the reference has no layouts, so all listings are the same


def layer() -> mx.sym.Symbol:
    """A layer whose weight is scaled and transposed in the graph."""
    weight = mx.sym.transpose(mx.sym._internal._mul_scalar(mx.sym.var("w"), scalar=2, name="doubled"), name="turned")
    return mx.sym.FullyConnected(mx.sym.var("x"), weight, num_hidden=4, no_bias=True, name="fc")


def bound(request: str = "null", **arrays: mx.nd.NDArray) -> mx.Executor:
    arrays = {"x": mx.nd.ones((2, 3)), "w": mx.nd.ones((3, 4)), **arrays}
    grads = {"w": mx.nd.zeros((3, 4))} if request != "null" else None
    return layer().bind(mx.cpu(), arrays, grads)


def result(executor: mx.Executor, **data: mx.nd.NDArray) -> float:
    """The one number that all elements of the output are."""
    out = executor.forward(is_train=False, **data)[0].asnumpy()
    assert (out == out[0, 0]).all()
    return float(out[0, 0])


def runs(executor: mx.Executor, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many steps have been prepared since this was last asked."""
    session = next(each.session for mode, each in executor._loaded.items() if not mode.gradient)
    counted = [0]

    def counting(call: Callable[[], object]) -> Callable[[], object]:
        def counted_call() -> None:
            counted[0] += 1
            call()

        return counted_call

    prepared = session.program.prepared
    calls = [*map(counting, session._calls[:prepared]), *session._calls[prepared:]]
    monkeypatch.setattr(session, "_calls", calls)

    def asked() -> int:
        found, counted[0] = counted[0], 0
        return found

    return asked


LISTING = """\
prepared, and again when an array changes:
   0 _mul_scalar(scalar=2.0) doubled -> @0
   1 transpose turned -> held 0
forward:
   2 FullyConnected(num_hidden=4, no_bias=True) fc -> head 0
planned 64 bytes for 64 bytes of intermediate results
holds 64 bytes of prepared results"""


def test_what_follows_from_weights_is_prepared() -> None:
    executor = bound()
    executor.forward()
    assert describe(executor.programs["inference"]) == LISTING
    assert LISTING in executor.debug_str()


def _program(symbol: mx.sym.Symbol, **shapes: tuple[int, ...]) -> Program:
    executor = symbol.simple_bind(mx.cpu(), grad_req="null", **shapes)
    executor.forward()
    return executor.programs["inference"]


def test_data_heads_states_and_large_constants_are_not_prepared() -> None:
    x, w = mx.sym.var("x"), mx.sym.var("w")
    assert _program(mx.sym.tanh(x) + mx.sym.tanh(w), x=(2, 3), w=(2, 3)).prepared == 0
    turned = mx.sym.transpose(w)
    layer = mx.sym.FullyConnected(x, turned, num_hidden=4, no_bias=True)
    assert _program(mx.sym.Group([layer, turned]), x=(2, 3), w=(3, 4)).prepared == 0
    noisy = w + mx.sym.random.normal(shape=(4, 3))
    assert _program(mx.sym.FullyConnected(x, noisy, num_hidden=4, no_bias=True), x=(2, 3)).prepared == 0
    dropped = mx.sym.Dropout(w, mode="always")
    assert _program(mx.sym.FullyConnected(x, dropped, num_hidden=4, no_bias=True), x=(2, 3)).prepared == 0
    assert _program(x + mx.sym.zeros((2, 3)) + 1, x=(2, 3)).prepared == 1
    assert _program(mx.sym.broadcast_add(x, mx.sym.zeros((300, 300)) + 1), x=(1, 1)).prepared == 0
    state = mx.sym.var("state")  # another operator may change it
    norm = mx.sym.BatchNorm(x, moving_mean=state, axis=0, name="bn")
    assert _program(mx.sym.FullyConnected(norm, bias=state + 1, num_hidden=2), x=(2, 3)).prepared == 0


def test_nothing_but_constants_is_prepared_where_there_are_gradients() -> None:
    executor = bound("write")
    executor.forward(is_train=True)
    assert executor.programs["training"].prepared == 0


def test_weights_are_prepared_once_and_data_may_change(monkeypatch: pytest.MonkeyPatch) -> None:
    executor = bound()
    assert result(executor) == 6
    prepared = runs(executor, monkeypatch)
    for value in (1, 2, 3):
        assert result(executor, x=mx.nd.full((2, 3), value)) == 6 * value
    assert prepared() == 0


def _set(w: mx.nd.NDArray) -> None:
    w[:] = 3


def _in_place(w: mx.nd.NDArray) -> None:
    w *= 3


def _by_rows(w: mx.nd.NDArray) -> None:
    for row in w:
        row[:] = 3


def _by_view(w: mx.nd.NDArray) -> None:
    w.reshape((2, 6))[0:2][:, 0:6][:] = 3


def _copied_to(w: mx.nd.NDArray) -> None:
    mx.nd.full(w.shape, 3).copyto(w)


def _out(w: mx.nd.NDArray) -> None:
    mx.nd.elemwise_add(w, mx.nd.full(w.shape, 2), out=w)


def _converted(w: mx.nd.NDArray) -> None:
    mx.nd.broadcast_add(w[0:1], mx.nd.full(w.shape, 2), out=w)


def _updated(w: mx.nd.NDArray) -> None:
    mx.nd.sgd_update(w, mx.nd.full(w.shape, -2), lr=1, out=w)


def _random(w: mx.nd.NDArray) -> None:
    mx.nd.random.uniform(3, 3, shape=w.shape, out=w)


def _state(w: mx.nd.NDArray) -> None:
    """As the momentum of an update, which is an auxiliary state."""
    mx.nd.sgd_mom_update(mx.nd.ones(w.shape), mx.nd.full(w.shape, -2), w, lr=1, momentum=1)


def _result_of_another(w: mx.nd.NDArray) -> None:
    """As the gradient array of another executor."""
    x = mx.sym.var("x")
    other = (x * 3).bind(mx.cpu(), {"x": mx.nd.ones(w.shape)}, {"x": w})
    other.forward(is_train=True)
    other.backward([mx.nd.ones(w.shape)])


def _dlpack(w: mx.nd.NDArray) -> None:
    np.from_dlpack(w)[:] = 3  # type: ignore[arg-type]


def _numpy(w: mx.nd.NDArray) -> None:
    np.asarray(w)[:] = 3


WAYS = (_set, _in_place, _by_rows, _by_view, _copied_to, _out, _converted, _updated, _random, _state,
        _result_of_another, _dlpack, _numpy)  # fmt: skip


@pytest.mark.parametrize("change", WAYS)
def test_every_way_to_change_a_weight_is_noticed(
    change: Callable[[mx.nd.NDArray], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    executor = bound()
    assert result(executor) == 6
    prepared = runs(executor, monkeypatch)
    change(executor.arg_dict["w"])
    assert result(executor) == 18
    assert prepared() == 2
    assert result(executor) == 18


def test_memory_that_others_hold_is_looked_at_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    alias = np.ones((3, 4), "float32")
    for array in (mx.nd.from_dlpack(alias), mx.nd.NDArray(alias)):
        executor = bound(w=array)
        alias[:] = 1
        assert result(executor) == 6
        alias[:] = 3
        assert result(executor) == 18
    array = mx.nd.ones((3, 4))
    executor, alias = bound(w=array), np.asarray(array)
    for value in (1, 2, 3):
        alias[:] = value
        assert result(executor) == 6 * value


def test_a_copy_is_no_alias() -> None:
    array = mx.nd.ones((3, 4))
    array.asnumpy()
    np.array(array)
    np.asarray(array, "float64")
    memory = memory_of(array._data)
    assert memory is not None
    assert not memory.shared


def test_programs_that_share_arrays_see_each_others_changes() -> None:
    executor = bound("write")
    assert result(executor) == 6
    wider = executor.reshape(allow_up_sizing=True, x=(5, 3))
    shared = layer().simple_bind(mx.cpu(), grad_req="null", shared_arg_names=["w"], shared_exec=executor, x=(2, 3))
    shared.arg_dict["x"][:] = 1
    wider.arg_dict["x"][:] = 1
    assert result(wider) == result(shared) == 6
    executor.forward(is_train=True)
    executor.backward([mx.nd.ones((2, 4))])
    executor.arg_dict["w"] -= executor.grad_dict["w"] * 0.25  # 1 - 0.25 * 2 * 2
    assert result(executor) == result(wider) == result(shared) == 0
    executor.copy_params_from({"w": mx.nd.full((3, 4), 3)})
    assert result(executor) == result(wider) == result(shared) == 18


def test_moving_statistics_that_training_changes_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "fast_kernels", True)
    conv = mx.sym.Convolution(mx.sym.var("data"), kernel=(3, 3), num_filter=16, no_bias=True, name="conv")
    net = mx.sym.BatchNorm(conv, fix_gamma=False, momentum=0.5, name="bn")
    executor = net.simple_bind(mx.cpu(), data=(4, 16, 9, 9))
    random = np.random.default_rng(3)
    for array in executor.arg_arrays:
        array[:] = random.normal(size=array.shape)
    executor.aux_dict["bn_moving_var"][:] = 1
    for _ in range(3):
        fused = executor.forward(is_train=False)[0].asnumpy()
        plain = net.eval(mx.cpu(), **{k: v.copy() for k, v in {**executor.arg_dict, **executor.aux_dict}.items()})
        np.testing.assert_array_equal(fused, plain[0].asnumpy())
        executor.forward(is_train=True)
        executor.backward([mx.nd.ones(executor.outputs[0].shape)])


def test_a_failure_while_preparing_is_not_taken_for_success(monkeypatch: pytest.MonkeyPatch) -> None:
    executor = bound()
    result(executor)
    executor.arg_dict["w"][:] = 3
    session = next(iter(executor._loaded.values())).session
    calls = list(session._calls)

    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "_calls", [calls[0], interrupt, *calls[2:]])
    with pytest.raises(KeyboardInterrupt):
        executor.forward()
    monkeypatch.setattr(session, "_calls", calls)
    assert result(executor) == 18


@pytest.mark.parametrize("seed", range(25))
def test_random_weights_and_changes_compute_the_same_as_plain(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that share expressions, data among them, constants, and changes in between."""
    draw = np.random.default_rng(seed)
    weights = [mx.sym.var(f"w{number}") for number in range(3)]
    out = mx.sym.var("x")
    made = [*weights, mx.sym.ones((4, 4)), out]
    unary = (mx.sym.tanh, mx.sym.transpose, lambda s: s * 0.5, lambda s: mx.sym.reshape(s, shape=(4, 4)))
    for _ in range(12):
        first, second = (made[int(draw.integers(len(made)))] for _ in range(2))
        step = unary[int(draw.integers(len(unary)))]
        made.append(step(first) if draw.integers(2) else mx.sym.tanh(first + second))
    for number in range(4):
        out = mx.sym.FullyConnected(out, made[int(draw.integers(3, len(made)))], num_hidden=4, no_bias=True)
        out = mx.sym.tanh(out, name=f"layer{number}")
    net = mx.sym.Group([out, made[-1]])
    shapes = dict.fromkeys(net.list_arguments(), (4, 4))
    executor = net.simple_bind(mx.cpu(), grad_req="null", **shapes)
    pipeline = passes.PIPELINE
    monkeypatch.setattr(passes, "PIPELINE", pipeline[:1])
    plain = net.simple_bind(mx.cpu(), grad_req="null", **shapes)
    plain.forward()
    monkeypatch.setattr(passes, "PIPELINE", pipeline)
    for _ in range(6):
        name = list(shapes)[int(draw.integers(len(shapes)))]
        values = draw.normal(size=(4, 4))
        executor.arg_dict[name][:] = plain.arg_dict[name][:] = values
        for one, other in zip(executor.forward(), plain.forward(), strict=True):
            np.testing.assert_array_equal(one.asnumpy(), other.asnumpy())
