"""The values that a view tells of: of arrays at hand, or of all that a bound graph computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symbolnb.dtypes import DType
from symbolnb.errors import BindError, ShapeError
from symbolnb.graph.node import Entry
from symbolnb.graph.spec import PartialShape, Spec, merge_shapes, show_shape
from symbolnb.graph.walk import topological, variables
from symbolnb.ndarray import NDArray
from symbolnb.notebook.arrays import is_array, settled_dtype
from symbolnb.notebook.given import did_you_mean
from symbolnb.notebook.roles import roles
from symbolnb.notebook.statistics import statistics
from symbolnb.symbol.executor import Executor

FILED = ("arg:", "aux:")
"""What stands before the names in a file of parameters."""

Statistics = Mapping[str, Any]


@dataclass(frozen=True)
class Values:
    """The statistics of entries of a graph, and of their gradients.

    `training` tells how the graph ran, None where only arrays are described; `unused` are names of arrays that are no
    variables of the graph. `specs` are those of entries that only a run settles.
    """

    training: bool | None
    outputs: Mapping[Entry, Statistics]
    gradients: Mapping[Entry, Statistics] = field(default_factory=dict)
    unused: Sequence[str] = ()
    specs: Mapping[Entry, Spec] = field(default_factory=dict)


def values_of_arrays(heads: Sequence[Entry], arrays: Mapping[str, Any]) -> Values:
    """The values of variables whose arrays are at hand, by name, as `given_arrays` gives them."""
    places = {node.name: Entry(node) for node in variables(topological(heads))}
    outputs = {places[name]: statistics(array) for name, array in arrays.items() if name in places}
    return Values(None, outputs, unused=[name for name in arrays if name not in places])


def values_of_executor(executor: Executor, is_train: bool = False, heads: Sequence[Entry] | None = None) -> Values:
    """The values of all entries of a bound graph, computed once more, and with `is_train` the gradients.

    `heads` are those of an equal graph, whose entries are meant instead.
    """
    own = executor.symbol.entries
    its = dict(zip(topological(own), topological(own if heads is None else heads), strict=True))
    seen = executor.observed(is_train)

    def told(arrays: Mapping[Entry, Any]) -> dict[Entry, Statistics]:
        visible = {entry: array for entry, array in arrays.items() if entry.index < entry.node.visible_outputs}
        with executor.context.activate():
            return {Entry(its[entry.node], entry.index): statistics(array) for entry, array in visible.items()}

    specs = {Entry(its[entry.node], entry.index): spec for entry, spec in seen.specs.items()}
    return Values(seen.training, told(seen.values), told(seen.gradients), specs=specs)


def given_arrays(heads: Sequence[Entry], arrays: Mapping[str, Any]) -> dict[str, NDArray | Any]:
    """Arrays by the names of variables, which may stand behind ``arg:`` or ``aux:`` as in a file of parameters.

    Raises `BindError` for what is no array of numbers, and where none of them belongs to the graph.
    """
    if not isinstance(arrays, Mapping) or not all(isinstance(name, str) for name in arrays):
        raise BindError(f"arrays must be a dict by the names of variables, but it is {_kind(arrays)}")
    found = {name.removeprefix(FILED[0]).removeprefix(FILED[1]): array for name, array in arrays.items()}
    for name, array in found.items():
        if not is_array(array):
            raise BindError(f"the value of {name!r} must be an array, but it is {_kind(array)}")
        dtype = np.dtype(array.dtype)
        if dtype.kind not in "biuf" and dtype.name != "bfloat16":  # which NumPy knows no kind of
            raise BindError(f"the value of {name!r} must have real numbers, but its elements are {dtype}")
    names = {node.name for node in variables(topological(heads))}
    if found and not names.intersection(found):
        first = next(iter(found))
        raise BindError(f"none of the {len(found)} arrays belongs to a variable of the graph: {first!r} is none"
                        f"{did_you_mean(first, names)}")  # fmt: skip
    return found


def _kind(value: Any) -> str:
    others = f"a dict with keys of other types: {list(value)[:3]}" if isinstance(value, Mapping) else ""
    return others or f"a {type(value).__name__}"


def settled(
    heads: Sequence[Entry],
    arrays: Mapping[str, Any],
    shapes: Mapping[str, PartialShape],
    dtypes: Mapping[str, DType],
) -> tuple[dict[str, PartialShape], dict[str, DType]]:
    """The shapes and element types by name that arrays settle, together with those given.

    Raises `BindError` where an array has another shape than the one given.
    """
    kinds = {node.name: role for node, role in roles(topological(heads)).items() if node.name in arrays}
    found = dict(shapes)
    for name in kinds:
        shape = tuple(arrays[name].shape)
        try:
            found[name] = merge_shapes(shapes.get(name), shape)
        except ShapeError:
            raise BindError(
                f"the array {name!r} is {show_shape(shape)} but the shape given is {show_shape(shapes[name])}"
            ) from None
    types = {name: settled_dtype(arrays[name], role) for name, role in kinds.items()}
    return found, {**{name: dtype for name, dtype in types.items() if dtype is not None}, **dtypes}
