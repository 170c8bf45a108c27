"""How kernels come to be: plain NumPy first, compiled beside it, on threads, from disk, or not at all."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.graph.spec import Spec
from symbolnb.kernels import table
from symbolnb.kernels.fused import calls, compiler, load, store
from symbolnb.kernels.fused.kernel import FusedKernel
from symbolnb.kernels.fused.loops import loops_over
from symbolnb.ops.elementwise.fused import BLOCK, FusedElementwise, Member
from symbolnb.ops.infer import complete_specs
from symbolnb.ops.registry import create
from symbolnb.settings import settings
from tests.cases.run import blank, specs_of

pytestmark = pytest.mark.skipif(not compiler.available(), reason="needs llvmlite")
Array = Any
KERNEL = FusedKernel()


def group(scale: float = 2.0) -> FusedElementwise:
    """t tanh(t) and t itself, for t = scale x + y."""
    members = (
        Member(create("_mul_scalar", scalar=scale), (0,)),
        Member(create("broadcast_add"), (2, 1)),
        Member(create("tanh"), (3,)),
        Member(create("elemwise_mul"), (3, 4)),
    )
    return FusedElementwise(arity=2, members=members, results=(5, 3))


def bound(operator: FusedElementwise, arrays: Sequence[Array]) -> tuple[Any, list[Array]]:
    specs = specs_of(arrays), complete_specs(operator, specs_of(arrays))
    assert KERNEL.supports(operator, *specs)
    outputs = [blank(spec) for spec in specs[1]]
    return KERNEL.bind(operator, specs, arrays, outputs, None), outputs


def right(scale: float, x: Array, y: Array) -> list[Array]:
    total = x * np.float32(scale) + y
    return [total * np.tanh(total), total]


def random(*shape: int) -> Array:
    return np.random.default_rng(sum(shape)).normal(size=shape).astype("float32")


def wait_for(condition: Any) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not happen within 30 seconds"
        time.sleep(0.01)


def test_numpy_serves_until_the_kernel_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "compile_at_once", False)
    monkeypatch.setattr(calls, "COMPILING", 0.0)
    x, y = random(50, 40), random(50, 40)
    call, outputs = bound(group(2.125), [x, y])
    assert isinstance(call, calls.Warming)
    call()
    np.testing.assert_allclose(outputs[0], right(2.125, x, y)[0], rtol=1e-6)
    while not call._state.asked:
        call()
    wait_for(lambda: call._state.native is not None)
    for output in outputs:
        output[...] = np.nan
    call()
    assert call._call != call._warm
    for found, answer in zip(outputs, right(2.125, x, y), strict=True):
        np.testing.assert_allclose(found, answer, rtol=1e-5, atol=1e-6)
    wait_for(lambda: not any(thread.name == "symbolnb-compiler" for thread in threading.enumerate()))


def test_what_runs_once_is_not_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "compile_at_once", False)
    call, _ = bound(group(2.25), [random(7), random(7)])
    call()
    assert not call._state.asked


def test_a_kernel_that_cannot_be_compiled_is_numpys(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(text: str) -> Any:
        raise RuntimeError("no machine")

    monkeypatch.setattr(compiler, "compiled", refuse)
    x, y = random(31), random(31)
    with caplog.at_level(logging.DEBUG):
        call, outputs = bound(group(2.375), [x, y])
        call()
    np.testing.assert_allclose(outputs[0], right(2.375, x, y)[0], rtol=1e-6)
    assert "was not compiled: no machine" in caplog.text
    assert all(record.levelno == logging.DEBUG for record in caplog.records)


def test_an_old_processor_is_left_to_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    llvm, machine, identity, features = compiler._machine()
    monkeypatch.setattr(compiler, "_machine", lambda: (llvm, machine, identity, features - {"fma", "neon"}))
    x, y = random(32), random(32)
    call, outputs = bound(group(2.4375), [x, y])
    call()
    np.testing.assert_allclose(outputs[0], right(2.4375, x, y)[0], rtol=1e-6)
    monkeypatch.setattr(compiler, "_machine", lambda: (llvm, machine, identity, features - {"f16c", "neon"}))
    assert not compiler.converts_half()


@pytest.mark.parametrize("shape", [(1,), (63,), (64,), (65,), (128, 3), (1000003,), (2, 3, 5, 7)])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_every_number_of_threads_and_elements(
    shape: tuple[int, ...], threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "threads", threads)
    monkeypatch.setattr(calls, "PARALLEL", 0)
    x, y = random(*shape), random(*shape)
    call, outputs = bound(group(), [x, y])
    for _ in range(3):
        for output in outputs:
            output[...] = np.nan
        call()
        for found, answer in zip(outputs, right(2.0, x, y), strict=True):
            np.testing.assert_allclose(found, answer, rtol=1e-5, atol=1e-6)


BROADCASTS = [
    ((6, 5, 17), (17,)),
    ((6, 5, 17), (1, 5, 17)),
    ((6, 5, 4, 8), (5, 1, 1)),
    ((6, 5, 4, 8), (6, 1, 4, 8)),
    ((6, 5, 40), (6, 5, 1)),
    ((6, 5, 40), (6, 1, 40)),
    ((3, 700), (1,)),
    ((1, 700), (700,)),
    ((2, 40000), (2, 1)),
]


@pytest.mark.parametrize(("shape", "other"), BROADCASTS)
@pytest.mark.parametrize("compile_at_once", [True, False])
def test_broadcasting(
    shape: tuple[int, ...], other: tuple[int, ...], compile_at_once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "compile_at_once", compile_at_once)
    monkeypatch.setattr(calls, "PARALLEL", 1000)
    monkeypatch.setattr(settings, "threads", 2)
    scale = 2.0 if compile_at_once else 2.0625
    x, y = random(*shape), random(*other)
    call, outputs = bound(group(scale), [x, y])
    assert isinstance(call, calls.Warming) is not compile_at_once
    call()
    for found, answer in zip(outputs, right(scale, x, y), strict=True):
        np.testing.assert_allclose(found, answer, rtol=1e-5, atol=1e-6)


def test_short_rows_are_left_to_numpy() -> None:
    given = [Spec((50, 3), np.dtype("float32")), Spec((3,), np.dtype("float32"))]
    made = complete_specs(group(), given)
    assert not KERNEL.supports(group(), given, made)


def test_the_fewest_loops() -> None:
    assert loops_over([(2, 3), (2, 3)], (2, 3)).outer == ()
    assert loops_over([(1, 1), (1,)], (1, 1)).inner == 1
    assert loops_over([(4, 5, 6), (5, 6)], (4, 5, 6)).outer == (4,)
    assert loops_over([(4, 5, 6), (4, 1, 6)], (4, 5, 6)).outer == (4, 5)


@pytest.mark.parametrize("compile_at_once", [True, False])
@pytest.mark.parametrize("size", [50, 3 * BLOCK + 11])
def test_outputs_in_the_place_of_inputs(size: int, compile_at_once: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "compile_at_once", compile_at_once)
    scale = 2.5 if compile_at_once else 2.5625
    x, y = random(size), random(size + 1)[1:]
    answers = right(scale, x, y)
    specs = specs_of([x, y]), complete_specs(group(scale), specs_of([x, y]))
    assert set(KERNEL.inplace_pairs(group(), *specs)) == {(0, 0), (1, 0), (0, 1), (1, 1)}
    KERNEL.bind(group(scale), specs, [x, y], [y, x], None)()
    np.testing.assert_allclose(y, answers[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(x, answers[1], rtol=1e-5, atol=1e-6)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_computes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "threads", 2)
    x, y = random(200_000), random(200_000)
    call, outputs = bound(group(), [x, y])
    call()
    child = os.fork()
    if child == 0:
        outputs[0][...] = 0
        call()
        os._exit(0 if np.allclose(outputs[0], right(2.0, x, y)[0], rtol=1e-4, atol=1e-5) else 1)
    end = time.monotonic() + 30
    done, status = os.waitpid(child, os.WNOHANG)
    while done == 0 and time.monotonic() < end:
        time.sleep(0.02)
        done, status = os.waitpid(child, os.WNOHANG)
    if done == 0:
        os.kill(child, 9)
        os.waitpid(child, 0)
    assert (done, status) == (child, 0)


# Without the compiler -------------------------------------------------------------------------


def test_without_llvmlite_nothing_is_fused(monkeypatch: pytest.MonkeyPatch) -> None:
    table.load_libraries("cpu")  # once in a process, and not while the compiler seems to be missing
    monkeypatch.setattr(compiler, "available", lambda: False)
    assert load() == "the package llvmlite is not installed: pip install llvmlite"
    monkeypatch.setitem(table._table, (FusedElementwise.name, "cpu"), [])
    x = mx.sym.Variable("x")
    executor = mx.sym.tanh(x * 2 + 1).bind(mx.cpu(), {"x": mx.nd.ones(5)})
    np.testing.assert_allclose(executor.forward()[0].asnumpy(), np.tanh(np.full(5, 3.0)), rtol=1e-6)
    assert "_fused_elementwise" not in executor.debug_str()


# On disk --------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "cache", str(tmp_path / "cache"))
    monkeypatch.setattr(calls, "_states", type(calls._states)())
    return tmp_path / "cache" / "kernels"


def once(scale: float) -> list[Array]:
    """The group on a few elements by a kernel that this process has not seen."""
    calls._states.clear()
    call, outputs = bound(group(scale), [random(9), random(9)])
    assert not isinstance(call, calls.Warming)
    call()
    return outputs


def test_compiled_code_is_found_on_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = once(3.0)
    (file,) = folder.iterdir()
    assert file.suffix == ".o" and file.stat().st_mode & 0o777 == 0o600

    def forbidden(*_: object) -> None:
        raise AssertionError("it was compiled again")

    monkeypatch.setattr(store, "save", forbidden)
    for one, other in zip(once(3.0), first, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "change", [lambda data: data[:-20], lambda data: data[:40] + b"\x90" + data[41:], lambda _: b""]
)
def test_a_damaged_file_is_compiled_anew(folder: Path, change: Any) -> None:
    first = once(3.0)
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(change(whole))
    for one, other in zip(once(3.0), first, strict=True):
        np.testing.assert_array_equal(one, other)
    assert file.read_bytes() == whole


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs file modes")
def test_what_others_may_write_to_is_not_loaded(folder: Path) -> None:
    once(3.0)
    (file,) = folder.iterdir()
    file.chmod(0o666)
    assert store.load(file.stem) is None
    file.chmod(0o600)
    assert store.load(file.stem) is not None
    folder.chmod(0o777)
    assert store.load(file.stem) is None
    assert store.directory() is None
    once(3.0)


def test_no_place_to_keep_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a directory")
    for place in (None, str(tmp_path / "file")):
        monkeypatch.setattr(settings, "cache", place)
        store.save("key", b"code")
        assert store.load("key") is None
        once(3.5)


def test_what_was_used_longest_ago_goes_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "LIMIT", 400)
    for number in range(4):
        store.save(f"key{number}", bytes(80))
        os.utime(folder / f"key{number}.o", (number, number))
    assert store.load("key0") is None and store.load("key1") is not None
    store.save("key4", bytes(80))
    assert sorted(file.stem for file in folder.iterdir()) == ["key1", "key3", "key4"]
