"""mx.test_utils: comparisons say what differs, and the checks of symbols pass and fail where they must."""

from __future__ import annotations

import numpy as np
import pytest

import symbolnb as mx
from symbolnb import nd, sym
from symbolnb import test_utils as utils


def test_comparisons() -> None:
    ones = np.ones(2)
    assert utils.same(nd.ones(2), ones) and not utils.same(ones, ones[:1])
    assert utils.almost_equal(ones, ones + 1e-7) and not utils.almost_equal(ones, ones[:1])
    utils.assert_almost_equal(nd.ones(2), ones + 1e-4)  # float32's tolerance
    utils.assert_almost_equal(np.float16([1, 2]), np.float16([1, 2.01]))
    nan = np.array([1, np.nan])
    utils.assert_almost_equal(nan, nan, equal_nan=True)
    with pytest.raises(AssertionError, match=r"^1 of 2 elements differ \(rtol=1e-05, atol=1e-20\):\n  \[1\]: a nan"):
        utils.assert_almost_equal(nan, nan)
    with pytest.raises(AssertionError, match=r"^a has shape \(2,\) but b has \(3,\)$"):
        utils.assert_almost_equal(ones, np.ones(3))
    with pytest.raises(AssertionError, match=r"x 1\.0, y 3\.0, 6\.67e\+04 times the tolerance"):
        utils.assert_almost_equal(ones, ones * [1, 3], names=("x", "y"))


def test_random_shapes_and_arrays() -> None:
    mx.random.seed(0)
    assert all(1 <= size <= 4 for size in utils.rand_shape_nd(50, 4))
    assert len(utils.rand_shape_2d()) == 2 and len(utils.rand_shape_3d()) == 3
    assert utils.rand_ndarray((2, 3), dtype="float16").dtype is np.float16
    first, second = utils.random_arrays((2,), (3, 1))
    assert (first.shape, second.shape, first.dtype) == ((2,), (3, 1), np.float32)
    assert utils.random_arrays((2,)).shape == (2,)
    assert utils.default_dtype() is np.float32


def test_symbol_checks() -> None:
    x, y = sym.Variable("x"), sym.Variable("y")
    both = {"x": np.array([1.0, 2.0]), "y": np.array([3.0, 5.0])}
    utils.check_symbolic_forward(x * y, both, [np.array([3.0, 10.0])])
    utils.check_symbolic_backward(x * y, both, [np.ones(2)], {"x": both["y"], "y": both["x"]})
    utils.check_symbolic_backward(x * y, both, [np.ones(2)], [both["y"], both["x"]], grad_req="add")
    utils.check_symbolic_backward(x * y, both, [np.ones(2)], {"x": both["y"]}, grad_req={"x": "write"})
    utils.check_numeric_gradient(sym.exp(x) * y, both)
    with pytest.raises(AssertionError, match="EXPECTED_"):
        utils.check_symbolic_forward(x * y, both, [np.array([3.0, 11.0])])
    with pytest.raises(AssertionError, match="BACKWARD_y"):
        utils.check_symbolic_backward(x * y, both, [np.ones(2)], {"x": both["y"], "y": both["y"]})
    with pytest.raises(AssertionError, match="NUMERICAL_x"):
        utils.check_numeric_gradient(sym.BlockGrad(x) * y, both)
