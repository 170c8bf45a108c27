"""All layers and directions of a recurrent network, as calls over arrays that are put together once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from symbolnb.graph.spec import Shape
from symbolnb.ops.base import Array
from symbolnb.ops.recurrent import backward, forward
from symbolnb.ops.recurrent.arithmetic import Arithmetic, Call
from symbolnb.ops.recurrent.backward import Slopes
from symbolnb.ops.recurrent.forward import Clip, Direction, Rows, Start
from symbolnb.ops.recurrent.weights import GATES, Layout, Weights


class Network(NamedTuple):
    """How to run: the layout of the weights, clipping, where sequences go on, and what each layer's output but
    the last one's is multiplied with (dropout)."""

    layout: Layout
    clip: Clip | None
    valid: Array | None
    masks: Array | None

    def directions(self) -> list[Direction]:
        """The directions of one layer."""
        return [
            Direction(self.layout.mode, bool(number), self.clip, self.valid) for number in range(self.layout.directions)
        ]

    def cut(self, vector: Array) -> list[Weights]:
        """The weights of each layer and direction, as parts of the vector."""
        return [
            pieces.map(lambda piece: vector[piece.start : piece.stop].reshape(piece.shape))
            for pieces in self.layout.pieces()
        ]

    @property
    def joins(self) -> bool:
        """Whether a layer's output is more than the states of its one direction."""
        return self.layout.directions > 1 or self.valid is not None or self.masks is not None

    def join(self, arithmetic: Arithmetic, layer: int, past: Past, out: Array) -> Call:
        """A layer's output, from the states of its directions; 0 where a sequence has ended."""
        count, width = self.layout.directions, self.layout.outputs
        parts = [
            (out[..., number * width : (number + 1) * width], past.row(layer * count + number).states)
            for number in range(count)
        ]
        mask = None if self.masks is None or layer + 1 == self.layout.layers else self.masks[layer]

        def run() -> None:
            for part, states in parts:
                arithmetic.xp.copyto(part, states)
            for factor in (self.valid, mask):
                if factor is not None:
                    arithmetic.xp.multiply(out, factor, out=out)

        return run


class Given(NamedTuple):
    """The inputs of a network."""

    data: Array
    vector: Array
    states: Array
    cells: Array | None = None

    def start(self, at: int) -> Start:
        """The first state and cell state of a layer's direction."""
        return Start(self.states[at], None if self.cells is None else self.cells[at])


class Past(NamedTuple):
    """The rows of all layers and directions, one after the other; the backward pass needs them all.

    Where there is none to come, some may take the place of others: see `passing`.
    """

    gates: Array
    states: Array
    cells: Array | None = None

    def row(self, at: int) -> Rows:
        """Those of one layer's direction."""
        cells = None if self.cells is None else self.cells[at % len(self.cells)]
        return Rows(self.gates[at % len(self.gates)], self.states[at % len(self.states)], cells)


def kept(layout: Layout, time: int, batch: int) -> list[Shape]:
    """Shapes of the arrays of a `Past` that holds everything."""
    count, size = layout.layers * layout.directions, layout.state_size
    widths = [GATES[layout.mode] * size, layout.outputs, *([size] if layout.mode in ("lstm", "gru") else [])]
    return [(count, time, batch, width) for width in widths]


def passing(layout: Layout, time: int, batch: int) -> list[Shape]:
    """Shapes of the arrays of a `Past` that holds only what the next layer needs."""
    return [(2 if at == 1 else 1, *shape[1:]) for at, shape in enumerate(kept(layout, time, batch))]


def scratch(layout: Layout, time: int, batch: int, *, back: bool) -> dict[str, Shape]:
    """Names and shapes of the further arrays that the calls of a network need, forward or `back`."""
    wide = (time, batch, layout.directions * layout.outputs)
    joined = {"joined": wide} if layout.layers > 1 else {}
    if not back:
        return joined | forward.scratch(layout.mode, batch, layout.state_size)
    shapes = joined | backward.scratch(layout.mode, time, batch, layout.state_size, layout.outputs)
    if layout.layers > 1:
        shapes |= {"below0": wide, "below1": wide}
    if layout.directions > 1:
        shapes |= {"beside": wide, "beside_data": (time, batch, layout.features)}
    return shapes


