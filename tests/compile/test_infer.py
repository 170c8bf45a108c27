"""Inference: both directions, partial results, and what a contradiction says."""

from __future__ import annotations

import re

import pytest

import symbolnb as mx
from symbolnb.compile.infer import infer_dtypes, infer_shapes
from symbolnb.dtypes import FLOAT32
from symbolnb.errors import DTypeError, ShapeError
from symbolnb.graph.node import Entry


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


def test_variables_of_open_type_get_the_default_one_after_the_other() -> None:
    """The type of `y` follows from that which `x` got, and `z` is told apart by a cast."""
    x, y, z = (mx.sym.var(name) for name in "xyz")
    entries = mx.sym.Group([x + y, mx.sym.Cast(z, dtype="int8"), mx.sym.var("w", dtype="float16") * 2]).entries
    inferred = infer_dtypes(entries, {}, default=FLOAT32)
    found = {node.name: str(inferred[Entry(node)]) for node in inferred.order if node.operator is None}
    assert found == {"x": "float32", "y": "float32", "z": "float32", "w": "float16"}
    open_types = infer_dtypes(entries, {})
    assert all(open_types[Entry(node)] is None for node in open_types.order if node.name in ("x", "y", "z"))


def test_many_variables_of_open_type_take_no_more_than_linear_work(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    derive = type(mx.sym.Embedding(input_dim=2, output_dim=2).entries[0].node.operator).infer_dtype
    monkeypatch.setattr(
        "symbolnb.ops.nn.embedding.Embedding.infer_dtype",
        lambda *given: (calls.append(given), derive(*given))[1],
    )
    net = mx.sym.Group([mx.sym.Embedding(input_dim=3, output_dim=2) for _ in range(200)])
    assert infer_dtypes(net.entries, {}, default=FLOAT32).failure is None
    assert len(calls) < 1500
