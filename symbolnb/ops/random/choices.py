"""Random choices: from given probabilities, without repetition, and in a new order."""

from __future__ import annotations

from collections.abc import Sequence
from math import log, prod
from types import ModuleType
from typing import Any

import numpy as np

from symbolnb.dtypes import dtype_of
from symbolnb.errors import GradientError, ParameterError, ShapeError
from symbolnb.graph.spec import Shape, merge_all
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Shapes, register
from symbolnb.ops.infer import first_known, floating, same_shapes
from symbolnb.ops.random.draw import Random
from symbolnb.ops.term import Term, call, cast, reshape


@register
class Multinomial(Random):
    """Positions chosen with given probabilities, those along the last axis of `data`.

    Shapes: data ``(..., k)``, the result ``(...) + shape``, for a single vector and an empty shape ``(1,)``. With
    `get_prob` there is a second output, the logarithms of the probabilities of what was chosen, through which
    gradients reach `data`. Where probabilities sum up to less than 1 the last position gets the rest.
    """

    name = "_sample_multinomial"
    aliases = ("sample_multinomial",)

    shape: Shape = p.shape((), doc="shape of the positions that each vector of probabilities gets; one if empty")
    get_prob: bool = p.boolean(False, doc="whether the logarithms of their probabilities are a second output")
    dtype: str = p.choice(
        "float16", "float32", "float64", "int32", "uint8", default="int32", doc="element type of the positions"
    )  # fmt: skip

    def output_names(self) -> tuple[str, ...]:
        return ("output0", "output1") if self.get_prob else ("output",)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        (data,), made = inputs, merge_all(outputs)
        if data is None:
            front = None if made is None else made[: len(made) - len(self.shape)]
            return [None if front is None or front == (1,) else (*front, None)], [made] * len(outputs)
        if not data:
            raise ShapeError("data needs at least one axis, along which the probabilities are")
        result = (*data[:-1], *self.shape) or (1,)
        if made is not None and len(made) == len(result) and len(data) > 1:
            front = tuple(two if one is None else one for one, two in zip(data[:-1], made, strict=False))
            data = (*front, data[-1])
        return [data], [result] * len(outputs)

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        data = floating(first_known((*inputs, *outputs[1:])))
        return [data], [dtype_of(self.dtype), *[data] * (len(outputs) - 1)]

    def sample(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array], random: Any) -> None:
        count, kinds = prod(self.shape), inputs[0].shape[-1]
        data = inputs[0].reshape(-1, kinds)
        border = xp.cumsum(data.astype("float64"), axis=-1)
        points = random.random((len(data), count), dtype=xp.float64)
        chosen = xp.empty((len(data), count), "int64")
        for row in range(len(data)):
            chosen[row] = xp.searchsorted(border[row], points[row], side="right")
        chosen = xp.minimum(chosen, kinds - 1)
        outputs[0][...] = chosen.reshape(outputs[0].shape)
        if self.get_prob:
            taken = xp.take_along_axis(data, chosen, axis=-1)
            outputs[1][...] = xp.log(taken).reshape(outputs[1].shape)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if not self.get_prob or grads[1] is None:
            return (None,)
        (data,), kinds = inputs, inputs[0].shape[-1]
        rows, count = prod(data.shape[:-1]), prod(self.shape)
        places = call("one_hot", reshape(outputs[0], (rows, count)), depth=kinds, dtype=data.dtype.name)
        weight = places * reshape(cast(grads[1], data.dtype), (rows, count, 1))
        total = call("sum", weight, axis=(1,))
        return (reshape(total, data.shape) / data,)


@register
class Shuffle(Random):
    """The array with its parts along the first axis in a random order; it has no gradient, as in MXNet."""

    name = "_shuffle"
    aliases = ("shuffle",)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)

    def sample(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array], random: Any) -> None:
        order = xp.argsort(random.random(inputs[0].shape[0], dtype=xp.float64))
        outputs[0][...] = inputs[0][order]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        raise GradientError(f"{self.name} has no gradient")


@register
class UniqueZipfian(Random):
    """Whole numbers below `range_max` without repetition in a row, small ones more often than large ones.

    The number n comes with probability ``log((n + 2) / (n + 1)) / log(range_max + 1)``; one that is in the row
    already is drawn again. Outputs, both int64: the numbers, of shape `shape`, which must have two axes, and how many
    were drawn for each row, from which their expected counts follow.
    """

    name = "_sample_unique_zipfian"

    range_max: int = p.integer(minimum=1, doc="the number that all are below")
    shape: Shape | None = p.shape(None, doc="rows, and numbers in each")

    def __post_init__(self) -> None:
        if self.shape is None or len(self.shape) != 2:
            raise ParameterError(f"shape is {self.shape} but must have two numbers: rows, and numbers in each")
        if self.shape[1] > self.range_max:
            raise ParameterError(f"there are no {self.shape[1]} different numbers below range_max, {self.range_max}")

    def input_names(self) -> tuple[str, ...]:
        return ()

    def output_names(self) -> tuple[str, ...]:
        return ("output0", "output1")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        assert self.shape is not None
        return [], [self.shape, self.shape[:1]]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return [], [np.dtype("int64"), np.dtype("int64")]

    def sample(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array], random: Any) -> None:
        for row in range(outputs[0].shape[0]):
            numbers, tries = self._row(xp, random, outputs[0].shape[1])
            outputs[0][row] = xp.asarray(numbers, "int64")
            outputs[1][row] = tries

    def _row(self, xp: ModuleType, random: Any, count: int) -> tuple[list[int], int]:
        """Different numbers in the order in which they came, and how many were drawn in all."""
        found: dict[int, None] = {}
        tries = 0
        while len(found) < count:
            points = random.random(2 * (count - len(found)) + 8, dtype=xp.float64)
            drawn = xp.floor(xp.exp(points * log(self.range_max + 1))).astype("int64") - 1
            for number in drawn.tolist():
                tries += 1
                found[min(number, self.range_max - 1)] = None
                if len(found) == count:
                    break
        return list(found), tries
