"""Mixed precision: where casts go, as MXNet puts them; what it costs in accuracy; training with a scaled loss."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.contrib import amp
from symbolnb.errors import BindError, CompositionError, ParameterError, UnknownOperatorError

CASES = json.loads((Path(__file__).parents[1] / "golden" / "amp.json").read_text())


def structure(graph: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """A graph's nodes and heads; the names of casts, which MXNet makes up in two ways, are left out."""
    nodes = [
        (node["op"], "" if node["op"].startswith("amp_") else node["name"], node.get("attrs", {}),
         [edge[:2] for edge in node["inputs"]])
        for node in graph["nodes"]
    ]  # fmt: skip
    return nodes, [head[:2] for head in graph["heads"]]


@pytest.mark.parametrize("number", range(len(CASES)))
def test_casts_are_where_mxnet_puts_them(number: int) -> None:
    case = CASES[number]
    made = amp.convert_symbol(mx.sym.load_json(json.dumps(case["graph"])), **case["options"])
    assert structure(json.loads(made.tojson(remove_amp_cast=False))) == structure(case["converted"])
    assert structure(json.loads(made.tojson())) == structure(case["saved"])


def network(loss: bool = False) -> mx.sym.Symbol:
    data = mx.sym.var("data")
    first = mx.sym.Convolution(data, num_filter=8, kernel=(3, 3), pad=(1, 1), name="c1")
    net = mx.sym.Activation(mx.sym.BatchNorm(first, fix_gamma=False, name="bn"), act_type="relu", name="r1")
    net = net + mx.sym.Convolution(net, num_filter=8, kernel=(3, 3), pad=(1, 1), name="c2")
    net = mx.sym.FullyConnected(
        mx.sym.Pooling(net, kernel=(2, 2), stride=(2, 2), pool_type="avg", name="p"), num_hidden=5, name="fc"
    )
    return mx.sym.SoftmaxOutput(net, name="softmax") if loss else mx.sym.softmax(net, name="softmax")


