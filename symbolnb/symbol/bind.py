"""Binding: from a symbol and arrays, or shapes, to an `Executor`."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from symbolnb.compile.plan import aligned
from symbolnb.context import Context, current_context
from symbolnb.dtypes import dtype_of
from symbolnb.errors import BindError, BindTypeError, ShapeError
from symbolnb.graph.node import Entry, Node
from symbolnb.ndarray import NDArray
from symbolnb.symbol import inference
from symbolnb.symbol.executor import Executor
from symbolnb.symbol.sharing import Arrays

if TYPE_CHECKING:
    from symbolnb.symbol.symbol import Symbol

REQUESTS = ("write", "add", "null")


def bind(
    symbol: Symbol,
    ctx: Context,
    args: Any,
    args_grad: Any = None,
    grad_req: Any = "write",
    aux_states: Any = None,
    recompute: str | None = None,
) -> Executor:
    """An executor over existing arrays; see `Symbol.bind`."""
    if not isinstance(ctx, Context):
        raise BindTypeError(f"the context must be mx.cpu() or mx.gpu(), but it is {ctx!r}")
    arguments, auxiliary = inputs_of(symbol)
    arg_arrays = _arrays("argument", arguments, args, ctx)
    aux_arrays = _arrays("auxiliary state", auxiliary, {} if aux_states is None else aux_states, ctx)
    requests = _requests(arguments, grad_req)
    grads = _gradients(arguments, arg_arrays, args_grad, ctx)
    requests = ["null" if grad is None else request for grad, request in zip(grads, requests, strict=True)]
    nodes, arrays = (*arguments, *auxiliary), (*arg_arrays, *aux_arrays)
    specs = inference.complete_specs(
        symbol.entries,
        {node: tuple(array.shape) for node, array in zip(nodes, arrays, strict=True)},
        {node: dtype_of(array.dtype) for node, array in zip(nodes, arrays, strict=True)},
    )
    return Executor(symbol, ctx, specs, (arg_arrays, grads, aux_arrays), requests, recompute)


def simple_bind(
    symbol: Symbol,
    ctx: Context,
    grad_req: Any = "write",
    type_dict: Any = None,
    shapes: Mapping[str, Any] | None = None,
    shared: tuple[Any, Any, Any] = (None, None, None),
    recompute: str | None = None,
) -> Executor:
    """An executor over new arrays of zeros; see `Symbol.simple_bind`.

    `shared` holds the names of shared arguments, the executor that they are shared with, and a pool for others.
    """
    if not isinstance(ctx, Context):
        raise BindTypeError(f"the context must be mx.cpu() or mx.gpu(), but it is {ctx!r}")
    arguments, auxiliary = inputs_of(symbol)
    known = {node.name for node in (*arguments, *auxiliary)}
    named, unknown = _split(shapes, known)
    types, _ = _split(type_dict, known)
    given = inference.shapes_of(symbol.entries, (), named)
    given.raise_failure()
    if unknown and inference.unsettled(given):  # MXNet passes over names that nothing depends on
        raise BindError(f"the graph has no argument {unknown[0]!r}; its arguments are {', '.join(sorted(known))}")
    specs = inference.specs_of(
        symbol.entries,
        given,
        {node: dtype_of(types[node.name]) for node in (*arguments, *auxiliary) if node.name in types},
    )
    requests = _requests(arguments, grad_req)
    inputs = [specs[Entry(node)] for node in (*arguments, *auxiliary)]
    wanted = [spec for spec, request in zip(inputs, requests, strict=False) if request != "null"]
    source = Arrays(ctx, sum(aligned(spec.nbytes) for spec in (*inputs, *wanted)), shared)
    args = [source.argument(node.name, specs[Entry(node)]) for node in arguments]
    grads = [
        None if request == "null" else source.gradient(node.name, specs[Entry(node)])
        for node, request in zip(arguments, requests, strict=True)
    ]
    states = [source.state(node.name, specs[Entry(node)]) for node in auxiliary]
    return Executor(symbol, ctx, specs, (args, grads, states), requests, recompute)


def _split(values: Mapping[str, Any] | None, known: set[str]) -> tuple[dict[str, Any], list[str]]:
    """The values whose names are known, and the names that are not."""
    given = values if values is not None else {}
    return {name: value for name, value in given.items() if name in known}, [
        name for name in given if name not in known
    ]


def evaluate(symbol: Symbol, ctx: Context | None, values: Mapping[str, Any]) -> list[NDArray]:
    """The outputs for given arrays, in inference mode; see `Symbol.eval`."""
    states = {name: values[name] for name in symbol.list_auxiliary_states() if name in values}
    executor = bind(symbol, current_context() if ctx is None else ctx, dict(values), None, "null", states)
    return executor.forward()


def inputs_of(symbol: Symbol) -> tuple[list[Node], list[Node]]:
    """Arguments and auxiliary states; `BindError` where two different variables have one name."""
    arguments, auxiliary = inference.inputs_by_kind(symbol.entries)
    seen: dict[str, Node] = {}
    for node in (*arguments, *auxiliary):
        if node.name in seen:
            places = [f"{one.source}" for one in (seen[node.name], node) if one.source is not None]
            where = f" [{' and '.join(places)}]" if places else ""
            raise BindError(
                f"two different variables are called {node.name!r}; rename one, or use one in both places{where}"
            )
        seen[node.name] = node
    return arguments, auxiliary


def _arrays(kind: str, nodes: Sequence[Node], given: Any, ctx: Context) -> list[NDArray]:
    names = [node.name for node in nodes]
    if isinstance(given, Mapping):
        missing = [name for name in names if name not in given]
        if missing:
            more = f", and {len(missing) - 1} more: {', '.join(missing[1:])}" if missing[1:] else ""
            raise BindError(f"{kind} {missing[0]!r} is missing{more}")
        values = [given[name] for name in names]
    elif isinstance(given, (list, tuple)):
        if len(given) != len(names):
            raise BindError(f"{len(given)} arrays are given for {len(names)} {kind}s: {', '.join(names)}")
        values = list(given)
    else:
        raise BindTypeError(f"{kind}s must be a list or a dict of NDArrays, but they are a {type(given).__name__}")
    for name, value in zip(names, values, strict=True):
        _check(kind, name, value, ctx)
    return values


def _check(kind: str, name: str, value: Any, ctx: Context) -> None:
    if not isinstance(value, NDArray):
        raise BindTypeError(f"{kind} {name!r} must be an NDArray, but it is a {type(value).__name__}")
    if value.context.device_type != ctx.device_type and "gpu" in (value.context.device_type, ctx.device_type):
        raise BindError(f"{kind} {name!r} is on {value.context} but the executor is bound to {ctx}")


def _requests(arguments: Sequence[Node], grad_req: Any) -> list[str]:
    """What is wanted of each argument's gradient, from one word, a list or a dict."""
    if isinstance(grad_req, str):
        words = [grad_req] * len(arguments)
    elif isinstance(grad_req, Mapping):
        unknown = set(grad_req) - {node.name for node in arguments}
        if unknown:
            shown = ", ".join(map(repr, sorted(unknown)))
            warnings.warn(
                f"grad_req names {shown}, which the graph has no argument of; it is passed over", stacklevel=4
            )
        words = [grad_req.get(node.name, "null") for node in arguments]
    elif isinstance(grad_req, (list, tuple)):
        if len(grad_req) != len(arguments):
            raise BindError(f"grad_req has {len(grad_req)} entries but the graph has {len(arguments)} arguments")
        words = list(grad_req)
    else:
        raise BindError(f"grad_req must be a word, a list or a dict, but it is a {type(grad_req).__name__}")
    for node, word in zip(arguments, words, strict=True):
        if word not in REQUESTS:
            raise BindError(f"grad_req of {node.name!r} is {word!r} but must be one of {', '.join(REQUESTS)}")
    return words


def _gradients(arguments: Sequence[Node], arrays: Sequence[NDArray], given: Any, ctx: Context) -> list[NDArray | None]:
    """The gradient array of each argument, None where there is none."""
    if given is None:
        return [None] * len(arguments)
    if isinstance(given, Mapping):
        grads = [given.get(node.name) for node in arguments]
    elif isinstance(given, (list, tuple)) and len(given) == len(arguments):
        grads = list(given)
    else:
        size = f"{len(given)} arrays" if isinstance(given, (list, tuple)) else f"a {type(given).__name__}"
        raise BindError(f"args_grad must be a dict or a list of {len(arguments)} arrays, but it is {size}")
    for node, grad, array in zip(arguments, grads, arrays, strict=True):
        if grad is None:
            continue
        _check("the gradient of argument", node.name, grad, ctx)
        if grad.shape != array.shape:
            raise ShapeError(
                f"the gradient of argument {node.name!r} has shape {grad.shape} but the argument has {array.shape}"
            )
        if grad.dtype != array.dtype:
            raise BindError(f"the gradient of argument {node.name!r} is {grad.dtype} but the argument is {array.dtype}")
    return grads
