"""Building blocks of inference, and forward inference of a single operator."""

from __future__ import annotations

from collections.abc import Sequence

from symbolnb.dtypes import DType, is_float
from symbolnb.errors import DTypeError, ShapeError
from symbolnb.graph.spec import PartialShape, Spec, merge_all, show_shape
from symbolnb.ops.base import DTypes, Operator, Shapes


def complete_specs(operator: Operator, inputs: Sequence[Spec]) -> list[Spec]:
    """Shapes and types of all outputs from completely known inputs."""
    count = len(operator.output_names())
    _, shapes = operator.infer_shape([spec.shape for spec in inputs], [None] * count)
    _, dtypes = operator.infer_dtype([spec.dtype for spec in inputs], [None] * count)
    specs = []
    for name, shape, dtype in zip(operator.output_names(), shapes, dtypes, strict=True):
        if shape is None or None in shape:
            raise ShapeError(f"{operator}: the shape of {name} does not follow from its inputs, {show_shape(shape)}")
        if dtype is None:
            raise DTypeError(f"{operator}: the element type of {name} does not follow from its inputs")
        specs.append(Spec(tuple(size for size in shape if size is not None), dtype))
    return specs


def same_shapes(inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
    """The rule that all inputs and outputs have one shape."""
    merged = merge_all((*inputs, *outputs))
    return [merged] * len(inputs), [merged] * len(outputs)


def first_known(dtypes: Sequence[DType | None]) -> DType | None:
    """The first element type that is known."""
    return next((dtype for dtype in dtypes if dtype is not None), None)


def normalize_axis(axis: int, dimensions: int, name: str = "axis") -> int:
    """An axis counted from the front; `ShapeError` where the array has no such axis.

    >>> normalize_axis(-1, 4)
    3
    """
    if not -dimensions <= axis < dimensions:
        raise ShapeError(f"{name} is {axis} but the array has {dimensions} dimensions")
    return axis + dimensions if axis < 0 else axis


def known(shape: PartialShape) -> tuple[int, ...] | None:
    """The shape if all of it is known, else None."""
    if shape is None:
        return None
    complete = tuple(size for size in shape if size is not None)
    return complete if len(complete) == len(shape) else None


def one_float_type(inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
    """The rule that all inputs and outputs have one floating point type; `DTypeError` for any other."""
    dtype = floating(first_known((*inputs, *outputs)), "the element type")
    return [dtype] * len(inputs), [dtype] * len(outputs)


def floating(dtype: DType | None, name: str = "the type of data") -> DType | None:
    """The element type, unless it is known and not a floating point one, which is a `DTypeError`."""
    if dtype is not None and not is_float(dtype):
        raise DTypeError(f"{name} is {dtype} but must be a floating point type")
    return dtype
