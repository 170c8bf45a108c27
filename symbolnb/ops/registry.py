"""Finding operators by name."""

from __future__ import annotations

import difflib
from typing import Any

from symbolnb.errors import UnknownOperatorError
from symbolnb.ops.base import OPERATORS, Operator


def find(name: str) -> type[Operator]:
    """The operator class registered under a name or alias.

    Raises `UnknownOperatorError` with the nearest names that do exist.

    >>> find("FullyConnected").name
    'FullyConnected'
    """
    try:
        return OPERATORS[name]
    except KeyError:
        pass
    lowered = {known.lower(): known for known in names() if name.startswith("_") or not known.startswith("_")}
    near = [lowered[match] for match in difflib.get_close_matches(name.lower(), lowered, n=3, cutoff=0.6)]
    hint = f"; the nearest are {', '.join(near)}" if near else ""
    raise UnknownOperatorError(f"no operator is called {name!r}{hint}")


def create(name: str, **parameters: Any) -> Operator:
    """The operator registered as `name` with these parameter values.

    >>> str(create("FullyConnected", num_hidden=3))
    'FullyConnected(num_hidden=3)'
    """
    cls: Any = find(name)
    made: Operator = cls(**parameters)
    return made


def names() -> list[str]:
    """All names and aliases, sorted; the project's internal operators are left out."""
    return sorted(name for name, cls in OPERATORS.items() if not cls.internal)
