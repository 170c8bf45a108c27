"""Rows of the elementwise operators."""

from __future__ import annotations

import numpy as np

from tests.cases.row import Bad, Row, apart, array, integers, normal, uniform

ROWS = [
    Row("elemwise_add", {}, {"lhs": (2, 3), "rhs": (2, 3)}, oracle=lambda x, y: x + y),
    Row("elemwise_add", {}, {"lhs": (0, 3), "rhs": (0, 3)}, golden=False, gradient="numerical"),
    Row("exp", {}, {"data": (2, 3)}),
    Row("_plus_scalar", {"scalar": 1.5}, {"data": array([-3, -1, 0, 2, 5])}, dtypes=["int32"], gradient="none"),
    Row("log", {}, {"data": uniform(0.5, 4, 2, 1, 5)}, oracle=np.log),
    Row("broadcast_mul", {}, {"lhs": (2, 1, 3), "rhs": (1, 5, 3)}),
]
BAD = [
    Bad("elemwise_add", "elemwise_add 'node': (2, 3) and (3, 2) differ [lhs (2, 3), rhs (3, 2)]", inputs={"lhs": (2, 3), "rhs": (3, 2)}),
    Bad("_plus_scalar", "_plus_scalar: parameter scalar is 'x' but must be a number", {"scalar": "x"}, {"data": (2,)}, error="ParameterError"),
]
