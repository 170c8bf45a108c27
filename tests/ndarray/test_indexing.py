"""Indexing beyond MXNet's golden answers: truth values, empty parts, memory, errors."""

from __future__ import annotations

import numpy as np
import pytest

from symbolnb import nd
from symbolnb.errors import DTypeError, IndexingError, ShapeError


def test_truth_values_choose() -> None:
    x = nd.arange(12).reshape((3, 4))
    host = x.asnumpy()
    mask = host > 5
    np.testing.assert_array_equal(x[mask].asnumpy(), host[mask])
    np.testing.assert_array_equal(x[[True, False, True]].asnumpy(), host[[0, 2]])
    np.testing.assert_array_equal(x[nd.array([0, 0, 1], dtype="bool")].asnumpy(), host[[2]])
    x[mask] = -1
    host[mask] = -1
    np.testing.assert_array_equal(x.asnumpy(), host)


def test_empty_parts() -> None:
    x = nd.arange(12).reshape((3, 4))
    assert x[2:1].shape == (0, 4)
    assert x[:, 1:1].shape == (3, 0)
    assert x[[]].shape == (0, 4)
    assert x[:, 4:].size == 0


def test_every_part_is_dense_and_row_major() -> None:
    x = nd.arange(24).reshape((2, 3, 4))
    for key in (0, np.s_[:, 1], np.s_[..., ::2], np.s_[::-1], [1, 0], np.s_[:, [0, 2]], np.s_[:, [1, 2], [0, 3]], None):
        part = x[key]
        assert part._data.flags.c_contiguous
        assert part._data.dtype == np.float32


def test_a_view_keeps_its_base_alive_and_writes_through_a_chain() -> None:
    x = nd.arange(24).reshape((2, 3, 4))
    part = x[1][2].reshape((2, 2))[1]
    part[:] = -1
    np.testing.assert_array_equal(x.asnumpy().reshape(-1)[-2:], [-1, -1])
    del x
    assert part.asnumpy().tolist() == [-1, -1]


def test_assignment_from_overlapping_memory() -> None:
    v = nd.arange(6)
    v[1:5] = v[0:4]
    assert v.asnumpy().tolist() == [0, 0, 1, 2, 3, 5]


def test_assignment_keeps_the_buffer() -> None:
    x = nd.zeros((2, 3))
    buffer = x._data
    x[:] = 1
    x[0] += 4
    x += 1
    x[:, 1] = [7, 8]
    assert x._data is buffer
    np.testing.assert_array_equal(buffer, [[6, 7, 6], [2, 8, 2]])


def test_numbers_wrap_as_in_c() -> None:
    x = nd.zeros(4, dtype="uint8")
    x[0], x[1], x[2:] = 300, -1, np.array([256.0, 511.0])
    assert x.asnumpy().tolist() == [44, 255, 0, 255]


BAD_KEYS = [
    (3, "index 3 is out of bounds for axis 0 with size 3 [the array is (3, 4)]"),
    (np.s_[0, 0, 0], "too many indices for array: array is 2-dimensional, but 3 were indexed [the array is (3, 4)]"),
    ("a", "an index is 'a' but must be an integer, a slice, None, ... or an array"),
    (1.0, "an index is 1.0 but must be an integer, a slice, None, ... or an array"),
    (np.s_[..., ...], "an index may have only one ellipsis (...)"),
    ([5], "index 5 is out of bounds for axis 0 with size 3 [the array is (3, 4)]"),
    (["a"], "an index is a list that does not hold integers or truth values"),
    (np.s_[::0], "slice step cannot be zero [the array is (3, 4)]"),
    (
        np.s_[np.array([True, False])],
        "boolean index did not match indexed array along axis 0; size of axis is 3 "
        "but size of corresponding boolean axis is 2 [the array is (3, 4)]",
    ),
]


@pytest.mark.parametrize(("key", "message"), BAD_KEYS)
def test_bad_keys(key: object, message: str) -> None:
    x = nd.zeros((3, 4))
    with pytest.raises(IndexingError) as read:
        x[key]
    assert str(read.value) == message
    with pytest.raises((IndexingError, ShapeError)):
        x[key] = 1
    assert x.asnumpy().sum() == 0


def test_bad_values() -> None:
    x = nd.zeros((3, 4))
    with pytest.raises(ShapeError) as error:
        x[:] = nd.array([7, 8, 9])
    assert str(error.value) == (
        "could not broadcast input array from shape (3,) into shape (3,4) [the array is (3, 4), the value (3,)]"
    )
    for value in ("a", None, [None], 1j):
        with pytest.raises(DTypeError, match="is not a number or an array of numbers"):
            x[0] = value
    with pytest.raises(DTypeError, match="does not form an array"):
        x[0] = [[1], [1, 2]]
    assert x.asnumpy().sum() == 0
