"""PyTorch: the nodes of a symbol's JSON, each as a function of torch."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F

from tests.benchmarks.engines.arrays import arrays

Attributes = dict[str, str]


def _pair(attributes: Attributes, key: str, default: str) -> Any:
    return ast.literal_eval(attributes.get(key, default))


def _convolution(a: Attributes, training: bool, x: Any, weight: Any, bias: Any = None) -> Any:
    stride, pad, dilate = _pair(a, "stride", "(1, 1)"), _pair(a, "pad", "(0, 0)"), _pair(a, "dilate", "(1, 1)")
    return F.conv2d(x, weight, bias, stride, pad, dilate, int(a.get("num_group", "1")))


def _batch_norm(a: Attributes, training: bool, x: Any, gamma: Any, beta: Any, mean: Any, var: Any) -> Any:
    momentum = 1 - float(a.get("momentum", "0.9"))
    return F.batch_norm(x, mean, var, gamma, beta, training, momentum, float(a.get("eps", "0.001")))


def _pooling(a: Attributes, training: bool, x: Any) -> Any:
    if a.get("global_pool") == "True":
        return x.mean((2, 3), keepdim=True)
    kernel, stride, pad = _pair(a, "kernel", "()"), _pair(a, "stride", "(1, 1)"), _pair(a, "pad", "(0, 0)")
    ceil = a.get("pooling_convention") == "full"
    pool = F.max_pool2d if a.get("pool_type", "max") == "max" else F.avg_pool2d
    return pool(x, kernel, stride, pad, ceil_mode=ceil)


def _dense(a: Attributes, training: bool, x: Any, weight: Any, bias: Any = None) -> Any:
    return F.linear(x.flatten(1) if a.get("flatten", "True") == "True" else x, weight, bias)


def _rnn(a: Attributes, training: bool, x: Any, flat: Any, state: Any, cell: Any) -> Any:
    """MXNet packs the weights of all layers first, then their biases; gates are in torch's order."""
    layers, size = int(a["num_layers"]), int(a["state_size"])
    pieces, start = [], 0
    shapes = [(4 * size, size if layer else x.shape[2]) for layer in range(layers)]
    for first, (rows, columns) in enumerate(shapes):
        del first
        for width in (columns, size):
            pieces.append(flat[start : start + rows * width].view(rows, width))
            start += rows * width
    biases = flat[start:].view(2 * layers, 4 * size)
    packed = []
    for layer in range(layers):
        packed += [*pieces[2 * layer : 2 * layer + 2], biases[2 * layer], biases[2 * layer + 1]]
    return torch.lstm(x, (state, cell), packed, True, layers, 0.0, training, False, False)[0]


ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}

OPERATORS: dict[str, Callable[..., Any]] = {
    "Convolution": _convolution,
    "BatchNorm": _batch_norm,
    "Pooling": _pooling,
    "FullyConnected": _dense,
    "RNN": _rnn,
    "Activation": lambda a, training, x: ACTIVATIONS[a["act_type"]](x),
    "Concat": lambda a, training, *parts: torch.cat(parts, int(a.get("dim", "1"))),
    "Dropout": lambda a, training, x: F.dropout(x, float(a.get("p", "0.5")), training),
    "Flatten": lambda a, training, x: x.flatten(1),
    "Reshape": lambda a, training, x: x.reshape(_pair(a, "shape", "()")),
    "clip": lambda a, training, x: torch.clamp(x, float(a["a_min"]), float(a["a_max"])),
    "elemwise_add": lambda a, training, x, y: x + y,
    "_mul_scalar": lambda a, training, x: x * float(a["scalar"]),
    "_plus_scalar": lambda a, training, x: x + float(a["scalar"]),
    "relu": lambda a, training, x: torch.relu(x),
    "tanh": lambda a, training, x: torch.tanh(x),
    "SoftmaxOutput": lambda a, training, x, label: (
        (F.cross_entropy(x, label.long(), reduction="sum"), x) if training else F.softmax(x, 1)
    ),
}


def _function(text: str, training: bool) -> tuple[Callable[[list[Any]], Any], list[str]]:
    """A function of the variables' tensors, and the variables' names in its order."""
    nodes = json.loads(text)["nodes"]
    names = [node["name"] for node in nodes if node["op"] == "null"]
    steps, place = [], 0
    for node in nodes:
        if node["op"] == "null":
            steps.append((None, {}, [place]))
            place += 1
        else:
            sources = [source for source, *_ in node["inputs"]]
            steps.append((OPERATORS[node["op"]], node.get("attrs", {}), sources))

    def forward(tensors: list[Any]) -> Any:
        values: list[Any] = []
        for operator, attributes, sources in steps:
            if operator is None:
                values.append(tensors[sources[0]])
            else:
                values.append(operator(attributes, training, *(values[source] for source in sources)))
        return values[-1]

    return forward, names


class PyTorch:
    """A network as a function of torch; `way` is eager, channels_last or compiled."""

    def __init__(self, way: str, work: dict[str, Any]) -> None:
        torch.set_num_threads(work["threads"])
        self.training = bool(work["training"])
        function, names = _function(work["symbol"], self.training)
        values = arrays(work["shapes"], work["classes"])
        self.tensors = [torch.from_numpy(values[name]) for name in names]
        if way != "eager":
            self.tensors = [
                tensor.to(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor for tensor in self.tensors
            ]
        self.function: Any = torch.compile(function) if way == "compiled" else function
        self.wanted = [
            tensor for name, tensor in zip(names, self.tensors, strict=True) if self.training and _trained(name, work)
        ]
        for tensor in self.wanted:
            tensor.requires_grad_()
        self.output: Any = None

    def run(self) -> None:
        """One pass, to its end."""
        if not self.training:
            with torch.no_grad():
                self.output = self.function(self.tensors)
            return
        for tensor in self.wanted:
            tensor.grad = None
        loss, self.output = self.function(self.tensors)
        loss.backward()

    def results(self) -> list[Any]:
        """The first output and, after training, the gradient of the first weight."""
        if not self.training:
            return [self.output.numpy()]
        return [F.softmax(self.output.detach(), 1).numpy(), self.wanted[0].grad.numpy()]


def _trained(name: str, work: dict[str, Any]) -> bool:
    return name not in work["data"] and not name.endswith(("running_mean", "running_var"))
