"""Rows of the operators that sort, that take diagonals and running sums, and that work on positions."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.row import Bad, Row, apart, array, integers

TIES = array([[3, 1, 2, 1], [9, 8, 9, 7]], "float32")
AXES: tuple[dict[str, Any], ...] = ({}, {"axis": 0}, {"axis": 1}, {"axis": None}, {"axis": -2})
# Where no axis is given, the gradient of sort fails in MXNet.
ROWS = [
    Row(
        operator,
        {**axis, **given},
        {"data": apart(-3, 4, 3, 5)},
        gradient=kind if axis or kind == "none" else "numerical",
    )
    for operator, kind in (("sort", "both"), ("argsort", "none"))
    for axis in AXES
    for given in ({}, {"is_ascend": False})
]
ROWS += [
    Row(operator, given, {"data": TIES}, gradient="none", note="ties")
    for operator in ("sort", "argsort", "topk")
    for given in ({}, {"is_ascend": False}, {"is_ascend": True})
]
ROWS += [
    Row(operator, {}, {"data": array([3, np.nan, 1], "float32")}, gradient="none", note="nan")
    for operator in ("sort", "argsort")
]
ROWS += [
    Row("argsort", {"dtype": dtype}, {"data": apart(-3, 4, 2, 5)}, gradient="none")
    for dtype in ("float16", "float32", "float64", "int32", "int64", "uint8")
]
ROWS += [
    Row(operator, given, {"data": integers(0, 9, 2, 5)}, gradient="none", dtypes=["int32", "int64", "uint8"])
    for operator, given in (("sort", {"is_ascend": False}), ("argsort", {}), ("topk", {"k": 2, "ret_typ": "both"}))
]
ROWS += [
    Row("topk", {"ret_typ": kind, **given}, {"data": apart(-3, 4, 3, 5)})
    for kind in ("indices", "value", "both", "mask")
    for given in (
        {},
        {"k": 2},
        {"k": 0},
        {"k": 2, "axis": 0},
        {"k": 3, "axis": None},
        {"k": 2, "is_ascend": True},
        {"k": 3, "axis": -1, "dtype": "int32"},
    )
]
ROWS += [
    Row("topk", {"ret_typ": "both", "k": 2, "dtype": dtype}, {"data": apart(-3, 4, 2, 5)}, gradient=kind)
    for dtype, kind in (("uint8", "numerical"), ("float16", "numerical"), ("float64", "both"), ("int64", "both"))
]
ROWS += [
    Row("diag", given, {"data": shape})
    for shape, given in (
        ((3,), {}),
        ((3,), {"k": 2}),
        ((3,), {"k": -1}),
        ((3, 5), {}),
        ((3, 5), {"k": 3}),
        ((3, 5), {"k": -2}),
        ((2, 3, 5), {}),
        ((2, 3, 5), {"axis1": 1, "axis2": -1}),
        ((2, 3, 5), {"axis1": 2, "axis2": 0, "k": -1}),
        ((2, 3, 5, 2), {"axis1": 1, "axis2": 2, "k": 1}),
    )
]
ROWS += [
    Row("cumsum", {}, {"a": (3, 5)}),
    Row("cumsum", {"axis": 0}, {"a": (3, 5)}),
    Row("cumsum", {"axis": 1}, {"a": (2, 3, 5)}),
    Row("_np_cumsum", {"axis": 2}, {"a": (2, 3, 5)}),
    Row("cumsum", {"dtype": "float64"}, {"a": (3, 5)}),
    Row("cumsum", {"dtype": "int32"}, {"a": array([[0.6, 0.6, 1]])}, gradient="none"),
    Row("cumsum", {"axis": 1}, {"a": integers(60, 100, 2, 5)}, gradient="none", dtypes=["int8"]),
    Row("cumsum", {"axis": 1}, {"a": integers(60, 100, 2, 5)}, gradient="none", dtypes=["uint8"]),
    Row("cumsum", {"axis": 1}, {"a": integers(60, 100, 2, 5)}, gradient="none", dtypes=["int32", "int64"]),
    Row("cumsum", {"dtype": "float32"}, {"a": integers(60, 100, 2, 5)}, gradient="none", dtypes=["int8"]),
    Row("cumsum", {"axis": -1}, {"a": (3, 5)}, golden=False, oracle=lambda a, axis: np.cumsum(a, axis)),
    Row("depth_to_space", {"block_size": 2}, {"data": (2, 12, 3, 1)}),
    Row("depth_to_space", {"block_size": 3}, {"data": (1, 9, 2, 2)}),
    Row("depth_to_space", {"block_size": 1}, {"data": (1, 3, 2, 2)}),
    Row("space_to_depth", {"block_size": 2}, {"data": (2, 3, 4, 6)}),
    Row("space_to_depth", {"block_size": 3}, {"data": (1, 2, 3, 6)}),
]
NUMBERS = ["float32", "float64", "int32", "int64"]
ROWS += [
    Row("ravel_multi_index", {"shape": shape}, {"data": array(data)}, gradient="none", dtypes=NUMBERS, note=note)
    for shape, data, note in (
        ((3, 4), [[1, 0, 2], [3, 1, 0]], ""),
        ((-1, 4), [[1, 0, 2], [3, 1, 0]], "open"),
        ((3, 4), [[1, 0, 5], [3, 1, -2]], "outside"),
        ((2, 3, 5), [[1, 0], [2, 1], [4, 0]], ""),
    )
]
ROWS += [
    Row("unravel_index", {"shape": shape}, {"data": array(data)}, gradient="none", dtypes=NUMBERS, note=note)
    for shape, data, note in (
        ((3, 4), [7, 1, 8], ""),
        ((-1, 4), [7, 1, 8], "open"),
        ((3, 4), [-1, 13, -6], "outside"),
        ((2, 3, 5), [29, 0, 17], ""),
        ((7,), [3, 5], "one axis"),
    )
]
ROWS += [
    Row(
        "unravel_index",
        {"shape": (3, 4)},
        {"data": array([[7, 1], [8, 0]])},
        golden=False,
        oracle=lambda data, shape: np.array(np.unravel_index(data.astype(int), shape)),
        gradient="none",
    ),
    Row("khatri_rao", {"num_args": 2}, {"arg0": (3, 2), "arg1": (5, 2)}, gradient="numerical", inferred=False),
    Row("khatri_rao", {"num_args": 1}, {"arg0": (3, 2)}, gradient="numerical", inferred=False),
    Row(
        "khatri_rao",
        {"num_args": 3},
        {"arg0": (2, 3), "arg1": (1, 3), "arg2": (3, 3)},
        gradient="numerical",
        inferred=False,
    ),
    Row("_histogram", {"bin_cnt": 3, "range": (0, 6)}, {"data": array([1, 2, 2, 5, -1, 10, 6, 0])}, gradient="none"),
    Row("_histogram", {"bin_cnt": 7, "range": (-1.5, 2.5)}, {"data": (5, 11)}, gradient="none"),
    Row(
        "_histogram",
        {"bin_cnt": 4, "range": (0, 8)},
        {"data": integers(-2, 12, 30)},
        gradient="none",
        dtypes=["int32", "int64"],
    ),
    Row(
        "_histogram",
        {},
        {"data": array([1, 2, 2, 5, -1, 10, 6, 3.5]), "bins": array([0, 1.5, 4, 6])},
        gradient="none",
        inferred=False,
    ),
]

BAD = [
    Bad("sort", "sort 'node': axis is 2 but the array has 2 dimensions [data (2, 3)]", {"axis": 2}, {"data": (2, 3)}),
    Bad(
        "argsort",
        "argsort: parameter dtype is 'bool' but must be one of 'float16', 'float32', "
        "'float64', 'int32', 'int64', 'uint8'",
        {"dtype": "bool"},
        error="ParameterError",
    ),
    Bad(
        "topk", "topk 'node': k is 7 but the sorted axis of (2, 3) has size 3 [data (2, 3)]", {"k": 7}, {"data": (2, 3)}
    ),
    Bad(
        "topk",
        "topk: parameter ret_typ is 'all' but must be one of 'both', 'indices', 'mask', 'value'",
        {"ret_typ": "all"},
        error="ParameterError",
    ),
    Bad(
        "diag",
        "diag 'node': k is 5 but there is no such diagonal in 2 rows and 3 columns [data (2, 3)]",
        {"k": 5},
        {"data": (2, 3)},
    ),
    Bad("diag", "diag 'node': axis1 1 and axis2 1 are the same axis [data (2, 3)]", {"axis1": 1}, {"data": (2, 3)}),
    Bad("diag", "diag 'node': axis2 is 2 but the array has 2 dimensions [data (2, 3)]", {"axis2": 2}, {"data": (2, 3)}),
    Bad("cumsum", "_np_cumsum 'node': axis is 3 but the array has 2 dimensions [a (2, 3)]", {"axis": 3}, {"a": (2, 3)}),
    Bad(
        "depth_to_space",
        "depth_to_space 'node': axis 1 of data (1, 6, 2, 2) does not divide by 4 [data (1, 6, 2, 2)]",
        {"block_size": 2},
        {"data": (1, 6, 2, 2)},
    ),
    Bad(
        "depth_to_space",
        "depth_to_space: parameter block_size is 0 but must be an integer >= 1",
        {"block_size": 0},
        error="ParameterError",
    ),
    Bad(
        "space_to_depth",
        "space_to_depth 'node': axis 2 of data (1, 4, 3, 2) does not divide by 2 [data (1, 4, 3, 2)]",
        {"block_size": 2},
        {"data": (1, 4, 3, 2)},
    ),
    Bad(
        "space_to_depth",
        "space_to_depth 'node': data is (4, 3, 2) but must have 4 dimensions [data (4, 3, 2)]",
        {"block_size": 2},
        {"data": (4, 3, 2)},
    ),
    Bad(
        "ravel_multi_index",
        "_ravel_multi_index 'node': data is (2,) but must have 2 dimensions [data (2,)]",
        {"shape": (3, 4)},
        {"data": (2,)},
    ),
    Bad(
        "ravel_multi_index",
        "_ravel_multi_index 'node': data ('data') is (3, 5) but shape=(3, 4) needs (2, 5)",
        {"shape": (3, 4)},
        {"data": (3, 5)},
    ),
    Bad("unravel_index", "_unravel_index: shape must name at least one axis", {}, error="ParameterError"),
    Bad(
        "khatri_rao",
        "khatri_rao 'node': arg1 ('arg1') is (3, 5) but arg0 (3, 2) with num_args=2 needs (3, 2)",
        {"num_args": 2},
        {"arg0": (3, 2), "arg1": (3, 5)},
    ),
    Bad(
        "khatri_rao",
        "khatri_rao 'node': arg1 is (3,) but must have 2 dimensions [arg0 (3, 2), arg1 (3,)]",
        {"num_args": 2},
        {"arg0": (3, 2), "arg1": (3,)},
    ),
    Bad("_histogram", "_histogram: bin_cnt and range must be given together", {"bin_cnt": 3}, error="ParameterError"),
    Bad(
        "_histogram",
        "_histogram: range is (1.0, 0.0) but must be two rising numbers",
        {"bin_cnt": 3, "range": (1, 0)},
        error="ParameterError",
    ),
    Bad(
        "_histogram",
        "_histogram 'node': bins is (1,) but must be a vector of at least 2 edges [data (3,), bins (1,)]",
        {},
        {"data": (3,), "bins": (1,)},
    ),
]
