"""Rows of the operators that replace elements, and of those for sparse storage and mixed precision."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.row import Array, Bad, Row, Values, array, integers

SLICES: tuple[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]], ...] = (
    ((3, 5), (2, 2), {"begin": (0, 1), "end": (2, 3)}),
    ((3, 5), (3, 3), {"begin": (None, None), "end": (None, None), "step": (1, 2)}),
    ((3, 5), (3, 5), {"begin": (None, None), "end": (None, None), "step": (-1, -1)}),
    ((3, 5), (2, 5), {"begin": (1,), "end": (3,)}),
    ((2, 3, 5), (2, 1, 2), {"begin": (None, -1, 3), "end": (None, None, 9)}),
)
ROWS = [Row("_slice_assign", given, {"lhs": data, "rhs": part}, gradient="numerical") for data, part, given in SLICES]
ROWS += [
    Row("_slice_assign_scalar", {"scalar": 2.5, **given}, {"data": data}, gradient="numerical")
    for data, _, given in SLICES
]
ROWS += [
    Row("_slice_assign_scalar", {"begin": (1,), "end": (2,)}, {"data": (3, 5)}, gradient="numerical"),
    Row(
        "_slice_assign_scalar",
        {"scalar": -2.5, "begin": (1,), "end": (2,)},
        {"data": integers(0, 9, 3, 5)},
        gradient="none",
        dtypes=["int32", "int64"],
    ),
    Row("_crop_assign", {"begin": (0,), "end": (1,)}, {"lhs": (3, 5), "rhs": (1, 5)}, gradient="numerical"),
    Row("_crop_assign_scalar", {"scalar": 3, "begin": (0,), "end": (1,)}, {"data": (3, 5)}, gradient="numerical"),
]


def scattered(lhs: Array, rhs: Array, indices: Array, shape: Any) -> Array:
    """A copy with elements set one after the other."""
    made = lhs.copy()
    made[tuple(indices.astype(int))] = rhs
    return made


def filled(lhs: Array, mhs: Array, rhs: Array) -> Array:
    """A copy with one element of each row set."""
    made = lhs.copy()
    for line, value, column in zip(made, mhs, rhs, strict=True):
        line[int(column)] = value
    return made


ROWS += [  # MXNet has these for use in place only
    Row(
        "_scatter_set_nd",
        {"shape": (3, 5)},
        {"lhs": (3, 5), "rhs": shape, "indices": indices},
        golden=False,
        oracle=scattered,
    )
    for shape, indices in (
        ((2,), array([[0, 2], [1, 3]], "float32")),
        ((2,), array([[0, 2], [1, 3]], "int32")),
        ((2, 5), array([[2, 0]], "float32")),
    )
]
ROWS += [
    Row(
        "fill_element_0index",
        {},
        {"lhs": (3, 5), "mhs": (3,), "rhs": array([4, 0, 2], "float32")},
        golden=False,
        oracle=filled,
    ),
    Row(
        "_onehot_encode",
        {},
        {"lhs": array([1, 0, 4], "float32"), "rhs": (3, 5)},
        golden=False,
        oracle=lambda lhs, rhs: np.eye(5)[lhs.astype(int)],
        gradient="none",
    ),
    Row("choose_element_0index", {}, {"data": (3, 5), "index": array([0, 2, 4], "float32")}),
    Row("_CrossDeviceCopy", {}, {"data": (3, 5)}, golden=False, oracle=lambda data: data),
    Row("_copyto", {}, {"data": (3, 5)}, golden=False, oracle=lambda data: data),
    Row("_scatter_elemwise_div", {}, {"lhs": (3, 5), "rhs": Values("uniform", (3, 5), 0.5, 2.0)}),
    Row("_scatter_plus_scalar", {"scalar": 2.5}, {"data": (3, 5)}),
    Row("_scatter_minus_scalar", {"scalar": 2.5}, {"data": (3, 5)}),
    Row("_scatter_plus_scalar", {"scalar": 2.5, "is_int": False}, {"data": (3, 5)}),
    Row("_scatter_minus_scalar", {"scalar": 2}, {"data": integers(0, 9, 3, 5)}, gradient="none", dtypes=["int32"]),
    Row("cast_storage", {"stype": "default"}, {"data": (3, 5)}),
    Row("cast_storage", {"stype": "csr"}, {"data": (3, 5)}, golden=False, oracle=lambda data, stype: data),
    Row("cast_storage", {"stype": "row_sparse"}, {"data": (3, 5)}, golden=False, oracle=lambda data, stype: data),
    Row(
        "_sparse_retain",
        {},
        {"data": (5, 3, 2), "indices": array([0, 3], "float32")},
        golden=False,
        oracle=lambda data, indices: np.stack([row * (at in indices) for at, row in enumerate(data)]),
    ),
    Row("_zeros_without_dtype", {"shape": (3, 5), "dtype": 0}, {}, gradient="none", dtypes=["float32"]),
    Row("_zeros_without_dtype", {"shape": (2,), "dtype": 4}, {}, gradient="none", dtypes=["float32"]),
]
ROWS += [  # MXNet has it for sparse arrays only
    Row(
        "_square_sum",
        given,
        {"data": (2, 3, 5)},
        golden=False,
        oracle=lambda data, axis=None, keepdims=False: np.atleast_1d((data**2).sum(axis, keepdims=keepdims)),
    )
    for given in ({}, {"axis": 1}, {"axis": (0, 2), "keepdims": True})
]
ROWS += [
    Row("amp_cast", {"dtype": "float32"}, {"data": (3, 5)}, gradient="golden"),
    Row("amp_cast", {"dtype": "float16"}, {"data": (3, 5)}, gradient="none", dtypes=["float32"]),
    Row("amp_cast", {"dtype": "float16"}, {"data": integers(0, 9, 3, 5)}, gradient="none", dtypes=["int32", "int64"]),
    Row("amp_multicast", {"num_outputs": 2}, {"data_0": (3, 5), "data_1": (2,)}, inferred=False),
    Row("amp_multicast", {"num_outputs": 1}, {"data_0": (3, 5)}, inferred=False),
    Row(
        "amp_multicast",
        {"num_outputs": 3},
        {
            "data_0": Values("normal", (3, 5), dtype="float16"),
            "data_1": (2,),
            "data_2": integers(0, 9, 3, dtype="int32"),
        },
        golden=False,
        oracle=lambda *arrays, num_outputs: arrays,
        dtypes=["float32"],
        gradient="none",
    ),
    Row(
        "amp_multicast",
        {"num_outputs": 2, "cast_narrow": True},
        {"data_0": Values("integers", (3, 5), 0, 9, dtype="float16"), "data_1": integers(0, 9, 2)},
        golden=False,
        oracle=lambda *arrays, num_outputs, cast_narrow: arrays,
        dtypes=["float32"],
        gradient="none",
    ),
]

BAD = [
    Bad(
        "_slice_assign",
        "_slice_assign: begin (0, 1), end (2,) and step () must name equally many axes",
        {"begin": (0, 1), "end": (2,)},
        error="ParameterError",
    ),
    Bad(
        "_slice_assign",
        "_slice_assign: step is (0,) but a stride cannot be 0",
        {"begin": (0,), "end": (2,), "step": (0,)},
        error="ParameterError",
    ),
    Bad(
        "_slice_assign",
        "_slice_assign 'node': rhs ('rhs') is (2, 3) but lhs (3, 5) with begin=(0, 1), end=(2, 3) needs (2, 2)",
        {"begin": (0, 1), "end": (2, 3)},
        {"lhs": (3, 5), "rhs": (2, 3)},
    ),
    Bad(
        "_slice_assign_scalar",
        "_slice_assign_scalar 'node': begin (0, 1) names 2 axes but the data is (3,) [data (3,)]",
        {"begin": (0, 1), "end": (2, 3)},
        {"data": (3,)},
    ),
    Bad(
        "_scatter_set_nd",
        "_scatter_set_nd 'node': lhs ('lhs') is (3, 4) but rhs (2,), indices (2, 2) with shape=(3, 5) needs (3, 5)",
        {"shape": (3, 5)},
        {"lhs": (3, 4), "rhs": (2,), "indices": (2, 2)},
    ),
    Bad(
        "fill_element_0index",
        "fill_element_0index 'node': lhs is (3,) but must have 2 dimensions [lhs (3,), mhs (3,), rhs (3,)]",
        {},
        {"lhs": (3,), "mhs": (3,), "rhs": (3,)},
    ),
    Bad(
        "_onehot_encode",
        "_onehot_encode 'node': lhs ('lhs') is (3,) but rhs (4, 5) needs (4,)",
        {},
        {"lhs": (3,), "rhs": (4, 5)},
    ),
    Bad(
        "_onehot_encode",
        "_onehot_encode 'node': rhs is (4,) but must have 2 dimensions [lhs (3,), rhs (4,)]",
        {},
        {"lhs": (3,), "rhs": (4,)},
    ),
    Bad(
        "cast_storage",
        "cast_storage: parameter stype is 'coo' but must be one of 'csr', 'default', 'row_sparse'",
        {"stype": "coo"},
        error="ParameterError",
    ),
    Bad(
        "amp_cast",
        "amp_cast: parameter dtype is 'bool' but must be one of 'bfloat16', 'float16', "
        "'float32', 'float64', 'int32', 'int64', 'int8', 'uint8'",
        {"dtype": "bool"},
        error="ParameterError",
    ),
    Bad(
        "amp_multicast",
        "amp_multicast: parameter num_outputs is 0 but must be an integer >= 1 and <= 100000",
        {"num_outputs": 0},
        error="ParameterError",
    ),
]