def run(
    arithmetic: Arithmetic, net: Network, given: Given, past: Past, outputs: Sequence[Array], spare: Mapping[str, Array]
) -> list[Call]:
    """The calls of the forward pass; `outputs` are those of the operator that a user sees."""
    weights, layers, count = net.cut(given.vector), net.layout.layers, net.layout.directions
    calls: list[Call] = []
    data = given.data
    for layer in range(layers):
        for number, how in enumerate(net.directions()):
            at = layer * count + number
            rows, start = past.row(at), given.start(at)
            calls += forward.forward(arithmetic, how, weights[at], (data, start), rows, spare)
            ends = rows.last(how, start)
            calls += [_copying(arithmetic, output[at], end) for output, end in zip(outputs[1:], ends, strict=False)]
        if layer + 1 == layers:
            calls.append(net.join(arithmetic, layer, past, outputs[0]))
        elif net.joins:
            calls.append(net.join(arithmetic, layer, past, spare["joined"]))
            data = spare["joined"]
        else:
            data = past.row(layer).states
    return calls


def _copying(arithmetic: Arithmetic, out: Array, source: Array) -> Call:
    return lambda: arithmetic.xp.copyto(out, source)


class Heads(NamedTuple):
    """The gradients of a network's outputs, the last two None where a user does not see those."""

    out: Array
    states: Array | None = None
    cells: Array | None = None


def run_back(
    arithmetic: Arithmetic,
    net: Network,
    given: Given,
    past: Past,
    heads: Heads,
    slopes: Given,
    spare: Mapping[str, Array],
) -> list[Call]:
    """The calls of the backward pass, which fill `slopes`, the gradients of what was given.

    That of the data may be None, and is left out then.
    """
    return _Back(arithmetic, net, given, past, slopes, spare).calls(heads)


class _Back:
    """Builds the calls of the backward pass, the last layer first."""

    def __init__(
        self, arithmetic: Arithmetic, net: Network, given: Given, past: Past, slopes: Given,
        spare: Mapping[str, Array],
    ) -> None:  # fmt: skip
        self.arithmetic, self.net, self.given, self.past = arithmetic, net, given, past
        self.slopes, self.spare = slopes, spare
        self.weights, self.slots = net.cut(given.vector), net.cut(slopes.vector)

    def calls(self, heads: Heads) -> list[Call]:
        """All of them."""
        calls: list[Call] = [lambda: self._begin(heads)]
        grad = heads.out
        for layer in reversed(range(self.net.layout.layers)):
            data, below = self.given.data, self.slopes.data
            if layer > 0:
                below = self.spare[f"below{layer % 2}"]
                data = self.past.row(layer - 1).states
                if self.net.joins:
                    data = self.spare["joined"]
                    calls.append(self.net.join(self.arithmetic, layer - 1, self.past, data))
            calls += self._layer(layer, data, grad, below)
            if layer > 0 and self.net.masks is not None:
                calls.append(_scaling(self.arithmetic, below, self.net.masks[layer - 1]))
            grad = below
        return calls

    def _begin(self, heads: Heads) -> None:
        """The gradients of the first states start as those of the last ones."""
        for slope, head in ((self.slopes.states, heads.states), (self.slopes.cells, heads.cells)):
            if slope is not None:
                slope[...] = 0 if head is None else head

    def _layer(self, layer: int, data: Array, grad: Array, below: Array) -> list[Call]:
        """All directions of a layer; what they find for its data is added up, in `below` if that is not None."""
        calls: list[Call] = []
        width, count = self.net.layout.outputs, self.net.layout.directions
        for number, how in enumerate(self.net.directions()):
            at = layer * count + number
            part = below
            if number > 0 and below is not None:
                part = self.spare["beside" if layer > 0 else "beside_data"]
            calls += backward.backward(
                self.arithmetic, how, self.weights[at], (data, self.given.start(at), self.past.row(at)),
                grad[..., number * width : (number + 1) * width],
                Slopes(part, self.slots[at], self.slopes.start(at)), self.spare,
            )  # fmt: skip
            if part is not below:
                calls.append(_adding(self.arithmetic, below, part))
        return calls


def _adding(arithmetic: Arithmetic, target: Array, other: Array) -> Call:
    return lambda: arithmetic.xp.add(target, other, out=target)


def _scaling(arithmetic: Arithmetic, target: Array, factor: Array) -> Call:
    return lambda: arithmetic.xp.multiply(target, factor, out=target)
