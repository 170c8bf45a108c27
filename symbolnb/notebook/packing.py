"""The view document in fewer bytes, as it goes to the browser and into saved notebooks.

Most of a document repeats itself: the same parameters, shapes, costs and groups at many nodes. What is packed has
each such value once, in a table. ``js/unpack.js`` reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

View = dict[str, Any]

OWN = ("id", "name", "inputs", "outputs")
"""What nearly every node has its own of; all other fields go through the table."""


def pack(view: View) -> View:
    """A view document with its nodes packed; nothing is lost.

    ``nodes`` holds a list for each node: its name, three numbers of values in ``table`` (its other fields, its
    outputs, the names of its inputs), and for each input how many nodes ahead its source stands, as a pair with
    the number of the output where that is not the first. Fields are pairs of a name and the number of a value.
    Names of outputs that begin with the node's are written without it, after a zero. The node in ``shape_from``
    stands there as how many nodes further it is. In ``values`` each list of objects is one of lists, the first of which
    has the names of the fields.

    >>> view = {"version": 1, "nodes": [{"id": 0, "name": "x", "inputs": [], "outputs": [], "op": None}]}
    >>> unpack(pack(view)) == view
    True
    """
    table = _Table()
    nodes = [_pack_node(node, table) for node in view["nodes"]]
    values = {"values": _each_list(view["values"], _rows)} if "values" in view else {}
    return {**view, "packed": 1, "nodes": nodes, "table": table.values, **values}


def unpack(packed: View) -> View:
    """The view document that `pack` was given; one that is not packed is given back as it is."""
    if "packed" not in packed:
        return packed
    table = packed["table"]
    nodes = [_unpack_node(number, packed_node, table) for number, packed_node in enumerate(packed["nodes"])]
    values = {"values": _each_list(packed["values"], _objects)} if "values" in packed else {}
    return {**{key: value for key, value in packed.items() if key not in ("packed", "table")}, "nodes": nodes, **values}


def _each_list(values: View, changed: Callable[[list[Any]], list[Any]]) -> View:
    return {**values, **{key: changed(values[key]) for key in ("outputs", "gradients")}}


def _rows(objects: list[View]) -> list[list[Any]]:
    return [[*objects[0]], *([*one.values()] for one in objects)] if objects else []


def _objects(rows: list[list[Any]]) -> list[View]:
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


class _Table:
    """Values by number, each once."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._numbers: dict[Any, int] = {}

    def number(self, value: Any) -> int:
        """The number of a value, which is plain JSON."""
        key = value if value is None or isinstance(value, str) else (json.dumps(value),)  # a text is no number
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self.values)
            self.values.append(value)
        return found


def _pack_node(node: View, table: _Table) -> list[Any]:
    name = node["name"]
    fields = [
        part
        for key, value in node.items() if key not in OWN
        for part in (key, table.number(_moved(value, -node["id"]) if key == "shape_from" else value))
    ]  # fmt: skip
    outputs = [
        [*([0, output["name"][len(name) :]] if output["name"].startswith(name) else [1, output["name"]]),
         output["shape"], output["dtype"]]
        for output in node["outputs"]
    ]  # fmt: skip
    sources = [
        node["id"] - source["node"] if source["output"] == 0 else [node["id"] - source["node"], source["output"]]
        for source in node["inputs"]
    ]
    names = [source["name"] for source in node["inputs"]]
    return [name, table.number(fields), table.number(outputs), table.number(names), *sources]


def _moved(origin: View | None, distance: int) -> View | None:
    """Where a shape comes from, its node counted from elsewhere."""
    return origin if origin is None or origin["node"] is None else {**origin, "node": origin["node"] + distance}


def _unpack_node(number: int, packed: list[Any], table: list[Any]) -> View:
    name, fields, outputs, names, *sources = packed
    pairs = table[fields]
    inputs = []
    for input_name, source in zip(table[names], sources, strict=True):
        back, output = source if isinstance(source, list) else (source, 0)
        inputs.append({"name": input_name, "node": number - back, "output": output})
    return {
        "id": number,
        "name": name,
        **{
            key: _moved(table[value], number) if key == "shape_from" else table[value]
            for key, value in zip(pairs[::2], pairs[1::2], strict=True)
        },
        "inputs": inputs,
        "outputs": [
            {"name": name + text if kind == 0 else text, "shape": shape, "dtype": dtype}
            for kind, text, shape, dtype in table[outputs]
        ],
    }
