"""A program bound to arrays: calls that were put together once and run again and again."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from operator import length_hint
from typing import Any

import numpy as np

from symbolnb.compile.program import Program, Slot, Step
from symbolnb.context import Context
from symbolnb.errors import CustomError, MXNetError
from symbolnb.graph.node import Node
from symbolnb.graph.spec import Spec
from symbolnb.kernels import openmp
from symbolnb.kernels.fused import chain
from symbolnb.kernels.native import FailedError, Version, hurry, parts_of
from symbolnb.runtime.joined import Joined, joined
from symbolnb.runtime.prepared import kept
from symbolnb.runtime.random import generator
from symbolnb.runtime.storage import Memory, allocate_bytes, memory_of, rewritten
from symbolnb.settings import settings

Array = Any
Call = Callable[[], object]
Watcher = Callable[[Step, Sequence[Array], Sequence[Array]], None]

MANY = 50
"""Halves of passes after which it is worth it to have all kernels compiled and their calls joined."""


class Session:
    """Runs one program on one set of arrays.

    `variables` gives the array of each variable of the program's graph, `heads` the array that each head
    is computed into; both must be dense and have the shapes and types that the program was compiled for.
    The arena is allocated here and belongs to the session; what is prepared once and kept from run to run is shared
    by all sessions that prepare the same from the same arrays.
    """

    def __init__(
        self, program: Program, context: Context, variables: Mapping[Node, Array], heads: Sequence[Array]
    ) -> None:
        self.program = program
        self.context = context
        self._arena = allocate_bytes(context, program.plan.planned)
        self._kept = [kept(self, each, context, variables) for each in program.preparations]
        self._starts = [each.held for each in program.preparations]
        self._draws = any(step.node.operator.random for step in program.steps)
        self._team = context.device_type != "gpu" and any(step.kernel is not None for step in program.steps)
        self._random: Any = None  # the random state before the last forward, where it can be had
        self._given = variables, heads
        self._lay()
        self._sources = _distinct(source for each in self._kept for source in each.sources)
        self._seen: list[int] | None = None  # versions of the sources when everything was last prepared
        self._halves = (program.prepared, program.forward), (program.forward, len(program.steps))
        self._passes = 0
        steps = program.steps[: program.forward], program.steps[program.forward :]
        halves = heads[: program.forward_heads], heads[program.forward_heads :]
        self._written = [self._memories(half, made) for half, made in zip(steps, halves, strict=True)]

    def _lay(self) -> None:
        """Say where each slot's value lies, and put the calls together."""
        self._arrays = [self._place(slot, *self._given) for slot in self.program.slots]
        with self.context.activate():
            self._calls = [self._unless_skipped(step, self._bind(step)) for step in self.program.steps]
        self._version = -1  # the version of native calls when they were last joined
        self._joined: tuple[Joined, ...] | None = None

    def forward(self) -> None:
        """Run the forward half."""
        if self._draws:
            self._random = getattr(generator(self.context).bit_generator, "state", None)
        self._prepare()
        self._half(False)

    def backward(self) -> None:
        """Run the backward half; a forward must have come before it."""
        self._half(True)

    def replay(self) -> None:
        """Run the forward half once more with the random numbers of the last time.

        A backward pass may have recycled what the forward half had computed.
        """
        if self._random is None:
            self.forward()
            return
        source = generator(self.context).bit_generator
        now, source.state = source.state, self._random
        try:
            self.forward()
        finally:
            source.state = now

    def watch(self, see: Watcher, backward: bool = False) -> None:
        """Run one half step by step and show each step's inputs and outputs to `see`, right after it ran.

        A step that is left out, because a condition says so, is not shown.
        """
        if not backward:
            self._prepare()
        for position in range(*self._halves[backward]):
            step = self.program.steps[position]
            if not hold(self._tests(step)):
                continue
            self._run(position, position + 1)
            see(
                step,
                [self._arrays[slot] for slot in step.inputs],
                [self._arrays[slot] for slot in step.outputs],
            )

    def _prepare(self) -> None:
        """Run those preparations whose arrays have changed since the last time, or may have."""
        versions = [source.version for source in self._sources]
        if versions == self._seen:
            return
        self._seen = None
        if any(place.crowded for place in self._kept):
            self._part()
        certain = True
        for preparation, place in zip(self.program.preparations, self._kept, strict=True):
            with place.lock:  # another session may be at it
                now = place.versions()
                if now is None or now != place.seen:
                    place.seen = None
                    self._run(preparation.start, preparation.stop)
                    place.seen = now
            certain = certain and now is not None
        if certain:
            self._seen = versions

    def _part(self) -> None:
        """Have memory of one's own for what is prepared from arrays that somebody else came to hold."""
        for at, preparation in enumerate(self.program.preparations):
            if self._kept[at].crowded:
                self._kept[at].users.discard(self)
                self._kept[at] = kept(self, preparation, self.context, self._given[0])
        self._lay()

    def _memories(self, steps: Sequence[Step], heads: Sequence[Array]) -> list[Memory]:
        """What a half writes to that others may hold: its heads, and the states that its operators change."""
        states = (self._arrays[step.inputs[at]] for step in steps for at in step.node.operator.auxiliary_inputs())
        found = (memory_of(array) for array in (*heads, *states))
        return _distinct(memory for memory in found if memory is not None)

    def _place(self, slot: Slot, variables: Mapping[Node, Array], heads: Sequence[Array]) -> Array:
        spec = slot.spec
        if slot.variable is not None:
            return variables[slot.variable].reshape(spec.shape)
        if slot.head is not None:
            return heads[slot.head]
        if slot.held is not None:
            at = bisect_right(self._starts, slot.held) - 1
            arena, offset = self._kept[at].bytes, slot.held - self._starts[at]
        else:
            assert slot.storage is not None
            arena, offset = self._arena, self.program.plan.offsets[slot.storage] + slot.offset
        array = arena[offset : offset + spec.nbytes].view(spec.dtype)
        return array.reshape(spec.shape) if spec.layout is None else array

    def _bind(self, step: Step) -> Call:
        inputs = [self._arrays[slot] for slot in step.inputs]
        outputs = [self._arrays[slot] for slot in step.outputs]
        operator, xp = step.node.operator, self.context.xp
        if not step.moves:
            return _nothing
        if step.kernel is not None:
            slots = self.program.slots
            specs = [slots[slot].spec for slot in step.inputs], [slots[slot].spec for slot in step.outputs]
            bound: Call = step.kernel.bind(operator, specs, inputs, outputs, self._workspace(step))
            return bound
        if operator.random:
            return partial(_sample, operator, xp, inputs, outputs, self.context)
        plain: Call = operator.bind(xp, inputs, outputs)
        return plain

    def _tests(self, step: Step) -> list[tuple[Array, bool]]:
        return [(self._arrays[slot], truth) for slot, truth in step.conditions]

    def _unless_skipped(self, step: Step, call: Call) -> Call:
        """The step's call, behind its conditions where it has some."""
        return partial(_run_if, self._tests(step), call) if step.conditions and call is not _nothing else call

    def _workspace(self, step: Step) -> Array | None:
        if step.workspace is None:
            return None
        plan = self.program.plan
        offset = plan.offsets[step.workspace]
        return self._arena[offset : offset + plan.lifetimes[step.workspace].nbytes]

    def _half(self, backward: bool) -> None:
        """Run one half as fast as can be: after many passes, in blocks of native calls."""
        if self._version != Version.number:
            self._count()
        if self._joined is None:
            self._run(*self._halves[backward])
        else:
            work = self._joined[backward]
            self._make(work.calls, work.steps, self._written[backward], work.native)

    def _count(self) -> None:
        """Note that one more half is run; after many of them, see to it that its calls are joined."""
        if self._passes >= MANY or settings.compile_at_once:
            self._join()
        else:
            self._passes += 1
            if self._passes == MANY:
                self._hurry()

    def _hurry(self) -> None:
        """Have everything compiled that can be."""
        if self._team:
            chain.prepare()
            for call in self._calls:
                for part in parts_of(call):
                    hurry(part)

    def _join(self) -> None:
        """Join the calls of both halves as they are now, if they can be."""
        self._version = Version.number
        self._hurry()
        if self._team and chain.ready():
            self._joined = tuple(joined(self._parts(half)) for half in self._halves)

    def _parts(self, half: tuple[int, int]) -> list[tuple[int, Call]]:
        """The calls of a half with the numbers of their steps, without those that do nothing."""
        calls = ((at, self._calls[at]) for at in range(*half))
        return [(at, part) for at, call in calls if call is not _nothing for part in parts_of(call)]

    def _run(self, start: int, stop: int) -> None:
        """Run some steps, one by one."""
        self._make(self._calls[start:stop], range(start, stop), self._written[start >= self.program.forward])

    def _make(
        self, calls: Sequence[Call], steps: Sequence[int], memories: Sequence[Memory], native: bool = False
    ) -> None:
        """Make calls that belong to some steps and may write to some memories; `native` ones never warn."""
        if self._team:
            openmp.settle()
        left = iter(calls)
        try:
            if native:
                for call in left:
                    call()
            else:
                with np.errstate(all="ignore"), self.context.activate():
                    for call in left:
                        call()
        except Exception as error:
            if isinstance(error, MXNetError) and not isinstance(error, CustomError):
                raise
            at = error.number if isinstance(error, FailedError) else steps[len(calls) - length_hint(left) - 1]
            step = self.program.steps[at]
            raise explained(step.node, [self.program.slots[slot].spec for slot in step.inputs], error) from error
        finally:
            rewritten(memories)


