"""Rows of the operators that cut, join and pad arrays."""

from __future__ import annotations

import numpy as np

from tests.cases.row import Bad, Row, array, integers

WHOLE = {"dtypes": ("int32", "uint8", "int64"), "gradient": "none"}

SLICES = [
    Row("slice", {"begin": begin, "end": end, **({} if step is None else {"step": step})}, {"data": (3, 5)})
    for begin, end, step in (
        ((1,), (3,), None),
        ((1, 1), (3, 3), None),
        (0, 2, None),
        ((None, 1), (None, None), None),
        ((-2,), (-1,), None),
        ((0,), (10,), None),
        ((), (), None),
        ((0,), (3,), ()),
        ((2,), (None,), (-1,)),
        ((None, None), (None, None), (-1, -2)),
        ((0, 0), (3, 5), (2, 3)),
        ((2,), (0,), (-1,)),
        ((5,), (0,), (-1,)),
        ((-1,), (-4,), (-1,)),
        ((-1,), (-9,), (-2,)),
        ((0, None), (2, None), (None, 2)),
        ((None, 4), (None, 0), (None, -2)),
    )
]


SLICES += [
    Row(
        "slice",
        {"begin": (-10,), "end": (2,)},
        {"data": (3, 5)},
        oracle=lambda x, **_: x[-10:2],
        golden=False,
        gradient="numerical",
    ),
    Row("slice", {"begin": (1,), "end": (1,)}, {"data": (3, 5)}, golden=False, gradient="numerical"),
    Row(
        "slice",
        {"begin": (1,), "end": (3,)},
        {"data": array([[1, 2], [3, 4], [5, 6]])},
        dtypes=["int32", "uint8"],
        gradient="none",
    ),
    Row("slice_axis", {"axis": 0, "begin": 1, "end": 3}, {"data": (3, 5)}),
    Row("slice_axis", {"axis": 1, "begin": 1, "end": "None"}, {"data": (3, 5)}),
    Row("slice_axis", {"axis": -1, "begin": -2, "end": -1}, {"data": (3, 5)}),
    Row("slice_axis", {"axis": -1, "begin": -2, "end": "None"}, {"data": (2, 3, 5)}),
    Row("slice_axis", {"axis": 1, "begin": 0, "end": 1}, {"data": (2, 3, 5)}),
    Row("slice_like", {}, {"data": (3, 5), "shape_like": (2, 3)}, still=["shape_like"]),
    Row("slice_like", {"axes": (0,)}, {"data": (3, 5), "shape_like": (2,)}, still=["shape_like"]),
    Row("slice_like", {"axes": (-1,)}, {"data": (3, 5), "shape_like": (9, 3)}, still=["shape_like"]),
    Row("slice_like", {"axes": (1, 0)}, {"data": (3, 5, 2), "shape_like": (2, 3)}, still=["shape_like"]),
]

