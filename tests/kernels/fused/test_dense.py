"""Kernels on dense arrays against NumPy's own loops, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbolnb.graph.spec import Spec
from symbolnb.kernels.fused import calls, compiler
from symbolnb.kernels.fused.calls import NativeCall
from symbolnb.kernels.fused.dense import ColumnSumKernel, SoftmaxLossKernel, ZerosKernel
from symbolnb.ops.base import Operator
from symbolnb.ops.infer import complete_specs
from symbolnb.ops.registry import create
from symbolnb.settings import settings
from tests.cases.run import blank, specs_of

pytestmark = pytest.mark.skipif(not compiler.available(), reason="needs llvmlite")
Array = Any
SUM, LOSS, ZEROS = ColumnSumKernel(), SoftmaxLossKernel(), ZerosKernel()


def computed(kernel: Any, operator: Operator, *arrays: Array) -> Array:
    """What the kernel makes of arrays."""
    specs = specs_of(arrays), complete_specs(operator, specs_of(arrays))
    assert kernel.supports(operator, *specs)
    assert kernel.workspace(operator, *specs) == 0
    (output,) = outputs = [blank(spec) for spec in specs[1]]
    output[...] = np.nan
    call = kernel.bind(operator, specs, arrays, outputs, None)
    assert isinstance(call, NativeCall)
    call()
    return output


def random(*shape: int, dtype: str = "float32") -> Array:
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("columns", [8, 10, 63, 64, 65, 128, 201])
@pytest.mark.parametrize("rows", [32, 33, 67])
def test_column_sums_are_numpys_to_the_last_bit(rows: int, columns: int, dtype: str) -> None:
    data = random(rows, columns, dtype=dtype)
    expected = data[0].copy()
    for row in data[1:]:
        expected += row
    np.testing.assert_array_equal(computed(SUM, create("sum", axis=(0,)), data), expected)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_column_sums_on_any_number_of_threads(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "threads", threads)
    monkeypatch.setattr(calls, "PARALLEL", 0)
    data = random(5, 7, 30, 30)
    for keepdims in (False, True):
        found = computed(SUM, create("sum", axis=(0, 1), keepdims=keepdims), data)
        np.testing.assert_allclose(found, data.sum((0, 1), keepdims=keepdims), rtol=1e-5, atol=1e-5)


def test_other_sums_are_left_to_others() -> None:
    def supported(shape: tuple[int, ...], dtype: str = "float32", **parameters: Any) -> bool:
        operator = create("sum", **parameters)
        specs = [Spec(shape, np.dtype(dtype))]
        return SUM.supports(operator, specs, complete_specs(operator, specs))

    assert supported((50, 9), axis=(0,))
    assert supported((1, 300), axis=(0,))
    assert not supported((5, 9), axis=(0,))  # few elements
    assert not supported((50, 7), axis=(0,))  # few columns
    assert not supported((50, 9), axis=(1,))
    assert not supported((50, 9))
    assert not supported((50, 4, 9), axis=(0, 2))
    assert not supported((0, 9), axis=(0,))
    assert not supported((50, 9), "float16", axis=(0,))


@pytest.mark.parametrize("rows", [1, 2])
def test_column_sums_of_few_rows(rows: int) -> None:
    data = random(rows, 300)
    np.testing.assert_array_equal(computed(SUM, create("sum", axis=(0,)), data), data.sum(0))


@pytest.mark.parametrize("classes", [1, 2, 10, 64, 65, 150])
@pytest.mark.parametrize("parameters", [
    {}, {"normalization": "batch"}, {"grad_scale": 3.0}, {"grad_scale": 0.1, "normalization": "batch"},
])  # fmt: skip
def test_the_loss_of_a_softmax_is_numpys_to_the_last_bit(classes: int, parameters: dict[str, Any]) -> None:
    operator = create("_softmax_output_gradient", **parameters)
    made = np.abs(random(7, classes))
    label = np.array([0, classes - 1, classes, -1, 0.9, -0.9, 1e9], "float32")
    expected = np.empty_like(made)
    operator.forward(np, [made, label], [expected])
    np.testing.assert_array_equal(computed(LOSS, operator, made, label), expected)


def test_a_softmax_may_become_its_loss() -> None:
    operator = create("_softmax_output_gradient")
    made, label = np.abs(random(6, 11)), np.arange(6, dtype="float32")
    specs = specs_of([made, label]), specs_of([made])
    assert LOSS.inplace_pairs(operator, *specs) == ((0, 0),)
    expected = made.copy()
    expected[np.arange(6), np.arange(6)] -= 1
    LOSS.bind(operator, specs, [made, label], [made], None)()
    np.testing.assert_array_equal(made, expected)


def test_other_losses_are_left_to_numpy() -> None:
    def supported(shape: tuple[int, ...], label: tuple[int, ...], **parameters: Any) -> bool:
        operator = create("_softmax_output_gradient", **parameters)
        specs = [Spec(shape, np.dtype("float32")), Spec(label, np.dtype("float32"))]
        return LOSS.supports(operator, specs, specs[:1])

    assert supported((5, 9), (5,))
    assert supported((5, 4, 9), (5, 4), preserve_shape=True)
    assert not supported((5, 9), (5, 9))  # probabilities
    assert not supported((5, 9), (5,), use_ignore=True)
    assert not supported((5, 9), (5,), smooth_alpha=0.5)
    assert not supported((5, 9), (5,), normalization="valid")
    assert not supported((5, 9, 3), (5, 3), multi_output=True)
    assert supported((5, 9, 1), (5, 1), multi_output=True)


@pytest.mark.parametrize("dtype", ["float32", "bool", "int64"])
def test_zeros(dtype: str) -> None:
    out = np.ones((3, 5), dtype)
    operator, specs = create("_zeros", shape=(3, 5), dtype=dtype), specs_of([out])
    assert ZEROS.supports(operator, [], specs)
    around = np.ones(17, dtype)
    ZEROS.bind(operator, ([], specs), [], [around[1:16].reshape(3, 5)], None)()
    assert around.tolist() == [1, *[0] * 15, 1]
    large = [Spec((100, 100), np.dtype("float32"))]
    assert not ZEROS.supports(create("_zeros", shape=(100, 100)), [], large)
