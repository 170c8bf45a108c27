"""``mx.test_utils``: comparing arrays, making random ones, and checking a symbol's values and gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from symbolnb.context import Context, cpu, current_context, num_gpus
from symbolnb.errors import BindError
from symbolnb.ndarray import NDArray, array
from symbolnb.runtime.random import generator
from symbolnb.symbol import Symbol

Values = Any  # an NDArray, a NumPy array or a number
Location = Sequence[Values] | Mapping[str, Values]

RTOL = {"float16": 1e-2, "float32": 1e-4, "float64": 1e-5}
"""MXNet's relative tolerance for each element type; 0 for all others."""

ATOL = {"float16": 1e-1, "float32": 1e-3, "float64": 1e-20}
"""MXNet's absolute tolerance for each element type; 0 for all others."""

SHOWN = 10
"""How many differences a failed comparison lists."""


def _random() -> Any:
    """The generator of `mx.random.seed`."""
    return generator(cpu())


def list_gpus() -> range:
    """The ids of the GPUs that arrays can be placed on."""
    return range(num_gpus())


def default_context() -> Context:
    """The current device."""
    return current_context()


def set_default_context(ctx: Context) -> None:
    """Make a device the current one wherever no ``with`` block says otherwise."""
    Context.default_ctx = ctx


def default_dtype() -> type[np.generic]:
    """The element type of arrays that do not ask for another."""
    return np.float32


def rand_shape_nd(num_dim: int, dim: int = 10) -> tuple[int, ...]:
    """A random shape with `num_dim` sizes from 1 to `dim`."""
    return tuple(int(size) for size in _random().integers(1, dim + 1, num_dim))


def rand_shape_2d(dim0: int = 10, dim1: int = 10) -> tuple[int, int]:
    """A random shape of two sizes, up to the given ones."""
    return int(_random().integers(1, dim0 + 1)), int(_random().integers(1, dim1 + 1))


def rand_shape_3d(dim0: int = 10, dim1: int = 10, dim2: int = 10) -> tuple[int, int, int]:
    """A random shape of three sizes, up to the given ones."""
    return (*rand_shape_2d(dim0, dim1), int(_random().integers(1, dim2 + 1)))


def rand_ndarray(
    shape: Sequence[int], stype: str = "default", dtype: Any = None, ctx: Context | None = None
) -> NDArray:
    """A dense array of normally distributed numbers."""
    made = array(_random().standard_normal(tuple(shape)), ctx, dtype)
    return made.tostype(stype)


def random_arrays(*shapes: Sequence[int]) -> Any:
    """NumPy arrays of normally distributed float32 numbers, one for each shape; a lone one not in a list."""
    made = [np.asarray(_random().standard_normal(tuple(shape)), np.float32) for shape in shapes]
    return made[0] if len(made) == 1 else made


def same(a: Values, b: Values) -> bool:
    """Whether two arrays are equal in shape and in every element."""
    return np.array_equal(_host(a), _host(b))


def almost_equal(
    a: Values, b: Values, rtol: float | None = None, atol: float | None = None, equal_nan: bool = False
) -> bool:
    """Whether two arrays agree: ``|a - b| <= atol + rtol * |b|``, with MXNet's tolerances for their types."""
    first, second = _host(a), _host(b)
    if first.shape != second.shape:
        return False
    relative, absolute = _tolerances(first, second, rtol, atol)
    return np.allclose(first, second, relative, absolute, equal_nan)


