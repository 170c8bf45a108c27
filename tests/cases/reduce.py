"""Rows of the reductions."""

from __future__ import annotations

import numpy as np

from tests.cases.row import Bad, Row, apart, array, uniform

INTEGERS = ("int32", "int64", "uint8")
TIES = array([[2, 0, 3, 3], [0, 2, 0, 1]])
HOLES = array([[1, np.nan, 3], [np.nan, np.nan, 2], [4, 5, 6]])
AXES = [
    {},
    {"axis": ()},
    {"axis": "None", "keepdims": True},
    {"axis": 1},
    {"axis": -1},
    {"axis": (0, 2)},
    {"axis": (2, 0)},
    {"axis": (0, 1, 2)},
    {"axis": 1, "keepdims": True},
    {"axis": (0, 1, 2), "keepdims": True},
    {"axis": 1, "exclude": True},
    {"axis": (0, -1), "exclude": True, "keepdims": True},
    {"axis": (0, 1, 2), "exclude": True},
    {"exclude": True},
]

ROWS = [Row("sum", axes, {"data": (2, 3, 5)}) for axes in AXES]
ROWS += [
    Row("sum", {"axis": 1}, {"data": (3, 1)}),
    Row("sum", {"axis": 0}, {"data": (7,)}),
    Row("sum", {"axis": 0}, {"data": (0, 3)}, golden=False, gradient="numerical"),
    Row("sum", {"axis": 1}, {"data": (0, 3)}, golden=False, gradient="numerical"),
    Row(
        "sum",
        {"axis": 0},
        {"data": array([[1, -2, 3], [-4, 5, 100]])},
        dtypes=["int32", "int64", "int8"],
        gradient="none",
    ),
    Row("sum", {"axis": 1}, {"data": uniform(0.05, 0.15, 2, 3001)}, note="rounding adds up"),
]
for name in ("mean", "prod", "nansum", "nanprod", "max", "min"):
    ROWS += [
        Row(name, axes, {"data": apart(-2.05, 2, 2, 3, 5)}, smooth=name not in ("max", "min"))
        for axes in (AXES[0], AXES[4], AXES[5], AXES[8], AXES[10], AXES[11])
    ]
    ROWS.append(Row(name, {"axis": 1}, {"data": array([[3, 5, 1], [4, 2, 6]])}, dtypes=INTEGERS, gradient="none"))
ROWS += [
    Row(
        "mean",
        {"axis": 0},
        {"data": array([[-3, -2, -1], [0, 1, 4]])},
        dtypes=["int32"],
        gradient="none",
        note="toward zero",
    ),
    Row("mean", {"axis": 1}, {"data": (3, 1)}),
    Row("prod", {"axis": 1}, {"data": TIES}, gradient="numerical", smooth=False, note="zeros"),
    Row("nansum", {"axis": 1}, {"data": HOLES}, gradient="golden"),
    Row("nanprod", {"axis": 1}, {"data": HOLES}, gradient="golden"),
    Row("nansum", {}, {"data": array([np.nan, np.nan])}, gradient="golden"),
    Row("nanprod", {}, {"data": array([np.nan, np.nan])}, gradient="golden"),
    *(Row(name, {}, {"data": TIES}, gradient="golden", note="ties") for name in ("max", "min")),
    *(Row(name, {"axis": 1}, {"data": TIES}, gradient="golden", note="ties") for name in ("max", "min")),
    *(Row(name, {"axis": 1}, {"data": HOLES}, gradient="golden", note="nan") for name in ("max", "min", "sum", "mean")),
]

