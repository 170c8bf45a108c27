"""The command line, run as a user does: what it prints and writes, and how it fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from symbolnb import sym
from symbolnb.ndarray import save, zeros
from symbolnb.notebook.command import main
from symbolnb.notebook.table import summary
from symbolnb.notebook.view import view_of
from tests.notebook.nets import convnet, mlp

ROOT = Path(__file__).parents[2]


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two models and some files that are none; it is the current one."""
    mlp().save(tmp_path / "mlp-symbol.json")
    mlp(16).save(tmp_path / "wide-symbol.json")
    convnet().save(tmp_path / "conv-symbol.json")
    (tmp_path / "broken-symbol.json").write_text('{"nodes": [')
    others = {
        "text": "hello", "list": "[1, 2]", "empty": "", "deep": "[" * 100_000,
        "wild": '{"nodes": [{"op": "Rubbish", "name": "x", "inputs": [[5, 0, 0]]}], "arg_nodes": [], "heads": [[0]]}',
    }  # fmt: skip
    for name, content in others.items():
        (tmp_path / f"{name}-symbol.json").write_text(content)
    save(str(tmp_path / "params-symbol.json"), {"arg:w": zeros((2, 2))})
    (tmp_path / "folder.svg").mkdir()
    (tmp_path / "binary-symbol.json").write_bytes(b"\xff\xfe\x00")
    monkeypatch.chdir(tmp_path)
    return tmp_path


Captured = pytest.CaptureFixture[str]


