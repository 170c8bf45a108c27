"""The namespaces of `sym` and `nd`: what they hold, how names resolve, and the functions of `random`."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.errors import ParameterError
from symbolnb.ops.base import OPERATORS
from symbolnb.ops.namespaces import MODULES, PREFIXES
from tests.cases import golden

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("word", MODULES)
@pytest.mark.parametrize(("short", "package"), [("sym", "symbol"), ("nd", "ndarray")])
def test_every_listed_name_is_a_function_and_no_other_is(short: str, package: str, word: str) -> None:
    module = importlib.import_module(f"symbolnb.{package}.{word}")
    assert module is getattr(getattr(mx, short), word)
    names = dir(module)
    assert names
    for name in names:
        made = getattr(module, name)
        assert callable(made)
        assert made.__name__ == name
        assert made.__doc__
    with pytest.raises(AttributeError, match=rf"{short}\.{word} has no operator 'nothing_like_it'"):
        module.nothing_like_it  # noqa: B018
    with pytest.raises(AttributeError):
        module.__wrapped__  # noqa: B018


def test_a_misspelt_name_gets_the_nearest() -> None:
    with pytest.raises(AttributeError, match=r"sym\.linalg has no operator 'gem2'; the nearest are gemm2, gemm"):
        mx.sym.linalg.gem2  # noqa: B018


def test_the_projects_own_operators_are_not_there() -> None:
    internal = [name for name, cls in OPERATORS.items() if cls.internal]
    assert "_choose" in internal
    assert not set(internal) & set(dir(mx.sym._internal))
    with pytest.raises(AttributeError):
        mx.nd._internal._choose  # noqa: B018


def test_names_are_those_of_mxnet() -> None:
    with np.load(golden.FOLDER / "registry.npz", allow_pickle=False) as file:
        theirs = set(file["names"].tolist())
    for word, prefix in PREFIXES.items():
        for name in set(dir(getattr(mx.sym, word))) - set(mx.sym.contrib.__all__):
            full = f"_{word}_{name}" if word == "random" else name if word == "_internal" else prefix + name
            own = word == "random" and not name.endswith("_like")
            assert own or full in theirs, f"{word}.{name}"


def test_modules_are_found_under_mxnets_names() -> None:
    script = """
import symbolnb; symbolnb.install_as_mxnet()
import mxnet as mx
from mxnet.symbol import contrib
from mxnet.nd.linalg import gemm2
import mxnet.sym.random, mxnet.ndarray.image as image
assert contrib is mx.sym.contrib and image is mx.nd.image and mxnet.sym.random is symbolnb.sym.random
assert mx.sym.contrib.__spec__.name == "symbolnb.symbol.contrib"
try:
    from mxnet.sym.linalg import nothing
except ImportError:
    print("fine")
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert (done.stderr, done.stdout) == ("", "fine\n")


def test_functions_have_signatures_and_help() -> None:
    assert list(inspect.signature(mx.nd.random.uniform).parameters) == [
        "low", "high", "shape", "dtype", "ctx", "out", "kwargs"
    ]  # fmt: skip
    assert list(inspect.signature(mx.sym.random.randint).parameters)[:2] == ["low", "high"]
    assert "equally likely" in (mx.sym.random.uniform.__doc__ or "")
    assert "A" in str(inspect.signature(mx.sym.linalg.gemm2))


def test_random_arrays() -> None:
    mx.random.seed(3)
    first = mx.nd.random.uniform(2, 3, shape=(50,))
    assert first.shape == (50,)
    assert 2 <= first.asnumpy().min() <= first.asnumpy().max() < 3
    mx.random.seed(3)
    assert (mx.random.uniform(2, 3, shape=(50,)).asnumpy() == first.asnumpy()).all()
    assert mx.nd.random.normal().shape == (1,)
    out = mx.nd.zeros((2, 3), dtype="float64")
    assert mx.nd.random.normal(5, 0.1, out=out) is out
    assert out.asnumpy().min() > 4
    assert mx.nd.random.randn(2, 3, loc=9, scale=0.1, dtype="float64").dtype == np.float64
    assert set(mx.nd.random.randint(3, 5, shape=100).asnumpy()) == {3, 4}


