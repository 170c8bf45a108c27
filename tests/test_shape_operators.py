"""What the rows of shape operators cannot say: partly known shapes both ways, and errors that need values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbolnb.compile.infer import infer_shapes
from symbolnb.errors import MXNetError, ShapeError
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import merge_shapes
from symbolnb.ops.registry import find
from tests.cases.run import Case, forward

N = None
# operator, parameters, what is known of the inputs and of the outputs, and what follows for both;
# those marked with a comment are more than MXNet 1.9.1 deduces, the others are exactly that
FOLLOWS: list[tuple[str, dict[str, Any], list[Any], list[Any], list[Any], list[Any]]] = [
    ("Reshape", {"shape": (0, -1)}, [(N, 3)], [N], [(N, 3)], [(N, N)]),
    ("Reshape", {"shape": (-1, 6)}, [(N, 3)], [N], [(N, 3)], [(N, 6)]),
    ("Reshape", {"shape": (-2,)}, [(N, 3)], [N], [(N, 3)], [(N, 3)]),
    ("Reshape", {"shape": (-3,)}, [(N, 3)], [N], [(N, 3)], [(N,)]),
    ("Reshape", {"shape": (0, -3)}, [(2, N, 3)], [N], [(2, N, 3)], [(2, N)]),
    ("Reshape", {"shape": (-4, 2, -1, -2)}, [(N, 3)], [N], [(N, 3)], [(2, N, 3)]),
    ("Reshape", {"shape": (2, 3)}, [(N, 3)], [N], [(2, 3)], [(2, 3)]),
    ("Reshape", {"shape": (2, 3)}, [N], [N], [N], [(2, 3)]),  # more
    ("Reshape", {"shape": (-1, 6)}, [(N, 3)], [(2, 6)], [(4, 3)], [(2, 6)]),
    ("Reshape", {"shape": (0, 6)}, [(N, 6)], [(2, 6)], [(2, 6)], [(2, 6)]),
    ("Reshape", {"shape": (0, -1)}, [(N, 2, 3)], [(2, 6)], [(2, 2, 3)], [(2, 6)]),
    ("Reshape", {"shape": (-3, -2)}, [(N, 2, 3)], [(2, 3)], [(1, 2, 3)], [(2, 3)]),
    ("Reshape", {"shape": (2, 6)}, [(N, 3)], [N], [(4, 3)], [(2, 6)]),
    ("Reshape", {}, [(2, 3)], [(6,)], [(2, 3)], [(6,)]),
    ("reshape_like", {}, [N, (2, 3)], [N], [N, (2, 3)], [(2, 3)]),  # more
    ("Flatten", {}, [(N, 3, 4)], [N], [(N, 3, 4)], [(N, 12)]),  # more
    ("Flatten", {}, [(N, N, 4)], [(2, 12)], [(2, 3, 4)], [(2, 12)]),  # more
    ("expand_dims", {"axis": 1}, [N], [(2, 1, 3)], [(2, 3)], [(2, 1, 3)]),
    ("expand_dims", {"axis": -1}, [N], [(N, 3, N)], [(N, 3)], [(N, 3, 1)]),
    ("squeeze", {"axis": 0}, [(1, N)], [(3,)], [(1, 3)], [(3,)]),  # more
    ("transpose", {"axes": (2, 0, 1)}, [(2, N, 3)], [(3, 2, 5)], [(2, 5, 3)], [(3, 2, 5)]),
    ("transpose", {"axes": (1, 0)}, [N], [(3, 2)], [(2, 3)], [(3, 2)]),  # more
    ("SwapAxis", {"dim1": 0, "dim2": 1}, [(N, 3)], [N], [(N, 3)], [(3, N)]),
    ("broadcast_to", {"shape": (0, 3)}, [(2, 1)], [N], [(2, 1)], [(2, 3)]),
    ("reverse", {"axis": 0}, [N], [(2, 3)], [(2, 3)], [(2, 3)]),
    ("tile", {"reps": (2, 3)}, [(N, 2)], [(4, 6)], [(2, 2)], [(4, 6)]),  # more
    ("repeat", {"repeats": 2, "axis": 1}, [(N, 2)], [N], [(N, 2)], [(N, 4)]),
    ("slice", {"begin": (0, 1), "end": (2, 3)}, [(N, 4)], [N], [(N, 4)], [(N, 2)]),
    ("slice", {"begin": (1,), "end": (3,)}, [(3, N)], [(2, 5)], [(3, 5)], [(2, 5)]),  # more
    ("slice_axis", {"axis": 1, "begin": 0, "end": 2}, [(N, 4)], [(3, 2)], [(3, 4)], [(3, 2)]),  # more
    ("slice_like", {"axes": (0,)}, [(3, N), (2, 4)], [N], [(3, N), (2, 4)], [(2, N)]),
    ("Concat", {"num_args": 2}, [(N, 4), (3, 2)], [N], [(3, 4), (3, 2)], [(3, 6)]),
    ("Concat", {"num_args": 2}, [(3, 4), N], [(3, 6)], [(3, 4), (3, 2)], [(3, 6)]),  # MXNet gives an error
    ("Concat", {"num_args": 2}, [(3, 4), (3, N)], [N], [(3, 4), (3, N)], [(3, N)]),
    ("stack", {"num_args": 2}, [(3, N), (N, 4)], [N], [(3, 4), (3, 4)], [(2, 3, 4)]),
    ("stack", {"num_args": 2}, [N, N], [(2, 3, 4)], [(3, 4), (3, 4)], [(2, 3, 4)]),  # more
    ("SliceChannel", {"num_outputs": 2}, [(N, 4)], [N, N], [(N, 4)], [(N, 2), (N, 2)]),
    ("SliceChannel", {"num_outputs": 2}, [N], [(3, 2), N], [(3, 4)], [(3, 2), (3, 2)]),  # more
    ("SliceChannel", {"num_outputs": 2, "squeeze_axis": True}, [N], [N, (3, 5)], [(3, 2, 5)], [(3, 5), (3, 5)]),  # more
    ("Pad", {"mode": "edge", "pad_width": (0, 0, 1, 1)}, [(3, N)], [(N, 6)], [(3, 4)], [(3, 6)]),  # more
    ("sum", {"axis": 1}, [(2, N)], [N], [(2, N)], [(2,)]),
    ("sum", {}, [(N, N)], [N], [(N, N)], [(1,)]),
    ("sum", {"axis": 1}, [(N, 3)], [(2,)], [(2, 3)], [(2,)]),  # more
    ("dot", {}, [(2, N), (3, 4)], [N], [(2, 3), (3, 4)], [(2, 4)]),  # MXNet gives an error
    ("dot", {"transpose_b": True}, [(N, N), (N, 3)], [(2, 4)], [(2, 3), (4, 3)], [(2, 4)]),  # more
    ("batch_dot", {}, [(2, N, 4), (N, N, 5)], [N], [(2, N, 4), (2, 4, 5)], [(2, N, 5)]),
    ("take", {"axis": 1}, [(N, 4), (N, 2)], [N], [(N, 4), (N, 2)], [(N, N, 2)]),
    ("pick", {}, [(3, 4), N], [N], [(3, 4), (3,)], [(3,)]),
    ("one_hot", {"depth": 3}, [(N, 2)], [(4, 2, 3)], [(4, 2)], [(4, 2, 3)]),  # more
    ("where", {}, [(2,), (2, 3), N], [N], [(2,), (2, 3), (2, 3)], [(2, 3)]),
    ("gather_nd", {}, [(3, 4), (2, N)], [N], [(3, 4), (2, N)], [(N,)]),
    ("_zeros", {"shape": (0, 3)}, [], [(2, N)], [], [(2, 3)]),
    ("shape_array", {}, [(N, 3)], [N], [(N, 3)], [(2,)]),
]


@pytest.mark.parametrize("case", FOLLOWS, ids=lambda case: f"{case[0]} {case[2]} {case[3]}")
def test_what_follows_from_partly_known_shapes(case: Any) -> None:
    name, parameters, inputs, outputs, right_inputs, right_outputs = case
    found = find(name)(**_plain(name, parameters)).infer_shape(list(inputs), list(outputs))
    merged = [list(map(merge_shapes, known, new)) for known, new in zip((inputs, outputs), found, strict=True)]
    assert merged == [right_inputs, right_outputs]


def _plain(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameter values as the class takes them, where a lone number may stand for a tuple."""
    read = find(name).parameters
    return {key: read[key].read(key, str(value)) for key, value in parameters.items()}