def failure(arguments: list[str], capsys: Captured) -> str:
    """The one line that a failing command writes."""
    try:
        status = main(arguments)
    except SystemExit as stop:  # argparse ends so
        status = int(str(stop.code))
    out, err = capsys.readouterr()
    assert (status, out, err.count("\n")) == (2, "", 1)
    return err.rstrip("\n")


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("name", ["mlp", "mlp-symbol.json", "./mlp-symbol.json"])
def test_show_prints_text(name: str, capsys: Captured) -> None:
    assert main(["show", name, "--shape", "data=4,5"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("softmax: 4 operators") and "4×8" in out


@pytest.mark.parametrize(
    ("ending", "start"),
    [("svg", b"<svg"), ("png", b"\x89PNG"), ("html", b"<!doctype html>"), ("dot", b"digraph"), ("json", b"{")],
)
def test_show_writes_a_file(models: Path, ending: str, start: bytes, capsys: Captured) -> None:
    if ending == "png":
        pytest.importorskip("resvg_py", reason="resvg-py is not installed")
    arguments = ["show", "mlp", "--shape", "data=4,5", "--dtype", "data=float64", "-o", f"model.{ending}"]
    assert main([*arguments, "--theme", "dark"]) == 0
    assert capsys.readouterr().out == f"wrote model.{ending}\n"
    assert (models / f"model.{ending}").read_bytes().startswith(start)


def test_shapes_and_types_arrive(models: Path) -> None:
    main(["show", "mlp", "--shape", "data=4,5", "--dtype", "data=float64", "-o", "model.json"])
    node = json.loads((models / "model.json").read_text())["nodes"][-1]
    assert node["outputs"] == [{"name": "softmax_output", "shape": [4, 3], "dtype": "float64"}]


def test_a_contradiction_is_shown_and_told(models: Path, capsys: Captured) -> None:
    assert main(["show", "mlp", "--shape", "data=4,5", "--shape", "fc1_weight=8,6", "-o", "m.svg"]) == 1
    out, err = capsys.readouterr()
    assert out == "wrote m.svg\n" and (models / "m.svg").exists()
    message = "FullyConnected 'fc1': weight is (8, 6) but data (4, 5) with num_hidden=8 needs (8, 5)"
    assert err == f"symbolnb show: {message}\n"
    assert main(["summary", "mlp", "--shape", "data=4,5", "--shape", "fc1_weight=8,6"]) == 1
    assert capsys.readouterr().out.endswith(f"Error: {message}\n")


@pytest.mark.usefixtures("models")
def test_summary_lists_layers_and_totals(capsys: Captured) -> None:
    assert main(["summary", "conv", "--shape", "data=2,3,8,8"]) == 0
    expected = """\
Layer (type)              Output shape  Param #  Multiply-adds  Previous layer
==============================================================================
data (input)              2×3×8×8
unit1_conv (Convolution)  2×3×8×8            81         10,368  data
unit1_bn (BatchNorm)      2×3×8×8             6              0  unit1_conv
_plus0 (elemwise_add)     2×3×8×8             0              0  unit1_bn, data
flat (Flatten)            2×192               0              0  _plus0
==============================================================================
Total params: 87
Auxiliary states: 6
Multiply-adds: 10,368
Operators: 4
"""
    assert capsys.readouterr().out == expected


@pytest.mark.usefixtures("models")
def test_summary_of_what_is_not_known(capsys: Captured) -> None:
    assert main(["summary", "mlp", "--shape", "data=?,5"]) == 0
    out = capsys.readouterr().out
    assert "fc1 (FullyConnected)     ?×8 " in out
    assert "Total params: 75\n" in out and "Multiply-adds: ?\n" in out
    assert out.endswith("Unknown (?) until the shape is given of: data\n")


def test_a_shared_parameter_is_counted_once() -> None:
    weight = sym.Variable("w_weight")
    net = sym.FullyConnected(sym.Variable("x"), weight=weight, num_hidden=4, no_bias=True, name="one")
    net = sym.FullyConnected(net, weight=weight, num_hidden=4, no_bias=True, name="two")
    lines = summary(view_of(net.entries, {"x": (2, 4)})).splitlines()
    assert [line.split()[3] for line in lines if line.startswith(("one", "two"))] == ["16", "0"]
    assert "Total params: 16" in lines


def test_diff_tells_and_writes(models: Path, capsys: Captured) -> None:
    assert main(["diff", "mlp", "mlp-symbol.json"]) == 0
    assert capsys.readouterr().out == "softmax → softmax: all 10 nodes the same\n"
    assert main(["diff", "mlp", "wide", "--shape", "data=4,5", "-o", "diff.html"]) == 1
    out = capsys.readouterr().out
    assert "~ fc1  FullyConnected: parameter num_hidden 8 → 16; shape 4×8 → 4×16\n" in out
    assert out.endswith("wrote diff.html\n")
    assert (models / "diff.html").read_text().startswith("<!doctype html>")


def test_the_look_is_chosen(models: Path) -> None:
    assert (
        main(["show", "conv", "--orientation", "right", "--theme", "contrast", "--open", "unit1", "-o", "a.svg"]) == 0
    )
    assert main(["show", "conv", "--orientation", "right", "--theme", "contrast", "--open-all", "-o", "b.svg"]) == 0
    assert (models / "a.svg").read_text() == (models / "b.svg").read_text()
    assert main(["diff", "mlp", "wide", "--side-by-side", "--orientation", "right", "-o", "c.svg"]) == 1
    assert "before: softmax" in (models / "c.svg").read_text()
    assert main(["show", "conv", "--orientation", "right", "-o", "d.dot"]) == 0
    assert "rankdir=LR" in (models / "d.dot").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["show", "conv", "--open", "unit2", "-o", "m.svg"],
            "symbolnb show: there is no group 'unit2'; the groups are unit1",
        ),
        (
            ["show", "mlp", "--orientation", "up"],
            "symbolnb show: argument --orientation: invalid choice: 'up' (choose from",
        ),
        (
            ["diff", "mlp", "wide", "--side-by-side", "-o", "m.html"],
            "symbolnb diff: save: 'm.html' cannot have graphs side by side; that is for .svg, .png",
        ),
        (["show", "mlp", "-o", "mlp-symbol.json/m.svg"], "symbolnb show: mlp-symbol.json: No such file or directory"),
        (["show", "mlp", "-o", "folder.svg"], "symbolnb show: folder.svg: Is a directory"),
        (["show", "text"], "symbolnb show: text-symbol.json: symbol JSON: "),
        (["show", "list"], "symbolnb show: list-symbol.json: symbol JSON: "),
        (["summary", "empty"], "symbolnb summary: empty-symbol.json: symbol JSON: "),
        (["summary", "deep"], "symbolnb summary: deep-symbol.json: symbol JSON: "),
        (["diff", "mlp", "wild"], "symbolnb diff: wild-symbol.json: symbol JSON: "),
        (["show", "params"], "symbolnb show: params-symbol.json"),
        (["show", "mlp", "--shape", "data=4,-5"], "symbolnb show: the shape of 'data' must be a tuple of sizes"),
        (["show", "mlp", "--shape", "data=4,x"], "symbolnb show: --shape is 'data=4,x' but must be like data=64,784"),
        (["show", "mlp", "--shape", "data=1e3,5"], "symbolnb show: --shape is 'data=1e3,5' but must be like"),
        (["show", "mlp", "--shape", "=4,5"], "symbolnb show: --shape is '=4,5' but must be like data=64,784"),
        (["show", "none"], "symbolnb show: none: No such file or directory"),
        (["show", "."], "symbolnb show: .: Is a directory"),
        (["summary", "broken"], "symbolnb summary: broken-symbol.json: symbol JSON: the text is cut short or broken"),
        (["diff", "mlp", "binary"], "symbolnb diff: binary-symbol.json is not a symbol file: it is not UTF-8 text"),
        (["show", "mlp", "--shape", "data"], "symbolnb show: --shape is 'data' but must be like data=64,784"),
        (
            ["show", "mlp", "--dtype", "data=int3"],
            "symbolnb show: --dtype is 'data=int3' but must be like data=float16",
        ),
        (["show", "mlp", "--shape", "dato=1"], "symbolnb show: the graph has no argument 'dato'; did you mean 'data'?"),
        (["show", "mlp", "--dtype", "q=int8"], "symbolnb show: the graph has no argument 'q'; its inputs are data"),
        (
            ["show", "mlp", "-o", "m.pdf"],
            "symbolnb show: save: 'm.pdf' must end in one of .svg, .png, .html, .dot, .json",
        ),
        (["diff", "mlp", "wide", "-o", "m.pdf"], "symbolnb diff: save: 'm.pdf' must end in one of .svg, .png, "),
        (["show", "mlp", "-o", "no/m.svg"], "symbolnb show: no: No such file or directory"),
        (["show"], "symbolnb show: the following arguments are required: MODEL; see symbolnb show --help"),
        (["draw"], "symbolnb: argument COMMAND: invalid choice: 'draw'"),
    ],
)
def test_an_error_is_one_line_and_nothing_is_written(
    models: Path, arguments: list[str], message: str, capsys: Captured
) -> None:
    files = sorted(models.iterdir())
    assert failure(arguments, capsys).startswith(message)
    assert sorted(models.iterdir()) == files


def test_as_a_program(models: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "symbolnb.notebook.command", "show", "mlp", "-o", "m.dot"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, cwd=models, env=environment, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "wrote m.dot\n", "")


def test_a_reader_that_stops_and_a_poor_terminal_are_no_errors(models: Path) -> None:
    command = [sys.executable, "-m", "symbolnb.notebook.command", "show", "mlp", "--shape", "data=4,5"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    ran = subprocess.run(command, cwd=models, env=environment, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "") and "4?5" in ran.stdout
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(command, cwd=models, env=environment, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (ran.returncode, ran.stderr) == (2, "")


def test_looking_at_a_model_needs_neither_the_tour_nor_widgets(models: Path) -> None:
    code = (
        "import sys; from symbolnb.notebook.command import main; main(['summary', 'mlp']);"
        "print([name for name in ('nbconvert', 'nbclient', 'bs4', 'anywidget', 'ipywidgets') if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=models, env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == "[]"
