"""The team of threads stays off the processor of the thread that calls it, and nothing else is moved."""

import os
import signal
import threading

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.kernels import openmp
from symbolnb.kernels.onednn.library import why_not
from symbolnb.settings import settings

needs_team = pytest.mark.skipif(
    why_not() is not None
    or not hasattr(os, "sched_getaffinity")
    or len(os.sched_getaffinity(0)) < 2
    or any(name in os.environ for name in openmp.PLACED_BY_USER),
    reason="needs oneDNN, two processors, and no placement of threads in the environment",
)


def run_a_pass() -> None:
    network = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=64, name="layer")
    executor = network.simple_bind(mx.cpu(), data=(64, 256))
    executor.arg_dict["data"][:] = np.ones((64, 256), np.float32)
    executor.arg_dict["layer_weight"][:] = np.ones((64, 256), np.float32)
    assert (executor.forward()[0].asnumpy() == 256).all()


@pytest.mark.parametrize("processors", [1, 2, 3, 8])
@pytest.mark.parametrize("workers", [1, 2, 3, 7, 9])
def test_no_worker_gets_the_taken_processor(processors: int, workers: int) -> None:
    allowed = set(range(10, 10 + processors))
    found = openmp.places(allowed, 10, workers)
    assert len(found) == workers
    for each in found:
        assert each <= allowed - {10}
        assert bool(each) is (processors > 1)
    if workers + 1 == processors:
        assert set().union(*found) == allowed - {10}, "every processor is used"


@needs_team
def test_a_pass_settles_the_team(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "threads", 2)
    before = os.sched_getaffinity(0)
    run_a_pass()
    assert os.sched_getaffinity(0) == before, "the caller may go anywhere"
    (worker,) = openmp.thread.workers
    assert worker != threading.get_native_id()
    assert openmp.thread.processor not in os.sched_getaffinity(worker) < before


@needs_team
def test_a_moved_caller_moves_the_team(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "threads", 2)
    run_a_pass()
    (worker,) = openmp.thread.workers
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(worker, before)
    monkeypatch.setattr(openmp.thread, "processor", -1)  # as if it had been elsewhere
    run_a_pass()
    assert os.sched_getaffinity(worker) < before
    assert openmp.thread.processor not in os.sched_getaffinity(worker)


@needs_team
def test_each_calling_thread_has_its_own_team(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "threads", 2)
    run_a_pass()
    here = openmp.thread.workers
    there: list[tuple[int, ...]] = []
    other = threading.Thread(target=lambda: (run_a_pass(), there.append(openmp.thread.workers)))
    other.start()
    other.join()
    assert len(there) == 1
    assert not set(there[0]) & set(here)


@needs_team
def test_one_thread_has_no_team(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "threads", 1)
    run_a_pass()
    assert openmp.thread.workers == ()


@needs_team
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_has_its_own_team(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "threads", 2)
    run_a_pass()
    child = os.fork()
    if child == 0:
        signal.alarm(30)  # ends the process if it waits for threads that it does not have
        try:
            run_a_pass()
            os._exit(len(openmp.thread.workers))
        finally:
            os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    run_a_pass()
    assert len(openmp.thread.workers) == 1
