"""Rows of the matrix products."""

from __future__ import annotations

import numpy as np

from tests.cases.row import Bad, Row

A, B = {"transpose_a": True}, {"transpose_b": True}

ROWS = [
    Row("dot", parameters, {"lhs": lhs, "rhs": rhs})
    for parameters, lhs, rhs in (
        ({}, (2, 3), (3, 5)),
        ({}, (1, 1), (1, 1)),
        ({}, (3,), (3,)),
        ({}, (3,), (3, 5)),
        ({}, (2, 3), (3,)),
        (A, (3,), (3, 5)),
        (B, (2, 3), (3,)),
        (A, (3, 2), (3, 5)),
        (B, (2, 3), (5, 3)),
        (A | B, (3, 2), (5, 3)),
        ({}, (2, 3, 5), (5, 7)),
        ({}, (2, 3), (3, 5, 7)),
        ({}, (2, 3, 5), (5, 2, 3)),
        (A, (2, 3, 5), (2, 7)),
        (B, (2, 3, 5), (2, 7, 5)),
        (A | B, (2, 3, 5), (3, 7, 2)),
        ({"forward_stype": "default"}, (2, 3), (3, 5)),
    )
]
ROWS += [
    Row(
        "dot",
        {"forward_stype": "csr"},
        {"lhs": (2, 3), "rhs": (3, 5)},
        golden=False,
        gradient="numerical",
        oracle=lambda x, y, **_: x @ y,
    ),
    Row("dot", {}, {"lhs": (0, 3), "rhs": (3, 5)}, golden=False, gradient="numerical"),
    Row("dot", {}, {"lhs": (2, 0), "rhs": (0, 5)}, golden=False, gradient="numerical", oracle=lambda x, y: x @ y),
    Row(
        "dot",
        {},
        {"lhs": (2, 3), "rhs": (3, 5)},
        golden=False,
        gradient="none",
        dtypes=["int32"],
        note="integers",
        oracle=lambda x, y: np.matmul(x, y),
    ),
    Row("dot", {}, {"lhs": (2, 503), "rhs": (503, 1)}, note="rounding adds up"),
]
ROWS += [
    Row("batch_dot", parameters, {"lhs": lhs, "rhs": rhs})
    for parameters, lhs, rhs in (
        ({}, (2, 3, 5), (2, 5, 7)),
        (A, (2, 5, 3), (2, 5, 7)),
        (B, (2, 3, 5), (2, 7, 5)),
        (A | B, (2, 5, 3), (2, 7, 5)),
        ({}, (1, 1, 1), (1, 1, 1)),
        ({}, (1, 2, 3, 5), (1, 2, 5, 3)),
        ({"forward_stype": "default"}, (2, 3, 5), (2, 5, 7)),
    )
]
ROWS += [Row("batch_dot", {}, {"lhs": (0, 3, 5), "rhs": (0, 5, 7)}, golden=False, gradient="numerical")]

BAD = [
    Bad(
        "dot",
        "dot 'node': lhs (2, 3) is summed over an axis of size 3, rhs (2, 3) over 2 [lhs (2, 3), rhs (2, 3)]",
        {},
        {"lhs": (2, 3), "rhs": (2, 3)},
    ),
    Bad(
        "dot",
        "dot 'node': lhs (1,) is summed over an axis of size 1, rhs (3, 4) over 3 [lhs (1,), rhs (3, 4)]",
        {},
        {"lhs": (1,), "rhs": (3, 4)},
    ),
    Bad(
        "dot",
        "dot 'node': two vectors cannot be transposed [lhs (3,), rhs (3,)]",
        {"transpose_a": True},
        {"lhs": (3,), "rhs": (3,)},
    ),
    Bad(
        "dot",
        "dot 'node': rhs ('rhs') is float32 but lhs float64 needs float64",
        {},
        {"lhs": (2, 3), "rhs": (3, 5)},
        dtypes={"lhs": "float64", "rhs": "float32"},
        error="DTypeError",
    ),
    Bad(
        "dot",
        "dot: parameter forward_stype is 'x' but must be one of 'csr', 'default', 'row_sparse' or None",
        {"forward_stype": "x"},
        {"lhs": (2, 3), "rhs": (3, 5)},
        error="ParameterError",
    ),
    Bad(
        "batch_dot",
        "batch_dot 'node': lhs is (2, 3) but needs at least 3 dimensions [lhs (2, 3), rhs (3, 4)]",
        {},
        {"lhs": (2, 3), "rhs": (3, 4)},
    ),
    Bad(
        "batch_dot",
        "batch_dot 'node': rhs ('rhs') is (2, 3, 4) but lhs (2, 3, 4) needs (2, 4, 4)",
        {},
        {"lhs": (2, 3, 4), "rhs": (2, 3, 4)},
    ),
    Bad(
        "batch_dot",
        "batch_dot 'node': rhs ('rhs') is (1, 4, 5) but lhs (2, 3, 4) needs (2, 4, 5)",
        {},
        {"lhs": (2, 3, 4), "rhs": (1, 4, 5)},
    ),
    Bad(
        "batch_dot",
        (
            "batch_dot 'node': lhs, rhs and the result must have the same number of dimensions [lhs (2, "
            "3, 4), rhs (1, 2, 4, 5)]"
        ),
        {},
        {"lhs": (2, 3, 4), "rhs": (1, 2, 4, 5)},
    ),
]
