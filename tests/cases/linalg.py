"""Rows of linear algebra on stacks of matrices; tests/test_linalg.py checks gradients of symmetric matrices."""

from __future__ import annotations

import numpy as np

from tests.cases.row import Bad, Row, Values, array

T, R, U = {"transpose": True}, {"rightside": True}, {"lower": False}
A, B = {"transpose_a": True}, {"transpose_b": True}


def definite(seed: int, *shape: int) -> Values:
    """Symmetric positive definite matrices whose eigenvalues are well apart."""
    side = shape[-1]
    base = np.random.RandomState(seed).standard_normal(shape)
    made = 0.1 * base @ base.swapaxes(-1, -2) + np.diag(np.arange(1.0, side + 1))
    return array(made)


def regular(seed: int, *shape: int) -> Values:
    """Square matrices that are far from singular, some of them with negative determinants."""
    side = shape[-1]
    signs = np.diag([(-1.0) ** (seed * place) for place in range(side)])
    return array(0.3 * np.random.RandomState(seed).standard_normal(shape) + 2 * signs)


ROWS = [
    Row("_linalg_gemm2", parameters, {"A": a, "B": b})
    for parameters, a, b in (
        ({}, (2, 3), (3, 5)),
        (A, (3, 2), (3, 5)),
        (B, (2, 3), (5, 3)),
        (A | B | {"alpha": -0.5}, (3, 2), (5, 3)),
        ({"alpha": 2.0}, (7, 2, 3), (7, 3, 5)),
        ({}, (2, 1, 2, 3), (2, 1, 3, 5)),
        ({"axis": 0}, (2, 7, 3), (3, 7, 5)),
        ({"axis": -3}, (2, 7, 3), (3, 7, 5)),
        (A | {"axis": 1}, (7, 3, 2, 2), (7, 3, 2, 5)),
        (B | {"axis": 0}, (2, 7, 3), (5, 7, 3)),
        (A | B | {"axis": 0}, (3, 7, 2), (5, 7, 3)),
    )
]
ROWS += [
    Row("_linalg_gemm", parameters, {"A": a, "B": b, "C": c})
    for parameters, a, b, c in (
        ({}, (2, 3), (3, 5), (2, 5)),
        (A | {"alpha": 2.0, "beta": 3.0}, (3, 2), (3, 5), (2, 5)),
        (B | {"beta": 0.0}, (2, 3), (5, 3), (2, 5)),
        (A | B, (7, 3, 2), (7, 5, 3), (7, 2, 5)),
        ({"axis": 0, "alpha": -1.0}, (2, 7, 3), (3, 7, 5), (2, 7, 5)),
    )
]
ROWS += [
    Row("_linalg_syrk", parameters, {"A": shape})
    for parameters, shape in (({}, (2, 3)), (T, (2, 3)), (T | {"alpha": 0.5}, (7, 2, 3)), ({}, (2, 1, 3, 2)))
]
for name in ("_linalg_trmm", "_linalg_trsm"):
    ROWS += [
        Row(name, parameters, {"A": regular(seed, *a), "B": b})
        for seed, (parameters, a, b) in enumerate(
            (
                ({}, (3, 3), (3, 5)),
                (T, (3, 3), (3, 5)),
                (U, (3, 3), (3, 5)),
                (T | U | {"alpha": 2.0}, (3, 3), (3, 5)),
                (R, (3, 3), (5, 3)),
                (R | T, (3, 3), (5, 3)),
                (R | U, (3, 3), (5, 3)),
                (R | T | U | {"alpha": -0.5}, (3, 3), (5, 3)),
                ({}, (2, 3, 3), (2, 3, 5)),
                (R, (2, 1, 3, 3), (2, 1, 5, 3)),
            )
        )
    ]
