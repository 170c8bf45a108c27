"""NDArray as an object: conversion, copies, memory, Python protocols, errors."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import symbolnb as mx
from symbolnb import nd
from symbolnb.errors import DeviceError, DTypeError, ShapeError
from symbolnb.runtime.storage import SMALL


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "uint8", "int8", "int32", "int64", "bool"])
def test_dtype_is_numpys_class_and_values_survive(dtype: str) -> None:
    values = np.array([[0, 1, 2], [3, 4, 5]]).astype(dtype)
    x = nd.array(values, dtype=dtype)
    assert x.dtype is np.dtype(dtype).type
    np.testing.assert_array_equal(x.asnumpy(), values)
    assert x.asnumpy().dtype == dtype


def test_bfloat16() -> None:
    x = nd.array([1.0, 2.5], dtype="bfloat16")
    assert x._data.dtype.name == "bfloat16"
    assert x.astype("float32").asnumpy().tolist() == [1, 2.5]


def test_large_arrays_are_aligned() -> None:
    for size in (SMALL, 5 * SMALL + 1):
        assert nd.empty(size, dtype="uint8")._data.ctypes.data % 64 == 0
        assert nd.array(np.ones(size))._data.ctypes.data % 64 == 0


def test_asnumpy_is_a_copy() -> None:
    x = nd.zeros(3)
    x.asnumpy()[:] = 1
    assert x.asnumpy().sum() == 0


def test_copies_do_not_share_memory() -> None:
    x = nd.arange(3)
    made = [x.copy(), x.copyto(mx.cpu()), x.astype("float32"), copy.copy(x), copy.deepcopy(x), nd.array(x), x.T]
    made.append(pickle.loads(pickle.dumps(x)))
    for other in made:
        assert not np.shares_memory(other._data, x._data)
        np.testing.assert_array_equal(other.asnumpy(), x.asnumpy())
        assert other.dtype is np.float32
        assert other.context == mx.cpu()


def test_copyto() -> None:
    x, y = nd.array([1.5, -2.5]), nd.zeros(2, dtype="int32")
    assert x.copyto(y) is y
    assert y.asnumpy().tolist() == [1, -2]
    assert str(x.copyto(mx.cpu(1)).context) == "cpu(1)"
    with pytest.warns(RuntimeWarning, match="copy an array to itself"):
        assert x.copyto(x) is x
    with pytest.raises(ShapeError, match=r"^an array of shape \(2,\) cannot be copied to one of shape \(1,\)$"):
        x.copyto(nd.zeros(1))
    with pytest.raises(DTypeError, match=r"^copyto needs an NDArray or a Context but got int$"):
        x.copyto(3)  # type: ignore[arg-type]


def test_scalars() -> None:
    one = nd.array([2.5])
    assert type(one.asscalar()) is np.float32
    assert type(one.item()) is float
    assert (float(one), int(one), bool(one)) == (2.5, 2, True)
    assert [10, 20, 30][nd.array([1], dtype="int32")] == 20
    assert not nd.zeros((0,))
    with pytest.raises(DTypeError, match=r"^an array of float32 cannot be an index$"):
        [1, 2, 3][one]
    for convert in (float, int, nd.NDArray.asscalar, nd.NDArray.item):
        with pytest.raises(ShapeError, match=r"^the array has shape \(2,\) and is not a scalar$"):
            convert(nd.zeros(2))
    with pytest.raises(ShapeError, match=r"^the truth value of an array of shape \(2, 2\) is ambiguous$"):
        bool(nd.zeros((2, 2)))


def test_arrays_are_hashed_by_identity() -> None:
    x, y = nd.zeros(2), nd.zeros(2)
    assert len({x, y, x}) == 2


def test_numpy_protocol() -> None:
    x = nd.array([[1.5, 2.5]])
    view = np.asarray(x)
    view[0, 0] = 7
    assert x.asnumpy()[0, 0] == 7
    assert not np.shares_memory(np.array(x), view)
    assert np.asarray(x, dtype="int64").tolist() == [[7, 2]]
    assert np.array(x, copy=False) is not None
    with pytest.raises(ValueError, match="copy"):
        np.array(x, dtype="float64", copy=False)
    np.testing.assert_array_equal(np.add(x, x), [[14, 5]])
    assert isinstance(np.sum(x), nd.NDArray)
    assert np.mean(x).asscalar() == 4.75


def test_reshape_shares_memory() -> None:
    x = nd.zeros((3, 4))
    x.reshape((-1,))[5] = 1
    assert x.asnumpy()[1, 1] == 1


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((5, 5), "an array of shape (3, 4) cannot be reshaped to (5, 5)"),
        ((2, 2), "an array of shape (3, 4) cannot be reshaped to (2, 2)"),
        ((), "an array of shape (3, 4) cannot be reshaped to ()"),
        ("a", "a size of the new shape is 'a' but must be an integer"),
        ((2.0, 6), "a size of the new shape is 2.0 but must be an integer"),
    ],
)
def test_bad_shapes(shape: object, message: str) -> None:
    with pytest.raises((ShapeError, DTypeError)) as error:
        nd.zeros((3, 4)).reshape(shape)
    assert str(error.value) == message


def test_storage_types() -> None:
    x = nd.zeros(2)
    assert x.stype == "default"
    assert x.tostype("default") is not x
    with pytest.raises(DTypeError, match=r"^storage type is 'csr' but only 'default' is supported$"):
        x.tostype("csr")


def test_gpu_says_what_is_missing() -> None:
    if mx.num_gpus() > 0:
        pytest.skip("a GPU is present")
    for make in (
        lambda: nd.zeros(2, mx.gpu()),
        lambda: nd.zeros(2).as_in_context(mx.gpu(3)),
        lambda: nd.zeros(2).copyto(mx.gpu()),
    ):
        with pytest.raises(DeviceError, match=r"^gpu\(\d\) (needs CuPy, which is not installed|is not available): "):
            make()


def test_waiting_looks_for_no_gpu_that_was_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.import_module", lambda name: pytest.fail(f"{name} was looked for"))
    nd.zeros(2).wait_to_read()
    nd.waitall()
