"""The work that the benchmark compares: networks, shapes and what is measured."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import symbolnb as mx

MODELS = Path(__file__).resolve().parents[1] / "golden" / "models"


def zoo(name: str) -> mx.sym.Symbol:
    """A network of MXNet's gluon model zoo, as it exports it."""
    with gzip.open(MODELS / f"{name}-symbol.json.gz", "rt", encoding="utf-8") as file:
        return mx.sym.load_json(file.read())


def mlp() -> mx.sym.Symbol:
    """Three fully connected layers: 784-128-64-10."""
    net = mx.sym.Variable("data")
    for position, width in enumerate((128, 64)):
        net = mx.sym.FullyConnected(net, num_hidden=width, name=f"fc{position}")
        net = mx.sym.Activation(net, act_type="relu", name=f"relu{position}")
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(net, num_hidden=10, name="fc2"), name="softmax")


def lenet() -> mx.sym.Symbol:
    """LeCun's network for digits, in the form of MXNet's examples."""
    net = mx.sym.Variable("data")
    for position, filters in enumerate((20, 50)):
        net = mx.sym.Convolution(net, kernel=(5, 5), num_filter=filters, name=f"conv{position}")
        net = mx.sym.Activation(net, act_type="tanh", name=f"tanh{position}")
        net = mx.sym.Pooling(net, pool_type="max", kernel=(2, 2), stride=(2, 2), name=f"pool{position}")
    net = mx.sym.FullyConnected(mx.sym.Flatten(net), num_hidden=500, name="fc0")
    net = mx.sym.FullyConnected(mx.sym.Activation(net, act_type="tanh"), num_hidden=10, name="fc1")
    return mx.sym.SoftmaxOutput(net, name="softmax")


def lstm() -> mx.sym.Symbol:
    """Two LSTM layers of 256, and a decision at every step."""
    net = mx.sym.RNN(mx.sym.Variable("data"), state_size=256, num_layers=2, mode="lstm", name="lstm")
    net = mx.sym.Reshape(net, shape=(-1, 256))
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(net, num_hidden=10, name="fc"), name="softmax")


def chain() -> mx.sym.Symbol:
    """200 elementwise operators, one after the other."""
    data = net = mx.sym.Variable("data")
    for _ in range(50):
        net = mx.sym.relu(net * 0.5 + 0.25) + data
    return net


@dataclass(frozen=True)
class Work:
    """What to run or look at.

    `measure` is ``"time"`` (passes), ``"start"`` (bind and first pass in a new process), ``"infer"`` (read a graph
    and infer all shapes) or ``"bytes"`` (planned). `runs` passes are timed in one turn. `data` has the shapes of
    what is no parameter. `recompute` goes to this project's `bind`, `keep_weights` to its settings; the others' column
    is without.
    """

    group: str
    title: str
    network: Callable[[], mx.sym.Symbol]
    data: dict[str, tuple[int, ...]]
    training: bool = False
    runs: int = 1
    measure: str = "time"
    recompute: str = ""
    keep_weights: bool = True
    classes: int = 10
    engines: frozenset[str] = field(default=frozenset({"symbolnb", "mxnet"}))

    def request(self, threads: int) -> dict[str, Any]:
        """The description that a worker gets, with the graph and the shapes of all its variables."""
        symbol = self.network()
        arguments, _, states = symbol.infer_shape(**self.data)
        names = [*symbol.list_arguments(), *symbol.list_auxiliary_states()]
        return {
            "symbol": symbol.tojson(), "data": self.data, "training": self.training, "measure": self.measure,
            "recompute": self.recompute, "keep_weights": self.keep_weights, "classes": self.classes, "threads": threads,
            "shapes": dict(zip(names, (*arguments, *states), strict=True)),
        }  # fmt: skip


TORCH = frozenset({"torch-eager", "torch-channels_last", "torch-compiled"})
BOTH = frozenset({"symbolnb", "mxnet"})
INFERENCE = BOTH | TORCH | {"onnxruntime", "openvino"}

NETWORKS = {
    "ResNet-50": ("resnet50_v1", 224),
    "Inception-v3": ("inceptionv3", 299),
    "MobileNet-v2": ("mobilenetv2_1.0", 224),
    "VGG-11": ("vgg11", 224),
    "DenseNet-121": ("densenet121", 224),
}


def _image(batch: int, size: int) -> dict[str, tuple[int, ...]]:
    return {"data": (batch, 3, size, size), "softmax_label": (batch,)}


def _inference(title: str, batch: int) -> Work:
    name, size = NETWORKS[title]
    return Work(
        "inference", f"{title}, batch {batch}", lambda: zoo(name), _image(batch, size), runs=5 if batch == 1 else 1,
        engines=INFERENCE,
    )  # fmt: skip


def _training() -> list[Work]:
    state = (2, 16, 256)
    cases: list[tuple[str, Callable[[], mx.sym.Symbol], dict[str, tuple[int, ...]], int]] = [
        ("ResNet-18, batch 8", lambda: zoo("resnet18_v1"), _image(8, 224), 1),
        ("LeNet, batch 64", lenet, {"data": (64, 1, 28, 28), "softmax_label": (64,)}, 5),
        ("MLP 784-128-64-10, batch 64", mlp, {"data": (64, 784), "softmax_label": (64,)}, 50),
        (
            "LSTM 2×256, 64 steps, batch 16", lstm,
            {"data": (64, 16, 256), "softmax_label": (1024,), "lstm_state": state, "lstm_state_cell": state}, 1,
        ),
    ]  # fmt: skip
    return [
        Work("training step", title, network, data, training=True, runs=runs, engines=BOTH | TORCH)
        for title, network, data, runs in cases
    ]


def _memory() -> list[Work]:
    found = []
    for title in ("ResNet-50", "Inception-v3"):
        name, size = NETWORKS[title]
        for word, training, recompute, keep_weights in (
            ("inference", False, "", True), ("inference, no weights kept", False, "", False),
            ("training", True, "never", True), ("training, cheap recomputed", True, "cheap", True),
            ("training, all recomputed", True, "all", True),
        ):  # fmt: skip
            found.append(
                Work("planned MB", f"{title}, batch 16, {word}", lambda name=name: zoo(name), _image(16, size),
                     training=training, measure="bytes", recompute=recompute, keep_weights=keep_weights)
            )  # fmt: skip
    return found


WORKS: tuple[Work, ...] = (
    *(_inference(title, batch) for title in NETWORKS for batch in (1, 16)),
    *_training(),
    Work("chain of 200", "1,000,000 floats", chain, {"data": (1000, 1000)}, engines=INFERENCE),
    Work("chain of 200", "6 floats", chain, {"data": (2, 3)}, runs=20, engines=INFERENCE),
    *_memory(),
    Work("start", "ResNet-152, read and infer", lambda: zoo("resnet152_v1"), _image(1, 224), measure="infer"),
    Work("start", "ResNet-50, bind and first pass", lambda: zoo("resnet50_v1"), _image(1, 224), measure="start"),
)
