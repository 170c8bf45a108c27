"""Loops and branches in the view document: their bodies are groups of nodes, with shapes, costs and failures."""

from __future__ import annotations

from typing import Any

import symbolnb as mx
from symbolnb import sym
from symbolnb.graph.naming import NameManager
from symbolnb.notebook.dot import dot
from symbolnb.notebook.drawing import build_model
from symbolnb.notebook.packing import pack, unpack
from symbolnb.notebook.static import picture
from symbolnb.notebook.view import view_of
from symbolnb.symbol.symbol import Group, Symbol
from tests.notebook.test_static import words


def loop(hidden: int = 4) -> Symbol:
    """A recurrent layer over the first axis of its data."""
    weight = sym.Variable("w")

    def step(data: Any, state: Any) -> Any:
        new = sym.tanh(sym.FullyConnected(data, weight, num_hidden=hidden, name="fc") + state, name="new")
        return new, new

    with NameManager():
        outputs, last = sym.contrib.foreach(step, sym.Variable("data"), sym.Variable("begin"))
        return Group([outputs, last])


def branches() -> Symbol:
    with NameManager():
        a, b = sym.Variable("a"), sym.Variable("b")
        return sym.contrib.cond(sym.sum(a) > 1, lambda: sym.exp(a, name="yes"), lambda: sym.log(b, name="no"))


def counting() -> Symbol:
    with NameManager():
        number, total = sym.Variable("number"), sym.Variable("total")
        layer = sym.Variable("layer_weight")

        def body(i: Any, s: Any) -> Any:
            return [s], [i + 1, sym.FullyConnected(s, layer, num_hidden=3, no_bias=True, name="fc")]

        outputs, last = sym.contrib.while_loop(lambda i, s: i < 5, body, (number, total), max_iterations=9)
        return Group([*outputs, *last])


def by_name(view: dict[str, Any]) -> dict[str, Any]:
    return {node["name"]: node for node in view["nodes"]}


def sources(view: dict[str, Any], name: str) -> list[tuple[str, str]]:
    """The inputs of a node: their names, and the nodes that they come from."""
    return [(one["name"], view["nodes"][one["node"]]["name"]) for one in by_name(view)[name]["inputs"]]


def test_a_loop_is_laid_open() -> None:
    view = view_of(loop().entries, {"data": (7, 2, 3)})
    nodes = by_name(view)
    assert sources(view, "data-0") == [("data0", "data")] and nodes["data-0"]["kind"] == "slice"
    assert sources(view, "begin-0") == [("data1", "begin")] and nodes["begin-0"]["kind"] == "state"
    assert nodes["data-0"]["outputs"][0]["shape"] == [2, 3] and nodes["new"]["outputs"][0]["shape"] == [2, 4]
    assert [source for _, source in sources(view, "fc")] == ["data-0", "w", "fc_bias"]
    assert nodes["w"]["kind"] == "parameter" and nodes["w"]["cost"]["parameters"] == 12
    assert sources(view, "_foreach0") == [("fn_output0", "new"), ("fn_output1", "identity0")]
    assert nodes["_foreach0"]["outputs"][0]["shape"] == [7, 2, 4]
    inside = {name for name, node in nodes.items() if node["group"] == ["_foreach0"]}
    assert inside == {"data-0", "begin-0", "fc", "_plus0", "new", "identity0", "_foreach0"}
    assert nodes["_foreach0"]["parameters"] == []  # where its inputs stand is seen
    assert all(one["node"] < node["id"] for node in view["nodes"] for one in node["inputs"])
    assert unpack(pack(view)) == view


def test_the_work_of_all_steps_adds_up() -> None:
    view = view_of(loop().entries, {"data": (7, 2, 3)})
    assert by_name(view)["fc"]["cost"]["multiply_adds"] == 7 * 2 * 3 * 4
    assert view["totals"] == {"nodes": 11, "operators": 5, "parameters": 16, "multiply_adds": 7 * 2 * 3 * 4}


