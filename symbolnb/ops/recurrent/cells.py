"""The elementwise part of a time step as a group of operators, for libraries that compute such a group at once.

The formulas are those of `forward` and `backward`, which have them as calls of the array library.
"""

from __future__ import annotations

from functools import cache

from symbolnb.ops.elementwise.fused import FusedElementwise, Member
from symbolnb.ops.registry import create


class _Group:
    """Gathers members; values are numbered, the inputs first."""

    def __init__(self, arity: int) -> None:
        self.arity = arity
        self.members: list[Member] = []

    def __call__(self, name: str, *places: int, **parameters: float) -> int:
        self.members.append(Member(create(name, **parameters), places))
        return self.arity + len(self.members) - 1

    def add(self, left: int, right: int) -> int:
        return self("elemwise_add", left, right)

    def subtract(self, left: int, right: int) -> int:
        return self("elemwise_sub", left, right)

    def multiply(self, left: int, right: int) -> int:
        return self("elemwise_mul", left, right)

    def bent(self, slope: int, gate: int) -> int:
        """The gradient of what went into a sigmoid, from that of the gate that came out: ``slope gate (1 - gate)``."""
        scaled = self.multiply(slope, gate)
        return self.subtract(scaled, self.multiply(scaled, gate))

    def giving(self, *results: int) -> FusedElementwise:
        """The whole, with these values as outputs."""
        return FusedElementwise(arity=self.arity, members=tuple(self.members), results=results)


@cache
def plain(mode: str) -> FusedElementwise:
    """From the sums of tanh or relu units to what they make, twice: as gates, and as the state."""
    group = _Group(1)
    made = group("tanh" if mode == "rnn_tanh" else "relu", 0)
    return group.giving(made, made)


@cache
def plain_back(mode: str) -> FusedElementwise:
    """From the gradient of the state and the units to the gradient of their sums."""
    group = _Group(2)
    if mode == "rnn_tanh":
        return group.giving(group.subtract(0, group.multiply(group.multiply(0, 1), 1)))
    return group.giving(group.multiply(0, group("_greater_scalar", 1, scalar=0.0)))


@cache
def lstm() -> FusedElementwise:
    """From the sums of the four gates and the cell state to the gates, the new cell state and the state."""
    group = _Group(5)
    enter, forget, leave = (group("sigmoid", place) for place in (0, 1, 3))
    fresh = group("tanh", 2)
    cell = group.add(group.multiply(forget, 4), group.multiply(enter, fresh))
    return group.giving(enter, forget, fresh, leave, cell, group.multiply(leave, group("tanh", cell)))


@cache
def lstm_back() -> FusedElementwise:
    """From the gradient of the state, the four gates, the cell states before and after, and the gradient of the latter
    to the gradients of the four sums and of the cell state before."""
    pull, enter, forget, fresh, leave, before, after, kept = range(8)
    group = _Group(8)
    bent = group("tanh", after)
    passed = group.multiply(pull, leave)
    cell = group.add(kept, group.subtract(passed, group.multiply(group.multiply(passed, bent), bent)))
    entered = group.multiply(cell, enter)
    return group.giving(
        group.bent(group.multiply(cell, fresh), enter),
        group.bent(group.multiply(cell, before), forget),
        group.subtract(entered, group.multiply(group.multiply(entered, fresh), fresh)),
        group.bent(group.multiply(pull, bent), leave),
        group.multiply(cell, forget),
    )


@cache
def gru() -> FusedElementwise:
    """From the sums of the three gates, their recurrent parts (that of the new gate apart) and the state to the gates
    and the recurrent part of the new one, and to the new state."""
    group = _Group(7)
    reset, update = (group("sigmoid", group.add(place, 3 + place)) for place in (0, 1))
    new = group("tanh", group.add(2, group.multiply(reset, 5)))
    state = group.add(new, group.multiply(update, group.subtract(6, new)))
    return group.giving(reset, update, new, 5, state)


@cache
def gru_back() -> FusedElementwise:
    """From the gradients of the state and of the one before, the three gates, the state before and the recurrent part
    of the new gate to the gradients of the state before, of the three sums, and of their three recurrent parts."""
    pull, target, reset, update, new, before, part = range(7)
    group = _Group(7)
    kept = group.multiply(pull, update)
    entered = group.subtract(pull, kept)
    to_new = group.subtract(entered, group.multiply(group.multiply(entered, new), new))
    to_reset = group.bent(group.multiply(to_new, part), reset)
    to_update = group.bent(group.multiply(pull, group.subtract(before, new)), update)
    inner = group.multiply(to_new, reset)
    return group.giving(group.add(target, kept), to_reset, to_update, to_new, to_reset, to_update, inner)
