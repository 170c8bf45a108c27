"""Executors that several threads use at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

import symbolnb as mx

ROUNDS = 100


def _executor() -> mx.executor.Executor:
    net = mx.sym.Convolution(mx.sym.var("data"), num_filter=8, kernel=(3, 3), name="conv")
    net = mx.sym.Activation(mx.sym.BatchNorm(net, name="bn"), act_type="relu")
    net = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(net, num_hidden=10, name="fc"), name="softmax")
    executor = net.simple_bind(mx.cpu(), data=(4, 3, 16, 16))
    rng = np.random.default_rng(1)
    for array in executor.arg_arrays:
        array[:] = rng.standard_normal(array.shape)
    return executor


def test_two_executors_in_two_threads_do_not_meet() -> None:
    executors = [_executor(), _executor()]
    expected = executors[0].forward()[0].asnumpy()

    def work(executor: mx.executor.Executor) -> bool:
        return all(np.array_equal(executor.forward()[0].asnumpy(), expected) for _ in range(ROUNDS))

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, executors)) == [True, True]


def test_passes_of_one_executor_run_one_after_the_other() -> None:
    """Every thread trains and infers; afterwards the executor answers as if nothing had been."""
    executor = _executor()
    executor.aux_dict["bn_moving_var"][:] = 1
    expected = executor.forward()[0].asnumpy()

    def work(_: int) -> None:
        for _ in range(ROUNDS):
            executor.forward(is_train=True)
            executor.backward()
            executor.forward()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    executor.aux_dict["bn_moving_mean"][:] = 0
    executor.aux_dict["bn_moving_var"][:] = 1
    assert np.array_equal(executor.forward()[0].asnumpy(), expected)
