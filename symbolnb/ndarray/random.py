"""`nd.random`: random arrays. `mx.random.seed` makes them repeatable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symbolnb.ndarray.array import NDArray
from symbolnb.ndarray.functions import function
from symbolnb.ops.drawing import DISTRIBUTIONS, drawing
from symbolnb.ops.namespaces import Namespace


def _filling(name: str) -> Callable[..., Any]:
    """The operator's function; without a shape, one that draws from numbers makes `out`, or one number."""
    compute = function(name)
    if name.startswith("_sample_"):
        return compute

    def fill(*parameters: Any, shape: Any = None, dtype: Any = None, out: NDArray | None = None, **others: Any) -> Any:
        if shape is None:
            shape = (1,) if out is None else out.shape
        if dtype is None and out is not None:
            dtype = out.dtype
        given = {"shape": shape, **others} if dtype is None else {"shape": shape, "dtype": dtype, **others}
        return compute(*parameters, out=out, **given)

    return fill


def _drawing(name: str) -> Callable[..., Any]:
    return drawing(name, NDArray, _filling, ("ctx", "out"))


exponential = _drawing("exponential")
gamma = _drawing("gamma")
generalized_negative_binomial = _drawing("generalized_negative_binomial")
negative_binomial = _drawing("negative_binomial")
normal = _drawing("normal")
poisson = _drawing("poisson")
randint = _drawing("randint")
uniform = _drawing("uniform")


def randn(*shape: int, loc: Any = 0, scale: Any = 1, **kwargs: Any) -> NDArray:
    """Normally distributed numbers in an array of the given sizes.

    >>> from symbolnb import nd
    >>> nd.random.randn(2, 3, loc=5).shape
    (2, 3)
    """
    drawn: NDArray = normal(loc, scale, shape if shape else None, **kwargs)
    return drawn


def multinomial(data: NDArray, shape: Any = None, get_prob: bool = False, dtype: Any = "int32", **kwargs: Any) -> Any:
    """Positions drawn with the probabilities in the last axis of `data`, `shape` of them for each row.

    With `get_prob` a list with the logarithms of their probabilities behind them.
    """
    given = kwargs if shape is None else {"shape": shape, **kwargs}
    return function("_sample_multinomial")(data, get_prob=get_prob, dtype=dtype, **given)


def shuffle(data: NDArray, **kwargs: Any) -> NDArray:
    """The parts of `data` along its first axis in a random order."""
    shuffled: NDArray = function("_shuffle")(data, **kwargs)
    return shuffled


_namespace = Namespace(__name__, function, (*DISTRIBUTIONS, "multinomial", "randn", "shuffle"))
__getattr__ = _namespace.find
__dir__ = _namespace.names
