"""Methods of a Symbol that are not short for an operator, and the scopes' `current`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.errors import NotImplementedForSymbol


@pytest.mark.parametrize("name", ["asnumpy", "asscalar", "backward", "copy", "gradient", "wait_to_read"])
def test_what_needs_values_says_so(name: str) -> None:
    with pytest.raises(NotImplementedForSymbol, match=f"{name} needs values, and <Symbol x> has none yet"):
        getattr(mx.sym.var("x"), name)()


def test_as_in_context_needs_values() -> None:
    with pytest.raises(NotImplementedForSymbol, match="as_in_context needs values"):
        mx.sym.var("x").as_in_context(mx.cpu())


def test_as_nd_ndarray_is_the_symbol() -> None:
    x = mx.sym.var("x")
    assert x.as_nd_ndarray() is x


def test_the_current_scopes_are_the_innermost() -> None:
    with mx.name.Prefix("outer_") as names, mx.AttrScope(ctx_group="one") as attributes:
        assert mx.name.NameManager.current is names
        assert mx.AttrScope.current is attributes
        with mx.name.NameManager() as inner:
            assert mx.name.NameManager.current is inner
        assert mx.name.NameManager.current.get(None, "conv") == "outer_conv0"
    assert mx.name.NameManager.current is not names
    assert mx.AttrScope.current is not attributes


@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        (lambda x: np.float32(2) * x, 6),
        (lambda x: np.float64(2) - x, -1),
        (lambda x: np.sqrt(9.0) / x, 1),
        (lambda x: np.int64(2) + x, 5),
        (lambda x: np.float64(2) ** x, 8),
        (lambda x: np.float64(2) < x, 1),
        (lambda x: x * np.float32(0.5), 1.5),
    ],
)  # fmt: skip
def test_a_numpy_number_stands_on_either_side(
    compute: Callable[[mx.sym.Symbol], mx.sym.Symbol], expected: float
) -> None:
    assert compute(mx.sym.var("x")).eval(x=mx.nd.array([3.0]))[0].asscalar() == expected


def test_a_numpy_array_is_no_number() -> None:
    with pytest.raises(TypeError, match=r"a Symbol and ndarray .* cannot be combined"):
        np.ones(2) + mx.sym.var("x")
