"""Compiled programs are used again for equal graphs, and only for these."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.compile import cache
from symbolnb.compile.program import Program
from symbolnb.settings import settings


@pytest.fixture(autouse=True)
def _empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_kept", {})


def network(hidden: int = 3, lr_mult: str = "1") -> mx.sym.Symbol:
    with mx.name.NameManager():
        x = mx.sym.var("x", attr={"__lr_mult__": lr_mult})
        return mx.sym.tanh(mx.sym.FullyConnected(x, num_hidden=hidden))


def program(symbol: mx.sym.Symbol, rows: int = 2, train: bool = False, **options: object) -> Program:
    executor = symbol.simple_bind(mx.cpu(), x=(rows, 5), **options)
    executor.forward(is_train=train)
    return executor.programs["training" if train else "inference"]


def test_a_graph_that_is_bound_again_takes_its_program_along() -> None:
    net = network()
    assert program(net) is program(net)
    assert program(net, train=True) is program(net, train=True)
    assert program(network()) is program(network())


OTHERS: tuple[Callable[[], Program], ...] = (
    lambda: program(network(4)),
    lambda: program(network(lr_mult="2")),
    lambda: program(network(), rows=3),
    lambda: program(network(), train=True),
    lambda: program(network(), type_dict={"x": "float16"}),
    lambda: program(mx.sym.relu(network(), name="more")),
)


@pytest.mark.parametrize("number", range(len(OTHERS)))
def test_whatever_makes_a_difference_makes_another_program(number: int) -> None:
    first = program(network())
    assert OTHERS[number]() is not first
    assert program(network()) is first


def test_requests_for_gradients_and_recomputation_count() -> None:
    net = network()
    plain = program(net, train=True)
    assert program(net, train=True, grad_req="add") is not plain
    assert program(net, train=True, grad_req={"x": "write"}) is not plain
    assert program(net, train=True, recompute="all") is not plain
    assert program(net, train=True) is plain


def test_settings_count(monkeypatch: pytest.MonkeyPatch) -> None:
    net = network()
    fast = program(net)
    monkeypatch.setattr(settings, "fast_kernels", not settings.fast_kernels)
    assert program(net) is not fast


def test_another_line_is_another_program_because_errors_name_it() -> None:
    one = mx.sym.exp(mx.sym.var("x"), name="e")
    other = mx.sym.exp(mx.sym.var("x"), name="e")
    assert program(one) is not program(other)


def test_executors_with_one_program_have_arrays_of_their_own() -> None:
    def trained(value: float) -> tuple[mx.Executor, list[np.ndarray]]:
        x, w = mx.sym.var("x"), mx.sym.var("w")
        executor = mx.sym.elemwise_mul(x, w, name="product").simple_bind(
            mx.cpu(), x=(2,), w=(2,), grad_req={"x": "write", "w": "add"}
        )
        executor.arg_dict["x"][:] = value
        executor.arg_dict["w"][:] = 10
        executor.forward(is_train=True)
        executor.backward([mx.nd.ones(2)])
        executor.backward([mx.nd.ones(2)])
        return executor, [grad.asnumpy() for grad in executor.grad_arrays]

    first, second = trained(1.0), trained(2.0)
    assert first[0].programs["training"] is second[0].programs["training"]
    for (executor, (x_grad, w_grad)), value in ((first, 1.0), (second, 2.0)):
        np.testing.assert_array_equal(executor.forward()[0].asnumpy(), np.full(2, 10 * value))
        np.testing.assert_array_equal(x_grad, [10, 10])
        np.testing.assert_array_equal(w_grad, [2 * value, 2 * value])


def test_reshaping_there_and_back_compiles_twice() -> None:
    executor = network().simple_bind(mx.cpu(), x=(4, 5))
    executor.forward()
    smaller = executor.reshape(x=(2, 5), partial_shaping=True)
    smaller.forward()
    back = smaller.reshape(x=(4, 5), partial_shaping=True, allow_up_sizing=True)
    back.forward()
    assert back.programs["inference"] is executor.programs["inference"]
    assert smaller.programs["inference"] is not executor.programs["inference"]
    assert len(cache._kept) == 2


def test_custom_operators_are_never_shared() -> None:
    class Count(mx.operator.CustomOp):
        def __init__(self) -> None:
            self.calls = 0

        def forward(self, is_train, req, in_data, out_data, aux) -> None:  # type: ignore[no-untyped-def]
            self.calls += 1
            self.assign(out_data[0], req[0], in_data[0] + self.calls)

    @mx.operator.register("counting_for_the_cache")
    class CountProp(mx.operator.CustomOpProp):
        def create_operator(self, ctx, shapes, dtypes):  # type: ignore[no-untyped-def]
            return Count()

    net = mx.sym.Custom(mx.sym.var("x"), op_type="counting_for_the_cache")
    executors = [net.simple_bind(mx.cpu(), grad_req="null", x=(1,)) for _ in range(2)]
    assert [[executor.forward()[0].asscalar() for _ in range(2)] for executor in executors] == [[1, 2], [1, 2]]
    assert not cache._kept


def test_only_so_many_are_kept_and_the_oldest_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "REMEMBERED", 2)
    net = network()
    first, second = program(net, rows=1), program(net, rows=2)
    assert program(net, rows=1) is first
    program(net, rows=3)
    assert program(net, rows=1) is first
    assert program(net, rows=2) is not second
