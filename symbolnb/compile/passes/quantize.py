"""Lets parts of a graph run in 8-bit integers: inserts what quantizes, requantizes and dequantizes.

Like `reduce_precision` it is asked for by the user (`symbolnb.contrib.quantization`), before shapes are known. The
scheme, one symmetric scale for each array, is that of Jacob et al., "Quantization and Training of Neural Networks for
Efficient Integer-Arithmetic-Only Inference", CVPR 2018, as MXNet has it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from symbolnb.graph.node import Entry, Node
from symbolnb.graph.walk import rewrite, topological
from symbolnb.ops.registry import create, find


@dataclass(frozen=True)
class Counterpart:
    """The operator on integers that stands for another one."""

    name: str
    gains: bool = False
    """Whether it is worth conversions around it; the others are taken along where integers flow through them."""
    sums: bool = False
    """Whether it gives sums of 32 bits, which have to be requantized."""
    inputs: tuple[int, ...] = ()
    """Which inputs become integers; all of them where this is empty."""
    measured: bool = False
    """Whether it wants to know the range of its own output."""
    when: Callable[[Node], bool] = lambda _: True


COUNTERPARTS: Mapping[str, Counterpart] = {
    "Convolution": Counterpart("_contrib_quantized_conv", gains=True, sums=True),
    "FullyConnected": Counterpart("_contrib_quantized_fully_connected", gains=True, sums=True),
    "Activation": Counterpart("_contrib_quantized_act", when=lambda node: node.operator.act_type == "relu"),
    "Pooling": Counterpart(
        "_contrib_quantized_pooling", when=lambda node: node.operator.pool_type in ("max", "avg")
    ),
    "Flatten": Counterpart("_contrib_quantized_flatten"),
    "Concat": Counterpart("_contrib_quantized_concat", when=lambda node: node.operator.dim > 0),
    "elemwise_add": Counterpart("_contrib_quantized_elemwise_add", sums=True),
    "elemwise_mul": Counterpart("_contrib_quantized_elemwise_mul", sums=True),
    "BatchNorm": Counterpart("_contrib_quantized_batch_norm", inputs=(0,), measured=True),
    "Embedding": Counterpart("_contrib_quantized_embedding", inputs=(1,)),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Quantization:
    """What is to become integers."""

    dtype: str = "int8"
    """int8, uint8, or auto: uint8 where calibration finds nothing negative."""
    everything: bool = False
    """Whether every operator that can be quantized is, and not only those that gain and what lies between them."""
    excluded: frozenset[str] = frozenset()
    """Names of nodes that stay as they are."""
    excluded_operators: frozenset[str] = frozenset()
    """Operators that stay as they are."""
    offline: frozenset[str] = frozenset()
    """Variables that will be given as integers with their range, under names of their own."""


def quantize(heads: Sequence[Entry], wanted: Quantization) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The graph with integers where they are wanted, and the names of the arrays whose ranges it would like to know."""
    converter = _Converter(wanted, _chosen(heads, wanted))
    rewrite(heads, converter.change)
    return tuple(converter.as_float(head) for head in heads), tuple(converter.measured)


def _candidate(node: Node, wanted: Quantization) -> Counterpart | None:
    if node.operator is None or node.name in wanted.excluded or node.operator.name in wanted.excluded_operators:
        return None
    found = COUNTERPARTS.get(node.operator.name)
    return found if found is not None and found.when(node) else None


def _chosen(heads: Sequence[Entry], wanted: Quantization) -> dict[Node, Counterpart]:
    """The nodes to quantize: those that gain, and others if all are wanted or if they lie between such."""
    order = topological(heads)
    found = {node: one for node in order if (one := _candidate(node, wanted)) is not None}
    if wanted.everything:
        return found
    users: dict[Node, list[Node]] = {}
    for node in order:
        for entry in node.inputs:
            users.setdefault(entry.node, []).append(node)
    gaining = [node for node, one in found.items() if one.gains]
    before = _reached(gaining, found, lambda node: [entry.node for entry in node.inputs])
    behind = _reached(gaining, found, lambda node: users.get(node, []))
    return {node: one for node, one in found.items() if one.gains or (node in before and node in behind)}


def _reached(
    start: Sequence[Node], allowed: Mapping[Node, Counterpart], step: Callable[[Node], Sequence[Node]]
) -> set[Node]:
    """The nodes that can be reached by way of candidates alone."""
    found: set[Node] = set()
    queue = deque(start)
    while queue:
        for node in step(queue.popleft()):
            if node in allowed and node not in found:
                found.add(node)
                queue.append(node)
    return found


