"""Shapes and types are those that MXNet 1.9.1 infers, forward and backward, complete and partial.

Where MXNet leaves something open, more may be known here; what it knows must be the same.
"""

from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.errors import MXNetError
from tests.symbol.golden_cases import read, run

ANSWERS = read("inference.json")


def by_content(case: dict[str, Any]) -> str:
    return f"{case['expression']} {case['given']}"


def net_of(case: dict[str, Any]) -> mx.sym.Symbol:
    return run("net = " + case["expression"], ANSWERS["prelude"])["net"]


def assert_refines(shape: tuple[int, ...], known: list[int]) -> None:
    """Every dimension in `known` (0: open; no dimensions: all open) stands in `shape` too."""
    if not known:
        return
    assert len(shape) == len(known)
    assert all(want in (0, got) for got, want in zip(shape, known, strict=True)), f"{shape} is not {known}"


@pytest.mark.parametrize("case", ANSWERS["shapes"], ids=by_content)
def test_shapes(case: dict[str, Any]) -> None:
    given = {k: tuple(v) for k, v in case["given"].items()}
    if case.get("error"):
        with pytest.raises(MXNetError):  # here some contradictions are found while the symbol is built
            net_of(case).infer_shape_partial(**given)
        return
    net = net_of(case)
    for got, known in zip(net.infer_shape_partial(**given), case["partial"], strict=True):
        assert len(got) == len(known)
        for shape, dims in zip(got, known, strict=True):
            assert_refines(shape, dims)
    if case["complete"] is not None:
        complete = net.infer_shape(**given)
        assert [[list(shape) for shape in part] for part in complete] == case["complete"]
        assert all(type(shape) is tuple for part in complete for shape in part)


@pytest.mark.parametrize("case", ANSWERS["types"], ids=by_content)
def test_types(case: dict[str, Any]) -> None:
    given = case["given"]
    if case.get("error"):
        with pytest.raises(MXNetError):
            net_of(case).infer_type_partial(**given)
        return
    net = net_of(case)
    for got, known in zip(net.infer_type_partial(**given), case["partial"], strict=True):
        assert len(got) == len(known)
        assert all(n is None or np.dtype(g).name == n for g, n in zip(got, known, strict=True))
    if case["complete"] is not None:
        complete = net.infer_type(**given)
        assert [[np.dtype(t).name for t in part] for part in complete] == case["complete"]


def test_incomplete_shapes_warn_and_name_the_arguments() -> None:
    net = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=3, name="fc")
    with pytest.warns(UserWarning, match="data"):
        assert net.infer_shape() == (None, None, None)
    with pytest.warns(UserWarning, match="data"):
        assert net.infer_shape(data=(0, 4)) == (None, None, None)


def test_incomplete_types_warn_and_name_the_arguments() -> None:
    net = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=3, name="fc")
    with pytest.warns(UserWarning, match="fc_weight"):
        assert net.infer_type() == (None, None, None)


def test_shapes_by_position() -> None:
    net = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=3, name="fc")
    assert net.infer_shape((2, 4)) == net.infer_shape(data=(2, 4))
    assert net.infer_shape((2, 4), None, (3,)) == net.infer_shape(data=(2, 4))
    assert net.infer_shape_partial(None, (3, 4))[0][1] == (3, 4)
    with pytest.raises(ValueError):
        net.infer_shape((2, 4), data=(2, 4))
    with pytest.raises((TypeError, MXNetError), match="data"):
        net.infer_shape(data=5)
