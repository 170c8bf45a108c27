"""From a graph to a program: a tuple of steps over slots, with the memory of every slot decided."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from symbolnb.compile import passes
from symbolnb.compile.join import in_place, joined
from symbolnb.compile.plan import Lifetime, Plan, aligned, place
from symbolnb.compile.schedule import schedule
from symbolnb.compile.skip import Condition, conditions
from symbolnb.compile.verify import verify
from symbolnb.graph.graph import Choice, Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.settings import settings


class Slot(NamedTuple):
    """Where a value lives: in a variable's array, in a head's array, in the arena, or beside it.

    Exactly one of `variable`, `head`, `storage` and `held` is set; several slots may have the same one when the
    plan lets them share memory. `offset` is where in its storage, in bytes, a value begins that is a piece of a
    larger one. `held` is an offset into the memory of what is kept from run to run.
    """

    spec: Spec
    variable: Node | None = None
    head: int | None = None
    storage: int | None = None
    held: int | None = None
    offset: int = 0


class Preparation(NamedTuple):
    """The steps from `start` to `stop`, which need to run again only when an array of `variables` has changed.

    What is kept of their results lies in the `nbytes` from the offset `held` on. Preparations of equal `work`, which
    may be of different programs, compute the same from equal arrays and lay it down in the same way.
    """

    start: int
    stop: int
    variables: tuple[Node, ...]
    held: int
    nbytes: int
    work: Hashable


class Step(NamedTuple):
    """One node to compute: its kernel (None for the reference forward), slots, and scratch storage."""

    node: Node
    kernel: Any
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    workspace: int | None = None
    moves: bool = True
    """False for a view that shares its input's memory, and where every input is `joined`: nothing has to be done."""
    conditions: tuple[tuple[int, bool], ...] = ()
    """Slots of single numbers and the truth that each must have, or the step is left out: nobody reads it then."""
    joined: tuple[int, ...] = ()
    """Inputs of a concatenation that already lie where they belong in its result."""


@dataclass(frozen=True)
class Program:
    """Everything that does not depend on particular arrays.

    `steps[:forward]` compute the first `forward_heads` heads, the others the gradients; those of `preparations`
    come first. `heads` and `variables` give the slots that the caller's arrays take. `held` is how many bytes are
    kept from run to run, beside the planned ones.
    """

    steps: tuple[Step, ...]
    forward: int
    slots: tuple[Slot, ...]
    heads: tuple[int, ...]
    forward_heads: int
    variables: dict[Node, int]
    plan: Plan
    graph: Graph
    preparations: tuple[Preparation, ...] = ()
    held: int = 0

    @property
    def prepared(self) -> int:
        """How many steps are preparations."""
        return self.preparations[-1].stop if self.preparations else 0


def compile_graph(graph: Graph, *, keep: bool = False, optimize: bool = True) -> Program:
    """Run the passes, plan the memory and lay down the steps.

    With `keep` every entry has memory of its own, so that all can be looked at after a run. Without
    `optimize` only the passes that a program cannot do without are run and every kernel is the reference.
    """
    return _compiled(graph, passes.PIPELINE if optimize else passes.PIPELINE[:1], keep)


def _compiled(graph: Graph, pipeline: Sequence[passes.Pass], keep: bool) -> Program:
    for position, change in enumerate(pipeline, 1):
        graph = change(graph)
        if settings.verify:
            verify(graph)
        if graph.choices:
            return _least(graph.choices, pipeline[position:], keep)
    return _Builder(graph, keep).build()


def _least(choices: Sequence[Choice], pipeline: Sequence[passes.Pass], keep: bool) -> Program:
    """The program that plans the fewest bytes; graphs that will need more than is planned already are not tried."""
    best = _compiled(choices[0].graph, pipeline, keep)
    for graph, nbytes in choices[1:]:
        if nbytes < best.plan.planned:
            best = min(best, _compiled(graph, pipeline, keep), key=lambda program: program.plan.planned)
    return best


