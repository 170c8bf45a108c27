"""All layers and directions of a recurrent network on arrays."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any, NamedTuple

from symbolnb.ops.base import Array
from symbolnb.ops.recurrent.direction import Clip, Direction, Past, Slopes, backward, forward
from symbolnb.ops.recurrent.weights import Layout, Weights


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


class Run(NamedTuple):
    """The outputs, the last states, and what the backward pass needs."""

    out: Array
    states: list[Array]
    cells: list[Array | None]
    past: list[Past]


def run(xp: ModuleType, net: Network, data: Array, vector: Array, states: Array, cells: Array | None) -> Run:
    """The forward pass."""
    weights, count = net.cut(vector), net.layout.directions
    made = Run(data, [], [], [])
    for layer in range(net.layout.layers):
        outs = []
        for number, how in enumerate(net.directions()):
            at = layer * count + number
            cell = None if cells is None else cells[at]
            out, state, cell, past = forward(xp, how, weights[at], made.out, states[at], cell)
            outs.append(out)
            made.states.append(state)
            made.cells.append(cell)
            made.past.append(past)
        out = outs[0] if count == 1 else xp.concatenate(outs, axis=2)
        if net.masks is not None and layer + 1 < net.layout.layers:
            out = out * net.masks[layer]
        made = made._replace(out=out)
    return made


def run_back(
    xp: ModuleType, net: Network, vector: Array, past: Sequence[Past], grad: Array, states: Any, cells: Any
) -> tuple[Array, Array, list[Array], list[Array | None]]:
    """From the gradients of the outputs and last states: those of the data, the weights and the first states."""
    weights, count, width = net.cut(vector), net.layout.directions, net.layout.outputs
    slope = xp.empty(vector.shape, vector.dtype)
    slots = net.cut(slope)
    found: dict[int, Slopes] = {}
    for layer in reversed(range(net.layout.layers)):
        if net.masks is not None and layer + 1 < net.layout.layers:
            grad = grad * net.masks[layer]
        parts = []
        for number, how in enumerate(net.directions()):
            at = layer * count + number
            own = grad[:, :, number * width : (number + 1) * width]
            cell = None if cells is None else cells[at]
            found[at] = backward(xp, how, weights[at], past[at], own, states[at], cell)
            parts.append(found[at].data)
            for slot, part in zip(slots[at], found[at].weights, strict=True):
                if slot is not None:
                    slot[...] = part
        grad = parts[0] if count == 1 else parts[0] + parts[1]
    order = sorted(found)
    return grad, slope, [found[at].state for at in order], [found[at].cell for at in order]
