"""Sizes of 0: every row of the families that know them gives what MXNet gives when it allows them (`np_shape`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from tests.cases.run import Case, operator_of
from tests.golden import empty_cases
from tests.test_operators import close, wanted_of

GOLDEN = {key: found for key, *found in json.loads((Path(__file__).parent / "golden" / "empty.json").read_text())}
CASES = list(empty_cases.cases())
SPECIAL = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf}


def test_every_case_was_asked() -> None:
    assert [case.key for case in CASES] == list(GOLDEN)


def _array(dtype: str, shape: list[int], values: list[str]) -> np.ndarray[Any, Any]:
    numbers = [SPECIAL[value] if value in SPECIAL else json.loads(value) for value in values]
    return np.array(numbers, dtype).reshape(shape)


def _run(case: empty_cases.Case, backward: bool) -> list[Any]:
    """The outputs, and the gradients of the row's inputs for heads of ones."""
    operator = operator_of(case.row)
    arrays = [array.copy() for array in case.arrays]
    plain = Case(operator, arrays, [])
    outputs = plain.run([])
    if not backward:
        return outputs
    again = Case(operator, [array.copy() for array in case.arrays], [np.ones(out.shape, out.dtype) for out in outputs],
                 wanted_of(case.row, operator))  # fmt: skip
    return again.run(again.first_order())


@pytest.mark.parametrize("case", [pytest.param(case, id=case.key) for case in CASES])
def test_without_some_size(case: empty_cases.Case) -> None:
    outputs, grads = GOLDEN[case.key]
    wanted = [_array(*each) for each in (*(outputs or ()), *(grads or ()))]
    try:
        found = _run(case, case.row.gradient != "none")
    except mx.MXNetError:
        assert outputs is None, "MXNet computes it"
        return
    for one, answer in zip(found, wanted, strict=False):
        assert one.dtype == answer.dtype
        close(one, answer, one.dtype.name)
