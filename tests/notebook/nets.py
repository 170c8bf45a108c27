"""Small graphs that the notebook tests share."""

from __future__ import annotations

from symbolnb import sym
from symbolnb.graph.naming import NameManager
from symbolnb.graph.source import Source
from symbolnb.symbol.symbol import Symbol


def mlp(hidden: int = 8) -> Symbol:
    """Two layers and a softmax."""
    with NameManager():
        net = sym.FullyConnected(sym.Variable("data"), num_hidden=hidden, name="fc1")
        net = sym.Activation(net, act_type="relu", name="relu1")
        net = sym.FullyConnected(net, num_hidden=3, name="fc2")
        return sym.SoftmaxOutput(net, name="softmax")


def convnet() -> Symbol:
    """A convolution with batch normalization and a skip connection."""
    with NameManager():
        data = sym.Variable("data", shape=(0, 3, 8, 8))
        conv = sym.Convolution(data, kernel=(3, 3), pad=(1, 1), num_filter=3, no_bias=True, name="unit1_conv")
        norm = sym.BatchNorm(conv, fix_gamma=False, name="unit1_bn", attr={"__lr_mult__": "2"})
        return sym.Flatten(norm + data, name="flat")


def without_places(view: dict) -> dict:
    """A view document without the lines of code that made its nodes."""
    assert all(node["source"] is None or set(node["source"]) == {"label", "line"} for node in view["nodes"])
    return {**view, "nodes": [{**node, "source": None} for node in view["nodes"]]}


def place(symbol: Symbol) -> Source:
    """Where the first head was made."""
    source = symbol.entries[0].node.source
    assert source is not None
    return source
