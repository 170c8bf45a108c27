"""One direction of one recurrent layer on arrays: forward, and backward through time.

The product of the input with its matrix is one for all time steps. Everything is computed in the element type
of the weights that are given.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any, NamedTuple

from symbolnb.ops.base import Array
from symbolnb.ops.recurrent.weights import Weights


class Clip(NamedTuple):
    """Bounds of lstm's cell state; with `drop_nan` what is nan becomes the lower one."""

    low: float
    high: float
    drop_nan: bool

    def apply(self, xp: ModuleType, cell: Array) -> Array:
        """The cell state within the bounds."""
        if self.drop_nan:
            return xp.fmin(xp.fmax(cell, self.low), self.high)
        return xp.clip(cell, self.low, self.high)


class Past(NamedTuple):
    """What the backward pass needs to know of the forward one; arrays begin with the time."""

    inputs: Array
    gates: Array
    states: Array  # before each step
    cells: Array | None  # lstm: before each step
    new_cells: Array | None  # lstm: after each step, clipped
    inside: Array | None  # lstm with clipping: where it changed nothing
    new_part: Array | None  # gru: what the reset gate is multiplied with


class Direction(NamedTuple):
    """How to run: the mode, backward in time or not, clipping, and where sequences go on (time, batch, 1), or None."""

    mode: str
    backwards: bool
    clip: Clip | None
    valid: Array | None

    def steps(self, count: int) -> Sequence[int]:
        """The time steps in the order of running."""
        return range(count - 1, -1, -1) if self.backwards else range(count)


def sigmoid(xp: ModuleType, x: Array) -> None:
    """The logistic function, in place."""
    x *= 0.5
    xp.tanh(x, out=x)
    x *= 0.5
    x += 0.5


def forward(
    xp: ModuleType, how: Direction, weights: Weights, data: Array, state: Array, cell: Array | None
) -> tuple[Array, Array, Array | None, Past]:
    """Outputs of all time steps, the last state, the last cell state, and what backward needs."""
    time, batch, _ = data.shape
    size = weights.state.shape[0] // (4 if cell is not None else 3 if how.mode == "gru" else 1)
    gates = _project(data, weights.inputs)
    gates += weights.input_bias if how.mode == "gru" else weights.input_bias + weights.state_bias
    out = xp.empty((time, *state.shape), gates.dtype)
    states = xp.empty_like(out)
    cells = new_cells = inside = new_part = None
    if cell is not None:
        cells, new_cells = (xp.empty((time, batch, size), gates.dtype) for _ in range(2))
        inside = None if how.clip is None else xp.empty(cells.shape, bool)
    if how.mode == "gru":
        new_part = xp.empty((time, batch, size), gates.dtype)
    past = Past(data, gates, states, cells, new_cells, inside, new_part)
    for step in how.steps(time):
        states[step] = state
        made, new_cell = _step(xp, how, weights, past, step, cell)
        if how.valid is None:
            out[step], state, cell = made, made, new_cell
            continue
        on = how.valid[step]
        out[step] = xp.where(on, made, 0)
        state = xp.where(on, made, state)
        cell = None if new_cell is None else xp.where(on, new_cell, cell)
    return out, state, cell, past


def _project(data: Array, matrix: Array) -> Array:
    return (data.reshape(-1, data.shape[-1]) @ matrix.T).reshape(*data.shape[:-1], matrix.shape[0])


def _step(
    xp: ModuleType, how: Direction, weights: Weights, past: Past, step: int, cell: Array | None
) -> tuple[Array, Array | None]:
    """One time step: turns its row of `gates` from sums into activations."""
    gates, state = past.gates[step], past.states[step]
    recurrent = state @ weights.state.T
    if how.mode == "gru":
        return _gru_step(xp, weights, past, step, recurrent), None
    gates += recurrent
    if past.cells is None or past.new_cells is None:
        (xp.tanh(gates, out=gates) if how.mode == "rnn_tanh" else xp.maximum(gates, 0, out=gates))
        return gates, None
    size = gates.shape[1] // 4
    sigmoid(xp, gates[:, : 2 * size])
    xp.tanh(gates[:, 2 * size : 3 * size], out=gates[:, 2 * size : 3 * size])
    sigmoid(xp, gates[:, 3 * size :])
    enter, forget, fresh, leave = (gates[:, at * size : (at + 1) * size] for at in range(4))
    past.cells[step] = cell
    raw = forget * cell + enter * fresh
    new = raw if how.clip is None else how.clip.apply(xp, raw)
    if past.inside is not None:
        past.inside[step] = raw == new
    past.new_cells[step] = new
    made = leave * xp.tanh(new)
    return (made if weights.projection is None else made @ weights.projection.T), new


