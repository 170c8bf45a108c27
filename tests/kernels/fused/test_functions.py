"""The functions of the compiled kernels over all kinds of numbers, to the last bits."""

from __future__ import annotations

from collections.abc import Callable
from math import erf as exact_erf
from typing import Any

import numpy as np
import pytest

from symbolnb.kernels.fused import compiler
from symbolnb.ops.registry import create
from tests.kernels.fused.test_rows import alone, compiled

pytestmark = pytest.mark.skipif(not compiler.available(), reason="needs llvmlite")
Array = Any

WIDE: dict[str, Callable[[Array], Array]] = {
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "log2": np.log2,
    "tanh": np.tanh,
    "sqrt": np.sqrt,
    "erf": np.vectorize(exact_erf, otypes=["float64"]),
}


def numbers() -> Array:
    """Any bits, then the ranges in which something happens, then single numbers at the borders."""
    random = np.random.default_rng(0)
    bits = random.integers(0, 2**32, 60_000, dtype="uint32").view("float32")
    ranges = [random.uniform(-size, size, 20_000).astype("float32") for size in (0.01, 1, 20, 110)]
    near_one = (1 + random.uniform(-0.01, 0.01, 20_000)).astype("float32")
    borders = np.array([0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 1e-40, -1e-40, 1.1754944e-38, 88.72, 88.73, -87.4,
                        -103.9, -104.0, 3.4e38, 0.46875, 4.0, 0.55, 17.5], "float32")  # fmt: skip
    return np.concatenate([bits, *ranges, near_one, borders])


@pytest.mark.parametrize("name", WIDE)
def test_float32_to_two_or_three_units_in_the_last_place(name: str) -> None:
    x = numbers()
    found = compiled(alone(create(name), 1), [x])
    assert found is not None
    with np.errstate(all="ignore"):
        exact = WIDE[name](x.astype("float64"))
        rounded = exact.astype("float32")
    ordinary = np.isfinite(rounded)
    np.testing.assert_array_equal(found[0][~ordinary], rounded[~ordinary])
    unit = np.spacing(np.maximum(np.abs(rounded[ordinary]), np.finfo("float32").tiny)).astype("float64")
    error = np.abs(found[0][ordinary].astype("float64") - exact[ordinary]) / unit
    assert error.max() < 2.5
    zero = rounded == 0
    np.testing.assert_array_equal(np.signbit(found[0][zero & (x == 0)]), np.signbit(rounded[zero & (x == 0)]))


@pytest.mark.parametrize("name", WIDE)
def test_float64_agrees_with_numpy(name: str) -> None:
    random = np.random.default_rng(1)
    borders = [0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, 1e-310, 709.7, 709.8, -745.0, -746.0, 1e308]
    x = np.concatenate([random.normal(size=5000), random.uniform(-700, 700, 5000), np.array(borders)])
    found = compiled(alone(create(name), 1), [x])
    assert found is not None
    with np.errstate(all="ignore"):
        exact = WIDE[name](x)
    np.testing.assert_allclose(found[0], exact, rtol=1e-15, atol=1e-323)


SPECIAL = [0.0, -0.0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 2.5, -2.5, np.inf, -np.inf, np.nan, 1e30, -1e30, 1e-30, 1e-42]


@pytest.mark.parametrize("name", ["_power", "_hypot"])
def test_two_operands_at_special_and_other_numbers(name: str) -> None:
    special = np.array(SPECIAL, "float32")
    random = np.random.default_rng(2).uniform(0, 8, (2, 20_000)).astype("float32")
    x, y = (np.concatenate([grid.reshape(-1), more]) for grid, more in zip(np.meshgrid(special, special), random,
                                                                           strict=True))  # fmt: skip
    found = compiled(alone(create(name), 2), [x, y])
    assert found is not None
    function = {"_power": np.power, "_hypot": np.hypot}[name]
    with np.errstate(all="ignore"):
        right = function(x.astype("float64"), y.astype("float64")).astype("float32")
    np.testing.assert_allclose(found[0], right, rtol=1.2e-7, atol=1e-45)
    number = ~np.isnan(right)
    np.testing.assert_array_equal(np.signbit(found[0][number]), np.signbit(right[number]))


@pytest.mark.parametrize("exponent", [-3, -1, -0.5, 0, 0.5, 1, 2, 2.5, 3, 5])
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_constant_powers(exponent: float, dtype: str) -> None:
    with np.errstate(over="ignore"):
        x = np.concatenate([np.array(SPECIAL), np.linspace(-9, 9, 333)]).astype(dtype)
    found = compiled(alone(create("_power_scalar", scalar=exponent), 1), [x])
    with np.errstate(all="ignore"):
        right = np.power(x, np.full_like(x, exponent))  # a single exponent of a half NumPy takes for a square root
    assert found is not None
    np.testing.assert_allclose(found[0], right, rtol=3e-7 if dtype == "float32" else 1e-3)


@pytest.mark.parametrize("kind", ["relu", "sigmoid", "softrelu", "softsign", "tanh"])
def test_activations_at_special_numbers(kind: str) -> None:
    x = np.array([np.nan, np.inf, -np.inf, 0.0, 200.0, -200.0, 1e-30, -1e-30], "float32")
    operator = create("Activation", act_type=kind)
    found = compiled(alone(operator, 1), [x])
    right = np.empty_like(x)
    with np.errstate(all="ignore"):
        operator.forward(np, [x], [right])
    assert found is not None
    np.testing.assert_allclose(found[0], right, rtol=1e-6)


@pytest.mark.parametrize(("name", "sign"), [("_maximum", 1), ("_minimum", -1)])
def test_of_two_zeros_the_second_is_taken(name: str, sign: int) -> None:
    """MXNet's ``a > b ? a : b``, in which neither zero is the larger one."""
    x, y = (np.array(values, "float32") for values in ([0.0, -0.0, 0.0, -0.0, 2.0], [-0.0, 0.0, 0.0, -0.0, -2.0]))
    found = compiled(alone(create(name), 2), [x, y])
    assert found is not None
    np.testing.assert_array_equal(np.signbit(found[0]), [True, False, False, True, sign < 0])


def test_relu_of_a_negative_zero_is_zero() -> None:
    found = compiled(alone(create("relu"), 1), [np.array([-0.0, -1.0, 3.0], "float32")])
    assert found is not None
    assert not np.signbit(found[0]).any()
