"""Memory of programs: values last until they are read for the last time, and no pass reads what another left."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import symbolnb as mx
from symbolnb.compile.plan import ALIGNMENT
from symbolnb.settings import RECOMPUTE
from symbolnb.settings import settings as engine
from symbolnb.symbol.executor import Mode
from tests.compile.test_program import SHAPE, graphs
from tests.golden import zoo_weights
from tests.networks.convnets import convnets
from tests.networks.memory import check
from tests.networks.networks import NETWORKS, apart, bind, fill, infer, plain, train

REQUESTS = st.sampled_from(("write", "add", "null"))
often = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
very_often = settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(autouse=True)
def _verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "verify", True)


def compiled(executor: mx.Executor) -> mx.Executor:
    """The executor with its programs for inference and training, none of which has run."""
    executor._load(Mode(False, False))
    executor._load(Mode(True, any(request != "null" for request in executor.requests.values())))
    return executor


# Where values lie -----------------------------------------------------------------------------


@often
@given(graphs(), st.sampled_from(RECOMPUTE), REQUESTS, REQUESTS)
def test_graphs_of_many_operators(symbol: mx.sym.Symbol, recompute: str, first: str, second: str) -> None:
    names = symbol.list_arguments()
    requests = dict(zip(names, (first, second), strict=False))
    check(compiled(symbol.simple_bind(mx.cpu(), requests, recompute=recompute, **dict.fromkeys(names, SHAPE))))


def _walk(case: tuple[mx.sym.Symbol, tuple[int, ...]], recompute: str, request: str) -> None:
    net, shape = case
    check(compiled(net.simple_bind(mx.cpu(), request, recompute=recompute, data=shape)))


@often
@given(convnets(), st.sampled_from(RECOMPUTE), REQUESTS)
def test_networks_of_layers(case: Any, recompute: str, request: str) -> None:
    _walk(case, recompute, request)


@pytest.mark.long
@very_often
@given(convnets(), st.sampled_from(RECOMPUTE), REQUESTS)
def test_many_networks_of_layers(case: Any, recompute: str, request: str) -> None:
    _walk(case, recompute, request)


LARGE = ("densenet121", "inceptionv3", "resnet152")


@pytest.mark.parametrize("recompute", ["never", "all"])
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long if name in LARGE else ()) for name in NETWORKS]
)
def test_real_networks(name: str, recompute: str) -> None:
    network = NETWORKS[name]
    check(compiled(network.build().simple_bind(mx.cpu(), data=network.data, recompute=recompute)))


# What passes leave behind ---------------------------------------------------------------------


def _poison(executor: mx.Executor) -> None:
    """Fill all memory that may hold nothing between two passes with numbers that nobody would compute."""
    for loaded in executor._loaded.values():
        session = loaded.session
        session._arena[:] = 0x7F
    for output in executor.outputs:
        output[:] = np.nan


def _no_pass_reads_what_another_left(case: tuple[mx.sym.Symbol, tuple[int, ...]], recompute: str) -> None:
    net, shape = case
    executor = compiled(bind(net, shape, recompute=recompute))
    _poison(executor)
    found = infer(executor), train(executor)
    _poison(executor)
    again = infer(executor), train(executor)
    for one, other in zip(found, again, strict=True):
        for name, array in one.items():
            np.testing.assert_array_equal(array, other[name], err_msg=name)


@often
@given(convnets(), st.sampled_from(RECOMPUTE))
def test_no_pass_reads_what_another_left(case: Any, recompute: str) -> None:
    _no_pass_reads_what_another_left(case, recompute)


@pytest.mark.long
@very_often
@given(convnets(), st.sampled_from(RECOMPUTE))
def test_no_pass_of_many_networks_reads_what_another_left(case: Any, recompute: str) -> None:
    _no_pass_reads_what_another_left(case, recompute)


@often
@given(convnets(), st.sampled_from(RECOMPUTE))
def test_passes_in_any_order(case: Any, recompute: str) -> None:
    """Forward after backward, backward twice, inference in between: always what one forward and backward give."""
    net, shape = case
    executor = bind(net, shape, recompute=recompute)
    wanted = {name: value for name, value in train(executor).items() if not name.endswith("after")}
    grads = [mx.nd.array(zoo_weights.drawn("head", output.shape, -1, 1)) for output in executor.outputs]

    def found() -> dict[str, Any]:
        made = executor.output_dict | {f"gradient of {name}": grad for name, grad in executor.grad_dict.items()}
        return {name: array.asnumpy() for name, array in made.items()}

    def forward(training: bool) -> None:
        mx.random.seed(11)
        for name, array in executor.aux_dict.items():
            fill(name, array)
        executor.forward(is_train=training)

    forward(False)
    forward(True)
    forward(True)
    executor.backward(grads)
    executor.backward(grads)
    for name, array in found().items():
        np.testing.assert_array_equal(array, wanted[name], err_msg=name)


# What the memory is ---------------------------------------------------------------------------


@often
@given(convnets())
def test_outputs_and_gradients_have_memory_of_their_own(case: Any) -> None:
    net, shape = case
    executor = compiled(bind(net, shape))
    arrays = [*executor.outputs, *executor.arg_arrays, *executor.grad_arrays, *executor.aux_arrays]
    own = [array._data for array in arrays if array is not None]
    for loaded in executor._loaded.values():
        session = loaded.session
        made = [session._arena, *(place.bytes for place in session._kept)]
        assert not any(array.ctypes.data % ALIGNMENT for array in made)
        own += made
    spans = sorted((array.ctypes.data, array.ctypes.data + array.nbytes) for array in own if array.nbytes)
    for (_, end), (start, _) in itertools.pairwise(spans):
        assert end <= start


# The numbers ----------------------------------------------------------------------------------


def _equals_plain(case: tuple[mx.sym.Symbol, tuple[int, ...]], recompute: str) -> None:
    """The program is at most a ten thousandth from what float64 gives, or about as far as its operators alone are.

    A bias in front of a normalization has a gradient of nothing but rounding, which a small variance magnifies in both.
    """
    net, shape = case
    executor, precise = bind(net, shape, recompute=recompute), plain(bind(net, shape, type_dict={"data": "float64"}))
    found = infer(executor) | train(executor)
    alone = infer(plain(executor)) | train(plain(executor))
    exact = infer(precise) | train(precise)
    usual = apart(alone, exact)
    assert not {name: share for name, share in apart(found, exact).items() if not share < max(1e-4, 8 * usual[name])}


@often
@given(convnets(kinks=False), st.sampled_from(RECOMPUTE))
def test_networks_of_layers_compute_what_plain_programs_do(case: Any, recompute: str) -> None:
    _equals_plain(case, recompute)


@pytest.mark.long
@very_often
@given(convnets(kinks=False), st.sampled_from(RECOMPUTE))
def test_many_networks_of_layers_compute_what_plain_programs_do(case: Any, recompute: str) -> None:
    _equals_plain(case, recompute)
