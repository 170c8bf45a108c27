"""Concatenations whose inputs are computed in the result's memory: where that happens, and that numbers stay."""

from __future__ import annotations

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.compile.program import Program, Step
from symbolnb.graph.node import Entry
from symbolnb.graph.spec import Spec
from symbolnb.kernels.onednn import library
from symbolnb.kernels.onednn.layout import ordered, plain, strided
from symbolnb.ops.joining import pieces
from tests.kernels.onednn.engine import Network, agree
from tests.networks.memory import Walk, check

FLOAT32 = np.dtype("float32")


class Builder(Network):
    """A network over one array; its layers are elementwise, or convolutions."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.random = np.random.default_rng(3)
        self.data = self.variable("data", self.random.normal(size=shape).astype(np.float32))

    def sine(self, name: str, data: Entry) -> Entry:
        return self.call("arcsinh", name, data)

    def convolution(self, name: str, data: Entry, filters: int) -> Entry:
        weight = self.random.normal(size=(filters, self.specs[data].shape[1], 3, 3)).astype(np.float32) / 12
        inputs = data, self.variable(f"{name}_w", weight)
        return self.call("Convolution", name, *inputs, kernel=(3, 3), pad=(1, 1), num_filter=filters, no_bias=True)

    def concat(self, name: str, *parts: Entry, dim: int = 1) -> Entry:
        return self.call("Concat", name, *parts, num_args=len(parts), dim=dim)

    def checked(self, *heads: Entry) -> Program:
        program, actual, expected = self.results(*heads)
        agree(actual, expected)
        Walk(program).passes()
        return program


def concats(program: Program) -> list[Step]:
    return [step for step in program.steps if step.node.operator.name == "Concat"]


@pytest.mark.parametrize(("shape", "dim"), [((1, 16, 3), 1), ((1, 16, 3), -2), ((4, 16), 0), ((1, 1, 32), 2)])
def test_neighbours_in_memory_are_computed_in_place(shape: tuple[int, ...], dim: int) -> None:
    net = Builder(*shape)
    parts = net.sine("one", net.data), net.call("cbrt", "two", net.data)
    (step,) = concats(net.checked(net.call("relu", "end", net.concat("both", *parts, dim=dim))))
    assert step.joined == (0, 1)
    assert not step.moves


@pytest.mark.parametrize(("shape", "dim"), [((2, 16, 3), 1), ((1, 16, 32), 2), ((1, 5, 3), 1)])
def test_what_is_spread_or_not_aligned_is_copied(shape: tuple[int, ...], dim: int) -> None:
    net = Builder(*shape)
    parts = net.sine("one", net.data), net.call("cbrt", "two", net.data)
    (step,) = concats(net.checked(net.call("relu", "end", net.concat("both", *parts, dim=dim))))
    assert step.joined == ()
    assert step.moves


def test_variables_heads_views_and_repeated_arrays_are_copied() -> None:
    net = Builder(1, 16, 4)
    head, once = net.sine("head", net.data), net.call("cbrt", "once", net.data)
    turned = net.call("transpose", "turned", net.data, axes=(0, 2, 1))
    view = net.call("Reshape", "view", net.call("sin", "seen", turned), shape=(1, 16, 4))
    joined = net.concat("all", net.data, once, head, view, once)
    (step,) = concats(net.checked(net.call("relu", "end", joined), head))
    assert len(step.joined) == 1
    assert step.node.inputs[step.joined[0]].node.name == "once"
    assert step.moves


def test_a_result_that_is_a_head_is_written_there() -> None:
    net = Builder(1, 16, 4)
    (step,) = concats(net.checked(net.concat("both", net.sine("one", net.data), net.data)))
    assert step.joined == ()


def test_an_array_joined_twice_lies_in_the_last_result() -> None:
    net = Builder(1, 16, 4)
    one, two = net.sine("one", net.data), net.call("cbrt", "two", net.data)
    first, second = net.concat("first", one, two), net.concat("second", two, net.sine("three", one))
    program = net.checked(net.call("relu", "end", first), net.call("relu", "other", second))
    assert {step.node.name: step.joined for step in concats(program)} == {"first": (0,), "second": (0, 1)}


@pytest.mark.skipif(not library.available(), reason=str(library.why_not()))
def test_a_dense_block_grows_in_one_storage() -> None:
    net = Builder(1, 3, 14, 14)
    x = net.convolution("stem", net.data, 32)
    for number in range(4):
        x = net.concat(f"join{number}", x, net.convolution(f"layer{number}", x, 16))
    program = net.checked(net.convolution("end", x, 16))
    steps = concats(program)
    assert all(step.joined == (0, 1) and not step.moves for step in steps)
    assert len({program.slots[step.outputs[0]].storage for step in steps}) == 1


@pytest.mark.skipif(not library.available(), reason=str(library.why_not()))
@pytest.mark.parametrize("filters", [(32, 16), (16, 8), (8, 16), (24, 40)])
@pytest.mark.parametrize("batch", [1, 2])
def test_convolutions_write_whole_blocks_in_place(filters: tuple[int, int], batch: int) -> None:
    net = Builder(batch, 3, 14, 14)
    branches = [net.convolution(f"branch{number}", net.data, count) for number, count in enumerate(filters)]
    (step,) = concats(net.checked(net.convolution("end", net.concat("both", *branches), 16)))
    if batch > 1 or filters[0] % 16 == 0:
        assert step.moves == (batch > 1)


@pytest.mark.skipif(not library.available(), reason=str(library.why_not()))
def test_only_what_lies_elsewhere_is_copied_in_blocks() -> None:
    net = Builder(1, 3, 14, 14)
    first, second, fourth = (net.convolution(name, net.data, 32) for name in ("first", "second", "fourth"))
    shared = net.concat("shared", first, fourth)
    other = net.concat("other", second, net.convolution("third", net.data, 16), first)
    program = net.checked(*(net.convolution(f"end{number}", x, 16) for number, x in enumerate((shared, other))))
    found = {step.node.name: (step.joined, step.moves) for step in concats(program)}
    assert found == {"shared": ((1,), True), "other": ((0, 1, 2), False)}


def test_a_program_that_keeps_everything_joins_nothing() -> None:
    data = mx.sym.var("data")
    both = mx.sym.Concat(mx.sym.arcsinh(data), mx.sym.cbrt(data), name="both")
    executor = mx.sym.relu(both).simple_bind(mx.cpu(), data=(1, 16), grad_req="null")
    executor.forward(data=mx.nd.ones((1, 16)))
    check(executor)
    seen = {}
    executor.set_monitor_callback(lambda name, array: seen.update({name: array.asnumpy()}))
    executor.forward()
    np.testing.assert_allclose(seen["both_output"], np.repeat(np.float32([np.arcsinh(1), 1]), 16)[None], rtol=1e-6)


def test_pieces_of_layouts() -> None:
    def spec(channels: int, name: str, batch: int = 1) -> Spec:
        shape = batch, channels, 5, 3
        return Spec(shape, FLOAT32, ordered(shape, name) if library.available() else None)

    if library.available():
        parts = [spec(16, "aBcd16b"), spec(32, "aBcd16b"), spec(9, "aBcd16b")]
        assert pieces(parts, spec(57, "aBcd16b"), 1) == [0, 16 * 15 * 4, 48 * 15 * 4]
        assert pieces(parts[::-1], spec(57, "aBcd16b"), 1) is None
        assert pieces(parts[:2], spec(48, "acdb"), 1) is None
        assert pieces([spec(16, "acdb"), spec(32, "acdb")], spec(48, "acdb"), 1) is None
        assert pieces([spec(16, "aBcd16b", 2)] * 2, spec(32, "aBcd16b", 2), 1) is None
        row = Spec((1, 4, 5), FLOAT32, strided((1, 4, 5), (20, 1, 4)))
        assert pieces([row, row], Spec((1, 4, 10), FLOAT32, strided((1, 4, 10), (40, 1, 4))), 2) == [0, 80]
        assert plain((1, 8, 5)).start(plain((1, 4, 5)), 1, 4) == 80
    dense = [Spec((1, size, 5), FLOAT32) for size in (2, 3)]
    assert pieces(dense, Spec((1, 5, 5), FLOAT32), -2) == [0, 40]
    assert pieces(dense, Spec((1, 5, 5), np.dtype("float64")), 1) is None
