"""One direction of one recurrent layer, backward through time: from gradients of the outputs to all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from symbolnb.ops.base import Array
from symbolnb.ops.recurrent import cells
from symbolnb.ops.recurrent.arithmetic import Arithmetic, Call
from symbolnb.ops.recurrent.forward import Direction, Rows, Start
from symbolnb.ops.recurrent.weights import GATES, Weights


class Slopes(NamedTuple):
    """Where the gradients go: of the data (None if nobody wants it), of the weights, of the first state and cell state.

    Those of the states come with the gradients of the last states in them.
    """

    data: Array
    weights: Weights
    start: Start


def scratch(mode: str, time: int, batch: int, size: int, outputs: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the arrays that the calls of a direction need besides."""
    sums = (time, batch, GATES[mode] * size)
    shapes: dict[str, tuple[int, ...]] = {"sums": sums, "pulls": (time, batch, outputs)}
    shapes |= dict.fromkeys(("bent", "first", "second"), (batch, size))
    if mode == "gru":
        shapes["inner"] = sums
    if outputs != size:
        shapes["made"] = (time, batch, size)
    return shapes


def backward(
    arithmetic: Arithmetic, how: Direction, weights: Weights, given: tuple[Array, Start, Rows], grad: Array,
    slopes: Slopes, spare: Mapping[str, Array],
) -> list[Call]:  # fmt: skip
    """Calls that fill `slopes`, to be run one after the other; `given` is what the forward pass had and made."""
    return _Back(arithmetic, how, weights, given, grad, slopes, spare).calls()


