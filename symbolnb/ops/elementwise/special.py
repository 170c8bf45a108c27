"""The error function, the gamma function and their kin, with nothing but elementary functions.

All of them compute in float64, a block at a time so that the many intermediate results stay in the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from math import factorial, pi, sqrt
from types import ModuleType
from typing import Any

import numpy as np

Array = Any
BLOCK = 8192
"""Elements at a time on the CPU: 64 KiB for an intermediate result."""


def blockwise(function: Callable[..., Array]) -> Callable[..., None]:
    """Turn `(xp, x, *constants) -> y` over float64 into `(xp, x, *constants, out)` over any dense arrays."""

    @wraps(function)
    def fill(xp: ModuleType, x: Array, *constants_and_out: Any) -> None:
        *constants, out = constants_and_out
        source, target = x.reshape(-1), out.reshape(-1)
        step = BLOCK if xp is np else max(target.size, 1)
        for start in range(0, target.size, step):
            block = source[start : start + step].astype("float64")
            target[start : start + step] = function(xp, block, *constants)

    return fill


def polynomial(x: Array, coefficients: Sequence[float]) -> Array:
    """The polynomial with these coefficients, the highest power first."""
    made = x * coefficients[0] + coefficients[1]
    for coefficient in coefficients[2:]:
        made *= x
        made += coefficient
    return made


# W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969), pp. 631-637:
# erf(x) = x R(x²) for |x| <= 0.46875; erfc(x) = exp(-x²) R(x) up to 4; beyond, with R of 1/x².
NEAR = (
    (1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2,
     3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)  # fmt: skip
MIDDLE = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
     2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
     1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
     3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip
FAR = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
     1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1, 6.05183413124413191e-2,
     2.33520497626869185e-3),
)  # fmt: skip


NEAR_END, MIDDLE_END = 0.46875, 4.0


def _ratio(x: Array, pair: tuple[Sequence[float], Sequence[float]]) -> Array:
    return polynomial(x, pair[0]) / polynomial(x, pair[1])


@blockwise
def erf(xp: ModuleType, x: Array) -> Array:
    """The error function, to a few units in the last place of float64."""
    size = xp.absolute(x)
    small = xp.minimum(size, NEAR_END)
    answer = x * _ratio(small * small, NEAR)
    if not bool((size > NEAR_END).any()):
        return answer
    middle = xp.clip(size, NEAR_END, MIDDLE_END)
    rest = _ratio(middle, MIDDLE)
    if bool((size > MIDDLE_END).any()):
        inverse = 1 / xp.maximum(size, MIDDLE_END)
        square = inverse * inverse
        rest = xp.where(size > MIDDLE_END, inverse * (1 / sqrt(pi) - square * _ratio(square, FAR)), rest)
    far = xp.copysign(1 - xp.exp(-x * x) * rest, x)
    return xp.where(size > NEAR_END, far, answer)


# M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37
# (1988), pp. 477-484, routine PPND16; erfinv(x) is the point of (x + 1) / 2, divided by √2.
_CENTRE = (
    (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
     1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0),
    (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
     5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0),
)  # fmt: skip
_SLOPE = (
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
     3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
     6.89767334985100004550e-1, 1.67638483018380384940e0, 2.05319162663775882187e0, 1.0),
)  # fmt: skip
_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
     2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0),
    (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
     1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0),
)  # fmt: skip


@blockwise
def erfinv(xp: ModuleType, x: Array) -> Array:
    """The inverse of the error function; infinite at -1 and 1, not a number beyond."""
    half = 0.5 * x
    centre = half * _ratio(0.180625 - half * half, _CENTRE)
    depth = xp.sqrt(-xp.log(0.5 - xp.absolute(half)))
    outer = xp.where(depth <= 5.0, _ratio(depth - 1.6, _SLOPE), _ratio(depth - 5.0, _TAIL))
    answer = xp.where(xp.absolute(half) <= 0.425, centre, xp.copysign(outer, x)) / sqrt(2)
    return xp.where(xp.absolute(x) == 1, xp.copysign(xp.inf, x), answer)


# C. Lanczos, "A precision approximation of the gamma function", SIAM J. Numer. Anal. B 1 (1964), pp. 86-96,
# with g = 7 and the nine coefficients of P. Godfrey (2001), good to 15 digits.
_LANCZOS_G = 7.0
_LANCZOS = (
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
)  # fmt: skip


def _lanczos_sum(z: Array) -> Array:
    total = _LANCZOS[1] / (z + 1)
    total += _LANCZOS[0]
    for index in range(2, len(_LANCZOS)):
        total += _LANCZOS[index] / (z + index)
    return total


def _sine_pi(xp: ModuleType, x: Array) -> Array:
    """sin(πx), exactly 0 at the integers (with the sign of `x`)."""
    whole = xp.rint(x)
    return xp.sin(pi * (x - whole)) * (1 - 2 * xp.remainder(whole, 2)) + 0 * x


@blockwise
def gamma(xp: ModuleType, x: Array) -> Array:
    """The gamma function; infinite at 0, not a number at the negative integers."""
    z = xp.where(x < 0.5, 1 - x, x) - 1
    t = z + _LANCZOS_G + 0.5
    half = xp.power(t, 0.5 * (z + 0.5))  # the whole power would overflow before the product does
    right = sqrt(2 * pi) * half * xp.exp(-t) * _lanczos_sum(z) * half
    right = xp.where(z > 171.0, xp.inf, right)
    answer = xp.where(x < 0.5, xp.copysign(pi, x) / xp.absolute(_sine_pi(xp, x)) / right, right)
    odd = xp.remainder(xp.floor(x), 2) == 1
    answer = xp.where((x < 0) & ~odd, -answer, answer)
    return xp.where((x < 0) & (x == xp.floor(x)), xp.nan, answer)


@blockwise
def gammaln(xp: ModuleType, x: Array) -> Array:
    """The logarithm of the absolute value of the gamma function."""
    z = xp.where(x < 0.5, 1 - x, x) - 1
    t = z + _LANCZOS_G + 0.5
    right = (z + 0.5) * xp.log(t) - t + xp.log(sqrt(2 * pi) * _lanczos_sum(z))
    answer = xp.where(x < 0.5, xp.log(pi / xp.absolute(_sine_pi(xp, x))) - right, right)
    return xp.where(xp.isinf(x), xp.inf, answer)


# Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), 6.3.5, 6.3.18, 6.4.6 and 6.4.11: recurrence
# up to where the asymptotic series is good, reflection below 0. These are the Bernoulli numbers B2, B4, ...
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
_SHIFT = 12


@blockwise
def polygamma(xp: ModuleType, x: Array, order: int) -> Array:
    """The derivative of this order of the digamma function (order 0), itself the logarithmic derivative of gamma.

    At 0 and the negative integers it is infinite.
    """
    mirrored = x <= 0
    answer = _polygamma_right(xp, xp.where(mirrored, 1 - x, x), order)
    if bool(mirrored.any()):
        cotangent = 1 / xp.tan(pi * (x - xp.rint(x)))
        answer = xp.where(mirrored, (-1) ** order * answer - _cotangent_slope(cotangent, order), answer)
    return xp.where(mirrored & (x == xp.rint(x)), xp.inf, answer)


def _polygamma_right(xp: ModuleType, x: Array, order: int) -> Array:
    far = x + _SHIFT + order
    if order == 0:
        series = xp.log(far) - 0.5 / far
    else:
        series = -(factorial(order - 1) / far**order + factorial(order) / 2 / far ** (order + 1))
    for k, number in enumerate(_BERNOULLI, 1):
        weight = number * factorial(2 * k + order - 1) / factorial(2 * k)
        series = series - weight / far ** (2 * k + order)
    for step in range(_SHIFT + order):
        series = series - factorial(order) / (x + step) ** (order + 1)
    return series if order % 2 == 0 else -series


def _cotangent_slope(cotangent: Array, order: int) -> Array:
    """The derivative of this order of π cot(πx), as a polynomial in the cotangent: cot' = -π (1 + cot²)."""
    slope = np.poly1d([1.0, 0.0])
    for _ in range(order):
        slope = np.polymul(np.polyder(slope), np.poly1d([-1.0, 0.0, -1.0]))
    powers = sum(float(c) * cotangent**k for k, c in enumerate(slope.coeffs[::-1]))
    return pi ** (order + 1) * powers
