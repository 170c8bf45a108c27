"""`nd.contrib`: loops and branches, and the operators that MXNet has under this name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symbolnb.ndarray.array import NDArray
from symbolnb.ndarray.control_flow import cond, foreach, while_loop
from symbolnb.ndarray.creation import full
from symbolnb.ndarray.functions import function
from symbolnb.ndarray.random import uniform
from symbolnb.ops.namespaces import Namespace
from symbolnb.ops.zipfian import zipfian

__all__ = [
    "adamw_update", "cond", "foreach", "isfinite", "isinf", "isnan", "mp_adamw_update", "multi_adamw_update",
    "multi_lamb_update", "multi_mp_adamw_update", "multi_mp_lamb_update", "rand_zipfian", "while_loop",
]  # fmt: skip

rand_zipfian = zipfian(uniform)


def isinf(data: NDArray) -> NDArray:
    """1 where an element is infinite, else 0."""
    infinite: NDArray = function("abs")(data) == float("inf")
    return infinite


def isnan(data: NDArray) -> NDArray:
    """1 where an element is not a number, else 0."""
    return data != data  # the one value that is not equal to itself


def isfinite(data: NDArray) -> NDArray:
    """1 where an element is neither infinite nor not a number, else 0.

    >>> from symbolnb import nd
    >>> nd.contrib.isfinite(nd.array([1.0, float("inf"), float("nan")])).asnumpy().tolist()
    [1.0, 0.0, 0.0]
    """
    finite: NDArray = function("abs")(data) < float("inf")
    return finite


def _scale(value: Any, like: NDArray) -> NDArray:
    """The gradient's factor as the operators want it: an array of one number on the weight's device."""
    return value if isinstance(value, NDArray) else full((1,), value, like.context)


def adamw_update(
    weight: NDArray, grad: NDArray, mean: NDArray, var: NDArray, rescale_grad: Any, lr: float, eta: float, **kwargs: Any
) -> Any:
    """One step of AdamW; `rescale_grad` is a number or an array of one. See the operator ``_adamw_update``."""
    scale = _scale(rescale_grad, weight)
    return function("_adamw_update")(weight, grad, mean, var, scale, lr=lr, eta=eta, **kwargs)


def mp_adamw_update(
    weight: NDArray,
    grad: NDArray,
    mean: NDArray,
    var: NDArray,
    weight32: NDArray,
    rescale_grad: Any,
    lr: float,
    eta: float,
    **kwargs: Any,
) -> Any:
    """One step of AdamW of weights that have a copy in float32. See the operator ``_mp_adamw_update``."""
    scale = _scale(rescale_grad, weight)
    return function("_mp_adamw_update")(weight, grad, mean, var, weight32, scale, lr=lr, eta=eta, **kwargs)


def _alternating(*lists: Sequence[NDArray]) -> list[NDArray]:
    """All arrays of the first weight, then all of the second, and so on."""
    return [array for arrays in zip(*lists, strict=True) for array in arrays]


def multi_adamw_update(
    weights: Sequence[NDArray],
    grads: Sequence[NDArray],
    mean: Sequence[NDArray],
    var: Sequence[NDArray],
    rescale_grad: Any,
    lrs: Sequence[float],
    wds: Sequence[float],
    etas: Sequence[float],
    **kwargs: Any,
) -> Any:
    """One step of AdamW of several weights. See the operator ``_multi_adamw_update``."""
    count = kwargs.pop("size", 0) or len(weights)
    arrays = [*_alternating(weights, grads, mean, var), _scale(rescale_grad, weights[0])]
    return function("_multi_adamw_update")(*arrays, num_weights=count, lrs=lrs, wds=wds, etas=etas, **kwargs)


def multi_mp_adamw_update(
    weights: Sequence[NDArray],
    grads: Sequence[NDArray],
    mean: Sequence[NDArray],
    var: Sequence[NDArray],
    weights32: Sequence[NDArray],
    rescale_grad: Any,
    lrs: Sequence[float],
    wds: Sequence[float],
    etas: Sequence[float],
    **kwargs: Any,
) -> Any:
    """One step of AdamW of several weights with copies in float32. See the operator ``_multi_mp_adamw_update``."""
    count = kwargs.pop("size", 0) or len(weights)
    arrays = [*_alternating(weights, grads, mean, var, weights32), _scale(rescale_grad, weights[0])]
    return function("_multi_mp_adamw_update")(*arrays, num_weights=count, lrs=lrs, wds=wds, etas=etas, **kwargs)


def multi_lamb_update(
    weights: Sequence[NDArray],
    grads: Sequence[NDArray],
    mean: Sequence[NDArray],
    var: Sequence[NDArray],
    step_count: Sequence[int],
    lrs: Sequence[float],
    wds: Sequence[float],
    **kwargs: Any,
) -> Any:
    """One step of LAMB of several weights. See the operator ``_multi_lamb_update``."""
    return _lamb("_multi_lamb_update", (weights, grads, mean, var), step_count, lrs, wds, kwargs)


def multi_mp_lamb_update(
    weights: Sequence[NDArray],
    grads: Sequence[NDArray],
    mean: Sequence[NDArray],
    var: Sequence[NDArray],
    weights32: Sequence[NDArray],
    step_count: Sequence[int],
    lrs: Sequence[float],
    wds: Sequence[float],
    **kwargs: Any,
) -> Any:
    """One step of LAMB of several weights with copies in float32. See the operator ``_multi_mp_lamb_update``."""
    return _lamb("_multi_mp_lamb_update", (weights, grads, mean, var, weights32), step_count, lrs, wds, kwargs)


def _lamb(name: str, lists: Sequence[Sequence[NDArray]], steps: Any, lrs: Any, wds: Any, kwargs: dict[str, Any]) -> Any:
    count = kwargs.pop("num_tensors", 0) or len(lists[0])
    given = {"num_tensors": count, "step_count": steps, "learning_rates": lrs, "wds": wds, **kwargs}
    return function(name)(*_alternating(*lists), **given)


_namespace = Namespace(__name__, function, __all__)
__getattr__ = _namespace.find
__dir__ = _namespace.names
