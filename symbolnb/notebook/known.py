"""What is known of a graph's entries, as far as it follows from what is given, and what contradicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from symbolnb.compile.infer import infer_dtypes, infer_shapes
from symbolnb.dtypes import FLOAT32, DType
from symbolnb.errors import MXNetError
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import PartialShape
from symbolnb.graph.walk import topological
from symbolnb.notebook.roles import roles


@dataclass(frozen=True)
class Failed:
    """An error of inference and the node that it was found at, if one can be named."""

    node: Node | None
    error: MXNetError


@dataclass(frozen=True)
class Known:
    """Shapes and element types of a graph's entries as far as they follow, and what contradicts.

    `given` are the variables whose shapes came from outside; `origins` are the nodes that those of the others were
    inferred from.
    """

    order: list[Node]
    shapes: Mapping[Entry, PartialShape]
    dtypes: Mapping[Entry, DType]
    failures: tuple[Failed, ...]
    given: frozenset[Node] = frozenset()
    origins: Mapping[Node, Node] = field(default_factory=dict)


def infer(heads: Sequence[Entry], shapes: Mapping[str, PartialShape], dtypes: Mapping[str, DType]) -> Known:
    """What follows from shapes and element types of variables given by name; a contradiction is part of the answer."""
    order = topological(heads)
    variables = [node for node in order if node.operator is None]
    given = {node: shapes[node.name] for node in variables if node.name in shapes}
    failures: list[Failed] = []
    found: Mapping[Entry, PartialShape] = {}
    origins: Mapping[Node, Node] = {}
    try:
        inferred = infer_shapes(heads, given)
        found, origins = inferred.values, inferred.origins
        if inferred.failure is not None:
            failures.append(Failed(inferred.failure.node, inferred.failure.error))
    except MXNetError as error:  # an attribute that is no shape
        failures.append(Failed(None, error))
    found_dtypes, wrong = _infer_dtypes(heads, variables, dtypes)
    if wrong is not None:
        failures.append(wrong)
    return Known(order, found, found_dtypes, tuple(failures), frozenset(given), origins)


def _infer_dtypes(
    heads: Sequence[Entry], variables: Sequence[Node], dtypes: Mapping[str, DType]
) -> tuple[Mapping[Entry, DType], Failed | None]:
    """Element types, where variables whose type does not follow are float32, one after the other."""
    given = {node: dtypes[node.name] for node in variables if node.name in dtypes}
    try:
        inferred = infer_dtypes(heads, given, default=FLOAT32)
    except MXNetError as error:  # an attribute that is no element type
        return {}, Failed(None, error)
    failure = inferred.failure
    return inferred.values, None if failure is None else Failed(failure.node, failure.error)


def settling(known: Known) -> list[str]:
    """The variables whose shapes would settle what is unknown: inputs if one of them is open, else labels, else others.

    Where something contradicts there is none: no further shape would help.
    """
    if known.failures:
        return []
    kinds = roles(known.order)
    unsettled = [node for node in kinds if (shape := known.shapes.get(Entry(node))) is None or None in shape]
    for wanted in ("input", "label", "parameter", "auxiliary"):
        names = [node.name for node in unsettled if kinds[node] == wanted]
        if names:
            return list(dict.fromkeys(names))
    return []
