"""Automatic mixed precision: a graph's heavy operators in 16 bits, the delicate ones in float32.

The interface is that of MXNet's `mxnet.contrib.amp`. `convert_model` is for inference; for training, `convert_symbol`
makes the graph, `scale_losses` and `LossScaler` keep small gradients from vanishing in float16 (Micikevicius et al.,
"Mixed Precision Training", ICLR 2018). bfloat16 has float32's range and needs no scaling.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from symbolnb.compile.passes.reduce_precision import Precision, reduce_precision
from symbolnb.compile.passes.scale_losses import scale_losses as _scale_losses
from symbolnb.contrib import precision
from symbolnb.dtypes import NAMES, dtype_of
from symbolnb.errors import BindError, ParameterError
from symbolnb.ndarray import NDArray
from symbolnb.ops import registry
from symbolnb.ops.base import OPERATORS
from symbolnb.symbol.symbol import Symbol

Conditional = Sequence[tuple[str, str, Sequence[str]]]

_LOGGER = logging.getLogger(__name__)


def list_lp16_ops(target_dtype: str = "float16") -> list[str]:
    """Names of the operators that run in the 16-bit type.

    >>> list_lp16_ops("bfloat16")
    ['Convolution', 'FullyConnected']
    """
    return list(precision.LOW[_target(target_dtype)])


def list_fp32_ops(target_dtype: str = "float16") -> list[str]:
    """Names of the operators that run in float32."""
    if _target(target_dtype) == "float16":
        return list(precision.FULL_FLOAT16)
    others = {*precision.LOW["bfloat16"], *precision.WIDEST["bfloat16"], *precision.EITHER_BFLOAT16}
    return sorted(_operators() - others)


def list_lp16_fp32_ops(target_dtype: str = "float16") -> list[str]:
    """Names of the operators that run in whatever type their inputs have."""
    conditional = {name for name, _, _ in precision.CONDITIONAL}
    target = _target(target_dtype)
    others = {*precision.LOW[target], *list_fp32_ops(target), *precision.WIDEST[target], *conditional}
    return sorted(_operators() - others)


def list_widest_type_cast(target_dtype: str = "float16") -> list[str]:
    """Names of the operators that run in the widest type among their inputs."""
    return sorted(precision.WIDEST[_target(target_dtype)])


def list_conditional_fp32_ops(target_dtype: str = "float16") -> list[tuple[str, str, list[str]]]:
    """Operators that run in float32 for some values of a parameter: operator, parameter, values."""
    _target(target_dtype)
    return [(name, parameter, list(values)) for name, parameter, values in precision.CONDITIONAL]


def list_loss_output_functions(target_dtype: str = "float16") -> list[str]:
    """Names of the losses whose gradient does not depend on what comes in from behind."""
    _target(target_dtype)
    return list(precision.LOSSES)


def convert_symbol(
    sym: Symbol,
    target_dtype: str = "float16",
    target_dtype_ops: Iterable[str] | None = None,
    fp32_ops: Iterable[str] | None = None,
    conditional_fp32_ops: Conditional | None = None,
    excluded_sym_names: Iterable[str] | None = None,
    data_names: Iterable[str] | None = None,
    cast_optional_params: bool = False,
) -> Symbol:
    """The graph in mixed precision: casts where an operator wants another type than its input has.

    `target_dtype` is "float16" or "bfloat16". The next three replace the lists that this module's `list_...` functions
    give; `excluded_sym_names` are nodes that stay in float32. `data_names` are the inputs that are no parameters, by
    default every argument without a type of its own; the types of all others are written into the graph, and with
    `cast_optional_params` a parameter that an operator reads in 16 bits is held in 16 bits.
    The outputs stay float32. `Symbol.tojson` and `save` leave the casts out unless they are asked not to.

    Raises `ParameterError` for a type or an operator that no list has, or one that is in two lists, and `BindError`
    for a name in `data_names` that the graph does not have.

    >>> import symbolnb as mx
    >>> net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, no_bias=True, name="fc")
    >>> [node.name for node in convert_symbol(net).get_internals()]
    ['data', 'data_amp_cast_float16', 'fc_weight', 'fc_weight_amp_cast_float16', 'fc', 'fc_output_amp_cast_float32']
    """
    target = _target(target_dtype)
    conditional = list_conditional_fp32_ops(target) if conditional_fp32_ops is None else conditional_fp32_ops
    low = frozenset(_canonical(list_lp16_ops(target) if target_dtype_ops is None else target_dtype_ops))
    full = frozenset(_canonical(list_fp32_ops(target) if fp32_ops is None else fp32_ops))
    lists = {"target_dtype_ops": low, "fp32_ops": full, "conditional_fp32_ops": {name for name, _, _ in conditional}}
    _refuse_overlap(lists)
    rules = Precision(
        target=dtype_of(target),
        low=low,
        full=full,
        widest=precision.WIDEST[target] - low - full,
        conditional=_by_operator(conditional),
        excluded=frozenset(() if excluded_sym_names is None else excluded_sym_names),
        parameters=_parameters(sym, data_names),
        store_low=cast_optional_params,
    )
    return Symbol(reduce_precision(sym.entries, rules))


def convert_model(
    sym: Symbol,
    arg_params: Mapping[str, NDArray],
    aux_params: Mapping[str, NDArray],
    target_dtype: str = "float16",
    target_dtype_ops: Iterable[str] | None = None,
    fp32_ops: Iterable[str] | None = None,
    conditional_fp32_ops: Conditional | None = None,
    excluded_sym_names: Iterable[str] | None = None,
    cast_optional_params: bool = False,
) -> tuple[Symbol, dict[str, NDArray], dict[str, NDArray]]:
    """A model in mixed precision for inference: the graph of `convert_symbol`, and parameters in the types it wants.

    The dictionaries given are left as they are; with `cast_optional_params` weights take half the memory.

    >>> import symbolnb as mx
    >>> net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, no_bias=True, name="fc")
    >>> weights = {"fc_weight": mx.nd.ones((2, 3))}
    >>> net, weights, _ = convert_model(net, weights, {}, "bfloat16", cast_optional_params=True)
    >>> net.eval(data=mx.nd.ones((1, 3)), **weights)[0].asnumpy()
    array([[3., 3.]], dtype=float32)
    """
    known = {*arg_params, *aux_params}
    data_names = [name for name in sym.list_inputs() if name not in known]
    new = convert_symbol(
        sym, target_dtype, target_dtype_ops, fp32_ops, conditional_fp32_ops, excluded_sym_names, data_names,
        cast_optional_params,
    )  # fmt: skip
    attributes = new.attr_dict()

    def typed(name: str, array: NDArray) -> NDArray:
        dtype = attributes.get(name, {}).get("__dtype__", "-1")
        return array if dtype == "-1" else array.astype(NAMES[int(dtype)], copy=False)

    return (
        new,
        {name: typed(name, array) for name, array in arg_params.items()},
        {name: typed(name, array) for name, array in aux_params.items()},
    )


def scale_losses(sym: Symbol, name: str = "loss_scale") -> Symbol:
    """The graph with its gradients multiplied by a number that is given as one more argument, an array of shape (1,).

    Every output's gradient is scaled, that of losses such as SoftmaxOutput, which ignore what comes in from behind,
    included; what forward computes stays the same. Divide the gradients of the parameters by the same number.

    >>> import symbolnb as mx
    >>> net = scale_losses(mx.sym.LinearRegressionOutput(mx.sym.var("x"), mx.sym.var("label"), name="loss"))
    >>> net.list_arguments()
    ['x', 'loss_scale', 'label']
    """
    if name in sym.list_inputs():
        raise BindError(f"scale_losses: the graph has an input {name!r} already; give another name")
    return Symbol(_scale_losses(sym.entries, name))


class LossScaler:
    """How much to scale the loss by: as much as float16 bears, found by trying.

    It starts with 2^16, is halved after a step whose gradients overflowed, and doubled after 2,000 steps without,
    up to 2^24. `has_overflow` is asked once a step; the step is to be left out where it says True.

    >>> import symbolnb as mx
    >>> scaler = LossScaler()
    >>> scaler.has_overflow([mx.nd.array([1.0, float("inf")])]), scaler.loss_scale
    (True, 32768.0)
    """

    SEQUENCE = 2000
    LARGEST = 2.0**24

    def __init__(self) -> None:
        self.loss_scale = 2.0**16
        """What the next step's losses are to be multiplied by."""
        self._unskipped = 0

    def has_overflow(self, grads: Iterable[NDArray]) -> bool:
        """Whether some gradient is infinite or not a number; sets `loss_scale` for the step to come."""
        overflow = not all(bool(np.isfinite(grad.asnumpy().astype("float32")).all()) for grad in grads)
        self._unskipped = 0 if overflow else self._unskipped + 1
        if overflow:
            self.loss_scale /= 2
            _LOGGER.info("AMP: the loss scale goes down to %g", self.loss_scale)
        elif self._unskipped == self.SEQUENCE:
            self._unskipped = 0
            self.loss_scale = min(self.LARGEST, self.loss_scale * 2)
            _LOGGER.info("AMP: the loss scale goes up to %g", self.loss_scale)
        return overflow


