"""Rows of the operators that give an array another shape."""

from __future__ import annotations

from tests.cases.row import Bad, Row, array


def _reshape(given, shape, note="", **parameters):
    """A row of Reshape with its codes."""
    return Row("Reshape", {"shape": shape, **parameters}, {"data": given}, note=note)


RESHAPES = [
    _reshape((2, 3, 4), (4, 6)),
    _reshape((2, 3, 4), (24,)),
    _reshape((2, 3, 4), 24, note="one number"),
    _reshape((2, 3, 4), [4, 6], note="a list"),
    _reshape((2, 3, 4), (-1,)),
    _reshape((2, 3, 4), (0, -1)),
    _reshape((2, 3, 4), (-1, 0)),
    _reshape((2, 3, 4), (0, 0, 0)),
    _reshape((2, 3, 4), (-2,)),
    _reshape((2, 3, 4), (0, -2)),
    _reshape((2, 3, 4), (-2, 1, 1)),
    _reshape((2, 3, 4), (1, -1, 4)),
    _reshape((2, 3, 4), (-3, 4)),
    _reshape((2, 3, 4), (-3, -2)),
    _reshape((2, 3, 4), (0, -3)),
    _reshape((2, 3, 4), (0, -3, 1)),
    _reshape((2, 3, 4, 5), (-3, -3)),
    _reshape((2, 3, 4), (-4, 1, 2, -2)),
    _reshape((2, 3, 4), (-4, -1, 2, -2)),
    _reshape((2, 3, 4), (-4, 2, -1, 0, 0)),
    _reshape((2, 3, 4), (2, -4, -1, 3, 4)),
    _reshape((2, 3, 4), (0, -4, -1, 3, -2)),
    _reshape((2, 3, 4), (0, 0, 2, -1)),
    _reshape((2, 3, 4), (0, -1), reverse=True),
    _reshape((2, 3, 4), (-1, 0), reverse=True),
    _reshape((2, 3, 4), (-1, 4), reverse=True),
    _reshape((8, 3, 3, 3), (-1, 9, 0), reverse=True),
    _reshape((10, 5, 4), (-3, 0), reverse=True),
    _reshape((3, 1, 1), (0, -1), note="sizes of 1"),
    Row("Reshape", {"shape": (0, -1)}, {"data": (2, 0)}, golden=False, gradient="numerical"),
    Row("Reshape", {"shape": (4, 6), "target_shape": (6, 4)}, {"data": (2, 3, 4)}),
    Row("Reshape", {"target_shape": (4, 6)}, {"data": (2, 3, 4)}),
    Row("Reshape", {"target_shape": (0, 12)}, {"data": (2, 3, 4)}),
    Row("Reshape", {"target_shape": (4, 0)}, {"data": (2, 3, 4)}),
    Row("Reshape", {"target_shape": (5, 12), "keep_highest": True}, {"data": (2, 3, 4)}),
    Row("Reshape", {"target_shape": (0, 0), "keep_highest": True}, {"data": (2, 3, 4)}),
    Row(
        "Reshape",
        {"shape": (3, 2)},
        {"data": array([[1, 2, 3], [4, 5, 6]])},
        dtypes=["int32", "uint8"],
        gradient="none",
    ),
]

