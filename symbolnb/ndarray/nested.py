"""Nested lists of arrays or symbols, as the functions for loops and branches take and give them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from symbolnb.errors import CompositionError

Form = Any
"""How values were nested: None for a single one, a list of forms for a list."""


def flatten(value: Any, kind: type, what: str) -> tuple[list[Any], Form]:
    """All values of a nested list in order, and its form; `CompositionError` names `what` for a wrong value."""
    if isinstance(value, kind):
        return [value], None
    if not isinstance(value, (list, tuple)):
        raise CompositionError(
            f"{what} must be a {kind.__name__} or a list of them, but there is {value!r} ({type(value).__name__})"
        )
    flat, forms = [], []
    for item in value:
        found, form = flatten(item, kind, what)
        flat += found
        forms.append(form)
    return flat, forms


def regroup(values: Sequence[Any], form: Form) -> Any:
    """The values in the form that `flatten` found.

    >>> regroup([1, 2, 3], [None, [None, None]])
    [1, [2, 3]]
    """
    return _taken(iter(values), form)


def _taken(values: Iterator[Any], form: Form) -> Any:
    return next(values) if form is None else [_taken(values, inner) for inner in form]
