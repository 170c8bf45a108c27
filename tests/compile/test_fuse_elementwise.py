"""Fusing elementwise operators: which groups come to be, and that the numbers stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import symbolnb as mx
from symbolnb.compile.passes.fuse_elementwise import fuse_elementwise
from symbolnb.compile.program import compile_graph, describe
from symbolnb.graph.graph import Graph
from symbolnb.graph.listing import listing
from symbolnb.graph.node import Entry
from symbolnb.kernels.fused import compiler
from symbolnb.ops.elementwise.fused import FusedElementwise
from symbolnb.settings import settings
from tests.kernels.onednn.engine import Network, agree

pytestmark = pytest.mark.skipif(not compiler.available(), reason="needs llvmlite")


@pytest.fixture(autouse=True)
def _compiled(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setattr(settings, "verify", True)
    monkeypatch.setattr(settings, "compile_at_once", True)
    monkeypatch.setattr(settings, "cache", str(tmp_path_factory.getbasetemp() / "cache"))


class Builder(Network):
    """A network of elementwise operators over (3, 5, 20), with the arrays of its variables."""

    def __init__(self) -> None:
        super().__init__()
        self.random = np.random.default_rng(5)
        self.x, self.y = self.array("x", 3, 5, 20), self.array("y", 3, 5, 20)

    def array(self, name: str, *shape: int) -> Entry:
        return self.variable(name, self.random.normal(size=shape).astype("float32"))

    def fused(self, *heads: Entry, forward: int | None = None, device: str = "cpu") -> str:
        count = len(heads) if forward is None else forward
        return listing(fuse_elementwise(Graph(heads, count, self.specs, device)))

    def groups(self, *heads: Entry, forward: int | None = None) -> list[list[str]]:
        """The operators of each group, and those of nodes that are by themselves in lists of one."""
        count = len(heads) if forward is None else forward
        graph = fuse_elementwise(Graph(heads, count, self.specs))
        operators = [node.operator for node in graph.order() if node.operator is not None]
        return [
            [member.operator.name for member in operator.members]
            if isinstance(operator, FusedElementwise)
            else [operator.name]
            for operator in operators
        ]


def test_a_chain_is_one_node() -> None:
    net = Builder()
    t = net.call("tanh", "t", net.call("elemwise_add", "sum", net.x, net.y))
    out = net.call("_mul_scalar", "out", t, scalar=2)
    assert net.fused(out) == "%0 = _fused_elementwise[fused](x, y) -> (3, 5, 20) float32\nreturn %0"
    agree(*net.results(out)[1:])


def test_what_is_needed_outside_is_an_output() -> None:
    net = Builder()
    total = net.call("elemwise_add", "sum", net.x, net.y)
    out = net.call("elemwise_mul", "out", net.call("exp", "e", total), total)
    reduced = net.call("sum", "reduced", total, axis=1)
    assert net.groups(out, reduced, total) == [["elemwise_add", "exp", "elemwise_mul"], ["sum"]]
    agree(*net.results(out, reduced, total)[1:])


def test_the_walk_never_leads_back_into_a_group() -> None:
    net = Builder()
    first = net.call("exp", "first", net.call("negative", "minus", net.x))
    wide = net.call("broadcast_sub", "out", first, net.call("mean", "mean", first, axis=2, keepdims=True))
    out = net.call("square", "square", wide)
    assert net.groups(out) == [["negative", "exp"], ["mean"], ["broadcast_sub", "square"]]
    agree(*net.results(out)[1:])


def test_two_branches_become_one_group() -> None:
    net = Builder()
    left = net.call("sqrt", "left", net.call("abs", "size", net.x))
    right = net.call("sigmoid", "right", net.call("negative", "minus", net.y))
    out = net.call("_maximum", "out", left, right)
    assert net.groups(out) == [["abs", "sqrt", "negative", "sigmoid", "_maximum"]]
    agree(*net.results(out)[1:])


def test_what_cannot_be_fused_stays() -> None:
    net = Builder()
    alone = net.call("sin", "alone", net.call("sum", "sum", net.call("negative", "n", net.x), axis=0))
    assert net.groups(alone) == [["negative"], ["sum"], ["sin"]]
    flat = net.call("Flatten", "flat", net.call("exp", "e", net.x))
    assert net.groups(net.call("negative", "minus", flat)) == [["exp"], ["Flatten"], ["negative"]]
    whole = net.call("Cast", "cast", net.call("exp", "e2", net.x), dtype="int32")
    assert net.groups(whole) == [["exp"], ["Cast"]]
    out = net.call("tanh", "t", net.call("negative", "n2", net.x))
    assert net.fused(out, device="gpu") == listing(net.graph(out))


def test_a_large_operator_is_compiled_even_alone() -> None:
    net = Builder()
    large, small = net.array("large", 300), net.array("small", 200)
    for data, library in ((large, "fused"), (small, None)):
        program = net.compiled(net.call("LeakyReLU", "gelu", data, act_type="gelu"))
        assert [None if step.kernel is None else step.kernel.library for step in program.steps] == [library]


def test_broadcasting_of_one_shape_joins() -> None:
    net = Builder()
    row, column, number = net.array("row", 20), net.array("column", 3, 5, 1), net.array("number", 1)
    a = net.call("broadcast_add", "a", net.x, row)
    b = net.call("broadcast_mul", "b", a, number)
    c = net.call("broadcast_sub", "c", b, row)
    d = net.call("broadcast_add", "d", c, column)
    assert net.groups(d) == [["broadcast_add", "broadcast_mul", "broadcast_sub"], ["broadcast_add"]]
    agree(*net.results(d)[1:])


def test_choices_join_where_the_condition_has_the_shape() -> None:
    net = Builder()
    condition = net.call("_greater", "condition", net.x, net.y)
    out = net.call("negative", "out", net.call("where", "chosen", condition, net.x, net.y))
    assert net.groups(out) == [["_greater", "where", "negative"]]
    agree(*net.results(out)[1:])
    square, other = net.array("square", 20, 20), net.array("other", 20, 20)
    rows = net.call("where", "rows", net.array("vector", 20), square, other)
    out = net.call("negative", "out2", rows)
    assert net.groups(out) == [["where"], ["negative"]]
    agree(*net.results(out)[1:])


def test_repetition_joins() -> None:
    net = Builder()
    wide = net.call("broadcast_to", "wide", net.array("column", 3, 1, 20), shape=(3, 5, 20))
    out = net.call("elemwise_mul", "out", net.call("exp", "e", wide), net.x)
    assert net.groups(out) == [["broadcast_to", "exp", "elemwise_mul"]]
    agree(*net.results(out)[1:])


def test_a_group_keeps_few_inputs_waiting() -> None:
    net = Builder()
    total = net.x
    for number in range(20):
        total = net.call("elemwise_add", f"sum{number}", total, net.array(f"term{number}", 3, 5, 20))
    assert net.groups(total) == [["elemwise_add"] * 11, ["elemwise_add"] * 9]


def test_casts_join() -> None:
    net = Builder()
    image = net.variable("image", np.arange(300, dtype="uint8").reshape(3, 5, 20))
    out = net.call("_div_scalar", "out", net.call("Cast", "cast", image, dtype="float32"), scalar=255)
    half = net.call("Cast", "half", net.call("exp", "e", out), dtype="float16")
    assert net.groups(half) == [["Cast", "_div_scalar", "exp", "Cast"]]
    agree(*net.results(half, out)[1:])


def test_halves_are_not_mixed() -> None:
    net = Builder()
    forward = net.call("exp", "forward", net.call("negative", "minus", net.x))
    backward = net.call("elemwise_mul", "backward", net.call("negative", "minus2", forward), net.y)
    assert net.groups(forward, backward, forward=1) == [["negative", "exp"], ["negative", "elemwise_mul"]]
    assert net.groups(forward, backward) == [["negative", "exp", "negative", "elemwise_mul"]]


def test_conditions_are_not_mixed() -> None:
    net = Builder()
    condition = net.variable("condition", np.zeros(1, "float32"))
    yes = net.call("log", "yes", net.call("negative", "minus", net.x))
    no = net.call("exp", "no", net.call("negative", "minus2", net.y))
    out = net.call("_choose", "out", condition, yes, no)
    assert net.groups(out) == [["negative", "log"], ["negative", "exp"], ["_choose"]]
    program = net.compiled(out)
    assert "if not in condition" in describe(program).splitlines()[1]
    agree(*net.results(out)[1:])


def test_a_state_that_changes_is_read_where_it_was() -> None:
    net = Builder()
    vectors = [net.array(name, 5) for name in ("gamma", "beta", "moving_mean")]
    moving_var = net.variable("moving_var", np.ones(5, "float32"))
    operator = mx.ops.registry.find("BatchNorm").from_attributes({}).in_mode(True)
    norm = net.call(operator, "norm", net.x, *vectors, moving_var)
    out = net.call("tanh", "out", net.call("negative", "minus", vectors[2]))
    assert net.groups(norm, out)[-2:] == [["negative"], ["tanh"]]


def test_a_blocked_layout_is_kept() -> None:
    from symbolnb.kernels.onednn import library

    if not library.available():
        pytest.skip(str(library.why_not()))
    net = Builder()
    data = net.array("data", 2, 16, 6, 6)
    shape = {"kernel": (3, 3), "pad": (1, 1), "num_filter": 16, "no_bias": True}
    first = net.call("Convolution", "first", data, net.array("w1", 16, 16, 3, 3), **shape)
    between = net.call("elemwise_mul", "gate", net.call("sigmoid", "s", first), first)
    out = net.call("Convolution", "second", between, net.array("w2", 16, 16, 3, 3), **shape)
    program, found, right = net.results(out)
    agree(found, right)
    (step,) = [step for step in program.steps if isinstance(step.node.operator, FusedElementwise)]
    layouts = {program.slots[slot].spec.layout for slot in (*step.inputs, *step.outputs)}
    assert len(layouts) == 1 and None not in layouts


GELU_TRAINING = """\
   0 _fused_elementwise(_mul_scalar(scalar=2.0), LeakyReLU(act_type=gelu))[fused] g -> @0, head 0
