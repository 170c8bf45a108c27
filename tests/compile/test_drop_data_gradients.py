"""The gradient of a recurrent network's data: where it is left out, where it must not be, and that numbers stay."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.settings import settings
from tests.kernels.onednn.engine import agree

MODES = ("rnn_relu", "rnn_tanh", "lstm", "gru")


@pytest.fixture(autouse=True)
def _verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "verify", True)


def gradients(mode: str, wanted: str, size: int = 3, *, fast: bool = True, **more: Any) -> tuple[list[Any], list[bool]]:
    """The gradients of everything but the data, and of each node of the gradient whether it knows that of the data."""
    names = ["data", "parameters", "state", *(["state_cell"] if mode == "lstm" else [])]
    net = mx.sym.RNN(*map(mx.sym.var, names), mode=mode, state_size=size, name="rnn", **more)
    requests = dict.fromkeys(names, "write") | {"data": wanted}
    rng = np.random.default_rng(2)
    kept, settings.fast_kernels = settings.fast_kernels, fast
    try:
        executor = net.simple_bind(mx.cpu(), grad_req=requests, data=(5, 4, 7))
        for array in executor.arg_arrays:
            array[:] = mx.nd.array(rng.uniform(-0.5, 0.5, array.shape))
        executor.forward(is_train=True)
        executor.backward(mx.nd.array(rng.normal(size=executor.outputs[0].shape)))
    finally:
        settings.fast_kernels = kept
    operators = [step.node.operator for step in executor.programs["training"].steps]
    found = [operator.of_data for operator in operators if operator.name == "_rnn_gradient"]
    return [executor.grad_dict[name].asnumpy() for name in names[1:]], found


@pytest.mark.parametrize("size", [3, 41])
@pytest.mark.parametrize("more", [{"num_layers": 1}, {"num_layers": 2, "bidirectional": True}])
@pytest.mark.parametrize("mode", MODES)
def test_it_is_left_out_where_nobody_wants_it(mode: str, more: dict[str, Any], size: int) -> None:
    full, known = gradients(mode, "write", size, **more)
    assert known == [True]
    for fast in (True, False):
        less, known = gradients(mode, "null", size, fast=fast, **more)
        assert known == [False]
        agree(less, full)


def test_a_layer_below_still_gets_it() -> None:
    net = mx.sym.RNN(mx.sym.tanh(mx.sym.var("data")), mode="gru", state_size=3, num_layers=1, name="rnn")
    executor = net.simple_bind(mx.cpu(), data=(2, 4, 3))
    executor.forward(is_train=True)
    executor.backward(mx.nd.ones((2, 4, 3)))
    operators = [step.node.operator for step in executor.programs["training"].steps]
    assert [operator.of_data for operator in operators if operator.name == "_rnn_gradient"] == [True]