class _Back:
    """Builds the calls. `sums` are gradients of what went into the gates, `inner` those of their recurrent part,
    `pulls` those of the state after each step."""

    def __init__(
        self, arithmetic: Arithmetic, how: Direction, weights: Weights, given: tuple[Array, Start, Rows], grad: Array,
        slopes: Slopes, spare: Mapping[str, Array],
    ) -> None:  # fmt: skip
        self.arithmetic, self.xp, self.how, self.weights = arithmetic, arithmetic.xp, how, weights
        self.data, self.start, self.rows = given
        self.grad, self.slopes, self.spare = grad, slopes, spare
        self.sums, self.pulls = spare["sums"], spare["pulls"]
        self.inner = spare.get("inner", self.sums)
        self.size = self.sums.shape[-1] // GATES[how.mode]

    def calls(self) -> list[Call]:
        """All of them."""
        order = list(reversed(self.how.steps(self.sums.shape[0])))
        lanes = self.how.lanes(self.arithmetic, self.sums.shape[1])
        first, lane = lanes[0]
        batch = self.sums[:, first].shape[1]
        recurrent, calls = lane.factor(self.weights.state, batch)
        projection: Any = None
        if self.weights.projection is not None:
            projection, prepare = lane.factor(self.weights.projection, batch)
            calls = [*calls, *prepare]
        steps = [self._part(rows, lane)._steps(order, recurrent, projection) for rows, lane in lanes]
        return [*calls, lambda: self._begin(order), *self.arithmetic.beside(steps), *self._products(order)]

    def _part(self, rows: slice, arithmetic: Arithmetic) -> _Back:
        """The same for some of the batch."""
        spare = {
            name: array[rows] if array.ndim == 2 else array[:, rows]
            for name, array in self.spare.items()
            if name in _PARTS
        }
        data = None if self.slopes.data is None else self.slopes.data[:, rows]
        return _Back(
            arithmetic, self.how.part(rows), self.weights,
            (self.data[:, rows], self.start.part(rows), self.rows.part(rows)), self.grad[:, rows],
            Slopes(data, self.slopes.weights, self.slopes.start.part(rows)), spare,
        )  # fmt: skip

    def _steps(self, order: list[int], recurrent: Any, projection: Any) -> list[Call]:
        """All steps, the last first."""
        self.projection = projection
        calls: list[Call] = []
        for at, earlier in zip(order, [*order[1:], None], strict=True):
            calls += self._step(at, earlier, recurrent)
        return calls

    def _begin(self, order: list[int]) -> None:
        """The gradients of the outputs, and that of the last state on top."""
        xp, state = self.xp, self.slopes.start.state
        grad = self.grad if self.how.valid is None else self.grad * self.how.valid
        xp.copyto(self.pulls, grad)
        if order:
            self.pulls[order[0]] += state
            state[...] = 0

    def _step(self, at: int, earlier: int | None, recurrent: Any) -> list[Call]:
        """One step back; what it finds for the state before is added to that state's own gradient."""
        xp, pull = self.xp, self.pulls[at]
        target = self.slopes.start.state if earlier is None else self.pulls[earlier]
        bend = {"gru": self._gru, "lstm": self._lstm}.get(self.how.mode, self._plain)(at, earlier, pull, target)
        product = self.arithmetic.product(self.inner[at], recurrent, target, add=True)
        if self.how.valid is None:
            return [*bend, product]
        valid, cell = self.how.valid[at], self.slopes.start.cell

        def guarded() -> None:  # where a sequence has ended, gradients go on to the step before as they are
            xp.add(target, xp.where(valid, 0, pull), out=target)
            xp.multiply(pull, valid, out=pull)
            if cell is None:
                _one_by_one(bend)
            else:
                stay = xp.where(valid, 0, cell)
                xp.multiply(cell, valid, out=cell)
                _one_by_one(bend)
                xp.add(cell, stay, out=cell)
            product()

        return [guarded]

    def _plain(self, at: int, earlier: int | None, pull: Array, target: Array) -> list[Call]:
        xp, gates, out = self.xp, self.rows.gates[at], self.sums[at]

        def bend() -> None:
            if self.how.mode == "rnn_relu":
                xp.multiply(pull, gates > 0, out=out)
                return
            xp.multiply(gates, gates, out=out)
            xp.subtract(1, out, out=out)
            xp.multiply(pull, out, out=out)

        return [self.arithmetic.together(cells.plain_back(self.how.mode), [pull, gates], [out], bend)]

    def _lstm(self, at: int, earlier: int | None, pull: Array, target: Array) -> list[Call]:
        """`kept` gathers the gradient of the cell state; a(1 - b) is a - ab, which needs no further array."""
        assert self.rows.cells is not None
        kept, first_cell = self.slopes.start.cell, self.start.cell
        assert kept is not None and first_cell is not None
        xp, size, new = self.xp, self.size, self.rows.cells[at]
        cell = first_cell if earlier is None else self.rows.cells[earlier]
        enter, forget, fresh, leave = (self.rows.gates[at][:, gate * size : (gate + 1) * size] for gate in range(4))
        to_enter, to_forget, to_fresh, to_leave = (
            self.sums[at][:, gate * size : (gate + 1) * size] for gate in range(4)
        )
        bent, first, second = (self.spare[name] for name in ("bent", "first", "second"))
        pull, unproject = self._unprojected(at, pull)
        inside = self._inside(enter, fresh, forget, cell, new)
        multiply, subtract, add = xp.multiply, xp.subtract, xp.add

        def bend() -> None:
            xp.tanh(new, out=bent)
            multiply(pull, leave, out=second)
            multiply(second, bent, out=first)
            multiply(first, leave, out=to_leave)
            subtract(first, to_leave, out=to_leave)
            multiply(first, bent, out=first)
            subtract(second, first, out=second)
            add(kept, second, out=kept)
            if inside is not None:
                multiply(kept, inside(), out=kept)
            multiply(kept, enter, out=second)
            multiply(second, fresh, out=first)
            multiply(first, enter, out=to_enter)
            subtract(first, to_enter, out=to_enter)
            multiply(first, fresh, out=to_fresh)
            subtract(second, to_fresh, out=to_fresh)
            multiply(kept, forget, out=kept)
            multiply(kept, cell, out=first)
            multiply(first, forget, out=to_forget)
            subtract(first, to_forget, out=to_forget)

        together: Call = bend
        if inside is None:
            given = [pull, enter, forget, fresh, leave, cell, new, kept]
            made = [to_enter, to_forget, to_fresh, to_leave, kept]
            together = self.arithmetic.together(cells.lstm_back(), given, made, bend)
        return [*unproject, together]

    def _unprojected(self, at: int, pull: Array) -> tuple[Array, list[Call]]:
        """The gradient of what the projection was made from, and the call that finds it if there is a projection."""
        if self.projection is None:
            return pull, []
        made = self.spare["made"][at]
        return made, [self.arithmetic.product(pull, self.projection, made)]

    def _inside(self, enter: Array, fresh: Array, forget: Array, cell: Array, new: Array) -> Any:
        """Where clipping changed nothing; None without clipping."""
        clip = self.how.clip
        if clip is None:
            return None

        def where() -> Array:
            raw = forget * cell + enter * fresh
            clipped = self.xp.empty_like(raw)
            clip.apply(self.arithmetic, raw, clipped)
            return raw == clipped

        return where

    def _gru(self, at: int, earlier: int | None, pull: Array, target: Array) -> list[Call]:
        assert self.rows.cells is not None
        xp, size, part = self.xp, self.size, self.rows.cells[at]
        state = self.start.state if earlier is None else self.rows.states[earlier]
        reset, update, new = (self.rows.gates[at][:, gate * size : (gate + 1) * size] for gate in range(3))
        to_reset, to_update, to_new = (self.sums[at][:, gate * size : (gate + 1) * size] for gate in range(3))
        both, inner_both = (array[at][:, : 2 * size] for array in (self.sums, self.inner))
        inner_new, spare = self.inner[at][:, 2 * size :], self.spare["first"]
        multiply, subtract, add = xp.multiply, xp.subtract, xp.add

        def bend() -> None:
            multiply(pull, update, out=spare)
            add(target, spare, out=target)  # what goes directly to the state before
            subtract(pull, spare, out=inner_new)
            multiply(new, new, out=to_new)
            subtract(1, to_new, out=to_new)
            multiply(to_new, inner_new, out=to_new)
            subtract(state, new, out=to_update)
            multiply(to_update, spare, out=spare)
            multiply(spare, update, out=to_update)
            subtract(spare, to_update, out=to_update)
            multiply(to_new, reset, out=inner_new)
            multiply(inner_new, part, out=spare)
            multiply(spare, reset, out=to_reset)
            subtract(spare, to_reset, out=to_reset)
            xp.copyto(inner_both, both)

        given = [pull, target, reset, update, new, state, part]
        inner = [inner_both[:, :size], inner_both[:, size:], inner_new]
        made = [target, to_reset, to_update, to_new, *inner]
        return [self.arithmetic.together(cells.gru_back(), given, made, bend)]

    def _products(self, order: list[int]) -> list[Call]:
        """The gradients that are sums over all steps, and that of the data."""
        xp, product, slopes = self.xp, self.arithmetic.product, self.slopes
        sums, data = _flat(self.sums), _flat(self.data)
        calls = [] if slopes.data is None else [product(sums, self.weights.inputs, _flat(slopes.data))]
        calls += [
            product(sums.T, data, slopes.weights.inputs),
            partial(xp.sum, sums, axis=0, out=slopes.weights.input_bias),
        ]
        if self.inner is self.sums:
            calls.append(lambda: xp.copyto(slopes.weights.state_bias, slopes.weights.input_bias))
        else:
            calls.append(partial(xp.sum, _flat(self.inner), axis=0, out=slopes.weights.state_bias))
        calls += self._state_products(order)
        if slopes.weights.projection is not None:
            calls.append(self._projection_slope)
        return calls

    def _state_products(self, order: list[int]) -> list[Call]:
        """The gradient of the state's matrix: the first step had the first state before it, the others a row."""
        out, product = self.slopes.weights.state, self.arithmetic.product
        if not order:
            return [lambda: out.fill(0)]
        states, inner = self.rows.states, self.inner
        calls = [product(inner[order[-1]].T, self.start.state, out)]
        if len(order) > 1:
            later, before = (inner[:-1], states[1:]) if self.how.backwards else (inner[1:], states[:-1])
            calls.append(product(_flat(later).T, _flat(before), out, add=True))
        return calls

    def _projection_slope(self) -> None:
        leave = self.rows.gates[..., -self.size :]
        made = _flat(leave * self.xp.tanh(self.rows.cells))
        self.xp.matmul(_flat(self.pulls).T, made, out=self.slopes.weights.projection)


_PARTS = ("sums", "pulls", "bent", "first", "second", "inner", "made")
"""Arrays of `scratch` of which a part of the batch has its own rows."""


def _one_by_one(calls: Sequence[Call]) -> None:
    for call in calls:
        call()


def _flat(array: Array) -> Array:
    """Time and batch as one axis."""
    return array.reshape(-1, array.shape[-1])
