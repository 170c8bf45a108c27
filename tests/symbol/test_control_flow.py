"""Loops and branches are MXNet 1.9.1's: their graphs to the character, their results and gradients, their errors."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.errors import CompositionError, FormatError, MXNetError, ParameterError, ShapeError
from symbolnb.graph.structure import structure_key
from symbolnb.settings import settings
from tests.symbol.golden_cases import check_error, read, run
from tests.symbol.test_golden_executor import assert_same

ANSWERS = read("control_flow.json")
PRELUDE = ANSWERS["prelude"]
S = mx.sym


@pytest.fixture(autouse=True)
def verified(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every program of these tests is checked between its passes."""
    monkeypatch.setattr(settings, "verify", True)


@pytest.mark.parametrize("case", ANSWERS["programs"], ids=lambda case: case["case"])
def test_program(case: dict[str, Any]) -> None:
    result = run(case["code"], PRELUDE)["result"]
    assert result.pop("json") == case["result"].pop("json")
    assert_same(result, case["result"])


@pytest.mark.parametrize("case", ANSWERS["programs"], ids=lambda case: case["case"])
def test_file_of_mxnet_comes_back_as_it_was(case: dict[str, Any]) -> None:
    text = read("control_flow.json")["programs"][ANSWERS["programs"].index(case)]["result"]["json"]
    assert mx.sym.load_json(text).tojson() == text


@pytest.mark.parametrize("case", ANSWERS["errors"], ids=lambda case: case["code"])
def test_error(case: dict[str, Any]) -> None:
    check_error(case, PRELUDE)


@pytest.mark.parametrize("case", ANSWERS["names"], ids=lambda case: case["case"])
def test_name_in_a_namespace(case: dict[str, Any]) -> None:
    net = run("net = " + case["case"], PRELUDE)["net"]
    assert net.tojson() == case["json"]


# Results ---------------------------------------------------------------------------------------


def gradients(net: mx.sym.Symbol, **values: Any) -> tuple[list[Any], dict[str, Any]]:
    """The outputs, and the gradients of their sum."""
    arrays = {name: mx.nd.array(np.asarray(value, "float32")) for name, value in values.items()}
    grads = {name: mx.nd.zeros(array.shape) for name, array in arrays.items()}
    executor = net.bind(mx.cpu(), arrays, args_grad=grads)
    outputs = [output.asnumpy() for output in executor.forward(is_train=True)]
    executor.backward([mx.nd.ones(output.shape) for output in outputs])
    return outputs, {name: grad.asnumpy() for name, grad in grads.items()}


def powers(most: int) -> mx.sym.Symbol:
    """Doubles y and counts i up to 3; with the steps' y and b in every step."""
    out, last = S.contrib.while_loop(
        lambda i, y: i < 3, lambda i, y: (y, [i + 1, y * 2 + S.var("b")]), [S.var("i"), S.var("y")], most
    )
    return S.Group([out, *last])


@pytest.mark.parametrize(("start", "steps"), [(0, 3), (2, 1), (3, 0), (9, 0)])
def test_while_loop_takes_its_steps_and_no_more(start: int, steps: int) -> None:
    (out, i, y), grads = gradients(powers(5), i=[start], y=[1.0], b=[1.0])
    ys = [1.0, 3.0, 7.0, 15.0]
    assert out.ravel().tolist() == ys[:steps] + [0.0] * (5 - steps)
    assert (i.item(), y.item()) == (max(start, 3), ys[steps])
    assert grads["y"].item() == 2 ** (steps + 1) - 1
    assert grads["b"].item() == [0, 1, 1 + 3, 1 + 3 + 7][steps]  # MXNet gives only the last step's share


def test_while_loop_stops_at_max_iterations() -> None:
    out, i, y = powers(2).eval(i=mx.nd.zeros(1), y=mx.nd.ones(1), b=mx.nd.zeros(1))
    assert (out.asnumpy().ravel().tolist(), i.asscalar(), y.asscalar()) == ([1.0, 2.0], 2.0, 4.0)