def test_a_range_is_as_long_as_its_user_needs() -> None:
    numbers = Node(find("_arange")(start=2.0, step=3.0, repeat=2, infer_range=True), "numbers")
    data = Node(None, "data")
    total = Node(find("elemwise_add")(), "total", (Entry(numbers), Entry(data)))
    assert infer_shapes([Entry(total)], {data: (5,)})[Entry(numbers)] == (5,)
    out = np.empty(5, "float32")
    numbers.operator.forward(np, [], [out])
    assert out.tolist() == [2, 2, 5, 5, 8]


def test_shapes_that_a_reshape_cannot_reconcile() -> None:
    operator = find("Reshape")(shape=(2, 7))
    with pytest.raises(ShapeError, match=r"^the 14 elements of \(2, 7\) cannot take the shape \(\?, 3\)$"):
        operator.infer_shape([(None, 3)], [None])


def test_concat_inputs_longer_than_the_result() -> None:
    operator = find("Concat")(num_args=2)
    with pytest.raises(ShapeError, match=r"^the inputs have 4 along axis 1 already but the result has 3$"):
        operator.infer_shape([(2, 4), None], [(2, 3)])


@pytest.mark.parametrize(
    ("name", "parameters", "data", "indices", "message"),
    [
        ("take", {"mode": "raise"}, (3, 5), [0, 3], "index 3 is outside of the indexed axis, which has size 3"),
        ("take", {"mode": "raise"}, (3, 5), [-1, 0], "index -1 is outside of the indexed axis, which has size 3"),
        ("gather_nd", {}, (3, 5), [[0, 1], [1, 9]], "index 9 is outside of axis 1, which has size 5"),
        ("gather_nd", {}, (3, 5), [[-4, 1], [1, 2]], "index -4 is outside of axis 0, which has size 3"),
    ],
)
def test_positions_outside_are_named(name: str, parameters: Any, data: Any, indices: Any, message: str) -> None:
    arrays = [np.zeros(data, "float32"), np.array(indices, "int32")]
    with pytest.raises(MXNetError, match=f"{message}$"):
        Case(find(name)(**parameters), arrays, []).run([])


