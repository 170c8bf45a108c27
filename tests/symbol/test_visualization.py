"""`mx.viz`: boxes, labels, edges and the summary table."""

from __future__ import annotations

import pytest

import symbolnb as mx
from symbolnb.errors import ShapeError


def _net() -> mx.sym.Symbol:
    data = mx.sym.var("data")
    net = mx.sym.Convolution(data, kernel=(3, 3), num_filter=8, stride=(2, 2), name="conv1")
    net = mx.sym.Activation(mx.sym.BatchNorm(net, name="bn1"), act_type="relu", name="relu1")
    net = mx.sym.Pooling(net, kernel=(2, 2), stride=(2, 2), pool_type="max", name="pool1")
    parts = mx.sym.SliceChannel(net, num_outputs=2, name="parts")
    net = mx.sym.FullyConnected(
        mx.sym.Flatten(mx.sym.Concat(parts[0], parts[1], name="cat"), name="flat"), num_hidden=10, name="fc1"
    )
    return mx.sym.SoftmaxOutput(net, name="softmax")


SHAPES = {"data": (1, 3, 28, 28)}


def test_boxes_and_edges() -> None:
    source = mx.viz.plot_network(_net(), shape=SHAPES).source
    for line in (
        'data [label=data fillcolor="#8dd3c7" fixedsize=true height=0.8034 shape=oval style=filled width=1.3]',
        'conv1 -> data [label="3x28x28" arrowtail=open dir=back]',
        'pool1 -> relu1 [label="8x13x13" arrowtail=open dir=back]',
        'cat -> parts [label="4x6x6" arrowtail=open dir=back]',
        "fc1 -> flat [label=288 arrowtail=open dir=back]",
    ):
        assert line in source
    assert 'label="Convolution\n3x3/2x2, 8" fillcolor="#fb8072"' in source
    assert 'label="Pooling\nmax, 2x2/2x2"' in source
    assert "weight" not in source
    assert "moving" not in source


def test_options() -> None:
    plot = mx.viz.plot_network(
        _net(), title="net", save_format="svg", shape=SHAPES, dtype={"data": "float32"},
        node_attrs={"shape": "oval", "fixedsize": "false"}, hide_weights=False,
    )  # fmt: skip
    assert plot.format == "svg"
    assert plot.source.startswith("digraph net {")
    assert 'conv1 -> conv1_weight [label="3x3x3(float32)"' in plot.source
    assert "conv1_weight [label=conv1_weight" in plot.source
    assert "shape=box" not in plot.source


def test_a_network_with_several_outputs_in_the_middle_is_drawn_without_shapes() -> None:
    assert "cat -> parts" in mx.viz.plot_network(_net()).source


def test_incomplete_and_contradictory_shapes() -> None:
    with pytest.raises(ShapeError, match="do not settle all others; give shapes for: data, "):
        mx.viz.plot_network(_net(), shape={"data": (0, 3, 28, 28)})
    with pytest.raises(ShapeError, match="Convolution 'conv1'"):
        mx.viz.plot_network(_net(), shape={"data": (1, 3, 28, 28), "conv1_weight": (8, 4, 3, 3)})
    with pytest.raises(TypeError, match="symbol must be a Symbol"):
        mx.viz.plot_network("net")  # type: ignore[arg-type]


def test_summary(capsys: pytest.CaptureFixture[str]) -> None:
    mx.viz.print_summary(_net(), shape=SHAPES)
    lines = capsys.readouterr().out.splitlines()
    rows = {line.split("(")[0]: line.split() for line in lines if "(" in line}
    assert lines[1].split() == ["Layer", "(type)", "Output", "Shape", "Param", "#", "Previous", "Layer"]
    assert rows["data"] == ["data(null)", "3x28x28", "0"]
    assert rows["conv1"] == ["conv1(Convolution)", "8x13x13", "224", "data"]
    assert rows["bn1"] == ["bn1(BatchNorm)", "8x13x13", "16", "conv1"]
    assert rows["fc1"] == ["fc1(FullyConnected)", "10", "2890", "flat"]
    assert rows["softmax"] == ["softmax(SoftmaxOutput)", "10", "0", "fc1"]
    assert lines[-2] == "Total params: 3130"
    assert {len(line) for line in lines if set(line) <= {"_", "="}} == {120}


def test_summary_without_shapes_leaves_them_open(capsys: pytest.CaptureFixture[str]) -> None:
    mx.viz.print_summary(_net(), line_length=100, positions=[0.3, 0.6, 0.75, 1.0])
    lines = capsys.readouterr().out.splitlines()
    assert "Total params: unknown without shapes" in lines
    assert max(len(line) for line in lines) == 100