def assert_almost_equal(
    a: Values,
    b: Values,
    rtol: float | None = None,
    atol: float | None = None,
    names: tuple[str, str] = ("a", "b"),
    equal_nan: bool = False,
) -> None:
    """Raise an AssertionError that shows the largest differences unless `almost_equal`.

    >>> from symbolnb import nd
    >>> assert_almost_equal(nd.ones(2), np.ones(2))
    """
    first, second = _host(a), _host(b)
    if first.shape != second.shape:
        raise AssertionError(f"{names[0]} has shape {first.shape} but {names[1]} has {second.shape}")
    if almost_equal(first, second, rtol, atol, equal_nan):
        return
    relative, absolute = _tolerances(first, second, rtol, atol)
    wide, other = first.astype("float64"), second.astype("float64")
    with np.errstate(all="ignore"):
        excess = np.abs(wide - other) / (absolute + relative * np.abs(other))
    agree = (wide == other) | (equal_nan & np.isnan(wide) & np.isnan(other))
    excess = np.where(agree, 0, np.where(np.isnan(excess), np.inf, excess))
    worst = [position for position in np.argsort(-excess, axis=None)[:SHOWN] if excess.flat[position] > 1]
    places = [", ".join(str(index) for index in np.unravel_index(position, excess.shape)) for position in worst]
    lines = [
        f"[{place}]: {names[0]} {first.flat[position]}, {names[1]} {second.flat[position]}, "
        f"{excess.flat[position]:.3g} times the tolerance"
        for place, position in zip(places, worst, strict=True)
    ]
    count = int((excess > 1).sum())
    head = f"{count} of {excess.size} elements differ (rtol={relative:g}, atol={absolute:g}):"
    raise AssertionError("\n  ".join([head, *lines]))


def _host(values: Values) -> np.ndarray[Any, Any]:
    return values.asnumpy() if isinstance(values, NDArray) else np.asarray(values)


def _tolerances(first: Any, second: Any, rtol: float | None, atol: float | None) -> tuple[float, float]:
    """The given tolerances, else those of the less precise of the two types."""
    names = first.dtype.name, second.dtype.name
    relative = max(RTOL.get(name, 0.0) for name in names) if rtol is None else rtol
    absolute = max(ATOL.get(name, 0.0) for name in names) if atol is None else atol
    return relative, absolute


def _bound(
    sym: Symbol, location: Location, aux_states: Location | None, ctx: Context | None, dtype: Any, grad_req: Any
) -> Any:
    """An executor with the given values; its gradients are new arrays of zeros."""
    context = default_context() if ctx is None else ctx
    arguments = _by_name(sym.list_arguments(), location, context, dtype)
    states = _by_name(sym.list_auxiliary_states(), {} if aux_states is None else aux_states, context, dtype)
    gradients = {name: array(np.zeros(value.shape), context, value.dtype) for name, value in arguments.items()}
    return sym.bind(context, arguments, gradients, grad_req, states)


def _by_name(names: Sequence[str], given: Location, ctx: Context, dtype: Any) -> dict[str, NDArray]:
    if not isinstance(given, Mapping):
        if len(given) != len(names):
            raise BindError(f"{len(given)} arrays are given for {', '.join(names)}")
        given = dict(zip(names, given, strict=True))
    unknown = set(given) - set(names)
    if unknown:
        raise BindError(f"{', '.join(sorted(unknown))} is given but the symbol has {', '.join(names)}")
    return {name: array(_host(value), ctx, _type(value, dtype)) for name, value in given.items()}


def _type(value: Values, dtype: Any) -> Any:
    """The wanted type for floating point values; integers and their like keep their own."""
    own = _host(value).dtype
    return dtype if own.kind == "f" else own


def check_symbolic_forward(
    sym: Symbol,
    location: Location,
    expected: Location,
    rtol: float | None = 1e-4,
    atol: float | None = None,
    aux_states: Location | None = None,
    ctx: Context | None = None,
    equal_nan: bool = False,
    dtype: Any = np.float32,
) -> list[NDArray]:
    """Compare a symbol's outputs with what is expected of them; gives the outputs."""
    executor = _bound(sym, location, aux_states, ctx, dtype, "null")
    outputs: list[NDArray] = executor.forward(is_train=False)
    names = sym.list_outputs()
    wanted = expected if isinstance(expected, Mapping) else dict(zip(names, expected, strict=True))
    for name, output in zip(names, outputs, strict=True):
        assert_almost_equal(wanted[name], output, rtol, atol, (f"EXPECTED_{name}", f"FORWARD_{name}"), equal_nan)
    return outputs


