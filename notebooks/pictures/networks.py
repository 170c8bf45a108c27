"""The networks in the pictures."""

from __future__ import annotations

from typing import Any

from symbolnb import sym
from symbolnb.graph.naming import Prefix


def lenet() -> Any:
    """LeNet, as MXNet's examples have it."""
    net = sym.Variable("data")
    for number, filters in ((1, 20), (2, 50)):
        net = sym.Convolution(net, kernel=(5, 5), num_filter=filters, name=f"conv{number}")
        net = sym.Activation(net, act_type="tanh", name=f"tanh{number}")
        net = sym.Pooling(net, kernel=(2, 2), stride=(2, 2), pool_type="max", name=f"pool{number}")
    net = sym.FullyConnected(sym.Flatten(net, name="flatten"), num_hidden=500, name="fc1")
    net = sym.FullyConnected(sym.Activation(net, act_type="tanh", name="tanh3"), num_hidden=10, name="fc2")
    return sym.SoftmaxOutput(net, name="softmax")


def fading() -> Any:
    """Fully connected layers with sigmoids, whose gradients fade on their way to the data."""
    net = sym.Variable("data")
    for number in range(1, 5):
        net = sym.FullyConnected(net, num_hidden=64, name=f"fc{number}")
        net = sym.Activation(net, act_type="sigmoid", name=f"sigmoid{number}")
    return sym.SoftmaxOutput(sym.FullyConnected(net, num_hidden=10, name="fc5"), name="softmax")


def unit(data: Any, filters: int, kernel: tuple[int, int], name: str, **more: Any) -> Any:
    """A convolution with its normalization and activation."""
    made = sym.Convolution(data, num_filter=filters, kernel=kernel, no_bias=True, name=f"{name}_conv", **more)
    return sym.Activation(sym.BatchNorm(made, name=f"{name}_bn"), act_type="relu", name=f"{name}_relu")


def inception() -> Any:
    """One module of Inception: four branches beside each other."""
    data = sym.Variable("data")
    five = unit(data, 48, (1, 1), "mixed_tower_5x5_reduce")
    three = unit(data, 64, (1, 1), "mixed_tower_3x3_reduce")
    mean = sym.Pooling(data, kernel=(3, 3), pad=(1, 1), pool_type="avg", name="mixed_pool")
    return sym.Concat(
        unit(data, 64, (1, 1), "mixed_tower_1x1"),
        unit(five, 64, (5, 5), "mixed_tower_5x5", pad=(2, 2)),
        unit(three, 96, (3, 3), "mixed_tower_3x3", pad=(1, 1)),
        unit(mean, 32, (1, 1), "mixed_tower_project"),
        name="mixed_concat",
    )


def deep() -> Any:
    """Layers one after the other, each as large as the next."""
    net = sym.Variable("data")
    for number in range(8):
        net = unit(net, 16, (3, 3), f"layer{number}", pad=(1, 1))
    net = sym.FullyConnected(sym.Flatten(net, name="flatten"), num_hidden=10, name="fc")
    return sym.SoftmaxOutput(net, name="softmax")


