"""Rows of the operators that loops and branches are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.row import Bad, Row, array

YES, NO = array([0.5], "float32"), array([0], "int32")


def _choose(condition: Any, first: Any, second: Any) -> Any:
    return first if condition[0] else second


def _keep_if(condition: Any, data: Any, when: bool = True) -> Any:
    return data if bool(condition[0]) is when else np.zeros_like(data)


def _gate(data: Any, condition: Any, when: bool = True) -> Any:
    return data


ROWS = [
    *(
        Row("_choose", {}, {"condition": condition, "first": shape, "second": shape}, _choose, False, "numerical")
        for condition in (YES, NO)
        for shape in ((2, 3), (0, 3))
    ),
    *(
        Row("_keep_if", {"when": when}, {"condition": condition, "data": (2, 3)}, _keep_if, False, "numerical")
        for condition in (YES, NO)
        for when in (True, False)
    ),
    Row("_gate", {}, {"data": (2, 3), "condition": YES}, _gate, False, "numerical"),
    Row("_gate", {"when": False}, {"data": (2, 3), "condition": NO}, _gate, False, "numerical"),
    Row("_gate", {}, {"data": (2, 3), "condition": NO}, _gate, False, "none"),
]

BAD = [
    Bad(
        "_choose",
        "_choose 'node': the condition has shape (2,) but must be a single number "
        "[condition (2,), first (2, 3), second ?]",
        inputs={"condition": (2,), "first": (2, 3), "second": None},
    ),
    Bad(
        "_choose",
        "_choose 'node': (2, 3) and (4, 3) differ [condition (1,), first (2, 3), second (4, 3)]",
        inputs={"condition": (1,), "first": (2, 3), "second": (4, 3)},
    ),
]
