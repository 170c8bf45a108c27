"""`nd.contrib.foreach`, `while_loop` and `cond`: loops and branches over arrays, run at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symbolnb.errors import CompositionError
from symbolnb.ndarray.array import NDArray
from symbolnb.ndarray.creation import zeros
from symbolnb.ndarray.functions import function
from symbolnb.ndarray.nested import flatten, regroup


def foreach(body: Callable[[Any, Any], tuple[Any, Any]], data: Any, init_states: Any) -> tuple[Any, Any]:
    """A loop over the first axis of `data`, an array or a list of arrays.

    ``body(slice, states)`` returns the step's outputs and the new states. The result is the outputs of all
    steps, stacked, and the last states.

    >>> from symbolnb import nd
    >>> sums, last = nd.contrib.foreach(lambda x, s: (x + s, x + s), nd.array([1.0, 2.0, 3.0]), nd.zeros(1))
    >>> sums.asnumpy().ravel().tolist()
    [1.0, 3.0, 6.0]
    """
    looped, data_form = flatten(data, NDArray, "data")
    flatten(init_states, NDArray, "init_states")
    if not looped:
        raise CompositionError("foreach needs an array to loop over, but data is empty")
    states, rows, form = init_states, [], None
    for step in range(looped[0].shape[0]):
        outputs, states = body(regroup([array[step] for array in looped], data_form), states)
        flat, form = flatten(outputs, NDArray, "an output of foreach's body")
        rows.append(flat)
    stacked = [function("stack")(*column, axis=0) for column in zip(*rows, strict=True)]
    return regroup(stacked, form), states


def while_loop(
    cond: Callable[..., Any], func: Callable[..., tuple[Any, Any]], loop_vars: Any, max_iterations: int | None = None
) -> tuple[Any, Any]:
    """A loop that goes on while ``cond(*loop_vars)`` is not 0, for at most `max_iterations` steps.

    ``func(*loop_vars)`` returns the outputs of a step and the new loop variables. The result is the outputs of
    all steps, stacked, and the last loop variables. The outputs are `max_iterations` long, with zeros for the
    steps that were not taken; without any step there are none.

    >>> from symbolnb import nd
    >>> out, last = nd.contrib.while_loop(lambda i: i < 3, lambda i: (i * i, i + 1), [nd.zeros(1)], max_iterations=5)
    >>> out.asnumpy().ravel().tolist()
    [0.0, 1.0, 4.0, 0.0, 0.0]
    """
    single = isinstance(loop_vars, NDArray)
    values = [loop_vars] if single else list(loop_vars)
    if max_iterations is None:
        raise CompositionError("while_loop needs max_iterations, the number of steps that there may be")
    if not values:
        raise CompositionError("while_loop needs at least one loop variable")
    rows: list[list[NDArray]] = []
    form: Any = []
    while len(rows) < int(max_iterations) and bool(_number(cond(*values))):
        outputs, new = func(*values)
        new = [] if new is None else [new] if isinstance(new, NDArray) else list(new)
        if len(new) != len(values):
            raise CompositionError(f"while_loop has {len(values)} loop variables but its function returns {len(new)}")
        flat, form = flatten([] if outputs is None else outputs, NDArray, "what the function of while_loop returns")
        if rows and len(flat) != len(rows[0]):
            raise CompositionError(f"a step of while_loop gives {len(flat)} outputs, but the first gave {len(rows[0])}")
        rows.append(flat)
        values = new
    stacked = [_padded(list(column), int(max_iterations)) for column in zip(*rows, strict=True)]
    return regroup(stacked, form), values[0] if single else values


def _padded(column: list[NDArray], length: int) -> NDArray:
    missing = length - len(column)
    whole: NDArray = function("stack")(*column, axis=0)
    if not missing:
        return whole
    rest = zeros((missing, *whole.shape[1:]), whole.context, whole.dtype)
    padded: NDArray = function("Concat")(whole, rest, dim=0)
    return padded


def cond(pred: Any, then_func: Callable[[], Any], else_func: Callable[[], Any]) -> Any:
    """What `then_func` returns where `pred`, a single number, is not 0, else what `else_func` does.

    >>> from symbolnb import nd
    >>> nd.contrib.cond(nd.array([1.0]), lambda: "then", lambda: "else")
    'then'
    """
    return then_func() if bool(_number(pred)) else else_func()


def _number(value: Any) -> Any:
    return value.asscalar() if isinstance(value, NDArray) else value
