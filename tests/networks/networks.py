"""Real networks for tests of whole programs: bound with weights drawn from their names, run forward and backward."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

import symbolnb as mx
from tests.benchmarks.works import lenet, lstm, mlp, zoo
from tests.golden import zoo_weights

Array = np.ndarray[Any, Any]


class Network(NamedTuple):
    """A network and the shape of its data."""

    build: Callable[[], mx.sym.Symbol]
    data: tuple[int, ...]


def _image(name: str, batch: int, size: int) -> Network:
    return Network(lambda: zoo(name), (batch, 3, size, size))


NETWORKS = {
    "mlp": Network(mlp, (5, 784)),
    "lenet": Network(lenet, (2, 1, 28, 28)),
    "lstm": Network(lstm, (3, 4, 256)),
    "resnet18": _image("resnet18_v1", 2, 64),
    "mobilenetv2": _image("mobilenetv2_1.0", 2, 64),
    "vgg11": _image("vgg11", 2, 32),
    "resnet50": _image("resnet50_v1", 2, 64),
    "densenet121": _image("densenet121", 1, 224),  # its last pooling and Inception's want the size of their exports
    "inceptionv3": _image("inceptionv3", 1, 299),
    "resnet152": _image("resnet152_v1", 2, 64),
}


def smooth(net: mx.sym.Symbol) -> mx.sym.Symbol:
    """The network with softplus for every relu and the mean for every maximum of a window.

    A sum that is rounded differently turns a relu on or off here and there, or makes another element the largest,
    and then gradients of a deep network differ by percents though nothing is wrong. Without kinks they can be held
    to the precision of the numbers.
    """
    graph = json.loads(net.tojson())
    for node in graph["nodes"]:
        attributes = node.get("attrs", {})
        if node["op"] == "clip" or attributes.get("act_type") == "relu":
            node.update(op="Activation", attrs={"act_type": "softrelu"})
        elif attributes.get("pool_type") == "max":
            attributes["pool_type"] = "avg"
    return mx.sym.load_json(json.dumps(graph))


def marked(net: mx.sym.Symbol) -> mx.sym.Symbol:
    """The network with every operator marked for recomputation."""
    graph = json.loads(net.tojson())
    for node in graph["nodes"]:
        if node["op"] != "null":
            node.setdefault("attrs", {})["__force_mirroring__"] = "True"
    return mx.sym.load_json(json.dumps(graph))


def bind(net: mx.sym.Symbol, data: tuple[int, ...], **options: Any) -> mx.Executor:
    """An executor whose arrays hold what belongs to their names; labels are 0."""
    executor = net.simple_bind(mx.cpu(), data=data, **options)
    for name, array in {**executor.arg_dict, **executor.aux_dict}.items():
        fill(name, array)
    return executor


def fill(name: str, array: mx.nd.NDArray) -> None:
    """What belongs to a name."""
    if name.endswith("label"):
        array[:] = 0
    else:
        array[:] = zoo_weights.image(array.shape) if name == "data" else zoo_weights.weight(name, array.shape)


def infer(executor: mx.Executor) -> dict[str, Array]:
    """The outputs of an inference pass with the states that belong to their names, by name."""
    _reset(executor)
    executor.forward(is_train=False)
    return {name: output.asnumpy() for name, output in executor.output_dict.items()}


def train(executor: mx.Executor) -> dict[str, Array]:
    """Outputs, gradients and states after one training pass from the states that belong to their names."""
    mx.random.seed(11)
    _reset(executor)
    executor.forward(is_train=True)
    executor.backward([mx.nd.array(zoo_weights.drawn("head", out.shape, -1, 1)) for out in executor.outputs])
    found = dict(executor.output_dict)
    found |= {f"gradient of {name}": grad for name, grad in executor.grad_dict.items() if grad is not None}
    found |= {f"{name} after": state for name, state in executor.aux_dict.items()}
    return {name: array.asnumpy() for name, array in found.items()}


def _reset(executor: mx.Executor) -> None:
    for name, array in executor.aux_dict.items():
        fill(name, array)


def plain(executor: mx.Executor) -> mx.Executor:
    """The executor, which from now on runs reference kernels alone, with no passes and every value kept."""
    executor.set_monitor_callback(lambda name, array: None)
    return executor


def apart(found: Mapping[str, Array], wanted: Mapping[str, Array]) -> dict[str, float]:
    """How far each array is from the one wanted, as a share of that one's norm.

    A gradient counts as no smaller than a hundredth of the largest: that of a bias in front of a normalization
    is nothing but rounding.
    """
    assert list(found) == list(wanted)
    norms = {name: _norm(array) for name, array in wanted.items()}
    largest = max((norm for name, norm in norms.items() if name.startswith("gradient")), default=0.0)
    floors = {name: max(1e-30, largest / 100 * name.startswith("gradient")) for name in norms}
    return {name: _norm(found[name] - wanted[name]) / max(norms[name], floors[name]) for name in norms}


def together(found: Mapping[str, Array], wanted: Mapping[str, Array]) -> float:
    """How far all gradients together are from those wanted, as a share of their norm."""
    names = [name for name in wanted if name.startswith("gradient")]
    return _norm([_norm(found[name] - wanted[name]) for name in names]) / _norm([_norm(wanted[n]) for n in names])


def _norm(values: Any) -> float:
    return float(np.linalg.norm(np.asarray(values, "float64")))
