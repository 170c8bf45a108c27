"""Shapes that a user gives by name, checked against the graph that they are for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from symbolnb.errors import BindError, ShapeError
from symbolnb.graph.node import Entry
from symbolnb.graph.spec import PartialShape
from symbolnb.graph.walk import topological, variables
from symbolnb.notebook.roles import roles


def given_shapes(shapes: Mapping[str, Any], *graphs: Sequence[Entry]) -> dict[str, PartialShape]:
    """Shapes by name with None for what is unknown, which may be given as None, 0 or -1.

    Raises `BindError` for a name that none of the graphs has, with the nearest that they have, and `ShapeError`
    for what is no shape.

    >>> import symbolnb as mx
    >>> given_shapes({"x": (0, 3)}, mx.sym.var("x").entries)
    {'x': (None, 3)}
    """
    names = {node.name for heads in graphs for node in variables(topological(heads))}
    for name in shapes:
        if name not in names:
            hint = did_you_mean(name, names)
            raise BindError(f"the graph has no argument {name!r}{hint if hint else _inputs(graphs)}")
    return {name: _shape(name, shape) for name, shape in shapes.items()}


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """The end of an error about a name that is not there: the nearest one that is, if there is one."""
    close = get_close_matches(name, sorted(names), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _inputs(graphs: Sequence[Sequence[Entry]]) -> str:
    found = [roles(topological(heads)) for heads in graphs]
    inputs = dict.fromkeys(node.name for kinds in found for node, kind in kinds.items() if kind == "input")
    return f"; its inputs are {', '.join(inputs)}" if inputs else "; it has no inputs"


def _shape(name: str, shape: Any) -> PartialShape:
    try:
        sizes = [None if size is None else int(size) for size in shape]
    except (TypeError, ValueError):
        raise ShapeError(f"the shape of {name!r} must be a tuple of integers, but it is {shape!r}") from None
    if isinstance(shape, str) or any(size is not None and size < -1 for size in sizes):
        raise ShapeError(f"the shape of {name!r} must be a tuple of sizes, but it is {shape!r}")
    return tuple(None if size in (None, 0, -1) else size for size in sizes)
