"""One direction of one recurrent layer, forward in time.

The product of the input with its matrix is one for all time steps. What is built here are calls over arrays that
are given; nothing is computed before they run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from symbolnb.ops.base import Array
from symbolnb.ops.recurrent import cells
from symbolnb.ops.recurrent.arithmetic import Arithmetic, Call
from symbolnb.ops.recurrent.weights import GATES, Weights


class Clip(NamedTuple):
    """Bounds of lstm's cell state; with `drop_nan` what is nan becomes the lower one."""

    low: float
    high: float
    drop_nan: bool

    def apply(self, arithmetic: Arithmetic, cell: Array, out: Array) -> None:
        """The cell state within the bounds."""
        xp = arithmetic.xp
        if self.drop_nan:
            xp.fmax(cell, self.low, out=out)
            xp.fmin(out, self.high, out=out)
        else:
            xp.clip(cell, self.low, self.high, out=out)


class Direction(NamedTuple):
    """How to run: the mode, backward in time or not, clipping, and where sequences go on (time, batch, 1), or None."""

    mode: str
    backwards: bool
    clip: Clip | None
    valid: Array | None

    def steps(self, count: int) -> Sequence[int]:
        """The time steps in the order of running."""
        return range(count - 1, -1, -1) if self.backwards else range(count)

    def part(self, rows: slice) -> Direction:
        """The same for some of the batch."""
        return self if self.valid is None else self._replace(valid=self.valid[:, rows])

    def lanes(self, arithmetic: Arithmetic, rows: int) -> Sequence[tuple[slice, Arithmetic]]:
        """The parts of a batch; all of it where each time step has something that only the array library does."""
        whole = self.clip is not None or self.valid is not None
        return [(slice(None), arithmetic)] if whole else arithmetic.lanes(rows)


class Start(NamedTuple):
    """The first state, and for lstm the first cell state; or the last ones."""

    state: Array
    cell: Array | None

    def part(self, rows: slice) -> Start:
        """Those of some of the batch."""
        return Start(self.state[rows], None if self.cell is None else self.cell[rows])


class Rows(NamedTuple):
    """What a direction computes, and all that its backward pass needs; arrays begin with the time.

    `gates` are activations. `cells` are lstm's cell states after each step, and for gru what the reset gate is
    multiplied with; None in the other modes. A sequence that has ended keeps its state.
    """

    gates: Array
    states: Array
    cells: Array | None

    def part(self, rows: slice) -> Rows:
        """Those of some of the batch."""
        cells = None if self.cells is None else self.cells[:, rows]
        return Rows(self.gates[:, rows], self.states[:, rows], cells)

    def last(self, how: Direction, start: Start) -> Start:
        """The states after the last step, which are the first ones where there is no step."""
        steps = how.steps(self.states.shape[0])
        if not steps:
            return start
        cells = None if self.cells is None or start.cell is None else self.cells[steps[-1]]
        return Start(self.states[steps[-1]], cells)


