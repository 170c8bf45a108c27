"""What the random operators draw: moments, and the largest distance from the distribution function.

The distance is that of Kolmogorov and Smirnov. All seeds are fixed, so that nothing fails by chance.
A correct generator exceeds `FAR` for one seed in 10000.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from math import erf, exp, lgamma, log, pi, sqrt
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.ops.registry import find
from tests.cases.random import PARAMETERS
from tests.cases.run import forward

COUNT = 20000
FAR = 2.23 / sqrt(COUNT)
"""The distance that is exceeded with probability 1e-4: Smirnov, "Table for estimating the goodness of fit" (1948)."""

Array = Any
Function = Callable[[Array], Array]


def from_chances(chance: Callable[[int], float]) -> Function:
    """The distribution function of whole numbers from 0 from the probability of each."""
    sums = np.array(list(accumulate(chance(n) for n in range(200))))
    return lambda x: np.where(x < 0, 0.0, sums[np.clip(np.floor(x), 0, 199).astype(int)])


def failures(k: float, p: float) -> Function:
    """The distribution function of a negative binomial distribution."""
    return from_chances(lambda n: exp(lgamma(n + k) - lgamma(n + 1) - lgamma(k) + k * log(p) + n * log(1 - p)))


def _erlang(order: int) -> Function:
    """The distribution function of a gamma distribution with whole shape and scale 1."""
    return lambda x: 1 - np.exp(-x) * sum(x**n / exp(lgamma(n + 1)) for n in range(order))


def _normal(x: Array) -> Array:
    return np.array([0.5 + 0.5 * erf(one / sqrt(2)) for one in np.ravel(x)])


CASES: list[tuple[str, dict[str, float], Function, float, float]] = [
    ("uniform", {"low": -1, "high": 2}, lambda x: np.clip((x + 1) / 3, 0, 1), 0.5, 0.75),
    ("normal", {"loc": 3, "scale": 0.5}, lambda x: _normal((x - 3) / 0.5), 3, 0.25),
    ("exponential", {"lam": 4}, lambda x: 1 - np.exp(-4 * x), 0.25, 1 / 16),
    ("gamma", {"alpha": 3, "beta": 2}, lambda x: _erlang(3)(x / 2), 6, 12),
    ("gamma", {"alpha": 0.5, "beta": 1}, lambda x: 2 * _normal(np.sqrt(2 * x)) - 1, 0.5, 0.5),
    ("poisson", {"lam": 0.7}, from_chances(lambda n: exp(n * log(0.7) - 0.7 - lgamma(n + 1))), 0.7, 0.7),
    ("poisson", {"lam": 40}, from_chances(lambda n: exp(n * log(40) - 40 - lgamma(n + 1))), 40, 40),
    ("negative_binomial", {"k": 3, "p": 0.4}, failures(3, 0.4), 4.5, 11.25),
    ("generalized_negative_binomial", {"mu": 2, "alpha": 0.3}, failures(1 / 0.3, 1 / 1.6), 2, 3.2),
    (
        "generalized_negative_binomial",
        {"mu": 2, "alpha": 0},
        from_chances(lambda n: exp(n * log(2) - 2 - lgamma(n + 1))), 2, 2,
    ),
]  # fmt: skip
NAMES = [f"{name} {parameters}" for name, parameters, *_ in CASES]


def fits(drawn: Array, function: Function, mean: float, variance: float, kinds: str) -> None:
    """Assert that numbers come from a distribution: their mean, their variance, and how they are spread."""
    drawn = np.sort(np.asarray(drawn, "float64").ravel())
    assert drawn.size == COUNT
    assert drawn.mean() == pytest.approx(mean, abs=4 * sqrt(variance / COUNT))
    assert drawn.var() == pytest.approx(variance, rel=0.1)
    if kinds == "counts":
        assert (drawn == np.floor(drawn)).all()
        points = np.unique(drawn)
        steps = np.searchsorted(drawn, points, side="right") / COUNT
        distance = np.abs(steps - function(points)).max()
    else:
        right = function(drawn)
        steps = np.arange(COUNT + 1) / COUNT
        distance = max(np.abs(steps[1:] - right).max(), np.abs(steps[:-1] - right).max())
    assert distance < FAR


def _kinds(name: str) -> str:
    return "counts" if "poisson" in name or "binomial" in name else "numbers"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "parameters", "function", "mean", "variance"), CASES, ids=NAMES)
def test_what_is_drawn_for_numbers(
    name: str, parameters: dict[str, float], function: Function, mean: float, variance: float, dtype: str
) -> None:
    mx.random.seed(1)
    drawn = getattr(mx.nd, f"_random_{name}")(shape=(COUNT // 10, 10), dtype=dtype, **parameters)
    assert drawn.dtype == np.dtype(dtype)
    fits(drawn.asnumpy(), function, mean, variance, _kinds(name))


@pytest.mark.parametrize(("name", "parameters", "function", "mean", "variance"), CASES, ids=NAMES)
def test_what_is_drawn_like_an_array(
    name: str, parameters: dict[str, float], function: Function, mean: float, variance: float
) -> None:
    mx.random.seed(2)
    data = mx.nd.zeros((10, COUNT // 10), dtype="float64")
    drawn = getattr(mx.nd, f"_random_{name}_like")(data, **parameters)
    assert (drawn.shape, drawn.dtype) == (data.shape, data.dtype)
    fits(drawn.asnumpy(), function, mean, variance, _kinds(name))


@pytest.mark.parametrize(("name", "parameters", "function", "mean", "variance"), CASES, ids=NAMES)
def test_what_is_drawn_for_arrays(
    name: str, parameters: dict[str, float], function: Function, mean: float, variance: float
) -> None:
    mx.random.seed(3)
    second = list(PARAMETERS[name].values())
    arrays = [mx.nd.array([one, other]) for one, other in zip(parameters.values(), second, strict=True)]
    drawn = getattr(mx.nd, f"_sample_{name}")(*arrays, shape=(COUNT // 10, 10))
    assert drawn.shape == (2, COUNT // 10, 10)
    fits(drawn.asnumpy()[0], function, mean, variance, _kinds(name))


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("gamma", (-1, 1)), ("poisson", (-1,)), ("poisson", (np.nan,)), ("poisson", (1e30,)),
        ("negative_binomial", (2, 0)), ("negative_binomial", (-2, 0.5)), ("generalized_negative_binomial", (2, -1)),
    ],
)  # fmt: skip
def test_elements_that_are_no_parameters_give_nan_and_leave_others_alone(name: str, bad: tuple[float, ...]) -> None:
    good = (3, 0.5)[: len(bad)]
    drawn = getattr(mx.nd, f"_sample_{name}")(*[mx.nd.array(pair) for pair in zip(bad, good, strict=True)], shape=5)
    assert np.isnan(drawn.asnumpy()[0]).all()
    assert np.isfinite(drawn.asnumpy()[1]).all()


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_whole_numbers_are_equally_likely(dtype: str) -> None:
    """Frequencies within four standard deviations, and a distance to the uniform distribution as in the others."""
    mx.random.seed(4)
    drawn = mx.nd.random.randint(-2, 5, shape=(COUNT,), dtype=dtype).asnumpy()
    assert drawn.dtype == np.dtype(dtype)
    values, counts = np.unique(drawn, return_counts=True)
    assert values.tolist() == list(range(-2, 5))
    np.testing.assert_allclose(counts / COUNT, 1 / 7, atol=4 * sqrt(1 / 7 * 6 / 7 / COUNT))
    assert np.abs(np.cumsum(counts) / COUNT - np.arange(1, 8) / 7).max() < FAR
    assert drawn.mean() == pytest.approx(1, abs=4 * sqrt(4 / COUNT))
    assert drawn.var() == pytest.approx(4, rel=0.05)


def test_seeds_repeat_what_is_drawn() -> None:
    for name in PARAMETERS:
        made = []
        for seed in (5, 5, 6):
            mx.random.seed(seed)
            made.append(getattr(mx.nd, f"_random_{name}")(shape=50, **PARAMETERS[name]).asnumpy().tolist())
        assert made[0] == made[1]
        assert made[0] != made[2]


def test_positions_come_with_their_probabilities() -> None:
    mx.random.seed(7)
    data = np.array([[0.1, 0.2, 0.7, 0.0], [0.0, 0.5, 0.25, 0.25]])
    places, logs = mx.nd.sample_multinomial(mx.nd.array(data), shape=COUNT, get_prob=True)
    places, logs = places.asnumpy(), logs.asnumpy()
    for row in range(2):
        share = np.bincount(places[row], minlength=4) / COUNT
        assert (np.abs(share - data[row]) <= 4 * np.sqrt(data[row] * (1 - data[row]) / COUNT)).all()
        np.testing.assert_allclose(logs[row], np.log(data[row][places[row]]), rtol=1e-6)
    short = mx.nd.sample_multinomial(mx.nd.array([0.2, 0.1]), shape=COUNT).asnumpy()
    assert np.bincount(short)[0] / COUNT == pytest.approx(0.2, abs=0.015)


def test_probability_gradients_reach_only_what_was_chosen() -> None:
    data = mx.sym.Variable("data")
    chosen = mx.sym.sample_multinomial(data, shape=9, get_prob=True)
    bound = chosen.simple_bind(mx.cpu(), data=(3,))
    bound.arg_dict["data"][:] = mx.nd.array([0.25, 0.75, 0.0])
    places = bound.forward(is_train=True)[0].asnumpy()
    bound.backward([mx.nd.zeros(9, dtype="int32"), mx.nd.ones(9)])
    count = np.bincount(places, minlength=3)
    np.testing.assert_allclose(bound.grad_dict["data"].asnumpy()[:2], count[:2] / [0.25, 0.75], rtol=1e-6)


def test_shuffling_keeps_every_part_and_favours_no_order() -> None:
    mx.random.seed(8)
    data = np.arange(12).reshape(4, 3)
    first = []
    for _ in range(2000):
        made = mx.nd.shuffle(mx.nd.array(data)).asnumpy()
        np.testing.assert_array_equal(made[made[:, 0].argsort()], data)
        first.append(int(made[0, 0]) // 3)
    assert (np.abs(np.bincount(first) / 2000 - 0.25) < 4 * sqrt(3 / 16 / 2000)).all()


def test_numbers_without_repetition() -> None:
    mx.random.seed(9)
    numbers, tries = mx.nd._sample_unique_zipfian(range_max=1000, shape=(2000, 20))
    numbers, tries = numbers.asnumpy(), tries.asnumpy()
    assert all(len(set(row)) == 20 for row in numbers.tolist())
    assert ((numbers >= 0) & (numbers < 1000)).all()
    assert (tries >= 20).all()
    share = (numbers[:, 0] == 0).mean()
    chance = log(2) / log(1001)
    assert share == pytest.approx(chance, abs=4 * sqrt(chance * (1 - chance) / 2000))


def test_densities_sum_up_to_one() -> None:
    points = np.linspace(-10, 30, 40001)
    positive = points[points > 0]
    step = points[1] - points[0]
    whole = np.arange(400.0)
    for name, parameters, places, width in (
        ("normal", (1, 2), points, step),
        ("exponential", (0.7,), positive, step),
        ("gamma", (2.5, 1.5), positive, step),
        ("poisson", (3,), whole, 1),
        ("negative_binomial", (2, 0.3), whole, 1),
        ("generalized_negative_binomial", (3, 0.5), whole, 1),
    ):
        arrays = [places[None], *(np.array([float(value)]) for value in parameters)]
        (made,) = forward(find(f"_random_pdf_{name}")(), arrays)
        assert made.sum() * width == pytest.approx(1, rel=2e-3)
    (made,) = forward(find("_random_pdf_normal")(), [np.zeros((1, 1)), np.zeros(1), np.ones(1)])
    assert float(made[0, 0]) == pytest.approx(1 / sqrt(2 * pi))
