"""What the rows of tests/cases cannot say of the layers: randomness, states, and gradients that start or end."""

from __future__ import annotations

import numpy as np
import pytest

from symbolnb.context import cpu
from symbolnb.errors import GradientError
from symbolnb.ops.base import Operator
from symbolnb.ops.nn import convolution
from symbolnb.ops.registry import create
from symbolnb.runtime.random import generator, seed
from tests.cases.row import Array
from tests.cases.run import Case, forward

RANDOM = np.random.default_rng(5)


def normal(*shape: int) -> Array:
    return RANDOM.standard_normal(shape).astype("float32")


def gradients(operator: Operator, inputs: list[Array], heads: list[Array]) -> tuple[list[Array], list[Array]]:
    """Outputs, then the gradients of all inputs that are no states."""
    states = operator.auxiliary_inputs()
    case = Case(operator, inputs, heads, [index for index in range(len(inputs)) if index not in states])
    results = case.run(case.first_order())
    return results[: operator.visible_outputs()], results[operator.visible_outputs() :]


@pytest.mark.parametrize(("parameters", "scale"), [({"p": 0.25}, 4 / 3), ({"p": 0.5, "mode": "always"}, 2)])
def test_dropout_keeps_the_right_share_and_scales_it(parameters: dict[str, object], scale: float) -> None:
    operator = create("Dropout", **parameters).in_mode("mode" not in parameters)
    data = normal(100, 97)
    seed(1)
    output, mask = forward(operator, [data])
    assert set(np.unique(mask)) == {np.float32(0), np.float32(scale)}
    assert (mask == 0).mean() == pytest.approx(parameters["p"], abs=0.02)
    np.testing.assert_array_equal(output, data * mask)


def test_dropout_shares_one_draw_along_axes() -> None:
    output, mask = forward(create("Dropout", axes=(1,)).in_mode(True), [np.ones((53, 7, 5), "float32")])
    assert mask.shape == (53, 1, 5)
    np.testing.assert_array_equal(output, np.broadcast_to(mask, output.shape))
    assert set(np.unique(output)) == {0, 2}


def test_dropout_follows_the_seed_and_draws_anew_after_it() -> None:
    operator, data = create("Dropout").in_mode(True), np.ones((50, 50), "float32")
    outputs = [np.empty_like(data), np.empty_like(data)]
    masks = [np.empty_like(data), np.empty_like(data)]
    seed(3)
    for output, mask in zip(outputs, masks, strict=True):
        operator.sample(np, [data], [output, mask], generator(cpu()))
    assert (outputs[0] != outputs[1]).any()
    seed(3)
    again = np.empty_like(data)
    operator.sample(np, [data], [again, masks[1]], generator(cpu()))
    np.testing.assert_array_equal(again, outputs[0])


def test_dropout_gradient_is_that_of_the_elements_kept() -> None:
    operator, data, head = create("Dropout").in_mode(True), normal(7, 11), normal(7, 11)
    (output,), (grad,) = gradients(operator, [data], [head])
    np.testing.assert_allclose(grad, head * (output / data), rtol=1e-6)


def test_rrelu_draws_between_its_bounds() -> None:
    operator = create("LeakyReLU", act_type="rrelu", lower_bound=0.25, upper_bound=0.5).in_mode(True)
    data = normal(100, 97)
    output, factors = forward(operator, [data])
    below = factors[data <= 0]
    assert below.min() >= 0.25 and below.max() <= 0.5
    assert below.mean() == pytest.approx(0.375, abs=0.01)
    assert below.std() == pytest.approx(0.25 / np.sqrt(12), rel=0.05)
    assert (factors[data > 0] == 1).all()
    np.testing.assert_array_equal(output, data * factors)


def test_rrelu_gradient_is_its_factor() -> None:
    operator = create("LeakyReLU", act_type="rrelu").in_mode(True)
    data, head = normal(5, 7), normal(5, 7)
    (_, factors), (grad,) = gradients(operator, [data], [head, np.zeros_like(head)])
    np.testing.assert_allclose(grad, head * factors, rtol=1e-6)


@pytest.mark.parametrize(
    ("training", "parameters", "moves"),
    [(True, {}, True), (False, {}, False), (True, {"use_global_stats": True}, False)],
)
def test_moving_statistics_change_in_the_backward_pass_alone(
    training: bool, parameters: dict[str, object], moves: bool
) -> None:
    operator = create("BatchNorm", momentum=0.75, **parameters).in_mode(training)
    inputs = [normal(5, 3, 7), normal(3), normal(3), normal(3), abs(normal(3))]
    mean, variance = inputs[3].copy(), inputs[4].copy()
    forward(operator, inputs)
    np.testing.assert_array_equal(inputs[3], mean)
    np.testing.assert_array_equal(inputs[4], variance)
    gradients(operator, inputs, [normal(5, 3, 7)])
    if moves:
        mean = 0.75 * mean + 0.25 * inputs[0].mean((0, 2))
        variance = 0.75 * variance + 0.25 * inputs[0].var((0, 2))
    np.testing.assert_allclose(inputs[3], mean, rtol=1e-5)
    np.testing.assert_allclose(inputs[4], variance, rtol=1e-5)


