"""Quantization: the graphs that MXNet makes, its ranges and its numbers, and how exact integers are."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.compile.passes.quantize import Quantization, quantize
from symbolnb.contrib.quantization import quantize_model
from symbolnb.errors import BindError, ParameterError

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "quantization.json").read_text())


def structure(graph: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """A graph's nodes and heads; of what quantizes, the name is that of its input in one of MXNet's two ways."""
    nodes = [
        (node["op"], "" if node["op"] == "_contrib_quantize_v2" else node["name"],
         {} if node["op"] == "null" else node.get("attrs", {}), [edge[:2] for edge in node["inputs"]])
        for node in graph["nodes"]
    ]  # fmt: skip
    return nodes, [head[:2] for head in graph["heads"]]


@pytest.mark.parametrize("case", GOLDEN["structures"])
def test_graphs_are_mxnets(case: dict[str, Any]) -> None:
    options = case["options"]
    graph = mx.sym.load_json(json.dumps(case["graph"]))
    heads, measured = quantize(
        graph.entries,
        Quantization(
            dtype=options.get("quantized_dtype", "int8"),
            everything=options["quantize_mode"] == "full",
            excluded=frozenset(options.get("excluded_symbols", ())),
            excluded_operators=frozenset(options.get("excluded_operators", ())),
            offline=frozenset(options.get("offline_params", ())),
        ),
    )
    assert structure(json.loads(mx.sym.Symbol(heads).tojson())) == structure(case["quantized"])
    assert sorted(measured) == sorted(case["measured"])


@pytest.mark.parametrize("case", GOLDEN["runs"])
def test_ranges_and_numbers_are_mxnets(case: dict[str, Any]) -> None:
    graph = mx.sym.load_json(json.dumps(case["graph"]))
    args, aux = ({name: mx.nd.array(value) for name, value in case[kind].items()} for kind in ("args", "aux"))
    data = np.array(case["data"])
    batches = [mx.nd.array(data[:4]), mx.nd.array(data[4:])]
    q, q_args, q_aux = quantize_model(graph, args, aux, calib_data=batches, **case["options"])
    ranges = {
        node["name"]: [float(node["attrs"][end]) for end in ("min_calib_range", "max_calib_range")]
        for node in json.loads(q.tojson())["nodes"]
        if "min_calib_range" in node.get("attrs", {})
    }
    assert ranges.keys() == case["ranges"].keys()
    for name, ends in case["ranges"].items():
        assert ranges[name] == pytest.approx(ends, abs=2e-6), name
    given = {"data": batches[0], "softmax_label": mx.nd.zeros((4,)), **q_args}
    output = q.bind(mx.cpu(), {name: given[name] for name in q.list_arguments()}, aux_states=q_aux).forward()[0]
    golden = np.array(case["output"])
    np.testing.assert_allclose(output.asnumpy(), golden, rtol=1e-5, atol=1e-5 * np.abs(golden).max())


def small() -> tuple[Any, dict[str, Any]]:
    net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, no_bias=True, name="fc")
    return net, {"fc_weight": mx.nd.array([[1.0, 0.5], [0.0, -1.0]])}


@pytest.mark.parametrize(
    "batch", [mx.nd.array([[1, -2]]), np.array([[1, -2]]), [mx.nd.array([[1, -2]])],
              SimpleNamespace(data=[mx.nd.array([[1, -2]])])]
)  # fmt: skip
def test_batches_may_be_arrays_lists_or_what_iterators_give(batch: Any, caplog: pytest.LogCaptureFixture) -> None:
    net, params = small()
    caplog.set_level("INFO")
    q, _, _ = quantize_model(
        net, params, {}, calib_mode="naive", calib_data=[batch] * 3, num_calib_examples=2,
        logger=logging.getLogger("quantize"),
    )  # fmt: skip
    assert caplog.records[0].getMessage() == "quantize_model: calibrated on 2 examples"
    nodes = {node["name"]: node for node in json.loads(q.tojson())["nodes"]}
    assert nodes["data_quantize"]["attrs"]["min_calib_range"] == "-2.000000"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"calib_mode": "naive"}, BindError, "calib_mode is 'naive', so calib_data must be given"),
        ({"calib_mode": "kl"}, ParameterError, "calib_mode is 'kl' but must be 'none' or 'naive' or 'entropy'"),
        ({"quantized_dtype": "int4"}, ParameterError,
         "quantized_dtype is 'int4' but must be 'int8' or 'uint8' or 'auto'"),
        ({"quantize_mode": "all"}, ParameterError, "quantize_mode is 'all' but must be 'smart' or 'full'"),
        ({"quantize_granularity": "channel-wise"}, ParameterError,
         "quantize_granularity is 'channel-wise' but must be 'tensor-wise'"),
        ({"calib_data": []}, BindError, "calib_data has no batch"),
        ({"calib_data": [[mx.nd.ones((1, 2))]], "data_names": ("data", "mask")}, BindError,
         "a batch of calib_data has 1 arrays but data_names are ('data', 'mask')"),
    ],
)  # fmt: skip
def test_bad_requests_are_refused(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        quantize_model(*small(), {}, **options)
    assert str(caught.value) == f"quantize_model: {message}"
