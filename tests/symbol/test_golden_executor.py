"""Executors do what MXNet 1.9.1's do: binding, gradients, shared arrays, reshaping, errors."""

from typing import Any

import numpy as np
import pytest

from tests.symbol.golden_cases import check_error, read, run

ANSWERS = read("executor.json")
PRELUDE = ANSWERS["prelude"]


def assert_same(got: Any, expected: Any) -> None:
    """Nested dicts and lists with arrays in them; floats to 1e-5 relative."""
    if isinstance(expected, dict):
        assert set(got) == set(expected)
        for key, value in expected.items():
            assert_same(got[key], value)
    elif isinstance(got, np.ndarray):
        want = np.asarray(expected, dtype=got.dtype).reshape(got.shape)
        np.testing.assert_allclose(got, want, rtol=1e-3 if got.dtype == np.float16 else 1e-5, atol=1e-6)
    elif isinstance(expected, list):
        assert len(got) == len(expected)
        for one, other in zip(got, expected, strict=True):
            assert_same(one, other)
    else:
        assert got == expected


@pytest.mark.parametrize("case", ANSWERS["programs"], ids=lambda case: case["case"])
def test_program(case: dict[str, Any]) -> None:
    assert_same(run(case["code"], PRELUDE)["result"], case["result"])


@pytest.mark.parametrize("case", ANSWERS["errors"], ids=lambda case: case["code"])
def test_error(case: dict[str, Any]) -> None:
    check_error(case, PRELUDE)
