"""Old code: makes ``import mxnet`` find this library, with as much of MXNet as there is."""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from symbolnb.ops.namespaces import MODULES as NAMESPACES

MODULES = {
    "attribute": "symbolnb.graph.naming",
    "base": "symbolnb.base",
    "context": "symbolnb.context",
    "contrib": "symbolnb.contrib",
    "contrib.amp": "symbolnb.contrib.amp",
    "contrib.quantization": "symbolnb.contrib.quantization",
    "executor": "symbolnb.symbol.executor",
    "init": "symbolnb.train.initializer",
    "initializer": "symbolnb.train.initializer",
    "name": "symbolnb.graph.naming",
    "nd": "symbolnb.ndarray",
    "ndarray": "symbolnb.ndarray",
    "operator": "symbolnb.operator",
    "random": "symbolnb.random",
    "sym": "symbolnb.symbol",
    "symbol": "symbolnb.symbol",
    "test_utils": "symbolnb.test_utils",
    "visualization": "symbolnb.symbol.visualization",
    "viz": "symbolnb.symbol.visualization",
    **{f"{short}.{space}": f"symbolnb.{package}.{space}"
       for package, words in (("symbol", ("sym", "symbol")), ("ndarray", ("nd", "ndarray")))
       for short in words for space in NAMESPACES},
}  # fmt: skip
"""Which module of this library stands for which module of MXNet."""


class _Alias:
    """Loads a module by handing out one that there is already, under its own name."""

    def __init__(self, target: str) -> None:
        self.target = target

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = importlib.import_module(self.target)
        self.own_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to run; only the spec, which the import system has just replaced, is put back."""
        module.__spec__ = self.own_spec


class _Finder:
    """Answers every import of ``mxnet`` and its modules, so that no second copy of this library is loaded."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != "mxnet" and not name.startswith("mxnet."):
            return None
        found = "symbolnb" if name == "mxnet" else MODULES.get(name.removeprefix("mxnet."))
        if found is None:
            raise ModuleNotFoundError(f"symbolnb stands in for MXNet but has no {name}", name=name)
        loader: Any = _Alias(
            found
        )  # a Loader of importlib.abc but in name: to import that takes longer than most of this
        return importlib.machinery.ModuleSpec(name, loader, is_package=True)


def install_as_mxnet() -> None:
    """Make ``import mxnet as mx``, ``from mxnet import sym`` and the like find this library from now on.

    It has no effect where the real MXNet is already imported: that raises `ImportError`. Doing it twice is
    the same as doing it once.

    >>> install_as_mxnet()
    >>> import mxnet
    >>> mxnet.sym.var("x").name
    'x'
    """
    present = sys.modules.get("mxnet")
    if present is not None and present.__name__ != "symbolnb":
        raise ImportError("the real MXNet is already imported in this process; install_as_mxnet must come first")
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
