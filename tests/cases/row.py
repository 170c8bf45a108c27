"""What one test row of an operator says, and how its arrays are made.

This file and the tables of rows need NumPy alone, so that MXNet's own Python can read them too.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = Any
Shape = tuple[int, ...]
FLOATS = ("float32", "float64", "float16")


@dataclass(frozen=True)
class Values:
    """How an input's array is made: a kind of numbers, a shape, and an element type of its own or None.

    An input with an element type of its own (indices, lengths) keeps it whatever type a row runs in.
    """

    kind: str
    shape: Shape
    low: float = 0.0
    high: float = 1.0
    dtype: str | None = None
    explicit: Array = None

    def make(self, name: str) -> Array:
        """The array, in its own type or else in float32; the same for the same row and input name."""
        random = np.random.RandomState(zlib.crc32(name.encode()))
        if self.kind == "explicit":
            made = self.explicit
        elif self.kind == "normal":
            made = random.standard_normal(self.shape)
        elif self.kind == "uniform":
            made = random.uniform(self.low, self.high, self.shape)
        elif self.kind == "integers":
            made = random.randint(int(self.low), int(self.high), self.shape)
        else:
            count = int(np.prod(self.shape))
            made = self.low + (self.high - self.low) * (np.arange(count) + 0.5) / count
            made = random.permutation(made) if self.kind == "apart" else made
            made = made.reshape(self.shape)
        return np.array(made, self.dtype or "float32", order="C")


def normal(*shape: int) -> Values:
    """Normally distributed numbers; a bare shape in a row means the same."""
    return Values("normal", shape)


def uniform(low: float, high: float, *shape: int) -> Values:
    """Evenly distributed numbers."""
    return Values("uniform", shape, low, high)


def integers(low: int, high: int, *shape: int, dtype: str | None = None) -> Values:
    """Whole numbers from `low` up to but without `high`."""
    return Values("integers", shape, low, high, dtype)


def apart(low: float, high: float, *shape: int) -> Values:
    """Numbers at equal distances between `low` and `high`, shuffled: none equal, so that no order is in doubt."""
    return Values("apart", shape, low, high)


def rising(low: float, high: float, *shape: int) -> Values:
    """Numbers at equal distances between `low` and `high`, in order."""
    return Values("rising", shape, low, high)


def array(values: Any, dtype: str | None = None) -> Values:
    """Exactly these values."""
    made = np.array(values, dtype or "float32")
    return Values("explicit", made.shape, dtype=dtype, explicit=made)


def _shown(value: Any) -> str:
    if isinstance(value, Values):
        return value.kind + "x".join(map(str, value.shape)) + (value.dtype or "")
    return "x".join(map(str, value))


@dataclass(frozen=True)
class Row:
    """One case of an operator.

    `parameters` are Python values, written out with `str` as a user's call does. `inputs` maps each input's
    name, in order, to a shape (normally distributed numbers) or a `Values`.

    What is checked: with `golden` the answer of MXNet 1.9.1; with `oracle`, a function of the input arrays
    in float64 and the parameters by keyword that returns one output or a tuple of the first few, that.
    `gradient` is "golden" (equal to MXNet's), "numerical" (equal to central differences in float64; second
    order too where `smooth`), "both" or "none". `still` names inputs that get no gradient (labels, indices);
    those with an element type of their own never do. A random operator has no golden answer.

    `free` names inputs that may have another shape than the one inferred where theirs is not known.

    `dtypes` are the element types to run in; the golden answer is in the first. `training` is the mode.
    `inferred` is False where MXNet's own inference from the first input alone is wrong. `note` makes rows
    distinct that differ only in values.
    """

    operator: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Shape | Values] = field(default_factory=dict)
    oracle: Callable[..., Any] | None = None
    golden: bool = True
    gradient: str = "both"
    smooth: bool = True
    still: Sequence[str] = ()
    free: Sequence[str] = ()
    dtypes: Sequence[str] = FLOATS
    training: bool = False
    inferred: bool = True
    note: str = ""

    @property
    def id(self) -> str:
        """The row's name: operator, parameters, inputs, mode and note."""
        parts = [self.operator, *(f"{key}={value}" for key, value in self.parameters.items())]
        parts += [_shown(value) for value in self.inputs.values()]
        parts += [self.dtypes[0]] * (self.dtypes[0] != "float32") + ["training"] * self.training
        return " ".join([*parts, *([self.note] if self.note else [])]).replace(", ", ",").replace("/", "|")

    def attributes(self) -> dict[str, str]:
        """The parameters as MXNet's attribute strings."""
        return {key: str(value) for key, value in self.parameters.items()}

    def arrays(self, dtype: str) -> list[Array]:
        """The input arrays for a run in an element type."""
        values = [value if isinstance(value, Values) else normal(*value) for value in self.inputs.values()]
        made = [value.make(f"{self.id}:{name}") for name, value in zip(self.inputs, values, strict=True)]
        return [
            array if value.dtype is not None else array.astype(dtype_named(dtype))
            for array, value in zip(made, values, strict=True)
        ]

    def head_gradient(self, index: int, shape: Shape, dtype: Any) -> Array:
        """The incoming gradient of a visible output, normally distributed."""
        return normal(*shape).make(f"{self.id}:head{index}").astype(dtype)

    def differentiable(self) -> list[str]:
        """Names of the inputs whose gradient is compared; auxiliary states are for the caller to leave out."""
        return [
            name
            for name, value in self.inputs.items()
            if name not in self.still and not (isinstance(value, Values) and value.dtype is not None)
        ]


@dataclass(frozen=True)
class Bad:
    """Bad input and the full message it gets.

    The operator's node is called ``node`` and its inputs are variables under the names given here. The
    error comes from the parameters, else from inference on these shapes and types, else from the gradient.
    `error` is the name of the exception's class.
    """

    operator: str
    message: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Sequence[int | None] | None] = field(default_factory=dict)
    dtypes: Mapping[str, str] = field(default_factory=dict)
    error: str = "ShapeError"

    @property
    def id(self) -> str:
        """The operator with what is wrong about it."""
        return " ".join([self.operator, self.message[:60]])


def dtype_named(name: str) -> Any:
    """The NumPy type of a name; ``bfloat16`` is that of ml_dtypes."""
    if name == "bfloat16":
        import ml_dtypes  # MXNet's Python has none, and no golden rows in this type

        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype(name)
