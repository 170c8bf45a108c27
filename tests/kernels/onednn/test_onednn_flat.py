"""Elementwise operators between two convolutions: they do not end a layout, whichever they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.graph.node import Entry
from symbolnb.graph.spec import Spec
from symbolnb.kernels.fused import compiler
from symbolnb.kernels.fused.kernel import FusedKernel
from symbolnb.kernels.onednn import describe, library
from symbolnb.kernels.onednn.flat import FlatKernel
from symbolnb.kernels.onednn.layout import Layout, ordered, plain
from symbolnb.kernels.onednn.memory import Memory
from symbolnb.kernels.onednn.primitive import Arg, Call
from symbolnb.ops.elementwise.fused import FusedElementwise, Member
from symbolnb.ops.registry import find
from tests.kernels.onednn.engine import Network, agree

pytestmark = pytest.mark.skipif(not library.available(), reason=str(library.why_not()))

ROWS: list[tuple[str, int, dict[str, Any]]] = [
    ("clip", 1, {"a_min": 0.0, "a_max": 6.0}),
    ("exp", 1, {}),
    ("relu", 1, {}),
    ("_plus_scalar", 1, {"scalar": 0.5}),
    ("_rdiv_scalar", 1, {"scalar": 2.0}),
    ("elemwise_mul", 2, {}),
    ("elemwise_sub", 2, {}),
    ("_maximum", 2, {}),
    ("LeakyReLU", 1, {"act_type": "leaky", "slope": 0.3}),
    ("LeakyReLU", 1, {"act_type": "elu"}),
    ("Activation", 1, {"act_type": "softsign"}),
    ("_activation_gradient", 2, {"act_type": "softrelu"}),
]


def between(network: Network, operator: str, count: int, attributes: dict[str, Any], channels: int) -> Entry:
    """conv - operator - conv; a second input of the operator is another variable."""
    rng = np.random.default_rng(9)

    def variable(name: str, *shape: int) -> Entry:
        return network.variable(name, rng.uniform(0.1, 1, shape).astype(np.float32))

    data, first = variable("data", 2, channels, 9, 9), variable("first", channels, channels, 3, 3)
    out = network.call("Convolution", "one", data, first, kernel=(3, 3), num_filter=channels, no_bias=True)
    others = [variable(f"other{number}", 2, channels, 7, 7) for number in range(count - 1)]
    out = network.call(operator, "middle", out, *others, **attributes)
    second = variable("second", channels, channels, 3, 3)
    return network.call("Convolution", "two", out, second, kernel=(3, 3), num_filter=channels, no_bias=True)


def reordered(program: Any) -> list[str]:
    return sorted(step.node.inputs[0].name for step in program.steps if step.node.operator.name == "_reorder")


@pytest.mark.parametrize(("operator", "count", "attributes"), ROWS)
def test_the_layout_goes_on(operator: str, count: int, attributes: dict[str, Any]) -> None:
    network = Network()
    program, actual, expected = network.results(between(network, operator, count, attributes, 32))
    others = [f"other{number}" for number in range(count - 1)]
    assert reordered(program) == ["data", "first", *others, "second", "two_output"]
    agree(actual, expected)


@pytest.mark.parametrize(("operator", "count", "attributes"), ROWS)
def test_padding_stays_zero(operator: str, count: int, attributes: dict[str, Any]) -> None:
    network = Network()
    _, actual, expected = network.results(between(network, operator, count, attributes, 19))
    agree(actual, expected)


def test_inputs_of_several_shapes_or_types_are_not_its_business() -> None:
    network = Network()
    program = network.compiled(between(network, "exp", 1, {}, 32))
    blocked = next(
        program.slots[step.outputs[0]].spec for step in program.steps if step.node.operator.name == "Convolution"
    )
    operator, kernel = find("elemwise_mul")(), FlatKernel()
    assert kernel.supports(operator, [blocked, blocked._replace(layout=None)], [blocked])
    assert not kernel.supports(operator, [blocked, Spec((32,), blocked.dtype)], [blocked])
    assert not kernel.supports(operator, [blocked, Spec(blocked.shape, np.dtype("float64"))], [blocked])
    assert not kernel.supports(operator, [blocked._replace(layout=None)] * 2, [blocked._replace(layout=None)])


SMALL = [(2, 32, 1, 1), (1, 32, 1, 1), (32, 1, 1), (1,), (2, 1, 7, 7), (1, 1, 7, 1)]
"""Shapes that stretch to (2, 32, 7, 7); in memory order in all layouts but where channels come last of one pixel."""


@pytest.mark.parametrize("order", ["aBcd16b", "aBcd8b", "acdb"])
@pytest.mark.parametrize("small", SMALL)
@pytest.mark.parametrize("swapped", [False, True])
def test_what_is_smaller_stretches_in_every_layout(order: str, small: tuple[int, ...], swapped: bool) -> None:
    rng = np.random.default_rng(8)
    layout = ordered((2, 32, 7, 7), order)
    given = [Spec((2, 32, 7, 7), layout.dtype, layout), Spec(small, layout.dtype)]
    arrays = [rng.normal(size=spec.shape).astype("float32") for spec in given]
    expected = arrays[1] - arrays[0] if swapped else arrays[0] - arrays[1]
    turn = slice(None, None, -1 if swapped else 1)
    operator = find("broadcast_sub")()
    group = FusedElementwise(arity=2, members=(Member(operator, (0, 1)),), results=(2,))
    for kernel, one in ((FlatKernel(), operator), (FusedKernel(), group)):
        if not kernel.supports(one, given[turn], given[:1]):
            assert isinstance(kernel, FusedKernel)  # rows of eight are left to NumPy
            assert order == "aBcd8b" or not compiler.available()
            continue
        assert kernel.layouts(one, given[turn], given[:1])[1] == [layout]
        out = np.empty(arrays[0].size, np.float32)
        flat = [in_order(arrays[0], layout), arrays[1]][turn]
        kernel.bind(one, (given[turn], given[:1]), flat, [out], None)()
        np.testing.assert_array_equal(out, in_order(expected, layout))


def in_order(array: Any, layout: Layout) -> Any:
    """The elements as a layout has them, by a reorder of oneDNN."""
    out = np.empty(array.size, np.float32)
    source = plain(array.shape)
    Call(describe.reorder(source, layout), {Arg.SRC: Memory(source, array), Arg.DST: Memory(layout, out)})()
    return out


def test_another_order_of_axes_is_not_its_business() -> None:
    """Channels first and then pixels is not how a layout with channels last has them."""
    layout = ordered((2, 32, 7, 7), "acdb")
    given = [Spec((2, 32, 7, 7), layout.dtype, layout), Spec((1, 32, 7, 1), layout.dtype)]
    assert not FlatKernel().supports(find("broadcast_sub")(), given, given[:1])


def test_squeeze_and_excitation_keeps_the_layout() -> None:
    """Between two convolutions the scale of each channel is multiplied to blocks as they lie."""
    net = mx.sym.Convolution(mx.sym.var("data"), kernel=(3, 3), num_filter=32, pad=(1, 1), name="one")
    scale = mx.sym.Pooling(net, global_pool=True, pool_type="avg", kernel=(1, 1))
    scale = mx.sym.Activation(mx.sym.Convolution(scale, kernel=(1, 1), num_filter=32, name="gate"), act_type="sigmoid")
    net = mx.sym.Convolution(mx.sym.broadcast_mul(net, scale), kernel=(3, 3), num_filter=32, name="two")
    executor = net.simple_bind(mx.cpu(), grad_req="null", data=(2, 32, 12, 12))
    executor.forward()
    lines = executor.debug_str().splitlines()
    assert [line for line in lines if "_reorder(dense)" in line and "two" not in line] == []
