"""Results do not depend on how many threads compute them, or on how many threads of Python ask for them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.compile import cache
from symbolnb.kernels import table
from symbolnb.kernels.fused import calls as fused
from symbolnb.kernels.onednn import kernel as onednn
from symbolnb.kernels.onednn import recurrent
from symbolnb.ops.registry import find
from symbolnb.settings import settings
from tests.cases.row import Row
from tests.cases.run import Case, operator_of
from tests.networks.networks import NETWORKS, apart, bind, infer, smooth, train
from tests.test_operators import ROWS, close, heads_of, wanted_of

COUNTS = (1, 2, 3, 4)
LIMIT = 1e-4
"""Of an array's norm; other numbers of threads add in another order. Measured are 2e-5."""
QUICK = ("mlp", "lenet", "lstm", "resnet18")
LONG = ("mobilenetv2", "vgg11", "resnet50", "densenet121", "inceptionv3")


@pytest.fixture(autouse=True)
def _all_on_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No work is too small for several threads, and kernels are there from the first pass on."""
    monkeypatch.setattr(settings, "compile_at_once", True)
    for module, name in ((onednn, "SMALL_PRODUCT"), (onednn, "SMALL_TENSOR"), (fused, "PARALLEL"),
                         (recurrent, "SMALL_PRODUCT")):  # fmt: skip
        monkeypatch.setattr(module, name, 0)
    monkeypatch.setattr(cache, "_kept", {})
    before = settings.threads
    yield
    settings.threads = before


# Operators ------------------------------------------------------------------------------------


def _results(row: Row, count: int) -> list[np.ndarray[Any, Any]]:
    """Outputs and gradients of a row by the compiled program."""
    settings.threads = count
    operator, arrays = operator_of(row), row.arrays(row.dtypes[0])
    wanted = [] if row.gradient == "none" else wanted_of(row, operator)
    heads = heads_of(row, operator, arrays) if wanted else []
    case = Case(operator, [array.copy() for array in arrays], heads, wanted)
    return case.run(case.first_order() if wanted else [])


def _with_kernels() -> list[Any]:
    """The rows of operators for which there is another kernel than the reference."""
    served = [pair for pair in ROWS if table.registered(find(pair[1].operator).name, "cpu")]
    return [pytest.param(row, id=f"{family}: {row.id}") for family, row in served]


@pytest.mark.parametrize("count", [pytest.param(2, marks=pytest.mark.long), 3, pytest.param(4, marks=pytest.mark.long)])
@pytest.mark.parametrize("row", _with_kernels())
def test_operator(row: Row, count: int) -> None:
    for found, answer in zip(_results(row, count), _results(row, 1), strict=True):
        close(found, answer, found.dtype.name)


# Networks -------------------------------------------------------------------------------------


def _executor(name: str) -> mx.Executor:
    return bind(smooth(NETWORKS[name].build()), NETWORKS[name].data)


def _both(executor: mx.Executor) -> dict[str, Any]:
    """What an executor infers and trains."""
    inferred = {f"inferred {name}": value for name, value in infer(executor).items()}
    return inferred | train(executor)


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(np.array_equal(one[name], other[name]) for name in one)


def _agree(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert not {name: share for name, share in apart(found, wanted).items() if not share < LIMIT}


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.long) for name in LONG)])
def test_any_number_of_threads_gives_the_same_and_one_number_always_the_same_bits(name: str) -> None:
    found = {}
    for count in COUNTS:
        settings.threads = count
        found[count] = _both(_executor(name))
        assert _same(_both(_executor(name)), found[count]), f"{count} threads do not do the same twice"
    for count in COUNTS[1:]:
        _agree(found[count], found[1])


@pytest.mark.parametrize("name", QUICK)
def test_an_executor_keeps_the_number_that_it_was_compiled_for(name: str) -> None:
    settings.threads = 2
    executor, late = _executor(name), _executor(name)
    found = _both(executor)
    for count in (4, 1, 3):
        settings.threads = count
        assert _same(_both(executor), found)
    inferred = infer(late)  # by a program for 3 threads
    settings.threads = 1
    trained = train(late)  # and this for 1
    assert len(late.programs) == 2
    _agree({f"inferred {name}": value for name, value in inferred.items()} | trained, found)
    for name_, value in infer(late).items():
        np.testing.assert_array_equal(value, inferred[name_])


# Threads of Python ----------------------------------------------------------------------------


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("names", [("lenet", "lenet"), ("lstm", "mlp"), ("resnet18", "lstm")])
def test_two_threads_of_python_do_not_meet(names: tuple[str, str], count: int) -> None:
    settings.threads = count
    executors = [_executor(name) for name in names]
    expected = [_both(executor) for executor in executors]

    def work(number: int) -> bool:
        return all(_same(_both(executors[number]), expected[number]) for _ in range(5))

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, range(2))) == [True, True]


def test_binding_for_other_numbers_does_not_disturb_who_runs() -> None:
    """One thread runs an executor while another changes the number and binds and runs executors of its own."""
    settings.threads = 2
    executor = _executor("lenet")
    expected = _both(executor)

    def run(_: int) -> bool:
        return all(_same(_both(executor), expected) for _ in range(20))

    def change(_: int) -> bool:
        for count in COUNTS * 3:
            settings.threads = count
            _agree(_both(_executor("lenet")), expected)
        return True

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(run, 0), pool.submit(change, 0)]
        assert [job.result() for job in jobs] == [True, True]
