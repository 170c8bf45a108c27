"""Arrays against the answers of MXNet 1.9.1: indexing, arithmetic, types, shapes, creation, printing."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from tests.ndarray.expressions import GOLDEN, evaluate, expressions

ANSWERS: dict[str, Any] = json.loads(GOLDEN.read_text())


def agree(found: Any, wanted: Any) -> None:
    """Assert equality; elements of floating point arrays may differ in the last places."""
    if isinstance(wanted, dict):
        assert (found["shape"], found["dtype"]) == (wanted["shape"], wanted["dtype"])
        exact = not wanted["dtype"].startswith("float")
        close = np.array_equal if exact else np.testing.assert_allclose
        assert close(np.array(found["elements"]), np.array(wanted["elements"]), *([] if exact else [1e-6])) is not False
    elif isinstance(wanted, list):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            agree(one, other)
    else:
        assert found == wanted
        assert type(found) is type(wanted)


def test_golden_answers_are_up_to_date() -> None:
    assert list(ANSWERS) == list(dict.fromkeys(expressions()))


@pytest.mark.parametrize("code", ANSWERS)
def test_expression(code: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        agree(evaluate(code, mx, np), ANSWERS[code])
