"""Three graphs of MXNet's model zoo: they load, every shape is inferred, and the numbers are MXNet's.

The weights are drawn from their names (tests/golden/zoo_weights.py), the answers were made with MXNet
1.9.1 by tests/golden/make_zoo.py.
"""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from tests.golden import zoo_weights

GOLDEN = Path(__file__).parents[1] / "golden"
MODELS = ["resnet50_v1", "mobilenetv2_1.0", "inceptionv3"]


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest) -> tuple[str, mx.sym.Symbol, dict[str, Any]]:
    """A graph's text, the graph, and what MXNet says of it."""
    text = gzip.decompress((GOLDEN / "models" / f"{request.param}-symbol.json.gz").read_bytes()).decode()
    about = json.loads((GOLDEN / "zoo" / f"{request.param}.json").read_text())
    with np.load(GOLDEN / "zoo" / f"{request.param}.npz", allow_pickle=False) as arrays:
        about.update(arrays)
    return text, mx.sym.load_json(text), about


def run(net: mx.sym.Symbol, data_shape: tuple[int, ...]) -> list[np.ndarray[Any, Any]]:
    """All outputs of a graph in inference, with the weights that belong to its names."""
    arg_shapes, _, aux_shapes = net.infer_shape(data=data_shape)
    shapes = dict(zip(net.list_arguments(), arg_shapes, strict=True))
    states = dict(zip(net.list_auxiliary_states(), aux_shapes, strict=True))
    given = {"data": zoo_weights.image(data_shape), "softmax_label": np.zeros(data_shape[:1], "float32")}
    executor = net.bind(
        mx.cpu(),
        {k: mx.nd.array(given[k] if k in given else zoo_weights.weight(k, s)) for k, s in shapes.items()},
        grad_req="null",
        aux_states={k: mx.nd.array(zoo_weights.weight(k, s)) for k, s in states.items()},
    )
    return [o.asnumpy() for o in executor.forward(is_train=False)]


def assert_close(got: np.ndarray[Any, Any], want: Any) -> None:
    """To 1e-5 of the largest value: single values near 0 are differences of large ones."""
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5 * float(np.abs(want).max()))


def test_text_survives_loading(model: tuple[str, mx.sym.Symbol, dict[str, Any]]) -> None:
    text, net, _ = model
    assert net.tojson() == text


def test_every_shape(model: tuple[str, mx.sym.Symbol, dict[str, Any]]) -> None:
    _, net, about = model
    internals = net.get_internals()
    _, shapes, _ = internals.infer_shape(data=tuple(about["data"]))
    expected = [tuple(map(int, shape.split("x"))) for shape in about["shapes"].split()]
    names = internals.list_outputs()
    assert dict(zip(names, shapes, strict=True)) == dict(zip(names, expected, strict=True))


def test_probabilities(model: tuple[str, mx.sym.Symbol, dict[str, Any]]) -> None:
    _, net, about = model
    (probabilities,) = run(net, tuple(about["data"]))
    expected = np.exp(about["logits"] - about["logits"].max(axis=1, keepdims=True))
    assert_close(probabilities, expected / expected.sum(axis=1, keepdims=True))


def test_values_inside(model: tuple[str, mx.sym.Symbol, dict[str, Any]]) -> None:
    _, net, about = model
    internals, samples = net.get_internals(), about["samples"]
    outputs = run(mx.sym.Group([internals[name] for name in samples]), tuple(about["data"]))
    for values, (name, sample) in zip(outputs, samples.items(), strict=True):
        flat = values.reshape(-1)
        assert np.abs(flat, dtype=np.float64).sum() == pytest.approx(sample["sum"], rel=1e-5), name
        places = np.linspace(0, flat.size - 1, len(sample["values"])).astype(int)
        np.testing.assert_allclose(flat[places], sample["values"], rtol=1e-5, atol=1e-5 * np.abs(flat).max())
    assert_close(outputs[-1].reshape(about["logits"].shape), about["logits"])
