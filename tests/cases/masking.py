"""Rows of the operators whose output has a size that values decide."""

from __future__ import annotations

import numpy as np

from tests.cases.row import Bad, Row, array


def _masked(data: np.ndarray, index: np.ndarray, axis: int = 0) -> np.ndarray:
    return np.compress(index != 0, data, axis=axis)


ROWS = [
    Row("_contrib_boolean_mask", {}, {"data": (5, 3), "index": array([1, 0, 2, -1, 0], "float32")}),
    Row("_contrib_boolean_mask", {}, {"data": (5,), "index": array([1, 0, 2, -1, 0], "float32")}),
    Row("_contrib_boolean_mask", {}, {"data": (2, 3, 5), "index": array([0, 1], "int32")}),
    Row("_contrib_boolean_mask", {}, {"data": (3, 2), "index": array([0.5, 0, np.nan], "float32")}, note="fractions"),
    Row("_contrib_boolean_mask", {}, {"data": (3, 2), "index": array([1, 1, 1], "uint8")}),
    Row("_contrib_boolean_mask", {}, {"data": (1, 2), "index": array([1], "int64")}),
    Row(
        "_contrib_boolean_mask",
        {"axis": 0},
        {"data": (3, 2), "index": array([1, 0, 1], "int8")},
        gradient="none",
        dtypes=["int32"],
    ),
    Row(
        "_contrib_boolean_mask",
        {"axis": -1},
        {"data": (2, 3), "index": array([1, 0, 1], "float32")},
        oracle=_masked,
        golden=False,
        gradient="numerical",
    ),
    Row(
        "_contrib_boolean_mask",
        {"axis": 1},
        {"data": (2, 3, 5), "index": array([0, 1, 1], "float32")},
        oracle=_masked,
        golden=False,
        gradient="numerical",
    ),
    Row(
        "_contrib_boolean_mask",
        {},
        {"data": (3, 2), "index": array([0, 0, 0], "float32")},
        oracle=_masked,
        golden=False,
        gradient="numerical",
        note="nothing",
    ),
]

BAD = [
    Bad(
        "_contrib_boolean_mask",
        "_contrib_boolean_mask 'node': index ('index') is (4,) but data (5, 3) needs (5,)",
        {},
        {"data": (5, 3), "index": (4,)},
    ),
    Bad(
        "_contrib_boolean_mask",
        "_contrib_boolean_mask 'node': index is (5, 1) but must have 1 dimension [data (5, 3), index (5, 1)]",
        {},
        {"data": (5, 3), "index": (5, 1)},
    ),
    Bad(
        "_contrib_boolean_mask",
        "_contrib_boolean_mask 'node': axis is 2 but the array has 2 dimensions [data (5, 3), index (5,)]",
        {"axis": 2},
        {"data": (5, 3), "index": (5,)},
    ),
]
