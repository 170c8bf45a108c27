"""Fusing batch normalizations with relu: where it happens, where it must not, and that numbers stay."""

from __future__ import annotations

import numpy as np
import pytest

from symbolnb.compile.passes.fuse_normalization import fuse_normalization
from symbolnb.graph.graph import Graph
from symbolnb.graph.listing import listing
from symbolnb.graph.node import Entry
from symbolnb.kernels.onednn import library
from symbolnb.settings import settings
from tests.compile.test_fuse_convolution import Builder
from tests.kernels.onednn.engine import agree, libraries

pytestmark = pytest.mark.skipif(not library.available(), reason=str(library.why_not()))

ONE = """\
%0 = _fused_batch_norm(data, bn_gamma, bn_beta, bn_mean, bn_var) -> (2, 16, 6, 6) float32
return %0"""


@pytest.fixture(autouse=True)
def _verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "verify", True)


def fused(net: Builder, *heads: Entry, gradients: int = 0) -> str:
    return listing(fuse_normalization(Graph(heads, len(heads) - gradients, net.specs)))


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("fix_gamma", [False, True])
def test_a_normalization_and_its_relu_are_one(relu: bool, fix_gamma: bool) -> None:
    net = Builder()
    end = net.normalization("bn", net.data, fix_gamma=fix_gamma)
    end = net.relu("end", end) if relu else end
    assert fused(net, end) == ONE
    program, actual, expected = net.results(end)
    assert libraries(program) == ["_fused_batch_norm:onednn"]
    agree(actual, expected)
    assert bool((actual[0] < 0).any()) is not relu


def test_nan_becomes_zero_as_in_the_relu() -> None:
    net = Builder()
    net.arrays[net.data.node][0, 3, 1] = np.nan
    program, actual, expected = net.results(net.relu("end", net.normalization("bn", net.data)))
    assert libraries(program) == ["_fused_batch_norm:onednn"]
    agree(actual, expected)
    assert not np.isnan(actual[0]).any()


def test_the_chain_runs_between_convolutions_in_their_layout() -> None:
    net = Builder()
    first = net.convolution("first", net.data)
    joined = net.call("Concat", "joined", first, net.convolution("other", net.data), num_args=2, dim=1)
    end = net.convolution("end", net.relu("relu", net.normalization("bn", joined)))
    program, actual, expected = net.results(end)
    agree(actual, expected)
    assert "_fused_batch_norm:onednn" in libraries(program)
    assert sum(name == "_reorder:onednn" for name in libraries(program)) <= 5  # the data, three weights, the result


def test_what_is_read_between_stays() -> None:
    net = Builder()
    norm = net.normalization("bn", net.data)
    text = fused(net, net.relu("end", norm), norm)
    assert "_fused_batch_norm(" in text
    assert "Activation(" in text
    agree(*net.results(net.relu("end", norm), norm)[1:])


def test_only_one_relu_is_joined() -> None:
    net = Builder()
    end = net.relu("again", net.relu("end", net.normalization("bn", net.data)))
    assert fused(net, end).count("Activation(") == 1


def test_statistics_that_are_read_training_gradients_and_other_axes_stay() -> None:
    net = Builder()
    norm = net.normalization("bn", net.data, output_mean_var=True)
    for heads, gradients in (
        ((norm, Entry(norm.node, 1)), 0),
        ((norm, Entry(norm.node, 2)), 0),
        ((norm, net.data), 1),
        ((net.normalization("batch", net.data, training=True),), 0),
        ((net.call("BatchNorm", "last", net.data, *(net.array(f"v{at}", 6) for at in range(4)), axis=3),), 0),
    ):
        assert "_fused" not in fused(net, *heads, gradients=gradients)
    sigmoid = net.call("Activation", "end", net.normalization("other", net.data), act_type="sigmoid")
    assert "Activation(" in fused(net, sigmoid)
