"""Steps of optimizers as compiled kernels: to the last bit what their operators compute with NumPy, states included."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.graph.spec import Spec
from symbolnb.kernels.fused import calls, compiler, tracing, updates
from symbolnb.kernels.fused.calls import NativeCall, Warming
from symbolnb.kernels.fused.updates import SeveralKernel, UpdateKernel
from symbolnb.ndarray import invoke
from symbolnb.ops.optimizer.update import Step
from symbolnb.ops.registry import create, find
from symbolnb.settings import settings
from tests.cases.optimizer import ROWS
from tests.cases.run import operator_of

pytestmark = pytest.mark.skipif(not compiler.available(), reason="needs llvmlite")
KERNEL = UpdateKernel()
STEPS = {row.id: operator for row in ROWS if isinstance(operator := operator_of(row), Step)}
WHOLE = ("_adamw_update", "_mp_adamw_update", "_contrib_group_adagrad_update", "lamb_update_phase2",
         "mp_lamb_update_phase2")  # fmt: skip
"""Steps that read more than one element of something to compute one of the weight."""


@pytest.fixture(autouse=True)
def _served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "SMALLEST", 1)


def arrays(operator: Step, dtype: str, size: int) -> tuple[list[Any], list[Any]]:
    """Inputs, among them what is no number, and an output that is not filled."""
    types = operator.infer_dtype([np.dtype(dtype)] * 2 + [None] * (len(operator.input_names()) - 2), [None])
    draw = np.random.default_rng(size)
    inputs = [draw.normal(size=size).astype(kind) for kind in types[0]]
    for state in inputs[2:]:
        np.absolute(state, out=state)
    odd = np.array([0, -0.0, np.inf, -np.inf, np.nan, 1e-30] if size > 9 else [])
    inputs[1][: len(odd)] = inputs[0][3 : 3 + len(odd)] = odd
    return inputs, [np.full(size, 7, kind) for kind in types[1]]


def bound(operator: Step, inputs: list[Any], outputs: list[Any]) -> Any:
    specs = tuple([Spec(array.shape, array.dtype) for array in part] for part in (inputs, outputs))
    return KERNEL.bind(operator, specs, inputs, outputs, None)  # type: ignore[arg-type]


def served(operator: Step, dtype: str, size: int) -> bool:
    inputs, outputs = ([Spec(each.shape, each.dtype) for each in part] for part in arrays(operator, dtype, size))
    return KERNEL.supports(operator, inputs, outputs)


def same_as_plain(operator: Step, dtype: str, size: int) -> None:
    """Both write the same, twice in a row; the weight in its own place the second time."""
    inputs, outputs = arrays(operator, dtype, size)
    plain_inputs, plain_outputs = [array.copy() for array in inputs], [array.copy() for array in outputs]
    for in_place in (False, True):
        if in_place:
            outputs, plain_outputs = inputs[:1], plain_inputs[:1]
        call = bound(operator, inputs, outputs)
        assert isinstance(call, NativeCall)
        with np.errstate(all="ignore"):
            call()
            operator.forward(np, plain_inputs, plain_outputs)
        for found, expected in zip((*inputs, *outputs), (*plain_inputs, *plain_outputs), strict=True):
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", [name for name, step in STEPS.items() if step.name not in WHOLE])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_steps_are_numpys_to_the_last_bit(name: str, dtype: str) -> None:
    operator = STEPS[name]
    if operator.name.startswith("mp_") and dtype == "float64":  # float32 for what has more precision
        assert not served(operator, dtype, 33)
        return
    if dtype == "float16" and not compiler.converts_half():
        pytest.skip("the processor does not convert float16")
    for size in (1, 33, 5001):
        same_as_plain(operator, dtype, size)


def test_steps_that_look_at_whole_arrays_are_left_to_numpy() -> None:
    for step in STEPS.values():
        if step.name in WHOLE:
            assert not served(step, "float32", 5)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_any_number_of_threads(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "threads", threads)
    monkeypatch.setattr(calls, "PARALLEL", 0)
    for name in ("sgd_mom_update", "adam_update"):
        same_as_plain(create(name, lr=0.1, wd=0.01, clip_gradient=0.5), "float32", 10_001)


def test_one_kernel_serves_all_numbers_but_those_that_change_what_is_done() -> None:
    operator = create("adam_update", lr=0.1)
    seen = set()
    for changes in ({}, {"lr": 0.3}, {"wd": 0.1, "epsilon": 1e-3}, {"clip_gradient": 0.1}, {"clip_gradient": 0.7}):
        step = replace(operator, **changes)
        same_as_plain(step, "float32", 100)
        seen.add(id(tracing.traced(step, [np.dtype("float32")] * 4, [np.dtype("float32")])))
    assert len(seen) == 2


def test_arrays_that_reach_into_each_other_are_left_to_numpy() -> None:
    operator = create("sgd_mom_update", lr=0.5, momentum=0.9)
    whole = np.arange(48, dtype="float32")
    cases = {
        "shifted": (whole[:40], whole[40:].repeat(5), whole[1:41]),
        "strided": (np.zeros(40, "float32"), np.ones(80, "float32")[::2], np.zeros(40, "float32")),
    }
    for inputs in cases.values():
        copies = [array.copy() for array in inputs]
        out, expected = np.zeros(40, "float32"), np.zeros(40, "float32")
        call = bound(operator, list(inputs), [out])
        assert not isinstance(call, NativeCall)
        call()
        operator.forward(np, copies, [expected])
        np.testing.assert_array_equal(out, expected)
        np.testing.assert_array_equal(inputs[2], copies[2])


def test_empty_and_small_arrays_are_left_to_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = create("sgd_update", lr=0.1)
    for size in (0, 3):
        specs = [Spec((size,), np.dtype("float32"))]
        monkeypatch.setattr(updates, "SMALLEST", 1000)
        assert not KERNEL.supports(operator, specs * 2, specs)


def test_a_learning_rate_that_changes_is_decided_once() -> None:
    """As Adam's does at every step; the first call is NumPy's, whatever is compiled later."""
    weight, grad, mean, var = (mx.nd.ones((40, 30)) * number for number in (1, 2, 0, 0))
    plain = [array.asnumpy() for array in (weight, grad, mean, var)]
    counts = set()
    for number in range(1, 30):
        mx.nd.adam_update(weight, grad, mean, var, out=weight, lr=0.1 / number, wd=0.01)
        step = create("adam_update", lr=0.1 / number, wd=0.01)
        step.forward(np, plain, plain[:1])
        counts.add(len(invoke._decisions))
        for found, expected in zip((weight, mean, var), (plain[0], *plain[2:]), strict=True):
            np.testing.assert_array_equal(found.asnumpy(), expected)
    assert len(counts) == 1


def test_the_first_calls_are_not_delayed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "compile_at_once", False)
    monkeypatch.setattr(calls, "_states", type(calls._states)())
    inputs, outputs = arrays(create("sgd_update", lr=0.25), "float32", 64)
    call = bound(create("sgd_update", lr=0.25), inputs, outputs)
    assert isinstance(call, Warming)
    call()
    assert not next(iter(calls._states.values())).asked


@pytest.mark.parametrize("name", ["multi_sgd_update", "multi_sgd_mom_update", "multi_mp_sgd_mom_update"])
def test_several_weights_of_which_some_are_small(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "SMALLEST", 3000)
    heavy = {} if name == "multi_sgd_update" else {"momentum": 0.9}
    step = find(name)(lrs=(0.1, 0.2, 0.3), wds=(0.0, 0.1, 0.2), num_weights=3, clip_gradient=1.0, **heavy)
    draw = np.random.default_rng(3)
    sizes = [size for size in (500, 3, 2100) for _ in step.kinds]
    inputs = [draw.normal(size=size).astype("float32") for size in sizes]
    plain = [array.copy() for array in inputs]
    outputs, expected = ([arrays[place] for place, _ in step.inplace_pairs()] for arrays in (inputs, plain))
    specs = tuple([Spec(array.shape, array.dtype) for array in part] for part in (inputs, outputs))
    kernel = SeveralKernel()
    assert kernel.supports(step, *specs)
    kernel.bind(step, specs, inputs, outputs, None)()
    step.forward(np, plain, expected)
    for found, right in zip(inputs, plain, strict=True):
        np.testing.assert_array_equal(found, right)
    small = [[spec._replace(shape=(3,)) for spec in part] for part in specs]
    assert not kernel.supports(step, *small)


def test_in_a_graph_states_change_too() -> None:
    names = ("weight", "grad", "mom")
    step = mx.sym.sgd_mom_update(*map(mx.sym.var, names), lr=0.5, momentum=0.9, name="step")
    values = {name: mx.nd.array(np.linspace(-1, 1, 200) * number) for number, name in enumerate(names, 1)}
    plain = [value.asnumpy() for value in values.values()]
    args = {name: values[name] for name in step.list_arguments()}
    states = {name: values[name] for name in step.list_auxiliary_states()}
    executor = step.bind(mx.cpu(), args, None, "null", states)
    for _ in range(3):
        out = np.empty(200, "float32")
        create("sgd_mom_update", lr=0.5, momentum=0.9).forward(np, plain, [out])
        np.testing.assert_array_equal(executor.forward()[0].asnumpy(), out)
        np.testing.assert_array_equal(values["mom"].asnumpy(), plain[2])
    assert any(each.kernel is not None for each in executor.programs["inference"].steps)