def _gru_step(xp: ModuleType, weights: Weights, past: Past, step: int, recurrent: Array) -> Array:
    assert past.new_part is not None
    gates, state = past.gates[step], past.states[step]
    size = gates.shape[1] // 3
    recurrent += weights.state_bias
    past.new_part[step] = recurrent[:, 2 * size :]
    gates[:, : 2 * size] += recurrent[:, : 2 * size]
    sigmoid(xp, gates[:, : 2 * size])
    reset, update, new = (gates[:, at * size : (at + 1) * size] for at in range(3))
    new += reset * recurrent[:, 2 * size :]
    xp.tanh(new, out=new)
    return new + update * (state - new)


class Slopes(NamedTuple):
    """The gradients that `backward` gives: of the data, the weights and the first states."""

    data: Array
    weights: Weights
    state: Array
    cell: Array | None


def backward(
    xp: ModuleType, how: Direction, weights: Weights, past: Past, grad: Array, state: Array, cell: Array | None
) -> Slopes:
    """From the gradients of all outputs, of the last state and of the last cell state."""
    sums = xp.empty_like(past.gates)  # gradients of the sums that went into the gates
    inner = sums if how.mode != "gru" else xp.empty_like(sums)  # and of their recurrent part
    made = None if weights.projection is None else xp.empty_like(past.states)
    for step in reversed(how.steps(past.gates.shape[0])):
        pull, stay, cell_stay = state + grad[step], None, None
        if how.valid is not None:
            on = how.valid[step]
            pull, stay = xp.where(on, pull, 0), xp.where(on, 0, state)
            if cell is not None:
                cell, cell_stay = xp.where(on, cell, 0), xp.where(on, 0, cell)
        if made is not None:
            made[step] = pull
        direct, cell = _step_back(xp, how, weights, past, step, pull, cell, sums, inner)
        state = inner[step] @ weights.state
        for part in (direct, stay):
            state = state if part is None else state + part
        cell = cell if cell_stay is None else cell + cell_stay
    slopes = _weight_slopes(xp, past, sums, inner)
    if made is not None:
        leave = past.gates[..., -past.gates.shape[-1] // 4 :]
        slopes = slopes._replace(projection=_outer(made, leave * xp.tanh(past.new_cells)))
    return Slopes(_project(sums, weights.inputs.T), slopes, state, cell)


def _outer(left: Array, right: Array) -> Array:
    """The sum over time and batch of the products of two vectors."""
    return left.reshape(-1, left.shape[-1]).T @ right.reshape(-1, right.shape[-1])


def _weight_slopes(xp: ModuleType, past: Past, sums: Array, inner: Array) -> Weights:
    bias = xp.sum(sums, axis=(0, 1))
    state_bias = bias if inner is sums else xp.sum(inner, axis=(0, 1))
    return Weights(_outer(sums, past.inputs), _outer(inner, past.states), bias, state_bias, None)


def _step_back(
    xp: ModuleType, how: Direction, weights: Weights, past: Past, step: int, pull: Array, cell: Any,
    sums: Array, inner: Array,
) -> tuple[Array | None, Any]:  # fmt: skip
    """One step back: fills its rows of `sums` and `inner`; what goes directly to the state, and to the cell before."""
    gates, out = past.gates[step], sums[step]
    if how.mode == "rnn_tanh":
        xp.multiply(pull, 1 - gates * gates, out=out)
        return None, None
    if how.mode == "rnn_relu":
        xp.multiply(pull, gates > 0, out=out)
        return None, None
    if how.mode == "gru":
        return _gru_back(past, step, pull, out, inner[step]), None
    assert past.cells is not None and past.new_cells is not None
    size = gates.shape[1] // 4
    enter, forget, fresh, leave = (gates[:, at * size : (at + 1) * size] for at in range(4))
    pull = pull if weights.projection is None else pull @ weights.projection
    bent = xp.tanh(past.new_cells[step])
    cell = cell + pull * leave * (1 - bent * bent)
    if past.inside is not None:
        cell = cell * past.inside[step]
    out[:, :size] = cell * fresh * enter * (1 - enter)
    out[:, size : 2 * size] = cell * past.cells[step] * forget * (1 - forget)
    out[:, 2 * size : 3 * size] = cell * enter * (1 - fresh * fresh)
    out[:, 3 * size :] = pull * bent * leave * (1 - leave)
    return None, cell * forget


def _gru_back(past: Past, step: int, pull: Array, out: Array, inner: Array) -> Array:
    assert past.new_part is not None
    gates, state, part = past.gates[step], past.states[step], past.new_part[step]
    size = gates.shape[1] // 3
    reset, update, new = (gates[:, at * size : (at + 1) * size] for at in range(3))
    bent = pull * (1 - update) * (1 - new * new)
    out[:, :size] = bent * part * reset * (1 - reset)
    out[:, size : 2 * size] = pull * (state - new) * update * (1 - update)
    out[:, 2 * size :] = bent
    inner[:, : 2 * size] = out[:, : 2 * size]
    inner[:, 2 * size :] = bent * reset
    return pull * update
