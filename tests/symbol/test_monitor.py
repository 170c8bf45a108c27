"""What a monitor of everything is shown, and requests for gradients that the graph does not have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import symbolnb as mx
from tests.cases.golden import _symbol
from tests.cases.row import Row
from tests.test_operators import ROWS

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "monitor.json").read_text())
BY_KEY = {f"{family}: {row.id}": row for family, row in ROWS}


@pytest.mark.parametrize(("row", "names"), [pytest.param(BY_KEY[key], names, id=key) for key, names in GOLDEN])
def test_names_are_mxnets(row: Row, names: list[str]) -> None:
    symbol: mx.sym.Symbol = _symbol(mx, row)
    given = [mx.nd.array(array, dtype=array.dtype) for array in row.arrays(row.dtypes[0])]
    arrays = dict(zip(row.inputs, given, strict=True))
    arguments: dict[str, Any] = {name: arrays[name] for name in symbol.list_arguments()}
    states = {name: arrays[name] for name in symbol.list_auxiliary_states()}
    executor, seen = symbol.bind(mx.cpu(), arguments, grad_req="null", aux_states=states), list[str]()
    executor.set_monitor_callback(lambda name, array: seen.append(name), monitor_all=True)
    executor.forward(is_train=row.training)
    assert seen == names


def test_names_of_inputs() -> None:
    """MXNet's names and order for operators whose inputs have names there."""
    data = mx.sym.var("data")
    net = mx.sym.FullyConnected(mx.sym.concat(data, data, dim=1, name="cc"), num_hidden=2, name="fc")
    executor, seen = net.simple_bind(mx.cpu(), data=(2, 3)), list[str]()
    executor.set_monitor_callback(lambda name, array: seen.append(name), monitor_all=True)
    executor.forward()
    assert seen == [
        "data", "cc_arg0", "data", "cc_arg1", "cc_output", "fc_data", "fc_weight", "fc_weight", "fc_bias", "fc_bias",
        "fc_output",
    ]  # fmt: skip


def test_a_request_for_an_unknown_argument_is_passed_over() -> None:
    with pytest.warns(UserWarning, match="grad_req names 'other', which the graph has no argument of"):
        executor = (mx.sym.var("x") * 2).simple_bind(mx.cpu(), grad_req={"x": "write", "other": "add"}, x=(2,))
    assert list(executor.grad_dict) == ["x"]
