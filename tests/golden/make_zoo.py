#!/usr/bin/env python3
"""Writes what MXNet 1.9.1 makes of three graphs of its model zoo: all shapes, outputs, samples inside.

Run by hand, with the Python of an environment that holds the real MXNet 1.9.1 (and NumPy < 1.24):

    python tests/golden/make_zoo.py OUTPUT_FOLDER

The graphs lie in models/ beside this script (as MXNet's gluon.model_zoo writes them, gzipped); the
weights are those of zoo_weights.py. For each graph it writes NAME.json (the shape of every entry, and
of some entries the sum of absolute values and a few values) and NAME.npz (the logits; the graphs end in
their softmax).
"""

import gzip
import json
import os
import sys

import numpy as np

# The oneDNN fusion pass may hand out a fused value under the name of one inside the fusion.
os.environ["MXNET_SUBGRAPH_BACKEND"] = "NONE"
for _name, _type in {"bool": bool, "int": int, "float": float, "object": object}.items():
    if _name not in np.__dict__:  # MXNet 1.9.1 was written for an older NumPy
        setattr(np, _name, _type)

import mxnet as mx  # noqa: E402
import zoo_weights  # noqa: E402

INPUTS = {
    "resnet50_v1": (2, 3, 224, 224),
    "mobilenetv2_1.0": (2, 3, 224, 224),
    "inceptionv3": (1, 3, 299, 299),
}
SAMPLED_ENTRIES, SAMPLED_VALUES = 12, 8


def loaded(name):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models", name + "-symbol.json.gz")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return mx.sym.load_json(file.read())


def sampled(net):
    """Names of some entries between operators, evenly spread; the last one is the logits."""
    variables = set(net.list_inputs())
    entries = [n for n in net.get_internals().list_outputs() if n not in variables][:-1]
    return [entries[round(i)] for i in np.linspace(0, len(entries) - 1, SAMPLED_ENTRIES)]


def run(net, shapes, data_shape):
    """The outputs of the net and of the sampled entries, in inference."""
    names = sampled(net)
    group = mx.sym.Group([net] + [net.get_internals()[n] for n in names])
    arrays = {k: mx.nd.array(zoo_weights.weight(k, s)) for k, s in shapes.items()}
    arrays.update(data=mx.nd.array(zoo_weights.image(data_shape)), softmax_label=mx.nd.zeros(data_shape[:1]))
    executor = group.bind(
        mx.cpu(),
        {k: arrays[k] for k in group.list_arguments()},
        grad_req="null",
        aux_states={k: arrays[k] for k in group.list_auxiliary_states()},
    )
    outputs = [o.asnumpy() for o in executor.forward(is_train=False)]
    return outputs[0], dict(zip(names, outputs[1:], strict=True))


def sample(values):
    """A fingerprint of one entry: the sum of absolute values, and values evenly spread over it."""
    flat = values.reshape(-1)
    picked = flat[np.linspace(0, flat.size - 1, SAMPLED_VALUES).astype(int)]
    return {"sum": float(np.abs(flat, dtype=np.float64).sum()), "values": [float(str(v)) for v in picked]}


def write(folder, name):
    net, data_shape = loaded(name), INPUTS[name]
    internals = net.get_internals()
    entry_shapes = dict(zip(internals.list_outputs(), internals.infer_shape(data=data_shape)[1], strict=True))
    weights = {k: entry_shapes[k] for k in net.list_inputs()}
    probabilities, inside = run(net, weights, data_shape)
    about = {
        "data": data_shape,
        "shapes": " ".join("x".join(map(str, shape)) for shape in entry_shapes.values()),
        "samples": {k: sample(v) for k, v in inside.items()},
    }
    with open(os.path.join(folder, name + ".json"), "w", encoding="utf-8") as file:
        file.write(json.dumps(about, indent=1) + "\n")
    logits = list(inside.values())[-1].reshape(len(probabilities), -1)
    expected = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(probabilities, expected / expected.sum(axis=1, keepdims=True), rtol=1e-5)
    np.savez_compressed(os.path.join(folder, name + ".npz"), logits=logits)
    print(name, "logits from", logits.min(), "to", logits.max(), "largest probability", probabilities.max())


def main(argv):
    if len(argv) != 2:
        sys.exit(__doc__)
    os.makedirs(argv[1], exist_ok=True)
    for name in INPUTS:
        write(argv[1], name)


if __name__ == "__main__":
    main(sys.argv)