def _target(target_dtype: str) -> str:
    name = dtype_of(target_dtype).name
    if name not in precision.LOW:
        raise ParameterError(f"amp: target_dtype is {name!r} but must be 'float16' or 'bfloat16'")
    return name


def _operators() -> set[str]:
    return {operator.name for operator in OPERATORS.values() if not operator.internal}


def _canonical(names: Iterable[str]) -> list[str]:
    """The operators' own names for names that may be aliases."""
    return [registry.find(name).name for name in names]


def _refuse_overlap(lists: Mapping[str, Iterable[str]]) -> None:
    items = list(lists.items())
    for position, (name, operators) in enumerate(items):
        for other, others in items[position + 1 :]:
            common = sorted(set(operators) & set(others))
            if common:
                raise ParameterError(f"amp: {', '.join(common)} must not be in both {name} and {other}")


def _by_operator(conditional: Conditional) -> dict[str, dict[str, frozenset[str]]]:
    found: dict[str, dict[str, frozenset[str]]] = {}
    for name, parameter, values in conditional:
        found.setdefault(registry.find(name).name, {})[parameter] = frozenset(values)
    return found


def _parameters(sym: Symbol, data_names: Iterable[str] | None) -> frozenset[str]:
    """The variables that are parameters."""
    inputs = sym.list_inputs()
    if data_names is None:
        attributes = sym.attr_dict()
        return frozenset(name for name in inputs if "__dtype__" in attributes.get(name, {}))
    data = set(data_names)
    missing = sorted(data - set(inputs))
    if missing:
        raise BindError(f"amp: data_names has {', '.join(missing)}, but the graph's inputs are {', '.join(inputs)}")
    return frozenset(inputs) - data
