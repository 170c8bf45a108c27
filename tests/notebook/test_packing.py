"""The packed view document: nothing is lost, it is small, and JavaScript reads the same golden files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from symbolnb import nd, sym
from symbolnb.graph.naming import NameManager
from symbolnb.notebook.packing import pack, unpack
from symbolnb.notebook.view import view_of
from symbolnb.symbol.symbol import Symbol
from tests.notebook.nets import without_places

GOLDEN = Path(__file__).parent / "golden"
LAYOUT = Path(__file__).parent.parent / "fixtures" / "layout"


def ports() -> Symbol:
    """An operator with several outputs, of which not the first is used."""
    with NameManager():
        parts = sym.SliceChannel(sym.Variable("x"), num_outputs=3, name="parts")
        return sym.broadcast_add(parts[2], sym.Variable("y", shape=(2, 2)), name="sum")


def valued() -> Any:
    """A document with values, one of which is not finite."""
    with NameManager():
        net = sym.FullyConnected(sym.Variable("x"), num_hidden=2, name="fc")
    arrays = {"x": nd.array([[1.0, 2.0], [0.0, -4.0]]), "fc_weight": nd.array([[1.0, float("nan")], [3.0, 4.0]])}
    return without_places(net.view(arrays).document)


def golden(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_text())


@pytest.mark.parametrize("name", ["mlp", "convnet", "ports", "values"])
def test_golden_files_that_javascript_reads_too(name: str) -> None:
    """To write those of ports and values anew, and all packed ones, run this file as a program."""
    assert json.loads(json.dumps(pack(golden(name)))) == golden(f"{name}_packed")
    assert unpack(golden(f"{name}_packed")) == golden(name)


def test_the_ports_are_those_of_the_graph() -> None:
    assert without_places(view_of(ports().entries, {"x": (2, 6)})) == golden("ports")


def test_the_values_are_those_of_the_arrays() -> None:
    assert valued() == golden("values")


@pytest.mark.parametrize("name", ["grouped", "hostile", "small"])
def test_any_document_comes_back(name: str) -> None:
    view = json.loads((LAYOUT / f"view-{name}.json").read_text(encoding="utf-8"))["view"]
    assert unpack(json.loads(json.dumps(pack(view)))) == view
    assert unpack(view) is view


def test_what_repeats_costs_little() -> None:
    net = sym.Variable("data", shape=(1, 64, 56, 56))
    for number in range(500):
        name = f"stage{number // 100}_unit{number}_"
        net = sym.Activation(sym.Convolution(net, num_filter=64, kernel=(3, 3), pad=(1, 1), name=name + "conv"), "relu")
    view = view_of(net.entries)
    plain, packed = (len(json.dumps(one, separators=(",", ":"))) for one in (view, pack(view)))
    assert len(view["nodes"]) == 2001
    assert packed < plain / 5
    assert packed < 200_000


if __name__ == "__main__":
    (GOLDEN / "ports.json").write_text(
        json.dumps(without_places(view_of(ports().entries, {"x": (2, 6)})), indent=1) + "\n"
    )
    (GOLDEN / "values.json").write_text(json.dumps(valued(), indent=1) + "\n")
    for written in ("mlp", "convnet", "ports", "values"):
        (GOLDEN / f"{written}_packed.json").write_text(json.dumps(pack(golden(written)), indent=1) + "\n")