@pytest.mark.parametrize(("x", "slope"), [(4.0, 0.25), (0.0, 3.0), (-1.0, 3.0)])
def test_branch_that_is_not_taken_leaves_no_nan(x: float, slope: float) -> None:
    a = S.var("a")
    net = S.contrib.cond(a > 0, lambda: S.sqrt(a) + 0 * S.log(a - a), lambda: a * 3)
    if x > 0:
        net = S.contrib.cond(a > 0, lambda: S.sqrt(a), lambda: S.log(-a) * 1e30 / (a - a))
    (out,), grads = gradients(net, a=[x])
    assert np.isfinite(out).all()
    assert grads["a"].item() == slope


def test_steps_not_taken_are_not_run() -> None:
    net = powers(50)
    executor = net.bind(mx.cpu(), {"i": mx.nd.zeros(1), "y": mx.nd.ones(1), "b": mx.nd.zeros(1)})
    seen: list[str] = []
    executor.set_monitor_callback(lambda name, array: seen.append(name))
    executor.forward()
    doubled = [name for name in seen if "_mulscalar" in name]
    assert len(doubled) == 3


def test_a_program_shows_its_conditions() -> None:
    a = S.var("a")
    net = S.contrib.cond(a > 0, lambda: S.sqrt(a), lambda: S.exp(a), name="either")
    executor = net.simple_bind(mx.cpu(), a=(1,), grad_req="null")
    executor.forward()
    steps = [line.split("] ")[-1] for line in executor.debug_str().splitlines() if "/" in line]
    places = [line.rpartition(" if ")[2] for line in steps if " if " in line]
    assert len(places) == 2
    assert places[1] == f"not {places[0]}"


def test_states_of_a_layer_change_only_in_steps_that_are_taken() -> None:
    a = S.var("a")
    norm = lambda: S.BatchNorm(a, name="bn", momentum=0.5, fix_gamma=False)  # noqa: E731
    net = S.contrib.cond(S.sum(a) > 0, norm, lambda: a)
    assert net.list_auxiliary_states() == ["bn_moving_mean", "bn_moving_var"]
    executor = net.simple_bind(mx.cpu(), a=(2, 1))
    executor.arg_dict["a"][:] = -1
    executor.forward(is_train=True)
    executor.backward(mx.nd.ones((2, 1)))
    assert executor.aux_dict["bn_moving_mean"].asscalar() == 0
    executor.arg_dict["a"][:] = 1
    executor.forward(is_train=True)
    executor.backward(mx.nd.ones((2, 1)))
    assert executor.aux_dict["bn_moving_mean"].asscalar() == 0.5


def test_states_of_a_layer_change_in_every_step_of_a_loop() -> None:
    norm = lambda x, s: (S.BatchNorm(x, name="bn", momentum=0.5), s)  # noqa: E731
    out, _ = S.contrib.foreach(norm, S.var("d"), [])
    executor = out.simple_bind(mx.cpu(), d=(2, 3, 1))
    executor.arg_dict["d"][:] = np.array([1.0, 2.0], "float32").reshape(2, 1, 1) * np.ones((2, 3, 1), "float32")
    executor.forward(is_train=True)
    executor.backward(mx.nd.ones((2, 3, 1)))  # the moment at which BatchNorm changes them
    assert executor.aux_dict["bn_moving_mean"].asscalar() == 0.5 * (0.5 * 1) + 0.5 * 2


def test_what_does_not_change_is_computed_once() -> None:
    w = S.var("w")
    out, _ = S.contrib.foreach(lambda x, s: (x * S.exp(w), s), S.var("d"), [])
    executor = out.simple_bind(mx.cpu(), grad_req="null", d=(20, 2), w=(2,))
    executor.forward()
    operators = []
    for step in executor.programs["inference"].steps:
        members = getattr(step.node.operator, "members", None)  # of a group of elementwise operators
        operators += [step.node.operator] if members is None else [member.operator for member in members]
    names = [operator.name for operator in operators]
    assert (names.count("exp"), names.count("elemwise_mul")) == (1, 20)


