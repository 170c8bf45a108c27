"""Functions of `nd` and `sym` that work out an operator's parameters: MXNet's results, by hand."""

from __future__ import annotations

import numpy as np
import pytest

import symbolnb as mx

DATA = np.arange(12, dtype="float32").reshape(4, 3)


def test_split_v2() -> None:
    data = mx.nd.array(DATA)
    np.testing.assert_array_equal([piece.asnumpy() for piece in mx.nd.split_v2(data, 2)], DATA.reshape(2, 2, 3))
    assert [piece.shape for piece in data.split_v2((1, 3))] == [(1, 3), (2, 3), (1, 3)]
    assert [piece.shape for piece in mx.nd.split_v2(data, 3, axis=-1, squeeze_axis=True)] == [(4,)] * 3
    assert mx.nd.split_v2(data, 1).shape == (4, 3)
    with pytest.raises(ValueError, match=r"cannot cut axis 0 of \(4, 3\) into 3 equal pieces"):
        mx.nd.split_v2(data, 3)
    with pytest.raises(ValueError, match=r"indices_or_sections is 2\.5 but must be an int or a tuple of ints"):
        mx.nd.split_v2(data, 2.5)  # type: ignore[arg-type]


def test_split_v2_of_a_symbol() -> None:
    symbol = mx.sym.split_v2(mx.sym.var("data"), 2)
    attributes = {"axis": "0", "squeeze_axis": "False", "indices": "[]", "sections": "2"}
    assert next(iter(symbol.attr_dict().values())) == attributes
    assert symbol.infer_shape(data=(4, 3))[1] == [(2, 3), (2, 3)]
    parts = mx.sym.var("data").split_v2((1,), axis=1)
    assert next(iter(parts.attr_dict().values()))["indices"] == "[0, 1]"
    assert parts[1].infer_shape(data=(4, 3))[1] == [(4, 2)]
    with pytest.raises(ValueError, match=r"indices_or_sections is \[1\]"):
        mx.sym.split_v2(mx.sym.var("data"), [1])  # type: ignore[arg-type]


def test_histogram() -> None:
    data = mx.nd.array(DATA)
    counts, edges = mx.nd.histogram(data, bins=3, range=(0, 10))
    assert counts.asnumpy().tolist() == [4, 3, 4]
    np.testing.assert_allclose(edges.asnumpy(), [0, 10 / 3, 20 / 3, 10], rtol=1e-6)
    counts, edges = mx.nd.histogram(data, bins=mx.nd.array([0, 3, 9]))
    assert (counts.asnumpy().tolist(), edges.asnumpy().tolist()) == ([3, 7], [0, 3, 9])
    with pytest.warns(UserWarning, match="no range is given"):
        counts, edges = mx.nd.histogram(data, bins=3)
    assert (counts.dtype, counts.asnumpy().tolist()) == (np.float32, [4, 4, 4])
    np.testing.assert_allclose(edges.asnumpy(), [0, 11 / 3, 22 / 3, 11], rtol=1e-6)
    with pytest.raises(ValueError, match="bins is 'a' but must be a number of bins or an NDArray of edges"):
        mx.nd.histogram(data, bins="a")  # type: ignore[arg-type]


def test_histogram_of_a_symbol() -> None:
    data, bins = mx.sym.var("data"), mx.sym.var("bins")
    assert mx.sym.histogram(data, bins, name="h").list_outputs() == ["h_output0", "h_output1"]
    assert mx.sym.histogram(data, bins=5, range=(0, 10)).infer_shape(data=(4, 3))[1] == [(5,), (6,)]
    with pytest.raises(ValueError, match="needs a range"):
        mx.sym.histogram(data)
    with pytest.raises(ValueError, match=r"bins is 2\.5 but must be a number of bins or a Symbol of edges"):
        mx.sym.histogram(data, bins=2.5)


def test_functions_that_fill_an_array() -> None:
    out = mx.nd.zeros((3, 4))
    assert mx.nd.onehot_encode(mx.nd.array([1, 0, 3]), out) is out
    np.testing.assert_array_equal(out.asnumpy(), np.eye(4)[[1, 0, 3]])
    assert mx.nd._internal._set_value(3, out=out) is out
    assert (out.asnumpy() == 3).all()
    with pytest.raises(ValueError, match="_set_value fills the array that is given as out, but out is None"):
        mx.nd._internal._set_value(3)


def test_slice_assign_and_detach() -> None:
    data, right = mx.nd.ones((2, 2, 2)), np.ones((2, 2, 2))
    assert data.slice_assign(mx.nd.zeros((1, 1, 2)), (0, 0, None), (1, 1, None), (None, None, None)) is data
    right[0, 0] = 0
    np.testing.assert_array_equal(data.asnumpy(), right)
    assert data.slice_assign_scalar(5, (1,), (2,), ()) is data
    right[1] = 5
    np.testing.assert_array_equal(data.asnumpy(), right)
    data.detach()[:] = 7
    assert (data.asnumpy() == 7).all()


def test_number_of_inputs_has_mxnets_default() -> None:
    """Only a parameter without a default, and num_args, is filled in."""
    arrays = [mx.nd.ones(2) for _ in range(4)]
    variables = [mx.sym.var(f"x{number}") for number in range(4)]
    assert mx.nd.multi_sgd_update(*arrays[:2], lrs=(0.5,), wds=(0,)).asnumpy().tolist() == [0.5, 0.5]
    one = mx.sym.multi_sgd_update(*variables[:2], lrs=(0.5,), wds=(0,))
    assert one.list_attr() == {"lrs": "(0.5,)", "wds": "(0,)"}
    with pytest.raises(mx.MXNetError, match=r"needs 2 inputs \(weight_0, grad_0\) but got 4"):
        mx.nd.multi_sgd_update(*arrays, lrs=(0.5,), wds=(0,))
    with pytest.raises(mx.MXNetError, match=r"takes 2 inputs \(weight_0, grad_0\) .* but 4 are given"):
        mx.sym.multi_sgd_update(*variables, lrs=(0.5,), wds=(0,))
    both = mx.nd.multi_sgd_update(*arrays, lrs=(0.5, 0.25), wds=(0, 0), num_weights=2)
    assert [array.asnumpy().tolist() for array in both] == [[0.5, 0.5], [0.75, 0.75]]
    assert mx.sym.concat(*variables).list_attr() == {"num_args": "4"}
    halves = [mx.nd.ones(2, dtype="float16"), mx.nd.ones(3)]
    assert [array.dtype for array in mx.nd.amp_multicast(*halves, num_outputs=2)] == [np.float32, np.float32]
    assert mx.sym.amp_multicast(*variables[:2], num_outputs=2).list_arguments() == ["x0", "x1"]


@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin"])
def test_an_empty_axis_has_no_largest_element(name: str) -> None:
    function = getattr(mx.nd, name)
    with pytest.raises(
        ValueError, match=rf"{name} .*: the array is \(0, 3\): along axis 0 it has no element, so there"
    ):
        function(mx.nd.zeros((0, 3)), axis=0)
    assert function(mx.nd.zeros((0, 3)), axis=1).shape == (0,)
