"""`sym.contrib`: loops and branches, and the operators that MXNet has under this name."""

from __future__ import annotations

from typing import Any

from symbolnb.ops.namespaces import Namespace
from symbolnb.ops.zipfian import zipfian
from symbolnb.symbol.control_flow import cond, foreach, while_loop
from symbolnb.symbol.functions import full, function
from symbolnb.symbol.random import uniform
from symbolnb.symbol.symbol import Symbol

__all__ = ["adamw_update", "cond", "foreach", "mp_adamw_update", "rand_zipfian", "while_loop"]

rand_zipfian = zipfian(uniform)


def _scale(value: Any) -> Symbol:
    """The gradient's factor as the operators want it: an array of one number."""
    return value if isinstance(value, Symbol) else full((1,), value)


def adamw_update(
    weight: Symbol, grad: Symbol, mean: Symbol, var: Symbol, rescale_grad: Any, lr: float, eta: float, **kwargs: Any
) -> Symbol:
    """One step of AdamW; `rescale_grad` is a number or a symbol of one. See the operator ``_adamw_update``."""
    scale = _scale(rescale_grad)
    return function("_adamw_update")(weight, grad, mean, var, scale, lr=lr, eta=eta, **kwargs)


def mp_adamw_update(
    weight: Symbol,
    grad: Symbol,
    mean: Symbol,
    var: Symbol,
    weight32: Symbol,
    rescale_grad: Any,
    lr: float,
    eta: float,
    **kwargs: Any,
) -> Symbol:
    """One step of AdamW of weights that have a copy in float32. See the operator ``_mp_adamw_update``."""
    scale = _scale(rescale_grad)
    return function("_mp_adamw_update")(weight, grad, mean, var, weight32, scale, lr=lr, eta=eta, **kwargs)


_namespace = Namespace(__name__, function, __all__)
__getattr__ = _namespace.find
__dir__ = _namespace.names
