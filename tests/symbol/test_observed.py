"""What every node of an executor computes, and its gradient: as in the executor's own passes, and disturbing none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import symbolnb as mx
from symbolnb import nd, sym
from symbolnb.symbol.executor import Executor
from symbolnb.symbol.observed import Observed
from symbolnb.symbol.symbol import Symbol

Hook = Callable[[Symbol], Symbol]


def network(hook: Hook = lambda one: one) -> Symbol:
    """A small convolutional network, each node's output passed through `hook`."""
    net = hook(sym.Convolution(sym.var("data"), num_filter=4, kernel=(3, 3), pad=(1, 1), name="conv"))
    net = hook(sym.BatchNorm(net, fix_gamma=False, name="norm"))
    skip = net = hook(sym.Activation(net, act_type="relu", name="relu"))
    net = hook(sym.Convolution(net, num_filter=4, kernel=(1, 1), name="inner"))
    net = hook(sym.elemwise_add(net, skip, name="sum"))
    net = hook(sym.Pooling(net, global_pool=True, kernel=(1, 1), pool_type="avg", name="pool"))
    net = hook(sym.FullyConnected(net, num_hidden=3, name="fc"))
    return sym.SoftmaxOutput(net, name="softmax")


def bound(symbol: Symbol, **shapes: tuple[int, ...]) -> Executor:
    """An executor on fixed random arrays; what is called shift is zero."""
    executor = symbol.simple_bind(mx.cpu(), **shapes)
    rng = np.random.default_rng(5)
    for name, array in executor.arg_dict.items():
        array[:] = 0 if name.startswith("shift") else rng.standard_normal(array.shape).astype("float32")
    if "softmax_label" in executor.arg_dict:
        executor.arg_dict["softmax_label"][:] = np.arange(array.shape[0]) % 3
    executor.aux_dict.get("norm_moving_var", nd.zeros(1))[:] = 1
    return executor


def by_name(arrays: object) -> dict[str, np.ndarray]:
    """Copies, by the entries' names."""
    assert isinstance(arrays, dict)
    return {entry.name: array.copy() for entry, array in arrays.items()}


@pytest.mark.parametrize("training", [False, True])
def test_values_are_those_of_the_internals(training: bool) -> None:
    executor = bound(network(), data=(2, 3, 6, 6))
    internals = executor.symbol.get_internals()
    every = internals.bind(mx.cpu(), executor.arg_dict, aux_states={k: v.copy() for k, v in executor.aux_dict.items()})
    expected = dict(zip(internals.list_outputs(), every.forward(is_train=training), strict=True))
    seen = executor.observed(training)
    assert seen.training is training
    values = by_name(seen.values)
    compared = [name for name in expected if not (training and name.startswith("norm_moving"))]
    assert len(compared) > 15
    for name in compared:
        np.testing.assert_allclose(values[name], expected[name].asnumpy(), rtol=1e-4, atol=1e-5, err_msg=name)


def test_gradients_of_inner_values_are_those_of_something_added_to_them() -> None:
    """Where zeros are added to a value, their gradient is that of the value, by the executor's own program."""
    plain = bound(network(), data=(2, 3, 6, 6))
    found = by_name(plain.observed(True).gradients)
    names: list[str] = []

    def shifted(one: Symbol) -> Symbol:
        names.append(one.name)
        return sym.broadcast_add(one, sym.var(f"shift_{one.name}"), name=f"shifted_{one.name}")

    both = network(shifted)
    _, outputs, _ = network().get_internals().infer_shape(data=(2, 3, 6, 6))
    shapes = dict(zip(network().get_internals().list_outputs(), outputs, strict=True))
    executor = bound(both, data=(2, 3, 6, 6), **{f"shift_{name}": shapes[f"{name}_output"] for name in names})
    for name, array in plain.arg_dict.items():
        executor.arg_dict[name][:] = array
    executor.forward(is_train=True)
    executor.backward()
    assert names == ["conv", "norm", "relu", "inner", "sum", "pool", "fc"]
    for name in names:
        expected = executor.grad_dict[f"shift_{name}"]
        assert expected is not None
        np.testing.assert_allclose(found[f"{name}_output"], expected.asnumpy(), rtol=1e-3, atol=1e-5, err_msg=name)
    plain.forward(is_train=True)
    plain.backward()
    for name, grad in plain.grad_dict.items():
        if grad is not None and name != "softmax_label":
            np.testing.assert_allclose(found[name], grad.asnumpy(), rtol=1e-3, atol=1e-5, err_msg=name)
    assert "softmax_output" not in found  # a loss starts by itself


def test_without_training_there_are_no_gradients_and_without_learned_ones_neither() -> None:
    executor = bound(network(), data=(2, 3, 6, 6))
    assert executor.observed().gradients == {}
    x = sym.var("x")
    assert (x * x).bind(mx.cpu(), {"x": nd.ones(3)}).observed(True).gradients == {}


def test_gradients_start_with_ones() -> None:
    x = sym.var("x")
    squared = sym.elemwise_mul(x, x, name="squared")
    executor = squared.bind(mx.cpu(), {"x": nd.array([3.0, 4.0])}, args_grad={"x": nd.zeros(2)})
    found = by_name(executor.observed(True).gradients)
    assert found["x"].tolist() == [6.0, 8.0]
    assert found["squared_output"].tolist() == [1.0, 1.0]


def state(executor: Executor) -> list[list[float]]:
    """All that an executor holds."""
    held = [*executor.arg_arrays, *executor.aux_arrays, *executor.outputs, *executor.grad_arrays]
    return [array.asnumpy().ravel().tolist() for array in held if array is not None]


def test_nothing_that_the_executor_holds_changes() -> None:
    executor = bound(network(), data=(2, 3, 6, 6))
    executor.forward(is_train=True)
    executor.backward()
    before = state(executor)
    executor.observed(True)
    assert state(executor) == before
    seen = executor.observed(True)
    for entry, array in seen.values.items():
        if entry.name == "norm_moving_mean":
            assert array is executor.aux_dict["norm_moving_mean"]._data


def test_the_random_numbers_go_on_as_if_nothing_was_looked_at() -> None:
    executor = sym.Dropout(sym.var("x"), p=0.5).bind(mx.cpu(), {"x": nd.ones(50)})

    def draw(look: bool) -> list[float]:
        mx.random.seed(3)
        executor.forward(is_train=True)
        seen = executor.observed(True) if look else None
        assert seen is None or isinstance(seen, Observed)
        return executor.forward(is_train=True)[0].asnumpy().tolist()

    assert draw(True) == draw(False)


def test_loops_and_shapes_that_values_decide() -> None:
    out, _ = sym.contrib.foreach(lambda x, s: (x * s, s + x), sym.var("d"), sym.var("s"))
    executor = out.bind(mx.cpu(), {"d": nd.array([1.0, 2.0]), "s": nd.array([3.0])[0:1].reshape((1,))[0:1]})
    values = by_name(executor.observed().values)
    np.testing.assert_array_equal(values[out.list_outputs()[0]].ravel(), executor.forward()[0].asnumpy().ravel())
    picked = sym.contrib.boolean_mask(sym.var("x"), sym.var("m"), name="picked")
    executor = picked.bind(mx.cpu(), {"x": nd.array([[1.0], [2.0], [3.0]]), "m": nd.array([1.0, 0.0, 1.0])})
    seen = executor.observed()
    (head,) = picked.entries
    assert seen.values[head].tolist() == [[1.0], [3.0]]
    assert seen.specs[head].shape == (2, 1)
