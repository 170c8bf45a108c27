"""`mx.viz`: a symbol as a Graphviz graph, and as a table in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from symbolnb.compile.infer import Inferred
from symbolnb.errors import ShapeError
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import PartialShape
from symbolnb.graph.walk import auxiliary_nodes, topological
from symbolnb.symbol import inference
from symbolnb.symbol.symbol import Symbol

if TYPE_CHECKING:
    from graphviz import Digraph

WEIGHT_SUFFIXES = (
    "_weight",
    "_bias",
    "_beta",
    "_gamma",
    "_moving_var",
    "_moving_mean",
    "_running_var",
    "_running_mean",
)
"""Names of variables that `plot_network` takes for weights."""

INPUT_COLOR, OTHER_COLOR = "#8dd3c7", "#fccde5"
COLORS = {
    "Convolution": "#fb8072",
    "Deconvolution": "#fb8072",
    "FullyConnected": "#fb8072",
    "BatchNorm": "#bebada",
    "Activation": "#ffffb3",
    "LeakyReLU": "#ffffb3",
    "Pooling": "#80b1d3",
    "Concat": "#fdb462",
    "Flatten": "#fdb462",
    "Reshape": "#fdb462",
    "Softmax": "#b3de69",
}
"""The fill colour of each kind of operator, those of MXNet's plots."""


def plot_network(
    symbol: Symbol,
    title: str = "plot",
    save_format: str = "pdf",
    shape: Mapping[str, Any] | None = None,
    dtype: Mapping[str, Any] | None = None,
    node_attrs: Mapping[str, str] | None = None,
    hide_weights: bool = True,
) -> Digraph:
    """The graph as a `graphviz.Digraph`, which notebooks show and `render` writes to a file.

    With `shape`, the shapes of the data by name, each edge shows what flows along it without its batch
    dimension; with `dtype` also the element type. `node_attrs` are Graphviz attributes for all nodes;
    `hide_weights` leaves out learned parameters and moving averages. Rendering needs Graphviz's ``dot``
    program; the interactive view of a symbol does not. Raises `ShapeError` if the shapes given do not settle
    all others.

    >>> import symbolnb as mx
    >>> net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=10, name="fc1")
    >>> "fc1 -> data" in mx.viz.plot_network(net, shape={"data": (1, 4)}).source
    True
    """
    import graphviz

    _check(symbol)
    shapes = None if shape is None else _inferred_shapes(symbol, shape)
    types = None if dtype is None else inference.dtypes_of(symbol.entries, (), dtype)
    style = {"shape": "box", "fixedsize": "true", "width": "1.3", "height": "0.8034", "style": "filled"}
    given = dict(node_attrs if node_attrs is not None else {})
    dot = graphviz.Digraph(name=title, format=save_format)
    order = topological(symbol.entries)
    hidden = {node for node in order if hide_weights and _is_weight(node)}
    for node in order:
        if node not in hidden:
            own = {"fillcolor": _color(node), **({"shape": "oval"} if node.operator is None else {})}
            dot.node(name=node.name, label=_label(node), **{**style, **own, **given})
    for node in order:
        for entry in node.inputs:
            if entry.node not in hidden:
                label = _edge_label(entry, shapes, types)
                dot.edge(tail_name=node.name, head_name=entry.node.name, label=label, dir="back", arrowtail="open")
    return dot


def _check(symbol: Any) -> None:
    if not isinstance(symbol, Symbol):
        raise TypeError(f"symbol must be a Symbol, but it is {symbol!r} ({type(symbol).__name__})")


def _inferred_shapes(symbol: Symbol, shape: Any) -> Inferred[PartialShape]:
    if not isinstance(shape, Mapping):
        raise TypeError(f"shape must map names to shapes, but it is {shape!r}")
    inferred = inference.shapes_of(symbol.entries, (), shape)
    inferred.raise_failure()
    missing = inference.unsettled(inferred)
    if missing:
        names = ", ".join(node.name for node in missing)
        raise ShapeError(f"the shapes given do not settle all others; give shapes for: {names}")
    return inferred


def _is_weight(node: Node) -> bool:
    return node.operator is None and node.name.endswith(WEIGHT_SUFFIXES)


def _color(node: Node) -> str:
    return INPUT_COLOR if node.operator is None else COLORS.get(node.operator.name, OTHER_COLOR)


