"""Rows of the operators that move and repeat elements."""

from __future__ import annotations

from tests.cases.row import Bad, Row, integers

WHOLE = {"dtypes": ("int32", "uint8", "int64"), "gradient": "none"}

ROWS = [
    Row("transpose", {}, {"data": (2, 3, 5)}),
    Row("transpose", {}, {"data": (7,)}),
    Row("transpose", {"axes": ()}, {"data": (2, 3)}),
    Row("transpose", {"axes": (2, 0, 1)}, {"data": (2, 3, 5)}),
    Row("transpose", {"axes": (0, 1)}, {"data": (2, 3)}),
    Row("transpose", {"axes": (0, 2, 3, 1)}, {"data": (2, 1, 3, 5)}),
    Row(
        "transpose", {"axes": (-1, 0)}, {"data": (2, 3)}, oracle=lambda x, axes: x.T, golden=False, gradient="numerical"
    ),
    Row("transpose", {}, {"data": (0, 3)}, golden=False, gradient="numerical"),
    Row("SwapAxis", {}, {"data": (2, 3)}),
    Row("SwapAxis", {"dim1": 0, "dim2": 2}, {"data": (2, 3, 5)}),
    Row("SwapAxis", {"dim1": -1, "dim2": 0}, {"data": (2, 3, 5)}),
    Row("broadcast_to", {"shape": (2, 3)}, {"data": (1, 3)}),
    Row("broadcast_to", {"shape": (2, 3)}, {"data": (2, 1)}),
    Row("broadcast_to", {"shape": (2, 3)}, {"data": (2, 3)}),
    Row("broadcast_to", {"shape": (0, 5, 0)}, {"data": (2, 1, 3)}),
    Row("broadcast_to", {"shape": (2, 3, 5)}, {"data": (1, 1, 1)}),
    Row("broadcast_like", {}, {"lhs": (1, 3), "rhs": (2, 3)}, still=["rhs"]),
    Row("broadcast_like", {"lhs_axes": (0,), "rhs_axes": (-1,)}, {"lhs": (1, 2), "rhs": (5, 3)}, still=["rhs"]),
    Row("broadcast_like", {"lhs_axes": (0, 2), "rhs_axes": (1, 0)}, {"lhs": (1, 2, 1), "rhs": (5, 3)}, still=["rhs"]),
    Row("broadcast_axis", {"axis": 0, "size": 2}, {"data": (1, 3)}),
    Row("broadcast_axis", {"axis": (0, 2), "size": (2, 3)}, {"data": (1, 5, 1)}),
    Row("broadcast_axis", {}, {"data": (1, 1)}),
    *(Row("tile", {"reps": reps}, {"data": (2, 3)}) for reps in (2, (2,), (2, 3), (2, 1, 3), (), (1, 1))),
    Row("tile", {"reps": (3,)}, {"data": (2, 1, 3)}),
    Row("repeat", {"repeats": 2}, {"data": (2, 3)}),
    Row("repeat", {"repeats": 3, "axis": 0}, {"data": (2, 3)}),
    Row("repeat", {"repeats": 2, "axis": -1}, {"data": (2, 3)}),
    Row("repeat", {"repeats": 2, "axis": 1}, {"data": (2, 3, 5)}),
    Row("repeat", {"repeats": 1}, {"data": (2, 3)}),
    *(Row("reverse", {"axis": axis}, {"data": (2, 3)}) for axis in (0, 1, (0, 1), (0, 0), ())),
    Row(
        "reverse", {"axis": -1}, {"data": (2, 3)}, oracle=lambda x, axis: x[:, ::-1], golden=False, gradient="numerical"
    ),
]

ROWS += [
    Row("transpose", {"axes": (2, 0, 1)}, {"data": integers(0, 9, 2, 3, 5)}, **WHOLE),
    Row("broadcast_to", {"shape": (0, 5, 0)}, {"data": integers(0, 9, 2, 1, 3)}, **WHOLE),
    Row("tile", {"reps": (2, 3)}, {"data": integers(0, 9, 2, 3)}, **WHOLE),
    Row("repeat", {"repeats": 2}, {"data": integers(0, 9, 2, 3)}, **WHOLE),
]

