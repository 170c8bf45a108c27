"""Dropping what hands its input on: which nodes go, and which must stay."""

from __future__ import annotations

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.compile.lower import forward_graph, training_graph
from symbolnb.compile.passes.drop_identities import drop_identities
from symbolnb.compile.passes.heads import distinct_heads
from symbolnb.compile.verify import verify
from symbolnb.graph.listing import listing
from symbolnb.symbol import inference

X = mx.sym.var("x")
SHAPE = (2, 3)


def dropped(net: mx.sym.Symbol, training: bool = False) -> tuple[str, bool]:
    """The listing after the pass, and whether it changed anything."""
    variables = [node for kind in inference.inputs_by_kind(net.entries) for node in kind]
    specs = inference.complete_specs(net.entries, {X.entries[0].node: SHAPE}, {})
    if training:
        graph = training_graph(net.entries, specs, "cpu", dict.fromkeys(variables, "write"), True).graph
    else:
        graph = forward_graph(net.entries, specs, "cpu", False)
    graph = distinct_heads(graph)
    made = drop_identities(graph)
    verify(made)
    return listing(made), made is not graph


PLAIN = """\
%0 = sin(x) -> (2, 3) float32
%1 = exp(%0) -> (2, 3) float32
return %1"""

KINDS = {
    "Dropout": lambda s: mx.sym.Dropout(s, p=0.3),
    "identity": mx.sym.identity,
    "BlockGrad": mx.sym.BlockGrad,
    "Reshape": lambda s: mx.sym.reshape(s, shape=(0, -1)),
    "Flatten": mx.sym.Flatten,
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_hands_its_input_on_goes(kind: str) -> None:
    identity = KINDS[kind]
    assert dropped(mx.sym.exp(identity(identity(mx.sym.sin(X))))) == (PLAIN, True)
    assert dropped(mx.sym.exp(mx.sym.sin(identity(X)))) == (PLAIN, True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_head_stays(kind: str) -> None:
    last = dropped(KINDS[kind](mx.sym.sin(X)))[0].splitlines()[-2]
    assert last.startswith(f"%1 = {kind if kind == 'Dropout' else '_copy'}(%0")


@pytest.mark.parametrize(
    "net",
    [
        mx.sym.exp(mx.sym.reshape(mx.sym.sin(X), shape=(3, 2))),
        mx.sym.exp(mx.sym.cast(mx.sym.sin(X), dtype="float16")),
        mx.sym.exp(mx.sym.Dropout(mx.sym.sin(X), mode="always")),
        mx.sym.exp(mx.sym.expand_dims(X, axis=0)),
    ],
)  # fmt: skip
def test_what_changes_something_stays(net: mx.sym.Symbol) -> None:
    assert not dropped(net)[1]


def test_dropout_stays_while_it_acts() -> None:
    net = mx.sym.exp(mx.sym.Dropout(mx.sym.sin(X), p=0.3))
    assert "Dropout" in dropped(net, training=True)[0]
    assert "Dropout" not in dropped(mx.sym.exp(mx.sym.Dropout(mx.sym.sin(X), p=0)), training=True)[0]


def test_a_copy_of_a_state_holds_what_it_was_before() -> None:
    mean = mx.sym.var("mean")
    before = mx.sym.Dropout(mean, p=0, name="before")
    norm = mx.sym.BatchNorm(X, moving_mean=mean, momentum=0.5, name="norm")
    text, _ = dropped(mx.sym.broadcast_add(norm, before), training=True)
    assert "Dropout(mean" in text


def _passed(net: mx.sym.Symbol, watched: list[str] | None = None) -> tuple[list[np.ndarray], np.ndarray]:
    executor = net.simple_bind(mx.cpu(), x=(2, 3, 5, 7))
    draw = np.random.default_rng(3)
    for array in executor.arg_dict.values():
        array[:] = draw.normal(size=array.shape)
    if watched is not None:
        executor.set_monitor_callback(lambda name, _: watched.append(name))
    outputs = [output.asnumpy() for output in executor.forward(is_train=False)]
    executor.forward(is_train=True)
    executor.backward([mx.nd.ones(output.shape) for output in executor.outputs])
    return outputs, executor.grad_dict["x"].asnumpy()


def test_a_network_computes_and_shows_the_same() -> None:
    def net(identity: bool) -> mx.sym.Symbol:
        out = mx.sym.Convolution(X, num_filter=4, kernel=(3, 3), name="one")
        if identity:
            out = mx.sym.identity(mx.sym.reshape(out, shape=(0, 0, 0, 0), name="same"), name="copy")
            out = mx.sym.Dropout(out, p=0.0, name="idle")
        out = mx.sym.Convolution(out, num_filter=4, kernel=(3, 3), name="two")
        return mx.sym.Group([out, mx.sym.identity(out)]) if identity else mx.sym.Group([out, out + 0])

    names: list[str] = []
    (outputs, gradient), (wanted, wanted_gradient) = _passed(net(True)), _passed(net(False))
    for given, expected in zip(outputs, wanted, strict=True):
        np.testing.assert_array_equal(given, expected)
    np.testing.assert_array_equal(gradient, wanted_gradient)
    _passed(net(True), names)
    assert {"same_output", "copy_output", "idle_output"} <= set(names)
