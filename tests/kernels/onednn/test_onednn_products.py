"""FullyConnected, dot and batch_dot by oneDNN against their reference forward."""

from __future__ import annotations

from typing import Any

import pytest

from symbolnb.kernels.onednn import library
from tests.kernels.onednn.engine import agree, case, libraries

pytestmark = pytest.mark.skipif(not library.available(), reason=str(library.why_not()))

ROWS: list[tuple[str, list[tuple[int, ...]], dict[str, Any]]] = [
    ("FullyConnected", [(7, 31), (29, 31), (29,)], {"num_hidden": 29}),
    ("FullyConnected", [(7, 31), (29, 31)], {"num_hidden": 29, "no_bias": True}),
    ("FullyConnected", [(1, 131), (37, 131), (37,)], {"num_hidden": 37}),
    ("FullyConnected", [(1, 131), (37, 131)], {"num_hidden": 37, "no_bias": True}),
    ("FullyConnected", [(67, 67), (1, 67), (1,)], {"num_hidden": 1}),
    ("FullyConnected", [(5, 3, 7, 11), (13, 231), (13,)], {"num_hidden": 13}),
    ("FullyConnected", [(5, 3, 31), (17, 31), (17,)], {"num_hidden": 17, "flatten": False}),
    ("FullyConnected", [(4099, 1), (3, 1), (3,)], {"num_hidden": 3}),
    ("dot", [(13, 19), (19, 23)], {}),
    ("dot", [(19, 13), (19, 23)], {"transpose_a": True}),
    ("dot", [(13, 19), (23, 19)], {"transpose_b": True}),
    ("dot", [(19, 13), (23, 19)], {"transpose_a": True, "transpose_b": True}),
    ("dot", [(67, 1), (1, 71)], {}),
    ("batch_dot", [(3, 13, 11), (3, 11, 17)], {}),
    ("batch_dot", [(3, 11, 13), (3, 17, 11)], {"transpose_a": True, "transpose_b": True}),
    ("batch_dot", [(2, 3, 13, 11), (2, 3, 17, 11)], {"transpose_b": True}),
    ("batch_dot", [(1, 64, 5), (1, 5, 64)], {}),
]


@pytest.mark.parametrize(("operator", "inputs", "attributes"), ROWS)
def test_products(operator: str, inputs: list[tuple[int, ...]], attributes: dict[str, Any]) -> None:
    program, actual, expected = case(operator, inputs, attributes)
    assert libraries(program) == [f"{operator}:onednn"]
    agree(actual, expected)


@pytest.mark.parametrize(
    ("operator", "inputs", "attributes"),
    [
        ("FullyConnected", [(2, 3), (5, 3), (5,)], {"num_hidden": 5}),
        ("dot", [(1, 2000), (2000, 300)], {}),
        ("dot", [(2000,), (2000,)], {}),
        ("dot", [(7, 11, 13), (13, 17)], {}),
        ("batch_dot", [(2, 3, 5), (2, 5, 3)], {}),
    ],
)
def test_small_or_narrow_products_are_left_to_numpy(
    operator: str, inputs: list[tuple[int, ...]], attributes: dict[str, Any]
) -> None:
    program, actual, expected = case(operator, inputs, attributes)
    assert libraries(program) == [f"{operator}:reference"]
    agree(actual, expected)
