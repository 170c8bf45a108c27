"""Operators by the prefix of their names: what ``linalg.gemm2`` or ``contrib.box_nms`` means in `sym` and in `nd`."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import Any

from symbolnb.ops.base import OPERATORS

PREFIXES = {
    "_internal": "_",
    "contrib": "_contrib_",
    "image": "_image_",
    "linalg": "_linalg_",
    "op": "",
    "random": "_random_",
    "sparse": "_sparse_",
}
"""The prefix that each namespace adds to a name. `op` has the operators whose names do not begin with ``_``;
`_internal` those whose do, under their whole names; `random` only those that take after an array (``normal_like``),
beside functions of its own."""

MODULES = tuple(sorted(PREFIXES))
"""The names of the namespaces."""


class Namespace:
    """The operators of one namespace, as the attributes of a module of that name.

    `maker` makes the function of an operator from its registered name and the name it is called by; `own` are
    the names that the module defines itself. The module takes `find` for its ``__getattr__``, and `names` for
    its ``__dir__``.
    """

    def __init__(self, module: str, maker: Callable[[str, str], Any], own: Sequence[str] = ()) -> None:
        parts = module.split(".")
        self._shown = f"{ {'symbol': 'sym', 'ndarray': 'nd'}[parts[-2]] }.{parts[-1]}"
        self._word, self._prefix = parts[-1], PREFIXES[parts[-1]]
        self._module, self._maker, self._own = module, maker, tuple(own)

    def names(self) -> list[str]:
        """All names that the namespace has, sorted."""
        return sorted({*self._own, *self._operators()})

    def find(self, name: str) -> Any:
        """The function called `name`; AttributeError, with the nearest names, where there is none."""
        if name.startswith("__"):
            raise AttributeError(f"module {self._module!r} has no attribute {name!r}")
        full = self._full(name)
        cls = OPERATORS.get(full)
        if cls is None or cls.internal or (self._word == "op" and name.startswith("_")):
            near = difflib.get_close_matches(name, self.names(), n=3)
            hint = f"; the nearest are {', '.join(near)}" if near else ""
            raise AttributeError(f"{self._shown} has no operator {name!r}{hint}")
        return self._maker(full, name)

    def _full(self, name: str) -> str:
        if self._word == "_internal":
            return name if name.startswith("_") else f" {name}"  # found nowhere
        return self._prefix + name

    def _operators(self) -> list[str]:
        found = [name for name, cls in OPERATORS.items() if name.startswith(self._prefix) and not cls.internal]
        if self._word == "op":
            return [name for name in found if not name.startswith("_")]
        if self._word == "_internal":
            return found
        stripped = [name.removeprefix(self._prefix) for name in found]
        return [name for name in stripped if self._word != "random" or name.endswith("_like")]