def test_fixed_gamma_is_left_alone() -> None:
    operator = create("BatchNorm").in_mode(True)
    inputs = [normal(5, 3), normal(3), normal(3), normal(3), abs(normal(3))]
    gamma = inputs[1].copy()
    _, (_, gamma_grad, _) = gradients(operator, inputs, [normal(5, 3)])
    np.testing.assert_array_equal(inputs[1], gamma)
    assert not gamma_grad.any()


def test_softmax_output_multiplies_by_the_incoming_gradient_if_asked_to() -> None:
    data, label, head = normal(5, 3), np.array([0, 2, 1, 1, 0], "float32"), normal(5, 3)
    _, (plain, _) = gradients(create("SoftmaxOutput"), [data, label], [head])
    _, (scaled, _) = gradients(create("SoftmaxOutput", out_grad=True), [data, label], [head])
    np.testing.assert_allclose(scaled, plain * head, rtol=1e-6)


def test_softmax_output_is_not_differentiated_twice() -> None:
    data, label = normal(5, 3), np.array([0, 2, 1, 1, 0], "float32")
    case = Case(create("SoftmaxOutput"), [data, label], [normal(5, 3)], [0])
    with pytest.raises(GradientError, match="_softmax_output_gradient has no gradient"):
        case.second_order([normal(5, 3)])


@pytest.mark.parametrize("operator", ["LinearRegressionOutput", "LogisticRegressionOutput"])
def test_regressions_are_differentiated_twice(operator: str) -> None:
    data, label, direction = normal(5, 3).astype("float64"), normal(5, 3).astype("float64"), normal(5, 3)
    case = Case(create(operator), [data, label], [normal(5, 3).astype("float64")], [0])
    second = case.run(case.second_order([direction.astype("float64")]))[1]
    sigmoid = 1 / (1 + np.exp(-data))
    curvature = 1 if operator.startswith("Linear") else sigmoid * (1 - sigmoid)
    np.testing.assert_allclose(second, direction * curvature / 3, rtol=1e-6)


@pytest.mark.parametrize(("kernel", "dtype"), [((15, 17), "uint8"), ((16, 16), "int32")])
def test_places_of_maxima_take_the_smallest_type_that_holds_them(kernel: tuple[int, int], dtype: str) -> None:
    data = normal(2, 3, 17, 19)
    output, places = forward(create("Pooling", kernel=kernel), [data])
    assert places.dtype == dtype
    window = data[:, :, : kernel[0], : kernel[1]].reshape(2, 3, -1)
    np.testing.assert_array_equal(places[:, :, 0, 0], window.argmax(2))
    np.testing.assert_array_equal(output[:, :, 0, 0], window.max(2))


@pytest.mark.parametrize("pool_type", ["max", "avg"])
def test_pooling_passes_over_padding(pool_type: str) -> None:
    operator = create("Pooling", kernel=(3,), pad=(1,), pool_type=pool_type, count_include_pad=False)
    output = forward(operator, [np.full((1, 1, 4), -2, "float32")])[0]
    np.testing.assert_array_equal(output, np.full((1, 1, 4), -2))


def test_maximum_passes_over_nan() -> None:
    data = np.array([[[1, np.nan, 3, np.nan]]], "float32")
    np.testing.assert_array_equal(forward(create("Pooling", kernel=(2,)), [data])[0], [[[1, 3, 3]]])
    np.testing.assert_array_equal(forward(create("Pooling", global_pool=True), [data])[0], [[[3]]])


def test_convolution_in_parts_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = create("Convolution", kernel=(3, 3), num_filter=4, pad=(1, 1))
    inputs, head = [normal(5, 3, 7, 7), normal(4, 3, 3, 3), normal(4)], normal(5, 4, 7, 7)
    monkeypatch.setattr("symbolnb.settings.settings.fast_kernels", False)
    whole = gradients(operator, inputs, [head])
    monkeypatch.setattr(convolution, "CHUNK_BYTES", 1)
    parts = gradients(operator, inputs, [head])
    for one, other in zip(whole[0] + whole[1], parts[0] + parts[1], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_embedding_adds_up_equal_numbers() -> None:
    operator = create("Embedding", input_dim=4, output_dim=2)
    data, weight, head = np.array([1, 1, 9, -3, 1], "int32"), normal(4, 2), normal(5, 2)
    _, (data_grad, weight_grad) = gradients(operator, [data, weight], [head])
    assert not data_grad.any()
    wanted = [head[3], head[0] + head[1] + head[4], [0, 0], head[2]]
    np.testing.assert_allclose(weight_grad, wanted, rtol=1e-5)


def test_an_empty_batch_leaves_the_moving_averages_alone() -> None:
    """Neither NaN nor a warning comes from the mean of nothing."""
    operator = create("BatchNorm", fix_gamma=False).in_mode(True)
    mean, variance = normal(3), normal(3)
    inputs = [np.zeros((0, 3, 2), "float32"), normal(3), normal(3), mean.copy(), variance.copy()]
    outputs, grads = gradients(operator, inputs, [np.zeros((0, 3, 2), "float32")])
    assert outputs[0].shape == grads[0].shape == (0, 3, 2)
    assert not grads[1].any()
    np.testing.assert_array_equal(inputs[3], mean)
    np.testing.assert_array_equal(inputs[4], variance)
