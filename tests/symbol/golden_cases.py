"""Reads the golden answers of MXNet 1.9.1 and runs the pieces of code that belong to them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.errors import MXNetError

GOLDEN = Path(__file__).parents[1] / "golden"

# What MXNet raises, and what is raised here in its place: always an MXNetError or the same built-in kind.
KINDS: dict[str, tuple[type[BaseException], ...]] = {
    "AssertionError": (TypeError,),
    "UnboundLocalError": (TypeError, ValueError),  # an accident there
    "UnicodeDecodeError": (ValueError,),  # another one
    "NotImplementedForSymbol": (MXNetError, TypeError),
    "MXNetError": (MXNetError,),
    "AttributeError": (AttributeError,),
    "IndexError": (IndexError,),
    "RuntimeError": (MXNetError,),
    "TypeError": (TypeError, MXNetError),
    "ValueError": (ValueError, MXNetError),
}


def read(name: str) -> Any:
    """The content of one golden file."""
    return json.loads((GOLDEN / name).read_text(encoding="utf-8"))


def run(code: str, prelude: str, **names: Any) -> dict[str, Any]:
    """Executes code after its prelude, names counting from zero; returns the namespace."""
    scope = dict(names, mx=mx, np=np)
    with mx.name.NameManager(), mx.AttrScope():
        exec(prelude + "\n" + code, scope)
    return scope


def check_error(case: dict[str, Any], prelude: str) -> None:
    """The code fails with the same kind of error as in MXNet, and the message names what matters."""
    with pytest.raises(KINDS[case["raises"]]) as caught:
        run(case["code"], prelude)
    for word in case["mentions"]:
        assert word in str(caught.value), f"{word!r} is missing in: {caught.value}"
