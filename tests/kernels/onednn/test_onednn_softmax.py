"""softmax and its relatives by oneDNN against their reference forward."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbolnb.kernels.onednn import library
from symbolnb.ops.nn.softmax import SoftmaxGradient
from tests.kernels.onednn.engine import Network, agree, case, libraries

pytestmark = pytest.mark.skipif(not library.available(), reason=str(library.why_not()))

Shape = tuple[int, ...]

ROWS: list[tuple[str, list[Shape], dict[str, Any], str]] = [
    (name, [shape], {"axis": axis}, library)
    for name in ("softmax", "log_softmax")
    for shape, axis, library in (
        ((7, 11), -1, "onednn"), ((7, 11), 1, "onednn"), ((3, 5, 7), 2, "onednn"), ((64, 1000), -1, "onednn"),
        ((13,), 0, "onednn"), ((3, 5, 1), 1, "onednn"), ((7, 11), 0, "reference"), ((2, 3, 5, 7), 2, "reference"),
    )
]  # fmt: skip
ROWS += [
    ("SoftmaxOutput", [(64, 10), (64,)], {}, "onednn"),
    ("SoftmaxOutput", [(3, 4, 5), (3, 4)], {}, "onednn"),
    ("SoftmaxOutput", [(3, 4, 5), (3, 4)], {"preserve_shape": True}, "onednn"),
    ("SoftmaxOutput", [(2, 5), (2,)], {"multi_output": True}, "onednn"),
    ("SoftmaxOutput", [(2, 5, 3, 4), (2, 12)], {"multi_output": True}, "reference"),
]


@pytest.mark.parametrize(("operator", "inputs", "attributes", "server"), ROWS)
def test_forward(operator: str, inputs: list[Shape], attributes: dict[str, Any], server: str) -> None:
    program, actual, expected = case(operator, inputs, attributes)
    assert libraries(program) == [f"{operator}:{server}"]
    agree(actual, expected)


@pytest.mark.parametrize(("shape", "axis"), [((7, 11), -1), ((3, 5, 7), 2), ((64, 1000), -1)])
def test_gradient(shape: Shape, axis: int) -> None:
    rng = np.random.default_rng(2)
    network = Network()
    grad = network.variable("grad", rng.normal(size=shape).astype(np.float32))
    out = network.variable("out", rng.uniform(size=shape).astype(np.float32))
    program, actual, expected = network.results(network.call(SoftmaxGradient(axis=axis), "back", grad, out))
    assert libraries(program) == ["_softmax_gradient:onednn"]
    agree(actual, expected)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_extreme_numbers(name: str) -> None:
    network = Network()
    rows = [[1e30, 0, -1e30], [-np.inf, 0, 1], [-np.inf] * 3, [np.nan, 0, 1], [0, np.nan, 1], [np.inf, 0, 1]]
    x = network.variable("x", np.array(rows, np.float32))
    program, (actual,), (expected,) = network.results(network.call(name, "tested", x, axis=-1))
    assert libraries(program) == [f"{name}:onednn"]
    agree([actual[:3]], [expected[:3]])
    assert np.isnan(actual[3:]).any(axis=1).all()  # no NaN gets lost


@pytest.mark.parametrize("attributes", [{"temperature": 2.0}, {"dtype": "float64"}])
def test_what_is_left_to_the_reference(attributes: dict[str, Any]) -> None:
    program, actual, expected = case("softmax", [(5, 7)], attributes)
    assert libraries(program) == ["softmax:reference"]
    agree(actual, expected)
