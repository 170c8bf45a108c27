"""Operators without inputs, which make arrays: constants, ranges, the identity matrix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import ceil, isfinite
from types import ModuleType
from typing import ClassVar

from symbolnb.dtypes import DType, dtype_of
from symbolnb.errors import ParameterError
from symbolnb.graph.spec import PartialShape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.term import Term

NUMBERS = ("bfloat16", "float16", "float32", "float64", "int32", "int64", "int8", "uint8")
ELEMENTS = (*NUMBERS, "bool")


def open_dimensions(shape: Sequence[int]) -> PartialShape:
    """A shape parameter as inference sees it: 0 and -1 are unknown sizes, the empty tuple an unknown shape.

    >>> open_dimensions((0, 3)), open_dimensions(())
    ((None, 3), None)
    """
    return tuple(size if size > 0 else None for size in shape) if len(shape) else None


@with_fields
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


@with_fields
class Constant(Creation):
    """An array filled with one value; sizes that the shape leaves open follow from its users."""

    signature: ClassVar[tuple[str, ...]] = ("shape", "ctx", "dtype")

    shape: tuple[int, ...] = p.shape((), doc="shape of the result; 0 for a size that follows from where it is used")

    exact: bool = False
    """Whether a 0 in the shape is a size, as in gradients; for users it is an unknown one."""

    def constant(self) -> float:
        """The value of every element."""
        raise NotImplementedError

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return [], [self.shape if self.exact else open_dimensions(self.shape)]

    def bind(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> Callable[[], object]:
        value = cut_off(xp.asarray(self.constant(), "float64"), outputs[0].dtype)
        return partial(xp.copyto, outputs[0], value)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self.bind(xp, inputs, outputs)()


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


@register
class Full(Constant):
    """An array filled with a value, which is cut off toward zero for integers."""

    name = "_full"
    signature = ("shape", "ctx", "dtype", "value")

    value: float = p.number(doc="the value of every element")

    def constant(self) -> float:
        return self.value


def cut_off(values: Array, dtype: DType) -> Array:
    """Floating point numbers in another type; integers are cut off toward zero and wrap around as in C."""
    return values.astype("int64").astype(dtype) if dtype.kind in "iu" else values.astype(dtype)


@register
class Eye(Creation):
    """A matrix with ones on a diagonal and zeros elsewhere."""

    name = "_eye"
    signature = ("N", "M", "k", "ctx", "dtype")

    N: int = p.integer(minimum=0, doc="number of rows")
    M: int = p.integer(0, doc="number of columns; as many as rows where it is 0 or less")
    k: int = p.integer(0, doc="which diagonal: positive above the main one, negative below")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return [], [(self.N, self.M if self.M > 0 else self.N)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        out = outputs[0]
        out[...] = xp.eye(out.shape[0], out.shape[1], self.k, dtype=out.dtype)


@register
class Arange(Creation):
    """Evenly spaced numbers from `start` up to but without `stop`; from 0 up to `start` where there is no stop.

    With `infer_range` and no stop they begin at `start` and are as many as the users of the result need.
    """

    name = "_arange"
    signature = ("start", "stop", "step", "repeat", "infer_range", "ctx", "dtype")

    start: float = p.number(doc="the first number; the end where stop is None")
    stop: float | None = p.number(None, optional=True, doc="where the numbers end, exclusive")
    step: float = p.number(1.0, doc="the distance from one number to the next")
    repeat: int = p.integer(1, minimum=1, doc="how often each number stands in the result")
    infer_range: bool = p.boolean(False, doc="whether, without stop, the length follows from the result's users")

    def __post_init__(self) -> None:
        if self.step == 0:
            raise ParameterError("step is 0 but the numbers must rise or fall")
        if not all(
            isfinite(number) for number in (self.start, self.step, self.start if self.stop is None else self.stop)
        ):
            raise ParameterError(f"start {self.start}, stop {self.stop} and step {self.step} must be finite")
        first, last = self.ends()
        if last is not None and (last - first) * self.step <= 0:
            raise ParameterError(f"there is nothing from {first:g} up to {last:g} in steps of {self.step:g}")

    def ends(self) -> tuple[float, float | None]:
        """The first number and the exclusive end, None where the length decides."""
        if self.stop is not None or self.infer_range:
            return self.start, self.stop
        return 0.0, self.start

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        first, last = self.ends()
        if last is None:
            return [], [(None,)]
        return [], [(ceil((last - first) / self.step) * self.repeat,)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        out = outputs[0]
        numbers = xp.arange(out.size) // self.repeat
        if out.dtype.kind in "iu":  # MXNet computes in the result's type, where start and step are whole
            out[...] = int(self.ends()[0]) + int(self.step) * numbers
        else:
            out[...] = self.ends()[0] + self.step * numbers


@register
class Linspace(Creation):
    """So many evenly spaced numbers from `start` to `stop`."""

    name = "_linspace"
    signature = ("start", "stop", "num", "endpoint", "ctx", "dtype")

    start: float = p.number(doc="the first number")
    stop: float = p.number(doc="the last number, or with endpoint=False the one after it")
    num: int = p.integer(minimum=0, doc="how many numbers")
    endpoint: bool = p.boolean(True, doc="whether stop is the last number")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return [], [(self.num,)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        numbers = xp.linspace(self.start, self.stop, self.num, endpoint=self.endpoint)
        outputs[0][...] = cut_off(numbers, outputs[0].dtype)
