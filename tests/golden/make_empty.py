"""Writes empty.json, run from the root with MXNet 1.9.1's Python (`python -m tests.golden.make_empty`).

For each case of `empty_cases` what MXNet computes when sizes of 0 are allowed (`np_shape`): outputs, and gradients for
heads of ones. None where MXNet refuses or crashes; gradients of an operator that once crashed are not asked for again.
"""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.cases.golden import _symbol
from tests.golden.empty_cases import cases


def listed(arrays):
    """Arrays as types, shapes and numbers."""
    return [[str(array.dtype), list(array.shape), [repr(v) for v in array.reshape(-1).tolist()]] for array in arrays]


def answers(mx, case, backward):
    """First the outputs, then, with `backward`, the gradients that the row asks for."""
    row, symbol = case.row, _symbol(mx, case.row)
    arrays = {n: mx.nd.array(a, dtype=a.dtype) for n, a in zip(row.inputs, case.arrays)}  # noqa: B905  Python 3.8
    arguments = {name: arrays[name] for name in symbol.list_arguments()}
    states = {name: arrays[name] for name in symbol.list_auxiliary_states()}
    asked = backward and row.gradient in ("golden", "both")
    wanted = [name for name in row.differentiable() if name in arguments] if asked else []
    grads = {name: mx.nd.zeros(arrays[name].shape, dtype=arrays[name].dtype) for name in wanted}
    requests = {name: "write" if name in wanted else "null" for name in arguments}
    executor = symbol.bind(mx.cpu(), arguments, args_grad=grads, aux_states=states, grad_req=requests)
    outputs = executor.forward(is_train=row.training)
    yield listed(output.asnumpy() for output in outputs)
    if wanted:
        executor.backward([mx.nd.ones(output.shape, dtype=output.dtype) for output in outputs])
        yield listed(grad.asnumpy() for grad in grads.values())


def work(start, crashed):
    """Print the answers from one case on, until the end or until MXNet crashes: a line for each step of each case."""
    for name, kind in {"bool": bool, "int": int, "float": float, "object": object}.items():
        setattr(np, name, kind)  # MXNet 1.9.1 uses names that NumPy has dropped
    import mxnet as mx

    with mx.util.np_shape(True):
        for case in list(cases())[start:]:
            found = [None, None]
            signal.alarm(5)  # some never end
            try:
                for step, made in enumerate(answers(mx, case, case.row.operator not in crashed)):
                    found[step] = made
                    print(json.dumps([case.key, *found], separators=(",", ":")), flush=True)
            except Exception:
                pass
            print(json.dumps([case.key, *found], separators=(",", ":")), flush=True)


def main():
    """Ask until all cases are answered, in a new process after each crash."""
    order, found, crashed = list(cases()), {}, set()
    while len(found) < len(order):
        command = [sys.executable, "-m", "tests.golden.make_empty", str(len(found)), *sorted(crashed)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in done.stdout.splitlines():
            if line.endswith("]"):
                found[json.loads(line)[0]] = line
        if done.returncode != 0:
            at = len(found) - 1 if done.stdout and json.loads(line)[1] is not None else len(found)
            found.setdefault(order[at].key, json.dumps([order[at].key, None, None], separators=(",", ":")))
            crashed.add(order[at].row.operator)
            print("crashed:", order[at].key, flush=True)
    Path(__file__).with_name("empty.json").write_text("[\n" + ",\n".join(found.values()) + "\n]\n")


if __name__ == "__main__":
    work(int(sys.argv[1]), set(sys.argv[2:])) if len(sys.argv) > 1 else main()
