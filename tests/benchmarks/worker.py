"""One engine's side of a benchmark: binds a network, then runs it as often as it is told to.

    worker.py ENGINE          ENGINE: symbolnb or mxnet; both are driven by the same code

Requests come as JSON lines on standard input, answers as JSON lines on standard output. The first request
names the work; each further one is a number of runs, and its answer is their times in seconds.
"""

from __future__ import annotations

import gzip
import importlib
import json
import sys
import time
from typing import Any

import numpy as np

if not hasattr(np, "bool"):  # MXNet 1.9.1 was written for an older NumPy
    for _name, _type in {"bool": bool, "int": int, "float": float, "object": object}.items():
        setattr(np, _name, _type)


def mlp(mx: Any) -> Any:
    """Three fully connected layers: 784-128-64-10."""
    net = mx.sym.Variable("data")
    for position, width in enumerate((128, 64)):
        net = mx.sym.FullyConnected(net, num_hidden=width, name=f"fc{position}")
        net = mx.sym.Activation(net, act_type="relu", name=f"relu{position}")
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(net, num_hidden=10, name="fc2"), name="softmax")


def lenet(mx: Any) -> Any:
    """LeCun's network for digits, in the form of MXNet's examples."""
    net = mx.sym.Variable("data")
    for position, filters in enumerate((20, 50)):
        net = mx.sym.Convolution(net, kernel=(5, 5), num_filter=filters, name=f"conv{position}")
        net = mx.sym.Activation(net, act_type="tanh", name=f"tanh{position}")
        net = mx.sym.Pooling(net, pool_type="max", kernel=(2, 2), stride=(2, 2), name=f"pool{position}")
    net = mx.sym.FullyConnected(mx.sym.Flatten(net), num_hidden=500, name="fc0")
    net = mx.sym.FullyConnected(mx.sym.Activation(net, act_type="tanh"), num_hidden=10, name="fc1")
    return mx.sym.SoftmaxOutput(net, name="softmax")


def network(mx: Any, name: str) -> Any:
    """A symbol by the name of a function here, or from a file."""
    if name.endswith(".json.gz"):
        with gzip.open(name, "rt", encoding="utf-8") as file:
            return mx.sym.load_json(file.read())
    return {"mlp": mlp, "lenet": lenet}[name](mx)


def prepare(mx: Any, work: dict[str, Any]) -> Any:
    """A call that runs the work once and waits for its result."""
    symbol = network(mx, work["network"])
    executor = symbol.simple_bind(mx.cpu(), grad_req="write" if work["training"] else "null", data=tuple(work["shape"]))
    random = np.random.RandomState(0)
    for name, array in {**executor.arg_dict, **executor.aux_dict}.items():
        positive = name.endswith(("gamma", "var"))
        array[:] = np.ones(array.shape, "f") if positive else random.normal(0, 0.05, array.shape).astype("f")

    def run() -> None:
        executor.forward(is_train=work["training"])
        if work["training"]:
            executor.backward()
            executor.grad_arrays[1].asnumpy()
        executor.outputs[0].asnumpy()

    return run


def main() -> None:
    mx = importlib.import_module(sys.argv[1])
    run = prepare(mx, json.loads(sys.stdin.readline()))
    for line in sys.stdin:
        times = []
        for _ in range(json.loads(line)):
            start = time.perf_counter()
            run()
            times.append(time.perf_counter() - start)
        print(json.dumps(times), flush=True)


if __name__ == "__main__":
    main()
