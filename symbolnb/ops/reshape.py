"""Reshape with MXNet's codes for sizes that follow from the input."""

from __future__ import annotations

from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import PartialShape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Shapes, register
from symbolnb.ops.shape import View, infer_same_elements

Partial = tuple[int | None, ...]
INFER, REST, MERGE, SPLIT = -1, -2, -3, -4


@register
class Reshape(View):
    """The elements of the input, in order, in another shape.

    In `shape` a positive number is a size, and the input's axes are used up from the left by the codes:
    0 takes the size of an axis; -1 is the size that makes the number of elements fit, once; -2 takes all
    axes that are left; -3 takes the product of two axes; -4 and two numbers split one axis, either of
    which may be -1. With `reverse` input and codes are matched from the right.
    """

    name = "Reshape"
    aliases = ("reshape",)

    shape: tuple[int, ...] = p.shape((), doc="the new shape: sizes, and the codes 0, -1, -2, -3, -4")
    reverse: bool = p.boolean(False, doc="whether codes are matched with the input's axes from the right")
    target_shape: tuple[int, ...] = p.shape(
        (), doc="older form of shape, used where that is empty: sizes, and one 0 for the size that fits"
    )
    keep_highest: bool = p.boolean(False, doc="with target_shape, whether its first size is the input's")

    def __post_init__(self) -> None:
        if self.shape and min(self.shape) < SPLIT:
            raise ParameterError(f"shape is {self.shape} but its codes are 0, -1, -2, -3 and -4")
        if not self.shape and self._open().count(0) > 1:
            raise ParameterError(f"target_shape is {self.target_shape} but only one size may be 0")

    def _open(self) -> tuple[int, ...]:
        """The sizes of `target_shape` that do not come from the input's first axis."""
        return self.target_shape[1:] if self.keep_highest else self.target_shape

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = inputs[0], outputs[0]
        made = self._made(data)
        if made is None:
            made = out
        elif out is not None and len(made) == len(out):
            made = tuple(two if one is None else one for one, two in zip(made, out, strict=True))
        data, made = infer_same_elements(data, made)
        return [data], [made]

    def _made(self, data: PartialShape) -> PartialShape:
        """The new shape as far as the parameters and the input tell."""
        if self.shape:
            if data is None:
                return self.shape if min(self.shape) > 0 else None
            try:
                if self.reverse:
                    return decode(self.shape[::-1], data[::-1])[::-1]
                return decode(self.shape, data)
            except IndexError:
                raise ShapeError(f"shape {self.shape} takes more axes than data {show_shape(data)} has") from None
        if not self.target_shape:
            return None
        sizes: Partial = tuple(None if size == 0 else size for size in self.target_shape)
        if not self.keep_highest:
            return sizes
        return (data[0] if data else None, *sizes[1:])


def decode(codes: tuple[int, ...], data: Partial) -> Partial:
    """The sizes that the codes stand for, the one of a -1 left open; IndexError where the axes do not suffice.

    >>> decode((0, -4, -1, 2, -1), (8, 6, 5))
    (8, 3, 2, None)
    """
    made: list[int | None] = []
    at, position, open_sizes = 0, 0, 0
    while position < len(codes):
        code = codes[position]
        position += 1
        if code == 0:
            made.append(data[at])
        elif code == REST:
            made.extend(data[at:])
            at = len(data)
            continue
        elif code == MERGE:
            one, two = data[at], data[at + 1]
            made.append(None if one is None or two is None else one * two)
            at += 1
        elif code == SPLIT:
            made.extend(_split(codes[position : position + 2], data[at]))
            position += 2
        else:
            made.append(None if code == INFER else code)
            open_sizes += code == INFER
        at += 1
    if open_sizes > 1:
        raise ShapeError(f"shape {codes} has more than one -1")
    return tuple(made)


def _split(parts: tuple[int, ...], size: int | None) -> Partial:
    """The two sizes into which -4 splits an axis."""
    if len(parts) < 2:
        raise ShapeError("-4 in shape must be followed by two sizes")
    one, two = parts
    if one == INFER == two:
        raise ShapeError("the sizes after -4 in shape cannot both be -1")
    if min(one, two) < INFER or 0 in parts:
        raise ShapeError(f"the sizes after -4 in shape are {one} and {two} but must be positive, or one of them -1")
    given = two if one == INFER else one
    if size is None:
        return tuple(None if part == INFER else part for part in parts)
    other = size // given
    if size % given or (INFER not in parts and one * two != size):
        raise ShapeError(f"-4 in shape splits an axis of size {size} into {one} and {two}, which does not fit")
    return (other, two) if one == INFER else (one, other)
