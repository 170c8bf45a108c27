"""What is known of an entry: shape, element type and memory layout, and how partial knowledge is merged."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import Any, NamedTuple, Protocol, runtime_checkable

from symbolnb.dtypes import DType
from symbolnb.errors import ShapeError

Shape = tuple[int, ...]
"""A fully known shape."""

PartialShape = tuple[int | None, ...] | None
"""A shape with None for each unknown dimension, or None where not even their number is known."""


@runtime_checkable
class Layout(Protocol):
    """A memory layout other than dense row-major, as some kernel library defines it; equal by content."""

    @property
    def nbytes(self) -> int: ...

    @property
    def digits(self) -> tuple[tuple[int, int], ...]:
        """The axis and the size of each step through memory, from the widest; padding counts."""

    def start(self, part: Any, axis: int, index: int) -> int | None:
        """The byte from which on the elements from an index of an axis on lie, as a tensor of layout `part` has them.

        None where they are not such a tensor.
        """

    def __eq__(self, other: object) -> bool: ...

    def __hash__(self) -> int: ...


class Spec(NamedTuple):
    """Shape, element type and layout of an entry; `layout` is None for dense row-major."""

    shape: Shape
    dtype: DType
    layout: Layout | None = None

    @property
    def elements(self) -> int:
        """Number of elements."""
        return prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of storage, padding of the layout included."""
        return self.elements * self.dtype.itemsize if self.layout is None else self.layout.nbytes


def is_complete(shape: PartialShape) -> bool:
    """Whether every dimension is known."""
    return shape is not None and None not in shape


def merge_shapes(first: PartialShape, second: PartialShape) -> PartialShape:
    """Everything that either of two descriptions of one shape knows; `ShapeError` where they contradict.

    >>> merge_shapes((8, None), (None, 3))
    (8, 3)
    """
    if first is None or first == second:
        return second
    if second is None:
        return first
    if len(first) != len(second):
        raise ShapeError(f"{show_shape(first)} and {show_shape(second)} differ in their number of dimensions")
    merged: list[int | None] = []
    for one, other in zip(first, second, strict=True):
        if one is not None and other is not None and one != other:
            raise ShapeError(f"{show_shape(first)} and {show_shape(second)} differ")
        merged.append(other if one is None else one)
    return tuple(merged)


def merge_all(shapes: Iterable[PartialShape]) -> PartialShape:
    """`merge_shapes` over any number of descriptions."""
    merged: PartialShape = None
    for shape in shapes:
        merged = merge_shapes(merged, shape)
    return merged


def show_shape(shape: PartialShape) -> str:
    """A shape as errors print it, ``?`` for what is unknown.

    >>> show_shape((8, None, 3)), show_shape(None)
    ('(8, ?, 3)', '?')
    """
    if shape is None:
        return "?"
    inner = ", ".join("?" if size is None else str(size) for size in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"