JOINS = [
    Row("Concat", {"num_args": 2}, {"arg0": (3, 5), "arg1": (3, 2)}, inferred=False),
    Row("Concat", {"num_args": 2, "dim": -1}, {"arg0": (2, 3, 5), "arg1": (2, 3, 1)}, inferred=False),
    Row("Concat", {"num_args": 2, "dim": 0}, {"arg0": (3, 5), "arg1": (1, 5)}, inferred=False),
    Row("Concat", {"num_args": 2, "dim": 0}, {"arg0": (2,), "arg1": (3,)}, inferred=False),
    Row("Concat", {"num_args": 3}, {"arg0": (2, 1, 5), "arg1": (2, 3, 5), "arg2": (2, 2, 5)}, inferred=False),
    Row("Concat", {"num_args": 1}, {"arg0": (3, 5)}),
    Row("Concat", {"num_args": 2}, {"arg0": (3, 0), "arg1": (3, 2)}, golden=False, gradient="numerical"),
    *(Row("stack", {"num_args": 2, "axis": axis}, {"arg0": (3, 5), "arg1": (3, 5)}) for axis in (0, 1, 2, -1, -3)),
    Row("stack", {"num_args": 1}, {"arg0": (3, 5)}),
    Row("stack", {"num_args": 3}, {"arg0": (7,), "arg1": (7,), "arg2": (7,)}),
    Row("SliceChannel", {"num_outputs": 2}, {"data": (3, 4)}),
    Row("SliceChannel", {"num_outputs": 1}, {"data": (3, 4)}),
    Row("SliceChannel", {"num_outputs": 3, "axis": 0}, {"data": (3, 4)}),
    Row("SliceChannel", {"num_outputs": 5, "axis": -1}, {"data": (2, 3, 5)}),
    Row("SliceChannel", {"num_outputs": 4, "squeeze_axis": True}, {"data": (3, 4)}),
    Row("SliceChannel", {"num_outputs": 2, "axis": -2, "squeeze_axis": True}, {"data": (3, 2, 5)}),
    Row("_split_v2", {"indices": (0, 1, 3)}, {"data": (3, 5)}),
    Row("_split_v2", {"indices": (0,)}, {"data": (3, 5)}),
    Row("_split_v2", {"indices": (0, 1), "axis": 0}, {"data": (3, 5)}),
    Row("_split_v2", {"indices": (), "sections": 3}, {"data": (3, 5)}),
    Row("_split_v2", {"indices": (), "sections": 5, "squeeze_axis": True}, {"data": (3, 5)}),
    Row("_split_v2", {"indices": (0, 1, 2), "axis": 0, "squeeze_axis": True}, {"data": (3, 5)}),
    Row(
        "_split_v2",
        {"indices": (0, 2), "axis": -1},
        {"data": (3, 5)},
        golden=False,
        gradient="numerical",
        oracle=lambda x, **_: (x[:, :2], x[:, 2:]),
    ),
]

PADS = [
    Row("Pad", {"mode": "constant", "pad_width": (0, 0, 0, 0, 1, 2, 2, 1)}, {"data": (2, 1, 3, 5)}),
    Row(
        "Pad",
        {"mode": "constant", "pad_width": (0, 0, 0, 0, 1, 1, 0, 0), "constant_value": 7.5},
        {"data": (1, 2, 3, 5)},
    ),
    Row("Pad", {"mode": "edge", "pad_width": (0, 0, 0, 0, 1, 2, 3, 0)}, {"data": (1, 2, 3, 5)}),
    Row("Pad", {"mode": "reflect", "pad_width": (0, 0, 0, 0, 2, 1, 1, 3)}, {"data": (1, 2, 3, 5)}),
    Row("Pad", {"mode": "reflect", "pad_width": (0, 0, 0, 0, 1, 0, 0, 1, 0, 1)}, {"data": (1, 1, 2, 3, 2)}),
    Row("Pad", {"mode": "edge", "pad_width": (0, 0, 0, 0, 1, 0, 0, 1, 1, 1)}, {"data": (1, 1, 2, 3, 2)}),
    Row(
        "Pad",
        {"mode": "constant", "pad_width": (1, 0, 0, 2)},
        {"data": (2, 3)},
        golden=False,
        gradient="numerical",
        oracle=lambda x, **_: np.pad(x, ((1, 0), (0, 2))),
    ),
]

INTEGERS = [
    Row("slice_axis", {"axis": 0, "begin": 1, "end": 3}, {"data": integers(0, 9, 3, 5)}, **WHOLE),
    Row(
        "Concat", {"num_args": 2}, {"arg0": integers(0, 9, 3, 5), "arg1": integers(0, 9, 3, 2)}, inferred=False, **WHOLE
    ),
    Row("stack", {"num_args": 2}, {"arg0": integers(0, 9, 7), "arg1": integers(0, 9, 7)}, **WHOLE),
    Row("SliceChannel", {"num_outputs": 2}, {"data": integers(0, 9, 3, 4)}, **WHOLE),
]

ROWS = [*SLICES, *JOINS, *PADS, *INTEGERS]

