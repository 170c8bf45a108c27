"""The functions of `sym.*`: one for each registered operator, made from its declaration when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from symbolnb.errors import CompositionError, ParameterError
from symbolnb.graph.node import Entry
from symbolnb.ops.base import Operator
from symbolnb.ops.help import counted, document, face, signature
from symbolnb.ops.registry import find
from symbolnb.symbol.compose import make_node
from symbolnb.symbol.symbol import Symbol, single_entry

LAST = (
    ("name", "str", "name of the node; made from the operator's name and a number if left out"),
    ("attr", "dict of str to str", "attributes of the node"),
)


@cache
def function(name: str, called: str | None = None) -> Callable[..., Symbol]:
    """The function that makes a symbol of the operator registered under `name`.

    `called` is the name it has in a namespace, such as ``gemm2`` for ``_linalg_gemm2``; nodes are named after
    it. Raises `UnknownOperatorError` with the nearest names.
    """
    cls = find(name)
    alias = name if called is None else called

    def make(*args: Any, **kwargs: Any) -> Symbol:
        return _call(cls, alias, args, kwargs)

    make.__name__ = make.__qualname__ = alias
    make.__module__ = "symbolnb.symbol"
    make.__doc__ = document(cls, "sym", "Symbol", LAST)
    make.__signature__ = signature(cls, [key for key, _, _ in LAST])  # type: ignore[attr-defined]
    return make


def _call(cls: type[Operator], alias: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Symbol:
    given = {key: value for key, value in kwargs.items() if value is not None or key in cls.parameters}
    if cls.open_ended:
        given = dict(kwargs)
    name, attributes = given.pop("name", None), given.pop("attr", None)
    given.pop("out", None)
    known = face(cls)
    inputs: Sequence[Entry] | Mapping[str, Entry]
    if cls.open_ended:
        inputs = _either(cls, args, given)
    elif known.count is not None:
        inputs = _variadic(cls, known.count, args, given)
    else:
        inputs = _by_name(known.inputs, known.parameters, args, given)
    node = make_node(cls, alias.lower(), inputs, given, name, attributes)
    return Symbol([Entry(node, index) for index in range(node.visible_outputs)])


def _by_name(
    names: Sequence[str], parameters: Sequence[str], args: Sequence[Any], given: dict[str, Any]
) -> dict[str, Entry]:
    """The inputs by name, taken out of the arguments; positional arguments behind them become parameters."""
    if len(args) > len(names) + len(parameters):
        raise CompositionError(f"at most {len(names) + len(parameters)} arguments are taken, but {len(args)} are given")
    inputs = {}
    for key, value in zip((*names, *parameters), args, strict=False):
        if key in given:
            raise CompositionError(f"{key!r} is given twice, by position and by keyword")
        if value is not None:
            given[key] = value
    for key, value in given.items():
        if isinstance(value, Symbol) and key not in names:
            raise CompositionError(f"there is no input {key!r}; the inputs are {', '.join(names) or 'none'}")
    for key in names:
        if key in given and (isinstance(given[key], Symbol) or key not in parameters):
            inputs[key] = single_entry(key, given.pop(key))
    return inputs


def _variadic(
    cls: type[Operator], count: str, args: Sequence[Any], given: dict[str, Any]
) -> Sequence[Entry] | Mapping[str, Entry]:
    """The inputs of an operator that takes any number of them; their count becomes a parameter."""
    named = {key: given.pop(key) for key in list(given) if isinstance(given[key], Symbol)}
    if counted(cls, count):
        given.setdefault(count, len(named) if named else len(args))
    return _either(cls, args, named)


def _either(cls: type[Operator], args: Sequence[Any], given: dict[str, Any]) -> Sequence[Entry] | Mapping[str, Entry]:
    """The inputs by position, or by name: these are taken out of the arguments."""
    named = {key: given.pop(key) for key in list(given) if isinstance(given[key], Symbol)}
    if args and named:
        raise CompositionError(f"{cls.name} takes its inputs either by position or by keyword, not both")
    if named:
        return {key: single_entry(key, value) for key, value in named.items()}
    return [single_entry(f"arg{position}", value) for position, value in enumerate(args)]


def _create(alias: str, parameters: Mapping[str, Any], kwargs: Mapping[str, Any]) -> Symbol:
    return function(alias)(**parameters, **kwargs)


def _dtype_name(dtype: Any) -> str:
    return np.dtype(dtype).name if dtype is not None and dtype != "bfloat16" else str(dtype or "float32")


def zeros(shape: Any, dtype: Any = None, **kwargs: Any) -> Symbol:
    """A symbol of zeros; a dimension of 0 is left to inference. `dtype` is float32 unless given.

    >>> import symbolnb as mx
    >>> mx.sym.zeros((2, 3)).infer_shape()[1]
    [(2, 3)]
    """
    return _create("_zeros", {"shape": shape, "dtype": _dtype_name(dtype)}, kwargs)


def ones(shape: Any, dtype: Any = None, **kwargs: Any) -> Symbol:
    """A symbol of ones; a dimension of 0 is left to inference. `dtype` is float32 unless given."""
    return _create("_ones", {"shape": shape, "dtype": _dtype_name(dtype)}, kwargs)


def full(shape: Any, val: float, dtype: Any = None, **kwargs: Any) -> Symbol:
    """A symbol of one value everywhere. `dtype` is float32 unless given."""
    return _create("_full", {"shape": shape, "dtype": _dtype_name(dtype), "value": float(val)}, kwargs)


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool = False,
    name: str | None = None,
    dtype: Any = None,
) -> Symbol:
    """Evenly spaced values from `start` up to but without `stop`, each `repeat` times.

    With one number it counts from 0 to that number. With `infer_range` the length comes from inference.
    """
    parameters = {"start": start, "stop": stop, "step": step, "repeat": repeat, "infer_range": infer_range}
    return _create("_arange", {**parameters, "dtype": _dtype_name(dtype)}, {"name": name})


def linspace(
    start: float, stop: float, num: int, endpoint: bool = True, name: str | None = None, dtype: Any = None
) -> Symbol:
    """`num` evenly spaced values from `start` to `stop`, which is the last of them with `endpoint`."""
    step = (stop - start) / max(num - 1 if endpoint else num, 1)
    parameters = {"start": start, "step": step, "infer_range": True}
    if num <= 0:
        raise CompositionError(f"linspace needs num of 1 or more, but it is {num}")
    return _create(
        "_arange",
        {**parameters, "stop": start + step * (num - 0.5), "dtype": _dtype_name(dtype)},
        {"name": name},
    )


def eye(N: int, M: int = 0, k: int = 0, dtype: Any = None, **kwargs: Any) -> Symbol:  # MXNet's names
    """A matrix of N rows and M columns (N if 0) with ones on the diagonal number `k`."""
    return _create("_eye", {"N": N, "M": M, "k": k, "dtype": _dtype_name(dtype)}, kwargs)


def split_v2(
    ary: Symbol, indices_or_sections: int | tuple[int, ...], axis: int = 0, squeeze_axis: bool = False
) -> Symbol:
    """The symbol cut along an axis: into so many equal pieces, or at the positions in a tuple.

    `squeeze_axis` removes the axis from pieces of length 1.

    >>> import symbolnb as mx
    >>> mx.sym.split_v2(mx.sym.var("x"), (1, 3)).infer_shape(x=(5, 2))[1]
    [(1, 2), (2, 2), (2, 2)]
    """
    return ary.split_v2(indices_or_sections, axis, squeeze_axis)


def histogram(a: Symbol, bins: Any = 10, range: tuple[float, float] | None = None, **kwargs: Any) -> Symbol:
    """How many elements lie in each bin, and the bins' edges.

    `bins` is their number within `range`, or a symbol of edges.
    """
    if isinstance(bins, Symbol):
        return function("_histogram")(a, bins, **kwargs)
    if isinstance(bins, bool) or not isinstance(bins, (int, np.integer)):
        raise ParameterError(f"bins is {bins!r} but must be a number of bins or a Symbol of edges")
    if range is None:
        raise ParameterError("histogram of a Symbol needs a range, since the elements are not known yet")
    return function("_histogram")(a, bin_cnt=bins, range=range, **kwargs)


def _mixed(name: str, both: str, right: str, left: str, compute: Callable[[Any, Any], Any], doc: str) -> Any:
    """A function of two symbols, a symbol and a number, a number and a symbol, or two numbers."""

    def combine(first: Any, second: Any) -> Any:
        if isinstance(first, Symbol) and isinstance(second, Symbol):
            return function(both)(first, second)
        if isinstance(first, Symbol):
            return function(right)(first, scalar=second)
        if isinstance(second, Symbol):
            return function(left)(second, scalar=first)
        return compute(first, second)

    combine.__name__ = combine.__qualname__ = name
    combine.__doc__ = doc
    return combine


maximum = _mixed(
    "maximum", "_Maximum", "_MaximumScalar", "_MaximumScalar", max, "The larger of two, element by element."
)
minimum = _mixed(
    "minimum", "_Minimum", "_MinimumScalar", "_MinimumScalar", min, "The smaller of two, element by element."
)
power = _mixed(
    "power",
    "_Power",
    "_PowerScalar",
    "_RPowerScalar",
    pow,
    "The first to the power of the second, element by element.",
)
pow = power  # MXNet's second name for it
hypot = _mixed(
    "hypot", "_Hypot", "_HypotScalar", "_HypotScalar", lambda a, b: float(np.hypot(a, b)),
    "The hypotenuse of a right triangle with these legs, element by element.",
)  # fmt: skip
