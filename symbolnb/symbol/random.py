"""`sym.random`: random arrays as nodes of a graph, drawn anew in every run."""

from __future__ import annotations

from typing import Any

from symbolnb.ops.drawing import DISTRIBUTIONS, drawing
from symbolnb.ops.namespaces import Namespace
from symbolnb.symbol.functions import function
from symbolnb.symbol.symbol import Symbol

exponential = drawing("exponential", Symbol, function)
gamma = drawing("gamma", Symbol, function)
generalized_negative_binomial = drawing("generalized_negative_binomial", Symbol, function)
negative_binomial = drawing("negative_binomial", Symbol, function)
normal = drawing("normal", Symbol, function)
poisson = drawing("poisson", Symbol, function)
randint = drawing("randint", Symbol, function)
uniform = drawing("uniform", Symbol, function)


def randn(*shape: int, loc: Any = 0, scale: Any = 1, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Normally distributed numbers in an array of the given sizes."""
    drawn: Symbol = normal(loc, scale, shape, dtype, **kwargs)
    return drawn


def multinomial(data: Symbol, shape: Any = None, get_prob: bool = True, dtype: Any = "int32", **kwargs: Any) -> Symbol:
    """Positions drawn with the probabilities in the last axis of `data`, `shape` of them for each row.

    With `get_prob` the logarithms of their probabilities are a second output.
    """
    given = kwargs if shape is None else {"shape": shape, **kwargs}
    return function("_sample_multinomial")(data, get_prob=get_prob, dtype=dtype, **given)


def shuffle(data: Symbol, **kwargs: Any) -> Symbol:
    """The parts of `data` along its first axis in a random order."""
    return function("_shuffle")(data, **kwargs)


_namespace = Namespace(__name__, function, (*DISTRIBUTIONS, "multinomial", "randn", "shuffle"))
__getattr__ = _namespace.find
__dir__ = _namespace.names
