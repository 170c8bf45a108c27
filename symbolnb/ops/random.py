"""Operators that draw random arrays from a distribution given by parameters."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any, ClassVar

from symbolnb.dtypes import dtype_of
from symbolnb.errors import ParameterError
from symbolnb.graph.spec import Shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.creation import open_dimensions
from symbolnb.ops.term import Term

FLOATS = ("None", "float16", "float32", "float64")
INTEGERS = ("None", "int32", "int64")


SHAPE_DOC = "shape of the result; 0 for a size that follows from where it is used"
CTX_DOC = "the device, such as 'cpu(0)'; a bound graph runs where it is bound"


class Draw(Operator):
    """A random array; each subclass declares its parameters in MXNet's order."""

    family = "random"
    random = True
    standard: ClassVar[str]
    """The element type that ``dtype=None`` means."""
    shape: Shape | None
    dtype: str

    def input_names(self) -> tuple[str, ...]:
        return ()

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return [], [None if self.shape is None else open_dimensions(self.shape)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return [], [dtype_of(self.standard if self.dtype == "None" else self.dtype)]

    def drawn_type(self, xp: ModuleType, output: Array) -> Any:
        """The type in which floating point numbers are drawn: the generators have no float16."""
        return xp.float64 if output.dtype.itemsize == 8 else xp.float32

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return ()


@register
class RandomUniform(Draw):
    """Numbers that are equally likely anywhere from `low` up to `high`."""

    name = "_random_uniform"
    aliases = ("random_uniform", "uniform")
    standard = "float32"

    low: float = p.number(0.0, doc="the least number")
    high: float = p.number(1.0, doc="the number that all are below")
    shape: Shape | None = p.shape(None, doc=SHAPE_DOC)
    ctx: str = p.text("", doc=CTX_DOC)
    dtype: str = p.choice(*FLOATS, default="None", doc="element type of the result; float32 for None")

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ParameterError(f"low is {self.low:g} but must not be above high, {self.high:g}")

    def sample(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array], random: Any) -> None:
        drawn = random.random(outputs[0].shape, dtype=self.drawn_type(xp, outputs[0]))
        outputs[0][...] = self.low + drawn * (self.high - self.low)


@register
class RandomNormal(Draw):
    """Normally distributed numbers with mean `loc` and standard deviation `scale`."""

    name = "_random_normal"
    aliases = ("random_normal", "normal")
    standard = "float32"

    loc: float = p.number(0.0, doc="the mean")
    scale: float = p.number(1.0, doc="the standard deviation, above 0")
    shape: Shape | None = p.shape(None, doc=SHAPE_DOC)
    ctx: str = p.text("", doc=CTX_DOC)
    dtype: str = p.choice(*FLOATS, default="None", doc="element type of the result; float32 for None")

    def __post_init__(self) -> None:
        if not self.scale > 0:
            raise ParameterError(f"scale is {self.scale:g} but must be above 0")

    def sample(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array], random: Any) -> None:
        drawn = random.standard_normal(outputs[0].shape, dtype=self.drawn_type(xp, outputs[0]))
        outputs[0][...] = self.loc + drawn * self.scale


@register
class RandomInteger(Draw):
    """Whole numbers that are equally likely from `low` up to but without `high`."""

    name = "_random_randint"
    aliases = ("random_randint",)
    standard = "int32"

    low: int = p.integer(doc="the least number")
    high: int = p.integer(doc="the number that all are below")
    shape: Shape | None = p.shape(None, doc=SHAPE_DOC)
    ctx: str = p.text("", doc=CTX_DOC)
    dtype: str = p.choice(*INTEGERS, default="None", doc="element type of the result; int32 for None")

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ParameterError(f"low is {self.low} but must be below high, {self.high}")

    def sample(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array], random: Any) -> None:
        outputs[0][...] = random.integers(self.low, self.high, outputs[0].shape)