def test_how_often_a_while_loop_runs_is_not_known() -> None:
    view = view_of(counting().entries, {"number": (1,), "total": (2, 3)})
    nodes = by_name(view)
    assert nodes["fc"]["cost"]["multiply_adds"] is None and view["totals"]["multiply_adds"] is None
    assert nodes["_plusscalar0"]["cost"]["multiply_adds"] == 0
    assert nodes["layer_weight"]["kind"] == "parameter"
    assert nodes["_while_loop0"]["parameters"] == [{"name": "max_iterations", "value": "9", "default": False}]
    groups = {tuple(node["group"]) for node in view["nodes"]}
    assert {("_while_loop0", "condition"), ("_while_loop0", "body"), ("_while_loop0",)} <= groups
    assert [name for name, _ in sources(view, "_while_loop0")] == [
        "cond_output",
        *(f"func_output{i}" for i in range(3)),
    ]


def test_branches_take_values_as_they_are() -> None:
    view = view_of(branches().entries, {"a": (2, 3), "b": (2, 3)})
    assert sources(view, "yes") == [("data", "a")] and sources(view, "no") == [("data", "b")]
    assert by_name(view)["no"]["outputs"][0]["shape"] == by_name(view)["_cond0"]["outputs"][0]["shape"] == [2, 3]
    assert [name for name, _ in sources(view, "_cond0")] == [
        "cond_output", "then_branch_output", "else_branch_output",
    ]  # fmt: skip
    assert view["bodies"] == [["_cond0", word] for word in ("condition", "then", "else")]
    assert [group.name for group in build_model(view).groups[1:]] == ["_cond0", "condition", "then", "else"]


def test_loops_in_loops() -> None:
    with NameManager():
        inner = lambda x, s: (x + s, x + s)  # noqa: E731
        outer = lambda x, s: (sym.contrib.foreach(inner, x, s)[0], s * 2)  # noqa: E731
        net = sym.contrib.foreach(outer, sym.Variable("data"), sym.Variable("zero"))[0]
    view = view_of(net.entries, {"data": (5, 4, 3), "zero": (3,)})
    deepest = [node for node in view["nodes"] if node["group"] == ["_foreach1", "_foreach0"]]
    assert {tuple(node["outputs"][0]["shape"]) for node in deepest} == {(3,), (4, 3)}
    assert len({node["id"] for node in view["nodes"]}) == len(view["nodes"])


def test_a_failure_is_told_at_the_node_inside() -> None:
    view = view_of(loop().entries, {"data": (7, 2, 3), "w": (4, 9)})
    nodes = by_name(view)
    assert nodes["fc"]["error"].startswith("FullyConnected 'fc': weight ('w') is (4, 9) but data (2, 3)")
    assert view["error"] == {"node": nodes["fc"]["id"], "message": nodes["fc"]["error"]}
    assert nodes["_foreach0"]["error"] is not None


def test_nodes_inside_are_symbols_too() -> None:
    view = loop().view(data=(7, 2, 3))
    view.goto("fc")
    found = view.selected_symbol
    assert found is not None and found.name == "fc"
    assert found.list_arguments() == ["data-0", "w", "fc_bias"]
    view.collapse("_foreach0")
    assert view.opened == []


def test_pictures_and_text_show_the_body() -> None:
    view = view_of(loop().entries, {"data": (7, 2, 3)})
    assert {"_foreach0", "slice", "state", "FullyConnected"} <= set(words(picture(view)))
    assert 'label="_foreach0"' in dot(view)
    assert "data-0     (slice)" in repr(loop().view())


def test_a_change_in_a_body_is_found() -> None:
    found = mx.diff(loop(), loop(5), data=(7, 2, 3))
    assert found.changed["fc"][0] == {"what": "parameter", "name": "num_hidden", "before": "4", "after": "5"}
    assert not mx.diff(loop(), loop())
    assert mx.diff(loop(), branches()) and mx.diff(branches(), counting())


def test_a_bound_loop_shows() -> None:
    executor = loop().simple_bind(mx.cpu(), data=(7, 2, 3))
    assert "2×4" in executor._repr_mimebundle_()[0]["text/plain"]