def scratch(mode: str, batch: int, size: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the arrays that the calls of a direction need besides, for `size` units."""
    return {"bias": (GATES[mode] * size,), "inner": (batch, GATES[mode] * size), "made": (batch, size)}


def forward(
    arithmetic: Arithmetic, how: Direction, weights: Weights, given: tuple[Array, Start], rows: Rows,
    spare: Mapping[str, Array],
) -> list[Call]:  # fmt: skip
    """Calls that fill `rows`, to be run one after the other."""
    xp, (data, start) = arithmetic.xp, given
    gates = rows.gates.reshape(-1, rows.gates.shape[-1])
    bias, calls = weights.input_bias, []
    if how.mode != "gru":
        bias = spare["bias"]
        calls.append(lambda: xp.add(weights.input_bias, weights.state_bias, out=bias))
    calls.append(arithmetic.product(data.reshape(-1, data.shape[-1]), weights.inputs.T, gates, bias=bias))
    lanes = how.lanes(arithmetic, start.state.shape[0])
    first, lane = lanes[0]
    batch = start.state[first].shape[0]
    recurrent, prepare = lane.factor(weights.state.T, batch)
    calls += prepare
    projection = None
    if weights.projection is not None:
        projection, prepare = lane.factor(weights.projection.T, batch)
        calls += prepare
    steps: list[list[Call]] = []
    for part, lane in lanes:
        own = {name: spare[name][part] for name in _PARTS}
        step = _STEPS[how.mode](lane, how.part(part), weights, recurrent, projection, rows.part(part), own)
        steps.append(step.all(start.part(part)))
    return [*calls, *arithmetic.beside(steps)]


class _Plain:
    """One time step of tanh or relu units; it turns its row of `gates` from sums into activations."""

    def __init__(
        self, arithmetic: Arithmetic, how: Direction, weights: Weights, recurrent: object, projection: object,
        rows: Rows, spare: Mapping[str, Array],
    ) -> None:  # fmt: skip
        self.arithmetic, self.xp, self.how, self.weights = arithmetic, arithmetic.xp, how, weights
        self.recurrent, self.projection, self.rows, self.spare = recurrent, projection, rows, spare
        self.size = spare["made"].shape[-1]
        self.prepare()

    def prepare(self) -> None:
        """Whatever is the same for all steps."""

    def all(self, start: Start) -> list[Call]:
        """All steps, one after the other."""
        calls: list[Call] = []
        before, cell = start
        for at in self.how.steps(self.rows.gates.shape[0]):
            calls += self.calls(at, before, cell)
            before, cell = self.rows.states[at], None if self.rows.cells is None else self.rows.cells[at]
        return calls

    def calls(self, at: int, before: Array, cell: Array | None) -> list[Call]:
        """The step at a time, from the state and the cell state before it."""
        xp, gates, made = self.xp, self.rows.gates[at], self.made(at)
        add = self.arithmetic.product(before, self.recurrent, gates, add=True)

        def bend() -> None:
            if self.how.mode == "rnn_tanh":
                xp.tanh(gates, out=gates)
            else:
                xp.maximum(gates, 0, out=gates)
            xp.copyto(made, gates)

        together = self.arithmetic.together(cells.plain(self.how.mode), [gates], [gates, made], bend)
        return [add, together, *self.kept(at, before)]

    def made(self, at: int) -> Array:
        """Where a step puts its result: where the state belongs, or in `made` if that is not yet the state."""
        direct = self.how.valid is None and self.projection is None
        return self.rows.states[at] if direct else self.spare["made"]

    def kept(self, at: int, before: Array) -> list[Call]:
        """From what was made to the state, which stays as it was before where a sequence has ended."""
        xp, valid, out, made = self.xp, self.how.valid, self.rows.states[at], self.made(at)
        calls: list[Call] = []
        if self.projection is not None:
            calls.append(self.arithmetic.product(made, self.projection, out))
            made = out
        if valid is not None:
            on = valid[at]
            calls.append(lambda: xp.copyto(out, xp.where(on, made, before)))
        return calls


class _LSTM(_Plain):
    """One time step of lstm units: one tanh for all gates, because sigmoid(x) is (1 + tanh(x / 2)) / 2."""

    def prepare(self) -> None:
        width = self.size
        halves = self.xp.full(4 * width, 0.5, self.rows.gates.dtype)
        halves[2 * width : 3 * width] = 1
        self.halves, self.shift = halves, 1 - halves

    def calls(self, at: int, before: Array, cell: Array | None) -> list[Call]:
        assert cell is not None and self.rows.cells is not None
        xp, gates, size = self.xp, self.rows.gates[at], self.size
        enter, forget, fresh, leave = (gates[:, gate * size : (gate + 1) * size] for gate in range(4))
        new, made, halves, shift = self.rows.cells[at], self.made(at), self.halves, self.shift
        add = self.arithmetic.product(before, self.recurrent, gates, add=True)
        limit = self._limit(at, cell, new)
        multiply, tanh = xp.multiply, xp.tanh

        def bend() -> None:
            multiply(gates, halves, out=gates)
            tanh(gates, out=gates)
            multiply(gates, halves, out=gates)
            xp.add(gates, shift, out=gates)
            multiply(forget, cell, out=new)
            multiply(enter, fresh, out=made)
            xp.add(new, made, out=new)
            if limit is not None:
                limit()
            tanh(new, out=made)
            multiply(leave, made, out=made)

        together: Call = bend
        if limit is None:
            parts = [enter, forget, fresh, leave]
            together = self.arithmetic.together(cells.lstm(), [*parts, cell], [*parts, new, made], bend)
        return [add, together, *self.kept(at, before)]

    def _limit(self, at: int, cell: Array, new: Array) -> Call | None:
        """Clipping the new cell state, and keeping the old one where a sequence has ended."""
        clip, valid = self.how.clip, self.how.valid
        if clip is None and valid is None:
            return None

        def run() -> None:
            if clip is not None:
                clip.apply(self.arithmetic, new, new)
            if valid is not None:
                self.xp.copyto(new, cell, where=~valid[at])

        return run


class _GRU(_Plain):
    """One time step of gru units; the state's part of the new gate is kept apart, for the reset gate to scale it."""

    def calls(self, at: int, before: Array, cell: Array | None) -> list[Call]:
        assert self.rows.cells is not None
        xp, gates, size = self.xp, self.rows.gates[at], self.size
        both = gates[:, : 2 * size]
        parts = [gates[:, gate * size : (gate + 1) * size] for gate in range(3)]
        reset, update, new = parts
        inner, part, made = self.spare["inner"], self.rows.cells[at], self.made(at)
        product = self.arithmetic.product(before, self.recurrent, inner, bias=self.weights.state_bias)

        def bend() -> None:
            xp.copyto(part, inner[:, 2 * size :])
            xp.add(both, inner[:, : 2 * size], out=both)
            xp.multiply(both, 0.5, out=both)
            xp.tanh(both, out=both)
            xp.multiply(both, 0.5, out=both)
            xp.add(both, 0.5, out=both)
            xp.multiply(reset, part, out=made)
            xp.add(new, made, out=new)
            xp.tanh(new, out=new)
            xp.subtract(before, new, out=made)
            xp.multiply(update, made, out=made)
            xp.add(new, made, out=made)

        inside = [*(inner[:, gate * size : (gate + 1) * size] for gate in range(3)), before]
        together = self.arithmetic.together(cells.gru(), [*parts, *inside], [*parts, part, made], bend)
        return [product, together, *self.kept(at, before)]


_PARTS = ("inner", "made")
"""Arrays of `scratch` of which a part of the batch has its own rows."""

_STEPS: dict[str, type[_Plain]] = {"rnn_relu": _Plain, "rnn_tanh": _Plain, "lstm": _LSTM, "gru": _GRU}