backward:
   1 _fused_elementwise(_leaky_relu_gradient(act_type=gelu), _mul_scalar(scalar=2.0))[fused] s_backward -> head 1
planned 448 bytes for 448 bytes of intermediate results"""


def test_training_program() -> None:
    x = mx.sym.Variable("x")
    with mx.name.NameManager():
        out = mx.sym.LeakyReLU(x.__mul__(2), act_type="gelu", name="g")
    executor = out.simple_bind(mx.cpu(), x=(2, 50))
    executor.forward(is_train=True)
    text = describe(executor.programs["training"])
    assert text.replace("_mulscalar0_backward", "s_backward") == GELU_TRAINING


# Random graphs --------------------------------------------------------------------------------

ONE = ["negative", "abs", "tanh", "sigmoid", "relu", "square", "softsign", "sign", "erf", "floor", "sin"]
TWO = ["_hypot", "elemwise_add", "elemwise_sub", "elemwise_mul", "_maximum", "_minimum", "_greater", "broadcast_add"]
STRETCHED = ["broadcast_add", "broadcast_mul", "broadcast_maximum"]


@st.composite
def programs(draw: st.DrawFn) -> tuple[list[tuple[Any, ...]], list[int], str]:
    """Steps over numbered values, the numbers of the heads, and an element type."""
    steps: list[tuple[Any, ...]] = []
    for count in range(2, 2 + draw(st.integers(2, 25))):
        value = st.integers(0, count - 1)
        kind = draw(st.sampled_from(["one", "two", "two", "scalar", "stretched", "total", "cast"]))
        if kind == "one":
            steps.append((kind, draw(st.sampled_from(ONE)), draw(value)))
        elif kind == "two":
            steps.append((kind, draw(st.sampled_from(TWO)), draw(value), draw(value)))
        elif kind == "scalar":
            steps.append((kind, draw(st.sampled_from(["_plus_scalar", "_mul_scalar", "_maximum_scalar"])), draw(value)))
        else:
            steps.append((kind, draw(st.sampled_from(STRETCHED)), draw(value), draw(st.integers(0, 2))))
    heads = draw(st.lists(st.integers(0, len(steps) + 1), min_size=1, max_size=4))
    return steps, heads, draw(st.sampled_from(["float32", "float64"]))


def build(steps: Sequence[tuple[Any, ...]], x: Any, y: Any, vectors: Sequence[Any], dtype: str) -> list[Any]:
    """The values as symbols."""
    internal, values = mx.sym._internal, [x, y]
    for kind, name, *places in steps:
        function = getattr(mx.sym, name, None)
        function = getattr(internal, name) if function is None else function
        if kind == "one":
            made = function(values[places[0]])
        elif kind == "two":
            made = function(values[places[0]], values[places[1]])
        elif kind == "scalar":
            made = function(values[places[0]], scalar=0.75)
        elif kind == "stretched":
            made = function(values[places[0]], vectors[places[1]])
        elif kind == "total":
            made = function(values[places[0]], mx.sym.mean(values[places[0]], axis=1, keepdims=True))
        else:
            other = "float64" if dtype == "float32" else "float32"
            made = mx.sym.cast(mx.sym.cast(values[places[0]], other), dtype)
        values.append(made)
    return values


@hypothesis_settings(max_examples=40, deadline=None)
@given(programs(), st.booleans())
def test_random_graphs_forward_and_backward(
    program: tuple[list[tuple[Any, ...]], list[int], str], at_once: bool
) -> None:
    steps, heads, dtype = program
    variables = [mx.sym.Variable(name) for name in ("x", "y", "row", "column", "number")]
    values = build(steps, *variables[:2], variables[2:], dtype)
    net = mx.sym.Group([values[head] for head in heads])
    shapes = {"x": (6, 33), "y": (6, 33), "row": (33,), "column": (6, 1), "number": (1,)}
    random = np.random.default_rng(len(steps))
    given_arrays = {name: random.uniform(-2, 2, shapes[name]).astype(dtype) for name in net.list_arguments()}
    results = []
    for fast, compile_at_once in ((False, False), (True, at_once)):
        settings.fast_kernels, settings.compile_at_once = fast, compile_at_once
        try:
            arrays = {name: mx.nd.array(array, dtype=dtype) for name, array in given_arrays.items()}
            grads = {name: mx.nd.zeros(array.shape, dtype=dtype) for name, array in given_arrays.items()}
            executor = net.bind(mx.cpu(), arrays, args_grad=grads)
            outputs = [output.asnumpy() for output in executor.forward(is_train=True)]
            executor.backward([mx.nd.ones(output.shape, dtype=dtype) for output in outputs])
            results.append([*outputs, *(grads[name].asnumpy() for name in sorted(grads))])
        finally:
            settings.fast_kernels, settings.compile_at_once = True, True
    for found, right in zip(results[1], results[0], strict=True):
        scale = np.abs(right[np.isfinite(right)]).max(initial=1.0)
        limit = 1e-4 if dtype == "float32" else 1e-11
        np.testing.assert_allclose(found, right, rtol=limit, atol=limit * scale)


def test_a_monitored_pass_shows_every_operator() -> None:
    x = mx.sym.Variable("x")
    executor = mx.sym.tanh(mx.sym.exp(x, name="e"), name="t").bind(mx.cpu(), {"x": mx.nd.ones(4)})
    seen: list[str] = []
    executor.set_monitor_callback(lambda name, array: seen.append(name))
    executor.forward()
    assert seen == ["e_output", "t_output"]


def test_fusing_twice_changes_nothing() -> None:
    net = Builder()
    out = net.call("tanh", "t", net.call("elemwise_add", "sum", net.x, net.y))
    once = fuse_elementwise(net.graph(out))
    assert listing(fuse_elementwise(once)) == listing(once)
    assert len(compile_graph(net.graph(out)).steps) == 1