class _Builder:
    """Assigns slots and storages while walking the nodes once, then places the storages."""

    def __init__(self, graph: Graph, keep: bool) -> None:
        self.graph, self.keep = graph, keep
        first = dict.fromkeys(node for group in graph.prepared for node in group)
        self.nodes = [*first, *(node for node in schedule(graph) if node.operator is not None and node not in first)]
        self.prepared = set(first)
        self.lasting = {entry for node in self.nodes[len(first) :] for entry in node.inputs if entry.node in first}
        self.held = 0
        self.held_until: list[int] = []  # after each step
        self.slots: list[Slot] = []
        self.slot_of: dict[Entry, int] = {}
        self.head_of = {head: position for position, head in enumerate(graph.heads)}
        self.last_use: dict[Entry, int] = {}
        self.storages: list[list[int]] = []  # bytes, first, last
        self.unplanned = 0
        self.conditions = conditions(self.nodes, graph.heads)
        self.places = {} if keep else joined(graph, self.nodes, self.prepared)
        self.wholes: dict[Entry, int] = {}  # the storages of joined results
        self.ends: dict[Entry, int] = {}  # and the last steps at which any part of them is read

    def build(self) -> Program:
        for position, node in enumerate(self.nodes):
            for entry in node.inputs:
                self.last_use[entry] = position
        for entry, spot in self.places.items():
            self.ends[spot.whole] = max(self.ends.get(spot.whole, 0), self.last_use.get(entry, 0))
        variables = self._variables()
        steps = []
        for position, node in enumerate(self.nodes):
            steps.append(self._step(position, node))
            self.held_until.append(self.held)
        plan = place([Lifetime(*storage) for storage in self.storages], self.unplanned)
        heads = tuple(self.slot_of[head] for head in self.graph.heads)
        return Program(tuple(steps), self._forward_steps(), tuple(self.slots), heads, self.graph.forward,
                       variables, plan, self.graph, self._preparations(), self.held)  # fmt: skip

    def _preparations(self) -> tuple[Preparation, ...]:
        found: list[Preparation] = []
        start, held = 0, 0
        for group in self.graph.prepared:
            read = (entry.node for node in group for entry in node.inputs if entry.node.operator is None)
            variables = tuple(dict.fromkeys(read))
            stop, end = start + len(group), self.held_until[start + len(group) - 1]
            found.append(Preparation(start, stop, variables, held, end - held, self._work(group, variables, held)))
            start, held = stop, end
        return tuple(found)

    def _work(self, group: Sequence[Node], variables: Sequence[Node], held: int) -> Hashable:
        """What some nodes compute, with which kernels, from which of the variables, and what of it is kept where."""
        numbers = {node: number for number, node in enumerate((*variables, *group))}
        rows: list[Hashable] = [self.graph.specs[Entry(variable)] for variable in variables]
        for node in group:
            made = [self.slots[self.slot_of[Entry(node, index)]] for index in range(node.num_outputs)]
            kept = [(slot.spec, None if slot.held is None else slot.held - held) for slot in made]
            read = [(numbers[entry.node], entry.index) for entry in node.inputs]
            rows.append((node.operator, self.graph.kernels.get(node), tuple(read), tuple(kept)))
        return tuple(rows)

    def _variables(self) -> dict[Node, int]:
        found: dict[Node, int] = {}
        for node in self.graph.order():
            if node.operator is None:
                entry = Entry(node)
                found[node] = self._slot(entry, Slot(self.graph.specs[entry], variable=node))
        return found

    def _forward_steps(self) -> int:
        """How many steps the forward heads need, after what is prepared: the nodes up to the last, in graph order."""
        wanted = Graph(self.graph.heads[: self.graph.forward], self.graph.forward, self.graph.specs).order()
        return len(self.prepared.union(node for node in wanted if node.operator is not None))

    def _slot(self, entry: Entry, slot: Slot) -> int:
        self.slots.append(slot)
        self.slot_of[entry] = len(self.slots) - 1
        return len(self.slots) - 1

    def _step(self, position: int, node: Node) -> Step:
        graph = self.graph
        kernel = graph.kernels.get(node)
        inputs = tuple(self.slot_of[entry] for entry in node.inputs)
        given = [graph.specs[entry] for entry in node.inputs]
        made = [graph.specs[Entry(node, index)] for index in range(node.num_outputs)]
        pairs = node.operator.inplace_pairs() if kernel is None else kernel.inplace_pairs(node.operator, given, made)
        moves, taken, outputs = True, set[int](), []
        for index, spec in enumerate(made):
            entry = Entry(node, index)
            if entry in self.head_of:
                slot = Slot(spec, head=self.head_of[entry])
            else:
                lasting = entry in self.lasting
                self.unplanned += 0 if lasting else aligned(spec.nbytes)
                shared = self._joined(entry, position, spec)
                if shared is None and not self.keep:
                    shared = self._shared(position, node, index, pairs, taken)
                if lasting and shared is not None and shared.storage is not None:
                    shared = None  # what is kept cannot lie where others will
                moves = moves and not (shared is not None and node.operator.view)
                if shared is not None:
                    slot = shared._replace(spec=spec)
                elif lasting:
                    slot = Slot(spec, held=self.held)
                    self.held += aligned(spec.nbytes)
                else:
                    slot = Slot(spec, storage=self._storage(spec.nbytes, position, position))
                if slot.storage is not None:
                    self._extend(slot.storage, self.last_use.get(entry, position), spec.nbytes)
            outputs.append(self._slot(entry, slot))
        scratch = 0 if kernel is None else kernel.workspace(node.operator, given, made)
        self.unplanned += aligned(scratch)
        workspace = self._storage(scratch, position, position) if scratch else None
        tests = tuple((self.slot_of[entry], truth) for entry, truth in self._conditions(node))
        there = in_place(node, self.places, graph.specs)
        moves = moves and not 0 < len(inputs) == len(there)
        return Step(node, kernel, inputs, tuple(outputs), workspace, moves, tests, there)

    def _joined(self, entry: Entry, position: int, spec: Spec) -> Slot | None:
        """The slot of an entry that lies in the storage of a joined result, which its first piece makes."""
        spot = self.places.get(entry)
        if spot is None:
            return None
        if spot.whole not in self.wholes:
            nbytes = self.graph.specs[spot.whole].nbytes
            self.wholes[spot.whole] = self._storage(nbytes, position, self.ends[spot.whole])
        return Slot(spec, storage=self.wholes[spot.whole], offset=spot.offset)

    def _conditions(self, node: Node) -> Sequence[Condition]:
        return () if node in self.prepared else self.conditions.get(node, ())

    def _storage(self, nbytes: int, first: int, last: int) -> int:
        self.storages.append([nbytes, first, len(self.nodes) if self.keep else last])
        return len(self.storages) - 1

    def _extend(self, storage: int, last: int, nbytes: int) -> None:
        record = self.storages[storage]
        record[0], record[2] = max(record[0], nbytes), max(record[2], last)

    def _shared(
        self, position: int, node: Node, index: int, pairs: Sequence[tuple[int, int]], taken: set[int]
    ) -> Slot | None:
        """The input slot whose memory the output may take: that of a view, or of an input used for the last time."""
        made = self.graph.specs[Entry(node, index)]
        for source, target in pairs:
            if target != index or source >= len(node.inputs) or source in taken:
                continue
            entry = node.inputs[source]
            slot = self.slots[self.slot_of[entry]]
            same_bytes = slot.spec.nbytes == made.nbytes and slot.spec.dtype == made.dtype
            if not same_bytes or slot.spec.layout != made.layout:
                continue
            if node.operator.view:
                return slot if slot.head is None else None
            if slot.storage is None or self.storages[slot.storage][2] > position:
                continue
            if sum(self.slots[self.slot_of[other]].storage == slot.storage for other in node.inputs) == 1:
                taken.add(source)
                return slot
        return None


