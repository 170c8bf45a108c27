"""Batch normalizations in the weights before them: where that happens, where it must not, and that results stay."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.contrib.quantization import fold_batch_norm, quantize_model
from symbolnb.errors import BindError

Arrays = dict[str, Any]


def arrays_of(net: mx.sym.Symbol, **shapes: tuple[int, ...]) -> tuple[Arrays, Arrays]:
    """Random weights, and statistics of a variance above 0."""
    rng = np.random.default_rng(3)
    arguments, _, states = net.infer_shape(**shapes)
    args = {
        name: mx.nd.array(rng.normal(size=shape))
        for name, shape in zip(net.list_arguments(), arguments, strict=True)
        if name not in shapes
    }
    aux = {
        name: mx.nd.array(rng.uniform(0.5, 2, size=shape))
        for name, shape in zip(net.list_auxiliary_states(), states, strict=True)
    }
    return args, aux


def result(net: mx.sym.Symbol, args: Arrays, aux: Arrays, data: Any) -> Any:
    given = {name: mx.nd.array(data) if name == "data" else args[name] for name in net.list_arguments()}
    return net.bind(mx.cpu(), given, aux_states=aux, grad_req="null").forward()[0].asnumpy()


def chain(layer: mx.sym.Symbol, **norm: Any) -> mx.sym.Symbol:
    return mx.sym.Activation(mx.sym.BatchNorm(layer, name="bn", **norm), act_type="relu")


DATA = mx.sym.var("data")
FOLDED = {
    "convolution": (chain(mx.sym.Convolution(DATA, kernel=(3, 3), num_filter=5, name="layer")), (2, 3, 6, 6)),
    "free gamma": (
        chain(mx.sym.Convolution(DATA, kernel=(3, 3), num_filter=5, name="layer"), fix_gamma=False, eps=0.1),
        (2, 3, 6, 6),
    ),
    "no bias": (
        chain(mx.sym.Convolution(DATA, kernel=(1, 1), num_filter=5, no_bias=True, name="layer"), fix_gamma=False),
        (2, 3, 6, 6),
    ),
    "groups": (
        chain(mx.sym.Convolution(DATA, kernel=(3, 3), num_filter=6, num_group=3, name="layer"), fix_gamma=False),
        (2, 3, 6, 6),
    ),
    "channels last": (
        chain(mx.sym.Convolution(DATA, kernel=(3, 3), num_filter=5, layout="NHWC", name="layer"), axis=3),
        (2, 6, 6, 3),
    ),
    "one dimension": (chain(mx.sym.Convolution(DATA, kernel=(3,), num_filter=5, name="layer")), (2, 3, 6)),
    "fully connected": (chain(mx.sym.FullyConnected(DATA, num_hidden=5, name="layer"), fix_gamma=False), (4, 3)),
    "last axis": (chain(mx.sym.FullyConnected(DATA, num_hidden=5, flatten=False, name="layer"), axis=-1), (4, 2, 3)),
}


@pytest.mark.parametrize("name", FOLDED)
def test_results_stay(name: str) -> None:
    net, shape = FOLDED[name]
    args, aux = arrays_of(net, data=shape)
    data = np.random.default_rng(4).normal(size=shape)
    small, small_args, small_aux = fold_batch_norm(net, args, aux)
    assert "BatchNorm" not in small.tojson()
    assert small.list_arguments() == ["data", "layer_weight", "layer_bias"] == ["data", *small_args]
    assert small_aux == {}
    expected = result(net, args, aux, data)
    np.testing.assert_allclose(result(small, small_args, small_aux, data), expected, rtol=1e-5, atol=1e-5)
    assert sorted(args) == sorted(set(net.list_arguments()) - {"data"})  # what was given is as it was


def layer(**options: Any) -> mx.sym.Symbol:
    return mx.sym.Convolution(DATA, kernel=(3, 3), num_filter=5, name="layer", **options)


def shared() -> mx.sym.Symbol:
    weight = mx.sym.var("w")
    one, two = (mx.sym.Convolution(DATA, weight, kernel=(1, 1), num_filter=3, name=f"c{at}") for at in range(2))
    return mx.sym.BatchNorm(one, name="bn") + two


def read_twice() -> mx.sym.Symbol:
    inner = layer()
    return mx.sym.BatchNorm(inner, name="bn") + inner


KEPT = {
    "the layer's result is read elsewhere": read_twice(),
    "the weight is shared": shared(),
    "statistics are put out": mx.sym.Group(list(mx.sym.BatchNorm(layer(), output_mean_var=True, name="bn"))),
    "another axis": mx.sym.BatchNorm(layer(), axis=2, name="bn"),
    "no layer": mx.sym.BatchNorm(DATA, name="bn"),
    "a function between": mx.sym.BatchNorm(mx.sym.tanh(layer()), name="bn"),
    "a weight that is computed": mx.sym.BatchNorm(
        mx.sym.Convolution(DATA, mx.sym.tanh(mx.sym.var("w")), kernel=(3, 3), num_filter=5, name="layer"), name="bn"
    ),
}


@pytest.mark.parametrize("why", KEPT)
def test_it_stays_where(why: str) -> None:
    net = KEPT[why]
    args, aux = arrays_of(net, data=(2, 3, 6, 6))
    kept, kept_args, kept_aux = fold_batch_norm(net, args, aux)
    assert kept.tojson() == net.tojson()
    assert (kept_args, kept_aux) == (args, aux)


def test_a_new_bias_has_a_name_of_its_own() -> None:
    other = mx.sym.var("layer_bias")
    net = mx.sym.broadcast_add(mx.sym.BatchNorm(layer(no_bias=True), name="bn"), other.reshape((1, 5, 1, 1)))
    args, aux = arrays_of(net, data=(2, 3, 6, 6), layer_bias=(5,))
    args["layer_bias"] = mx.nd.ones((5,))
    small, small_args, _ = fold_batch_norm(net, args, aux)
    assert small.list_arguments() == ["data", "layer_weight", "layer_bias_folded", "layer_bias"]
    data = np.ones((2, 3, 6, 6))
    np.testing.assert_allclose(result(small, small_args, {}, data), result(net, args, aux, data), rtol=1e-5, atol=1e-5)


def test_missing_arrays_are_named() -> None:
    net, shape = FOLDED["free gamma"]
    args, aux = arrays_of(net, data=shape)
    del args["bn_gamma"]
    with pytest.raises(BindError, match=r"^fold_batch_norm: bn_gamma must be among the arrays of the model$"):
        fold_batch_norm(net, args, aux)


def test_integers_flow_where_normalizations_stood() -> None:
    net = chain(layer(no_bias=True), fix_gamma=False)
    net = mx.sym.Convolution(net, kernel=(1, 1), num_filter=4, name="last")
    args, aux = arrays_of(net, data=(8, 3, 6, 6))
    data = np.random.default_rng(5).normal(size=(8, 3, 6, 6)).astype("float32")
    options: dict[str, Any] = {"calib_mode": "naive", "calib_data": [mx.nd.array(data)], "label_names": ()}
    small = quantize_model(*fold_batch_norm(net, args, aux), **options)
    operators = [node["op"] for node in json.loads(small[0].tojson())["nodes"] if node["op"] != "null"]
    layers = [name for name in operators if "quantize_v2" not in name and "dequantize" not in name]
    assert layers == [
        "_contrib_quantized_conv", "_contrib_requantize", "_contrib_quantized_act",
        "_contrib_quantized_conv", "_contrib_requantize",
    ]  # fmt: skip
    assert operators.count("_contrib_dequantize") == 1
    expected = result(net, args, aux, data)
    assert np.abs(result(*small, data) - expected).max() < 0.03 * np.abs(expected).max()
