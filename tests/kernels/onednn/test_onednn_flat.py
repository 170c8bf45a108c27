"""Elementwise operators between two convolutions: they do not end a layout, whichever they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbolnb.graph.node import Entry
from symbolnb.graph.spec import Spec
from symbolnb.kernels.onednn import library
from symbolnb.kernels.onednn.flat import FlatKernel
from symbolnb.ops.registry import find
from tests.kernels.onednn.engine import Network, agree

pytestmark = pytest.mark.skipif(not library.available(), reason=str(library.why_not()))

ROWS: list[tuple[str, int, dict[str, Any]]] = [
    ("clip", 1, {"a_min": 0.0, "a_max": 6.0}),
    ("exp", 1, {}),
    ("relu", 1, {}),
    ("_plus_scalar", 1, {"scalar": 0.5}),
    ("_rdiv_scalar", 1, {"scalar": 2.0}),
    ("elemwise_mul", 2, {}),
    ("elemwise_sub", 2, {}),
    ("_maximum", 2, {}),
    ("LeakyReLU", 1, {"act_type": "leaky", "slope": 0.3}),
    ("LeakyReLU", 1, {"act_type": "elu"}),
    ("Activation", 1, {"act_type": "softsign"}),
    ("_activation_gradient", 2, {"act_type": "softrelu"}),
]


def between(network: Network, operator: str, count: int, attributes: dict[str, Any], channels: int) -> Entry:
    """conv - operator - conv; a second input of the operator is another variable."""
    rng = np.random.default_rng(9)

    def variable(name: str, *shape: int) -> Entry:
        return network.variable(name, rng.uniform(0.1, 1, shape).astype(np.float32))

    data, first = variable("data", 2, channels, 9, 9), variable("first", channels, channels, 3, 3)
    out = network.call("Convolution", "one", data, first, kernel=(3, 3), num_filter=channels, no_bias=True)
    others = [variable(f"other{number}", 2, channels, 7, 7) for number in range(count - 1)]
    out = network.call(operator, "middle", out, *others, **attributes)
    second = variable("second", channels, channels, 3, 3)
    return network.call("Convolution", "two", out, second, kernel=(3, 3), num_filter=channels, no_bias=True)


def reordered(program: Any) -> list[str]:
    return sorted(step.node.inputs[0].name for step in program.steps if step.node.operator.name == "_reorder")


@pytest.mark.parametrize(("operator", "count", "attributes"), ROWS)
def test_the_layout_goes_on(operator: str, count: int, attributes: dict[str, Any]) -> None:
    network = Network()
    program, actual, expected = network.results(between(network, operator, count, attributes, 32))
    others = [f"other{number}" for number in range(count - 1)]
    assert reordered(program) == ["data", "first", *others, "second", "two_output"]
    agree(actual, expected)


@pytest.mark.parametrize(("operator", "count", "attributes"), ROWS)
def test_padding_stays_zero(operator: str, count: int, attributes: dict[str, Any]) -> None:
    network = Network()
    _, actual, expected = network.results(between(network, operator, count, attributes, 19))
    agree(actual, expected)


def test_inputs_of_several_shapes_or_types_are_not_its_business() -> None:
    network = Network()
    program = network.compiled(between(network, "exp", 1, {}, 32))
    blocked = next(
        program.slots[step.outputs[0]].spec for step in program.steps if step.node.operator.name == "Convolution"
    )
    operator, kernel = find("elemwise_mul")(), FlatKernel()
    assert kernel.supports(operator, [blocked, blocked._replace(layout=None)], [blocked])
    assert not kernel.supports(operator, [blocked, Spec((32,), blocked.dtype)], [blocked])
    assert not kernel.supports(operator, [blocked, Spec(blocked.shape, np.dtype("float64"))], [blocked])
    assert not kernel.supports(operator, [blocked._replace(layout=None)] * 2, [blocked._replace(layout=None)])
