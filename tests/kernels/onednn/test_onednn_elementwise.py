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
    ("relu", 1, {}),
    ("sigmoid", 1, {}),
    ("tanh", 1, {}),
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


@pytest.mark.parametrize("operator", ["relu", "sigmoid", "tanh"])
def test_extreme_values(operator: str) -> None:
    values = np.zeros(SMALLEST, np.float32)
    values[:12] = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-30, -1e-30, 1e30, -1e30, 88.5, -88.5, 1e-7]
    network = Network()
    head = network.call(operator, "f", network.variable("data", values))
    program, actual, expected = network.results(head)
    assert libraries(program) == [f"{operator}:onednn"]
    agree(actual, expected)


def test_other_types_are_left_to_numpy() -> None:
    network = Network()
    head = network.call("relu", "f", network.variable("data", np.ones((SMALLEST,), np.float64)))
    assert libraries(network.compiled(head)) == ["relu:reference"]
