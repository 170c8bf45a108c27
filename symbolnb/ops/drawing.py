"""The functions of `sym.random` and `nd.random` that draw from a distribution.

Each takes its parameters either as numbers, and is then the operator ``_random_NAME``, which fills a shape with
draws; or as arrays (or symbols), and is then ``_sample_NAME``, which draws for each of their elements.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from numbers import Number
from typing import Any, NamedTuple

from symbolnb.errors import ParameterError


class Distribution(NamedTuple):
    """A distribution's parameters, with their defaults, and what it draws."""

    parameters: Mapping[str, Any]
    doc: str
    sampled: bool = True
    """Whether the parameters may be arrays."""

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        """The operator's parameters from the function's."""
        return [given[name] for name in self.parameters]


class Exponential(Distribution):
    """The operator takes the rate, the function the mean, as in MXNet."""

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        return [1.0 / given["scale"]]


DISTRIBUTIONS: dict[str, Distribution] = {
    "uniform": Distribution({"low": 0, "high": 1}, "Numbers that are equally likely anywhere from `low` up to `high`."),
    "normal": Distribution(
        {"loc": 0, "scale": 1}, "Normally distributed numbers with mean `loc` and standard deviation `scale`."
    ),
    "gamma": Distribution({"alpha": 1, "beta": 1}, "Gamma distributed numbers of shape `alpha` and scale `beta`."),
    "exponential": Exponential({"scale": 1}, "Exponentially distributed numbers with mean `scale`."),
    "poisson": Distribution({"lam": 1}, "Poisson distributed numbers, as floating point numbers, with mean `lam`."),
    "negative_binomial": Distribution(
        {"k": 1, "p": 1}, "How many failures there are before `k` successes, each of probability `p`."
    ),
    "generalized_negative_binomial": Distribution(
        {"mu": 1, "alpha": 1}, "Negative binomial numbers with mean `mu` and dispersion `alpha`."
    ),
    "randint": Distribution(
        {"low": inspect.Parameter.empty, "high": inspect.Parameter.empty},
        "Integers that are equally likely from `low` up to but without `high`.",
        sampled=False,
    ),
}


def drawing(
    name: str, kind: type, maker: Callable[[str], Callable[..., Any]], last: tuple[str, ...] = ()
) -> Callable[..., Any]:
    """The function that draws from a distribution, for symbols or for arrays.

    `kind` is the class of parameters that are drawn for one by one, `maker` makes an operator's function, and
    `last` are keywords that the function takes beside ``shape`` and ``dtype``.
    """
    known = DISTRIBUTIONS[name]
    defaults = {**known.parameters, "shape": None, "dtype": None, **dict.fromkeys(last)}
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    taken = [inspect.Parameter(key, positional, default=value) for key, value in defaults.items()]
    rest = inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)
    signature = inspect.Signature([*taken, rest])

    def draw(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        given = dict(bound.arguments)
        others = {**given.pop("kwargs"), **{key: given[key] for key in ("shape", "dtype", *last)}}
        arrays = _one_by_one(name, {key: given[key] for key in known.parameters}, kind)
        if arrays and not known.sampled:
            raise ParameterError(f"random.{name}: its parameters must be numbers")
        operator = maker(f"_sample_{name}" if arrays else f"_random_{name}")
        return operator(*known.values(given), **{key: value for key, value in others.items() if value is not None})

    draw.__name__ = draw.__qualname__ = name
    draw.__doc__ = (
        f"{known.doc}\n\nParameters are numbers, for draws that fill `shape`, or of class {kind.__name__}, for an\n"
        "array of `shape` drawn for each of their elements."
    )
    draw.__signature__ = signature  # type: ignore[attr-defined]
    return draw


def _one_by_one(name: str, values: Mapping[str, Any], kind: type) -> bool:
    """Whether the parameters are arrays; `ParameterError` where some are and some are not, or are neither."""
    for key, value in values.items():
        if not isinstance(value, (kind, Number)):
            raise ParameterError(
                f"random.{name}: {key} must be a number or of class {kind.__name__}, but it is {value!r}"
            )
    arrays = [isinstance(value, kind) for value in values.values()]
    if any(arrays) and not all(arrays):
        words = " and ".join(values)
        raise ParameterError(f"random.{name}: {words} must all be numbers or all be of class {kind.__name__}")
    return all(arrays)
