"""Writes quantization.json, run with MXNet 1.9.1's Python: graphs, what it quantizes of them, and what it computes."""

import json
import os
from pathlib import Path

import numpy as np

for name, kind in {"bool": bool, "int": int, "float": float, "object": object}.items():
    setattr(np, name, kind)  # MXNet 1.9.1 uses names that NumPy has dropped

os.environ["MXNET_SUBGRAPH_BACKEND"] = "NONE"  # fused layers would hide the arrays whose ranges are asked for
import mxnet as mx  # noqa: E402
from mxnet.contrib import quantization  # noqa: E402

S = mx.sym


def lenet():
    net = S.Convolution(S.Variable("data"), num_filter=4, kernel=(3, 3), no_bias=True, name="conv")
    net = S.Pooling(S.Activation(net, act_type="relu", name="relu"), kernel=(2, 2), stride=(2, 2), name="pool")
    net = S.FullyConnected(S.Flatten(net, name="fl"), num_hidden=3, name="fc")
    return S.SoftmaxOutput(net, name="softmax")


def mlp():
    net = S.FullyConnected(S.Variable("data"), num_hidden=16, name="fc1")
    return S.FullyConnected(S.Activation(net, act_type="relu", name="relu"), num_hidden=3, name="fc2")


def residual():
    first = S.Convolution(S.Variable("data"), num_filter=4, kernel=(3, 3), pad=(1, 1), name="conv")
    relu = S.Activation(first, act_type="relu", name="relu")
    second = S.Convolution(relu, num_filter=4, kernel=(1, 1), name="c2", no_bias=True)
    joined = S.elemwise_add(S.BatchNorm(second, name="bn"), relu, name="add")
    return S.FullyConnected(S.concat(joined, relu, dim=1, name="cat"), num_hidden=2, name="fc", no_bias=True)


def others():
    data = S.Variable("data")
    yield S.FullyConnected(S.relu(data, name="ro"), num_hidden=3, no_bias=True, name="g")
    yield S.elemwise_mul(data, S.Variable("b"), name="m")
    yield S.Embedding(data, input_dim=3, output_dim=4, name="e")
    yield S.concat(data, S.Variable("b"), dim=0, name="c")
    for kind in ("max", "avg"):
        yield S.Pooling(S.Activation(data, act_type="relu", name="a"), kernel=(2, 2), pool_type=kind, name="p")
    yield S.Activation(data, act_type="tanh", name="a")


def structures():
    for graph in (lenet(), residual()):
        params = [name for name in graph.list_arguments() if name.endswith(("weight", "bias"))]
        for mode in ("smart", "full"):
            yield graph, {"offline_params": params, "quantize_mode": mode}
        yield graph, {"quantize_mode": "full", "quantized_dtype": "uint8"}
        yield graph, {"offline_params": params, "quantize_mode": "full", "excluded_symbols": ["conv"]}
        yield graph, {"offline_params": params, "quantize_mode": "smart", "excluded_operators": ["FullyConnected"]}
    for graph in others():
        yield graph, {"quantize_mode": "full"}


def weights(graph, shape):
    random = np.random.RandomState(3)
    shapes, _, states = graph.infer_shape(data=shape)
    args = {name: random.uniform(-1, 1, size) for name, size in zip(graph.list_arguments(), shapes, strict=True)
            if name not in ("data", "softmax_label")}  # fmt: skip
    aux = {
        name: random.uniform(0.5, 1.5, size) for name, size in zip(graph.list_auxiliary_states(), states, strict=True)
    }
    return args, aux


def runs():
    image, row = (4, 2, 8, 8), (4, 10)  # convolutions of signed data do not run on MXNet's CPU build
    for graph, shape, options in (
        (lenet(), image, {"calib_mode": "naive", "quantized_dtype": "auto"}),
        (lenet(), image, {"calib_mode": "entropy", "quantized_dtype": "auto"}),
        (mlp(), row, {"calib_mode": "naive"}),
        (mlp(), row, {"calib_mode": "entropy"}),
        (mlp(), row, {"calib_mode": "none", "quantize_mode": "full"}),
    ):
        args, aux = weights(graph, shape)
        data = np.random.RandomState(4).uniform(0 if len(shape) == 4 else -1, 1, (8, *shape[1:]))
        label = np.zeros(8) if "softmax_label" in graph.list_arguments() else None
        q, q_args, q_aux = quantization.quantize_model(
            graph, {k: mx.nd.array(v) for k, v in args.items()}, {k: mx.nd.array(v) for k, v in aux.items()},
            calib_data=mx.io.NDArrayIter(data, label, batch_size=4),
            label_names=None if label is None else ["softmax_label"],
            **options,
        )  # fmt: skip
        given = {"data": mx.nd.array(data[:4]), "softmax_label": mx.nd.zeros((4,)), **q_args}
        executor = q.bind(mx.cpu(), {name: given[name] for name in q.list_arguments()}, aux_states=q_aux)
        output = executor.forward()[0].asnumpy()
        ranges = {
            node["name"]: [float(node["attrs"][end]) for end in ("min_calib_range", "max_calib_range")]
            for node in json.loads(q.tojson())["nodes"] if "min_calib_range" in node.get("attrs", {})
        }  # fmt: skip
        lists = {name: {k: v.tolist() for k, v in group.items()} for name, group in (("args", args), ("aux", aux))}
        yield {
            "graph": json.loads(graph.tojson()), "options": options, "data": data.tolist(), **lists,
            "ranges": ranges, "output": output.tolist(),
        }  # fmt: skip


def structure(graph, options):
    q, measured = quantization._quantize_symbol(graph, mx.cpu(), **options)
    return {
        "graph": json.loads(graph.tojson()), "options": options, "quantized": json.loads(q.tojson()),
        "measured": measured,
    }  # fmt: skip


found = {"structures": [structure(*case) for case in structures()], "runs": list(runs())}
Path(__file__).with_name("quantization.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")
print(len(found["structures"]), len(found["runs"]))