BAD = [
    Bad(
        "slice",
        "slice 'node': begin (0, 0, 0) names 3 axes but data is (3, 5) [data (3, 5)]",
        {"begin": (0, 0, 0), "end": (1, 1, 1)},
        {"data": (3, 5)},
    ),
    Bad(
        "slice",
        "slice: begin (0,), end (1, 1) and step () must name equally many axes",
        {"begin": (0,), "end": (1, 1)},
        {"data": (3, 5)},
        error="ParameterError",
    ),
    Bad(
        "slice",
        "slice: begin (0, 0), end (1, 1) and step (1,) must name equally many axes",
        {"begin": (0, 0), "end": (1, 1), "step": (1,)},
        {"data": (3, 5)},
        error="ParameterError",
    ),
    Bad(
        "slice",
        "slice: step is (0,) but a stride cannot be 0",
        {"begin": (0,), "end": (2,), "step": (0,)},
        {"data": (3, 5)},
        error="ParameterError",
    ),
    Bad(
        "slice_axis",
        "slice_axis 'node': begin=0 and end=5 do not span any part of axis 0, which has size 3 [data (3, 5)]",
        {"axis": 0, "begin": 0, "end": 5},
        {"data": (3, 5)},
    ),
    Bad(
        "slice_axis",
        "slice_axis 'node': begin=2 and end=1 do not span any part of axis 0, which has size 3 [data (3, 5)]",
        {"axis": 0, "begin": 2, "end": 1},
        {"data": (3, 5)},
    ),
    Bad(
        "slice_axis",
        ("slice_axis 'node': begin=-4 and end=2 do not span any part of axis 0, which has size 3 [data (3, 5)]"),
        {"axis": 0, "begin": -4, "end": 2},
        {"data": (3, 5)},
    ),
    Bad(
        "slice_axis",
        "slice_axis 'node': axis is 2 but the array has 2 dimensions [data (3, 5)]",
        {"axis": 2, "begin": 0, "end": 1},
        {"data": (3, 5)},
    ),
    Bad(
        "slice_axis",
        (
            "slice_axis needs the parameter end: an integer or None (where the piece ends, exclusive; "
            "None for the border)"
        ),
        {"axis": 0, "begin": 0},
        {"data": (3, 5)},
        error="ParameterError",
    ),
    Bad(
        "slice_axis",
        "slice_axis: parameter begin is 'None' but must be an integer",
        {"axis": 0, "begin": "None", "end": 1},
        {"data": (3, 5)},
        error="ParameterError",
    ),
    Bad(
        "slice_like",
        (
            "slice_like 'node': axis 0 of data (3, 5) is shorter than that of shape_like (4, 3) [data "
            "(3, 5), shape_like (4, 3)]"
        ),
        {},
        {"data": (3, 5), "shape_like": (4, 3)},
    ),
    Bad(
        "slice_like",
        (
            "slice_like 'node': data is (3, 5) and shape_like (2,), which must have as many dimensions "
            "where axes is empty [data (3, 5), shape_like (2,)]"
        ),
        {},
        {"data": (3, 5), "shape_like": (2,)},
    ),
    Bad(
        "slice_like",
        ("slice_like 'node': an axis of axes is 2 but the array has 2 dimensions [data (3, 5), shape_like (2, 3)]"),
        {"axes": (2,)},
        {"data": (3, 5), "shape_like": (2, 3)},
    ),
    Bad(
        "Concat",
        (
            "Concat 'node': arrays joined along axis 0 must have one size along every other axis [arg0 "
            "(3, 5), arg1 (3, 2)]"
        ),
        {"num_args": 2, "dim": 0},
        {"arg0": (3, 5), "arg1": (3, 2)},
    ),
    Bad(
        "Concat",
        "Concat 'node': dim is 2 but the array has 2 dimensions [arg0 (3, 5), arg1 (3, 2)]",
        {"num_args": 2, "dim": 2},
        {"arg0": (3, 5), "arg1": (3, 2)},
    ),
    Bad(
        "Concat",
        "Concat 'node': arg1 is (3, 5, 1) but another array has 2 dimensions [arg0 (3, 5), arg1 (3, 5, 1)]",
        {"num_args": 2},
        {"arg0": (3, 5), "arg1": (3, 5, 1)},
    ),
    Bad(
        "Concat",
        "Concat: parameter num_args is 0 but must be an integer >= 1 and <= 100000",
        {"num_args": 0},
        error="ParameterError",
    ),
    Bad(
        "Concat",
        "Concat 'node': arg1 ('arg1') is int32 but arg0 float32 with num_args=2 needs float32",
        {"num_args": 2},
        {"arg0": (3, 5), "arg1": (3, 2)},
        dtypes={"arg0": "float32", "arg1": "int32"},
        error="DTypeError",
    ),
    Bad(
        "stack",
        "stack 'node': (3, 5) and (3, 3) differ [arg0 (3, 5), arg1 (3, 3)]",
        {"num_args": 2},
        {"arg0": (3, 5), "arg1": (3, 3)},
    ),
    Bad(
        "stack",
        "stack 'node': axis is 3 but the array has 3 dimensions [arg0 (3, 5), arg1 (3, 5)]",
        {"num_args": 2, "axis": 3},
        {"arg0": (3, 5), "arg1": (3, 5)},
    ),
    Bad(
        "SliceChannel",
        "SliceChannel 'node': axis 1 of (3, 5) does not divide into 3 equal pieces [data (3, 5)]",
        {"num_outputs": 3},
        {"data": (3, 5)},
    ),
    Bad(
        "SliceChannel",
        "SliceChannel 'node': axis 1 of (3, 4) has size 4, which squeeze_axis needs to be 2 [data (3, 4)]",
        {"num_outputs": 2, "squeeze_axis": True},
        {"data": (3, 4)},
    ),
    Bad(
        "SliceChannel",
        "SliceChannel: parameter num_outputs is 0 but must be an integer >= 1 and <= 100000",
        {"num_outputs": 0},
        {"data": (3, 5)},
        error="ParameterError",
    ),
    Bad(
        "SliceChannel",
        "SliceChannel 'node': axis is 2 but the array has 2 dimensions [data (3, 5)]",
        {"num_outputs": 3, "axis": 2},
        {"data": (3, 5)},
    ),
    Bad(
        "_split_v2",
        "_split_v2: indices is (1, 3) but must begin with 0 where sections is 0",
        {"indices": (1, 3)},
        {"data": (3, 5)},
        error="ParameterError",
    ),
    Bad(
        "_split_v2",
        "_split_v2: indices is (0, 3, 1) but must not fall",
        {"indices": (0, 3, 1)},
        {"data": (3, 5)},
        error="ParameterError",
    ),
    Bad(
        "_split_v2",
        "_split_v2 'node': indices is (0, 6) but axis 1 has size 5 [data (3, 5)]",
        {"indices": (0, 6)},
        {"data": (3, 5)},
    ),
    Bad(
        "_split_v2",
        ("_split_v2 'node': squeeze_axis needs pieces of length 1 but those of (3, 5) have [2, 3] [data (3, 5)]"),
        {"indices": (0, 2), "squeeze_axis": True},
        {"data": (3, 5)},
    ),
    Bad(
        "Pad",
        "Pad: parameter mode is 'foo' but must be one of 'constant', 'edge', 'reflect'",
        {"mode": "foo", "pad_width": (0, 0)},
        {"data": (3, 5)},
        error="ParameterError",
    ),
    Bad(
        "Pad",
        "Pad: pad_width is (0, 0, 0) but must have two numbers for each axis",
        {"mode": "edge", "pad_width": (0, 0, 0)},
        {"data": (3, 5)},
        error="ParameterError",
    ),
    Bad(
        "Pad",
        "Pad 'node': data is (3, 5), which needs 4 numbers in pad_width, not (0, 0) [data (3, 5)]",
        {"mode": "edge", "pad_width": (0, 0)},
        {"data": (3, 5)},
    ),
    Bad(
        "Pad",
        "Pad 'node': data is (3, 5), too small for a mirrored border of 5 on an axis of 5 [data (3, 5)]",
        {"mode": "reflect", "pad_width": (0, 0, 5, 0)},
        {"data": (3, 5)},
    ),
    Bad(
        "Pad",
        "Pad: parameter pad_width is (0, 0, -1, 0) but must be a tuple of integers >= 0",
        {"mode": "edge", "pad_width": (0, 0, -1, 0)},
        {"data": (3, 5)},
        error="ParameterError",
    ),
]
