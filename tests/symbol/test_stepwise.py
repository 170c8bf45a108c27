"""Graphs with shapes that only values decide: they are inferred as far as may be, and run node by node."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symbolnb as mx

DATA = np.arange(12, dtype="float32").reshape(4, 3)
INDEX = np.array([1, 0, 2, -1], "float32")
KEPT = DATA[[0, 2, 3]]


def masked() -> Any:
    return mx.sym.contrib.boolean_mask(mx.sym.var("data"), mx.sym.var("index"), name="mask")


def bound(symbol: Any, grad_req: Any = "null", **more: Any) -> Any:
    arrays = {"data": mx.nd.array(DATA), "index": mx.nd.array(INDEX), **more}
    grads = {name: mx.nd.zeros(array.shape) for name, array in arrays.items()}
    return symbol.bind(mx.cpu(), arrays, args_grad=grads, grad_req=grad_req)


@pytest.mark.filterwarnings("ignore:Cannot decide shapes")
def test_inference_leaves_open_what_values_decide() -> None:
    """As in MXNet nothing is inferred as a whole; of the parts, more is known than there."""
    assert masked().infer_shape(data=(4, 3), index=(4,)) == (None, None, None)
    assert masked().infer_shape_partial(data=(4, 3)) == ([(4, 3), (4,)], [(0, 3)], [])
    net = mx.sym.FullyConnected(masked(), num_hidden=2, name="fc")
    assert net.infer_shape_partial(data=(4, 3)) == ([(4, 3), (4,), (2, 3), (2,)], [(0, 2)], [])


def test_output_follows_the_values_of_every_pass() -> None:
    executor = bound(mx.sym.relu(masked()))
    np.testing.assert_array_equal(executor.forward()[0].asnumpy(), KEPT)
    second = executor.forward(index=mx.nd.array([0, 1, 0, 0]))
    np.testing.assert_array_equal(second[0].asnumpy(), DATA[1:2])
    assert second is executor.outputs
    assert [executor.specs[head].shape for head in executor.symbol.entries] == [(1, 3)]
    assert executor.forward(index=mx.nd.zeros(4))[0].shape == (0, 3)


def test_gradient_through_the_mask() -> None:
    executor = bound(mx.sym.sum(mx.sym.square(masked())), {"data": "add", "index": "write"})
    executor.forward(is_train=True)
    executor.backward(mx.nd.ones(1))
    wanted = 2 * DATA * (INDEX != 0)[:, None]
    np.testing.assert_array_equal(executor.grad_dict["data"].asnumpy(), wanted)
    executor.backward(mx.nd.ones(1))
    np.testing.assert_array_equal(executor.grad_dict["data"].asnumpy(), 2 * wanted)
    np.testing.assert_array_equal(executor.grad_dict["index"].asnumpy(), np.zeros(4))


def test_gradient_of_an_output_that_the_variable_does_not_reach() -> None:
    pair = mx.sym.Group([masked(), mx.sym.var("other") * 2])
    executor = bound(pair, {"other": "write"}, other=mx.nd.ones(2))
    executor.forward(is_train=True)
    executor.backward([None, mx.nd.array([3, 4])])
    np.testing.assert_array_equal(executor.grad_dict["other"].asnumpy(), [6, 8])
    with pytest.raises(mx.MXNetError, match=r"output '_mulscalar\d+_output' is not a loss"):
        executor.backward([mx.nd.ones((3, 3)), None])


def test_backward_without_forward_runs_one() -> None:
    executor = bound(mx.sym.MakeLoss(masked()), {"data": "write"})
    executor.backward()
    np.testing.assert_array_equal(executor.grad_dict["data"].asnumpy(), np.ones((4, 3)) * (INDEX != 0)[:, None])


def test_training_mode_changes_states_once_in_each_pass() -> None:
    net = mx.sym.BatchNorm(masked(), name="bn", fix_gamma=False, momentum=0.5)
    executor = net.simple_bind(mx.cpu(), data=(4, 3))
    assert executor.arg_dict["bn_gamma"].shape == (3,)
    executor.arg_dict["index"][:] = INDEX
    executor.arg_dict["data"][:] = DATA
    executor.forward(is_train=True)
    executor.backward(mx.nd.ones((3, 3)))
    np.testing.assert_allclose(executor.aux_dict["bn_moving_mean"].asnumpy(), KEPT.mean(axis=0) / 2, rtol=1e-6)


def test_loop_over_what_the_mask_keeps() -> None:
    looped, _ = mx.sym.contrib.foreach(lambda row, state: (row * 2, state), masked(), [mx.sym.var("state")])
    executor = bound(looped, {"data": "write"}, state=mx.nd.zeros(1))
    np.testing.assert_array_equal(executor.forward(is_train=True)[0].asnumpy(), 2 * KEPT)
    executor.backward(mx.nd.ones((3, 3)))
    np.testing.assert_array_equal(executor.grad_dict["data"].asnumpy(), 2.0 * (INDEX != 0)[:, None] * np.ones((4, 3)))


def test_branch_that_is_not_taken_is_not_run() -> None:
    total = mx.sym.sum(masked())
    chosen = mx.sym.contrib.cond(total > 0, lambda: total * 1, lambda: mx.sym.log(total * 0 - 1))
    executor = bound(chosen, {"data": "write"})
    seen: list[str] = []
    executor.set_monitor_callback(lambda name, array: seen.append(name))
    assert executor.forward(is_train=True)[0].asscalar() == KEPT.sum()
    assert any(name.startswith("mask") for name in seen)
    assert not any("log" in name for name in seen)
    executor.backward(mx.nd.ones(1))
    np.testing.assert_array_equal(executor.grad_dict["data"].asnumpy(), (INDEX != 0)[:, None] * np.ones((4, 3)))


def test_contradiction_that_only_values_show_names_the_node() -> None:
    executor = bound(mx.sym.elemwise_add(masked(), mx.sym.var("other"), name="both"), other=mx.nd.ones((2, 3)))
    with pytest.raises(mx.MXNetError, match=r"elemwise_add 'both': .*\(3, 3\).*\(2, 3\).* \[.*line \d+\]"):
        executor.forward()


def test_body_of_a_loop_cannot_hold_a_mask() -> None:
    looped, _ = mx.sym.contrib.foreach(
        lambda row, state: (mx.sym.sum(mx.sym.contrib.boolean_mask(row, mx.sym.var("index"))), state),
        mx.sym.var("data"), [mx.sym.var("state")], name="loop",
    )  # fmt: skip
    with pytest.raises(
        mx.MXNetError, match=r"_foreach '_foreach.*': an operator in its body has an output whose shape"
    ):
        looped.simple_bind(mx.cpu(), data=(2, 4, 3), state=(1,))


def test_reshape_and_text() -> None:
    executor = mx.sym.relu(masked()).simple_bind(mx.cpu(), data=(4, 3))
    assert "no program" in executor.debug_str()
    assert executor.programs == {}
    again = executor.reshape(data=(2, 3), index=(2,))
    assert again.forward(index=mx.nd.ones(2))[0].shape == (2, 3)


def test_imperative() -> None:
    data, index = mx.nd.array(DATA), mx.nd.array(INDEX)
    np.testing.assert_array_equal(mx.nd.contrib.boolean_mask(data, index).asnumpy(), KEPT)
    out = mx.nd.zeros((3, 3))
    assert mx.nd.contrib.boolean_mask(data, index, out=out) is out
    np.testing.assert_array_equal(out.asnumpy(), KEPT)
    with pytest.raises(mx.MXNetError, match=r"gives \(3, 3\) but the array it goes to is \(2, 3\)"):
        mx.nd.contrib.boolean_mask(data, index, out=mx.nd.zeros((2, 3)))
