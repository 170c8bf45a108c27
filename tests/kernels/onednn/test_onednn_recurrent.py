"""RNN and its gradients with oneDNN's products against the reference forward."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.kernels.onednn import library
from symbolnb.settings import settings
from tests.kernels.onednn.engine import agree

pytestmark = pytest.mark.skipif(not library.available(), reason=str(library.why_not()))

MODES = ("rnn_relu", "rnn_tanh", "lstm", "gru")
UNITS, BATCH = 61, 3
KINDS: list[dict[str, Any]] = [
    {"num_layers": 1},
    {"num_layers": 2},
    {"num_layers": 3, "bidirectional": True},
    {"num_layers": 2, "time": 1},
]
ROWS = [(mode, kind) for mode in MODES for kind in KINDS]
ROWS += [
    ("lstm", {"num_layers": 2, "bidirectional": True, "projection_size": 37}),
    ("lstm", {"num_layers": 1, "lstm_state_clip_min": -0.1, "lstm_state_clip_max": 0.1}),
    ("lstm", {"num_layers": 1, "batch": 1, "state_size": 97}),
]


def bound(mode: str, kind: dict[str, Any], request: str = "write") -> Any:
    """An executor of one network with small random weights, which do not blow differences up."""
    given = {"state_size": UNITS, "state_outputs": True, **kind}
    batch, time = given.pop("batch", BATCH), given.pop("time", 5)
    inputs = {name: mx.sym.var(name) for name in ("data", "parameters", "state")}
    if mode == "lstm":
        inputs["state_cell"] = mx.sym.var("cell")
    symbol = mx.sym.RNN(mode=mode, name="rnn", **inputs, **given)
    executor = symbol.simple_bind(mx.cpu(), grad_req=request, data=(time, batch, 29))
    rng = np.random.default_rng(3)
    for array in executor.arg_arrays:
        array[:] = mx.nd.array(rng.uniform(-0.3, 0.3, array.shape))
    return executor


def step(mode: str, kind: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """Outputs and gradients of one training step, and the steps of its program."""
    executor, rng = bound(mode, kind), np.random.default_rng(4)
    outputs = executor.forward(is_train=True)
    executor.backward([mx.nd.array(rng.normal(size=output.shape)) for output in outputs])
    arrays = [array.asnumpy() for array in (*outputs, *executor.grad_arrays)]
    return arrays, list(executor.programs["training"].steps)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(("mode", "kind"), ROWS)
def test_training_step(mode: str, kind: dict[str, Any], compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "compile_at_once", compiled)
    actual, steps = step(mode, kind)
    assert [(item.node.operator.name, item.kernel.library) for item in steps] == [
        ("RNN", "onednn"), ("_rnn_gradient", "onednn"),
    ]  # fmt: skip
    monkeypatch.setattr(settings, "fast_kernels", False)
    expected, _ = step(mode, kind)
    agree(actual, expected)


@pytest.mark.parametrize(("mode", "kind"), ROWS)
def test_inference(mode: str, kind: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Layers share memory that training keeps."""
    executor = bound(mode, kind, "null")
    actual = [array.asnumpy() for array in executor.forward()]
    assert [item.kernel.library for item in executor.programs["inference"].steps] == ["onednn"]
    monkeypatch.setattr(settings, "fast_kernels", False)
    agree(actual, [array.asnumpy() for array in bound(mode, kind, "null").forward()])


WIDE: list[tuple[str, dict[str, Any]]] = [(mode, {"num_layers": 2, "batch": 13}) for mode in MODES]
WIDE += [
    ("lstm", {"num_layers": 2, "bidirectional": True, "projection_size": 37, "batch": 8}),
    ("lstm", {"num_layers": 1, "lstm_state_clip_min": -0.1, "lstm_state_clip_max": 0.1, "batch": 9}),
    ("gru", {"num_layers": 1, "bidirectional": True, "batch": 9, "time": 1}),
]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize(("mode", "kind"), WIDE)
def test_parts_of_a_batch_on_threads_of_their_own(
    mode: str, kind: dict[str, Any], threads: int, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through two passes, the second with other weights."""
    monkeypatch.setattr(settings, "compile_at_once", compiled)
    monkeypatch.setattr(settings, "threads", threads)

    def passes() -> list[Any]:
        executor, rng, found = bound(mode, kind), np.random.default_rng(4), []
        for _ in range(2):
            outputs = executor.forward(is_train=True)
            executor.backward([mx.nd.array(rng.normal(size=output.shape)) for output in outputs])
            found += [array.asnumpy() for array in (*outputs, *executor.grad_arrays)]
            executor.arg_dict["parameters"][:] *= 0.9
        found += [array.asnumpy() for array in executor.forward()]
        return found

    actual = passes()
    monkeypatch.setattr(settings, "fast_kernels", False)
    agree(actual, passes())


def test_with_dropout_only_the_gradient_is_oneDNNs() -> None:
    def run() -> tuple[list[Any], list[Any]]:
        mx.random.seed(5)
        return step("gru", {"num_layers": 3, "bidirectional": True, "p": 0.5})

    actual, steps = run()
    assert [item.kernel is None for item in steps] == [True, False]
    settings.fast_kernels = False
    try:
        expected, _ = run()
    finally:
        settings.fast_kernels = True
    agree(actual, expected)


def test_small_steps_are_left_to_numpy() -> None:
    _, steps = step("lstm", {"num_layers": 1, "state_size": 4})
    assert [item.kernel for item in steps] == [None, None]