@dataclass
class _Converter:
    """The rewriting: what each old entry became, as numbers and as integers with the two ends of their range."""

    wanted: Quantization
    chosen: Mapping[Node, Counterpart]
    numbers: dict[Entry, Entry] = field(default_factory=dict)
    integers: dict[Entry, tuple[Entry, Entry, Entry]] = field(default_factory=dict)
    measured: dict[str, None] = field(default_factory=dict)

    def change(self, node: Node, _: tuple[Entry, ...]) -> None:
        if node in self.chosen:
            self._quantized(node, self.chosen[node])
            return
        new = replace(node, inputs=tuple(self.as_float(entry) for entry in node.inputs)) if node.inputs else node
        self.numbers.update({Entry(node, index): Entry(new, index) for index in range(node.num_outputs)})

    def as_float(self, entry: Entry) -> Entry:
        """The entry as numbers."""
        if entry not in self.numbers:
            node = entry.node
            made = Node(create("_contrib_dequantize"), f"{node.name}_dequantize", self.integers[entry], {}, node.source)
            self.numbers[entry] = Entry(made)
        return self.numbers[entry]

    def _as_integers(self, entry: Entry) -> tuple[Entry, Entry, Entry]:
        """The entry as integers, with the least and the greatest number that they stand for."""
        if entry not in self.integers:
            name, source = entry.name, entry.node.source
            if entry.node.is_variable and name in self.wanted.offline:
                ends = (f"{name}_quantize{end}" for end in ("", "_min", "_max"))
                first, low, high = (Entry(Node(None, one, source=source)) for one in ends)
                self.integers[entry] = (first, low, high)
            else:
                self.measured[name] = None
                operator, attributes = create("_contrib_quantize_v2", out_type=self.wanted.dtype), self._out_type()
                node = Node(operator, f"{name}_quantize", (self.as_float(entry),), attributes, source)
                self.integers[entry] = (Entry(node, 0), Entry(node, 1), Entry(node, 2))
        return self.integers[entry]

    def _out_type(self) -> dict[str, str]:
        return {"out_type": self.wanted.dtype}

    def _quantized(self, node: Node, counterpart: Counterpart) -> None:
        positions = counterpart.inputs if counterpart.inputs else tuple(range(len(node.inputs)))
        ranges: list[Entry] = []
        inputs: list[Entry] = []
        for position, entry in enumerate(node.inputs):
            if position in positions:
                whole, *ends = self._as_integers(entry)
                ranges += ends
                inputs.append(whole)
            else:
                inputs.append(self.as_float(entry))
        operator = find(counterpart.name).from_attributes(_parameters_of(node))
        name = f"quantized_{node.name}"
        new = Node(operator, name, (*inputs, *ranges), dict(node.attributes), node.source)
        outputs = (Entry(new, 0), Entry(new, 1), Entry(new, 2))
        if counterpart.sums or counterpart.measured:
            self.measured[Entry(node).name] = None
        if counterpart.sums:
            again = create("_contrib_requantize", out_type=self.wanted.dtype)
            last = Node(again, f"requantize_{node.name}", outputs, self._out_type(), node.source)
            outputs = (Entry(last, 0), Entry(last, 1), Entry(last, 2))
        self.integers[Entry(node)] = outputs


def _parameters_of(node: Node) -> dict[str, str]:
    """A node's own parameters as strings, without what else the user attached to it."""
    return {name: text for name, text in node.operator.to_attributes().items() if not name.startswith("__")}


def calibrate(heads: Sequence[Entry], ranges: Mapping[str, tuple[float, float]]) -> tuple[Entry, ...]:
    """The quantized graph with ranges written into it, so that it need not look for them at every run.

    `ranges` has the least and the greatest number by the name of an array of the graph before quantization.
    """

    def change(node: Node, inputs: tuple[Entry, ...]) -> Sequence[Entry] | None:
        name = None if node.operator is None else _array_of(node)
        if node.operator is None or name is None or name not in ranges:
            return None
        low, high = ranges[name]
        added = {"min_calib_range": f"{low:.6f}", "max_calib_range": f"{high:.6f}"}
        operator = type(node.operator).from_attributes({**node.operator.to_attributes(), **added})
        new = replace(node, operator=operator, inputs=inputs, attributes={**node.attributes, **added})
        return [Entry(new, index) for index in range(new.num_outputs)]

    return rewrite(heads, change)[0]


def _array_of(node: Node) -> str | None:
    """The name of the array, in the graph before quantization, whose range a node wants to know."""
    if node.operator.name == "_contrib_quantize_v2":
        return node.name.removesuffix("_quantize")
    if node.operator.name == "_contrib_requantize":
        return f"{node.name.removeprefix('requantize_')}_output"
    if node.operator.name == "_contrib_quantized_batch_norm":
        return f"{node.name.removeprefix('quantized_')}_output"
    return None
