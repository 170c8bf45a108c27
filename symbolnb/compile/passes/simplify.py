"""Leaves out what computes nothing new: steps that undo each other, repeat themselves or change nothing.

Every rule gives the same bits as before. What only rounding would tell apart, such as two factors in a row or a sum
with zero (which makes -0 of 0), is left as the user wrote it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symbolnb.dtypes import DType, is_float
from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.graph.walk import auxiliary_nodes
from symbolnb.ops.base import Operator
from symbolnb.ops.registry import create

UNDO_THEMSELVES = {"SwapAxis", "negative", "reverse"}
"""Operators that give back what they got when they are applied twice."""

REPEAT_THEMSELVES = {"Activation", "abs", "ceil", "clip", "fix", "floor", "relu", "rint", "round", "sign", "trunc"}
"""Operators that change nothing the second time; of `Activation` that is relu."""

NEUTRAL = {"_mul_scalar": 1, "_div_scalar": 1, "_power_scalar": 1, "_minus_scalar": 0}
"""The number with which an operator on a number changes nothing."""

NOTHING_IF_AS_LARGE = {
    "Concat", "add_n", "broadcast_axis", "broadcast_like", "broadcast_to", "repeat", "slice_axis", "slice_like", "tile",
}  # fmt: skip
"""Operators whose result is their first input if it has the same shape, and if no other input is joined to it."""


def simplify(graph: Graph) -> Graph:
    """The graph in which readers of a superfluous step read what it had been given.

    Heads stay, and so does a copy of a state that some operator changes: it may hold what the state was before.
    """
    heads = {head.node for head in graph.heads}
    states = auxiliary_nodes(graph.order())

    def change(node: Node, inputs: tuple[Entry, ...], specs: Mapping[Entry, Spec]) -> Sequence[Entry] | None:
        if node in heads or node.num_outputs > 1 or not inputs:
            return None
        found = _simpler(node, inputs, specs)
        return None if found is None or found.node in states else [found]

    return graph.rewritten(change)


def _simpler(node: Node, inputs: tuple[Entry, ...], specs: Mapping[Entry, Spec]) -> Entry | None:
    """What takes the place of a node's only output, or None where it has to be computed."""
    given, made = specs[inputs[0]], specs[Entry(node)]
    rule = RULES.get(node.operator.name)
    found = None if rule is None else rule(node, inputs, specs)
    if found is None and given == made and _changes_nothing(node.operator, len(inputs)):
        found = inputs[0]
    return found


def _changes_nothing(operator: Operator, count: int) -> bool:
    """Whether an operator whose result is like its first input leaves that as it is."""
    if operator.name in NEUTRAL:
        return bool(getattr(operator, "scalar", None) == NEUTRAL[operator.name])
    joins = operator.name in ("Concat", "add_n") and count > 1
    return operator.name in NOTHING_IF_AS_LARGE and not joins


def _inner(entry: Entry, *names: str) -> Node | None:
    """The node behind an entry, if it is one of these operators."""
    operator = entry.node.operator
    return entry.node if operator is not None and operator.name in names else None


def _undone(node: Node, inputs: tuple[Entry, ...], specs: Mapping[Entry, Spec]) -> Entry | None:
    inner = _inner(inputs[0], node.operator.name)
    return inner.inputs[0] if inner is not None and inner.operator == node.operator else None


def _repeated(node: Node, inputs: tuple[Entry, ...], specs: Mapping[Entry, Spec]) -> Entry | None:
    inner = _inner(inputs[0], node.operator.name)
    same = inner is not None and inner.operator == node.operator
    return inputs[0] if same and getattr(node.operator, "act_type", "relu") == "relu" else None


def _turned(node: Node, inputs: tuple[Entry, ...], specs: Mapping[Entry, Spec]) -> Entry | None:
    """A transpose of a transpose is one, or none."""
    first = _inner(inputs[0], "transpose")
    axes = _axes(node.operator, len(specs[inputs[0]].shape))
    source = inputs[0]
    if first is not None:
        before = _axes(first.operator, len(axes))
        axes, source = tuple(before[axis] for axis in axes), first.inputs[0]
    if axes == tuple(range(len(axes))):
        return source
    if first is None:
        return None
    return Entry(replace(node, operator=create("transpose", axes=axes), inputs=(source,), attributes={}))


def _axes(operator: Any, count: int) -> tuple[int, ...]:
    given = operator.axes if operator.axes else tuple(reversed(range(count)))
    return tuple(axis % count for axis in given)


def _cast_back(node: Node, inputs: tuple[Entry, ...], specs: Mapping[Entry, Spec]) -> Entry | None:
    """A cast to a type that holds more, and back."""
    inner = _inner(inputs[0], "Cast", "amp_cast")
    if inner is None:
        return _same_type(node, inputs, specs)
    first, wide, last = specs[inner.inputs[0]].dtype, specs[inputs[0]].dtype, specs[Entry(node)].dtype
    return inner.inputs[0] if first == last and _holds(wide, first) else _same_type(node, inputs, specs)


def _same_type(node: Node, inputs: tuple[Entry, ...], specs: Mapping[Entry, Spec]) -> Entry | None:
    """The input, if the cast is to the type that it has."""
    return inputs[0] if specs[inputs[0]] == specs[Entry(node)] else None


def _holds(wide: DType, narrow: DType) -> bool:
    """Whether every number of a floating point type is also one of another."""
    if not (is_float(wide) and is_float(narrow)):
        return False
    if "bfloat16" in (wide.name, narrow.name):
        return wide == narrow or (narrow.name == "bfloat16" and wide.name in ("float32", "float64"))
    return np.can_cast(narrow, wide)


Rule = Callable[[Node, tuple[Entry, ...], Mapping[Entry, Spec]], Entry | None]

RULES: Mapping[str, Rule] = {
    **dict.fromkeys(UNDO_THEMSELVES, _undone),
    **dict.fromkeys(REPEAT_THEMSELVES, _repeated),
    "transpose": _turned,
    "Cast": _cast_back,
    "amp_cast": _cast_back,
}
"""What is tried for each operator."""
