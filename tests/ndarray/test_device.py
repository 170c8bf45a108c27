"""Every path of arrays for a device whose arrays are not NumPy's, on a stand-in that refuses to mix them."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import numpy as np
import pytest

import symbolnb as mx
from symbolnb import nd
from symbolnb.context import used_gpus
from symbolnb.runtime import random as random_state
from tests.ndarray.expressions import evaluate
from tests.ndarray.strict_cupy import DeviceArray, pretended_gpu
from tests.ndarray.test_golden import ANSWERS, agree

if mx.num_gpus() > 0:
    pytest.skip("a real GPU is present", allow_module_level=True)

HOST_ONLY = ("cpu", "repr(", "from_numpy", "dlpack", "str(")
"""What names the CPU, or prints the device."""


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[mx.Context]:
    monkeypatch.setattr(random_state, "_generators", {})
    with pretended_gpu(monkeypatch) as device:
        yield device


@pytest.mark.parametrize("code", [code for code in ANSWERS if not any(word in code for word in HOST_ONLY)])
def test_expressions_on_the_device(code: str, gpu: mx.Context) -> None:
    with gpu:
        agree(evaluate(code, mx, np), ANSWERS[code])


def test_moving(gpu: mx.Context) -> None:
    host = nd.array([[1.5, 2.5]])
    there = host.as_in_context(gpu)
    assert type(there._data) is DeviceArray
    assert str(there.context) == "gpu(0)"
    assert type(there.asnumpy()) is np.ndarray
    back = there.as_in_context(mx.cpu())
    assert type(back._data) is np.ndarray
    assert back.asnumpy().tolist() == there.asnumpy().tolist() == [[1.5, 2.5]]
    there[:] = host * 2
    host[:] = there
    assert host.asnumpy().tolist() == [[3, 5]]
    restored = pickle.loads(pickle.dumps(there))
    assert type(restored._data) is DeviceArray and restored.asnumpy().tolist() == [[3, 5]]
    assert repr(there) == "\n[[3. 5.]]\n<NDArray 1x2 @gpu(0)>"
    assert nd.array(there, ctx=mx.cpu()).context == mx.cpu()


def test_numpy_gets_copies_only(gpu: mx.Context) -> None:
    there = nd.ones((2, 2), gpu)
    assert type(np.asarray(there)) is np.ndarray
    assert np.asarray(there, dtype="int32").dtype == np.int32
    with pytest.raises(ValueError, match=r"^an array on gpu\(0\) cannot become a NumPy array without a copy$"):
        np.array(there, copy=False)


def test_random_and_waiting(gpu: mx.Context) -> None:
    with gpu:
        mx.random.seed(3)
        first = nd.random.normal(shape=(2, 3))
        mx.random.seed(3, ctx=gpu)
        assert nd.random.normal(shape=(2, 3)).asnumpy().tolist() == first.asnumpy().tolist()
        assert type(nd.random.uniform(shape=3)._data) is DeviceArray
        first.wait_to_read()
        nd.waitall()
        assert 0 in used_gpus()
    assert mx.context.gpu_memory_info(0) == (1, 2)


def test_devices_do_not_mix(gpu: mx.Context) -> None:
    with pytest.raises(mx.MXNetError, match="lhs is on cpu"):
        nd.ones(2) + nd.ones(2, gpu)
    with pytest.raises(mx.MXNetError, match="is on gpu"):
        nd.exp(nd.ones(2), out=nd.ones(2, gpu))
    with pytest.raises(mx.MXNetError, match=r"^gpu\(1\) is not available: only 1 CUDA device\(s\) were found$"):
        nd.ones(2, mx.gpu(1))