def _distinct(memories: Iterable[Memory]) -> list[Memory]:
    return list({id(memory): memory for memory in memories}.values())


def hold(tests: Sequence[tuple[Array, bool]]) -> bool:
    """Whether every number is as true as it must be, looking no further than the first that is not."""
    return all(bool(array.item()) is truth for array, truth in tests)


def _run_if(tests: Sequence[tuple[Array, bool]], call: Call) -> None:
    if hold(tests):
        call()


def _nothing() -> None:
    """What a view does that shares its input's memory."""


def _sample(operator: Any, xp: Any, inputs: Sequence[Array], outputs: Sequence[Array], context: Context) -> None:
    operator.sample(xp, inputs, outputs, generator(context))


def explained(node: Node, specs: Sequence[Spec], error: Exception) -> MXNetError:
    """The error of running one node: with its operator, its inputs of these specs, and its source line."""
    names = node.operator.input_names()
    shown = ", ".join(f"{name} {spec.shape} {spec.dtype}" for name, spec in zip(names, specs, strict=True))
    place = f" [{node.source}]" if node.source is not None else ""
    given = f" with {shown}" if shown else ""
    kind = type(error) if isinstance(error, MXNetError) else MXNetError
    return kind(f"{node.operator.name} {node.name!r} failed{given}: {error}{place}")
