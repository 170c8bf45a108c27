"""Rows of the operators that look elements up by position."""

from __future__ import annotations

import numpy as np

from tests.cases.row import Bad, Row, array, integers

INTEGERS = ("int32", "uint8")
INSIDE, OUTSIDE = array([0, 2], "float32"), array([-1, 5, -7, 3], "float32")

ROWS = [
    Row("take", {}, {"a": (3, 5), "indices": INSIDE}),
    Row("take", {"axis": 1}, {"a": (3, 5), "indices": INSIDE}),
    Row("take", {"axis": -1}, {"a": (2, 3, 5), "indices": INSIDE}),
    Row("take", {"axis": -3}, {"a": (2, 3, 5), "indices": array([1, 0], "float32")}),
    Row("take", {}, {"a": (7,), "indices": INSIDE}),
    Row("take", {}, {"a": (3, 5), "indices": array([[0, 1], [2, 0]], "float32")}),
    Row("take", {"axis": 1}, {"a": (3, 5), "indices": array([[0, 4], [2, 0]], "float32")}),
    Row("take", {}, {"a": (3, 5), "indices": array([0, 0, 2], "int32")}),
    Row("take", {}, {"a": (3, 5), "indices": array([2, 1], "int64")}),
    Row("take", {}, {"a": (3, 5), "indices": array([0.7, 1.9, -0.5], "float32")}, note="fractions"),
    Row("take", {}, {"a": (3, 5), "indices": OUTSIDE}),
    Row("take", {"mode": "clip", "axis": 1}, {"a": (3, 5), "indices": OUTSIDE}),
    Row("take", {"mode": "wrap"}, {"a": (3, 5), "indices": OUTSIDE}),
    Row("take", {"mode": "wrap", "axis": 1}, {"a": (3, 5), "indices": OUTSIDE}),
    Row("take", {"mode": "raise"}, {"a": (3, 5), "indices": INSIDE}),
    Row("pick", {}, {"data": (3, 5), "index": array([0, 2, 4], "float32")}),
    Row("pick", {}, {"data": (3, 5), "index": array([0, 2, 4], "int32")}),
    Row("pick", {}, {"data": (3, 5), "index": array([0.9, 2.1, -0.5], "float32")}, note="fractions"),
    Row("pick", {"axis": 1, "keepdims": True}, {"data": (3, 5), "index": array([0, 2, 4], "float32")}),
    Row("pick", {"axis": 0}, {"data": (3, 5), "index": array([0, 2, 1, 0, 2], "float32")}),
    Row("pick", {"axis": -2, "keepdims": True}, {"data": (3, 5), "index": array([0, 2, 1, 0, 2], "float32")}),
    Row("pick", {"axis": 1}, {"data": (2, 3, 5), "index": integers(0, 3, 2, 5, dtype="float32")}),
    Row("pick", {}, {"data": (3, 5), "index": array([-1, 5, 9], "float32")}, note="outside"),
    Row("pick", {"mode": "wrap"}, {"data": (3, 5), "index": array([-1, 5, 9], "float32")}),
    Row("pick", {}, {"data": (7,), "index": array([3], "float32")}),
    Row("batch_take", {}, {"a": (3, 5), "indices": array([-1, 7, 2], "int32")}, gradient="numerical", inferred=False),
    Row(
        "_contrib_edge_id",
        {},
        {
            "data": array([[0, 5, 0], [2, 0, 0], [0, 0, 7]]),
            "u": array([0, 0, 1, 2, 3, -1], "float32"),
            "v": array([1, 2, 0, 2, 0, 1], "float32"),
        },
        oracle=lambda data, u, v: np.array([5, -1, 2, 7, -1, -1]),
        golden=False,  # only for csr arrays there, with these numbers
        gradient="none",
        dtypes=["float32", "float64", "int32"],
    ),
    Row("one_hot", {"depth": 3}, {"indices": array([0, 2, 1])}, gradient="none", dtypes=["float32", "int32"]),
    Row("one_hot", {"depth": 3, "on_value": 5, "off_value": -1}, {"indices": array([0, 2, -1, 3])}, gradient="none"),
    Row("one_hot", {"depth": 3, "dtype": "int32"}, {"indices": array([[0, 1], [2, 0]])}, gradient="none"),
    Row("one_hot", {"depth": 2, "dtype": "float16"}, {"indices": array([0, 1])}, gradient="none", dtypes=["int32"]),
    Row("one_hot", {"depth": 3, "on_value": 2.7, "dtype": "int32"}, {"indices": array([1, 0])}, gradient="none"),
    Row(
        "one_hot",
        {"depth": 3},
        {"indices": array([0.9, 1.5, -0.5])},
        gradient="none",
        dtypes=["float32", "float64"],
        note="fractions",
    ),
    Row("where", {}, {"condition": array([[1, 0, 2], [0, -1, 0.3]], "float32"), "x": (2, 3), "y": (2, 3)}),
    Row("where", {}, {"condition": array([[1, 0, 2], [0, 0, 3]], "int32"), "x": (2, 3), "y": (2, 3)}),
    Row("where", {}, {"condition": array([1, 0], "float32"), "x": (2, 3, 5), "y": (2, 3, 5)}, inferred=False),
    Row("where", {}, {"condition": array([np.nan, 0], "float32"), "x": (2,), "y": (2,)}, inferred=False),
    Row("gather_nd", {}, {"data": (3, 5), "indices": array([[0, 2], [1, 3]], "float32")}),
    Row("gather_nd", {}, {"data": (3, 5), "indices": array([[0, 2, 0]], "int32")}),
    Row("gather_nd", {}, {"data": (3, 5), "indices": array([[0, 0], [1, 1]], "int64")}, note="twice"),
    Row("gather_nd", {}, {"data": (2, 2, 3), "indices": array([[[0, 1], [1, 1]], [[0, 1], [1, 0]]], "float32")}),
    Row("gather_nd", {}, {"data": (7,), "indices": array([[0, 6, 6]], "float32")}),
    Row("scatter_nd", {"shape": (3, 5)}, {"data": (2,), "indices": array([[0, 2], [1, 3]], "float32")}),
    Row("scatter_nd", {"shape": (3, 2)}, {"data": (2, 2), "indices": array([[0, 2]], "int32")}),
    Row(
        "scatter_nd",
        {"shape": (3, 5)},
        {"data": (2,), "indices": array([[0, 0], [1, 1]], "float32")},
        gradient="golden",
        note="twice",
    ),
]
ROWS += [
    Row("take", {}, {"a": integers(0, 9, 3, 5), "indices": INSIDE}, dtypes=INTEGERS, gradient="none"),
    Row(
        "pick",
        {},
        {"data": integers(0, 9, 3, 5), "index": array([0, 2, 4], "float32")},
        dtypes=INTEGERS,
        gradient="none",
    ),
    Row(
        "where",
        {},
        {"condition": array([1, 0], "float32"), "x": integers(0, 9, 2), "y": integers(0, 9, 2)},
        dtypes=INTEGERS,
        gradient="none",
        inferred=False,
    ),
    Row(
        "gather_nd",
        {},
        {"data": integers(0, 9, 3, 5), "indices": array([[0, 2]], "int32")},
        dtypes=INTEGERS,
        gradient="none",
    ),
]