def check_symbolic_backward(
    sym: Symbol,
    location: Location,
    out_grads: Location | None,
    expected: Location,
    rtol: float | None = 1e-5,
    atol: float | None = None,
    aux_states: Location | None = None,
    grad_req: str | Sequence[str] | Mapping[str, str] = "write",
    ctx: Context | None = None,
    equal_nan: bool = False,
    dtype: Any = np.float32,
) -> dict[str, NDArray]:
    """Compare a symbol's gradients with what is expected of them; gives the gradients by argument.

    Where `grad_req` is "add" the gradient is added to random numbers, which are expected in the result too.
    """
    executor = _bound(sym, location, aux_states, ctx, dtype, grad_req)
    before = {}
    for name, gradient in executor.grad_dict.items():
        if gradient is not None:
            gradient[:] = _random().standard_normal(gradient.shape)
            before[name] = gradient.asnumpy()
    executor.forward(is_train=True)
    given = out_grads.values() if isinstance(out_grads, Mapping) else out_grads
    context = executor.arg_arrays[0].context
    heads = zip([] if given is None else given, executor.outputs, strict=False)
    executor.backward([array(_host(value), context, output.dtype) for value, output in heads])
    names = sym.list_arguments()
    wanted = expected if isinstance(expected, Mapping) else dict(zip(names, expected, strict=True))
    requests = _requests(names, grad_req)
    for name, value in wanted.items():
        start = before[name] if requests[name] != "write" else 0
        target = start if requests[name] == "null" else start + _host(value)
        found = executor.grad_dict[name]
        assert_almost_equal(target, found, rtol, atol, (f"EXPECTED_{name}", f"BACKWARD_{name}"), equal_nan)
    gradients: dict[str, NDArray] = executor.grad_dict
    return gradients


def _requests(names: Sequence[str], grad_req: str | Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    if isinstance(grad_req, str):
        return dict.fromkeys(names, grad_req)
    if isinstance(grad_req, Mapping):
        return {name: grad_req.get(name, "null") for name in names}
    return dict(zip(names, grad_req, strict=True))


def check_numeric_gradient(
    sym: Symbol,
    location: Location,
    aux_states: Location | None = None,
    numeric_eps: float = 1e-4,
    rtol: float = 1e-4,
    atol: float = 1e-6,
    grad_nodes: Sequence[str] | None = None,
    use_forward_train: bool = True,
    ctx: Context | None = None,
    dtype: Any = np.float64,
) -> None:
    """Compare a symbol's gradients with central differences of a random sum of its outputs, in float64.

    `grad_nodes` names the arguments to check, all that hold floating point numbers unless given.
    """
    executor = _bound(sym, location, aux_states, ctx, dtype, "write")
    outputs = executor.forward(is_train=use_forward_train)
    weights = [_random().standard_normal(output.shape) for output in outputs]
    context = executor.arg_arrays[0].context
    states = {name: state.copy() for name, state in executor.aux_dict.items()}
    executor.backward([array(weight, context, output.dtype) for weight, output in zip(weights, outputs, strict=True)])
    gradients = {name: _host(value) for name, value in executor.grad_dict.items() if value is not None}

    def total() -> float:
        for name, state in states.items():
            state.copyto(executor.aux_dict[name])
        made = executor.forward(is_train=use_forward_train)
        return sum(float((_host(output) * weight).sum()) for output, weight in zip(made, weights, strict=True))

    for name, argument in executor.arg_dict.items():
        if np.dtype(argument.dtype).kind == "f" and (grad_nodes is None or name in grad_nodes):
            found = _numeric_gradient(argument, total, numeric_eps)
            assert_almost_equal(found, gradients[name], rtol, atol, (f"NUMERICAL_{name}", f"BACKWARD_{name}"))


def _numeric_gradient(argument: NDArray, total: Any, eps: float) -> np.ndarray[Any, Any]:
    """The derivative of `total()` by each element of an array."""
    values = argument.asnumpy()
    found = np.zeros(values.shape)
    for position in np.ndindex(values.shape):
        sides = []
        for step in (eps / 2, -eps / 2):
            moved = values.copy()
            moved[position] += step
            argument[:] = moved
            sides.append(total())
        found[position] = (sides[0] - sides[1]) / eps
    argument[:] = values
    return found
