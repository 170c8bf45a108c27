"""Densities of distributions, or their logarithms, at given samples.

Each is declared by the logarithm of the density, and by its slopes: the derivatives by the sample and by each
parameter. The logarithm is computed in float64 and rounded once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log, pi
from types import ModuleType
from typing import Any, ClassVar

from symbolnb.dtypes import FLOAT32
from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, merge_all, merge_shapes, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.elementwise.special import gammaln
from symbolnb.ops.infer import one_float_type
from symbolnb.ops.term import Term, call, cast, reshape, sum_to


def log_gamma(xp: ModuleType, x: Array) -> Array:
    """The logarithm of the gamma function of float64 numbers."""
    x = xp.ascontiguousarray(x)
    made = xp.empty_like(x)
    gammaln(xp, x, made)
    return made


def digamma(x: Term) -> Term:
    """The logarithmic derivative of the gamma function."""
    return call("_polygamma", x, order=0)


def logarithm(x: Term) -> Term:
    """The natural logarithm."""
    return call("log", x)


def widened(term: Term) -> Term:
    """The term, float16 as float32: terms that nearly cancel each other would leave nothing of a float16."""
    return cast(term, FLOAT32) if term.dtype.itemsize == 2 else term


@with_fields
class Density(Operator):
    """The density of a distribution at each sample.

    Shapes: parameters ``s``, sample and result ``s + t``: each element of the parameters has samples of its own.
    """

    family = "random"
    names: ClassVar[tuple[str, ...]]
    logarithm: ClassVar[Callable[..., Array]]
    """``(xp, sample, *parameters) -> logarithm of the density``."""
    slopes: ClassVar[Callable[..., Sequence[Term | None]]]
    """``(sample, *parameters) -> its derivatives``; None where there is none."""

    is_log: bool = p.boolean(False, doc="whether the logarithm of the density is wanted")

    def input_names(self) -> tuple[str, ...]:
        return ("sample", *self.names)

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        sample, given = merge_shapes(inputs[0], outputs[0]), merge_all(inputs[1:])
        if given is not None and sample is not None:
            sample, given = _lead(sample, given, self.names[0])
        return [sample, *[given] * len(self.names)], [sample]

    def aligned(self, shape: tuple[int, ...], sample: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of a parameter that broadcasts against the sample."""
        return shape + (1,) * (len(sample) - len(shape))

    def finished(self, xp: ModuleType, value: Array) -> Array:
        """The logarithm, or the density."""
        return value if self.is_log else xp.exp(value)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        sample, *given = (array.astype("float64") for array in inputs)
        spread = [xp.broadcast_to(one.reshape(self.aligned(one.shape, sample.shape)), sample.shape) for one in given]
        outputs[0][...] = self.finished(xp, type(self).logarithm(xp, sample, *spread))

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,) * len(inputs)
        wide = [widened(term) for term in (*inputs, grads[0], outputs[0])]
        *given, grad, out = wide
        outer = grad if self.is_log else grad * out
        shapes = [self.aligned(term.shape, inputs[0].shape) for term in inputs]
        found = type(self).slopes(*(reshape(term, shape) for term, shape in zip(given, shapes, strict=True)))
        return tuple(
            None if slope is None else cast(reshape(sum_to(outer * slope, shape), term.shape), term.dtype)
            for slope, shape, term in zip(found, shapes, inputs, strict=True)
        )


def _lead(sample: Any, given: Any, name: str) -> tuple[PartialShape, PartialShape]:
    """Sample and parameters with their common axes filled from each other."""
    if len(given) > len(sample):
        raise ShapeError(f"{name} is {show_shape(given)} but sample {show_shape(sample)} has fewer axes")
    try:
        front = merge_shapes(sample[: len(given)], given)
    except ShapeError:
        raise ShapeError(f"sample is {show_shape(sample)} but must begin with {name}'s {show_shape(given)}") from None
    assert front is not None
    return (*front, *sample[len(given) :]), front


def _density(title: str, doc: str, names: str, value: Callable[..., Array], slopes: Callable[..., Any]) -> None:
    """Register the density of a distribution."""
    name = f"_random_pdf_{title}"
    members = {
        "name": name,
        "aliases": (name[1:],),
        "names": tuple(names.split()),
        "logarithm": staticmethod(value),
        "slopes": staticmethod(slopes),
        "__module__": __name__,
        "__doc__": f"The density of {doc} at each sample.\n\n"
        "Shapes: parameters ``s``, sample and result ``s + t``: each element of the parameters has samples of its own.",
    }
    register(type(name, (Density,), members))


def _normal(xp: ModuleType, x: Array, mu: Array, sigma: Array) -> Array:
    return -0.5 * ((x - mu) / sigma) ** 2 - xp.log(sigma) - 0.5 * log(2 * pi)


def _normal_slopes(x: Term, mu: Term, sigma: Term) -> tuple[Term, Term, Term]:
    distance = (x - mu) / sigma
    pull = distance / sigma
    return -pull, pull, (distance * distance - 1.0) / sigma


def _uniform_slopes(x: Term, low: Term, high: Term) -> tuple[None, Term, Term]:
    height = 1.0 / (high - low)
    along = x * 0.0 + height  # of the sample's shape, as every sample has the slope
    return None, along, -along


def _gamma(xp: ModuleType, x: Array, alpha: Array, beta: Array) -> Array:
    return alpha * xp.log(beta) + (alpha - 1) * xp.log(x) - beta * x - log_gamma(xp, alpha)