BAD = [
    Bad(
        "transpose",
        "transpose 'node': axes is (1, 1) but must name each of 2 axes once [data (3, 5)]",
        {"axes": (1, 1)},
        {"data": (3, 5)},
    ),
    Bad(
        "transpose",
        "transpose 'node': axes is (0,) but must name each of 2 axes once [data (3, 5)]",
        {"axes": (0,)},
        {"data": (3, 5)},
    ),
    Bad(
        "transpose",
        "transpose 'node': axes is (0, 2) but must name each of 2 axes once [data (3, 5)]",
        {"axes": (0, 2)},
        {"data": (3, 5)},
    ),
    Bad(
        "SwapAxis",
        "SwapAxis 'node': dim1 is 3 but the array has 2 dimensions [data (3, 5)]",
        {"dim1": 3},
        {"data": (3, 5)},
    ),
    Bad(
        "SwapAxis",
        "SwapAxis 'node': dim2 is -3 but the array has 2 dimensions [data (3, 5)]",
        {"dim2": -3},
        {"data": (3, 5)},
    ),
    Bad(
        "broadcast_to",
        "broadcast_to 'node': data is (3, 5) and cannot be broadcast to (4, 5) [data (3, 5)]",
        {"shape": (4, 5)},
        {"data": (3, 5)},
    ),
    Bad(
        "broadcast_to",
        (
            "broadcast_to 'node': data is (3, 5) with 2 dimensions and cannot be broadcast to (2, 3, 5) "
            "with 3 [data (3, 5)]"
        ),
        {"shape": (2, 3, 5)},
        {"data": (3, 5)},
    ),
    Bad(
        "broadcast_to",
        "broadcast_to: parameter shape is (-1, 5) but must be a tuple of integers >= 0",
        {"shape": (-1, 5)},
        {"data": (3, 5)},
        error="ParameterError",
    ),
    Bad(
        "broadcast_like",
        (
            "broadcast_like 'node': lhs is (1, 3) with 2 dimensions and cannot be broadcast to (2, 2, 3) "
            "with 3 [lhs (1, 3), rhs (2, 2, 3)]"
        ),
        {},
        {"lhs": (1, 3), "rhs": (2, 2, 3)},
    ),
    Bad(
        "broadcast_like",
        "broadcast_like 'node': lhs is (2, 3) and cannot be broadcast to (4, 3) [lhs (2, 3), rhs (4, 3)]",
        {},
        {"lhs": (2, 3), "rhs": (4, 3)},
    ),
    Bad(
        "broadcast_like",
        ("broadcast_like 'node': axis 1 of lhs (1, 2) has size 2 and cannot be repeated [lhs (1, 2), rhs (5, 3)]"),
        {"lhs_axes": (1,), "rhs_axes": (1,)},
        {"lhs": (1, 2), "rhs": (5, 3)},
    ),
    Bad(
        "broadcast_like",
        "broadcast_like: lhs_axes (0, 1) and rhs_axes (0,) must be as many, at least one",
        {"lhs_axes": (0, 1), "rhs_axes": (0,)},
        {"lhs": (1, 2), "rhs": (5, 3)},
        error="ParameterError",
    ),
    Bad(
        "broadcast_like",
        "broadcast_like: lhs_axes () and rhs_axes () must be as many, at least one",
        {"lhs_axes": (), "rhs_axes": ()},
        {"lhs": (1, 2), "rhs": (5, 3)},
        error="ParameterError",
    ),
    Bad(
        "broadcast_axis",
        "broadcast_axis 'node': axis 0 of (2, 1) has size 2 and cannot be repeated [data (2, 1)]",
        {"axis": 0, "size": 3},
        {"data": (2, 1)},
    ),
    Bad(
        "broadcast_axis",
        "broadcast_axis: axis (0, 1) and size (3,) must be as many",
        {"axis": (0, 1), "size": 3},
        {"data": (1, 1)},
        error="ParameterError",
    ),
    Bad(
        "broadcast_axis",
        "broadcast_axis 'node': axis is 3 but the array has 2 dimensions [data (1, 1)]",
        {"axis": 3, "size": 3},
        {"data": (1, 1)},
    ),
    Bad(
        "tile",
        "tile: parameter reps is (0,) but must be a tuple of integers >= 1",
        {"reps": (0,)},
        {"data": (3, 5)},
        error="ParameterError",
    ),
    Bad(
        "repeat",
        "repeat: parameter repeats is -1 but must be an integer >= 0",
        {"repeats": -1},
        {"data": (3, 5)},
        error="ParameterError",
    ),
    Bad(
        "repeat",
        "repeat 'node': axis is 2 but the array has 2 dimensions [data (3, 5)]",
        {"repeats": 2, "axis": 2},
        {"data": (3, 5)},
    ),
    Bad(
        "reverse",
        "reverse 'node': axis is 2 but the array has 2 dimensions [data (3, 5)]",
        {"axis": 2},
        {"data": (3, 5)},
    ),
]
