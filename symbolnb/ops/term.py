"""Terms: entries of known shape and type, with arithmetic, so that gradients read like formulas.

Only gradients and passes build graphs in this way; users compose Symbols.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from symbolnb.dtypes import DType
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.source import Source
from symbolnb.graph.spec import Shape, Spec
from symbolnb.ops.base import Operator
from symbolnb.ops.infer import complete_specs
from symbolnb.ops.registry import create

_origin = threading.local()


def _current() -> tuple[str, Source | None, dict[Entry, Spec]] | None:
    return getattr(_origin, "value", None)


@contextmanager
def made_for(name: str, source: Source | None, specs: dict[Entry, Spec]) -> Iterator[None]:
    """Nodes built inside the block carry this name and this place in the user's code.

    What is known of their outputs is added to `specs`.
    """
    outer = _current()
    _origin.value = (name, source, specs)
    try:
        yield
    finally:
        _origin.value = outer


@dataclass(frozen=True, eq=False, slots=True)
class Term:
    """An entry with its shape and element type."""

    entry: Entry
    shape: Shape
    dtype: DType

    @property
    def spec(self) -> Spec:
        """Shape and element type together."""
        return Spec(self.shape, self.dtype)

    def __add__(self, other: Term | float) -> Term:
        return _binary("add", self, other)

    def __sub__(self, other: Term | float) -> Term:
        return _binary("sub", self, other)

    def __mul__(self, other: Term | float) -> Term:
        return _binary("mul", self, other)

    def __truediv__(self, other: Term | float) -> Term:
        return _binary("div", self, other)

    def __neg__(self) -> Term:
        return call("negative", self)

    def __radd__(self, other: float) -> Term:
        return _scalar("_plus_scalar", self, other)

    def __rmul__(self, other: float) -> Term:
        return _scalar("_mul_scalar", self, other)

    def __rsub__(self, other: float) -> Term:
        return _scalar("_rminus_scalar", self, other)

    def __rtruediv__(self, other: float) -> Term:
        return _scalar("_rdiv_scalar", self, other)


def apply(operator: Operator, *inputs: Term) -> tuple[Term, ...]:
    """A node of `operator` over the terms; its outputs, hidden ones included, as terms."""
    name, source, known = _current() or (operator.name, None, dict[Entry, Spec]())
    node = Node(operator, name, tuple(term.entry for term in inputs), source=source)
    terms = []
    for index, spec in enumerate(complete_specs(operator, [term.spec for term in inputs])):
        known[Entry(node, index)] = spec
        terms.append(Term(Entry(node, index), spec.shape, spec.dtype))
    return tuple(terms)


def call(name: str, *inputs: Term, **parameters: object) -> Term:
    """The first output of the operator registered as `name`, with these parameter values."""
    return apply(create(name, **parameters), *inputs)[0]


_SCALAR = {"add": "_plus_scalar", "sub": "_minus_scalar", "mul": "_mul_scalar", "div": "_div_scalar"}


def _scalar(name: str, term: Term, value: float) -> Term:
    return call(name, term, scalar=float(value))


def _binary(word: str, left: Term, right: Term | float) -> Term:
    if not isinstance(right, Term):
        return _scalar(_SCALAR[word], left, right)
    return call(("elemwise_" if left.shape == right.shape else "broadcast_") + word, left, right)


def sum_to(term: Term, shape: Shape) -> Term:
    """The term summed over the axes along which `shape` was broadcast to get its shape."""
    if term.shape == shape:
        return term
    lead = len(term.shape) - len(shape)
    axes = [
        *range(lead),
        *(lead + i for i, size in enumerate(shape) if size == 1 and term.shape[lead + i] != 1),
    ]
    summed = call("sum", term, axis=tuple(axes), keepdims=True) if axes else term
    return reshape(summed, shape)


def reshape(term: Term, shape: Shape) -> Term:
    """The same elements in another shape."""
    return term if term.shape == shape else call("_reshape_to", term, shape=shape)


def broadcast_to(term: Term, shape: Shape) -> Term:
    """The term repeated along its axes of size 1."""
    return term if term.shape == shape else call("broadcast_to", term, shape=shape, exact=True)


def cast(term: Term, dtype: DType) -> Term:
    """The term in another element type."""
    return term if term.dtype == dtype else call("Cast", term, dtype=dtype.name)


def zeros(like: Term) -> Term:
    """Zeros of a term's shape and type, without reading it."""
    return call("_zeros", shape=like.shape, dtype=like.dtype.name, exact=True)


def total(terms: Sequence[Term]) -> Term:
    """The sum of one or more terms of the same shape."""
    if len(terms) == 1:
        return terms[0]
    if len(terms) == 2:
        return terms[0] + terms[1]
    return call("add_n", *terms, num_args=len(terms))
