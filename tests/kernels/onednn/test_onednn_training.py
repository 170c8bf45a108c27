"""A whole training step with the kernels of oneDNN against the same step by the reference forward."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.kernels.onednn import library
from symbolnb.settings import settings
from tests.kernels.onednn.engine import agree

pytestmark = pytest.mark.skipif(not library.available(), reason=str(library.why_not()))


def network() -> Any:
    """Two convolutions with a residual sum, both poolings, and a classifier."""
    sym = mx.sym
    out = sym.Convolution(sym.var("data"), kernel=(3, 3), num_filter=16, name="stem")
    out = sym.BatchNorm(out, fix_gamma=False, name="bn0")
    out = sym.Activation(out, act_type="relu")
    out = sym.Pooling(out, kernel=(3, 3), stride=(2, 2), pad=(1, 1))
    branch = sym.Convolution(out, kernel=(3, 3), pad=(1, 1), num_filter=16, no_bias=True, name="inner")
    branch = sym.BatchNorm(branch, name="bn1")
    out = sym.Activation(branch + out, act_type="tanh")
    out = sym.Pooling(out, kernel=(2, 2), stride=(2, 2), pool_type="avg")
    out = sym.FullyConnected(out, num_hidden=101, name="fc")
    return sym.SoftmaxOutput(out, name="softmax")


def step() -> tuple[list[Any], list[str]]:
    """Outputs, gradients and moving statistics after one step, and the steps that the reference served."""
    rng = np.random.default_rng(17)
    executor = network().simple_bind(mx.cpu(), data=(7, 3, 13, 13), grad_req="write")
    for name, array in executor.arg_dict.items():
        values = rng.integers(0, 101, array.shape) if "label" in name else rng.normal(size=array.shape)
        array[:] = mx.nd.array(values.astype(np.float32) * (0.2 if "weight" in name else 1))
    executor.forward(is_train=True)
    executor.backward()
    grads = [grad for name, grad in executor.grad_dict.items() if "label" not in name]
    arrays = [array.asnumpy() for array in (*executor.outputs, *grads, *executor.aux_arrays)]
    steps = executor.programs["training"].steps
    return arrays, [item.node.operator.name for item in steps if item.kernel is None]


def test_training_step(monkeypatch: pytest.MonkeyPatch) -> None:
    actual, left = step()
    monkeypatch.setattr(settings, "fast_kernels", False)
    expected, everything = step()
    agree(actual, expected)
    assert set(left) <= {"SoftmaxOutput", "_softmax_output_gradient", "_reshape_to", "sum", "_zeros"}
    assert {"Convolution", "BatchNorm", "Pooling", "FullyConnected", "dot"} <= set(everything)


def test_statistics_do_not_drift_over_steps() -> None:
    executor = network().simple_bind(mx.cpu(), data=(7, 3, 13, 13), grad_req="write")
    rng = np.random.default_rng(1)
    for array in executor.arg_arrays:
        array[:] = mx.nd.array(rng.normal(size=array.shape).astype(np.float32))
    seen = []
    for _ in range(20):
        executor.forward(is_train=True)
        executor.backward()
        seen.append(executor.grad_dict["stem_weight"].asnumpy())
    for other in seen[1:]:
        np.testing.assert_array_equal(other, seen[0])


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_any_number_of_threads(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same results but for rounding; small work is on one thread whatever the number, so this is larger."""
    monkeypatch.setattr(settings, "threads", threads)
    actual = wide_step()
    monkeypatch.setattr(settings, "fast_kernels", False)
    agree(actual, wide_step())


def wide_step() -> list[Any]:
    """Outputs and gradients of a training step whose parts are work for several threads."""
    sym, rng = mx.sym, np.random.default_rng(23)
    out = sym.Convolution(sym.var("data"), kernel=(5, 5), num_filter=32, pad=(2, 2), name="stem")
    left = sym.Activation(sym.BatchNorm(out, fix_gamma=False, name="bn"), act_type="relu")
    right = sym.Convolution(out, kernel=(3, 3), pad=(1, 1), num_filter=32, no_bias=True, name="inner")
    out = sym.Pooling(sym.Concat(left, right), kernel=(2, 2), stride=(2, 2))
    out = sym.transpose(sym.reshape(out, (0, 0, -1)), axes=(2, 0, 1))
    out = sym.RNN(out, mode="gru", state_size=128, num_layers=1, state=sym.var("state"), parameters=sym.var("weights"))
    out = sym.SoftmaxOutput(sym.FullyConnected(out, num_hidden=11, flatten=False, name="fc"), preserve_shape=True)
    executor = out.simple_bind(mx.cpu(), data=(16, 1, 16, 16))
    for name, array in executor.arg_dict.items():
        values = rng.integers(0, 11, array.shape) if "label" in name else rng.normal(size=array.shape)
        array[:] = mx.nd.array(values.astype(np.float32) * (1 if "label" in name or name == "data" else 0.05))
    executor.forward(is_train=True)
    executor.backward()
    grads = [grad for name, grad in executor.grad_dict.items() if "label" not in name]
    return [array.asnumpy() for array in (*executor.outputs, *grads)]
