"""symbolnb: MXNet's Symbol API for Jupyter.

``import symbolnb as mx`` offers what ``import mxnet as mx`` did: `mx.sym`, `mx.nd`, `mx.cpu()`, and so on.
In a notebook ``%load_ext symbolnb`` adds the ``%%symbol`` cell and the interactive view of graphs.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from symbolnb import base, context, ndarray, operator, random, symbol
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
    "current_context", "diff", "executor", "gpu", "init", "initializer", "install_as_mxnet", "name", "nd", "ndarray",
    "num_gpus", "operator", "random", "sym", "symbol", "test_utils", "visualization", "viz",
]  # fmt: skip

_LAZY = {"contrib": "symbolnb.contrib", "test_utils": "symbolnb.test_utils"}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return importlib.import_module(_LAZY[name])
    raise AttributeError(f"module 'symbolnb' has no attribute {name!r}")


def diff(before: Symbol, after: Symbol, /, **shapes: Any) -> Any:
    """What differs between two symbols: added, removed and changed nodes, parameters and shapes.

    Nodes are the same if their names are, or else if they do the same with the same inputs. `shapes` are shapes of
    arguments that one of the symbols has. The result, a `Diff`, is true if anything differs; it shows itself as one
    graph, a table or text, and has `added`, `removed`, `changed`, `view` and `save`.

    >>> import symbolnb as mx
    >>> x = mx.sym.var("x")
    >>> mx.diff(mx.sym.relu(x, name="a"), mx.sym.exp(mx.sym.relu(x, name="a"), name="e"), x=(2, 3))
    a → e: 1 added, 2 the same
    + e  exp 2×3
    outputs: a → e
    """
    return importlib.import_module("symbolnb.notebook.diff").diff(before, after, shapes)


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
    return importlib.import_module("symbolnb.notebook.graph_view").marimo_view(shown)


def _view(symbol: Symbol, arrays: Mapping[str, Any] | None = None, /, **shapes: Any) -> Any:
    """The graph on the page, with the shapes that follow from those given: a `GraphView`.

    As the result of a cell it shows itself. `selection` follows the click and the other way round; `selected_symbol`
    is what is selected, and both can be observed. `highlight`, `collapse`, `expand` and `goto` change what is seen,
    `save` writes a picture or a page. For the same symbol and shapes it is the same object. A contradiction is shown in
    the graph and never raised; a name that the graph does not have is a `BindError`.

    `arrays`, by the names of variables or as a file of parameters has them (``arg:fc1_weight``), settle shapes too, and
    the inspector tells what is in them: range, mean, deviation, zeros, NaN and a histogram. The page holds these
    numbers, not the arrays. `Executor.view` tells the same of every node, and of gradients.

    >>> import symbolnb as mx
    >>> net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=10, name="fc1")
    >>> net.view(data=(32, 784))
    fc1: 1 operator, 7.85 k parameters, 251 k multiply-adds
      node  operator        output  from  parameters
      data  (input)         32×784
      fc1   FullyConnected  32×10   data  num_hidden 10
      outputs: fc1_output
    """
    return importlib.import_module("symbolnb.notebook.graph_view").view(symbol, arrays, shapes)


def _view_of_values(executor: Executor, is_train: bool = False) -> Any:
    """The graph on the page with what every node computes from the arrays that are bound now: a `GraphView`.

    For each output the inspector tells range, mean, deviation, zeros, NaN and a histogram; with `is_train` the graph
    runs as in training, and each gradient is told of in the same way: they start with ones at the outputs that are no
    losses. It is a pass of its own, with all values in memory at once, that changes nothing in the executor.

    >>> import symbolnb as mx
    >>> executor = mx.sym.log(mx.sym.var("x"), name="l").bind(mx.cpu(), {"x": mx.nd.array([1.0, 0.0])})
    >>> executor.view()
    l: 1 operator
      node  operator  output  from  parameters
      x     (input)   2
      l     log       2       x
      outputs: l_output
      NaN or infinity in the values of l.
    """
    return importlib.import_module("symbolnb.notebook.graph_view").view_of_values(executor, is_train)


def _to_html(
    symbol: Symbol,
    /,
    theme: str = "auto",
    orientation: str = "down",
    opened: Sequence[str] | None = None,
    **shapes: Any,
) -> str:
    """The graph as the text of an interactive page: one file, without a kernel and without the network.

    Shapes are given as to `view`; a graph that contradicts itself is drawn too, and says where. `theme`,
    `orientation` ("down" or "right") and `opened`, the paths of open groups, are those of `GraphView`.

    >>> import symbolnb as mx
    >>> page = mx.sym.exp(mx.sym.var("x"), name="e").to_html(x=(2, 3))
    >>> page.startswith("<!doctype html>")
    True
    """
    look = {"theme": theme, "orientation": orientation, "opened": opened}
    page: str = importlib.import_module("symbolnb.notebook.graph_view").to_html(symbol, look, shapes)
    return page


for _owner, _name, _method in (
    (Symbol, "view", _view),
    (Symbol, "to_html", _to_html),
    (Executor, "view", _view_of_values),
):
    _method.__name__, _method.__qualname__ = _name, f"{_owner.__name__}.{_name}"  # what help() shows
    setattr(_owner, _name, _method)

for _class in (Symbol, Executor):
    setattr(_class, "_repr_mimebundle_", _mime_bundle)  # noqa: B010  # the floors below know no notebook
    setattr(_class, "_display_", _marimo_object)  # noqa: B010
