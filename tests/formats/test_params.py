"""The file of arrays: against files that MXNet 1.9.1 wrote, and against broken ones.

The files in data/ were written by MXNet: `named` holds a dict of a 2 by 3 array in each element type and of one
with a name outside ASCII, `listed` a list, `np_shape` (under that mode) a scalar and an empty array, `sparse` a
row_sparse array.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolnb import nd
from symbolnb.errors import DTypeError, FormatError, MXNetError
from symbolnb.formats import params

DATA = Path(__file__).parent / "data"
NAMED = (DATA / "named.params").read_bytes()


def test_named_arrays() -> None:
    loaded = params.load(DATA / "named.params")
    assert isinstance(loaded, dict)
    kinds = ["float16", "float32", "float64", "uint8", "int8", "int32", "int64", "bool"]
    assert list(loaded) == [*(f"arg:{kind}" for kind in kinds), "aux:größe"]
    for kind in kinds:
        values = np.arange(6).reshape(2, 3) % 5 - (0 if kind in ("uint8", "bool") else 2)
        np.testing.assert_array_equal(loaded[f"arg:{kind}"].asnumpy(), values.astype(kind))
        assert loaded[f"arg:{kind}"].dtype is np.dtype(kind).type
    assert loaded["aux:größe"].asnumpy().tolist() == [[[1.5]]]


def test_lists_and_odd_shapes() -> None:
    first, second = params.load(str(DATA / "listed.params"))
    assert (first.asnumpy().tolist(), second.asnumpy().tolist()) == ([0, 1, 2, 3], [7])
    scalar, empty = params.load(DATA / "np_shape.params")
    assert (scalar.shape, float(scalar), empty.shape) == ((), 2.5, (0, 3))


@pytest.mark.parametrize("name", ["named", "listed", "np_shape"])
def test_written_files_equal_mxnets(name: str, tmp_path: Path) -> None:
    params.save(tmp_path / "out.params", params.load(DATA / f"{name}.params"))
    assert (tmp_path / "out.params").read_bytes() == (DATA / f"{name}.params").read_bytes()


def test_the_nd_functions_are_these(tmp_path: Path) -> None:
    path = str(tmp_path / "one.params")
    nd.save(path, nd.arange(3))
    (back,) = nd.load(path)
    assert back.asnumpy().tolist() == [0, 1, 2]
    nd.save(path, {})
    assert nd.load(path) == []
    assert list(nd.load_frombuffer(NAMED)) == list(nd.load(str(DATA / "named.params")))


def test_older_forms() -> None:
    values = np.array([[1, 2, 3]], "<f4").tobytes()
    tail = struct.pack("<iii", 1, 0, 0) + values
    head, names = struct.pack("<QQQ", params.FILE, 0, 1), struct.pack("<Q", 0)
    for form in (
        struct.pack("<Ii2q", params.V1, 2, 1, 3),
        struct.pack("<I2I", 2, 1, 3),  # before there were numbers for forms: dimensions and 32-bit sizes
    ):
        (loaded,) = params.load_frombuffer(head + form + tail + names)
        assert loaded.asnumpy().tolist() == [[1, 2, 3]]


def test_every_truncation_is_an_error() -> None:
    for end in range(len(NAMED)):
        with pytest.raises(FormatError):
            params.load_frombuffer(NAMED[:end])


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.integers(0, len(NAMED) - 1), st.binary(min_size=1, max_size=8))
def test_a_changed_file_loads_or_is_an_error(position: int, change: bytes) -> None:
    broken = NAMED[:position] + change + NAMED[position + len(change) :]
    try:
        loaded = params.load_frombuffer(broken)
    except FormatError:
        return
    values = loaded.values() if isinstance(loaded, dict) else loaded
    assert sum(array._data.nbytes for array in values) <= len(broken)


HEAD = struct.pack("<QQQ", params.FILE, 0, 1)
BROKEN = [
    (b"", "the buffer is not a file of MXNet arrays"),
    (b"PK\x03\x04" * 9, "the buffer is not a file of MXNet arrays"),
    (
        struct.pack("<QQQ", params.FILE, 0, 2**62),
        "the buffer is cut short or broken: it announces 4611686018427387904 arrays",
    ),
    (
        HEAD + struct.pack("<Iii2q3i", params.V2, 0, 2, 2**31, 2**31, 1, 0, 0),
        "the buffer is cut short or broken: an array of shape (2147483648, 2147483648) needs "
        "18446744073709551616 bytes, 0 are left",
    ),
    (HEAD + struct.pack("<Ii", params.V2, 7), "the buffer: array 0 has the unknown storage type 7"),
    (HEAD + struct.pack("<Iii", params.V2, 0, 99), "the buffer: array 0 has 99 dimensions, or is of an unknown kind"),
    (HEAD + struct.pack("<Iii1q", params.V2, 0, 1, -5), "the buffer: array 0 has the shape (-5,)"),
    (
        HEAD + struct.pack("<Iii", params.V2, 0, 0),
        "the buffer: array 0 has no shape: it was saved before it was filled",
    ),
    (
        HEAD + struct.pack("<Iii1q3i", params.V2, 0, 1, 1, 1, 0, 77),
        "the buffer: array 0 has the unknown element type 77",
    ),
    (
        struct.pack("<QQQQQ", params.FILE, 0, 0, 1, 2**40),
        "the buffer is cut short or broken: a name needs 1099511627776 bytes, 0 are left",
    ),
    (struct.pack("<QQQQQ", params.FILE, 0, 0, 1, 1) + b"\xff", "the buffer has a name that is not UTF-8"),
    (struct.pack("<QQQQQ", params.FILE, 0, 0, 1, 1) + b"a", "the buffer has 0 arrays but 1 names"),
    (
        (DATA / "sparse.params").read_bytes(),
        "the buffer: array 0 is sparse (row_sparse); only dense ones can be read",
    ),
    (NAMED.replace(b"arg:uint8", b"arg:int32"), "the buffer has two arrays of one name"),
]


@pytest.mark.parametrize(("content", "message"), BROKEN, ids=[message[-40:] for _, message in BROKEN])
def test_broken_files(content: bytes, message: str) -> None:
    with pytest.raises(FormatError) as error:
        params.load_frombuffer(content)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (3, "save takes an NDArray, a list of them or a dict of them, not a int"),
        ({"a": 1}, "save takes NDArrays but one of the values is a int"),
        ({1: nd.zeros(1)}, "the name of an array is 1 but must be a str"),
    ],
)
def test_bad_data_leaves_the_file_alone(data: object, message: str, tmp_path: Path) -> None:
    path = tmp_path / "kept.params"
    path.write_bytes(NAMED)
    with pytest.raises(DTypeError) as error:
        params.save(path, data)  # type: ignore[arg-type]
    assert str(error.value) == message
    assert path.read_bytes() == NAMED


def test_bad_arguments() -> None:
    for act in (lambda: params.load(3), lambda: params.save(3, []), lambda: params.load_frombuffer(3)):  # type: ignore[arg-type]
        with pytest.raises(MXNetError, match="is a int but must be"):
            act()
    with pytest.raises(FileNotFoundError):
        params.load("no/such/file.params")
