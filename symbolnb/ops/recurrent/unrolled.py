"""A recurrent network as a formula: one term for every product of every time step.

It says the same as `network`, in operators that can be differentiated again and again; only gradients of higher
order are made of it.
"""

from __future__ import annotations

from typing import NamedTuple

from symbolnb.ops.recurrent.forward import Clip
from symbolnb.ops.recurrent.weights import Layout, Piece, Weights
from symbolnb.ops.term import Term, call, reshape


class Terms(NamedTuple):
    """The inputs of the network."""

    data: Term
    vector: Term
    states: Term
    cells: Term | None
    valid: Term | None  # 1 where a sequence goes on, else 0: (time, batch, 1)
    masks: Term | None


def unrolled(layout: Layout, clip: Clip | None, given: Terms) -> tuple[Term, ...]:
    """Outputs, last states and with lstm last cell states."""
    weights = [pieces.map(lambda piece: _piece(given.vector, piece)) for pieces in layout.pieces()]
    rows, ends, cell_ends = _rows(given.data), [], []
    for layer in range(layout.layers):
        sides = []
        for number in range(layout.directions):
            at = layer * layout.directions + number
            cell = None if given.cells is None else _row(given.cells, at)
            walk = _Walk(layout, clip, given.valid, weights[at], _row(given.states, at), cell)
            sides.append(walk.through(rows, backwards=bool(number)))
            ends.append(walk.state)
            cell_ends.append(walk.cell)
        rows = [call("Concat", *pair, num_args=2, dim=1) if len(pair) > 1 else pair[0]
                for pair in zip(*sides, strict=True)]  # fmt: skip
        if given.masks is not None and layer + 1 < layout.layers:
            masks = _rows(_row(given.masks, layer))
            rows = [row * mask for row, mask in zip(rows, masks, strict=True)]
    cells = [cell for cell in cell_ends if cell is not None]
    return tuple(call("stack", *terms, num_args=len(terms), axis=0) for terms in (rows, ends, cells) if terms)


def _piece(vector: Term, piece: Piece) -> Term:
    return reshape(call("slice", vector, begin=(piece.start,), end=(piece.stop,)), piece.shape)


def _row(term: Term, number: int) -> Term:
    return reshape(call("slice_axis", term, axis=0, begin=number, end=number + 1), term.shape[1:])


def _rows(term: Term) -> list[Term]:
    return [_row(term, number) for number in range(term.shape[0])]


def _blocks(term: Term, size: int) -> list[Term]:
    """The gates of a row of them."""
    return [call("slice_axis", term, axis=1, begin=at, end=at + size) for at in range(0, term.shape[1], size)]


class _Walk:
    """One direction of one layer, step by step."""

    def __init__(
        self, layout: Layout, clip: Clip | None, valid: Term | None, weights: Weights, state: Term, cell: Term | None
    ) -> None:
        self.mode, self.size, self.clip = layout.mode, layout.state_size, clip
        self.valid, self.weights, self.state, self.cell = valid, weights, state, cell

    def through(self, rows: list[Term], backwards: bool) -> list[Term]:
        """The outputs of all steps, in the order of time."""
        outs: dict[int, Term] = {}
        for step in sorted(range(len(rows)), reverse=backwards):
            made, cell = self._step(rows[step])
            if self.valid is None:
                outs[step], self.state, self.cell = made, made, cell
                continue
            on = _row(self.valid, step)
            outs[step] = made * on
            self.state = self.state + (made - self.state) * on
            self.cell = None if cell is None or self.cell is None else self.cell + (cell - self.cell) * on
        return [outs[step] for step in sorted(outs)]

    def _step(self, row: Term) -> tuple[Term, Term | None]:
        weights = self.weights
        sums = call("dot", row, weights.inputs, transpose_b=True) + weights.input_bias
        inner = call("dot", self.state, weights.state, transpose_b=True) + weights.state_bias
        if self.mode == "gru":
            parts, inner_parts = _blocks(sums, self.size), _blocks(inner, self.size)
            reset, update = (call("sigmoid", parts[at] + inner_parts[at]) for at in range(2))
            new = call("tanh", parts[2] + reset * inner_parts[2])
            return new + update * (self.state - new), None
        if self.cell is None:
            return call("tanh" if self.mode == "rnn_tanh" else "relu", sums + inner), None
        enter, forget, fresh, leave = _blocks(sums + inner, self.size)
        cell = call("sigmoid", forget) * self.cell + call("sigmoid", enter) * call("tanh", fresh)
        if self.clip is not None:
            cell = call("clip", cell, a_min=self.clip.low, a_max=self.clip.high)
        made = call("sigmoid", leave) * call("tanh", cell)
        return (made if weights.projection is None else call("dot", made, weights.projection, transpose_b=True)), cell