ROWS += [
    Row("norm", parameters, {"data": apart(-2.05, 2, 2, 3, 5)}, smooth=parameters.get("ord") != 1)
    for parameters in (
        {},
        {"ord": 1},
        {"axis": 1},
        {"ord": 1, "axis": -1},
        {"axis": (0, 2)},
        {"ord": 1, "axis": (0, 2), "keepdims": True},
        {"axis": ()},
        {"axis": (0, 1, 2), "keepdims": True},
        {"keepdims": True},
    )
]
ROWS += [
    Row("norm", {"axis": 1}, {"data": array([[3, -4, 0], [0, 0, 0]])}, gradient="golden", note="nan at zero"),
    Row("norm", {"ord": 1, "axis": 1}, {"data": array([[3, -4, 0], [0, 0, 0]])}, gradient="golden"),
    Row(
        "norm",
        {"out_dtype": "float64", "axis": 0},
        {"data": (2, 3)},
        golden=False,
        gradient="numerical",
        dtypes=["float32", "float64"],
        oracle=lambda x, **_: np.sqrt((x * x).sum(0)),
    ),
    Row(
        "norm",
        {"axis": 1},
        {"data": array([[1, 2, 3], [4, 5, 6]])},
        golden=False,
        gradient="none",
        dtypes=["int32"],
        oracle=lambda x, axis: np.trunc(np.sqrt((x * x).sum(1))),
    ),
]

for name in ("argmax", "argmin"):
    ROWS += [
        Row(
            name, parameters, {"data": apart(-2.05, 2, 3, 5)}, gradient="none", dtypes=("float32", "float64", "float16")
        )
        for parameters in (
            {},
            {"axis": "None", "keepdims": True},
            {"axis": 0},
            {"axis": 1},
            {"axis": -1},
            {"axis": 1, "keepdims": True},
        )
    ]
    ROWS += [
        Row(name, {"axis": 1}, {"data": TIES}, gradient="none", dtypes=("float32", "int32", "int8"), note="ties"),
        Row(name, {"axis": 1}, {"data": HOLES}, gradient="none", note="nan"),
        Row(name, {"axis": 1}, {"data": (2, 3, 5)}, gradient="none"),
    ]
ROWS += [Row("argmax_channel", {}, {"data": apart(-2, 2, *shape)}, gradient="none") for shape in ((2, 3), (2, 3, 5))]

BAD = [
    *(
        Bad(
            operator,
            f"{operator} 'node': the array is (0, 5): along axis 0 it has no element, so there is no {word} "
            "[data (0, 5)]",
            {"axis": 0},
            {"data": (0, 5)},
        )
        for operator, word in (
            ("max", "maximum"),
            ("min", "minimum"),
            ("argmax", "place to give"),
            ("argmin", "place to give"),
        )
    ),
    Bad("sum", "sum 'node': axis is 2 but the array has 2 dimensions [data (3, 5)]", {"axis": 2}, {"data": (3, 5)}),
    Bad(
        "sum",
        "sum 'node': axis is (1, -1), which names an axis twice [data (3, 5)]",
        {"axis": (1, -1)},
        {"data": (3, 5)},
    ),
    Bad(
        "sum",
        "sum: parameter axis is 'x' but must be a tuple of integers or None",
        {"axis": "x"},
        {"data": (3, 5)},
        error="ParameterError",
    ),
    Bad(
        "sum",
        "sum: parameter keepdims is '2' but must be True or False",
        {"keepdims": 2},
        {"data": (3, 5)},
        error="ParameterError",
    ),
    Bad("mean", "mean 'node': axis is -3 but the array has 2 dimensions [data (3, 5)]", {"axis": -3}, {"data": (3, 5)}),
    Bad(
        "norm",
        "norm: parameter ord is 3 but must be an integer >= 1 and <= 2",
        {"ord": 3},
        {"data": (3, 5)},
        error="ParameterError",
    ),
    Bad(
        "norm",
        "norm 'node': axis is 2 but the array has 2 dimensions [data (3, 5)]",
        {"axis": (0, 1, 2)},
        {"data": (3, 5)},
    ),
    Bad(
        "argmax", "argmax 'node': axis is 2 but the array has 2 dimensions [data (3, 5)]", {"axis": 2}, {"data": (3, 5)}
    ),
    Bad(
        "argmax_channel",
        "argmax_channel 'node': axis is 1 but the array has 1 dimensions [data (3,)]",
        {},
        {"data": (3,)},
    ),
]
