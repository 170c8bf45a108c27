"""Taking diagonals and triangles out of matrices, and making matrices of them."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from types import ModuleType

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, Shapes, register, with_fields
from symbolnb.ops.linalg.matrices import MatrixOperator, square_shape
from symbolnb.ops.term import Term, call


@with_fields
class Packing(MatrixOperator):
    """What the four operators share: which diagonal, and how many elements a matrix of a given side holds."""

    offset: int = p.integer(0, doc="which diagonal: positive above the main one, negative below")

    def count(self, side: int) -> int:
        """How many elements are taken out of a matrix with this side."""
        return side

    def side(self, count: int) -> int | None:
        """The inverse of `count`; None where no matrix has so many."""
        return count

    def places(self, xp: ModuleType, side: int) -> tuple[Array, Array]:
        """Rows and columns of the elements, in their order."""
        raise NotImplementedError

    def unpacked(self, shape: PartialShape) -> PartialShape:
        """The shape of the matrices whose elements have this shape."""
        if shape is None:
            return None
        if not shape:
            raise ShapeError("the elements of matrices must have at least one axis")
        if shape[-1] is None:
            return (*shape, None)
        side = self.side(shape[-1])
        if side is None:
            raise ShapeError(f"{shape[-1]} elements do not fill a triangle")
        full = side + abs(self.offset)
        return (*shape[:-1], full, full)

    def packed(self, shape: PartialShape) -> PartialShape:
        """The shape of the elements of matrices of this shape."""
        square = square_shape("A", shape)
        if square is None:
            return None
        if square[-1] is None:
            return square[:-1]
        inner = square[-1] - abs(self.offset)
        if inner <= 0 < square[-1]:
            raise ShapeError(f"offset is {self.offset} but the matrices of {show_shape(shape)} have no such diagonal")
        return (*square[:-2], self.count(max(inner, 0)))


class Taking(Packing):
    """Elements of a matrix as a vector."""

    adjoint: str
    """The operator that puts them back."""

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        if inputs[0] is None:
            return [self.unpacked(outputs[0])], outputs
        return [square_shape("A", inputs[0])], [self.packed(inputs[0])]

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        rows, columns = self.places(xp, inputs[0].shape[-1])
        return (inputs[0][..., rows, columns],)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        values = {name: getattr(self, name) for name in self.parameters}
        return (None if grads[0] is None else call(self.adjoint, grads[0], **values),)


class Putting(Packing):
    """A vector as elements of a matrix that is zero elsewhere."""

    adjoint: str
    """The operator that takes them out again."""

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        if inputs[0] is None:
            return [self.packed(outputs[0])], outputs
        return inputs, [self.unpacked(inputs[0])]

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        (elements,) = inputs
        full = self.unpacked(elements.shape)
        assert full is not None
        made = xp.zeros(full, elements.dtype)
        rows, columns = self.places(xp, made.shape[-1])
        made[..., rows, columns] = elements
        return (made,)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        values = {name: getattr(self, name) for name in self.parameters}
        return (None if grads[0] is None else call(self.adjoint, grads[0], **values),)


def _diagonal(xp: ModuleType, side: int, offset: int) -> tuple[Array, Array]:
    steps = xp.arange(side - abs(offset))
    return steps + max(-offset, 0), steps + max(offset, 0)


@register
class ExtractDiag(Taking):
    """A diagonal of every square matrix: ``(..., n, n)`` gives ``(..., n - |offset|)``."""

    name = "_linalg_extractdiag"
    aliases = ("linalg_extractdiag",)
    adjoint = "_linalg_makediag"

    def places(self, xp: ModuleType, side: int) -> tuple[Array, Array]:
        return _diagonal(xp, side, self.offset)


@register
class MakeDiag(Putting):
    """Square matrices with a given diagonal, zero elsewhere: ``(..., n)`` gives sides of ``n + |offset|``."""

    name = "_linalg_makediag"
    aliases = ("linalg_makediag",)
    adjoint = "_linalg_extractdiag"

    def places(self, xp: ModuleType, side: int) -> tuple[Array, Array]:
        return _diagonal(xp, side, self.offset)


@with_fields
class Trianglewise(Packing):
    """What the two operators on triangles share.

    A positive offset means the triangle at and above that diagonal, a negative one that at and below it; `lower`
    chooses only where the offset is 0. The elements of a lower triangle stand row by row, those of an upper one
    column by column.
    """

    lower: bool = p.boolean(True, doc="whether the lower triangle is meant where the offset is 0, else the upper one")

    def count(self, side: int) -> int:
        return side * (side + 1) // 2

    def side(self, count: int) -> int | None:
        side = (isqrt(8 * count + 1) - 1) // 2
        return side if self.count(side) == count else None

    def places(self, xp: ModuleType, side: int) -> tuple[Array, Array]:
        longer, shorter = xp.tril_indices(side - abs(self.offset))
        below = self.offset < 0 or (self.offset == 0 and self.lower)
        return (longer - min(self.offset, 0), shorter) if below else (shorter, longer + max(self.offset, 0))


@register
class ExtractTrian(Trianglewise, Taking):
    """A triangle of every square matrix as a vector: ``(..., n, n)`` gives ``(..., n (n + 1) / 2)``.

    A positive offset means the triangle at and above that diagonal, a negative one that at and below it; `lower`
    chooses only where the offset is 0. Lower triangles are taken row by row, upper ones column by column.
    """

    name = "_linalg_extracttrian"
    aliases = ("linalg_extracttrian",)
    adjoint = "_linalg_maketrian"


@register
class MakeTrian(Trianglewise, Putting):
    """Square matrices with a given triangle, zero elsewhere; `linalg_extracttrian` takes it out again."""

    name = "_linalg_maketrian"
    aliases = ("linalg_maketrian",)
    adjoint = "_linalg_extracttrian"
