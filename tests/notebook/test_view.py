"""The view document: golden documents of small graphs, roles, what is unknown, what is wrong, hostile names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symbolnb import context, nd, sym
from symbolnb.kernels.onednn import library
from symbolnb.notebook.drawing.svg import AGAIN
from symbolnb.notebook.static import picture, text
from symbolnb.notebook.view import view_of, view_of_executor
from symbolnb.symbol.symbol import Group, Symbol
from tests.notebook.nets import convnet, mlp, without_places

GOLDEN = Path(__file__).parent / "golden"

DOCUMENTS = {
    "mlp": lambda: view_of(mlp().entries, {"data": (4, 5)}),
    "mlp_unknown": lambda: view_of(mlp().entries, {"data": (None, 5)}),
    "convnet": lambda: view_of(convnet().entries, {"data": (2, 3, 8, 8)}),
}


def node_of(view: dict[str, Any], name: str) -> dict[str, Any]:
    """The node of that name."""
    return next(node for node in view["nodes"] if node["name"] == name)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_golden_documents(name: str) -> None:
    """To write them anew, run this file as a program and look at the difference."""
    expected = json.loads((GOLDEN / f"{name}.json").read_text())
    assert without_places(DOCUMENTS[name]()) == expected


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_are_plain_json_and_consistent(name: str) -> None:
    view = DOCUMENTS[name]()
    assert json.loads(json.dumps(view)) == view
    assert [node["id"] for node in view["nodes"]] == list(range(len(view["nodes"])))
    for node in view["nodes"]:
        assert all(entry["node"] < node["id"] for entry in node["inputs"])  # topological
        assert (node["op"] is None) == (node["kind"] != "operator")
        assert node["op"] is None or set(view["operators"][node["op"]]["parameters"]) == {
            parameter["name"] for parameter in node["parameters"]
        }


def test_what_files_say_for_the_default_is_the_default() -> None:
    data = sym.Variable("data")
    words: dict[str, Any] = {"kernel": (3, 3), "stride": (1, 1), "pad": (0, 0), "layout": "NCHW"}
    out = sym.Convolution(data, num_filter=4, dilate=(1, 1), num_group=1, name="conv", **words)
    out = sym.Pooling(out, pool_type="max", count_include_pad=True, name="pool", **{**words, "stride": (2, 1)})
    view = view_of(sym.Deconvolution(out, num_filter=2, adj=(0, 0), name="up", **words).entries)
    told = {
        node["name"]: [one["name"] for one in node["parameters"] if not one["default"]]
        for node in view["nodes"]
        if node["op"] is not None
    }
    assert told == {"conv": ["kernel", "num_filter"], "pool": ["kernel", "stride"], "up": ["kernel", "num_filter"]}


def test_sources_point_at_this_code() -> None:
    symbol = sym.exp(sym.Variable("x"), name="e")
    source = node_of(view_of(symbol.entries), "e")["source"]
    assert source["label"].endswith("test_view.py")
    assert "sym.exp(" in Path(__file__).read_text().splitlines()[source["line"] - 1]


@pytest.mark.skipif(not library.available(), reason=str(library.why_not()))
def test_what_is_prepared_from_weights_is_shown() -> None:
    layer = sym.Convolution(sym.Variable("data"), kernel=(3, 3), num_filter=16, name="layer")
    executor = layer.simple_bind(context.cpu(), data=(2, 16, 9, 9), grad_req="null")
    executor.forward()
    view = view_of_executor(executor)
    held = executor.programs["inference"].held
    assert held >= 4 * 16 * 16 * 9
    assert view["memory"]["held"] == held
    assert "9 KiB of prepared weights" in text(view)


def test_an_executor_knows_everything_and_its_memory() -> None:
    executor = mlp().simple_bind(context.cpu(), data=(4, 5))
    assert view_of_executor(executor)["memory"] is None
    executor.forward(is_train=True)
    view = view_of_executor(executor)
    plan = executor.programs["training"].plan
    assert view["memory"] == {"planned": plan.planned, "unplanned": plan.unplanned}
    assert plan.planned > 0
    assert view["unknown"] == []
    shapes = {node["name"]: tuple(node["outputs"][0]["shape"]) for node in view["nodes"] if node["op"] is None}
    inferred = view_of(mlp().entries, shapes)  # all are given, as they are when a graph is bound
    assert {**without_places(view), "memory": None} == without_places(inferred)


def roles_of(symbol: Symbol) -> dict[str, str]:
    """The kind of each variable."""
    return {node["name"]: node["kind"] for node in view_of(symbol.entries)["nodes"] if node["op"] is None}


def test_an_executor_tells_what_it_computes_again() -> None:
    net = sym.Variable("data")
    for position in range(8):
        net = sym.Convolution(net, kernel=(3, 3), pad=(1, 1), num_filter=16, name=f"conv{position}")
        net = sym.Activation(net, act_type="softrelu", name=f"act{position}")
    net = sym.SoftmaxOutput(sym.Flatten(net), name="softmax")
    executor = net.simple_bind(context.cpu(), data=(4, 16, 12, 12), recompute="all")
    assert "recomputed" not in view_of_executor(executor)  # it has not trained yet
    executor.forward(is_train=True)
    executor.backward()
    view, trade = view_of_executor(executor), executor.recomputed
    assert trade is not None and view["recomputed"] == {
        "multiply_adds": trade.multiply_adds, "usual": trade.usual, "planned": trade.planned, "without": trade.without,
    }  # fmt: skip
    assert trade.planned < trade.without
    assert [node["name"] for node in view["nodes"] if node.get("again")] == [
        node["name"] for node in view["nodes"] if node["name"] in trade.names
    ]
    assert picture(view).count(AGAIN) == len(trade.names)
    assert f"{len(trade.names)} operators computed again" in text(view)


def test_roles_of_variables() -> None:
    data = sym.Variable("x")
    net = sym.BatchNorm(sym.Convolution(data, kernel=(1, 1), num_filter=2, name="c"), name="b")
    assert roles_of(sym.SoftmaxOutput(net, sym.Variable("y"), name="s")) == {
        "x": "input", "c_weight": "parameter", "c_bias": "parameter", "b_gamma": "parameter", "b_beta": "parameter",
        "b_moving_mean": "auxiliary", "b_moving_var": "auxiliary", "y": "label",
    }  # fmt: skip
    assert roles_of(sym.FullyConnected(data, sym.Variable("w"), sym.Variable("v"), num_hidden=2)) == {
        "x": "input", "w": "parameter", "v": "parameter",
    }  # fmt: skip
    assert roles_of(sym.dot(data, sym.Variable("hidden_weight")) + sym.Variable("my_label")) == {
        "x": "input", "hidden_weight": "parameter", "my_label": "label",
    }  # fmt: skip
    assert roles_of(sym.dot(data, name="d")) == {"x": "input", "d_rhs": "parameter"}
    assert roles_of(sym.dot(name="d")) == {"d_lhs": "input", "d_rhs": "parameter"}
    assert roles_of(data * sym.Variable("scale", init="ones")) == {"x": "input", "scale": "parameter"}
    assert roles_of(sym.Concat(data, num_args=2, name="k")) == {"x": "input", "k_arg1": "input"}
    assert roles_of(sym.softmax(data, use_length=True, name="s")) == {"x": "input", "s_length": "input"}


def test_unknown_names_what_would_settle_it() -> None:
    a, b = sym.Variable("a"), sym.Variable("b")
    assert view_of(mlp().entries)["unknown"] == ["data"]
    assert view_of(mlp().entries, {"data": (4, 5)})["unknown"] == []
    assert view_of((a * b).entries)["unknown"] == ["a", "b"]
    assert view_of(Group([a + 1, b + 1]).entries, {"a": (2,)})["unknown"] == ["b"]
    label = sym.LinearRegressionOutput(a, sym.Variable("y"))
    assert view_of(label.entries, {"a": (4, None)})["unknown"] == ["a"]


def test_a_variable_tells_where_its_shape_comes_from() -> None:
    weight = sym.Variable("w", shape=(8, 5), lr_mult=2.0, wd_mult=0.5, init="xavier")
    net = sym.FullyConnected(sym.Variable("data"), weight, num_hidden=8, name="fc")
    view = view_of(sym.SoftmaxOutput(net, name="softmax").entries, {"data": (4, 5)})
    found = {node["name"]: node["shape_from"] for node in view["nodes"]}
    fc, softmax = node_of(view, "fc")["id"], node_of(view, "softmax")["id"]
    assert found == {
        "data": {"how": "given", "node": None}, "w": {"how": "declared", "node": None},
        "fc_bias": {"how": "inferred", "node": fc}, "softmax_label": {"how": "inferred", "node": softmax},
        "fc": None, "softmax": None,
    }  # fmt: skip
    assert node_of(view, "w")["attributes"] == {
        "__shape__": "(8, 5)", "__lr_mult__": "2.0", "__wd_mult__": "0.5", "__init__": "xavier",
    }  # fmt: skip
    assert {node["shape_from"] is None for node in view_of(net.entries)["nodes"] if node["name"] != "w"} == {
        True,
        False,
    }
    bound = view_of_executor(net.simple_bind(context.cpu(), data=(4, 5)))
    assert node_of(bound, "fc_bias")["shape_from"] == {"how": "given", "node": None}


def test_a_contradiction_marks_its_node_and_leaves_the_rest() -> None:
    view = view_of(mlp().entries, {"data": (4, 5), "fc2_weight": (3, 9)})
    failing = node_of(view, "fc2")
    assert failing["error"] is not None
    assert failing["error"].startswith(
        "FullyConnected 'fc2': weight is (3, 9) but data (4, 8) with num_hidden=3 needs (3, 8) ["
    )
    assert view["error"] == {"node": failing["id"], "message": failing["error"]}
    assert node_of(view, "relu1")["outputs"][0]["shape"] == [4, 8]
    assert [node["name"] for node in view["nodes"] if node["error"] is not None] == ["fc2"]
    assert failing["cost"]["multiply_adds"] is None
    assert view["totals"]["multiply_adds"] is None
    assert view["unknown"] == []


def test_a_contradiction_of_types_marks_its_node() -> None:
    types = {"a": np.dtype("float16"), "b": np.dtype("float32")}
    view = view_of(sym.elemwise_add(sym.Variable("a"), sym.Variable("b"), name="c").entries, {"a": (2,)}, types)
    assert node_of(view, "c")["error"].startswith("elemwise_add 'c': ")
    assert node_of(view, "c")["outputs"][0]["shape"] == [2]
    assert node_of(view, "a")["outputs"][0]["dtype"] == "float16"


def test_a_given_shape_goes_before_the_declared_one() -> None:
    view = view_of(sym.exp(sym.Variable("x", shape=(2, 3)), name="e").entries, {"x": (2, 4)})
    assert node_of(view, "e")["outputs"][0]["shape"] == [2, 4]


@pytest.mark.parametrize("attribute", ["__shape__", "__dtype__"])
def test_attributes_that_are_broken_are_an_error_of_the_document(attribute: str) -> None:
    view = view_of(sym.exp(sym.Variable("x", attr={attribute: "rubbish"}), name="e").entries)
    assert view["error"]["node"] is None
    assert "rubbish" in view["error"]["message"]
    assert len(view["nodes"]) == 2


def test_types_that_do_not_follow_are_float32() -> None:
    x = sym.Variable("x")
    view = view_of(Group([sym.cast(x, dtype="int32", name="i"), sym.Variable("y") * 2]).entries, {"x": (2,)})
    assert node_of(view, "y")["outputs"][0] == {"name": "y", "shape": None, "dtype": "float32"}
    assert node_of(view, "i")["outputs"][0]["dtype"] == "int32"


def test_hostile_names_stay_texts_that_every_encoder_takes() -> None:
    name = "</script><img onerror=alert(1)>\ud800\u202e"
    view = view_of(sym.exp(sym.Variable(name, __note__="\udfff"), name="e").entries)
    json.dumps(view, ensure_ascii=False).encode("utf-8")
    assert view["nodes"][0]["name"] == "</script><img onerror=alert(1)>\ufffd\u202e"
    assert view["nodes"][0]["attributes"] == {"__note__": "\ufffd"}


def test_costs_count_shared_parameters_once() -> None:
    weight = sym.Variable("w")
    one = sym.FullyConnected(sym.Variable("x"), weight, num_hidden=5, no_bias=True, name="one")
    two = sym.FullyConnected(one, weight, num_hidden=5, no_bias=True, name="two")
    view = view_of(two.entries, {"x": (7, 5)})
    assert [node_of(view, name)["cost"]["parameters"] for name in ("one", "two")] == [25, 25]
    assert view["totals"] == {"nodes": 4, "operators": 2, "parameters": 25, "multiply_adds": 2 * 7 * 5 * 5}
    assert node_of(view, "one")["cost"]["output_bytes"] == 4 * 7 * 5


def test_only_visible_outputs_and_all_parameters() -> None:
    parts = sym.split(sym.Variable("x"), num_outputs=3, name="s")
    view = view_of(sym.Dropout(parts[1], name="d").entries, {"x": (2, 6)})
    assert [output["name"] for output in node_of(view, "s")["outputs"]] == ["s_output0", "s_output1", "s_output2"]
    assert [output["name"] for output in node_of(view, "d")["outputs"]] == ["d_output"]
    assert node_of(view, "d")["inputs"] == [{"name": "data", "node": 1, "output": 1}]
    parameters = {p["name"]: (p["value"], p["default"]) for p in node_of(view, "s")["parameters"]}
    assert parameters["num_outputs"] == ("3", False)
    assert parameters["axis"] == ("1", True)


def test_a_bound_dtype_shows() -> None:
    net = sym.exp(sym.Variable("x"), name="e")
    executor = net.bind(context.cpu(), {"x": nd.zeros((2, 2), dtype="float64")})
    assert node_of(view_of_executor(executor), "e")["outputs"][0]["dtype"] == "float64"


if __name__ == "__main__":
    for document, make in DOCUMENTS.items():
        (GOLDEN / f"{document}.json").write_text(json.dumps(without_places(make()), indent=1) + "\n")
