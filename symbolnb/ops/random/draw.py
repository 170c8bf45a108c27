"""Random arrays from distributions whose parameters are numbers: of a given shape, or of that of another array."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any, ClassVar

from symbolnb.dtypes import dtype_of
from symbolnb.errors import ParameterError
from symbolnb.graph.spec import Shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.creation import open_dimensions
from symbolnb.ops.infer import same_shapes
from symbolnb.ops.random.distributions import DISTRIBUTIONS, Distribution
from symbolnb.ops.term import Term

FLOATS = ("None", "float16", "float32", "float64")
INTEGERS = ("None", "int32", "int64")

SHAPE_DOC = "shape of the result; 0 for a size that follows from where it is used"
CTX_DOC = "the device, such as 'cpu(0)'; a bound graph runs where it is bound"
FLOAT_DOC = "element type of the result; float32 for None"


def drawn_type(xp: ModuleType, output: Array) -> Any:
    """The type in which floating point numbers are drawn: the generators have no float16."""
    return xp.float64 if output.dtype.itemsize == 8 else xp.float32


class Random(Operator):
    """An operator that draws random numbers, through which no gradient flows."""

    family = "random"
    random = True

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,) * len(inputs)


@with_fields
class Draw(Random):
    """A random array of a given shape."""

    standard: ClassVar[str] = "float32"
    """The element type that ``dtype=None`` means."""

    shape: Shape | None = p.shape(None, doc=SHAPE_DOC)
    ctx: str = p.text("", doc=CTX_DOC)
    dtype: str = p.choice(*FLOATS, default="None", doc=FLOAT_DOC)

    def input_names(self) -> tuple[str, ...]:
        return ()

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return [], [None if self.shape is None else open_dimensions(self.shape)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return [], [dtype_of(self.standard if self.dtype == "None" else self.dtype)]


class Drawing(Random):
    """What the operators made from one distribution share."""

    distribution: ClassVar[Distribution]

    def values(self) -> list[float]:
        """The distribution's parameters."""
        return [getattr(self, name) for name in self.distribution.parameters]

    def __post_init__(self) -> None:
        self.distribution.check(*self.values())

    def sample(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array], random: Any) -> None:
        (out,) = outputs
        out[...] = self.distribution.draw(xp, random, out.shape, drawn_type(xp, out), *self.values())


class Like(Drawing):
    """Random numbers in an array of another's shape and element type."""

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)


def _register(distribution: Distribution) -> None:
    """Register the two operators of a distribution."""
    name, fields = distribution.name, distribution.fields()
    short = (f"random_{name}", *((name,) if name in ("uniform", "normal") else ()))
    common = {"distribution": distribution, "__module__": __name__}
    for base, title, aliases, order, ending in (
        ((Drawing, Draw), f"_random_{name}", short, ("shape", "ctx", "dtype"), "."),
        ((Like,), f"_random_{name}_like", (), (), ", in an array of the shape and element type of `data`."),
    ):
        doc = f"Numbers drawn from {distribution.doc}{ending}"
        signature = (*distribution.parameters, *order)
        members = {**common, **fields, "name": title, "aliases": aliases, "signature": signature, "__doc__": doc}
        register(type(title, base, members))


for _distribution in DISTRIBUTIONS:
    _register(_distribution)


@register
class RandomInteger(Draw):
    """Whole numbers that are equally likely from `low` up to but without `high`."""

    name = "_random_randint"
    aliases = ("random_randint",)
    standard = "int32"
    signature = ("low", "high", "shape", "ctx", "dtype")

    low: int = p.integer(doc="the least number")
    high: int = p.integer(doc="the number that all are below")
    dtype: str = p.choice(*INTEGERS, default="None", doc="element type of the result; int32 for None")

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ParameterError(f"low is {self.low} but must be below high, {self.high}")

    def sample(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array], random: Any) -> None:
        outputs[0][...] = random.integers(self.low, self.high, outputs[0].shape)
