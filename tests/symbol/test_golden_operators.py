"""Operators at their corners give MXNet 1.9.1's outputs, gradients and auxiliary states."""

from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from tests.symbol.golden_cases import read, run

ANSWERS = read("operators.json")
# Half the spacing of float16 at 1 is 5e-4; float64 there comes from float32 inputs.
TOLERANCE = {"float16": 1e-3}


def array(text: dict[str, Any]) -> np.ndarray[Any, Any]:
    return np.array(text["data"], dtype=text["dtype"]).reshape(text["shape"])


def head(shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """The head gradients that the golden answers were made with."""
    return (1 + np.arange(int(np.prod(shape)), dtype="float32") / 2).reshape(shape)


def assert_close(got: np.ndarray[Any, Any], expected: dict[str, Any]) -> None:
    want = array(expected)
    assert got.dtype == want.dtype
    assert got.shape == want.shape
    if want.dtype.kind in "iub":
        np.testing.assert_array_equal(got, want)
    else:
        np.testing.assert_allclose(got, want, rtol=TOLERANCE.get(want.dtype.name, 1e-5), atol=1e-6)


@pytest.mark.parametrize("case", ANSWERS, ids=lambda case: case["expression"])
def test_operator(case: dict[str, Any]) -> None:
    inputs = {name: array(text) for name, text in case["inputs"].items()}
    net = run("net = " + case["expression"], "", **{k: mx.sym.Variable(k) for k in inputs})["net"]
    bound = {k: mx.nd.array(v, dtype=v.dtype) for k, v in inputs.items()}
    gradients = {k: mx.nd.zeros(bound[k].shape, dtype=bound[k].dtype) for k in case["gradients"]}
    executor = net.bind(
        mx.cpu(),
        {k: bound[k] for k in net.list_arguments()},
        args_grad=gradients,
        grad_req=dict.fromkeys(gradients, "write"),
        aux_states={k: bound[k] for k in net.list_auxiliary_states()},
    )
    outputs = executor.forward(is_train=case["is_train"])
    for got, expected in zip(outputs, case["outputs"], strict=True):
        assert_close(got.asnumpy(), expected)
    if gradients:
        executor.backward([mx.nd.array(head(o.shape), dtype=o.dtype) for o in outputs])
        for name, expected in case["gradients"].items():
            assert_close(gradients[name].asnumpy(), expected)
    for name, expected in case.get("auxiliary", {}).items():
        assert_close(executor.aux_dict[name].asnumpy(), expected)
