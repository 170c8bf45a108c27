"""Post-training quantization: a trained model in 8-bit integers, with ranges found on some of its data.

The interface is that of MXNet's `mxnet.contrib.quantization`. Ranges by entropy follow Migacz, "8-bit Inference with
TensorRT", GTC 2017: what lies outside is clipped where that loses less than coarser steps would.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from symbolnb.compile.passes.fold_batch_norms import Fold, fold_batch_norms
from symbolnb.compile.passes.quantize import Quantization, calibrate, quantize
from symbolnb.context import Context, cpu
from symbolnb.errors import BindError, ParameterError
from symbolnb.ndarray import NDArray, contrib
from symbolnb.ndarray import array as nd_array
from symbolnb.ndarray.op import max as nd_max
from symbolnb.ndarray.op import min as nd_min
from symbolnb.symbol.symbol import Symbol

BINS = 8001
"""How many bins a histogram of an array starts with, as in MXNet."""

Ranges = dict[str, tuple[float, float]]


def quantize_model(
    sym: Symbol,
    arg_params: Mapping[str, NDArray],
    aux_params: Mapping[str, NDArray],
    data_names: Sequence[str] = ("data",),
    label_names: Sequence[str] = ("softmax_label",),
    ctx: Context | None = None,
    excluded_sym_names: Iterable[str] | None = None,
    excluded_op_names: Iterable[str] | None = None,
    calib_mode: str | None = "entropy",
    calib_data: Iterable[Any] | None = None,
    num_calib_examples: int | None = None,
    quantized_dtype: str = "int8",
    quantize_mode: str = "smart",
    quantize_granularity: str = "tensor-wise",
    logger: logging.Logger | None = None,
) -> tuple[Symbol, dict[str, NDArray], dict[str, NDArray]]:
    """The model with convolutions, fully connected layers and what lies between them in 8-bit integers.

    `calib_mode` says where the ranges of the arrays come from: "naive" takes the least and the greatest number seen,
    "entropy" the range that keeps most of what the array tells, "none" looks for them at every run. `calib_data` gives
    batches: an object with a list `data` (a DataBatch), a list of arrays in the order of `data_names`, or one array.
    Calibration stops after `num_calib_examples` examples. `quantized_dtype` is "int8", "uint8" or "auto", which is
    uint8 where nothing negative was seen. With `quantize_mode` "full" every operator that can be quantized is.
    Weights are quantized here, once: `fc_weight` becomes `fc_weight_quantize` with `_min` and `_max`.

    Raises `ParameterError` for a mode or type that does not exist, and `BindError` where calibration lacks its data.

    >>> import symbolnb as mx
    >>> net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, no_bias=True, name="fc")
    >>> weights = {"fc_weight": mx.nd.array([[1.0, 0.5], [0.0, -1.0]])}
    >>> net, weights, _ = quantize_model(net, weights, {}, calib_mode="naive", calib_data=[mx.nd.array([[1, 2]])])
    >>> sorted(weights)
    ['fc_weight_quantize', 'fc_weight_quantize_max', 'fc_weight_quantize_min']
    >>> net.eval(data=mx.nd.array([[1, 2]]), **weights)[0].asnumpy().round(1)
    array([[ 2., -2.]], dtype=float32)
    """
    _check("quantized_dtype", quantized_dtype, ("int8", "uint8", "auto"))
    _check("quantize_mode", quantize_mode, ("smart", "full"))
    _check("quantize_granularity", quantize_granularity, ("tensor-wise",))
    _check("calib_mode", "none" if calib_mode is None else calib_mode, ("none", "naive", "entropy"))
    wanted = Quantization(
        dtype=quantized_dtype,
        everything=quantize_mode == "full",
        excluded=frozenset(() if excluded_sym_names is None else excluded_sym_names),
        excluded_operators=frozenset(() if excluded_op_names is None else excluded_op_names),
        offline=frozenset(arg_params),
    )
    heads, measured = quantize(sym.entries, wanted)
    if calib_mode not in (None, "none"):
        if calib_data is None:
            raise BindError(f"quantize_model: calib_mode is {calib_mode!r}, so calib_data must be given")
        place = cpu() if ctx is None else ctx
        batches = _batches(calib_data, data_names, num_calib_examples, logger)
        arrays = _arrays(sym, measured, {**arg_params, **aux_params}, place, batches, label_names)
        heads = calibrate(heads, (_seen if calib_mode == "naive" else _by_entropy)(arrays, quantized_dtype))
    new = Symbol(heads)
    return new, _quantized_parameters(new, arg_params), dict(aux_params)


def fold_batch_norm(
    sym: Symbol, arg_params: Mapping[str, NDArray], aux_params: Mapping[str, NDArray]
) -> tuple[Symbol, dict[str, NDArray], dict[str, NDArray]]:
    """The model with each batch normalization in the weights of the convolution or fully connected layer before it.

    With ``scale = gamma / √(var + eps)`` (``1 / √(var + eps)`` where gamma is fixed) a layer's weight becomes
    ``weight · scale`` and its bias ``(bias - mean) · scale + beta``. A normalization stays where somebody else reads
    the layer's result or where layers share weights. What is left has the same results but for rounding, and is for
    inference only. Call it before `quantize_model`: each normalization of integers costs time and exactness.

    Raises `BindError` where an array of a normalization or of its layer is in neither dictionary.

    >>> import symbolnb as mx
    >>> net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=1, no_bias=True, name="fc")
    >>> net = mx.sym.BatchNorm(net, eps=1e-3, name="bn")
    >>> ones = {name: mx.nd.ones((1,)) for name in ("bn_gamma", "bn_beta")} | {"fc_weight": mx.nd.ones((1, 2))}
    >>> net, arrays, _ = fold_batch_norm(net, ones, {"bn_moving_mean": mx.nd.zeros(1), "bn_moving_var": mx.nd.ones(1)})
    >>> net.list_arguments()
    ['data', 'fc_weight', 'fc_bias']
    >>> arrays["fc_bias"].asnumpy()
    array([1.], dtype=float32)
    """
    heads, folds = fold_batch_norms(sym.entries)
    given = {**arg_params, **aux_params}
    new = Symbol(heads)
    found = dict(arg_params)
    for fold in folds:
        found |= _folded(fold, given)
    arguments, states = set(new.list_arguments()), set(new.list_auxiliary_states())
    return (
        new,
        {name: array for name, array in found.items() if name in arguments},
        {name: array for name, array in aux_params.items() if name in states},
    )


def _folded(fold: Fold, given: Mapping[str, NDArray]) -> dict[str, NDArray]:
    """The weight and the bias of a layer that does the work of its normalization, computed in float64."""
    names = [fold.weight, fold.beta, fold.mean, fold.variance]
    names += [fold.bias] * fold.has_bias + [fold.gamma] * (not fold.fix_gamma)
    missing = [name for name in names if name not in given]
    if missing:
        raise BindError(f"fold_batch_norm: {', '.join(missing)} must be among the arrays of the model")
    values = {name: given[name].asnumpy().astype(np.float64) for name in names}
    weight, dtype = values[fold.weight], given[fold.weight].dtype
    scale = (1 if fold.fix_gamma else values[fold.gamma]) / np.sqrt(values[fold.variance] + fold.eps)
    bias = values[fold.bias] if fold.has_bias else 0
    made = {
        fold.weight: weight * scale.reshape(-1, *(1,) * (weight.ndim - 1)),
        fold.bias: (bias - values[fold.mean]) * scale + values[fold.beta],
    }
    return {
        name: nd_array(array.astype(dtype), ctx=given[fold.weight].context, dtype=dtype) for name, array in made.items()
    }


def _check(name: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ParameterError(f"quantize_model: {name} is {value!r} but must be {' or '.join(map(repr, allowed))}")


def _quantized_parameters(sym: Symbol, params: Mapping[str, NDArray]) -> dict[str, NDArray]:
    """The arrays that the quantized graph asks for."""
    found: dict[str, NDArray] = {}
    for name in sym.list_arguments():
        original = name.removesuffix("_quantize")
        if name in params:
            found[name] = params[name]
        elif name.endswith("_quantize") and original in params:
            array = params[original]
            low, high = nd_min(array), nd_max(array)
            made = contrib.quantize(data=array, min_range=low, max_range=high, out_type="int8")
            for end, part in zip(("", "_min", "_max"), made, strict=True):
                found[name + end] = part
    return found


def _batches(
    data: Iterable[Any], names: Sequence[str], limit: int | None, logger: logging.Logger | None
) -> Iterator[dict[str, NDArray]]:
    """Batches by the names of inputs, until there are as many examples as wanted."""
    if hasattr(data, "reset"):
        data.reset()
    examples = 0
    for batch in data:
        parts = batch if isinstance(batch, (NDArray, np.ndarray)) else getattr(batch, "data", batch)
        given = list(parts) if isinstance(parts, (list, tuple)) else [parts]
        if len(given) < len(names):
            raise BindError(f"quantize_model: a batch of calib_data has {len(given)} arrays but data_names are {names}")
        arrays = [array if isinstance(array, NDArray) else nd_array(array) for array in given]
        examples += arrays[0].shape[0]
        yield dict(zip(names, arrays, strict=False))
        if limit is not None and examples >= limit:
            break
    if examples == 0:
        raise BindError("quantize_model: calib_data has no batch")
    if logger is not None:
        logger.info("quantize_model: calibrated on %d examples", examples)


def _arrays(
    sym: Symbol,
    names: Sequence[str],
    params: Mapping[str, NDArray],
    ctx: Context,
    batches: Iterable[Mapping[str, NDArray]],
    label_names: Sequence[str],
) -> Iterator[dict[str, Any]]:
    """For each batch what the arrays of these names hold in the model as it is."""
    internals = sym.get_internals()
    probe = Symbol(tuple(internals[name].entries[0] for name in names))
    labels = [name for name in probe.list_inputs() if name in label_names and name not in params]
    executor, shapes = None, None
    for batch in batches:
        now = {name: array.shape for name, array in batch.items()}
        if executor is None or now != shapes:
            shapes = now
            wanted: dict[str, Any] = {name: shape for name, shape in now.items() if name in probe.list_inputs()}
            executor = probe.simple_bind(ctx, grad_req="null", **wanted)
            executor.copy_params_from(
                {name: array for name, array in params.items() if name in executor.arg_dict},
                {name: array for name, array in params.items() if name in executor.aux_dict},
            )
            for name in labels:
                executor.arg_dict[name][:] = 0
        inputs: dict[str, Any] = {name: array for name, array in batch.items() if name in executor.arg_dict}
        outputs = executor.forward(**inputs)
        yield {name: output.asnumpy() for name, output in zip(names, outputs, strict=True)}


def _seen(batches: Iterable[Mapping[str, Any]], _: str) -> Ranges:
    """The least and the greatest number of each array."""
    found: Ranges = {}
    for batch in batches:
        for name, array in batch.items():
            low, high = found.get(name, (np.inf, -np.inf))
            found[name] = (min(low, float(array.min())), max(high, float(array.max())))
    return found


class _Histogram:
    """How often numbers around zero were seen; it grows by whole bins on both sides."""

    def __init__(self, array: Any) -> None:
        self.low, self.high = float(array.min()), float(array.max())
        self.reach = max(abs(self.low), abs(self.high))
        self.counts, self.edges = np.histogram(array, bins=BINS, range=(-self.reach, self.reach))

    def add(self, array: Any) -> None:
        low, high = float(array.min()), float(array.max())
        self.low, self.high = min(self.low, low), max(self.high, high)
        reach = max(abs(low), abs(high))
        more = 0
        if reach > self.reach:
            step = 2 * self.reach / len(self.counts)
            more = int((reach - self.reach) // step + 1)
            self.reach += more * step
        counts, self.edges = np.histogram(
            array, bins=len(self.counts) + 2 * more, range=(-self.reach, self.reach)
        )  # fmt: skip
        counts[more : len(counts) - more] += self.counts
        self.counts = counts


def _by_entropy(batches: Iterable[Mapping[str, Any]], dtype: str) -> Ranges:
    """The range of each array that changes its distribution least."""
    histograms: dict[str, _Histogram] = {}
    for batch in batches:
        for name, array in batch.items():
            if name in histograms:
                histograms[name].add(array)
            else:
                histograms[name] = _Histogram(array)
    return {name: _threshold(histogram, dtype) for name, histogram in histograms.items()}


def _threshold(histogram: _Histogram, dtype: str) -> tuple[float, float]:
    positive = histogram.low >= 0 and dtype in ("auto", "uint8")
    found, _ = contrib.calibrate_entropy(
        hist=nd_array(histogram.counts), hist_edges=nd_array(histogram.edges),
        num_quantized_bins=511 if positive else 255,
    )  # fmt: skip
    threshold = float(found.asnumpy().item())
    return (0.0 if positive else -threshold, threshold)
