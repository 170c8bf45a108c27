"""Groups read from names: which prefixes count, which do not."""

from __future__ import annotations

from symbolnb import sym
from symbolnb.graph.naming import Prefix
from symbolnb.notebook.view import view_of
from symbolnb.symbol.symbol import Symbol


def chain(*names: str) -> Symbol:
    """Operators of these names, each on the one before."""
    net = sym.Variable("data")
    for name in names:
        net = sym.FullyConnected(net, num_hidden=2, name=name)
    return net


def paths(symbol: Symbol) -> dict[str, str]:
    """The path of groups of each node that is in one."""
    return {node["name"]: " > ".join(node["group"]) for node in view_of(symbol.entries)["nodes"] if node["group"]}


def operators(symbol: Symbol) -> dict[str, str]:
    """The path of groups of each operator."""
    return {name: path for name, path in paths(symbol).items() if not name.endswith(("_weight", "_bias"))}


def test_stages_and_units() -> None:
    net = chain("s1_u1_a", "s1_u1_b", "s1_u2_a", "s1_u2_b", "s2_u1_a", "s2_u1_b", "out")
    assert operators(net) == {
        "s1_u1_a": "s1 > u1", "s1_u1_b": "s1 > u1", "s1_u2_a": "s1 > u2", "s1_u2_b": "s1 > u2",
        "s2_u1_a": "s2 > u1", "s2_u1_b": "s2 > u1",
    }  # fmt: skip


def test_parameters_are_with_their_operator_and_inputs_by_name() -> None:
    data = sym.Variable("enc_data")
    net = sym.FullyConnected(data, num_hidden=2, name="enc_a")
    net = sym.FullyConnected(net, sym.Variable("shared_weight"), num_hidden=2, name="enc_b")
    net = sym.FullyConnected(net, num_hidden=2, name="out")
    found = paths(net)
    assert {found[name] for name in ("enc_data", "enc_a", "enc_a_weight", "enc_b", "shared_weight")} == {"enc"}
    assert "out" not in found


def test_slashes_and_dots_are_explicit() -> None:
    net = chain("net/enc/a", "net/enc/b", "net/dec.a", "net/dec.b", "net/enc/c")
    assert operators(net) == {
        "net/enc/a": "net > enc", "net/enc/b": "net > enc", "net/enc/c": "net > enc",
        "net/dec.a": "net > dec", "net/dec.b": "net > dec",
    }  # fmt: skip


def test_a_prefix_of_nearly_all_operators_is_no_group() -> None:
    names = [f"resnet_{stage}_conv{number}" for stage in ("s1", "s2") for number in range(10)]
    found = operators(chain(*names, "softmax"))
    assert set(found.values()) == {"resnet_s1", "resnet_s2"}


def test_a_prefix_that_does_not_hang_together_is_no_group() -> None:
    assert operators(chain("conv_a", "relu_a", "conv_b", "relu_b", "x", "y", "z")) == {}


def test_numbers_are_no_parts() -> None:
    assert operators(chain("conv_1", "conv_2", "x", "y")) == {}
    assert operators(chain("block_1_a", "block_1_b", "x", "y")) == {"block_1_a": "block_1", "block_1_b": "block_1"}


def test_automatic_names_are_one_part() -> None:
    a, b = sym.Variable("a"), sym.Variable("b")
    net = sym.broadcast_add(sym.broadcast_add(a, b), b)
    net = sym.expand_dims(sym.expand_dims(net, axis=0), axis=0)
    assert operators(sym.log_softmax(net + net)) == {}
    with Prefix("left_"):
        inner = sym.broadcast_add(a, b) + b
    assert operators(sym.exp(sym.sqrt(sym.exp(inner)))) == {"left_broadcast_add0": "left", "left__plus0": "left"}


def test_an_operator_named_like_the_prefix_belongs_to_it() -> None:
    found = operators(chain("conv1", "conv1_bn", "conv1_relu", "fc", "out"))
    assert found == {"conv1": "conv1", "conv1_bn": "conv1", "conv1_relu": "conv1"}
