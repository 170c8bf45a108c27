"""Gradients of whole graphs: against differences, shared variables, higher order, and what has none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.compile.gradient import gradients
from symbolnb.graph.node import Entry, Node
from symbolnb.symbol.inference import complete_specs


def _numerical(symbol: mx.sym.Symbol, arrays: dict[str, np.ndarray], name: str) -> np.ndarray:
    """Central differences of the sum of the output, in float64."""
    step, result = 1e-6, np.zeros_like(arrays[name])
    for index in np.ndindex(arrays[name].shape):
        values = []
        for sign in (1, -1):
            moved = {key: array.copy() for key, array in arrays.items()}
            moved[name][index] += sign * step
            bound = {key: mx.nd.array(array, dtype="float64") for key, array in moved.items()}
            values.append(symbol.eval(**bound)[0].asnumpy().sum())
        result[index] = (values[0] - values[1]) / (2 * step)
    return result


def _symbolic(symbol: mx.sym.Symbol, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    bound = {name: mx.nd.array(array, dtype="float64") for name, array in arrays.items()}
    grads = {name: mx.nd.zeros(array.shape, dtype="float64") for name, array in arrays.items()}
    executor = symbol.bind(mx.cpu(), bound, grads)
    executor.forward(is_train=True)
    executor.backward([mx.nd.ones(output.shape, dtype="float64") for output in executor.outputs])
    return {name: grad.asnumpy() for name, grad in grads.items()}


def _check(symbol: mx.sym.Symbol, **shapes: Any) -> None:
    random = np.random.default_rng(0)
    arrays = {name: random.standard_normal(shape) for name, shape in shapes.items()}
    for name, grad in _symbolic(symbol, arrays).items():
        np.testing.assert_allclose(grad, _numerical(symbol, arrays, name), rtol=1e-6, atol=1e-8)


def test_a_network_with_shared_weights() -> None:
    w, x = mx.sym.var("w"), mx.sym.var("x")
    hidden = mx.sym.tanh(mx.sym.dot(x, w))
    _check(mx.sym.sum(mx.sym.square(mx.sym.dot(hidden, w, transpose_b=True) - x)), x=(3, 4), w=(4, 2))


def test_a_convolutional_network() -> None:
    net = mx.sym.Convolution(mx.sym.var("data"), kernel=(2, 2), num_filter=3, name="conv")
    net = mx.sym.Pooling(mx.sym.tanh(net), kernel=(2, 2), pool_type="avg")
    net = mx.sym.FullyConnected(net, num_hidden=2, name="fc")
    _check(mx.sym.sum(net * net), data=(2, 2, 4, 4), conv_weight=(3, 2, 2, 2), conv_bias=(3,),
           fc_weight=(2, 12), fc_bias=(2,))  # fmt: skip


def test_a_variable_that_is_used_twice_gets_the_sum() -> None:
    x = mx.sym.var("x")
    _check(x * x + mx.sym.sin(x) * x, x=(5,))


def test_broadcasting_sums_over_what_was_repeated() -> None:
    _check(mx.sym.broadcast_mul(mx.sym.var("a"), mx.sym.var("b")), a=(2, 1, 3), b=(1, 4, 3))


@pytest.mark.parametrize("order", [2, 3, 4])
def test_higher_orders_are_gradients_of_gradients(order: int) -> None:
    """The n-th derivative of sin is sin shifted by n quarter turns."""
    x = Node(None, "x")
    node = mx.sym.sin(mx.sym.Symbol((Entry(x),))).entries[0]
    specs: dict[Entry, Any] = dict(complete_specs([node], {x: (7,)}, {x: np.dtype("float64")}))
    for _ in range(order):
        ones = Entry(mx.sym.ones((7,), dtype="float64").entries[0].node)
        specs[ones] = specs[node]
        (grad,), specs = gradients([node], [ones], [Entry(x)], specs)
        assert grad is not None
        node = grad
    points = np.linspace(-2, 2, 7)
    result = mx.sym.Symbol((node,)).eval(x=mx.nd.array(points, dtype="float64"))[0].asnumpy()
    np.testing.assert_allclose(result, np.sin(points + order * np.pi / 2), atol=1e-12)


def test_what_the_heads_do_not_depend_on_has_a_gradient_of_zeros() -> None:
    x, y = mx.sym.var("x"), mx.sym.var("y")
    both = mx.sym.Group([x * 2, mx.sym.BlockGrad(y)])
    grads = _symbolic(both, {"x": np.ones(3), "y": np.ones(3)})
    np.testing.assert_array_equal(grads["x"], [2, 2, 2])
    np.testing.assert_array_equal(grads["y"], [0, 0, 0])


def test_add_accumulates_and_write_overwrites() -> None:
    x = mx.sym.var("x")
    for request, expected in (("add", [7.0, 7.0]), ("write", [2.0, 2.0])):
        grad = mx.nd.ones(2)
        executor = (x * 2).bind(mx.cpu(), {"x": mx.nd.ones(2)}, {"x": grad}, grad_req=request)
        for _ in range(3):
            executor.forward(is_train=True)
            executor.backward(mx.nd.ones(2))
        np.testing.assert_array_equal(grad.asnumpy(), expected)


def test_backward_twice_sees_the_same_dropout_mask() -> None:
    net = mx.sym.Dropout(mx.sym.var("x"), p=0.5) * 3
    executor = net.simple_bind(mx.cpu(), x=(1000,))
    executor.arg_dict["x"][:] = 1
    executor.forward(is_train=True)
    executor.backward(mx.nd.ones(1000))
    first = executor.grad_dict["x"].asnumpy()
    executor.backward(mx.nd.ones(1000))
    np.testing.assert_array_equal(executor.grad_dict["x"].asnumpy(), first)
    assert 300 < (first == 0).sum() < 700
    executor.forward(is_train=True)
    executor.backward(mx.nd.ones(1000))
    assert (executor.grad_dict["x"].asnumpy() != first).any()