def _gamma_slopes(x: Term, alpha: Term, beta: Term) -> tuple[Term, Term, Term]:
    return (alpha - 1.0) / x - beta, logarithm(x) + logarithm(beta) - digamma(alpha), alpha / beta - x


def _choose(xp: ModuleType, x: Array, k: Array) -> Array:
    """The logarithm of Γ(x + k) / Γ(x + 1) / Γ(k)."""
    return log_gamma(xp, x + k) - log_gamma(xp, x + 1) - log_gamma(xp, k)


def _negative_binomial(xp: ModuleType, x: Array, k: Array, p: Array) -> Array:
    return _choose(xp, x, k) + k * xp.log(p) + x * xp.log1p(-p)


def _negative_binomial_slopes(x: Term, k: Term, p: Term) -> tuple[None, Term, Term]:
    return None, digamma(x + k) - digamma(k) + logarithm(p), k / p - x / (1.0 - p)


def _generalized(xp: ModuleType, x: Array, mu: Array, alpha: Array) -> Array:
    k, ratio = 1 / alpha, mu * alpha
    return _choose(xp, x, k) - (k + x) * xp.log1p(ratio) + x * xp.log(ratio)


def _generalized_slopes(x: Term, mu: Term, alpha: Term) -> tuple[None, Term, Term]:
    k, whole = 1.0 / alpha, mu * alpha + 1.0
    by_k = digamma(x + k) - digamma(k) - logarithm(whole)
    return None, x / mu - (x * alpha + 1.0) / whole, x / alpha - by_k * k * k - (x + k) * mu / whole


_density("normal", "normal distributions with mean `mu` and standard deviation `sigma`", "mu sigma",
         _normal, _normal_slopes)  # fmt: skip
_density("uniform", "uniform distributions from `low` up to `high`, taken as the same outside, as in MXNet,",
         "low high", lambda xp, x, low, high: -xp.log(high - low) + 0 * x, _uniform_slopes)  # fmt: skip
_density("gamma", "gamma distributions with shape `alpha` and rate `beta` (`random_gamma` takes a scale, 1 / rate)",
         "alpha beta", _gamma, _gamma_slopes)  # fmt: skip
_density("exponential", "exponential distributions with rate `lam`", "lam",
         lambda xp, x, lam: xp.log(lam) - lam * x, lambda x, lam: (x * 0.0 - lam, 1.0 / lam - x))  # fmt: skip
_density("poisson", "Poisson distributions with mean `lam`", "lam",
         lambda xp, x, lam: x * xp.log(lam) - lam - log_gamma(xp, x + 1),
         lambda x, lam: (None, x / lam - 1.0))  # fmt: skip
_density("negative_binomial", "negative binomial distributions: failures before `k` successes of probability `p`",
         "k p", _negative_binomial, _negative_binomial_slopes)  # fmt: skip
_density("generalized_negative_binomial",
         "negative binomial distributions with mean `mu` and variance ``mu + alpha mu²``",
         "mu alpha", _generalized, _generalized_slopes)  # fmt: skip


@register
class Dirichlet(Density):
    """The density of Dirichlet distributions at each sample, which is a vector along the last axis.

    Shapes: `alpha` ``s + (k,)``, sample ``s + t + (k,)``, the result ``s + t``, or ``(1,)`` where that is empty.
    """

    name = "_random_pdf_dirichlet"
    aliases = ("random_pdf_dirichlet",)
    names = ("alpha",)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        sample, alpha = inputs
        for word, shape in (("sample", sample), ("alpha", alpha)):
            if shape is not None and not shape:
                raise ShapeError(f"{word} needs at least one axis, along which the vectors are")
        if sample is None:
            return inputs, outputs
        out = outputs[0]
        if out is not None and len(out) == len(sample) - 1:
            sample = merge_shapes(sample, (*out, None))
        assert sample is not None
        if alpha is not None:
            last = sample[-1] if alpha[-1] is None else alpha[-1]
            if sample[-1] is not None and sample[-1] != last:
                raise ShapeError(f"sample is {show_shape(sample)} but alpha {show_shape(alpha)} has vectors of {last}")
            front, lead = _lead(sample[:-1], alpha[:-1], "alpha")
            assert front is not None
            assert lead is not None
            sample, alpha = (*front, last), (*lead, last)
        return [sample, alpha], [sample[:-1] or (1,)]

    def aligned(self, shape: tuple[int, ...], sample: tuple[int, ...]) -> tuple[int, ...]:
        return (*shape[:-1], *(1,) * (len(sample) - len(shape)), shape[-1])

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        sample, alpha = (array.astype("float64") for array in inputs)
        alpha = alpha.reshape(self.aligned(alpha.shape, sample.shape))
        scale = log_gamma(xp, alpha.sum(axis=-1)) - log_gamma(xp, alpha).sum(axis=-1)
        value = ((alpha - 1) * xp.log(sample)).sum(axis=-1) + scale
        outputs[0][...] = self.finished(xp, value)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        sample, alpha, grad, out = (widened(term) for term in (*inputs, grads[0], outputs[0]))
        spread = reshape(alpha, self.aligned(alpha.shape, sample.shape))
        outer = reshape(grad if self.is_log else grad * out, (*sample.shape[:-1], 1))
        whole = call("sum", spread, axis=(-1,), keepdims=True)
        by_sample = outer * ((spread - 1.0) / sample)
        by_alpha = outer * (logarithm(sample) + (digamma(whole) - digamma(spread)))
        found = by_sample, reshape(sum_to(by_alpha, spread.shape), alpha.shape)
        return tuple(cast(term, given.dtype) for term, given in zip(found, inputs, strict=True))
