"""Rows of the operators that draw random arrays: shapes and types; tests/ndarray checks what is drawn."""

from __future__ import annotations

from tests.cases.row import Bad, Row

DRAWN = [
    ("_random_uniform", {"shape": (2, 3)}),
    ("_random_uniform", {"shape": 3, "low": -1, "high": 2.5, "dtype": "float16"}),
    ("_random_normal", {"shape": (2, 3), "loc": 1, "scale": 0.5}),
    ("_random_normal", {"shape": (3,), "dtype": "float64"}),
    ("_random_randint", {"shape": (2, 3), "low": -2, "high": 5}),
    ("_random_randint", {"shape": (3,), "low": 0, "high": 1, "dtype": "int64"}),
]

ROWS = [Row(name, parameters, golden=False, gradient="none", dtypes=("float32",)) for name, parameters in DRAWN]

BAD = [
    Bad(
        "_random_uniform",
        "_random_uniform: low is 2 but must not be above high, 1",
        {"low": 2, "shape": 3},
        error="ParameterError",
    ),
    Bad(
        "_random_normal",
        "_random_normal: scale is 0 but must be above 0",
        {"scale": 0, "shape": 3},
        error="ParameterError",
    ),
    Bad(
        "_random_randint",
        "_random_randint: low is 3 but must be below high, 3",
        {"low": 3, "high": 3},
        error="ParameterError",
    ),
]
