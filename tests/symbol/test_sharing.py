"""Executors that share arrays as MXNet's modules make them do; what is shared was compared with MXNet 1.9.1."""

from __future__ import annotations

import re

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.errors import BindError, BindTypeError

SHARED = ["w", "b", "bn_gamma", "bn_beta"]


def _net(steps: int) -> mx.sym.Symbol:
    """The same layer several times over, as long as a sequence is."""
    x, w, b = (mx.sym.var(name) for name in ("data", "w", "b"))
    for step in range(steps):
        x = mx.sym.FullyConnected(x, weight=w, bias=b, num_hidden=4, name=f"step{step}")
    return mx.sym.MakeLoss(mx.sym.BatchNorm(x, name="bn"))


def _long() -> mx.executor.Executor:
    executor = _net(3).simple_bind(mx.cpu(), data=(5, 4))
    rng = np.random.default_rng(0)
    for array in executor.arg_arrays:
        array[:] = rng.standard_normal(array.shape)
    return executor


def test_parameters_gradients_and_states_are_those_of_the_other_executor() -> None:
    long = _long()
    short = _net(1).simple_bind(mx.cpu(), data=(2, 4), shared_arg_names=SHARED, shared_exec=long)
    for name in SHARED:
        assert np.shares_memory(short.arg_dict[name]._data, long.arg_dict[name]._data)
        assert np.shares_memory(short.grad_dict[name]._data, long.grad_dict[name]._data)
    assert all(one is other for one, other in zip(short.aux_arrays, long.aux_arrays, strict=True))
    assert not np.shares_memory(short.arg_dict["data"]._data, long.arg_dict["data"]._data)


def test_a_step_of_one_bucket_trains_the_other() -> None:
    long = _long()
    short = _net(1).simple_bind(mx.cpu(), data=(2, 4), shared_arg_names=SHARED, shared_exec=long)
    before = long.forward(is_train=False)[0].asnumpy()
    short.forward(is_train=True, data=mx.nd.array(np.arange(8).reshape(2, 4)))
    short.backward()
    short.arg_dict["w"][:] = short.arg_dict["w"] + 1
    assert not np.allclose(long.forward(is_train=False)[0].asnumpy(), before)


def test_other_arguments_draw_from_the_pool() -> None:
    long, pool = _long(), {}
    first = _net(1).simple_bind(mx.cpu(), data=(3, 4), shared_arg_names=SHARED, shared_exec=long, shared_buffer=pool)
    assert {name: array.shape for name, array in pool.items()} == {"data": (3, 4), "grad of data": (3, 4)}
    smaller = _net(1).simple_bind(mx.cpu(), data=(2, 4), shared_arg_names=SHARED, shared_exec=long, shared_buffer=pool)
    first.arg_dict["data"][:] = 4
    assert smaller.arg_dict["data"].asnumpy().tolist() == [[4] * 4] * 2
    larger = _net(1).simple_bind(mx.cpu(), data=(7, 4), shared_arg_names=SHARED, shared_exec=long, shared_buffer=pool)
    assert pool["data"] is larger.arg_dict["data"]
    assert not larger.arg_dict["data"].asnumpy().any()
    half = _net(1).simple_bind(mx.cpu(), data=(7, 4), type_dict={"data": "float64"}, shared_buffer=pool)
    assert half.arg_dict["data"].dtype == np.float64


def test_nothing_is_shared_unasked() -> None:
    long = _long()
    own = _net(1).simple_bind(mx.cpu(), data=(2, 4), shared_exec=long)
    assert not any(own.arg_dict["w"].asnumpy().ravel())
    assert own.aux_arrays[0] is not long.aux_arrays[0]
    assert not any(_net(1).simple_bind(mx.cpu(), data=(2, 4), shared_arg_names=SHARED).arg_dict["w"].asnumpy().ravel())


def test_what_does_not_fit_is_an_error() -> None:
    long = _long()
    message = "argument 'w' is (4, 6) float32 here, but (4, 4) float32 in the executor that it is to be shared with"
    with pytest.raises(BindError, match=re.escape(message)):
        _net(1).simple_bind(mx.cpu(), data=(2, 6), shared_arg_names=["w"], shared_exec=long)
    with pytest.raises(BindError, match="argument 'v' is to be shared, but the other executor has none of that name"):
        mx.sym.var("v").simple_bind(mx.cpu(), v=(2,), shared_arg_names=["v"], shared_exec=long)
    with pytest.raises(BindTypeError, match="shared_buffer must be a dict of NDArrays, but it is a list"):
        _net(1).simple_bind(mx.cpu(), data=(2, 4), shared_buffer=[])
    with pytest.raises(BindTypeError, match="shared_exec must be an Executor, but it is a str"):
        _net(1).simple_bind(mx.cpu(), data=(2, 4), shared_exec="long")
