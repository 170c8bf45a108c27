"""What fewer bits cost: a small convolutional network that reads digits, trained once, run in every type."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.contrib import amp
from symbolnb.contrib.quantization import quantize_model

BATCH = 64


def network() -> mx.sym.Symbol:
    net = mx.sym.Convolution(mx.sym.var("data"), num_filter=16, kernel=(3, 3), pad=(1, 1), name="conv1")
    net = mx.sym.Activation(net, act_type="relu", name="relu1")
    net = mx.sym.Pooling(net, kernel=(2, 2), stride=(2, 2), name="pool1")
    net = mx.sym.Convolution(net, num_filter=32, kernel=(3, 3), pad=(1, 1), name="conv2")
    net = mx.sym.Activation(net, act_type="relu", name="relu2")
    net = mx.sym.FullyConnected(net, num_hidden=10, name="fc")
    return mx.sym.SoftmaxOutput(net, name="softmax")


@pytest.fixture(scope="module")
def digits() -> tuple[Any, Any, Any, Any]:
    datasets = pytest.importorskip("sklearn.datasets", reason="the digits come with scikit-learn")
    images, labels = datasets.load_digits(return_X_y=True)
    order = np.random.default_rng(1).permutation(len(images))
    images, labels = (images[order] / 16).astype("float32").reshape(-1, 1, 8, 8), labels[order]
    return images[:1344], labels[:1344], images[1344:], labels[1344:]


def train(net: mx.sym.Symbol, images: Any, labels: Any, scaler: amp.LossScaler | None = None) -> dict[str, Any]:
    """Weights after six rounds of plain gradient descent."""
    shapes = {"data": (BATCH, 1, 8, 8), "softmax_label": (BATCH,)}
    names = [name for name in net.list_arguments() if name not in (*shapes, "loss_scale")]
    executor = net.simple_bind(mx.cpu(), grad_req=dict.fromkeys(names, "write"), **shapes)
    random = np.random.default_rng(0)
    for name in names:
        shape = executor.arg_dict[name].shape
        executor.arg_dict[name][:] = random.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape) if len(shape) > 1 else 0
    for _ in range(6):
        order = random.permutation(len(images))
        for start in range(0, len(images), BATCH):
            rows = order[start : start + BATCH]
            scale = 1.0 if scaler is None else scaler.loss_scale
            if scaler is not None:
                executor.arg_dict["loss_scale"][:] = scale
            executor.forward(is_train=True, data=images[rows], softmax_label=labels[rows].astype("float32"))
            executor.backward()
            if scaler is None or not scaler.has_overflow(executor.grad_dict[name] for name in names):
                for name in names:
                    executor.arg_dict[name] -= executor.grad_dict[name] * (0.2 / BATCH / scale)
    return {name: executor.arg_dict[name] for name in names}


def right(net: mx.sym.Symbol, weights: dict[str, Any], images: Any, labels: Any) -> float:
    """The share of images that the network reads rightly."""
    given = {"data": mx.nd.array(images), "softmax_label": mx.nd.zeros((len(images),)), **weights}
    executor = net.bind(mx.cpu(), {name: given[name] for name in net.list_arguments()}, grad_req="null")
    return float((executor.forward()[0].asnumpy().argmax(axis=1) == labels).mean())


@pytest.fixture(scope="module")
def weights(digits: Any) -> dict[str, Any]:
    return train(network(), *digits[:2])


def test_fewer_bits_read_as_well(digits: Any, weights: dict[str, Any], record_property: Any) -> None:
    images, labels = digits[2:]
    found = {"float32": right(network(), weights, images, labels)}
    for dtype in ("float16", "bfloat16"):
        low, low_weights, _ = amp.convert_model(network(), weights, {}, dtype, cast_optional_params=True)
        found[dtype] = right(low, low_weights, images, labels)
    for mode in ("none", "naive", "entropy"):
        calibration = [mx.nd.array(digits[0][:256])]
        small, integers, _ = quantize_model(network(), weights, {}, calib_mode=mode, calib_data=calibration)
        found[f"int8 {mode}"] = right(small, integers, images, labels)
    for name, share in found.items():
        record_property(name, share)
    assert found["float32"] > 0.93
    assert all(share > found["float32"] - 0.01 for share in found.values()), found


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_training_in_16_bits_reaches_the_same(digits: Any, weights: dict[str, Any], dtype: str) -> None:
    low = amp.convert_symbol(network(), dtype, data_names=["data", "softmax_label"])
    scaler = amp.LossScaler() if dtype == "float16" else None
    trained = train(amp.scale_losses(low) if scaler is not None else low, digits[0], digits[1], scaler)
    reached, full = (right(network(), one, digits[2], digits[3]) for one in (trained, weights))
    assert reached > full - 0.01
