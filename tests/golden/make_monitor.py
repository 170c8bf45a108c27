"""Writes monitor.json, run from the root with MXNet 1.9.1's Python (`python -m tests.golden.make_monitor`).

For the first row of each operator the names under which a monitor of everything sees its inputs and outputs.
"""

import importlib
import json
import os
from pathlib import Path

import numpy as np

from tests.cases.golden import _symbol, families

os.environ["MXNET_SUBGRAPH_BACKEND"] = "NONE"  # else layers are seen under names of fused ones
for name, kind in {"bool": bool, "int": int, "float": float, "object": object}.items():
    setattr(np, name, kind)  # MXNet 1.9.1 uses names that NumPy has dropped

import mxnet as mx  # noqa: E402


def seen(row):
    """The names, in the order in which they come."""
    symbol = _symbol(mx, row)
    given = zip(row.inputs, row.arrays(row.dtypes[0]))  # noqa: B905  Python 3.8 has no strict
    arrays = {name: mx.nd.array(array, dtype=array.dtype) for name, array in given}
    arguments = {name: arrays[name] for name in symbol.list_arguments()}
    states = {name: arrays[name] for name in symbol.list_auxiliary_states()}
    executor, names = symbol.bind(mx.cpu(), arguments, aux_states=states, grad_req="null"), []
    executor.set_monitor_callback(lambda name, _: names.append(name.decode()), monitor_all=True)
    executor.forward(is_train=row.training)
    mx.nd.waitall()
    return names


found = {}
for family in families():
    for row in importlib.import_module(f"tests.cases.{family}").ROWS:
        if row.golden and row.operator not in {operator for operator, _, _ in found.values()}:
            try:
                found[f"{family}: {row.id}"] = row.operator, family, seen(row)
            except mx.MXNetError as error:
                print(row.id, str(error)[:80])
lines = [json.dumps([key, names], separators=(",", ":")) for key, (_, _, names) in found.items()]
Path(__file__).with_name("monitor.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
