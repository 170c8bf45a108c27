"""`symbolnb.sym`: symbols, and a function for every operator.

Besides the names listed here every registered operator is a function of this module, made when it is
first asked for: ``sym.Convolution``, ``sym.exp``, ``sym.concat``.
"""

from __future__ import annotations

from typing import Any

import symbolnb.ops  # noqa: F401  # registers the operators
from symbolnb.ops import registry
from symbolnb.symbol import _internal, contrib, image, linalg, op, random, sparse
from symbolnb.symbol.functions import (
    arange,
    eye,
    full,
    function,
    histogram,
    hypot,
    linspace,
    maximum,
    minimum,
    ones,
    pow,
    power,
    split_v2,
    zeros,
)
from symbolnb.symbol.symbol import Group, Symbol, Variable, load, load_json, var

__all__ = [
    "Group", "Symbol", "Variable", "_internal", "arange", "contrib", "eye", "full", "histogram", "hypot", "image",
    "linalg", "linspace", "load", "load_json", "maximum", "minimum", "ones", "op", "pow", "power", "random", "sparse",
    "split_v2", "var", "zeros",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return function(name)


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in registry.names() if not name.startswith("_"))})
