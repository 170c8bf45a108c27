"""A symbol's JSON as an ONNX model: the operators that the benchmark's networks have, for inference."""

from __future__ import annotations

import ast
import json
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

OPSET = 17


def _twice(text: str) -> list[int]:
    return list(ast.literal_eval(text))


class _Model:
    """Collects nodes and constants while walking the JSON once."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, kind: str, inputs: list[str], name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def constant(self, name: str, value: Any) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def convert(self, node: dict[str, Any], inputs: list[str]) -> str:
        """Add the nodes for one node; the name of its result."""
        name, a = node["name"], node.get("attrs", {})
        method = getattr(self, "_" + node["op"].strip("_").lower(), None)
        if method is None:
            raise ValueError(f"{name}: no ONNX operator is known for {node['op']}")
        found: str = method(name, a, inputs)
        return found

    def _convolution(self, name: str, a: dict[str, str], inputs: list[str]) -> str:
        return self.add(
            "Conv", inputs, name, kernel_shape=_twice(a["kernel"]), strides=_twice(a.get("stride", "(1, 1)")),
            pads=_twice(a.get("pad", "(0, 0)")) * 2, dilations=_twice(a.get("dilate", "(1, 1)")),
            group=int(a.get("num_group", "1")),
        )  # fmt: skip

    def _batchnorm(self, name: str, a: dict[str, str], inputs: list[str]) -> str:
        return self.add("BatchNormalization", inputs, name, epsilon=float(a.get("eps", "0.001")))

    def _activation(self, name: str, a: dict[str, str], inputs: list[str]) -> str:
        return self.add({"relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid"}[a["act_type"]], inputs, name)

    def _pooling(self, name: str, a: dict[str, str], inputs: list[str]) -> str:
        maximum = a.get("pool_type", "max") == "max"
        if a.get("global_pool") == "True":
            return self.add("GlobalMaxPool" if maximum else "GlobalAveragePool", inputs, name)
        more: dict[str, Any] = {} if maximum else {"count_include_pad": 1}
        return self.add(
            "MaxPool" if maximum else "AveragePool", inputs, name, kernel_shape=_twice(a["kernel"]),
            strides=_twice(a.get("stride", "(1, 1)")), pads=_twice(a.get("pad", "(0, 0)")) * 2,
            ceil_mode=int(a.get("pooling_convention") == "full"), **more,
        )  # fmt: skip

    def _fullyconnected(self, name: str, a: dict[str, str], inputs: list[str]) -> str:
        flat = self.add("Flatten", inputs[:1], f"{name}_flat")
        return self.add("Gemm", [flat, *inputs[1:]], name, transB=1)

    def _concat(self, name: str, a: dict[str, str], inputs: list[str]) -> str:
        return self.add("Concat", inputs, name, axis=int(a.get("dim", "1")))

    def _flatten(self, name: str, a: dict[str, str], inputs: list[str]) -> str:
        return self.add("Flatten", inputs, name)

    def _dropout(self, name: str, a: dict[str, str], inputs: list[str]) -> str:
        return self.add("Identity", inputs, name)

    def _elemwise_add(self, name: str, a: dict[str, str], inputs: list[str]) -> str:
        return self.add("Add", inputs, name)

    def _relu(self, name: str, a: dict[str, str], inputs: list[str]) -> str:
        return self.add("Relu", inputs, name)

    def _tanh(self, name: str, a: dict[str, str], inputs: list[str]) -> str:
        return self.add("Tanh", inputs, name)

    def _mul_scalar(self, name: str, a: dict[str, str], inputs: list[str]) -> str:
        return self.add("Mul", [*inputs, self.constant(f"{name}_scalar", np.float32(a["scalar"]))], name)

    def _plus_scalar(self, name: str, a: dict[str, str], inputs: list[str]) -> str:
        return self.add("Add", [*inputs, self.constant(f"{name}_scalar", np.float32(a["scalar"]))], name)

    def _clip(self, name: str, a: dict[str, str], inputs: list[str]) -> str:
        bounds = [self.constant(f"{name}_{key}", np.float32(a[key])) for key in ("a_min", "a_max")]
        return self.add("Clip", [*inputs, *bounds], name)

    def _softmaxoutput(self, name: str, a: dict[str, str], inputs: list[str]) -> str:
        return self.add("Softmax", inputs[:1], name, axis=1)


def to_onnx(text: str, values: dict[str, Any]) -> bytes:
    """The model with all variables but ``data`` as its constants, serialized."""
    model, names = _Model(), []
    for node in json.loads(text)["nodes"]:
        if node["op"] != "null":
            names.append(model.convert(node, [names[source] for source, *_ in node["inputs"]]))
            continue
        names.append(node["name"])
        if node["name"] != "data" and not node["name"].endswith("label"):
            model.constant(node["name"], values[node["name"]])
    given = helper.make_tensor_value_info("data", onnx.TensorProto.FLOAT, values["data"].shape)
    made = helper.make_tensor_value_info(names[-1], onnx.TensorProto.FLOAT, None)
    graph = helper.make_graph(model.nodes, "benchmark", [given], [made], model.constants)
    whole = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    serialized: bytes = whole.SerializeToString()
    return serialized