VIEWS = [
    Row("_copy", {}, {"data": (2, 3)}),
    Row("_copy", {}, {"data": (0, 3)}, golden=False, gradient="numerical"),
    Row("Flatten", {}, {"data": (2, 3, 5)}),
    Row("Flatten", {}, {"data": (7,)}),
    Row("Flatten", {}, {"data": (2, 3)}),
    Row("Flatten", {}, {"data": (1, 1, 1, 1)}),
    *(Row("expand_dims", {"axis": axis}, {"data": (2, 3)}) for axis in (0, 1, 2, -1, -2, -3)),
    Row("squeeze", {}, {"data": (1, 3, 1)}),
    Row("squeeze", {}, {"data": (1, 1)}),
    Row("squeeze", {"axis": None}, {"data": (2, 3)}),
    *(Row("squeeze", {"axis": axis}, {"data": (1, 3, 1)}) for axis in (0, (0, 2), -1, (-1, 0), ())),
    Row("squeeze", {"axis": 0}, {"data": (1,)}),
    Row("reshape_like", {}, {"lhs": (2, 3, 4), "rhs": (4, 6)}, still=["rhs"], golden=False, gradient="numerical"),
    Row(
        "reshape_like",
        {"lhs_begin": 0, "lhs_end": 1, "rhs_begin": 0, "rhs_end": 2},
        {"lhs": (30, 7), "rhs": (15, 2, 4)},
        oracle=lambda x, y, **_: x.reshape(15, 2, 7),
        golden=False,
        gradient="numerical",
    ),
    Row(
        "reshape_like",
        {"lhs_begin": "None", "lhs_end": -1, "rhs_begin": -1, "rhs_end": "None"},
        {"lhs": (2, 3, 4), "rhs": (4, 6)},
        oracle=lambda x, y, **_: x.reshape(6, 4),
        golden=False,
        gradient="numerical",
    ),
    Row("_identity_with_attr_like_rhs", {}, {"lhs": (2, 3), "rhs": (2, 3)}, still=["rhs"]),
    Row("shape_array", {}, {"data": (2, 3, 5)}, gradient="none"),
    Row("size_array", {}, {"data": (2, 3, 5)}, gradient="none"),
]

ROWS = [*RESHAPES, *VIEWS]

