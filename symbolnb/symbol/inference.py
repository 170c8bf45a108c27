"""What `Symbol.infer_shape` and its kin take and give, in MXNet's words, over the engine's inference."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from symbolnb.compile.infer import Inferred, infer_dtypes, infer_shapes, unknown_zeros
from symbolnb.dtypes import FLOAT32, DType, dtype_of
from symbolnb.errors import BindError, DTypeError, ShapeError
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import PartialShape, Spec, show_shape
from symbolnb.graph.walk import auxiliary_nodes, topological, variables
from symbolnb.ops.control_flow import ControlFlow


def inputs_by_kind(heads: Sequence[Entry]) -> tuple[list[Node], list[Node]]:
    """The graph's arguments and its auxiliary states, both in order."""
    order = topological(heads)
    auxiliary = auxiliary_nodes(order)
    found = variables(order)
    return [node for node in found if node not in auxiliary], [node for node in found if node in auxiliary]


def assign(heads: Sequence[Entry], args: Sequence[Any], kwargs: Mapping[str, Any], what: str) -> dict[Node, Any]:
    """The given values by variable: positional ones in the order of the arguments, None to leave one out."""
    if args and kwargs:
        raise BindError(f"give {what} either by position or by keyword, not both")
    arguments, auxiliary = inputs_by_kind(heads)
    if len(args) > len(arguments):
        raise BindError(f"{len(args)} {what} are given but the graph has {len(arguments)} arguments")
    given = {node: value for node, value in zip(arguments, args, strict=False) if value is not None}
    by_name: dict[str, list[Node]] = {}
    for node in (*arguments, *auxiliary):
        by_name.setdefault(node.name, []).append(node)
    for name, value in kwargs.items():
        if name not in by_name:
            raise BindError(f"the graph has no argument {name!r}; its arguments are {', '.join(by_name)}")
        if value is not None:
            given.update(dict.fromkeys(by_name[name], value))
    return given


def shapes_of(heads: Sequence[Entry], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Inferred[PartialShape]:
    """Shape inference from what a user gives; dimensions of 0, -1 or None are unknown."""
    given = assign(heads, args, kwargs, "shapes")
    return infer_shapes(heads, {node: _shape(node.name, shape) for node, shape in given.items()})


def _shape(name: str, shape: Any) -> PartialShape:
    if not isinstance(shape, (tuple, list)):
        raise ShapeError(f"the shape of {name!r} must be a tuple, but it is {shape!r} ({type(shape).__name__})")
    try:
        return unknown_zeros([None if size is None else operator.index(size) for size in shape])
    except TypeError:
        raise ShapeError(f"the shape of {name!r} must be a tuple of integers, but it is {shape!r}") from None


def dtypes_of(heads: Sequence[Entry], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Inferred[DType]:
    """Element type inference from what a user gives."""
    given = assign(heads, args, kwargs, "types")
    return infer_dtypes(heads, {node: dtype_of(value) for node, value in given.items()})


def public_shape(shape: PartialShape) -> tuple[int, ...]:
    """A shape in MXNet's writing: () where nothing is known, 0 for an unknown dimension."""
    return () if shape is None else tuple(0 if size is None else size for size in shape)


def public_dtype(dtype: DType | None) -> Any:
    """An element type as MXNet gives it: the NumPy scalar class, or None."""
    return None if dtype is None else dtype.type


def warn_incomplete(what: str, open_arguments: Mapping[str, str]) -> None:
    """Warn that inference left arguments open, and name them with what is known."""
    shown = "".join(f"\n\t{name}: {value}" for name, value in open_arguments.items())
    warnings.warn(
        f"Cannot decide {what} for these arguments (0 in a shape is an unknown dimension); give some of them:{shown}",
        stacklevel=4,
    )


def complete_specs(
    heads: Sequence[Entry], shapes: Mapping[Node, Any], dtypes: Mapping[Node, DType]
) -> dict[Entry, Spec]:
    """Shape and element type of every entry, hidden outputs included.

    Variables whose type does not follow are float32. Raises the inference's own error, or `ShapeError`
    that lists the arguments whose shapes would settle what is unknown. Entries whose shape only values decide
    are left out.
    """
    inferred = infer_shapes(heads, shapes)
    inferred.raise_failure()
    return specs_of(heads, inferred, dtypes)


def specs_of(heads: Sequence[Entry], inferred: Inferred[Any], dtypes: Mapping[Node, DType]) -> dict[Entry, Spec]:
    """`complete_specs` where the shapes have been inferred without contradiction."""
    missing = unsettled(inferred)
    if missing:
        shown = ", ".join(f"{node.name} {show_shape(inferred[Entry(node)])}" for node in missing)
        raise ShapeError(f"the shapes given do not settle all others; give shapes for: {shown}")
    types: Inferred[DType] = infer_dtypes(heads, dtypes, default=FLOAT32)
    types.raise_failure()
    open_ended = shaped_by_values(inferred.order)
    specs = {}
    for node in inferred.order:
        for index in range(node.num_outputs):
            entry = Entry(node, index)
            shape, dtype = inferred[entry], types[entry]
            if shape is None or None in shape:
                if open_ended:
                    continue
                raise ShapeError(
                    f"the shape of {entry.name!r} is {show_shape(shape)} and does not follow from the arguments'"
                )
            if dtype is None:
                raise DTypeError(f"the element type of {entry.name!r} does not follow from the arguments'")
            specs[entry] = Spec(shape, dtype)
    return specs


def unsettled(inferred: Inferred[PartialShape]) -> list[Node]:
    """The variables whose shapes are not completely known."""
    return [
        node
        for node in inferred.order
        if node.operator is None and ((shape := inferred[Entry(node)]) is None or None in shape)
    ]


def shaped_by_values(order: Iterable[Node]) -> bool:
    """Whether the graph has a shape that only values decide; `ShapeError` where that is inside of a loop or branch."""
    found = [node for node in order if node.operator is not None and node.operator.value_shaped()]
    for node in found:
        if isinstance(node.operator, ControlFlow):
            place = f" [{node.source}]" if node.source is not None else ""
            raise ShapeError(
                f"{node.operator.name} {node.name!r}: an operator in its body has an output whose shape depends on "
                f"values, so the steps cannot be laid out; move it out of the body{place}"
            )
    return bool(found)