def residual(data: Any, filters: int, stride: int, name: str) -> Any:
    """A bottleneck of ResNet."""
    net = unit(data, filters // 4, (1, 1), f"{name}_a", stride=(stride, stride))
    net = unit(net, filters // 4, (3, 3), f"{name}_b", pad=(1, 1))
    net = sym.Convolution(net, num_filter=filters, kernel=(1, 1), no_bias=True, name=f"{name}_c_conv")
    net = sym.BatchNorm(net, name=f"{name}_c_bn")
    if not name.endswith("unit1"):
        return sym.Activation(sym.elemwise_add(net, data, name=f"{name}_plus"), act_type="relu", name=f"{name}_relu")
    short = sym.Convolution(
        data, num_filter=filters, kernel=(1, 1), stride=(stride, stride), no_bias=True, name=f"{name}_short_conv"
    )
    short = sym.BatchNorm(short, name=f"{name}_short_bn")
    return sym.Activation(sym.elemwise_add(net, short, name=f"{name}_plus"), act_type="relu", name=f"{name}_relu")


def resnet() -> Any:
    """ResNet-152."""
    net = unit(sym.Variable("data"), 64, (7, 7), "stem", stride=(2, 2), pad=(3, 3))
    net = sym.Pooling(net, kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type="max", name="stem_pool")
    for stage, (units, filters) in enumerate(((3, 256), (8, 512), (36, 1024), (3, 2048)), 1):
        for number in range(1, units + 1):
            stride = 2 if stage > 1 and number == 1 else 1
            net = residual(net, filters, stride, f"stage{stage}_unit{number}")
    net = sym.Pooling(net, global_pool=True, pool_type="avg", kernel=(7, 7), name="pool")
    net = sym.FullyConnected(sym.Flatten(net, name="flatten"), num_hidden=1000, name="fc")
    return sym.SoftmaxOutput(net, name="softmax")


def cell(data: Any, state: Any, weights: tuple[Any, Any]) -> tuple[Any, Any]:
    """One step of an LSTM."""
    past, memory = state
    sums = sym.FullyConnected(data, weights[0], num_hidden=256, no_bias=True, name="i2h") + sym.FullyConnected(
        past, weights[1], num_hidden=256, no_bias=True, name="h2h"
    )
    parts = list(sym.SliceChannel(sums, num_outputs=4, name="slice"))
    enter, forget, leave = (sym.Activation(part, act_type="sigmoid") for part in (parts[0], parts[1], parts[3]))
    memory = forget * memory + enter * sym.Activation(parts[2], act_type="tanh")
    return leave * sym.Activation(memory, act_type="tanh"), memory


def lstm() -> Any:
    """Two layers of LSTM over eight steps, laid out step by step."""
    weights = [(sym.Variable(f"l{layer}_i2h_weight"), sym.Variable(f"l{layer}_h2h_weight")) for layer in range(2)]
    states = [(sym.Variable(f"l{layer}_begin_h"), sym.Variable(f"l{layer}_begin_c")) for layer in range(2)]
    steps = list(sym.SliceChannel(sym.Variable("data"), num_outputs=8, axis=1, squeeze_axis=True, name="steps"))
    made = []
    for number, step in enumerate(steps):
        for layer in range(2):
            with Prefix(f"t{number}_l{layer}_"):
                states[layer] = cell(step, states[layer], weights[layer])
            step = states[layer][0]
        made.append(step)
    return sym.FullyConnected(sym.Concat(*made, dim=1, name="all"), num_hidden=10, name="fc")


def wrong() -> Any:
    """A residual connection around a convolution that lost its padding."""
    one = sym.Convolution(sym.Variable("data"), kernel=(3, 3), num_filter=16, name="conv1")
    two = sym.Convolution(one, kernel=(3, 3), num_filter=16, name="conv2")
    return sym.FullyConnected(sym.elemwise_add(one, two, name="residual"), num_hidden=10, name="fc")


def variant(filters: int, norm: bool) -> Any:
    """A small network, in variants."""
    net = sym.Convolution(sym.Variable("data"), kernel=(5, 5), num_filter=filters, name="conv")
    if norm:
        net = sym.BatchNorm(net, name="norm")
    net = sym.Activation(net, act_type="relu" if norm else "tanh", name="act")
    if not norm:
        net = sym.Dropout(net, name="drop")
    return sym.FullyConnected(sym.Flatten(net, name="flatten"), num_hidden=10, name="fc")


def loop() -> Any:
    """A recurrent layer as a loop, which is opened to its body."""
    weight = sym.Variable("weight")

    def step(data: Any, state: Any) -> Any:
        hidden = sym.FullyConnected(data, weight, num_hidden=64, name="hidden") + state
        new = sym.Activation(hidden, act_type="tanh", name="tanh")
        return new, new

    return sym.contrib.foreach(step, sym.Variable("data"), sym.Variable("begin"))[0]


def branch() -> Any:
    """A choice between two branches."""
    data, scale = sym.Variable("data"), sym.Variable("scale")
    return sym.contrib.cond(
        sym.sum(data, name="total") > 0,
        lambda: sym.FullyConnected(data, num_hidden=8, name="wide"),
        lambda: sym.Activation(
            sym.FullyConnected(data * scale, num_hidden=8, name="narrow"), act_type="tanh", name="act"
        ),
    )