BAD = [
    Bad(
        "Reshape",
        "Reshape 'node': the input (2, 3, 4) has 24 elements but the result (5, 5) has 25 [data (2, 3, 4)]",
        {"shape": (5, 5)},
        {"data": (2, 3, 4)},
    ),
    Bad(
        "Reshape",
        "Reshape 'node': the 24 elements of (2, 3, 4) cannot take the shape (?, 7) [data (2, 3, 4)]",
        {"shape": (-1, 7)},
        {"data": (2, 3, 4)},
    ),
    Bad(
        "Reshape",
        "Reshape 'node': shape (-1, -1) has more than one -1 [data (2, 3, 4)]",
        {"shape": (-1, -1)},
        {"data": (2, 3, 4)},
    ),
    Bad(
        "Reshape",
        "Reshape 'node': shape (0, 0, 0, 0) takes more axes than data (2, 3, 4) has [data (2, 3, 4)]",
        {"shape": (0, 0, 0, 0)},
        {"data": (2, 3, 4)},
    ),
    Bad(
        "Reshape",
        "Reshape 'node': shape (-3, -3) takes more axes than data (2, 3, 4) has [data (2, 3, 4)]",
        {"shape": (-3, -3)},
        {"data": (2, 3, 4)},
    ),
    Bad(
        "Reshape",
        "Reshape: shape is (-5,) but its codes are 0, -1, -2, -3 and -4",
        {"shape": (-5,)},
        {"data": (2, 3, 4)},
        error="ParameterError",
    ),
    Bad(
        "Reshape",
        "Reshape 'node': the sizes after -4 in shape cannot both be -1 [data (2, 3, 4)]",
        {"shape": (-4, -1, -1, -2)},
        {"data": (2, 3, 4)},
    ),
    Bad(
        "Reshape",
        "Reshape 'node': -4 in shape must be followed by two sizes [data (2, 3, 4)]",
        {"shape": (-4, 1)},
        {"data": (2, 3, 4)},
    ),
    Bad(
        "Reshape",
        ("Reshape 'node': -4 in shape splits an axis of size 2 into 3 and 2, which does not fit [data (2, 3, 4)]"),
        {"shape": (-4, 3, 2, -2)},
        {"data": (2, 3, 4)},
    ),
    Bad(
        "Reshape",
        (
            "Reshape 'node': the sizes after -4 in shape are 0 and 2 but must be positive, or one of "
            "them -1 [data (2, 3, 4)]"
        ),
        {"shape": (-4, 0, 2, -2)},
        {"data": (2, 3, 4)},
    ),
    Bad(
        "Reshape",
        ("Reshape 'node': the input (2, 3, 4) has 24 elements but the result (6, 3, 4) has 72 [data (2, 3, 4)]"),
        {"shape": (6, -2)},
        {"data": (2, 3, 4)},
    ),
    Bad(
        "Reshape",
        "Reshape 'node': shape (0, -2) takes more axes than data (2, 3, 4) has [data (2, 3, 4)]",
        {"shape": (0, -2), "reverse": True},
        {"data": (2, 3, 4)},
    ),
    Bad(
        "Reshape",
        "Reshape: target_shape is (0, 0) but only one size may be 0",
        {"target_shape": (0, 0)},
        {"data": (2, 3, 4)},
        error="ParameterError",
    ),
    Bad(
        "Reshape",
        "Reshape 'node': the input (2, 3, 4) has 24 elements but the result (5, 12) has 60 [data (2, 3, 4)]",
        {"target_shape": (5, 12)},
        {"data": (2, 3, 4)},
    ),
    Bad(
        "Reshape",
        "Reshape: parameter shape is '[2 3]' but must be a tuple of integers",
        {"shape": "[2 3]"},
        {"data": (2, 3, 4)},
        error="ParameterError",
    ),
    Bad(
        "Reshape",
        (
            "Reshape has no parameter 'shap'; did you mean 'shape'? (its parameters are shape, reverse, "
            "target_shape, keep_highest)"
        ),
        {"shap": (2, 3)},
        {"data": (2, 3, 4)},
        error="ParameterError",
    ),
    Bad(
        "reshape_like",
        (
            "reshape_like 'node': the input (2, 3, 4) has 24 elements but the result (2, 2) has 4 [lhs "
            "(2, 3, 4), rhs (2, 2)]"
        ),
        {},
        {"lhs": (2, 3, 4), "rhs": (2, 2)},
    ),
    Bad(
        "reshape_like",
        (
            "reshape_like 'node': rhs_begin=0 and rhs_end=0 do not span any axes of an array with 2 [lhs "
            "(2, 3, 4), rhs (4, 6)]"
        ),
        {"lhs_begin": 0, "lhs_end": 0, "rhs_begin": 0, "rhs_end": 0},
        {"lhs": (2, 3, 4), "rhs": (4, 6)},
    ),
    Bad(
        "reshape_like",
        (
            "reshape_like 'node': rhs_begin=3 and rhs_end=None do not span any axes of an array with 2 "
            "[lhs (2, 3, 4), rhs (4, 6)]"
        ),
        {"rhs_begin": 3},
        {"lhs": (2, 3, 4), "rhs": (4, 6)},
    ),
    Bad(
        "expand_dims",
        "expand_dims 'node': axis is 4 but must be in [-4, 3] for 3 dimensions [data (2, 3, 4)]",
        {"axis": 4},
        {"data": (2, 3, 4)},
    ),
    Bad(
        "expand_dims",
        "expand_dims 'node': axis is -5 but must be in [-4, 3] for 3 dimensions [data (2, 3, 4)]",
        {"axis": -5},
        {"data": (2, 3, 4)},
    ),
    Bad(
        "expand_dims",
        (
            "expand_dims needs the parameter axis: an integer (where the new axis stands in the result; "
            "negative counts from the end)"
        ),
        {},
        {"data": (2, 3)},
        error="ParameterError",
    ),
    Bad(
        "squeeze",
        "squeeze 'node': axis 1 of (1, 3, 1) has size 3 and cannot be removed [data (1, 3, 1)]",
        {"axis": 1},
        {"data": (1, 3, 1)},
    ),
    Bad(
        "squeeze",
        "squeeze 'node': axis is 3 but the array has 3 dimensions [data (1, 3, 1)]",
        {"axis": 3},
        {"data": (1, 3, 1)},
    ),
    Bad(
        "squeeze",
        "squeeze 'node': axis is (0, -3), which names an axis twice [data (1, 3, 1)]",
        {"axis": (0, -3)},
        {"data": (1, 3, 1)},
    ),
]