def describe(program: Program) -> str:
    """The program as text: a line for each step with slots and storages, then the planned bytes."""
    lines = ["prepared, and again when an array changes:"] if program.preparations else []
    for number, step in enumerate(program.steps):
        if number == program.forward:
            lines.append("backward:")
        elif number == program.prepared > 0:
            lines.append("forward:")
        library = "" if step.kernel is None else f"[{step.kernel.library}]"
        places = ", ".join(_place(program, slot) for slot in step.outputs)
        tests = " and ".join(f"{'' if truth else 'not '}{_place(program, slot)}" for slot, truth in step.conditions)
        condition = f" if {tests}" if tests else ""
        lines.append(f"{number:4} {step.node.operator}{library} {step.node.name} -> {places}{condition}")
    plan = program.plan
    lines.append(f"planned {plan.planned} bytes for {plan.unplanned} bytes of intermediate results")
    if program.held:
        lines.append(f"holds {program.held} bytes of prepared results")
    return "\n".join(lines)


def _place(program: Program, slot: int) -> str:
    found = program.slots[slot]
    if found.head is not None:
        return f"head {found.head}"
    if found.variable is not None:
        return f"in {found.variable.name}"
    if found.held is not None:
        return f"held {found.held}"
    assert found.storage is not None
    return f"@{program.plan.offsets[found.storage] + found.offset}"
