"""Writes amp.json, run with MXNet 1.9.1's Python: graphs and what its `contrib.amp.convert_symbol` makes of them."""

import json
from pathlib import Path

import numpy as np

for name, kind in {"bool": bool, "int": int, "float": float, "object": object}.items():
    setattr(np, name, kind)  # MXNet 1.9.1 uses names that NumPy has dropped

import mxnet as mx  # noqa: E402
from mxnet.contrib import amp  # noqa: E402

S = mx.sym


def dense(data, name, **more):
    return S.FullyConnected(data, num_hidden=4, no_bias=True, name=name, **more)


def cases():
    data, weight = S.Variable("data"), S.Variable("w")
    f = dense(data, "f")
    e = S.exp(f, name="e")
    relu = S.Activation(S.FullyConnected(data, num_hidden=4, name="fc"), act_type="relu", name="relu")
    mlp = S.softmax(S.broadcast_add(S.exp(dense(relu, "fc2"), name="exp"), relu, name="add"), name="sm")
    pool = S.Pooling(S.BatchNorm(S.Convolution(data, num_filter=2, kernel=(3, 3), name="c"), name="bn"), kernel=(2, 2))
    joined = S.concat(pool, S.Convolution(pool, num_filter=2, kernel=(1, 1), name="c2"), name="cat")
    net = S.SoftmaxOutput(dense(S.Flatten(joined, name="fl"), "out"), name="softmax")
    given, stored = {"data_names": ["data", "softmax_label"]}, {"cast_optional_params": True}
    yield from ((mlp, {}), (mlp, {"target_dtype": "bfloat16"}), (mlp, {"excluded_sym_names": ["fc2"]}))
    yield from ((net, {}), (net, given), (net, {**given, **stored}), (net, {**given, "target_dtype": "bfloat16"}))
    for graph in (
        S.exp(data, name="e"), S.broadcast_add(f, weight, name="a"), S.dot(f, f, name="a"),
        S.broadcast_add(f, e, name="a"), S.elemwise_add(f, data, name="a"), S.add_n(f, data, e, name="a"),
        dense(S.Cast(f, dtype="float32", name="c"), "g"), S.exp(S.Cast(f, dtype="float64", name="c"), name="a"),
        S.Group(list(S.SliceChannel(f, num_outputs=2, name="sc"))), S.Group([f, data]), S.Group([f, e]),
        S.where(f > 0, f, e, name="w"), S.concat(f, e, name="cc"), S.Activation(f, act_type="softrelu", name="x"),
        S.LeakyReLU(f, act_type="elu", name="x"), dense(S.relu(f, name="r"), "g"), S.LayerNorm(f, name="ln"),
        dense(S.Embedding(data, weight, input_dim=4, output_dim=3, name="em"), "g"),
        S.RNN(data, weight, S.Variable("s"), S.Variable("c"), mode="lstm", state_size=3, num_layers=1, name="r"),
    ):  # fmt: skip
        yield graph, {}
        yield graph, {"data_names": ["data"], **stored}
    soft, half = S.Activation(data, act_type="softrelu", name="soft"), S.SliceChannel(data, num_outputs=2, name="half")
    for graph in (  # what follows from casts that others need
        S.Group([S.LeakyReLU(data, act_type="elu", name="l"), S.exp(data, name="e")]),
        S.Group([soft, S.BatchNorm(data, name="bn"), S.relu(data, name="r")]),
        S.Group([S.softmax(soft, name="s"), dense(soft, "g"), S.relu(soft, name="r")]),
        S.concat(data, S.exp(data, name="e"), name="cc"), S.concat(S.exp(data, name="e"), data, name="cc"),
        S.broadcast_add(half[1], dense(half[1], "g"), name="a"),
    ):  # fmt: skip
        yield graph, {}
        yield graph, {"target_dtype": "bfloat16"}
    yield S.broadcast_add(f, e, name="r"), {"excluded_sym_names": ["r"]}
    yield dense(S.relu(f, name="r"), "g"), {"excluded_sym_names": ["r"]}
    yield e, {"target_dtype_ops": ["exp"], "fp32_ops": [], "conditional_fp32_ops": []}


def converted(graph, options):
    made = amp.convert_symbol(graph, **options)
    full, saved = made.tojson(remove_amp_cast=False), made.tojson()
    return {"options": options, **{
        name: json.loads(text) for name, text in (("graph", graph.tojson()), ("converted", full), ("saved", saved))
    }}  # fmt: skip


lines = [json.dumps(converted(*case), separators=(",", ":")) for case in cases()]
Path(__file__).with_name("amp.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