BAD = [
    Bad(
        "_contrib_edge_id",
        "_contrib_edge_id 'node': u is (2, 1) but must have 1 dimension [data (3, 3), u (2, 1), v ?]",
        {},
        {"data": (3, 3), "u": (2, 1), "v": None},
    ),
    Bad(
        "_contrib_edge_id",
        "_contrib_edge_id 'node': (2,) and (3,) differ [data (3, 3), u (2,), v (3,)]",
        {},
        {"data": (3, 3), "u": (2,), "v": (3,)},
    ),
    Bad(
        "take",
        "take 'node': axis is 2 but the array has 2 dimensions [a (3, 5), indices (2,)]",
        {"axis": 2},
        {"a": (3, 5), "indices": (2,)},
    ),
    Bad(
        "take",
        "take: parameter mode is 'x' but must be one of 'clip', 'raise', 'wrap'",
        {"mode": "x"},
        {"a": (3, 5), "indices": (2,)},
        error="ParameterError",
    ),
    Bad(
        "pick",
        "pick: axis is None but pick needs one axis",
        {"axis": "None"},
        {"data": (3, 5), "index": (3,)},
        error="ParameterError",
    ),
    Bad(
        "pick",
        "pick 'node': index ('index') is (3,) but data (3, 5) with axis=0 needs (5,)",
        {"axis": 0},
        {"data": (3, 5), "index": (3,)},
    ),
    Bad(
        "pick",
        "pick 'node': axis is 2 but the array has 2 dimensions [data (3, 5), index (3,)]",
        {"axis": 2},
        {"data": (3, 5), "index": (3,)},
    ),
    Bad(
        "batch_take",
        "batch_take 'node': a is (3,) but needs 2 dimensions [a (3,), indices (3,)]",
        {},
        {"a": (3,), "indices": (3,)},
    ),
    Bad(
        "batch_take",
        "batch_take 'node': indices ('indices') is float32 but a float32 needs int32",
        {},
        {"a": (3, 5), "indices": (3,)},
        dtypes={"a": "float32", "indices": "float32"},
        error="DTypeError",
    ),
    Bad(
        "one_hot",
        "one_hot needs the parameter depth: an integer >= 0 (length of the rows)",
        {},
        {"indices": (3,)},
        error="ParameterError",
    ),
    Bad(
        "one_hot",
        "one_hot: parameter depth is -1 but must be an integer >= 0",
        {"depth": -1},
        {"indices": (3,)},
        error="ParameterError",
    ),
    Bad(
        "where",
        "where 'node': condition is (3,) but x has 2 slices [condition (3,), x (2, 2), y (2, 2)]",
        {},
        {"condition": (3,), "x": (2, 2), "y": (2, 2)},
    ),
    Bad(
        "where",
        "where 'node': (2, 2) and (2, 1) differ [condition (2, 2), x (2, 2), y (2, 1)]",
        {},
        {"condition": (2, 2), "x": (2, 2), "y": (2, 1)},
    ),
    Bad(
        "where",
        "where 'node': condition ('condition') is (2, 1) but x (2, 2), y (2, 2) needs (2, 2)",
        {},
        {"condition": (2, 1), "x": (2, 2), "y": (2, 2)},
    ),
    Bad(
        "where",
        (
            "where 'node': condition is (2, 2, 2) but must have one axis or the shape of x, (2, 2) "
            "[condition (2, 2, 2), x (2, 2), y (2, 2)]"
        ),
        {},
        {"condition": (2, 2, 2), "x": (2, 2), "y": (2, 2)},
    ),
    Bad(
        "gather_nd",
        "gather_nd 'node': indices (3, 1) name 3 axes but data is (3, 5) [data (3, 5), indices (3, 1)]",
        {},
        {"data": (3, 5), "indices": (3, 1)},
    ),
    Bad(
        "gather_nd",
        "gather_nd 'node': indices is (2,) but needs at least 2 dimensions [data (3, 5), indices (2,)]",
        {},
        {"data": (3, 5), "indices": (2,)},
    ),
    Bad(
        "scatter_nd",
        "scatter_nd 'node': data ('data') is (2,) but indices (2, 2) with shape=(3, 4, 2) needs (2, 2)",
        {"shape": (3, 4, 2)},
        {"data": (2,), "indices": (2, 2)},
    ),
    Bad(
        "scatter_nd",
        "scatter_nd 'node': indices (2, 2) do not name axes of (3,) [data (2,), indices (2, 2)]",
        {"shape": (3,)},
        {"data": (2,), "indices": (2, 2)},
    ),
]
