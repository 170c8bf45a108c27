"""Rows of the densities of distributions."""

from __future__ import annotations

import numpy as np

from tests.cases.row import Bad, Row, Values, array, uniform

LOG = {"is_log": True}


def counts(*shape: int) -> Values:
    """Whole numbers from 0, as floating point numbers: samples of the distributions of counts."""
    values = np.random.RandomState(3).randint(0, 6, shape)
    return Values("explicit", values.shape, explicit=values)


def positive(*shape: int) -> Values:
    """Numbers well above 0."""
    return uniform(0.5, 2.0, *shape)


def simplex(*shape: int) -> Values:
    """Vectors of positive numbers that sum up to 1."""
    made = np.random.RandomState(4).uniform(0.2, 1.0, shape)
    return array(made / made.sum(axis=-1, keepdims=True))


ROWS = [
    Row(
        f"_random_pdf_{name}",
        parameters,
        {"sample": sample, **dict(zip(names.split(), given, strict=True))},
        still=still,
    )
    for name, names, kind, ranges, still in (
        ("normal", "mu sigma", None, ((-1, 1), (0.5, 2)), ()),
        ("uniform", "low high", positive, ((-1, 0), (2, 3)), ()),
        ("gamma", "alpha beta", positive, ((0.5, 3), (0.5, 2)), ()),
        ("exponential", "lam", positive, ((0.5, 2),), ()),
        ("poisson", "lam", counts, ((0.5, 4),), ("sample",)),
        ("negative_binomial", "k p", counts, ((1, 4), (0.2, 0.8)), ("sample",)),
        ("generalized_negative_binomial", "mu alpha", counts, ((0.5, 4), (0.3, 2)), ("sample",)),
    )
    for parameters in ({}, LOG)
    for shape, front in (((2, 3), (2,)), ((5,), (5,)), ((2, 3, 5), (2, 3)), ((2, 3, 5), (2,)))
    for sample in [shape if kind is None else kind(*shape)]
    for given in [tuple(uniform(low, high, *front) for low, high in ranges)]
]
ROWS += [
    Row("_random_pdf_dirichlet", parameters, {"sample": simplex(*shape), "alpha": positive(*front)})
    for parameters in ({}, LOG)
    for shape, front in (((3,), (3,)), ((2, 3), (2, 3)), ((2, 5, 3), (2, 3)), ((2, 5, 7, 3), (2, 3)))
]
ROWS += [
    Row(
        "_random_pdf_normal", {}, {"sample": (0, 3), "mu": (0,), "sigma": (0,)},
        golden=False, gradient="numerical", note="empty",
    ),
    Row(
        "_random_pdf_uniform", {}, {"sample": array([[-1, 0, 0.5, 2]]), "low": array([0]), "high": array([1])},
        note="outside",
    ),
]  # fmt: skip

BAD = [
    Bad(
        "_random_pdf_normal",
        (
            "_random_pdf_normal 'node': sample is (2, 3) but must begin with mu's (3,) [sample (2, 3), mu "
            "(3,), sigma (3,)]"
        ),
        inputs={"sample": (2, 3), "mu": (3,), "sigma": (3,)},
    ),
    Bad(
        "_random_pdf_normal",
        "_random_pdf_normal 'node': (2,) and (3,) differ [sample (2, 3), mu (2,), sigma (3,)]",
        inputs={"sample": (2, 3), "mu": (2,), "sigma": (3,)},
    ),
    Bad(
        "_random_pdf_normal",
        (
            "_random_pdf_normal 'node': mu is (2, 3) but sample (2,) has fewer axes [sample (2,), mu (2, "
            "3), sigma (2, 3)]"
        ),
        inputs={"sample": (2,), "mu": (2, 3), "sigma": (2, 3)},
    ),
    Bad(
        "_random_pdf_poisson",
        (
            "_random_pdf_poisson 'node': the element type is int32 but must be a floating point type "
            "[sample int32, lam ?]"
        ),
        inputs={"sample": (2,), "lam": (2,)},
        dtypes={"sample": "int32"},
        error="DTypeError",
    ),
    Bad(
        "_random_pdf_dirichlet",
        (
            "_random_pdf_dirichlet 'node': sample is (2, 3) but alpha (2, 4) has vectors of 4 [sample (2, "
            "3), alpha (2, 4)]"
        ),
        inputs={"sample": (2, 3), "alpha": (2, 4)},
    ),
    Bad(
        "_random_pdf_gamma",
        "_random_pdf_gamma: parameter is_log is 'maybe' but must be True or False",
        parameters={"is_log": "maybe"},
        inputs={"sample": (2,), "alpha": (2,), "beta": (2,)},
        error="ParameterError",
    ),
]
