"""Values in the graph: statistics against NumPy, what becomes of arrays that do not fit, and where they are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb import nd, sym
from symbolnb.errors import BindError
from symbolnb.notebook.command import main
from symbolnb.notebook.overlay import overlay
from symbolnb.notebook.packing import pack, unpack
from symbolnb.notebook.statistics import BINS, CHUNK, statistics
from symbolnb.symbol.executor import Executor
from tests.notebook.nets import convnet, mlp
from tests.notebook.shell import new_shell, run

RNG = np.random.default_rng(7)


def rounded(value: float) -> float:
    return float(f"{value:.6g}")


@pytest.mark.parametrize(
    "array",
    [
        RNG.standard_normal((3, 4, 5)).astype("float32"),
        RNG.standard_normal(3 * CHUNK + 17).astype("float32"),
        RNG.standard_normal(1000).astype("float16"),
        RNG.integers(-5, 5, (20, 20)),
        RNG.integers(0, 255, 100).astype("uint8"),
        np.array([True, False, True]),
        np.array([1e-40, 3e-40], "float32"),
        np.array([-3e38, 3e38], "float32"),
        np.array([2.0**53, 2.0**53 + 2]),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)
def test_statistics_are_those_of_numpy(array: np.ndarray) -> None:
    found, wide = statistics(array), array.astype("float64")
    assert found["size"] == array.size
    assert (found["zeros"], found["nan"], found["inf"]) == (int((array == 0).sum()), 0, 0)
    for name, expected in {"min": wide.min(), "max": wide.max(), "mean": wide.mean(), "std": wide.std()}.items():
        assert found[name] == pytest.approx(rounded(expected), rel=1e-5, abs=1e-12), name
    low, high = wide.min(), wide.max()
    assert found["counts"] == np.histogram((wide - low) / (high - low), BINS, (0, 1))[0].tolist()


def test_what_is_not_finite_is_counted_and_left_out() -> None:
    found = statistics(np.array([np.nan, 1.0, -np.inf, np.inf, 0.0, np.nan, 3.0]))
    assert (found["size"], found["nan"], found["inf"], found["zeros"]) == (7, 2, 2, 1)
    assert (found["min"], found["max"], found["mean"]) == (0.0, 3.0, 1.33333)
    assert sum(found["counts"]) == 3


@pytest.mark.parametrize("array", [np.zeros((0, 3)), np.full(4, np.nan), np.full(2, -np.inf)])
def test_where_there_is_no_finite_number(array: np.ndarray) -> None:
    found = statistics(array)
    assert [found[name] for name in ("min", "max", "mean", "std", "counts")] == [None, None, None, None, []]
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_equal_numbers_stand_in_one_part() -> None:
    assert statistics(np.full((2, 3), 2.5))["counts"] == [6]
    assert statistics(np.float32(4))["counts"] == [1]


def test_the_distance_of_the_greatest_numbers_is_none() -> None:
    found = statistics(np.array([-1.7e308, 1.7e308]))
    assert (found["counts"][0], found["counts"][-1]) == (1, 1)
    assert json.dumps(found, allow_nan=False)


# In the document -----------------------------------------------------------------------------


def weights() -> dict[str, Any]:
    return {"fc1_weight": nd.array(RNG.standard_normal((8, 5))), "fc1_bias": nd.zeros(8), "fc2_bias": nd.ones(3)}


def told(document: Any, kind: str = "outputs") -> dict[str, Any]:
    """What a document says of values, by the names of outputs."""
    nodes = document["nodes"]
    return {nodes[one["node"]]["outputs"][one["output"]]["name"]: one for one in document["values"][kind]}


def test_arrays_settle_shapes_and_are_told_of() -> None:
    view = mlp().view(weights())
    found = told(view.document)
    assert set(found) == {"fc1_weight", "fc1_bias", "fc2_bias"}
    assert found["fc2_bias"]["min"] == 1
    shapes = {node["name"]: node["outputs"][0]["shape"] for node in view.document["nodes"]}
    assert shapes["fc1_weight"] == [8, 5]
    assert (view.document["values"]["training"], view.document["error"]) == (None, None)
    assert mlp().view().document.get("values") is None


def test_a_file_of_parameters_is_taken_as_it_is() -> None:
    net = convnet()
    arrays = {"arg:unit1_bn_gamma": nd.ones(3), "aux:unit1_bn_moving_mean": nd.zeros(3), "arg:other": nd.zeros(1)}
    document = net.view(arrays, data=(2, 3, 8, 8)).document
    assert set(told(document)) == {"unit1_bn_gamma", "unit1_bn_moving_mean"}
    assert document["values"]["unused"] == ["other"]
    assert "No variable of the graph is called other." in repr(net.view(arrays))


def test_the_same_view_shows_new_arrays() -> None:
    net = mlp()
    first = net.view({"fc1_bias": nd.zeros(8)})
    assert net.view({"fc1_bias": nd.ones(8)}) is first
    assert told(first.document)["fc1_bias"]["mean"] == 1
    assert net.view() is not first


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"fc1_wieght": nd.zeros((8, 5))}, "none of the 1 arrays belongs .* is none; did you mean 'fc1_we"),
        ({"fc1_weight": 3}, "value of 'fc1_weight' must be an array, but it is a int"),
        ({"fc1_weight": np.array(["a"])}, "'fc1_weight' must have real numbers, but its elements are <U1"),
        ({"fc1_weight": np.zeros((8, 5), complex)}, "must have real numbers, but its elements are complex128"),
        ([nd.zeros(3)], "arrays must be a dict by the names of variables, but it is a list"),
        ({1: nd.zeros(3)}, "must be a dict by the names of variables, but it is a dict with keys of other types: .1."),
        ({"data": nd.zeros((4, 6))}, r"array 'data' is \(4, 6\) but the shape given is \(4, 5\)"),
    ],
)  # fmt: skip
def test_arrays_that_do_not_fit(arrays: Any, message: str) -> None:
    with pytest.raises(BindError, match=message):
        mlp().view(arrays, data=(4, 5))


def test_arrays_that_contradict_the_graph_are_shown_at_the_node() -> None:
    document = mlp().view({"fc1_weight": nd.zeros((8, 5)), "fc1_bias": nd.zeros(9)}).document
    assert document["nodes"][document["error"]["node"]]["name"] == "fc1"
    assert set(told(document)) == {"fc1_weight", "fc1_bias"}


def executor(bad: bool = False) -> Executor:
    made = mlp().simple_bind(mx.cpu(), data=(4, 5))
    for array in made.arg_arrays:
        array[:] = RNG.standard_normal(array.shape)
    made.arg_dict["softmax_label"][:] = 1
    if bad:
        made.arg_dict["fc2_weight"][0, 0] = np.nan
    return made


def test_an_executor_tells_of_all_values_and_gradients() -> None:
    made = executor()
    inference, training = made.view(), made.view(is_train=True)
    assert (inference.document["values"]["training"], training.document["values"]["training"]) == (False, True)
    assert inference.document["values"]["gradients"] == []
    assert set(told(training.document)) == set(made.symbol.get_internals().list_outputs())
    made.forward(is_train=True)
    made.backward()
    for name, grad in made.grad_dict.items():
        if grad is not None and name != "softmax_label":
            assert told(training.document, "gradients")[name]["max"] == pytest.approx(grad.asnumpy().max(), rel=1e-4)
    assert made.view(is_train=True) is training
    assert made.view() is inference


def test_numbers_that_are_not_finite_are_told_in_the_text() -> None:
    words = repr(executor(bad=True).view(is_train=True))
    assert "NaN or infinity in the values of fc2_weight, fc2, softmax." in words
    assert "NaN or infinity in the gradients of " in words
    assert "NaN" not in repr(executor().view(is_train=True))


def test_a_document_with_values_is_packed_without_loss_and_small() -> None:
    document = executor().view(is_train=True).document
    assert unpack(json.loads(json.dumps(pack(document)))) == document
    assert len(json.dumps(pack(document)["values"])) < 0.7 * len(json.dumps(document["values"]))
    empty = mlp().view({"fc1_bias": nd.zeros(8)}).document
    assert unpack(pack(empty)) == empty


def test_two_graphs_have_no_values() -> None:
    document = executor().view().document
    assert "values" not in overlay(document, document)


def test_shapes_that_values_decide_are_those_of_the_look() -> None:
    picked = sym.contrib.boolean_mask(sym.var("x"), sym.var("m"), name="picked")
    made = picked.bind(mx.cpu(), {"x": nd.array([[1.0], [2.0], [3.0]]), "m": nd.array([1.0, 0.0, 1.0])})
    assert made.view().document["nodes"][-1]["outputs"][0]["shape"] == [2, 1]


# On the command line and in a cell -------------------------------------------------------------


def test_the_command_reads_a_file_of_parameters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net, params = tmp_path / "mlp-symbol.json", tmp_path / "mlp-0001.params"
    mlp().save(net)
    nd.save(str(params), {f"arg:{name}": array for name, array in weights().items()})
    target = tmp_path / "mlp.json"
    assert main(["show", str(net), "--params", str(params), "-o", str(target)]) == 0
    assert set(told(json.loads(target.read_text()))) == set(weights())
    nd.save(str(params), [nd.zeros(2)])
    assert main(["show", str(net), "--params", str(params)]) == 2
    assert "have no names" in capsys.readouterr().err
    params.write_bytes(b"no arrays")
    assert main(["show", str(net), "--params", str(params)]) == 2
    assert main(["show", str(net), "--params", str(tmp_path / "none.params")]) == 2


def test_a_cell_shows_values_if_asked() -> None:
    shell = new_shell()
    run(shell, "%load_ext symbolnb")
    run(shell, "import numpy as np\nfrom symbolnb import sym\nx = np.ones((2, 3), 'float32')")
    cell = "%%symbol --train --values\nsym.FullyConnected(sym.Variable('x'), num_hidden=2, name='fc')"
    for _ in range(2):  # the second time from the cache, whose symbol is another one
        assert run(shell, cell).error is None
        document = run(shell, "_.view().document").value
        assert told(document)["x"]["mean"] == 1
        assert set(told(document, "gradients")) == {"x", "fc_weight", "fc_bias", "fc_output"}
        assert told(document, "gradients")["fc_output"]["min"] == 1
    run(shell, "%unload_ext symbolnb")
