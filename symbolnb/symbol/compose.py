"""Putting graphs together: making a node from symbols and parameters, and filling a graph's variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symbolnb.errors import CompositionError, MXNetError
from symbolnb.graph.naming import current_attributes, current_names
from symbolnb.graph.node import Entry, Node, annotate
from symbolnb.graph.source import caller
from symbolnb.graph.subgraph import Subgraph
from symbolnb.graph.walk import auxiliary_nodes, copied, substitute, topological
from symbolnb.ops.base import HIDDEN_KEYS, Operator
from symbolnb.ops.control_flow import ControlFlow
from symbolnb.ops.parameters import show


def make_node(
    cls: type[Operator],
    hint: str,
    inputs: Sequence[Entry] | Mapping[str, Entry],
    parameters: Mapping[str, Any],
    name: str | None = None,
    attributes: Mapping[str, str] | None = None,
    subgraphs: Sequence[Subgraph] = (),
) -> Node:
    """A node of an operator: named, its missing inputs made as variables, attributes of the scope added.

    `inputs` are entries by position or by input name; `parameters` any values, which are kept as MXNet's
    strings; `subgraphs` the bodies of a loop or branch. Raises `ParameterError` or `CompositionError` with the
    node's name in the message.
    """
    source = caller()
    name = current_names().get(name, hint)
    own = user_attributes(current_attributes().get(dict(attributes or {})))
    own.update(user_attributes({key: show(value) for key, value in parameters.items()}))
    try:
        operator = cls.from_attributes(own)
        if isinstance(operator, ControlFlow):
            operator = operator.holding(subgraphs)
        chosen = _arrange(operator, name, inputs)
        _check_states(operator, chosen)
    except MXNetError as error:
        place = f" [{source}]" if source is not None else ""
        raise type(error)(f"{error} (node {name!r}){place}") from None
    preset = operator.input_attributes()
    made = []
    for input_name in operator.input_names():
        entry, given = chosen.get(input_name), preset.get(input_name, {})
        if entry is None:
            entry = Entry(Node(None, f"{name}_{input_name}", (), {**given, **own}, source))
        elif entry.node.is_variable:
            annotate(entry.node, {key: value for key, value in given.items() if key not in entry.node.attributes})
        made.append(entry)
    return Node(operator, name, tuple(made), own, source)


def _check_states(operator: Operator, chosen: Mapping[str, Entry]) -> None:
    names = operator.input_names()
    for position in operator.auxiliary_inputs():
        entry = chosen.get(names[position])
        if entry is not None and not entry.node.is_variable:
            raise CompositionError(
                f"{operator.name} changes its input {names[position]!r}, which must be a variable, "
                f"but it is the output of {entry.node.name!r}"
            )


def user_attributes(attributes: Mapping[str, str]) -> dict[str, str]:
    """Attributes as a node keeps them: MXNet's known keys without underscores get theirs."""
    return {f"__{key}__" if key in HIDDEN_KEYS else key: value for key, value in attributes.items()}


def _arrange(operator: Operator, name: str, inputs: Sequence[Entry] | Mapping[str, Entry]) -> dict[str, Entry]:
    """The given inputs by input name; `CompositionError` for too many or unknown ones."""
    names = operator.input_names()
    if isinstance(inputs, Mapping):
        unknown = [key for key in inputs if key not in names]
        if unknown:
            raise CompositionError(
                f"{operator.name} has no input {unknown[0]!r} with these parameters; its inputs are {', '.join(names)}"
            )
        return dict(inputs)
    if len(inputs) > len(names):
        raise CompositionError(
            f"{operator.name} takes {len(names)} inputs ({', '.join(names)}) with these parameters, "
            f"but {len(inputs)} are given"
        )
    return dict(zip(names, inputs, strict=False))


def fill(heads: Sequence[Entry], named: Mapping[str, Entry], name: str | None) -> tuple[Entry, ...]:
    """A copy of the graph with variables replaced by the entries named after them.

    The copy shares no node with the original; what is filled in is shared. With `name` the first head's
    node is renamed. Raises `CompositionError` for a name that no variable has.
    """
    fresh = copied(heads)
    found = {node.name: node for node in topological(fresh) if node.operator is None}
    for key in named:
        if key not in found:
            raise CompositionError(f"the graph has no variable {key!r} to fill; its variables are {', '.join(found)}")
    states = auxiliary_nodes(topological(fresh))
    for key, entry in named.items():
        if found[key] in states and not entry.node.is_variable:
            raise CompositionError(
                f"{key!r} is an auxiliary state, which only a variable can fill, but {entry.node.name!r} is computed"
            )
    fresh = substitute(fresh, {node: named[node.name] for node in found.values() if node.name in named})
    if name is None:
        return fresh
    first = fresh[0].node
    if any(first is entry.node for entry in named.values()):
        return fresh
    renamed = Node(first.operator, name, first.inputs, first.attributes, first.source)
    return substitute(fresh, {first: renamed})
