"""Linear algebra where matrices are symmetric: gradients along symmetric directions; and matrices without an answer."""

from __future__ import annotations

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.errors import MXNetError
from symbolnb.ops.registry import find
from tests.cases.run import Case, forward

Array = np.ndarray
STEP = 1e-6


def symmetric(seed: int, definite: bool = False) -> Array:
    """Two symmetric matrices, their eigenvalues well apart where they are definite."""
    base = np.random.RandomState(seed).standard_normal((2, 4, 4))
    made = base + base.swapaxes(-1, -2)
    return 0.1 * made + np.diag([1.0, 2, 3, 4]) if definite else made


def heads_of(name: str) -> list[Array]:
    """An incoming gradient for each output."""
    outputs = forward(find(name)(), [symmetric(0, definite=True)])
    return [np.random.RandomState(index).standard_normal(out.shape) for index, out in enumerate(outputs)]


def gradient(name: str, data: Array) -> Array:
    """The gradient of the outputs weighted with `heads_of`."""
    case = Case(find(name)(), [data], heads_of(name), [0])
    return case.run(case.first_order())[-1]


def projected(name: str, data: Array) -> float:
    """The outputs weighted with `heads_of`, summed up."""
    outputs = forward(find(name)(), [data])
    return sum(float((out * head).sum()) for out, head in zip(outputs, heads_of(name), strict=True))


@pytest.mark.parametrize("name", ["_linalg_potrf", "_linalg_syevd"])
def test_gradient_is_the_slope_along_symmetric_directions(name: str) -> None:
    data, direction = symmetric(1, definite=True), symmetric(2)
    ends = [projected(name, data + step * direction) for step in (STEP, -STEP)]
    made = gradient(name, data)
    np.testing.assert_allclose(made, made.swapaxes(-1, -2), rtol=1e-9, atol=1e-12)
    assert float((made * direction).sum()) == pytest.approx((ends[0] - ends[1]) / (2 * STEP), rel=1e-6)


@pytest.mark.parametrize("name", ["_linalg_potrf", "_linalg_syevd"])
def test_second_gradient_is_the_slope_along_symmetric_directions(name: str) -> None:
    data, direction, weights = symmetric(1, definite=True), symmetric(2), symmetric(3)
    ends = [float((gradient(name, data + step * direction) * weights).sum()) for step in (STEP, -STEP)]
    case = Case(find(name)(), [data], heads_of(name), [0])
    second = case.run(case.second_order([weights]))[-1]
    assert float((second * direction).sum()) == pytest.approx((ends[0] - ends[1]) / (2 * STEP), rel=1e-6)


def test_what_the_factors_are() -> None:
    data = mx.nd.array(symmetric(4, definite=True))
    vectors, values = (made.asnumpy() for made in mx.nd._linalg_syevd(data))
    np.testing.assert_allclose(
        vectors.swapaxes(1, 2) @ (values[..., None] * vectors), data.asnumpy(), rtol=1e-4, atol=1e-5
    )
    wide = mx.nd.array(np.random.RandomState(5).standard_normal((3, 4)))
    q, lower = (made.asnumpy() for made in mx.nd.linalg_gelqf(wide))
    np.testing.assert_allclose(q @ q.T, np.eye(3), atol=1e-6)
    assert not np.triu(lower, 1).any()


@pytest.mark.parametrize(
    ("name", "data"),
    [("linalg_potrf", -np.eye(2)), ("linalg_inverse", np.ones((2, 2)))],
    ids=lambda value: str(value)[:20],
)
def test_a_matrix_without_an_answer_is_an_error_that_names_the_node(name: str, data: Array) -> None:
    symbol = mx.sym.Variable("a")
    bound = getattr(mx.sym, name)(symbol, name="factor").bind(mx.cpu(), {"a": mx.nd.array(data)})
    with pytest.raises(MXNetError, match=rf"_{name} 'factor' failed with A \(2, 2\) float32: "):
        bound.forward()


def test_large_triangular_systems() -> None:
    random = np.random.RandomState(6)
    matrix = np.tril(random.standard_normal((300, 300))) * 0.02 + np.eye(300)
    right = random.standard_normal((300, 7))
    for lower, given in ((True, matrix), (False, matrix.T)):
        operator = find("_linalg_trsm").from_attributes({"lower": str(lower)})
        (solution,) = forward(operator, [given, right])
        np.testing.assert_allclose(given @ solution, right, rtol=1e-9, atol=1e-9)


def test_a_zero_on_the_diagonal_of_a_triangular_system() -> None:
    (solution,) = forward(find("_linalg_trsm")(), [np.zeros((2, 2)), np.ones((2, 2))])
    assert np.isinf(solution[0]).all()
    assert np.isnan(solution[1]).all()
