"""Inference: both directions, partial results, and what a contradiction says."""

from __future__ import annotations

import re

import pytest

import symbolnb as mx
from symbolnb.compile.infer import infer_shapes
from symbolnb.errors import DTypeError, ShapeError


def _layers() -> mx.sym.Symbol:
    net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=10, name="fc1")
    return mx.sym.FullyConnected(mx.sym.Activation(net, act_type="relu"), num_hidden=3, name="fc2")


def test_weights_follow_from_the_data() -> None:
    assert _layers().infer_shape(data=(5, 4)) == ([(5, 4), (10, 4), (10,), (3, 10), (3,)], [(5, 3)], [])


def test_an_input_follows_from_an_output() -> None:
    x, y = mx.sym.var("x"), mx.sym.var("y")
    assert (mx.sym.exp(x) * 2 + y).infer_shape(y=(2, 3))[0] == [(2, 3), (2, 3)]


def test_an_unknown_dimension_follows_from_a_later_operator() -> None:
    x = mx.sym.var("x", shape=(0, 3))
    assert (mx.sym.sin(x) + mx.sym.var("y", shape=(7, 0))).infer_shape()[1] == [(7, 3)]


def test_a_partial_result_is_a_result() -> None:
    assert _layers().infer_shape_partial(data=(0, 4))[:2] == ([(0, 4), (10, 4), (10,), (3, 10), (3,)], [(0, 3)])


def test_an_incomplete_result_names_what_is_open() -> None:
    with pytest.warns(UserWarning, match=r"data: \(0, 4\)"):
        assert _layers().infer_shape(data=(0, 4)) == (None, None, None)


def test_a_contradiction_names_node_operator_inputs_parameters_and_line() -> None:
    net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=10, name="fc1")
    expected = "FullyConnected 'fc1': weight is (10, 5) but data (5, 4) with num_hidden=10 needs (10, 4) ["
    with pytest.raises(ShapeError, match=re.escape(expected) + r".*test_infer\.py, line \d+\]$"):
        net.infer_shape(data=(5, 4), fc1_weight=(10, 5))


def test_a_contradiction_leaves_what_was_found_before_it() -> None:
    net = _layers()
    shapes = {"data": (5, 4), "fc2_weight": (3, 11)}
    nodes = {entry.node.name: entry.node for entry in net.get_internals().entries}
    inferred = infer_shapes(net.entries, {nodes[name]: shape for name, shape in shapes.items()})
    assert inferred.failure is not None
    assert inferred.failure.node.name == "fc2"
    assert inferred[net.get_internals()["fc1_output"].entries[0]] == (5, 10)


def test_a_contradiction_found_from_both_sides_is_not_missed() -> None:
    """The shapes of both ends are known first; what is between them fits neither."""
    x = mx.sym.var("x", shape=(2, 3))
    net = mx.sym.Activation(mx.sym.Activation(x, act_type="relu"), act_type="tanh") + mx.sym.var("y", shape=(2, 4))
    with pytest.raises(ShapeError):
        net.infer_shape()


def test_types_go_both_ways_and_contradictions_are_errors() -> None:
    x, y = mx.sym.var("x"), mx.sym.var("y")
    assert [t.__name__ for t in (x + y).infer_type(y="float16")[0]] == ["float16", "float16"]
    with pytest.raises(DTypeError, match=r"elemwise_add 'total': rhs .* is int32 but lhs float32 needs float32"):
        mx.sym.elemwise_add(x, y, name="total").infer_type(x="float32", y="int32")


def test_a_thousand_layers_are_inferred_without_recursion() -> None:
    net = mx.sym.var("x")
    for _ in range(3000):
        net = net + 1
    assert net.infer_shape(x=(2,))[1] == [(2,)]
    assert mx.sym.load_json(net.tojson()).infer_shape(x=(2,))[1] == [(2,)]
