"""Lets parts of a graph run in a 16-bit floating point type: inserts the casts of automatic mixed precision.

Unlike the passes of the pipeline it is asked for by the user (`symbolnb.contrib.amp`), before shapes are known, and
what it makes is a graph like any other. Micikevicius et al., "Mixed Precision Training", ICLR 2018, gives the idea.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from symbolnb.dtypes import FLAGS, FLOAT32, DType, is_float
from symbolnb.errors import MXNetError
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.walk import rewrite, topological
from symbolnb.ops.registry import create


@dataclass(frozen=True, kw_only=True)
class Precision:
    """Which operators run in which type; operators in no list take what comes."""

    target: DType
    """The 16-bit type."""
    low: frozenset[str]
    """Operators that run in the 16-bit type."""
    full: frozenset[str]
    """Operators that run in float32."""
    widest: frozenset[str]
    """Operators that run in the widest type among their inputs."""
    conditional: Mapping[str, Mapping[str, frozenset[str]]]
    """Operators that run in float32 where a parameter has one of some values: operator → parameter → values."""
    excluded: frozenset[str] = frozenset()
    """Names of nodes that run in float32 whatever they do."""
    parameters: frozenset[str] = frozenset()
    """Names of variables that hold what was learned; their types are written into the graph."""
    store_low: bool = False
    """Whether such a variable that an operator reads in the 16-bit type holds it in that type from the start."""


def reduce_precision(heads: Sequence[Entry], rules: Precision) -> tuple[Entry, ...]:
    """The graph with `amp_cast` and `amp_multicast` where the rules want them; its outputs stay float32."""
    casts = _Casts(rules, _stored_low(heads, rules))
    new_heads, _ = rewrite(heads, casts.change)
    return tuple(casts.as_full_head(head) for head in new_heads)


def _stored_low(heads: Sequence[Entry], rules: Precision) -> frozenset[str]:
    """The names of the variables that are to hold the 16-bit type."""
    if not rules.store_low:
        return frozenset()
    low = (node for node in topological(heads) if _kind(node, rules) == "low")
    found = {entry.node.name for node in low for entry in node.inputs if entry.node.is_variable}
    return frozenset(found & rules.parameters)


def _kind(node: Node, rules: Precision) -> str:
    """How a node is to run: low, full, conditional (float32 because of a parameter), widest, or either."""
    if node.operator is None:
        return "variable"
    name = node.operator.name
    if node.name in rules.excluded or name in rules.full:
        return "full"
    if name in rules.low:
        return "low"
    if name in rules.widest:
        return "widest"
    for parameter, values in rules.conditional.get(name, {}).items():
        if node.operator.to_attributes().get(parameter, str(getattr(node.operator, parameter, None))) in values:
            return "conditional"
    return "either"


@dataclass
class _Casts:
    """The rewriting: what is known of the types of the new graph's entries, and the casts that exist already."""

    rules: Precision
    stored_low: frozenset[str]
    known: dict[Entry, DType] = field(default_factory=dict)
    """The target or float32, where an entry is sure to have it."""
    made: dict[tuple[Entry, DType], Entry] = field(default_factory=dict)

    def change(self, node: Node, inputs: tuple[Entry, ...]) -> Sequence[Entry]:
        kind = _kind(node, self.rules)
        if kind == "variable":
            return [self._variable(node)]
        states = {inputs[position] for position in node.operator.auxiliary_inputs()}
        if kind == "low":
            inputs = tuple(entry if entry in states else self._cast(entry, self.rules.target) for entry in inputs)
        elif kind == "widest":
            inputs = self._widest(inputs)
        elif kind != "either":
            inputs = tuple(
                entry if entry in states or (kind == "full" and self._untouched(entry)) else self._cast(entry, FLOAT32)
                for entry in inputs
            )
        new = replace(node, inputs=inputs)
        outputs = [Entry(new, index) for index in range(new.num_outputs)]
        self._note(kind, new, outputs)
        return outputs

    def _untouched(self, entry: Entry) -> bool:
        """Whether it is a variable whose type is its own, float32 unless the user says otherwise."""
        return entry.node.is_variable and entry not in self.known and (entry, FLOAT32) not in self.made

    def _variable(self, node: Node) -> Entry:
        if node.name not in self.rules.parameters:
            return Entry(node)
        if node.name in self.stored_low:
            dtype = str(FLAGS[self.rules.target.name])
        else:
            declared = node.attributes.get("__dtype__", "0")
            dtype = "0" if declared in ("-1", "2", "12") else declared
        entry = Entry(replace(node, attributes={**node.attributes, "__dtype__": dtype}))
        if node.name in self.stored_low:
            self.known[entry] = self.rules.target
        return entry

    def _has(self, entry: Entry, dtype: DType) -> bool:
        """Whether the entry is of a type, or was already cast to it."""
        return self.known.get(entry) == dtype or (entry, dtype) in self.made

    def _cast(self, entry: Entry, dtype: DType) -> Entry:
        if self.known.get(entry) == dtype:
            return entry
        if (entry, dtype) not in self.made:
            operator = create("amp_cast", dtype=dtype.name)
            name = f"{entry.name}_amp_cast_{dtype.name}"
            cast = Entry(Node(operator, name, (entry,), dict(operator.to_attributes()), entry.node.source))
            self.known[cast] = dtype
            self.made[entry, dtype] = cast
        return self.made[entry, dtype]

    def _widest(self, inputs: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """The inputs in the 16-bit type if all have it, in float32 if all types are known, else settled by a node."""
        full = [self._has(entry, FLOAT32) for entry in inputs]
        low = [self._has(entry, self.rules.target) for entry in inputs]
        if all(one or other for one, other in zip(full, low, strict=True)):
            chosen = FLOAT32 if any(full) else self.rules.target
            return tuple(self._cast(entry, chosen) for entry in inputs)
        operator = create("amp_multicast", num_outputs=len(inputs))
        attributes = dict(operator.to_attributes())
        node = Node(operator, f"{inputs[0].name}_amp_multicast", inputs, attributes, inputs[0].node.source)
        return tuple(Entry(node, index) for index in range(len(inputs)))

    def _note(self, kind: str, node: Node, outputs: list[Entry]) -> None:
        """Write down the types of a node's outputs as far as they follow from the inputs' known ones."""
        if kind == "low":
            self.known.update(dict.fromkeys(outputs, self.rules.target))
        elif kind in ("full", "conditional"):
            self.known.update(dict.fromkeys(outputs, FLOAT32))
        elif node.inputs:
            types = [self.known.get(entry) if kind == "widest" else self._believed(entry) for entry in node.inputs]
            if types[0] is None:  # without it, MXNet asks no operator
                return
            try:
                _, found = node.operator.infer_dtype(types, [None] * len(outputs))
            except MXNetError:
                return
            self.known.update(
                {entry: dtype for entry, dtype in zip(outputs, found, strict=True) if self._counts(dtype)}
            )

    def _believed(self, entry: Entry) -> DType | None:
        """The type that MXNet takes an entry for when it works out what an operator makes of it.

        That is float32 where a cast to it exists and nothing else is known (it follows from a variable, then, which is
        float32 unless the user says otherwise), and unknown where a cast to the 16-bit type does, though it is float32.
        """
        known = self.known.get(entry)
        if known == self.rules.target or (entry, self.rules.target) not in self.made:
            return FLOAT32 if known is None and (entry, FLOAT32) in self.made else known
        return None

    def _counts(self, dtype: DType | None) -> bool:
        return dtype is not None and is_float(dtype) and dtype in (self.rules.target, FLOAT32)

    def as_full_head(self, head: Entry) -> Entry:
        """A head in float32, as it was before."""
        return (
            head if self._untouched(head) and (head, self.rules.target) not in self.made else self._cast(head, FLOAT32)
        )