def test_random_arrays_for_each_element_of_others() -> None:
    low, high = mx.nd.array([0.0, 10.0]), mx.nd.array([1.0, 20.0])
    drawn = mx.nd.random.uniform(low, high, shape=50).asnumpy()
    assert drawn.shape == (2, 50)
    assert drawn[0].max() < 1 < 10 <= drawn[1].min()
    drawn = mx.nd.random.exponential(mx.nd.array([1e-3, 1e3]), shape=(50,)).asnumpy()
    assert drawn[0].mean() < 1 < drawn[1].mean()
    places = mx.nd.random.multinomial(mx.nd.array([[0.0, 1.0], [1.0, 0.0]]), shape=5)
    assert places.asnumpy().tolist() == [[1] * 5, [0] * 5]
    _, probability = mx.nd.random.multinomial(mx.nd.array([0.0, 1.0]), get_prob=True)
    assert probability.asnumpy().ravel().tolist() == [0.0]
    shuffled = mx.nd.random.shuffle(mx.nd.arange(20)).asnumpy()
    assert sorted(shuffled) == list(range(20))
    assert mx.sym.random.poisson(mx.sym.var("mean"), shape=3).eval(mean=mx.nd.array([2.0]))[0].shape == (1, 3)


@pytest.mark.parametrize("place", ["nd", "sym"])
def test_zipfian_numbers(place: str) -> None:
    mx.random.seed(5)
    classes = np.array([0, 3], "float32")
    if place == "nd":
        made = mx.nd.contrib.rand_zipfian(mx.nd.array(classes), 4000, 10)
    else:
        net = mx.sym.Group(mx.sym.contrib.rand_zipfian(mx.sym.var("classes"), 4000, 10))
        made = net.eval(classes=mx.nd.array(classes))
    drawn, of_true, of_drawn = (array.asnumpy() for array in made)
    assert [drawn.dtype.name, of_true.dtype.name, of_drawn.dtype.name] == ["int64", "float64", "float64"]
    np.testing.assert_allclose(of_true, 4000 * np.log((classes + 2) / (classes + 1)) / np.log(11), rtol=1e-6)
    counts = np.bincount(drawn, minlength=10)
    assert len(counts) == 10
    np.testing.assert_allclose(counts[[0, 3]], of_true, rtol=0.15)
    assert of_drawn[drawn == 3][0] == of_true[1]


def test_tests_for_special_numbers() -> None:
    data = mx.nd.array([1.0, np.inf, -np.inf, np.nan])
    found = [
        test(data).asnumpy().tolist() for test in (mx.nd.contrib.isfinite, mx.nd.contrib.isinf, mx.nd.contrib.isnan)
    ]
    assert found == [[1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]]


def test_updates_of_contrib_take_numbers_for_the_scale() -> None:
    def arrays() -> list[Any]:
        return [mx.nd.array(np.array(values, "float32")) for values in ([1, 2], [0.5, -1], [0, 0], [0, 0])]

    one, two, several = arrays(), arrays(), [[array] for array in arrays()]
    mx.nd.contrib.adamw_update(*one, 0.5, lr=0.1, eta=1.0, out=one[0])
    mx.nd._internal._adamw_update(*two, mx.nd.array([0.5]), lr=0.1, eta=1.0, out=two[0])
    mx.nd.contrib.multi_adamw_update(*several, 0.5, lrs=[0.1], wds=[0.0], etas=[1.0], out=several[0])
    for other in (two[0], several[0][0]):
        np.testing.assert_allclose(one[0].asnumpy(), other.asnumpy(), rtol=1e-6)
    assert (one[0].asnumpy() != [1, 2]).all()
    names = ["weight", "grad", "mean", "var"]
    net = mx.sym.contrib.adamw_update(*map(mx.sym.var, names), 0.5, lr=0.1, eta=1.0)
    made = net.eval(**dict(zip(names, arrays(), strict=True)))[0]
    np.testing.assert_allclose(made.asnumpy(), one[0].asnumpy(), rtol=1e-6)
    lamb = [[array] for array in arrays()]
    mx.nd.contrib.multi_lamb_update(*lamb, step_count=[1], lrs=[0.1], wds=[0.0], out=lamb[0])
    assert (lamb[0][0].asnumpy() != [1, 2]).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: mx.sym.random.uniform(mx.sym.var("a"), 2),
            "low and high must all be numbers or all be of class Symbol",
        ),
        (lambda: mx.nd.random.normal(0, "one"), "scale must be a number or of class NDArray, but it is 'one'"),
        (
            lambda: mx.sym.random.randint(mx.sym.var("a"), mx.sym.var("b")),
            "random.randint: its parameters must be numbers",
        ),
    ],
)
def test_parameters_of_two_kinds_are_refused(call: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        call()
