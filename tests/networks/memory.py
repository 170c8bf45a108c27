"""Going through a program without running it: where each value lies, and whether it is still there when it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import symbolnb as mx
from symbolnb.compile.plan import ALIGNMENT
from symbolnb.compile.program import Program, Step
from symbolnb.graph.node import Node


@dataclass(frozen=True)
class Extent:
    """Some bytes: of the arena, of what is kept beside it, or of an array of the caller's."""

    space: Any
    start: int
    end: int

    def meets(self, other: Extent) -> bool:
        """Whether both have a byte in common."""
        return self.space == other.space and self.start < other.end and other.start < self.end


class Walk:
    """Which slot's value stands in which bytes, while the steps of a program are gone through.

    `old_grads` maps a variable that holds a gradient to which another is added to the head that replaces it: both
    are the same array.
    """

    def __init__(self, program: Program, old_grads: Mapping[Node, int] | None = None) -> None:
        self.program = program
        self.old_grads = {} if old_grads is None else old_grads
        self.values: dict[int, Extent] = {}

    def extent(self, slot: int) -> Extent:
        """The bytes of a slot."""
        found, size = self.program.slots[slot], self.program.slots[slot].spec.nbytes
        if found.variable is not None:
            head = self.old_grads.get(found.variable)
            return Extent(found.variable if head is None else head, 0, size)
        if found.head is not None:
            return Extent(found.head, 0, size)
        if found.held is not None:
            assert found.held % ALIGNMENT == 0 and found.held + size <= self.program.held
            return Extent("held", found.held, found.held + size)
        assert found.storage is not None
        assert found.offset + size <= self.program.plan.lifetimes[found.storage].nbytes
        return self.stored(found.storage, size, found.offset)

    def stored(self, storage: int, size: int, offset: int = 0) -> Extent:
        """The bytes of a storage in the arena, or of a piece of it."""
        start = self.program.plan.offsets[storage] + offset
        assert start % ALIGNMENT == 0 and start + size <= self.program.plan.planned
        return Extent("arena", start, start + size)

    def passes(self) -> None:
        """Prepare, then twice forward and backward, the second time with what the first has left and kept."""
        program = self.program
        given = {slot: self.extent(slot) for slot in program.variables.values()}
        self.values = dict(given)
        self._run(program.steps[: program.prepared])
        kept = [step for step in program.steps[: program.prepared] for slot in step.outputs if self._is_held(slot)]
        for _ in range(2):
            self.values = given | {slot: at for slot, at in self.values.items() if at.space == "held"}
            self._run(program.steps[program.prepared :])
            assert all(self.values.get(slot) for step in kept for slot in step.outputs if self._is_held(slot))
        assert all(self.values.get(slot) == self.extent(slot) for slot in program.heads), "a head was overwritten"

    def _is_held(self, slot: int) -> bool:
        return self.program.slots[slot].held is not None

    def _run(self, steps: Iterable[Step]) -> None:
        for step in steps:
            self._step(step)

    def _step(self, step: Step) -> None:
        for slot in (*step.inputs, *(slot for slot, _ in step.conditions)):
            assert self.values.get(slot) == self.extent(slot), f"{step.node}: an input was overwritten"
        written = [] if step.workspace is None else [self._workspace(step.workspace)]
        there = {step.inputs[position]: self.extent(step.inputs[position]) for position in step.joined}
        for index, slot in enumerate(step.outputs if step.moves else ()):
            extent = self.extent(slot)
            assert not any(extent.meets(other) for other in written), f"{step.node}: two results in one place"
            assert not isinstance(extent.space, Node), f"{step.node}: output {index} is written into a variable"
            for position, source in enumerate(step.inputs):
                apart = not extent.meets(self.extent(source))
                fine = source in there or self._in_place(step, position, index)
                assert apart or fine, f"{step.node}: output {index} in an input"
            written.append(extent)
        if step.workspace is not None:
            inside = [slot for slot in step.inputs if written[0].meets(self.extent(slot))]
            assert not inside, f"{step.node}: scratch memory in an input"
        kept = self.values.items()
        self.values = {
            slot: place
            for slot, place in kept
            if not any(place.meets(other) for other in written) or place in there.values()
        }
        self.values |= {slot: self.extent(slot) for slot in step.outputs}

    def _workspace(self, storage: int) -> Extent:
        return self.stored(storage, self.program.plan.lifetimes[storage].nbytes)

    def _in_place(self, step: Step, position: int, index: int) -> bool:
        operator, slots = step.node.operator, self.program.slots
        if step.kernel is None:
            return (position, index) in operator.inplace_pairs()
        specs = [[slots[slot].spec for slot in side] for side in (step.inputs, step.outputs)]
        return (position, index) in step.kernel.inplace_pairs(operator, *specs)


def check(executor: mx.Executor) -> None:
    """Assert that no value of the executor's programs is overwritten while it is still read."""
    assert executor.programs
    for mode, loaded in executor._loaded.items():
        if mode.watched:
            continue
        program, old_grads = loaded.session.program, {}
        if loaded.training is not None:
            place = {node: program.forward_heads + at for at, node in enumerate(loaded.training.wanted)}
            old_grads = {old: place[node] for node, old in loaded.training.old_grads.items()}
        assert program.plan.planned <= program.plan.unplanned
        Walk(program, old_grads).passes()
