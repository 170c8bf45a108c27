"""The functions of `nd.*`: one for each registered operator, made from its declaration when first asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MethodType
from typing import Any

from symbolnb.context import Context, current_context
from symbolnb.errors import CompositionError, DTypeError, UnknownOperatorError
from symbolnb.ndarray.arithmetic import common_context
from symbolnb.ndarray.array import NDArray
from symbolnb.ndarray.invoke import run
from symbolnb.ops.base import Operator
from symbolnb.ops.help import METHODS, counted, document, face, signature
from symbolnb.ops.parameters import show
from symbolnb.ops.registry import find

LAST = (
    ("out", "NDArray, or a list of them", "where the result goes, if not into a new array"),
    ("name", "str", "taken for the sake of sym.*, and not used"),
)


@cache
def function(name: str, called: str | None = None) -> Callable[..., Any]:
    """The function that computes the operator registered under `name`.

    `called` is the name it has in a namespace, such as ``gemm2`` for ``_linalg_gemm2``. Raises
    `UnknownOperatorError` with the nearest names.
    """
    cls = find(name)

    def compute(*args: Any, **kwargs: Any) -> Any:
        return call(cls, args, kwargs)

    compute.__name__ = compute.__qualname__ = name if called is None else called
    compute.__module__ = "symbolnb.ndarray"
    compute.__doc__ = document(cls, "nd", "NDArray", LAST)
    compute.__signature__ = signature(cls, [key for key, _, _ in LAST])  # type: ignore[attr-defined]
    return compute


def call(cls: type[Operator], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Compute an operator on what its function was called with.

    Arguments are inputs, then parameters, then `out`, by position or by name. Gives an NDArray, a list of them
    where the operator has several outputs, or what `out` was.
    """
    given = {key: value for key, value in kwargs.items() if value is not None or key in cls.parameters}
    known = face(cls)
    if cls.open_ended:
        return _call_open(cls, args, dict(kwargs))
    if known.count is not None:
        named = [given.pop(key) for key in list(given) if isinstance(given[key], NDArray) and key != "out"]
        inputs, names = [*args, *named], [f"arg{position}" for position in range(len(args) + len(named))]
        if counted(cls, known.count):
            given.setdefault(known.count, len(inputs))
    else:
        _place(cls, (*known.inputs, *known.parameters, "out", "name"), args, given)
        names = [name for name in known.inputs if name in given]
        inputs = [given.pop(name) for name in names]
    for name, value in zip(names, inputs, strict=True):
        if not isinstance(value, NDArray):
            raise DTypeError(f"{cls.name}: input {name} is a {type(value).__name__} but must be an NDArray")
    out, context = given.pop("out", None), given.pop("ctx", None)
    given.pop("name", None)
    operator = cls.from_attributes({key: show(value) for key, value in given.items()})
    if known.count is None:
        _require(operator, names)
    elif len(inputs) != len(operator.input_names()):
        wanted = operator.input_names()
        raise CompositionError(f"{operator} needs {len(wanted)} inputs ({', '.join(wanted)}) but got {len(inputs)}")
    return _run(operator, names, inputs, out, context)


def _call_open(cls: type[Operator], args: Sequence[Any], given: dict[str, Any]) -> Any:
    """Compute an operator whose inputs only an instance knows: they come by position, then by name."""
    out, context = given.pop("out", None), given.pop("ctx", None)
    given.pop("name", None)
    named = {key: given.pop(key) for key in list(given) if isinstance(given[key], NDArray)}
    operator = cls.from_attributes({key: show(value) for key, value in given.items()})
    order = operator.input_names()
    if len(args) > len(order):
        raise CompositionError(f"{operator} takes {len(order)} inputs but {len(args)} are given")
    inputs = {**dict(zip(order, args, strict=False)), **named}
    names = [name for name in order if name in inputs] + [name for name in inputs if name not in order]
    for name in names:
        if not isinstance(inputs[name], NDArray):
            raise DTypeError(f"{cls.name}: input {name} is a {type(inputs[name]).__name__} but must be an NDArray")
    _require(operator, names)
    return _run(operator, names, [inputs[name] for name in names], out, context)


def _place(cls: type[Operator], order: Sequence[str], args: Sequence[Any], given: dict[str, Any]) -> None:
    """Put the positional arguments among the named ones."""
    if len(args) > len(order):
        raise CompositionError(f"{cls.name} takes at most {len(order)} arguments but {len(args)} were given")
    for name, value in zip(order, args, strict=False):
        if name in given:
            raise CompositionError(f"{cls.name}: {name} is given twice, by position and by name")
        if value is not None or name in cls.parameters:
            given[name] = value


def _require(operator: Operator, names: Sequence[str]) -> None:
    """Check that exactly the inputs are given that the operator has with these parameters."""
    wanted = operator.input_names()
    if tuple(names) == wanted:
        return
    missing = [name for name in wanted if name not in names]
    if missing:
        raise CompositionError(f"{operator} needs {', '.join(wanted)} but {', '.join(missing)} is missing")
    extra = [name for name in names if name not in wanted]
    raise CompositionError(f"{operator} needs {', '.join(wanted) or 'no inputs'} and takes no {', '.join(extra)}")


def _run(operator: Operator, names: Sequence[str], inputs: Sequence[NDArray], out: Any, context: Any) -> Any:
    targets = None if out is None else list(out) if isinstance(out, (list, tuple)) else [out]
    for target in () if targets is None else targets:
        if not isinstance(target, NDArray):
            raise DTypeError(f"{operator.name}: out is a {type(target).__name__} but must be an NDArray")
    if inputs:
        place = common_context(operator.name, names, inputs)
    else:
        place = targets[0].context if targets else as_context(context)
    if targets is None:
        made = [NDArray(data, place) for data in run(operator, place, [array._data for array in inputs])]
        return made[0] if len(made) == 1 else made
    common_context(operator.name, ("the inputs", *["out"] * len(targets)), [NDArray((), place), *targets])
    run(operator, place, [array._data for array in inputs], [target._data for target in targets])
    return out


def as_context(value: Any) -> Context:
    """A device given as a Context, as text such as ``"gpu(0)"``, or as None for the current one."""
    if value is None or value == "":
        return current_context()
    if isinstance(value, Context):
        return value
    found = re.fullmatch(r"(\w+)(?:\((\d+)\))?", value) if isinstance(value, str) else None
    if found is None:
        raise DTypeError(f"ctx is {value!r} but must be a Context such as mx.cpu()")
    return Context(found[1], int(found[2]) if found[2] else 0)


class Method:
    """An operator's function as a method of NDArray: the array is the first input."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, array: NDArray | None, owner: type[NDArray]) -> Any:
        try:
            found = function(self.name)
        except UnknownOperatorError as error:
            raise AttributeError(f"NDArray has no method {self.name}: {error}") from None
        return found if array is None else MethodType(found, array)


for _name in METHODS:
    setattr(NDArray, _name, Method(_name))