def weights(net: mx.sym.Symbol, **shapes: tuple[int, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    random = np.random.default_rng(3)
    arguments, _, states = net.infer_shape(**shapes)
    args = {
        name: mx.nd.array(random.normal(0, 0.2, shape))
        for name, shape in zip(net.list_arguments(), arguments, strict=True)
        if name not in shapes
    }
    aux = {name: mx.nd.ones(shape) for name, shape in zip(net.list_auxiliary_states(), states, strict=True)}
    return args, aux


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize(("dtype", "digits"), [("float16", 10), ("bfloat16", 7)])
def test_inference_is_as_exact_as_the_type_allows(dtype: str, digits: int, stored: bool) -> None:
    net, data = network(), mx.nd.array(np.random.default_rng(0).normal(size=(4, 3, 8, 8)))
    args, aux = weights(net, data=data.shape)
    full = net.bind(mx.cpu(), {"data": data, **args}, aux_states=aux).forward()[0].asnumpy()
    low, low_args, low_aux = amp.convert_model(net, args, aux, dtype, cast_optional_params=stored)
    assert {name: array.dtype == np.float32 for name, array in low_args.items()} == {
        name: not (stored and name.startswith(("c", "fc"))) for name in args
    }
    found = low.bind(mx.cpu(), {"data": data, **low_args}, aux_states=low_aux).forward()[0]
    assert found.dtype == np.float32
    assert 0 < np.abs(found.asnumpy() - full).max() < 2.0**-digits


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_gradients_with_a_scaled_loss(dtype: str) -> None:
    net, shapes = network(loss=True), {"data": (4, 3, 8, 8), "softmax_label": (4,)}
    args, aux = weights(net, **shapes)
    random = np.random.default_rng(1)
    inputs = {"data": random.normal(size=shapes["data"]), "softmax_label": np.arange(4.0)}

    def gradients(symbol: mx.sym.Symbol, **more: float) -> dict[str, Any]:
        executor = symbol.simple_bind(mx.cpu(), grad_req=dict.fromkeys(args, "write"), **shapes)
        executor.copy_params_from(args, aux)
        executor.forward(is_train=True, **inputs, **{name: mx.nd.array([value]) for name, value in more.items()})
        executor.backward()
        return {name: executor.grad_dict[name].asnumpy() for name in args}

    exact = gradients(net)
    low = amp.scale_losses(amp.convert_symbol(net, dtype, data_names=list(shapes)))
    for scale in (1.0, 1024.0):
        found = gradients(low, loss_scale=scale)
        for name in args:
            if name in ("c1_bias", "bn_gamma"):  # the bias before a normalization has no gradient but rounding
                continue
            far = np.linalg.norm(found[name] / scale - exact[name]) / np.linalg.norm(exact[name])
            assert far < 8 * float(np.finfo(np.float16).eps if dtype == "float16" else 2.0**-7), name


def test_a_scaled_loss_saves_gradients_that_float16_would_lose() -> None:
    """2^-30 is below what float16 can hold; multiplied by 2^20 on the way back it is not."""
    data = mx.sym.var("data")
    net = mx.sym.FullyConnected(data, num_hidden=1, no_bias=True, name="fc")
    net = mx.sym.LinearRegressionOutput(net, mx.sym.var("label"), grad_scale=2.0**-30, name="loss")
    low = amp.scale_losses(amp.convert_symbol(net, data_names=["data", "label"]))
    executor = low.simple_bind(mx.cpu(), data=(1, 1), label=(1, 1), grad_req={"fc_weight": "write"})
    for scale, gradient in ((1.0, 0.0), (2.0**20, 2.0**-10)):
        executor.forward(
            is_train=True, data=mx.nd.ones((1, 1)), label=-mx.nd.ones((1, 1)), loss_scale=mx.nd.array([scale])
        )
        executor.backward()
        assert executor.grad_dict["fc_weight"].asnumpy().item() == gradient


def test_the_scaler_goes_down_on_overflow_and_up_after_a_long_while(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    scaler, fine = amp.LossScaler(), [mx.nd.ones((2,))]
    assert scaler.loss_scale == 2.0**16
    assert scaler.has_overflow([*fine, mx.nd.array([np.nan])])
    assert scaler.loss_scale == 2.0**15
    assert not any(scaler.has_overflow(fine) for _ in range(amp.LossScaler.SEQUENCE))
    assert scaler.loss_scale == 2.0**16
    assert [record.getMessage() for record in caplog.records] == [
        "AMP: the loss scale goes down to 32768", "AMP: the loss scale goes up to 65536",
    ]  # fmt: skip
    scaler.loss_scale = amp.LossScaler.LARGEST
    assert not any(scaler.has_overflow(fine) for _ in range(amp.LossScaler.SEQUENCE))
    assert scaler.loss_scale == amp.LossScaler.LARGEST


def test_every_operator_is_in_one_list() -> None:
    for dtype in ("float16", "bfloat16"):
        lists = [
            amp.list_lp16_ops(dtype),
            amp.list_fp32_ops(dtype),
            amp.list_lp16_fp32_ops(dtype),
            amp.list_widest_type_cast(dtype),
            [name for name, _, _ in amp.list_conditional_fp32_ops(dtype)],
        ]
        names = [name for one in lists for name in one]
        assert len(names) == len(set(names))
        assert set(names) >= {"Convolution", "softmax", "relu", "dot", "Activation"}
        assert set(amp.list_loss_output_functions(dtype)) <= set(names)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"target_dtype": "int8"}, ParameterError, "amp: target_dtype is 'int8' but must be 'float16' or 'bfloat16'"),
        ({"target_dtype_ops": ["exp"]}, ParameterError, "amp: exp must not be in both target_dtype_ops and fp32_ops"),
        ({"fp32_ops": ["Activation"]}, ParameterError,
         "amp: Activation must not be in both fp32_ops and conditional_fp32_ops"),
        ({"target_dtype_ops": ["Convolutoin"]}, UnknownOperatorError, "Convolutoin"),
        ({"data_names": ["dta"]}, BindError, "amp: data_names has dta, but the graph's inputs are data, fc_weight"),
    ],
)  # fmt: skip
def test_bad_requests_are_refused(options: dict[str, Any], error: type[Exception], message: str) -> None:
    net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, no_bias=True, name="fc")
    with pytest.raises(error) as caught:
        amp.convert_symbol(net, **options)
    assert message in str(caught.value)


def test_scaling_needs_a_loss_and_a_free_name() -> None:
    net = mx.sym.relu(mx.sym.var("x"))
    with pytest.raises(CompositionError, match="the graph has no loss; scale the gradients that backward is given"):
        amp.scale_losses(net)
    with pytest.raises(BindError, match="the graph has an input 'x' already; give another name"):
        amp.scale_losses(net, "x")
