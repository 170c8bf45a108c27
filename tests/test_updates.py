"""The update operators where rows cannot look: the states they leave behind, and weights that change in place."""

from __future__ import annotations

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.ops.registry import find
from tests.cases import golden
from tests.cases.optimizer import ROWS
from tests.cases.row import Row
from tests.cases.run import forward, operator_of

WRONG = {"mp_lamb_update_phase2": ("weight32",), "mp_nag_mom_update": ("mom",)}
"""States that MXNet gets wrong: it does not move the weight in float32, and takes the pull of the moved weight."""
STEPS = [row for row in ROWS if row.golden and operator_of(row).auxiliary_inputs()]
FIRST = np.array([[1.0, -2.0], [0.5, 3.0]], "float32")
SLOPE = np.array([[0.5, 1.0], [-1.0, 0.25]], "float32")


def fresh(*arrays: np.ndarray) -> list[mx.nd.NDArray]:
    """NDArrays of copies."""
    return [mx.nd.array(array) for array in arrays]


@pytest.mark.parametrize("row", STEPS, ids=lambda row: row.id)
def test_states_are_mxnets(row: Row) -> None:
    operator, arrays = operator_of(row), row.arrays(row.dtypes[0])
    answers = golden.load("optimizer")
    forward(operator, arrays)
    names = list(row.inputs)
    for position in operator.auxiliary_inputs():
        if names[position] in WRONG.get(row.operator, ()):
            continue
        right = answers[f"{row.id}/state/{names[position]}"]
        np.testing.assert_allclose(arrays[position], right, rtol=2e-5, atol=1e-7)


def test_states_that_mxnet_gets_wrong() -> None:
    weight, grad, high = np.ones(2, "float32"), np.full(2, 0.5, "float32"), np.ones(2, "float32")
    one = np.full(1, 2.0, "float32")
    (made,) = forward(find("mp_lamb_update_phase2").from_attributes({"lr": "0.1"}), [weight, grad, one, one, high])
    np.testing.assert_allclose(high, np.full(2, 0.95), rtol=1e-6)
    np.testing.assert_array_equal(made, high)
    parameters = {"lr": "0.1", "wd": "0.1", "momentum": "0.9"}
    plain, mixed = np.ones(2, "float32"), np.ones(2, "float32")
    forward(find("nag_mom_update").from_attributes(parameters), [weight, grad, plain])
    forward(find("mp_nag_mom_update").from_attributes(parameters), [weight, grad, mixed, weight.copy()])
    np.testing.assert_array_equal(plain, mixed)


def test_states_have_mxnets_order_in_symbols() -> None:
    made = mx.sym.adam_update(*[mx.sym.Variable(name) for name in "wgmv"], lr=0.1)
    assert (made.list_arguments(), made.list_auxiliary_states()) == (["w", "g"], ["m", "v"])


@pytest.mark.parametrize("name", ["sgd_update", "_sparse_sgd_update", "signsgd_update"])
def test_a_weight_is_updated_in_place(name: str) -> None:
    weight, grad = fresh(FIRST, SLOPE)
    memory = weight._data
    made = getattr(mx.nd, name)(weight, grad, out=weight, lr=0.5)
    step = np.sign(SLOPE) if name == "signsgd_update" else SLOPE
    assert made is weight
    assert weight._data is memory
    np.testing.assert_allclose(weight.asnumpy(), FIRST - 0.5 * step)


def test_without_out_only_the_state_changes() -> None:
    weight, grad, velocity = fresh(FIRST, SLOPE, np.zeros_like(FIRST))
    made = mx.nd.sgd_mom_update(weight, grad, velocity, lr=0.5, momentum=0.9)
    np.testing.assert_array_equal(weight.asnumpy(), FIRST)
    np.testing.assert_allclose(velocity.asnumpy(), -0.5 * SLOPE)
    np.testing.assert_allclose(made.asnumpy(), FIRST - 0.5 * SLOPE)


def test_two_weights_at_once_in_place() -> None:
    weights, grads = fresh(FIRST, FIRST[0]), fresh(SLOPE, SLOPE[1])
    inputs = [array for pair in zip(weights, grads, strict=True) for array in pair]
    mx.nd.multi_sgd_update(*inputs, lrs=(0.5, 1.0), wds=(0.0, 0.0), num_weights=2, out=weights)
    np.testing.assert_allclose(weights[0].asnumpy(), FIRST - 0.5 * SLOPE)
    np.testing.assert_allclose(weights[1].asnumpy(), FIRST[0] - SLOPE[1])


def test_lamb_for_two_weights_is_both_halves_for_each() -> None:
    pairs = [(FIRST, SLOPE), (FIRST[0], SLOPE[1])]
    inputs = [array for weight, grad in pairs for array in (weight, grad, 0.1 * grad, np.ones_like(grad))]
    parameters = {"learning_rates": (0.1, 0.2), "wds": (0.01, 0.02), "step_count": (3, 4), "num_tensors": 2}
    made = mx.nd._multi_lamb_update(*fresh(*inputs), **parameters)
    for index, (weight, grad) in enumerate(pairs):
        arrays = fresh(weight, grad, 0.1 * grad, np.ones_like(grad))
        step = mx.nd.lamb_update_phase1(*arrays, t=3 + index, wd=0.01 * (1 + index))
        sizes = [mx.nd.array([float(np.linalg.norm(array.asnumpy()))]) for array in (arrays[0], step)]
        both = mx.nd.lamb_update_phase2(arrays[0], step, *sizes, lr=0.1 * (1 + index))
        np.testing.assert_allclose(made[index].asnumpy(), both.asnumpy(), rtol=1e-6)


def test_half_precision_weights_keep_what_they_would_lose() -> None:
    weight, grad = (mx.nd.array(np.array([value]), dtype="float16") for value in (1.0, 1e-4))
    high = mx.nd.array([1.0])
    for _ in range(100):
        mx.nd.mp_sgd_update(weight, grad, high, lr=1.0, out=weight)
    np.testing.assert_allclose(high.asnumpy(), [0.99], rtol=1e-4)
    np.testing.assert_allclose(weight.asnumpy(), [0.99], rtol=1e-3)


@pytest.mark.parametrize("factor", [0.0, np.inf, np.nan])
def test_adamw_leaves_all_as_it_was_for_a_factor_that_overflowed(factor: float) -> None:
    arrays = [FIRST.copy(), SLOPE.copy(), 0.1 * SLOPE, np.ones_like(SLOPE), np.array([factor], "float32")]
    (made,) = forward(find("_adamw_update").from_attributes({"lr": "0.1", "eta": "1"}), arrays)
    np.testing.assert_array_equal(made, FIRST)
    np.testing.assert_array_equal(arrays[2], np.float32(0.1) * SLOPE)
    np.testing.assert_array_equal(arrays[3], np.ones_like(SLOPE))


def test_reset_arrays() -> None:
    arrays = fresh(FIRST, SLOPE[0])
    assert mx.nd.reset_arrays(*arrays, num_arrays=2) == []
    assert not any(array.asnumpy().any() for array in arrays)


@pytest.mark.parametrize(("before", "after"), [(0, 0), (1, 1)])
def test_all_finite_can_keep_what_was_found_before(before: float, after: float) -> None:
    found = mx.nd.array([before])
    mx.nd.all_finite(mx.nd.array(FIRST), init_output=False, out=found)
    assert found.asnumpy().tolist() == [after]
    mx.nd.multi_all_finite(mx.nd.array([np.nan]), num_arrays=1, init_output=False, out=found)
    assert found.asnumpy().tolist() == [0]
