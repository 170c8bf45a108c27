"""MXNet's symbol JSON, both ways: the exact text that MXNet 1.9.1 writes, and every file that it reads.

A file is not trusted: its structure is checked before anything is built from it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from symbolnb.errors import FormatError, MXNetError
from symbolnb.graph.node import Entry, Node, annotate
from symbolnb.graph.subgraph import Subgraph
from symbolnb.graph.walk import topological
from symbolnb.ops.base import HIDDEN_KEYS, Operator
from symbolnb.ops.control_flow import ControlFlow
from symbolnb.ops.registry import find

VERSION = 10901
"""The number of MXNet 1.9.1 in its files."""

DEEPEST = 32
"""How many graphs a graph of a file may lie inside of."""

LONGEST_LINE = 10
"""MXNet writes a list of more items than this one item a line."""


def dumps(heads: Sequence[Entry]) -> str:
    """The graph as MXNet 1.9.1 writes it, to the character.

    The third number of an edge is how often operators had changed the auxiliary variable it reads when the
    edge was made.
    """
    document = {**_graph(heads), "attrs": {"mxnet_version": ["int", VERSION]}}
    return _write(document, 0)


def _graph(heads: Sequence[Entry]) -> dict[str, Any]:
    """A graph, or one inside of a node, as the JSON object that describes it."""
    order = topological(heads)
    numbers = {node: number for number, node in enumerate(order)}
    versions, changes = edge_versions(order)
    nodes = []
    for node in order:
        record: dict[str, Any] = {
            "op": "null" if node.operator is None else node.operator.name,
            "name": node.name,
        }
        attributes = stored_attributes(node)
        if attributes:
            record["attrs"] = dict(sorted(attributes.items()))
        record["inputs"] = [
            [numbers[entry.node], entry.index, version]
            for entry, version in zip(node.inputs, versions[node], strict=True)
        ]
        if isinstance(node.operator, ControlFlow):
            record["subgraphs"] = [_graph(body.heads) for body in node.operator.subgraphs]
        nodes.append(record)
    pointers = [0]
    for node in order:
        pointers.append(pointers[-1] + node.num_outputs)
    return {
        "nodes": nodes,
        "arg_nodes": [number for number, node in enumerate(order) if node.operator is None],
        "node_row_ptr": pointers,
        "heads": [[numbers[head.node], head.index, changes.get(head.node, 0)] for head in heads],
    }


def stored_attributes(node: Node) -> dict[str, str]:
    """A node's attributes as files hold them; a node that a pass made shows its operator's parameters."""
    if node.operator is not None and not node.attributes:
        return dict(node.operator.to_attributes())
    return dict(node.attributes)


def edge_versions(order: Sequence[Node]) -> tuple[dict[Node, list[int]], dict[Node, int]]:
    """How often the variable of each edge has been changed by then, its own node included, and of each in the end."""
    changes: dict[Node, int] = {}
    versions: dict[Node, list[int]] = {}
    for node in order:
        if node.operator is not None:
            for position in node.operator.auxiliary_inputs():
                state = node.inputs[position].node
                changes[state] = changes.get(state, 0) + 1
        versions[node] = [changes.get(entry.node, 0) for entry in node.inputs]
    return versions, changes


def _write(value: Any, indent: int, multiline: bool | None = None) -> str:
    """MXNet's own JSON style: two spaces of indent, a space behind each comma, short lists on one line."""
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'
    if isinstance(value, int):
        return str(value)
    inner = indent + 2
    if isinstance(value, dict):
        items = [f"{_write(key, inner)}: {_write(item, inner)}" for key, item in value.items()]
        opening, closing, long = "{", "}", len(items) > 1
    else:
        items = [_write(item, inner) for item in value]
        holds_objects = bool(value) and isinstance(value[0], dict)
        opening, closing, long = "[", "]", holds_objects or len(items) > LONGEST_LINE
    if not long:
        return opening + ", ".join(items) + closing
    pad = " " * inner
    return f"{opening}\n{pad}" + f", \n{pad}".join(items) + f"\n{' ' * indent}{closing}"


def loads(text: str) -> tuple[Entry, ...]:
    """The heads of the graph in a file's text, of this or an older version of MXNet.

    Raises `FormatError` for what is not such a file, is cut short, has a cycle or points nowhere, and the
    operator's own error, with the node's name, for an unknown operator or parameter.
    """
    document = _document(text)
    return _read(document, _version(document), 0)


def _read(document: dict[str, Any], version: int, depth: int) -> tuple[Entry, ...]:
    """The heads of a graph that lies so many graphs deep inside of others."""
    records = document["nodes"]
    nodes: list[Node] = []
    for number, record in enumerate(records):
        inputs = [_input(item, number, nodes, records) for item in _list(record, "inputs", number)]
        bodies = _bodies(record, number, version, depth)
        nodes.append(_node(record, number, inputs, version, bodies))
    heads = [_head(item, nodes) for item in document["heads"]]
    if not heads:
        raise FormatError("symbol JSON: the graph has no heads")
    return tuple(heads)


def _bodies(record: dict[str, Any], number: int, version: int, depth: int) -> list[Subgraph]:
    """The graphs inside of a node."""
    if "subgraphs" not in record:
        return []
    if depth == DEEPEST:
        raise FormatError(f"symbol JSON: node {number} holds a graph inside of {DEEPEST} others")
    return [Subgraph(_read(_checked(item), version, depth + 1)) for item in _list(record, "subgraphs", number)]


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text, strict=False)  # MXNet writes control characters as they are
    except RecursionError:
        raise FormatError("symbol JSON: nested too deeply") from None
    except ValueError as error:
        kind = "is empty" if not text.strip() else f"is cut short or broken ({error})"
        raise FormatError(f"symbol JSON: the text {kind}") from None
    return _checked(document)