def test_gradients_of_many_steps_are_added_up_on_the_way() -> None:
    layer = lambda x, s: (S.FullyConnected(x, num_hidden=64, no_bias=True, name="fc"), s)  # noqa: E731
    out, _ = S.contrib.foreach(layer, S.var("d"), [])
    executor = out.simple_bind(mx.cpu(), d=(50, 1, 64))
    executor.arg_dict["d"][:] = 1
    executor.forward(is_train=True)
    executor.backward(mx.nd.ones((50, 1, 64)))
    gradient = executor.grad_dict["fc_weight"]
    assert gradient is not None
    assert (gradient.asnumpy() == 50).all()
    assert executor.programs["training"].plan.planned < 20 * 64 * 64 * 4


def test_dropout_draws_anew_in_every_step() -> None:
    out, _ = S.contrib.foreach(lambda x, s: (S.Dropout(x, p=0.5), s), S.var("d"), [])
    executor = out.simple_bind(mx.cpu(), d=(2, 100))
    executor.arg_dict["d"][:] = 1
    first, second = executor.forward(is_train=True)[0].asnumpy()
    assert set(np.concatenate([first, second])) == {0.0, 2.0}
    assert (first != second).any()


def test_second_gradient_through_a_loop() -> None:
    """∂²/∂x² of a product of three slices that are all x is 6x: by the gradient of the gradient's graph."""
    from symbolnb.compile.gradient import gradients as differentiate
    from symbolnb.compile.lower_control_flow import lay_out
    from symbolnb.compile.program import compile_graph
    from symbolnb.graph.graph import Graph
    from symbolnb.graph.node import Entry, Node
    from symbolnb.graph.spec import Spec
    from symbolnb.runtime.session import Session
    from symbolnb.symbol.inference import complete_specs

    x = S.var("x")
    _, last = S.contrib.while_loop(lambda i, y: i < 3, lambda i, y: ([], [i + 1, y * x]), [S.var("i"), S.var("y")], 4)
    nodes = {entry.node.name: entry.node for entry in (last[1].get_internals()).entries if entry.node.is_variable}
    shapes = dict.fromkeys(nodes.values(), (1,))
    heads, specs = lay_out(last[1].entries, complete_specs(last[1].entries, shapes, {}))
    one = Entry(Node(None, "one"))
    specs = {**specs, one: Spec((1,), np.dtype("float32"))}
    (first,), specs = differentiate(heads, [one], [Entry(nodes["x"])], specs)
    assert first is not None
    (second,), specs = differentiate([first], [one], [Entry(nodes["x"])], specs)
    assert second is not None
    arrays = {nodes["i"]: 0.0, nodes["y"]: 1.0, nodes["x"]: 2.0, one.node: 1.0}
    results = [np.zeros(1, "float32") for _ in range(3)]
    program = compile_graph(Graph((*heads, first, second), 3, specs))
    values = {node: np.full(1, value, "float32") for node, value in arrays.items()}
    Session(program, mx.cpu(), {node: values[node] for node in program.variables}, results).forward()
    assert [result.item() for result in results] == [8.0, 12.0, 12.0]


def test_a_loop_of_no_steps() -> None:
    out, last = S.contrib.foreach(lambda x, s: (x * s, s + x), S.var("d"), S.var("s"))
    outputs, grads = gradients(S.Group([out, last]), d=np.zeros((0, 2)), s=np.full(2, 5.0))
    assert [output.shape for output in outputs] == [(0, 2), (2,)]
    assert outputs[1].tolist() == [5.0, 5.0]
    assert (grads["d"].shape, grads["s"].tolist()) == ((0, 2), [1.0, 1.0])


# Inference -------------------------------------------------------------------------------------