def test_negative_positions_count_from_the_end() -> None:
    data = np.arange(6, dtype="float32").reshape(2, 3)
    (found,) = forward(find("gather_nd")(), [data, np.array([[-1, 0], [-2, 2]], "int32")])
    assert found.tolist() == [4, 2]


def test_clipped_positions_may_be_nan_or_huge() -> None:
    data = np.arange(3, dtype="float32")
    (found,) = forward(find("take")(), [data, np.array([np.nan, np.inf, -np.inf, 1e30], "float32")])
    assert found.tolist() == [0, 2, 0, 2]


def test_prod_has_a_gradient_at_zero() -> None:
    data = np.array([[2, 0, 3], [0, 0, 5], [1, 2, 3]], "float32")
    case = Case(find("prod")(axis=(1,)), [data], [np.ones(3, "float32")], [0])
    grad = case.run(case.first_order())[1]
    assert grad.tolist() == [[0, 6, 0], [0, 0, 0], [6, 3, 2]]


def test_sums_of_float16_do_not_lose_small_terms() -> None:
    ones = np.ones(5000, "float16")
    assert forward(find("sum")(), [ones])[0].tolist() == [5000]
    assert forward(find("mean")(), [np.ones((300, 300), "float16")])[0].tolist() == [1]
    assert forward(find("dot")(), [ones, ones])[0].tolist() == [5000]


def test_multiply_adds_of_products() -> None:
    assert find("dot")(transpose_a=True).multiply_adds([(3, 2), (3, 5)], [(2, 5)]) == 30
    assert find("batch_dot")().multiply_adds([(7, 2, 3), (7, 3, 5)], [(7, 2, 5)]) == 210
