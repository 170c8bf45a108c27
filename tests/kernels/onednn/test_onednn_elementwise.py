"""Elementwise operators by oneDNN against their reference forward."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbolnb.kernels.onednn import library
from symbolnb.kernels.onednn.elementwise import SMALLEST
from tests.kernels.onednn.engine import Network, agree, case, libraries

pytestmark = pytest.mark.skipif(not library.available(), reason=str(library.why_not()))

SHAPES = [(SMALLEST + 7,), (1, 3, 111, 113), (37, 1, 7, 131)]
ROWS: list[tuple[str, int, dict[str, Any]]] = [
    ("Activation", 1, {"act_type": "relu"}),
    ("Activation", 1, {"act_type": "sigmoid"}),
    ("Activation", 1, {"act_type": "tanh"}),
    ("Activation", 1, {"act_type": "softrelu"}),
    ("_activation_gradient", 2, {"act_type": "relu"}),
    ("_activation_gradient", 2, {"act_type": "sigmoid"}),
    ("_activation_gradient", 2, {"act_type": "tanh"}),
    ("elemwise_add", 2, {}),
    ("add_n", 3, {"num_args": 3}),
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("operator", "count", "attributes"), ROWS)
def test_elementwise(operator: str, count: int, attributes: dict[str, Any], shape: tuple[int, ...]) -> None:
    program, actual, expected = case(operator, [shape] * count, attributes)
    assert libraries(program) == [f"{operator}:onednn"]
    agree(actual, expected)


@pytest.mark.parametrize(("operator", "count", "attributes"), ROWS)
def test_small_arrays_are_left_to_numpy(operator: str, count: int, attributes: dict[str, Any]) -> None:
    program, actual, expected = case(operator, [(3, 5)] * count, attributes)
    assert libraries(program) == [f"{operator}:reference"]
    agree(actual, expected)


@pytest.mark.parametrize("kind", ["relu", "sigmoid", "tanh", "softrelu"])
def test_extreme_values(kind: str) -> None:
    values = np.zeros(SMALLEST, np.float32)
    values[:12] = [
        0.5 if kind == "relu" else np.nan,
        np.inf,
        -np.inf,
        0.0,
        -0.0,
        1e-30,
        -1e-30,
        1e30,
        -1e30,
        88.5,
        -88.5,
        1e-7,
    ]
    network = Network()
    head = network.call("Activation", "f", network.variable("data", values), act_type=kind)
    program, actual, expected = network.results(head)
    assert libraries(program) == ["Activation:onednn"]
    agree(actual, expected)


def test_relu_of_nan_is_zero_as_in_mxnet() -> None:
    network = Network()
    values = network.variable("data", np.full((SMALLEST,), np.nan, np.float32))
    program = network.compiled(network.call("Activation", "f", values, act_type="relu"))
    np.testing.assert_array_equal(network.run(program)[0], 0)


def test_other_types_are_left_to_others() -> None:
    network = Network()
    data = network.variable("data", np.ones((SMALLEST,), np.float64))
    head = network.call("Activation", "f", data, act_type="relu")
    assert not any("onednn" in step for step in libraries(network.compiled(head)))


def test_softsign_is_left_to_others() -> None:
    program, actual, expected = case("Activation", [(SMALLEST,)], {"act_type": "softsign"})
    assert not any("onednn" in step for step in libraries(program))
    agree(actual, expected)