def test_shapes_follow_through_bodies() -> None:
    def body(x: Any, s: Any) -> Any:
        return S.FullyConnected(x, num_hidden=3, name="fc") + s, s

    out, last = S.contrib.foreach(body, S.var("d"), S.var("s"))
    arguments, outputs, _ = S.Group([out, last]).infer_shape(d=(5, 2, 7))
    assert arguments == [(5, 2, 7), (2, 3), (3, 7), (3,)]
    assert outputs == [(5, 2, 3), (2, 3)]
    types = S.Group([out, last]).infer_type(s="float64")
    assert set(types[0]) == {np.float64}


def test_contradiction_in_a_body_names_the_layer() -> None:
    def body(x: Any, s: Any) -> Any:
        return S.FullyConnected(x, num_hidden=3, name="fc") + s, s

    out, _ = S.contrib.foreach(body, S.var("d"), S.var("s"))
    with pytest.raises(ShapeError, match=r"_foreach '_foreach\d+': FullyConnected 'fc': weight is"):
        out.infer_shape(d=(5, 2, 7), fc_weight=(3, 8))
    with pytest.raises(ShapeError, match=r"state 0 comes in as \(2,\) but goes out as \(2, 2\), and must"):
        S.contrib.foreach(lambda x, s: (x, S.stack(s, s, num_args=2)), S.var("d"), S.var("s"))[1].infer_shape(
            d=(3, 2), s=(2,)
        )
    with pytest.raises(ShapeError, match=r"the condition has shape \(2,\) but must be a single number"):
        S.contrib.cond(S.var("a"), lambda: S.var("b"), lambda: S.var("c")).infer_shape(a=(2,))
    with pytest.raises(ShapeError, match=r"output 0 is \(2,\) of one branch but \(3,\) of the other"):
        S.contrib.cond(S.var("a"), lambda: S.var("b") + 1, lambda: S.var("c") + 1).infer_shape(b=(2,), c=(3,))


# Graphs ----------------------------------------------------------------------------------------


def test_equal_loops_have_one_key() -> None:
    def net(factor: float) -> mx.sym.Symbol:
        with mx.name.NameManager():
            return S.contrib.foreach(lambda x, s: (x * factor, s), S.var("d"), [])[0]

    assert structure_key(net(2).entries) == structure_key(net(2).entries)
    assert structure_key(net(2).entries) != structure_key(net(3).entries)


def test_a_loop_that_would_never_be_compiled_is_refused() -> None:
    with pytest.raises(ShapeError, match="2000000 steps of 4 operators each are more than the 1000000 that a loop may"):
        powers(2_000_000).eval(i=mx.nd.zeros(1), y=mx.nd.ones(1), b=mx.nd.zeros(1))


def test_attributes_can_be_set() -> None:
    out, _ = S.contrib.foreach(lambda x, s: (x * 2, s), S.var("d"), [])
    out._set_attr(__mine__="yes")
    assert out.attr("__mine__") == "yes"
    assert out.eval(d=mx.nd.ones(3))[0].asnumpy().ravel().tolist() == [2.0] * 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda node: node.pop("subgraphs"), "_foreach has 0 subgraphs but needs fn"),
        (lambda node: node["subgraphs"].append(node["subgraphs"][0]), "_foreach has 2 subgraphs but needs fn"),
        (lambda node: node["attrs"].update(num_out_data="0"), "there are 1 states but 2 outputs for them"),
        (lambda node: node["attrs"].update(in_data_locs="[7]"), r"remain_locs are \(7, 1\) for 2 inputs"),
        (lambda node: node["attrs"].update(num_outputs="3", num_out_data="2"), "but it has 2 and 2"),
        (lambda node: node["subgraphs"][0].pop("heads"), "the list 'heads' is missing"),
        (lambda node: node["subgraphs"][0]["nodes"][1].update(inputs=[[9, 0, 0]]), "reads node 9"),
        (lambda node: node.update(subgraphs=3), "has no list 'subgraphs'"),
    ],
)
def test_broken_files_are_refused(change: Any, message: str) -> None:
    out, last = S.contrib.foreach(lambda x, s: (x * s, s + x), S.var("d"), S.var("s"))
    document = json.loads(S.Group([out, last]).tojson())
    change(document["nodes"][2])
    with pytest.raises((FormatError, ParameterError), match=message):
        mx.sym.load_json(json.dumps(document))


