"""MXNet's file of arrays, ``*.params``: `nd.save` and `nd.load`.

A file is a list of arrays and a list of names, which is empty or has one name for each. All numbers are
little-endian. Reading believes no length: what a file announces is compared with what is left of it before
any memory is taken.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Mapping, Sequence
from math import prod
from typing import BinaryIO

import numpy as np

from symbolnb import ndarray
from symbolnb.context import cpu
from symbolnb.dtypes import FLAGS, NAMES, DType, dtype_of
from symbolnb.errors import DTypeError, FormatError
from symbolnb.ndarray import NDArray
from symbolnb.runtime.storage import allocate

FILE = 0x112
"""The first number of a file."""

V1, V2, V3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA
"""The first number of an array: without and with storage type, and where sizes of 0 are sizes, not unknown."""

DENSE = 0
SPARSE = {1: "row_sparse", 2: "csr"}
MAX_DIMENSIONS = 32

Arrays = NDArray | Sequence[NDArray] | Mapping[str, NDArray]


def save(fname: str | os.PathLike[str], data: Arrays) -> None:
    """Write arrays to a file that MXNet reads too: one array, a list of them, or a dict by name.

    An array without dimensions or with a size of 0 is written as MXNet does under its ``np_shape`` semantics.
    """
    if not isinstance(fname, (str, os.PathLike)):
        raise DTypeError(f"fname is a {type(fname).__name__} but must be a path")
    names, arrays = _listed(data)
    with open(fname, "wb") as file:
        file.write(struct.pack("<QQQ", FILE, 0, len(arrays)))
        for array in arrays:
            _write_array(file, array)
        file.write(struct.pack("<Q", len(names)))
        for name in names:
            encoded = name.encode()
            file.write(struct.pack("<Q", len(encoded)) + encoded)


def load(fname: str | os.PathLike[str]) -> list[NDArray] | dict[str, NDArray]:
    """The arrays of a file, on the CPU: a dict where they have names, else a list.

    Raises `FormatError` where the file is not one of arrays, is broken, or holds sparse arrays.
    """
    if not isinstance(fname, (str, os.PathLike)):
        raise DTypeError(f"fname is a {type(fname).__name__} but must be a path")
    with open(fname, "rb") as file:
        return _Reader(file, os.fstat(file.fileno()).st_size, str(fname)).read()


def load_frombuffer(buf: bytes) -> list[NDArray] | dict[str, NDArray]:
    """Like `load`, of the bytes of a file."""
    if not isinstance(buf, (bytes, bytearray, memoryview)):
        raise DTypeError(f"the buffer is a {type(buf).__name__} but must be bytes")
    return _Reader(io.BytesIO(buf), len(buf), "the buffer").read()


def _listed(data: Arrays) -> tuple[list[str], list[NDArray]]:
    if isinstance(data, NDArray):
        return [], [data]
    names = list(data) if isinstance(data, Mapping) else []
    arrays = list(data.values()) if isinstance(data, Mapping) else data
    if not isinstance(arrays, (list, tuple)):
        raise DTypeError(f"save takes an NDArray, a list of them or a dict of them, not a {type(data).__name__}")
    for name in names:
        if not isinstance(name, str):
            raise DTypeError(f"the name of an array is {name!r} but must be a str")
    for array in arrays:
        if not isinstance(array, NDArray):
            raise DTypeError(f"save takes NDArrays but one of the values is a {type(array).__name__}")
    return names, list(arrays)


def _write_array(file: BinaryIO, array: NDArray) -> None:
    shape, context = array.shape, array.context
    elements = np.ascontiguousarray(np.asarray(array)).reshape(shape)
    dtype = dtype_of(elements.dtype)
    magic = V2 if shape and all(shape) else V3
    file.write(struct.pack(f"<Iii{len(shape)}q", magic, DENSE, len(shape), *shape))
    file.write(struct.pack("<iii", context.device_typeid, context.device_id, FLAGS[dtype.name]))
    file.write(elements.tobytes())


class _Reader:
    """Reads one file; `left` is how many of its bytes have not been read."""

    def __init__(self, file: BinaryIO, left: int, name: str) -> None:
        self.file, self.left, self.name = file, left, name

    def read(self) -> list[NDArray] | dict[str, NDArray]:
        if self.left < 24 or self.numbers("Q", 1)[0] != FILE:
            raise FormatError(f"{self.name} is not a file of MXNet arrays")
        self.numbers("Q", 1)  # reserved
        arrays = [self.array(index) for index in range(self.count("arrays", 4))]
        names = [self.text() for _ in range(self.count("names", 8))]
        if names and len(names) != len(arrays):
            raise FormatError(f"{self.name} has {len(arrays)} arrays but {len(names)} names")
        if len(set(names)) != len(names):
            raise FormatError(f"{self.name} has two arrays of one name")
        return dict(zip(names, arrays, strict=True)) if names else arrays

    def need(self, nbytes: int, what: str) -> None:
        """Account for bytes that are about to be read."""
        if nbytes > self.left:
            raise FormatError(f"{self.name} is cut short or broken: {what} needs {nbytes} bytes, {self.left} are left")
        self.left -= nbytes

    def numbers(self, kind: str, count: int) -> tuple[int, ...]:
        layout = struct.Struct(f"<{count}{kind}")
        self.need(layout.size, "a number")
        return layout.unpack(self.file.read(layout.size))

    def count(self, what: str, smallest: int) -> int:
        """How many things follow, each of at least `smallest` bytes."""
        (count,) = self.numbers("Q", 1)
        if count * smallest > self.left:
            raise FormatError(f"{self.name} is cut short or broken: it announces {count} {what}")
        return count

    def text(self) -> str:
        (length,) = self.numbers("Q", 1)
        self.need(length, "a name")
        try:
            return self.file.read(length).decode()
        except UnicodeDecodeError:
            raise FormatError(f"{self.name} has a name that is not UTF-8") from None

    def array(self, index: int) -> NDArray:
        (magic,) = self.numbers("I", 1)
        if magic in (V2, V3):
            self.storage(index)
        shape = self.shape(index, "q") if magic in (V1, V2, V3) else self.shape(index, "I", magic)
        if magic != V3 and not shape:
            raise FormatError(f"{self.name}: array {index} has no shape: it was saved before it was filled")
        self.numbers("i", 2)  # the device it was on
        return self.elements(shape, self.dtype(index))

    def storage(self, index: int) -> None:
        (storage,) = self.numbers("i", 1)
        if storage in SPARSE:
            raise FormatError(f"{self.name}: array {index} is sparse ({SPARSE[storage]}); only dense ones can be read")
        if storage != DENSE:
            raise FormatError(f"{self.name}: array {index} has the unknown storage type {storage}")

    def shape(self, index: int, kind: str, dimensions: int | None = None) -> tuple[int, ...]:
        if dimensions is None:
            (dimensions,) = self.numbers("i", 1)
        if not 0 <= dimensions <= MAX_DIMENSIONS:
            raise FormatError(f"{self.name}: array {index} has {dimensions} dimensions, or is of an unknown kind")
        shape = self.numbers(kind, dimensions)
        if any(size < 0 for size in shape):
            raise FormatError(f"{self.name}: array {index} has the shape {shape}")
        return shape

    def dtype(self, index: int) -> DType:
        (flag,) = self.numbers("i", 1)
        if flag not in NAMES:
            raise FormatError(f"{self.name}: array {index} has the unknown element type {flag}")
        return dtype_of(NAMES[flag])

    def elements(self, shape: tuple[int, ...], dtype: DType) -> NDArray:
        nbytes = prod(shape) * dtype.itemsize
        self.need(nbytes, f"an array of shape {shape}")
        data = allocate(cpu(), shape, dtype)
        if nbytes and self.file.readinto(data.reshape(-1).view(np.uint8)) != nbytes:  # type: ignore[attr-defined]
            raise FormatError(f"{self.name} became shorter while it was read")
        return NDArray(data, cpu())


ndarray.offer(save=save, load=load, load_frombuffer=load_frombuffer)
