"""Winograd's convolution and its gradients, compiled, against sums of products in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbolnb.ops.nn.convolution import Convolution, ConvolutionDataGradient, ConvolutionWeightGradient
from symbolnb.ops.nn.fused_convolution import FusedConvolution
from symbolnb.settings import settings
from tests.kernels.onednn.engine import Network, libraries

Array = Any
Shape = tuple[int, ...]

CASES: list[tuple[Shape, int, tuple[int, int]]] = [
    ((1, 16, 3, 3), 32, (0, 0)),
    ((1, 16, 1, 1), 32, (1, 1)),
    ((1, 32, 2, 5), 32, (1, 1)),
    ((3, 16, 4, 4), 64, (1, 1)),
    ((2, 48, 5, 7), 96, (1, 0)),
    ((2, 32, 9, 8), 32, (2, 2)),
    ((5, 32, 7, 7), 64, (1, 1)),
    ((1, 64, 31, 30), 32, (1, 1)),
    ((7, 16, 13, 3), 32, (0, 1)),
]
"""Data, filters and pad: odd and even sizes, pieces that reach over images, and tiles half outside."""


def random(seed: int, *shape: int) -> Array:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def by_definition(data: Array, weight: Array, pad: tuple[int, int]) -> Array:
    """The convolution in float64."""
    padded = np.pad(data.astype(float), ((0, 0), (0, 0), *((size, size) for size in pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (2, 3))
    return np.einsum("ncyxij,kcij->nkyx", windows, weight.astype(float), optimize=True)


def close(actual: Array, expected: Array, terms: int, scale: float = 1.0) -> None:
    """Apart by no more than 16 units in the last place of a sum of as many normal numbers, times `scale`."""
    bound = 16 * np.finfo(np.float32).eps * np.sqrt(terms) * scale
    np.testing.assert_allclose(actual, expected, rtol=0, atol=bound)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize(("shape", "filters", "pad"), CASES)
def test_forward(
    shape: Shape, filters: int, pad: tuple[int, int], threads: int, lanes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "threads", threads)
    data, weight, bias = random(1, *shape), random(2, filters, shape[1], 3, 3), random(3, filters)
    network = Network()
    entries = [network.variable(name, array) for name, array in (("data", data), ("weight", weight), ("bias", bias))]
    program = network.compiled(network.call(Convolution(kernel=(3, 3), num_filter=filters, pad=pad), "c", *entries))
    assert "_winograd_convolution:winograd" in libraries(program)
    expected = by_definition(data, weight, pad) + bias[:, None, None]
    for _ in range(2):  # the second time as after any other
        close(network.run(program)[0], expected, 9 * shape[1])


@pytest.mark.parametrize("added", [False, True])
@pytest.mark.parametrize(("scaled", "no_bias"), [(True, True), (False, True), (False, False)])
@pytest.mark.parametrize(("rectified", "ceiling"), [(False, None), (True, None), (True, 6.0)])
def test_steps_after_it(
    scaled: bool, no_bias: bool, added: bool, rectified: bool, ceiling: float | None, lanes: int
) -> None:
    operator = FusedConvolution(
        kernel=(3, 3), num_filter=64, pad=(1, 1), no_bias=no_bias, scaled=scaled, added=added, rectified=rectified,
        ceiling=ceiling,
    )  # fmt: skip
    network = Network()
    shapes = {"data": (3, 32, 7, 6), "weight": (64, 32, 3, 3), "residual": (3, 64, 7, 6)}
    arrays = {
        name: random(seed, *shapes.get(name, (64,))) for seed, name in enumerate(operator.input_names())
    }  # fmt: skip
    program = network.compiled(
        network.call(operator, "c", *(network.variable(name, array) for name, array in arrays.items()))
    )
    assert "_winograd_convolution:winograd" in libraries(program)
    expected = by_definition(arrays["data"], arrays["weight"], (1, 1))
    expected = expected * arrays.get("scale", np.ones(64))[:, None, None]
    expected = expected + arrays.get("bias", arrays.get("shift", np.zeros(64)))[:, None, None]
    expected = expected + arrays.get("residual", 0)
    expected = np.clip(expected, 0, np.inf if ceiling is None else ceiling) if rectified else expected
    largest = float(np.abs(arrays.get("scale", np.ones(1))).max())
    close(network.run(program)[0], expected, 9 * 32, max(1.0, largest))


def test_a_residual_is_added_in_its_own_memory(lanes: int) -> None:
    network = Network()
    given = {"kernel": (3, 3), "num_filter": 32, "pad": (1, 1), "no_bias": True}
    data, first, second = random(1, 2, 32, 6, 5), random(2, 32, 32, 3, 3), random(3, 32, 32, 3, 3)
    source, *weights = (network.variable(name, array) for name, array in (("d", data), ("w", first), ("v", second)))
    inner = network.call(Convolution(**given), "inner", source, weights[0])
    outer = network.call(FusedConvolution(**given, added=True), "outer", source, weights[1], inner)
    program = network.compiled(outer, network.call("relu", "r", outer))
    steps = [step for step in program.steps if step.node.operator.name == "_winograd_convolution"]
    residual, out = (program.slots[slot] for slot in (steps[1].inputs[-1], steps[1].outputs[0]))
    assert residual.storage is not None
    assert (residual.storage, residual.offset) == (out.storage, out.offset)
    expected = by_definition(data, first, (1, 1)) + by_definition(data, second, (1, 1))
    close(network.run(program)[0], expected, 2 * 9 * 32)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize(("shape", "filters", "pad"), CASES)
def test_gradients(
    shape: Shape, filters: int, pad: tuple[int, int], threads: int, lanes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "threads", threads)
    given: dict[str, Any] = {"kernel": (3, 3), "num_filter": filters, "pad": pad}
    data, weight = random(1, *shape), random(2, filters, shape[1], 3, 3)
    grad = random(3, *by_definition(data, weight, pad).shape)
    network = Network()
    entries = [network.variable(name, array) for name, array in (("data", data), ("weight", weight), ("grad", grad))]
    by_data = network.call(ConvolutionDataGradient(**given, data_shape=shape), "by_data", entries[2], entries[1])
    by_weight = network.call(
        ConvolutionWeightGradient(**given, weight_shape=weight.shape), "by_weight", entries[0], entries[2]
    )
    program = network.compiled(by_data, by_weight)
    found = libraries(program)
    assert "_convolution_weight_gradient:winograd" in found
    assert "_winograd_convolution:winograd" in found or shape[1] % (2 * lanes)
    padded = np.zeros((*shape[:2], shape[2] + 2 * pad[0], shape[3] + 2 * pad[1]))
    kernels = np.zeros(weight.shape)
    whole = np.pad(data.astype(float), ((0, 0), (0, 0), (pad[0], pad[0]), (pad[1], pad[1])))
    for row in range(3):
        for column in range(3):
            part = (..., slice(row, row + grad.shape[2]), slice(column, column + grad.shape[3]))
            padded[part] += np.einsum("nkyx,kc->ncyx", grad, weight[:, :, row, column].astype(float), optimize=True)
            kernels[:, :, row, column] = np.einsum("nkyx,ncyx->kc", grad, whole[part], optimize=True)
    inner = padded[:, :, pad[0] : pad[0] + shape[2], pad[1] : pad[1] + shape[3]]
    actual = network.run(program)
    close(actual[0], inner, 9 * filters)
    close(actual[1], kernels, len(grad) * grad.shape[2] * grad.shape[3], 2)  # gathered from sums of larger numbers


def test_parts_of_a_batch_add_up(lanes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symbolnb.kernels.winograd.weight_gradient.SHARED_CACHE", 1 << 15)
    test_gradients((3, 32, 9, 7), 32, (1, 1), 2, lanes, monkeypatch)


def test_as_exact_as_the_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    data, weight = random(1, 1, 256, 14, 14), random(2, 64, 256, 3, 3)
    exact = by_definition(data, weight, (1, 1))
    errors = []
    for winograd in (True, False):
        monkeypatch.setattr(settings, "winograd", winograd)
        network = Network()
        entries = [network.variable("data", data), network.variable("weight", weight)]
        operator = Convolution(kernel=(3, 3), num_filter=64, pad=(1, 1), no_bias=True)
        program = network.compiled(network.call(operator, "c", *entries))
        assert ("_winograd_convolution:winograd" in libraries(program)) == winograd
        errors.append(np.sqrt(np.mean((network.run(program)[0] - exact) ** 2)))
    assert errors[0] < 2 * errors[1]


@pytest.mark.parametrize("rectified", [False, True])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_stays_within_its_tiles(value: float, rectified: bool, lanes: int) -> None:
    data, weight = random(1, 1, 32, 12, 12), random(2, 32, 32, 3, 3)
    data[0, 3, 6, 6] = value
    network = Network()
    operator = FusedConvolution(kernel=(3, 3), num_filter=32, pad=(1, 1), no_bias=True, rectified=rectified)
    entries = [network.variable("data", data), network.variable("weight", weight)]
    program = network.compiled(network.call(operator, "c", *entries))
    out = network.run(program)[0]
    data[0, 3, 6, 6] = 0
    expected = by_definition(data, weight, (1, 1))
    touched = np.zeros((12, 12), bool)
    touched[4:8, 4:8] = True  # tiles of the rows 3-6, which give 4 and 5, and of 5-8, which give 6 and 7
    expected = np.maximum(expected, 0) if rectified else expected
    close(out[..., ~touched], expected[..., ~touched], 9 * 32)
    if rectified:
        assert not np.isnan(out).any()
    else:
        assert not np.isfinite(out[..., 5:8, 5:8]).any()