def _checked(document: Any) -> dict[str, Any]:
    """What JSON holds for a graph, if that can be one."""
    if not isinstance(document, dict):
        raise FormatError("symbol JSON: the text is JSON but not a graph")
    missing = [key for key in ("nodes", "heads") if not isinstance(document.get(key), list)]
    if missing:
        raise FormatError(f"symbol JSON: the list {missing[0]!r} is missing; there are {', '.join(map(str, document))}")
    return document


def _version(document: dict[str, Any]) -> int:
    """MXNet's number of the version that wrote the file; 0 where it does not say."""
    attributes = document.get("attrs")
    found = attributes.get("mxnet_version") if isinstance(attributes, dict) else None
    return found[1] if isinstance(found, list) and len(found) == 2 and isinstance(found[1], int) else 0


def _list(record: Any, key: str, number: int) -> list[Any]:
    if not isinstance(record, dict) or not isinstance(record.get(key), list):
        raise FormatError(f"symbol JSON: node {number} has no list {key!r}")
    found: list[Any] = record[key]
    return found


def _pair(item: Any, where: str) -> tuple[int, int]:
    if not isinstance(item, list) or len(item) not in (2, 3) or not all(type(value) is int for value in item):
        raise FormatError(f"symbol JSON: {where} is {item!r}, not [node, output, version]")
    return item[0], item[1]


def _input(item: Any, number: int, nodes: list[Node], records: list[Any]) -> Entry:
    source, output = _pair(item, f"an input of node {number}")
    if not 0 <= source < len(records):
        raise FormatError(f"symbol JSON: node {number} reads node {source}, but there are only {len(records)} nodes")
    if source >= number:
        name = records[number].get("name") if isinstance(records[number], dict) else None
        raise FormatError(
            f"symbol JSON: node {number} ({name!r}) reads node {source}, which comes later: the graph has a cycle"
        )
    return _entry(nodes[source], output, f"node {number}")


def _head(item: Any, nodes: list[Node]) -> Entry:
    source, output = _pair(item, "a head")
    if not 0 <= source < len(nodes):
        raise FormatError(f"symbol JSON: a head is node {source}, but there are only {len(nodes)} nodes")
    return _entry(nodes[source], output, "a head")


def _entry(node: Node, output: int, reader: str) -> Entry:
    if not 0 <= output < node.num_outputs:
        raise FormatError(
            f"symbol JSON: {reader} reads output {output} of {node.name!r}, which has {node.num_outputs} output(s)"
        )
    return Entry(node, output)


def _node(record: dict[str, Any], number: int, inputs: list[Entry], version: int, bodies: Sequence[Subgraph]) -> Node:
    name, kind = record.get("name"), record.get("op")
    if not isinstance(name, str) or not isinstance(kind, str):
        raise FormatError(f"symbol JSON: node {number} has no 'op' and 'name'")
    attributes = _attributes(record, number, name)
    if kind == "null":
        if inputs:
            raise FormatError(f"symbol JSON: variable {name!r} has inputs")
        return Node(None, name, (), _with_underscores(attributes))
    inherited = {
        key: value for key, value in attributes.items() if key.endswith(HIDDEN_KEYS) and key not in HIDDEN_KEYS
    }
    attributes = _with_underscores(
        {key: value for key, value in attributes.items() if key not in inherited or key.startswith("__")}
    )
    try:
        operator = find(kind).from_attributes(attributes)
        if isinstance(operator, ControlFlow):
            operator = operator.holding(bodies)
        elif bodies:
            raise FormatError(f"{kind} holds no graphs, but 'subgraphs' has {len(bodies)}")
    except MXNetError as error:
        raise type(error)(f"symbol JSON: node {number} ({name!r}): {error}") from None
    return Node(operator, name, _completed(operator, name, inputs, attributes, inherited, version), attributes)


def _attributes(record: dict[str, Any], number: int, name: str) -> dict[str, str]:
    """The attributes under any of the keys that MXNet's versions have used."""
    merged: dict[str, str] = {}
    for key in ("param", "attr", "attrs"):
        found = record.get(key, {})
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            raise FormatError(f"symbol JSON: node {number} ({name!r}): {key!r} must map names to texts")
        merged.update(found)
    return merged


def _with_underscores(attributes: dict[str, str]) -> dict[str, str]:
    """Old files write some user attributes without underscores."""
    return {f"__{key}__" if key in HIDDEN_KEYS else key: value for key, value in attributes.items()}


def _completed(
    operator: Operator,
    name: str,
    inputs: list[Entry],
    attributes: dict[str, str],
    inherited: dict[str, str],
    version: int,
) -> tuple[Entry, ...]:
    """The node's inputs; old files leave out auxiliary states, and give attributes of inputs to the operator."""
    names = operator.input_names()
    auxiliary = len(operator.auxiliary_inputs())
    if len(inputs) == len(names) - auxiliary and auxiliary and version < 900:
        preset = operator.input_attributes()
        inputs.extend(
            Entry(Node(None, f"{name}_{missing}", (), dict(preset.get(missing, {}))))
            for missing in names[len(inputs) :]
        )
    if len(inputs) != len(names):
        raise FormatError(
            f"symbol JSON: {operator.name} {name!r} has {len(inputs)} inputs but needs {len(names)}: {', '.join(names)}"
        )
    completed = []
    for input_name, entry in zip(names, inputs, strict=True):
        given = {
            f"__{key.removeprefix(input_name + '_')}__": value
            for key, value in inherited.items()
            if key.startswith(input_name + "_") and key.removeprefix(input_name + "_") in HIDDEN_KEYS
        }
        if given and entry.node.operator is None:
            annotate(entry.node, given)
        completed.append(entry)
    return tuple(completed)
