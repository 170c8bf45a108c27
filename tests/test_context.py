"""Devices: equality, the current one, threads, what a missing GPU says."""

from __future__ import annotations

import pickle
import threading

import numpy
import pytest

import symbolnb as mx
from symbolnb.context import Context, gpu_memory_info
from symbolnb.errors import DeviceError


def test_equality_and_text() -> None:
    assert mx.cpu() == mx.cpu(0) == Context("cpu") == Context(mx.cpu())
    assert mx.cpu() != mx.cpu(1) and mx.cpu() != mx.gpu() and mx.cpu() != "cpu(0)"
    assert len({mx.cpu(), mx.cpu(0), mx.gpu(1)}) == 2
    assert (str(mx.cpu()), repr(mx.gpu(2)), str(mx.cpu_pinned())) == ("cpu(0)", "gpu(2)", "cpu_pinned(0)")
    assert (mx.cpu().device_typeid, mx.gpu(3).device_typeid, mx.gpu(3).device_id) == (1, 2, 3)
    assert Context.devtype2str[2] == "gpu" and Context.devstr2type["cpu_pinned"] == 3
    assert pickle.loads(pickle.dumps(mx.gpu(1))) == mx.gpu(1)


def test_unknown_type() -> None:
    with pytest.raises(DeviceError) as error:
        Context("tpu")
    assert str(error.value) == "device type is 'tpu' but must be one of cpu, gpu, cpu_pinned, cpu_shared"


def test_blocks_nest_and_one_context_may_be_entered_twice() -> None:
    one = mx.cpu(1)
    with one, mx.cpu(2):
        assert mx.current_context() == mx.cpu(2)
        with one:
            assert mx.current_context() == one
        assert mx.current_context() == mx.cpu(2)
    assert mx.current_context() == mx.cpu(0)
    with pytest.raises(ZeroDivisionError), mx.cpu(3):
        raise ZeroDivisionError
    assert mx.current_context() == mx.cpu(0)


def test_blocks_belong_to_their_thread() -> None:
    seen = []
    with mx.cpu(4):
        thread = threading.Thread(target=lambda: seen.append(mx.current_context()))
        thread.start()
        thread.join()
    assert seen == [mx.cpu(0)]


def test_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Context, "default_ctx", mx.cpu(0))
    mx.test_utils.set_default_context(mx.cpu(5))
    assert mx.current_context() == mx.test_utils.default_context() == mx.cpu(5)


def test_array_library_and_memory() -> None:
    assert mx.cpu().xp is numpy and mx.cpu_pinned().xp is numpy
    assert mx.cpu(0).shares_memory_with(mx.cpu_pinned(1))
    assert not mx.gpu(0).shares_memory_with(mx.gpu(1)) and not mx.cpu().shares_memory_with(mx.gpu())
    mx.cpu().empty_cache()


def test_without_a_gpu() -> None:
    if mx.num_gpus() > 0:
        pytest.skip("a GPU is present")
    assert list(mx.test_utils.list_gpus()) == []
    for use in (lambda: mx.gpu(1).xp, lambda: gpu_memory_info(1)):
        with pytest.raises(
            DeviceError, match=r"^gpu\(1\) (needs CuPy, which is not installed: pip install|is not available: )"
        ):
            use()
