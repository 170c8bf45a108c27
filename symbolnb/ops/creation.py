"""Operators without inputs, which make arrays: constants, ranges, the identity matrix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from types import ModuleType

from symbolnb.dtypes import dtype_of
from symbolnb.graph.spec import PartialShape, Shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.term import Term

NUMBERS = ("bfloat16", "float16", "float32", "float64", "int32", "int64", "int8", "uint8")
ELEMENTS = (*NUMBERS, "bool")


def open_dimensions(shape: Sequence[int]) -> PartialShape:
    """A shape parameter as inference sees it: 0 and -1 are unknown sizes, the empty tuple an unknown shape.

    >>> open_dimensions((0, 3)), open_dimensions(())
    ((None, 3), None)
    """
    return tuple(size if size > 0 else None for size in shape) if len(shape) else None


@dataclass(frozen=True, kw_only=True, repr=False)
class Creation(Operator):
    """An array made from parameters alone."""

    family = "creation"

    ctx: str = p.text("", doc="the device, such as 'cpu(0)'; a bound graph runs where it is bound")
    dtype: str = p.dtype(*ELEMENTS, default="float32", doc="element type of the result")

    def input_names(self) -> tuple[str, ...]:
        return ()

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return [], [dtype_of(self.dtype)]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return ()


@dataclass(frozen=True, kw_only=True, repr=False)
class Constant(Creation):
    """An array filled with one value; sizes that the shape leaves open follow from its users."""

    shape: Shape = p.shape((), doc="shape of the result; 0 for a size that follows from where it is used")

    def constant(self) -> float:
        """The value of every element."""
        raise NotImplementedError

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return [], [open_dimensions(self.shape)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0].fill(self.constant())

    def bind(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> Callable[[], object]:
        return partial(outputs[0].fill, self.constant())


@register
class Zeros(Constant):
    """An array of zeros."""

    name = "_zeros"

    def constant(self) -> float:
        return 0


@register
class Ones(Constant):
    """An array of ones."""

    name = "_ones"

    def constant(self) -> float:
        return 1
