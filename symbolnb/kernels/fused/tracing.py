"""From an optimizer's step as its operator computes it with NumPy to the text of a kernel: by running it once.

The step is given vectors that write instructions in place of arrays, and numbers in place of its parameters. What it
does with vectors becomes the kernel; what it does with numbers alone is remembered, and done again for each step with
the numbers of that step, so that one kernel serves a learning rate that changes.
"""

from __future__ import annotations

import operator as arithmetic
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from symbolnb.dtypes import DType
from symbolnb.graph.spec import Spec
from symbolnb.kernels.fused.expressions import FORMULAS, computed_in
from symbolnb.kernels.fused.loops import load, store
from symbolnb.kernels.fused.text import FLOATS, Block
from symbolnb.ops.base import Operator

Compute = Callable[[Any], Any]
"""From the operator of a step to a number."""

LANES = 32
"""Elements in a block: a step has many values at once."""


class UntraceableError(Exception):
    """The step does something that kernels do not know."""


class Number:
    """A parameter of a step, or what is computed from parameters alone; comparing it decides what the kernel does."""

    def __init__(self, trace: Trace, compute: Compute) -> None:
        self.trace, self.compute = trace, compute

    def _with(self, function: Callable[[Any, Any], Any], other: Any, swapped: bool = False) -> Any:
        if isinstance(other, Vector):
            return NotImplemented
        one, two = self.compute, other.compute if isinstance(other, Number) else lambda _: other
        if swapped:
            one, two = two, one
        return Number(self.trace, lambda step: function(one(step), two(step)))

    def _holds(self, function: Callable[[Any, Any], bool], other: Any) -> bool:
        return self.trace.decided(self._with(function, other).compute)

    def __add__(self, other: Any) -> Any:
        return self._with(arithmetic.add, other)

    def __radd__(self, other: Any) -> Any:
        return self._with(arithmetic.add, other, True)

    def __sub__(self, other: Any) -> Any:
        return self._with(arithmetic.sub, other)

    def __rsub__(self, other: Any) -> Any:
        return self._with(arithmetic.sub, other, True)

    def __mul__(self, other: Any) -> Any:
        return self._with(arithmetic.mul, other)

    def __rmul__(self, other: Any) -> Any:
        return self._with(arithmetic.mul, other, True)

    def __truediv__(self, other: Any) -> Any:
        return self._with(arithmetic.truediv, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._with(arithmetic.truediv, other, True)

    def __pow__(self, other: Any) -> Any:
        return self._with(arithmetic.pow, other)

    def __neg__(self) -> Number:
        compute = self.compute
        return Number(self.trace, lambda step: -compute(step))

    def __lt__(self, other: Any) -> bool:
        return self._holds(arithmetic.lt, other)

    def __le__(self, other: Any) -> bool:
        return self._holds(arithmetic.le, other)

    def __gt__(self, other: Any) -> bool:
        return self._holds(arithmetic.gt, other)

    def __ge__(self, other: Any) -> bool:
        return self._holds(arithmetic.ge, other)

    def __bool__(self) -> bool:
        return self._holds(arithmetic.ne, 0)


class Vector:
    """A block of an array, or what is computed from such blocks: each operation writes an instruction."""

    def __init__(self, trace: Trace, name: str, dtype: DType, position: int | None = None) -> None:
        self.trace, self.name, self.dtype, self._position = trace, name, dtype, position

    def astype(self, dtype: Any, copy: bool = True) -> Vector:
        """The same numbers in another type, which must be computed with in the same way."""
        target: DType = np.dtype(dtype)
        if target.name not in FLOATS or computed_in(target) != computed_in(self.dtype):
            raise UntraceableError
        return Vector(self.trace, self.name, target)

    def __setitem__(self, place: Any, value: Vector) -> None:
        assert place is Ellipsis and self._position is not None
        self.trace.results.append((self._position, value))

    def _with(self, word: str, *others: Any) -> Vector:
        """The result of a formula on some vectors and numbers, of which this vector is one."""
        if self.dtype.name == "float16":  # NumPy would round after each operation
            raise UntraceableError
        kind = computed_in(self.dtype)
        names = [self.trace.name(other, self.dtype) for other in others]
        made = FORMULAS[word](self.trace.block, kind, *names)
        if made is None:
            raise UntraceableError
        return Vector(self.trace, made, self.dtype)

    def __add__(self, other: Any) -> Vector:
        return self._with("add", self, other)

    def __radd__(self, other: Any) -> Vector:
        return self._with("add", other, self)

    def __sub__(self, other: Any) -> Vector:
        return self._with("subtract", self, other)

    def __rsub__(self, other: Any) -> Vector:
        return self._with("subtract", other, self)

    def __mul__(self, other: Any) -> Vector:
        return self._with("multiply", self, other)

    def __rmul__(self, other: Any) -> Vector:
        return self._with("multiply", other, self)

    def __truediv__(self, other: Any) -> Vector:
        return self._with("divide", self, other)

    def __rtruediv__(self, other: Any) -> Vector:
        return self._with("divide", other, self)

    def __neg__(self) -> Vector:
        return self._with("negative", self)

    def __gt__(self, other: Any) -> Condition:
        names = self.name, self.trace.name(other, self.dtype)
        return Condition(self.trace.block.compare("ogt", computed_in(self.dtype), *names))


class Condition(NamedTuple):
    """What a comparison of vectors gives: the name of truth values."""

    name: str


class _Functions:
    """What a step may ask of NumPy."""

    @staticmethod
    def sqrt(array: Vector) -> Vector:
        return array._with("sqrt", array)

    @staticmethod
    def sign(array: Vector) -> Vector:
        return array._with("sign", array)

    @staticmethod
    def absolute(array: Vector) -> Vector:
        return array._with("absolute", array)

    @staticmethod
    def where(condition: Condition, yes: Vector, no: Any) -> Vector:
        names = condition.name, yes.name, yes.trace.name(no, yes.dtype)
        return Vector(yes.trace, yes.trace.block.select(computed_in(yes.dtype), *names), yes.dtype)

    @staticmethod
    def clip(array: Vector, low: Any, high: Any) -> Vector:
        return array._with("minimum", array._with("maximum", array, low), high)


class Choice(NamedTuple):
    """A comparison of numbers that decided what the kernel does, and how it went."""

    compute: Compute
    outcome: bool


class Trace:
    """The kernel of a step for arrays of some types: its instructions, and what it is given.

    Its operands are the inputs, single numbers (`numbers`, of type `kind`), and the arrays that are written to
    (`written`, by their position among inputs and outputs).
    """

    def __init__(self, step: Operator, inputs: Sequence[DType], outputs: Sequence[DType]) -> None:
        self.block = Block(LANES)
        self.numbers: list[Compute] = []
        self.choices: list[Choice] = []
        self.results: list[tuple[int, Vector]] = []
        self.kind: DType = np.dtype("float64" if computed_in(inputs[0]) == "double" else "float32")
        self._step, self._arity = step, len(inputs)
        self._names: dict[int, tuple[str, Any]] = {}
        if any(computed_in(dtype) != computed_in(self.kind) for dtype in (*inputs, *outputs)):
            raise UntraceableError
        names = [load(self.block, place, Spec((1,), dtype), False).name for place, dtype in enumerate(inputs)]
        arrays = [
            Vector(self, name, dtype, place)
            for place, (name, dtype) in enumerate(zip((*names, *[""] * len(outputs)), (*inputs, *outputs), strict=True))
        ]
        sample = object.__new__(type(step))
        kind: Any = type(step)
        for name in _fields(kind):
            numeric = name not in _no_numbers(kind)
            object.__setattr__(sample, name, Number(self, _getter(name)) if numeric else getattr(step, name))
        sample.forward(_Functions, arrays[: len(inputs)], arrays[len(inputs) :])  # type: ignore[arg-type]
        self.written = [position for position, _ in self.results]
        for number, (position, vector) in enumerate(self.results, len(inputs) + len(self.numbers)):
            store(self.block, number, Spec((1,), arrays[position].dtype), vector.name)

    def decided(self, compute: Compute) -> bool:
        """Whether a comparison holds for the step at hand; from now on the trace is for such steps only."""
        outcome = bool(compute(self._step))
        self.choices.append(Choice(compute, outcome))
        return outcome

    def serves(self, step: Operator) -> bool:
        """Whether the kernel does what a step with these parameters does."""
        return all(bool(compute(step)) is outcome for compute, outcome in self.choices)

    def name(self, value: Any, dtype: DType) -> str:
        """The name of an operand of a vector of the given type."""
        if isinstance(value, Vector):
            if computed_in(value.dtype) != computed_in(dtype) or value.dtype.name == "float16":
                raise UntraceableError
            return value.name
        if not isinstance(value, (Number, int, float, np.floating)):
            raise UntraceableError
        compute = value.compute if isinstance(value, Number) else lambda _: value
        found = self._names.get(id(value)) if isinstance(value, Number) else None
        if found is None:
            loaded = load(self.block, self._arity + len(self.numbers), Spec((1,), self.kind), True)
            self.numbers.append(compute)
            found = self._names[id(value)] = loaded.name, value  # which keeps its id its own
        return found[0]


def _getter(name: str) -> Compute:
    return lambda step: getattr(step, name)


@cache
def _fields(step: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(step))


@cache
def _no_numbers(step: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(step) if field.type not in ("int", "float"))


_traces: dict[tuple[Any, ...], list[Trace | None]] = {}


def traced(step: Operator, inputs: Sequence[DType], outputs: Sequence[DType]) -> Trace | None:
    """The kernel for steps like this one on arrays of some types; None where it has to be left to NumPy."""
    kind: Any = type(step)
    others = tuple([getattr(step, name) for name in _no_numbers(kind)])
    found = _traces.setdefault((kind, *inputs, *outputs, others), [])
    for trace in found:
        if trace is None or trace.serves(step):
            return trace
    try:
        made = Trace(step, inputs, outputs)
    except (UntraceableError, AttributeError, TypeError):
        found.append(None)
        return None
    found.append(made)
    return made
