"""Optimised programs of real networks compute what plain ones do, forward and backward, in every way to save memory."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from symbolnb.compile.passes.recompute import MARK
from symbolnb.settings import RECOMPUTE, settings
from tests.networks.networks import NETWORKS, apart, bind, infer, marked, plain, smooth, together, train

LIMIT = 1e-4
"""Of an array's norm. Rounding differs: measured are 3e-5 for the gradients of 152 layers, 1e-5 for those of 50."""
KINKED = 0.1
"""Of the norm of all gradients, where a relu may be on in one program and off in the other; measured 7e-2."""
QUICK = ("mlp", "lenet", "lstm", "resnet18", "mobilenetv2", "vgg11")


@pytest.fixture(autouse=True)
def _verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "verify", True)


def networks(*without: str) -> Any:
    """Parametrize a test over the networks; those that take longer only when all that is long runs."""
    kept = [name for name in NETWORKS if name not in without]
    marks = {name: () if name in QUICK else (pytest.mark.long,) for name in kept}
    return pytest.mark.parametrize("name", [pytest.param(name, marks=marks[name]) for name in kept])


@cache
def plain_training(name: str) -> dict[str, Any]:
    """A training pass of the network without kinks by the plain program."""
    return train(plain(bind(smooth(NETWORKS[name].build()), NETWORKS[name].data)))


def agree(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Assert that all arrays are as close as rounding leaves them."""
    far = {name: share for name, share in apart(found, wanted).items() if not share < LIMIT}
    assert not far


@pytest.mark.parametrize("name", NETWORKS)
def test_inference(name: str) -> None:
    network = NETWORKS[name]
    executor = bind(network.build(), network.data, grad_req="null")
    found = infer(executor)
    agree(found, infer(plain(executor)))


@networks()
@pytest.mark.parametrize("recompute", RECOMPUTE)
def test_training(name: str, recompute: str) -> None:
    network = NETWORKS[name]
    net = smooth(network.build())
    executor = bind(marked(net) if recompute == "marked" else net, network.data, recompute=recompute)
    agree(train(executor), plain_training(name))
    steps = executor.programs["training"].steps
    again = [step.node.operator.name for step in steps if MARK in step.node.attributes]
    assert not again or recompute != "never"
    if "BatchNorm" in {step.node.operator.name for step in steps} and recompute != "never":
        assert again, "a deep network is worth recomputing"


@networks("resnet152")  # so many kinks that a change of the last bit changes its gradients by 15 %
def test_training_with_kinks(name: str) -> None:
    network = NETWORKS[name]
    executor = bind(network.build(), network.data)
    found = train(executor)
    wanted = train(plain(bind(network.build(), network.data)))
    assert together(found, wanted) < KINKED
    outside = {key: value for key, value in found.items() if not key.startswith("gradient")}
    far = {key: share for key, share in apart(outside, {key: wanted[key] for key in outside}).items() if share > 1e-3}
    assert not far


@networks()
def test_adding_to_gradients_adds_what_writing_writes(name: str) -> None:
    network = NETWORKS[name]
    net = smooth(network.build())
    written = train(bind(net, network.data))
    executor = bind(net, network.data, grad_req="add")
    for grad in executor.grad_arrays:
        grad[:] = 0
    train(executor)
    twice = train(executor)
    agree({key: value / 2 if key.startswith("gradient") else value for key, value in twice.items()}, written)