def test_graphs_inside_of_graphs_end_somewhere() -> None:
    body: Any = {"nodes": [{"op": "null", "name": "x", "inputs": []}], "heads": [[0, 0, 0]]}
    for _ in range(40):
        attrs = {"num_args": "2", "num_outputs": "1", "num_out_data": "1", "in_state_locs": "[]", "in_data_locs": "[0]",
                 "remain_locs": "[]"}  # fmt: skip
        loop = {"op": "_foreach", "name": "f", "attrs": attrs, "inputs": [[0, 0, 0]], "subgraphs": [body]}
        nodes = [{"op": "null", "name": "x", "inputs": []}, loop]
        body = {"nodes": nodes, "heads": [[1, 0, 0]]}
    with pytest.raises(FormatError, match="inside of 32 others"):
        mx.sym.load_json(json.dumps(body))


def test_an_operator_without_its_body_says_so() -> None:
    with pytest.raises(MXNetError, match="_cond has 0 subgraphs but needs cond, then_branch, else_branch"):
        S._internal._cond(S.var("a"), num_outputs=1, num_args=4, cond_input_locs=[0], then_input_locs=[0],
                          else_input_locs=[0])  # fmt: skip
    with pytest.raises(CompositionError, match="must return two things"):
        S.contrib.foreach(lambda x, s: x, S.var("d"), [])


# The same at once ------------------------------------------------------------------------------


def test_imperative_loops_equal_symbolic_ones() -> None:
    d = np.arange(6, dtype="float32").reshape(3, 2)
    s = np.array([1.0, -1.0], "float32")
    body = lambda x, s: ([x * s[0], x], [s[0] + x])  # noqa: E731
    out, last = mx.nd.contrib.foreach(body, mx.nd.array(d), [mx.nd.array(s)])
    outs, lasts = S.contrib.foreach(body, S.var("d"), [S.var("s")])
    symbolic = S.Group([*outs, *lasts]).eval(d=mx.nd.array(d), s=mx.nd.array(s))
    for one, other in zip([*out, *last], symbolic, strict=True):
        np.testing.assert_array_equal(one.asnumpy(), other.asnumpy())


def test_imperative_while_loop() -> None:
    step = lambda i, y: ([y, i], [i + 1, y * 2])  # noqa: E731
    start = [mx.nd.zeros(1), mx.nd.ones(1)]
    (ys, indices), (i, y) = mx.nd.contrib.while_loop(lambda i, y: i < 3, step, start, max_iterations=4)
    assert ys.asnumpy().ravel().tolist() == [1.0, 2.0, 4.0, 0.0]
    assert indices.asnumpy().ravel().tolist() == [0.0, 1.0, 2.0, 0.0]
    assert (i.asscalar(), y.asscalar()) == (3.0, 8.0)
    out, last = mx.nd.contrib.while_loop(lambda i: i < 0, lambda i: (i, i), mx.nd.zeros(1), max_iterations=4)
    assert (out, last.asscalar()) == ([], 0.0)
    for wrong in ({}, {"max_iterations": 2}):
        with pytest.raises(CompositionError):
            mx.nd.contrib.while_loop(lambda *_: 1, lambda i: (i, [i, i]), mx.nd.zeros(1), **wrong)


def test_imperative_cond() -> None:
    a, b = mx.nd.array([1.0]), mx.nd.array([2.0])
    assert mx.nd.contrib.cond(a < b, lambda: a + b, lambda: a - b).asscalar() == 3.0
    assert mx.nd.contrib.cond(a > b, lambda: a + b, lambda: a - b).asscalar() == -1.0
