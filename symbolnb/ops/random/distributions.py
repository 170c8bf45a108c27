"""The distributions: their parameters, and how numbers are drawn from the few that generators of all devices offer.

The negative binomials are Poisson distributions whose mean is itself drawn from a gamma distribution, as in
G. Casella and R. Berger, "Statistical Inference" (2002), section 4.4.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

from symbolnb.errors import ParameterError
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array

MEAN_LIMIT = 1e18
"""Means above this cannot be drawn from a Poisson distribution: its numbers are 64-bit integers."""


class Distribution(NamedTuple):
    """A distribution.

    `parameters` holds for each parameter its default and its meaning; an integer default makes it an integer.
    `draw` is ``(xp, random, size, dtype, *parameters) -> numbers``, where the parameters are numbers or arrays that
    broadcast to the size, and `dtype` the type of floating point numbers to draw. `check` raises `ParameterError`
    for numbers that are no parameters. `doc` continues "Numbers drawn from".
    """

    name: str
    doc: str
    parameters: dict[str, tuple[float, str]]
    draw: Callable[..., Array]
    check: Callable[..., None]
    inputs: tuple[str, ...] = ()
    """The names of the parameters where they are inputs, if they are others."""

    def fields(self) -> dict[str, Any]:
        """Members that declare the parameters in a class of operators."""
        made: dict[str, Any] = {
            key: (p.integer if isinstance(default, int) else p.number)(default, doc=doc)
            for key, (default, doc) in self.parameters.items()
        }
        kinds = {key: type(default).__name__ for key, (default, _) in self.parameters.items()}
        return {**made, "__annotations__": kinds}


def _where(xp: ModuleType, valid: Array, made: Array) -> Array:
    return xp.where(valid, made, xp.nan)


def uniform(xp: ModuleType, random: Any, size: Any, dtype: Any, low: Any, high: Any) -> Array:
    """Evenly distributed numbers."""
    return low + random.random(size, dtype=dtype) * (high - low)


def normal(xp: ModuleType, random: Any, size: Any, dtype: Any, loc: Any, scale: Any) -> Array:
    """Normally distributed numbers."""
    return loc + random.standard_normal(size, dtype=dtype) * scale


def exponential(xp: ModuleType, random: Any, size: Any, dtype: Any, lam: Any) -> Array:
    """Exponentially distributed numbers, by inversion."""
    return -xp.log1p(-random.random(size, dtype=dtype)) / lam


def standard_gamma(xp: ModuleType, random: Any, size: Any, alpha: Any) -> Array:
    """Gamma distributed numbers of scale 1; nan where `alpha` is below 0 or not finite."""
    alpha = xp.asarray(alpha, "float64")
    valid = (alpha >= 0) & xp.isfinite(alpha)
    return _where(xp, valid, random.standard_gamma(xp.where(valid, alpha, 1.0), size))


def gamma(xp: ModuleType, random: Any, size: Any, dtype: Any, alpha: Any, beta: Any) -> Array:
    """Gamma distributed numbers."""
    return standard_gamma(xp, random, size, alpha) * beta


def poisson(xp: ModuleType, random: Any, size: Any, dtype: Any, lam: Any) -> Array:
    """Poisson distributed numbers; nan where `lam` is below 0 or too large."""
    lam = xp.asarray(lam, "float64")
    valid = (lam >= 0) & (lam < MEAN_LIMIT)
    return _where(xp, valid, random.poisson(xp.where(valid, lam, 1.0), size))


def negative_binomial(xp: ModuleType, random: Any, size: Any, dtype: Any, k: Any, p: Any) -> Array:
    """How many failures there are before `k` successes of probability `p` each."""
    return poisson(xp, random, size, dtype, standard_gamma(xp, random, size, k) * (1 - p) / p)


def generalized_negative_binomial(xp: ModuleType, random: Any, size: Any, dtype: Any, mu: Any, alpha: Any) -> Array:
    """Negative binomial numbers of mean `mu` and variance ``mu + alpha mu²``."""
    alpha = xp.asarray(alpha, "float64")
    spread = xp.where(alpha == 0, 1.0, alpha)
    mean = xp.where(alpha == 0, mu, standard_gamma(xp, random, size, 1 / spread) * spread * mu)
    return poisson(xp, random, size, dtype, mean)


def _at_least(name: str, value: float, least: float) -> None:
    if not value >= least:
        raise ParameterError(f"{name} is {value:g} but must not be below {least:g}")


def _above(name: str, value: float) -> None:
    if not value > 0:
        raise ParameterError(f"{name} is {value:g} but must be above 0")


def _check_uniform(low: float, high: float) -> None:
    if not low <= high:
        raise ParameterError(f"low is {low:g} but must not be above high, {high:g}")


def _check_gamma(alpha: float, beta: float) -> None:
    _above("alpha", alpha)
    _above("beta", beta)


def _check_negative_binomial(k: float, p: float) -> None:
    _at_least("k", k, 0)
    if not 0 < p <= 1:
        raise ParameterError(f"p is {p:g} but must be above 0 and at most 1")


def _check_generalized(mu: float, alpha: float) -> None:
    _at_least("mu", mu, 0)
    _at_least("alpha", alpha, 0)


DISTRIBUTIONS = (
    Distribution(
        "uniform", "a uniform distribution: as likely anywhere from `low` up to `high`",
        {"low": (0.0, "the least number"), "high": (1.0, "the number that all are below")},
        uniform, _check_uniform,
    ),
    Distribution(
        "normal", "a normal distribution with mean `loc` and standard deviation `scale`",
        {"loc": (0.0, "the mean"), "scale": (1.0, "the standard deviation, above 0")},
        normal, lambda loc, scale: _above("scale", scale), inputs=("mu", "sigma"),
    ),
    Distribution(
        "gamma", "a gamma distribution with shape `alpha` and scale `beta`: its mean is ``alpha beta``",
        {"alpha": (1.0, "the shape, above 0"), "beta": (1.0, "the scale, above 0")},
        gamma, _check_gamma,
    ),
    Distribution(
        "exponential", "an exponential distribution with rate `lam`: its mean is ``1 / lam``",
        {"lam": (1.0, "the rate, above 0")},
        exponential, lambda lam: _above("lam", lam),
    ),
    Distribution(
        "poisson", "a Poisson distribution with mean `lam`",
        {"lam": (1.0, "the mean, 0 or more")},
        poisson, lambda lam: _at_least("lam", lam, 0),
    ),
    Distribution(
        "negative_binomial", "a negative binomial distribution: the failures before `k` successes of probability `p`",
        {"k": (1, "how many successes end the count"), "p": (1.0, "the probability of a success, above 0")},
        negative_binomial, _check_negative_binomial,
    ),
    Distribution(
        "generalized_negative_binomial",
        "a negative binomial distribution with mean `mu` and variance ``mu + alpha mu²``",
        {"mu": (1.0, "the mean, 0 or more"), "alpha": (1.0, "the dispersion, 0 or more; 0 for a Poisson distribution")},
        generalized_negative_binomial, _check_generalized,
    ),
)  # fmt: skip
