"""symbolnb: MXNet's Symbol API for Jupyter.

``import symbolnb as mx`` offers what ``import mxnet as mx`` did: `mx.sym`, `mx.nd`, `mx.cpu()`, and so on.
In a notebook ``%load_ext symbolnb`` adds the ``%%symbol`` cell and the interactive view of graphs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from symbolnb import base, context, ndarray, random, symbol
from symbolnb import ndarray as nd
from symbolnb import symbol as sym
from symbolnb.compat import install_as_mxnet
from symbolnb.context import Context, cpu, cpu_pinned, current_context, gpu, num_gpus
from symbolnb.errors import MXNetError
from symbolnb.formats import params as _params  # noqa: F401  # gives nd its save and load
from symbolnb.graph import naming as attribute
from symbolnb.graph import naming as name
from symbolnb.graph.naming import AttrScope
from symbolnb.symbol import executor, visualization
from symbolnb.symbol import visualization as viz
from symbolnb.symbol.executor import Executor
from symbolnb.symbol.symbol import Symbol
from symbolnb.train import initializer
from symbolnb.train import initializer as init

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__version__ = "0.1.0"

__all__ = [
    "AttrScope", "Context", "Executor", "MXNetError", "attribute", "base", "context", "cpu", "cpu_pinned",
    "current_context", "executor", "gpu", "init", "initializer", "install_as_mxnet", "name", "nd", "ndarray",
    "num_gpus", "random", "sym", "symbol", "test_utils", "visualization", "viz",
]  # fmt: skip

_LAZY = {"test_utils": "symbolnb.test_utils"}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return importlib.import_module(_LAZY[name])
    raise AttributeError(f"module 'symbolnb' has no attribute {name!r}")


def load_ipython_extension(shell: InteractiveShell) -> None:
    """What ``%load_ext symbolnb`` calls."""
    importlib.import_module("symbolnb.notebook.extension").load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """What ``%unload_ext symbolnb`` calls."""
    importlib.import_module("symbolnb.notebook.extension").unload(shell)


def _mime_bundle(shown: Symbol | Executor, include: Any = None, exclude: Any = None) -> Any:
    """How a notebook shows a Symbol or an Executor; nothing of it is imported before."""
    return importlib.import_module("symbolnb.notebook.display").bundle(shown, include, exclude)


def _marimo_object(shown: Symbol | Executor) -> Any:
    """How marimo shows a Symbol or an Executor."""
    return importlib.import_module("symbolnb.notebook.display").marimo(shown)


for _class in (Symbol, Executor):
    setattr(_class, "_repr_mimebundle_", _mime_bundle)  # noqa: B010  # the floors below know no notebook
    setattr(_class, "_display_", _marimo_object)  # noqa: B010