def _label(node: Node) -> str:
    """What a box shows: the parameters that matter for the common layers, else the node's name."""
    operator = node.operator
    if operator is None:
        return node.name
    if operator.name in ("Convolution", "Deconvolution"):
        stride = operator.stride or (1,) * len(operator.kernel)
        return f"{operator.name}\n{_times(operator.kernel)}/{_times(stride)}, {operator.num_filter}"
    if operator.name == "FullyConnected":
        return f"FullyConnected\n{operator.num_hidden}"
    if operator.name in ("Activation", "LeakyReLU"):
        return f"{operator.name}\n{operator.act_type}"
    if operator.name == "Pooling":
        stride = operator.stride or (1,) * len(operator.kernel)
        return f"Pooling\n{operator.pool_type}, {_times(operator.kernel)}/{_times(stride)}"
    return node.name


def _times(sizes: Sequence[int | None]) -> str:
    return "x".join("?" if size is None else str(size) for size in sizes)


def _edge_label(entry: Entry, shapes: Inferred[PartialShape] | None, types: Inferred[Any] | None) -> str:
    shape = None if shapes is None else shapes[entry]
    dtype = None if types is None else types[entry]
    return ("" if shape is None else _times(shape[1:])) + ("" if dtype is None else f"({dtype})")


def print_summary(
    symbol: Symbol,
    shape: Mapping[str, Any] | None = None,
    line_length: int = 120,
    positions: Sequence[float] = (0.44, 0.64, 0.74, 1.0),
) -> None:
    """Print a table of layers: name and operator, output shape, number of parameters, previous layers.

    With `shape`, the shapes of the data by name, output shapes (without the batch dimension) and parameters
    are known; without, they are left open. Auxiliary states are not counted as parameters. `positions` are
    the columns' right ends as shares of `line_length`. Raises `ShapeError` like `plot_network`.
    """
    _check(symbol)
    shapes = None if shape is None else _inferred_shapes(symbol, shape)
    ends = [int(line_length * position) if position <= 1 else int(position) for position in positions]
    print("_" * line_length)
    _print_row(("Layer (type)", "Output Shape", "Param #", "Previous Layer"), ends)
    print("=" * line_length)
    order = topological(symbol.entries)
    given = set(shape) if shape else _data_names(order)
    counted: set[Node] = set()
    total, rows = 0, [node for node in order if node.operator is not None or node.name in given]
    auxiliary = auxiliary_nodes(order)
    for position, node in enumerate(rows):
        new = {e.node for e in node.inputs if e.node.operator is None and e.node not in auxiliary}
        new = {variable for variable in new - counted if variable.name not in given and not _is_label(variable)}
        counted |= new
        count = None if shapes is None else sum(prod(_known(shapes[Entry(variable)])) for variable in new)
        total += count or 0
        _print_layer(node, shapes, count, given, ends)
        print(("=" if position == len(rows) - 1 else "_") * line_length)
    print(f"Total params: {'unknown without shapes' if shapes is None else total}")
    print("_" * line_length)


def _known(shape: PartialShape) -> tuple[int, ...]:
    return tuple(size for size in shape or () if size is not None)


def _is_label(node: Node) -> bool:
    return node.name.endswith("label")


def _data_names(order: Sequence[Node]) -> set[str]:
    """The names of the variables that are the first input of all operators that read them, as data is."""
    positions: dict[Node, set[int]] = {}
    for node in order:
        for position, entry in enumerate(node.inputs):
            positions.setdefault(entry.node, set()).add(position)
    found = [node for node, places in positions.items() if node.operator is None and places == {0}]
    return {node.name for node in found if not _is_weight(node)}


def _print_layer(
    node: Node, shapes: Inferred[PartialShape] | None, count: int | None, given: set[str], ends: Sequence[int]
) -> None:
    shape = None if shapes is None else shapes[Entry(node)]
    kind = "null" if node.operator is None else node.operator.name
    previous = [e.node.name for e in node.inputs if e.node.operator is not None or e.node.name in given]
    first = previous[0] if previous else ""
    shown = "" if count is None else str(count)
    _print_row((f"{node.name}({kind})", "" if shape is None else _times(shape[1:]), shown, first), ends)
    for name in previous[1:]:
        _print_row(("", "", "", name), ends)


def _print_row(fields: Sequence[str], ends: Sequence[int]) -> None:
    """One line of the table; a field too long for its column is cut, as there is no other column to put it."""
    line = ""
    for text, end in zip(fields, ends, strict=True):
        line = (line + text)[:end].ljust(end)
    print(line)