ROWS += [
    Row("_linalg_trsm", {}, {"A": array(np.eye(70) * 2 + np.tri(70, k=-1) * 0.1), "B": (70, 1)}, note="halved"),
    Row("_linalg_potrf", {}, {"A": definite(1, 3, 3)}, gradient="golden"),
    Row("_linalg_potrf", {}, {"A": definite(2, 2, 5, 5)}, gradient="golden"),
    Row("_linalg_potrf", {}, {"A": definite(3, 1, 1)}, gradient="golden"),
    Row("_linalg_potrf", {}, {"A": array([[2, 9], [1, 3]])}, gradient="none", note="the lower triangle"),
    Row("_linalg_potri", {}, {"A": regular(2, 3, 3)}),
    Row("_linalg_potri", {}, {"A": regular(4, 2, 1, 5, 5)}),
    Row("_linalg_gelqf", {}, {"A": (2, 5)}),
    Row("_linalg_gelqf", {}, {"A": regular(3, 3, 3)}),
    Row("_linalg_gelqf", {}, {"A": (2, 1, 2, 3)}),
    Row("_linalg_syevd", {}, {"A": definite(4, 3, 3)}, gradient="golden"),
    Row("_linalg_syevd", {}, {"A": definite(5, 2, 5, 5)}, gradient="golden"),
    Row("_linalg_syevd", {}, {"A": array([[0, 7], [-1, 0]])}, gradient="none", note="a tie, the lower triangle"),
    Row("_linalg_syevd", {}, {"A": array(np.eye(3))}, gradient="none", note="one eigenvalue"),
    Row("_linalg_inverse", {}, {"A": regular(1, 3, 3)}),
    Row("_linalg_inverse", {}, {"A": regular(2, 2, 1, 5, 5)}),
    Row("_linalg_det", {}, {"A": regular(1, 2, 2)}),
    Row("_linalg_det", {}, {"A": regular(2, 3, 5, 5)}),
    Row("_linalg_det", {}, {"A": regular(3, 2, 3, 1, 1)}),
    Row("_linalg_det", {}, {"A": array([[[1, 2], [2, 4]], [[1, 0], [0, 2]]])}, gradient="golden", note="singular"),
    Row("_linalg_slogdet", {}, {"A": regular(1, 2, 2)}),
    Row("_linalg_slogdet", {}, {"A": regular(2, 3, 5, 5)}),
    Row("_linalg_slogdet", {}, {"A": array([[[1, 2], [2, 4]], [[1, 0], [0, 2]]])}, gradient="golden", note="singular"),
    Row("_linalg_sumlogdiag", {}, {"A": definite(6, 3, 3)}),
    Row("_linalg_sumlogdiag", {}, {"A": definite(7, 2, 3, 3)}),
    Row("_linalg_sumlogdiag", {}, {"A": definite(8, 1, 2, 3, 3)}),
]
for offset in (0, 1, -2):
    ROWS += [
        Row(f"_linalg_{name}", {"offset": offset}, {"A": shape})
        for name, shape in (
            ("extractdiag", (5, 5)),
            ("extractdiag", (2, 3, 3)),
            ("makediag", (3,)),
            ("makediag", (2, 3)),
            ("extracttrian", (5, 5)),
            ("extracttrian", (2, 1, 3, 3)),
            ("maketrian", (6,)),
            ("maketrian", (2, 10)),
        )
    ]
    ROWS += [
        Row("_linalg_extracttrian", {"offset": offset, "lower": False}, {"A": (2, 5, 5)}),
        Row("_linalg_maketrian", {"offset": offset, "lower": False}, {"A": (2, 10)}),
    ]
ROWS += [
    Row(name, {}, inputs, golden=False, gradient="numerical", smooth=False, note="empty")
    for name, inputs in (
        ("_linalg_gemm2", {"A": (0, 2, 3), "B": (0, 3, 2)}),
        ("_linalg_gemm2", {"A": (2, 0), "B": (0, 2)}),
        ("_linalg_trsm", {"A": (0, 2, 2), "B": (0, 2, 3)}),
        ("_linalg_potrf", {"A": (0, 2, 2)}),
        ("_linalg_syevd", {"A": (0, 2, 2)}),
        ("_linalg_gelqf", {"A": (0, 2, 3)}),
        ("_linalg_inverse", {"A": (0, 2, 2)}),
        ("_linalg_det", {"A": (0, 2, 2)}),
        ("_linalg_extracttrian", {"A": (0, 2, 2)}),
    )
]

