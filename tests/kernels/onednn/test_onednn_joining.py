"""Concat and slices of channels in the layouts of convolutions, and Deconvolution, against their reference forward."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbolnb.graph.node import Entry
from symbolnb.kernels.onednn import library
from tests.kernels.onednn.engine import Network, agree, case, libraries

pytestmark = pytest.mark.skipif(not library.available(), reason=str(library.why_not()))

Shape = tuple[int, ...]


def branches(network: Network, filters: list[int], kernel: Shape) -> list[Entry]:
    """Convolutions of one input."""
    rng = np.random.default_rng(1)
    x = network.variable("x", rng.normal(size=(2, 16, *(9,) * len(kernel))).astype(np.float32))
    made = []
    for number, count in enumerate(filters):
        w = network.variable(f"w{number}", rng.normal(size=(count, 16, *kernel)).astype(np.float32))
        made.append(network.call("Convolution", f"conv{number}", x, w, kernel=kernel, num_filter=count, no_bias=True))
    return made


@pytest.mark.parametrize("kernel", [(3,), (3, 3), (1, 3, 3)])
@pytest.mark.parametrize("filters", [[32, 16], [16, 48, 64], [17, 16]])
def test_concat_of_convolutions(filters: list[int], kernel: Shape) -> None:
    network = Network()
    joined = network.call("Concat", "joined", *branches(network, filters, kernel), num_args=len(filters), dim=1)
    program, actual, expected = network.results(joined)
    if all(count % 16 == 0 for count in filters):
        assert "Concat:onednn" in libraries(program)
        assert [
            step.node.name for step in program.steps if "conv" in step.node.name and "reorder" in step.node.name
        ] == []
    agree(actual, expected)


@pytest.mark.parametrize("dim", [0, 2, -1])
def test_concat_along_other_axes(dim: int) -> None:
    network = Network()
    parts = branches(network, [32, 32], (3, 3))
    agree(*network.results(network.call("Concat", "joined", *parts, num_args=2, dim=dim))[1:])


def test_concat_of_dense_arrays() -> None:
    program, actual, expected = case("Concat", [(7, 2000), (7, 4001), (7, 1)], {"num_args": 3})
    assert libraries(program) == ["Concat:onednn"]
    agree(actual, expected)
    program, actual, expected = case("Concat", [(7, 2), (7, 4)], {"num_args": 2})
    assert libraries(program) == ["Concat:reference"]
    agree(actual, expected)


@pytest.mark.parametrize("kernel", [(3,), (3, 3), (1, 3, 3)])
@pytest.mark.parametrize(
    ("begin", "end", "fits"), [(16, 48, True), (None, 32, True), (-16, None, True), (8, 48, False)]
)
def test_slice_of_channels(begin: int | None, end: int | None, fits: bool, kernel: Shape) -> None:
    network = Network()
    (out,) = branches(network, [64], kernel)
    cut = network.call("slice", "cut", out, begin=(None, begin), end=(None, end))
    w = network.variable("w", np.random.default_rng(3).normal(
        size=(16, network.specs[cut].shape[1], *(1,) * len(kernel))).astype(np.float32))  # fmt: skip
    again = network.call("Convolution", "again", cut, w, kernel=(1,) * len(kernel), num_filter=16, no_bias=True)
    program, actual, expected = network.results(again)
    if fits:
        assert "slice:onednn" in libraries(program)
    agree(actual, expected)


CUTS: list[tuple[str, dict[str, Any]]] = [
    ("slice_axis", {"axis": 1, "begin": 32, "end": None}),
    ("slice_axis", {"axis": -3, "begin": 0, "end": 32}),
    ("SliceChannel", {"num_outputs": 2}),
    ("SliceChannel", {"num_outputs": 4, "axis": -3}),
]


@pytest.mark.parametrize(("operator", "attributes"), CUTS)
def test_pieces_of_channels(operator: str, attributes: dict[str, Any]) -> None:
    network = Network()
    (out,) = branches(network, [64], (3, 3))
    first = network.call(operator, "cut", out, **attributes)
    heads = [Entry(first.node, index) for index in range(first.node.num_outputs)]
    program, actual, expected = network.results(*heads)
    assert f"{operator}:onednn" in libraries(program)
    agree(actual, expected)


@pytest.mark.parametrize(
    "attributes", [{"axis": 2, "num_outputs": 7}, {"num_outputs": 64}, {"num_outputs": 64, "squeeze_axis": True}]
)
def test_other_pieces(attributes: dict[str, Any]) -> None:
    network = Network()
    (out,) = branches(network, [64], (3, 3))
    first = network.call("SliceChannel", "cut", out, **attributes)
    heads = [Entry(first.node, index) for index in range(first.node.num_outputs)]
    agree(*network.results(*heads)[1:])


@pytest.mark.parametrize("filters", [32, 17])
def test_between_convolutions(filters: int) -> None:
    """A learned slope and an enlargement keep the layout that a convolution gives."""
    network = Network()
    (out,) = branches(network, [filters], (3, 3))
    rng = np.random.default_rng(3)
    gamma = network.variable("gamma", rng.normal(size=filters).astype(np.float32))
    bent = network.call("LeakyReLU", "bent", out, gamma, act_type="prelu")
    large = network.call("UpSampling", "large", bent, scale=3, sample_type="nearest", num_args=1)
    program, actual, expected = network.results(large)
    assert libraries(program)[-3:] == ["LeakyReLU:onednn", "UpSampling:onednn", "_reorder:onednn"]
    agree(actual, expected)


@pytest.mark.parametrize(
    ("operator", "inputs", "attributes"),
    [
        ("LeakyReLU", [(3, 7, 2003), (7,)], {"act_type": "prelu"}),
        ("LeakyReLU", [(300, 211), (211,)], {"act_type": "prelu"}),
        ("LeakyReLU", [(3, 7, 41, 43), (1,)], {"act_type": "prelu"}),
        ("UpSampling", [(2, 7, 41, 43)], {"scale": 2, "sample_type": "nearest", "num_args": 1}),
    ],
)
def test_of_large_dense_arrays(operator: str, inputs: list[Shape], attributes: dict[str, Any]) -> None:
    _, actual, expected = case(operator, inputs, attributes)
    agree(actual, expected)


@pytest.mark.parametrize(
    ("operator", "shape", "attributes", "server"),
    [
        ("transpose", (211, 307), {}, "onednn"),
        ("transpose", (2, 3, 101, 103), {"axes": (0, 1, 3, 2)}, "onednn"),
        ("SwapAxis", (5, 101, 103), {"dim1": -1, "dim2": 1}, "onednn"),
        ("transpose", (5, 101, 103), {"axes": (1, 0, 2)}, "reference"),
        ("transpose", (7, 11), {}, "reference"),
        ("transpose", (1, 40001), {}, "reference"),
    ],
)
def test_transpose(operator: str, shape: Shape, attributes: dict[str, Any], server: str) -> None:
    program, actual, expected = case(operator, [shape], attributes)
    assert libraries(program) == [f"{operator}:{server}"]
    agree(actual, expected)


@pytest.mark.parametrize("no_bias", [False, True])
@pytest.mark.parametrize(
    ("data", "attributes"),
    [
        ((2, 3, 11), {"kernel": (3,), "num_filter": 5, "stride": (2,)}),
        ((2, 16, 7, 5), {"kernel": (4, 4), "num_filter": 32, "stride": (2, 2), "pad": (1, 1)}),
        ((2, 6, 7, 5), {"kernel": (3, 2), "num_filter": 4, "num_group": 2, "adj": (1, 0), "stride": (2, 1)}),
        ((2, 3, 7, 7), {"kernel": (4, 4), "num_filter": 3, "stride": (2, 2), "target_shape": (14, 14)}),
        ((1, 4, 3, 4, 5), {"kernel": (3, 3, 3), "num_filter": 6, "dilate": (2, 1, 1)}),
    ],
)
def test_deconvolution(data: Shape, attributes: dict[str, Any], no_bias: bool) -> None:
    groups = attributes.get("num_group", 1)
    weight = (data[1], attributes["num_filter"] // groups, *attributes["kernel"])
    shapes = [data, weight] if no_bias else [data, weight, (attributes["num_filter"],)]
    program, actual, expected = case("Deconvolution", shapes, {**attributes, "no_bias": no_bias})
    assert "Deconvolution:onednn" in libraries(program)
    agree(actual, expected)