BAD = [
    Bad(
        "_linalg_gemm2",
        "_linalg_gemm2 'node': axis is 1 but must name one before the last of 2 axes [A (3, 4), B (4, 5)]",
        parameters={"axis": 1},
        inputs={"A": (3, 4), "B": (4, 5)},
    ),
    Bad(
        "_linalg_gemm2",
        (
            "_linalg_gemm2 'node': all arrays must have the same number of dimensions: A (3, 4), B (2, 4, 5) "
            "[A (3, 4), B (2, 4, 5)]"
        ),
        inputs={"A": (3, 4), "B": (2, 4, 5)},
    ),
    Bad(
        "_linalg_gemm2",
        (
            "_linalg_gemm2 'node': the axes before those of the matrices must be the same for all: (1,) and (2,) "
            "differ [A (1, 3, 4), B (2, 4, 5)]"
        ),
        inputs={"A": (1, 3, 4), "B": (2, 4, 5)},
    ),
    Bad(
        "_linalg_gemm",
        "_linalg_gemm 'node': C ('C') is (2, 5) but A (3, 4), B (4, 5) needs (3, 5)",
        inputs={"A": (3, 4), "B": (4, 5), "C": (2, 5)},
    ),
    Bad(
        "_linalg_trmm",
        "_linalg_trmm 'node': A is (2, 3) but its last two axes must have one size [A (2, 3), B (3, 5)]",
        inputs={"A": (2, 3), "B": (3, 5)},
    ),
    Bad(
        "_linalg_trsm",
        "_linalg_trsm 'node': A is (3, 3) but B (3, 5) needs one of side 5 [A (3, 3), B (3, 5)]",
        parameters={"rightside": True},
        inputs={"A": (3, 3), "B": (3, 5)},
    ),
    Bad(
        "_linalg_potrf",
        "_linalg_potrf 'node': A is (2, 3) but its last two axes must have one size [A (2, 3)]",
        inputs={"A": (2, 3)},
    ),
    Bad(
        "_linalg_gelqf",
        "_linalg_gelqf 'node': A is (3, 2) but must not have more rows than columns [A (3, 2)]",
        inputs={"A": (3, 2)},
    ),
    Bad(
        "_linalg_syevd",
        "_linalg_syevd 'node': the element type is int32 but must be a floating point type [A int32]",
        inputs={"A": (2, 2)},
        dtypes={"A": "int32"},
        error="DTypeError",
    ),
    Bad(
        "_linalg_det",
        "_linalg_det 'node': the element type is int64 but must be a floating point type [A int64]",
        inputs={"A": (2, 2)},
        dtypes={"A": "int64"},
        error="DTypeError",
    ),
    Bad(
        "_linalg_sumlogdiag",
        "_linalg_sumlogdiag 'node': A is (2, 3) but its last two axes must have one size [A (2, 3)]",
        inputs={"A": (2, 3)},
    ),
    Bad(
        "_linalg_inverse",
        "_linalg_inverse 'node' failed with A (2, 2) float32: Singular matrix",
        inputs={"A": (2, 2)},
        error="MXNetError",
    ),
    Bad(
        "_linalg_extractdiag",
        "_linalg_extractdiag 'node': offset is 3 but the matrices of (3, 3) have no such diagonal [A (3, 3)]",
        parameters={"offset": 3},
        inputs={"A": (3, 3)},
    ),
    Bad(
        "_linalg_maketrian", "_linalg_maketrian 'node': 4 elements do not fill a triangle [A (4,)]", inputs={"A": (4,)}
    ),
    Bad(
        "_linalg_makediag",
        "_linalg_makediag: parameter offset is 'x' but must be an integer",
        parameters={"offset": "x"},
        inputs={"A": (4,)},
        error="ParameterError",
    ),
]
