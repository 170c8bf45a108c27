"""Operators on arrays: the imperative path, its functions, arithmetic, errors."""

from __future__ import annotations

import inspect
import textwrap
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb import nd
from symbolnb.errors import CompositionError, DeviceError, DTypeError, MXNetError, ParameterError, ShapeError
from symbolnb.kernels import table
from symbolnb.ndarray import invoke
from symbolnb.ops.base import OPERATORS
from symbolnb.ops.help import METHODS, example, face
from symbolnb.ops.registry import find, names
from symbolnb.settings import settings

RANDOM = np.random.default_rng(3)


def test_functions_have_signatures_and_help() -> None:
    for name in names():
        if name.startswith("_"):
            continue
        made = getattr(nd, name)
        parameters = inspect.signature(made).parameters if callable(made) else {}
        assert made.__doc__, name
        if made.__module__ == "symbolnb.ndarray" and "out" in parameters:
            assert made.__name__ == name
            for word in (*face(find(name)).inputs, *face(find(name)).parameters):
                assert word in parameters
                assert f"{word} : " in made.__doc__
            assert textwrap.indent(example(find(name), "nd"), "    ") in made.__doc__
    assert "FullyConnected" in dir(nd)
    assert str(inspect.signature(nd.FullyConnected)) == (
        "(data=None, weight=None, bias=None, num_hidden=<required>, no_bias=False, flatten=True, out=None, name=None)"
    )


def test_unknown_names() -> None:
    with pytest.raises(
        AttributeError, match=r"^mx.nd has no function 'FullyConected': .*the nearest are FullyConnected"
    ):
        nd.FullyConected  # noqa: B018
    assert not hasattr(nd, "__wrapped__")
    assert not hasattr(nd.zeros(1), "no_such_method")


def test_every_method_is_its_function() -> None:
    x = nd.array([[1.0, 1.25], [1.5, 1.75]])
    given = {"broadcast_to": ((2, 2),), "clip": (0.3, 0.6), "slice": ((0, 1), (2, 2)), "split": (2,), "one_hot": (3,)}
    present = [name for name in METHODS if name in names() and face(find(name)).inputs == ("data",)]
    assert {"exp", "sum", "clip", "transpose", "split"} <= set(present)
    for name in present:
        needed = [key for key, parameter in find(name).parameters.items() if parameter.required]
        if name in given or not needed:
            arguments = given.get(name, ())
            pairs = zip(_listed(getattr(x, name)(*arguments)), _listed(getattr(nd, name)(x, *arguments)), strict=True)
            for made, wanted in pairs:
                np.testing.assert_array_equal(made.asnumpy(), wanted.asnumpy(), name)


def _listed(made: Any) -> list[nd.NDArray]:
    return made if isinstance(made, list) else [made]


def test_out() -> None:
    x, y = nd.array([0.0, 1.0]), nd.zeros(2)
    buffer = y._data
    assert nd.exp(x, out=y) is y
    assert y._data is buffer
    np.testing.assert_allclose(buffer, np.exp([0, 1]), 1e-6)
    several = [nd.zeros((2, 1)), nd.zeros((2, 1))]
    assert nd.split(nd.array([[1, 2], [3, 4]]), num_outputs=2, out=several) is several
    assert several[1].asnumpy().tolist() == [[2], [4]]


def test_out_may_overlap_the_inputs() -> None:
    a = nd.array(RANDOM.standard_normal((4, 4)))
    wanted = a.asnumpy() @ a.asnumpy()
    nd.dot(a, a, out=a)
    np.testing.assert_allclose(a.asnumpy(), wanted, 1e-5)
    v = nd.arange(6)
    nd.elemwise_add(v[0:4], v[1:5], out=v[2:6])
    assert v.asnumpy().tolist() == [0, 1, 1, 3, 5, 7]
    m = nd.array([[1, 2], [3, 4]])
    nd.transpose(m, out=m)
    assert m.asnumpy().tolist() == [[1, 3], [2, 4]]
    nd.exp(m, out=m)
    np.testing.assert_allclose(m.asnumpy(), np.exp([[1, 3], [2, 4]]), 1e-6)


def test_states_are_only_read_outside_training() -> None:
    data, one, zero = nd.array(RANDOM.standard_normal((2, 3, 4))), nd.ones(3), nd.zeros(3)
    mean, variance = nd.array([1, 2, 3]), nd.array([4, 5, 6])
    made = nd.BatchNorm(data, one, zero, mean, variance, fix_gamma=False, eps=0.5)
    assert isinstance(made, nd.NDArray)  # the hidden mean and variance are dropped
    shaped = [value.asnumpy().reshape(1, 3, 1) for value in (mean, variance)]
    np.testing.assert_allclose(made.asnumpy(), (data.asnumpy() - shaped[0]) / np.sqrt(shaped[1] + 0.5), 1e-5, 1e-6)
    assert mean.asnumpy().tolist() == [1, 2, 3]


@pytest.mark.parametrize("fast", [True, False])
def test_kernels_and_reference_agree(fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "fast_kernels", fast)
    data, weight = RANDOM.standard_normal((2, 16, 9, 9)), RANDOM.standard_normal((32, 16, 3, 3))
    made = nd.Convolution(nd.array(data), nd.array(weight), kernel=(3, 3), num_filter=32, no_bias=True)
    windows = np.lib.stride_tricks.sliding_window_view(data, (3, 3), axis=(2, 3))
    wanted = np.einsum("bchwij,ocij->bohw", windows, weight)
    np.testing.assert_allclose(made.asnumpy(), wanted, 1e-4, 1e-4)


def test_a_kernel_with_layouts_of_its_own_is_served_by_a_program() -> None:
    if table.load_libraries("cpu").get("symbolnb.kernels.onednn") is not None:
        pytest.skip("oneDNN is not available here")
    operator = find("Convolution").from_attributes({"kernel": "(3, 3)", "num_filter": "32", "no_bias": "True"})
    arrays = [np.zeros((2, 16, 9, 9), "float32"), np.zeros((32, 16, 3, 3), "float32")]
    decision = invoke.decide(operator, "cpu", arrays)
    assert decision.program is not None or decision.kernel is not None
    assert invoke.decide(operator, "cpu", arrays) is decision


def test_operators_are_equal_only_with_equal_parameters() -> None:
    assert find("_arange")(start=12.0) != find("_arange")(start=24.0)  # type: ignore[call-arg]
    assert (nd.arange(12).shape, nd.arange(24).shape) == ((12,), (24,))  # remembered by operator
    for cls in set(OPERATORS.values()):
        one, same, other = (object.__new__(cls) for _ in range(3))
        for name in cls.parameters:
            for made in (one, same, other):
                made.__dict__[name] = 1
            other.__dict__[name] = 2
            assert one == same and hash(one) == hash(same) and one != other, (cls.name, name)
            other.__dict__[name] = 1


def test_decisions_are_bounded() -> None:
    x = nd.zeros(1)
    for number in range(invoke.REMEMBERED + 10):
        x + number
    assert len(invoke._decisions) <= invoke.REMEMBERED


def test_sign_of_zero_is_not_confused() -> None:
    x = nd.array([1.0])
    assert np.signbit((x * -0.0).asscalar())
    assert not np.signbit((x * 0.0).asscalar())


def test_contexts_do_not_mix_but_all_cpus_do() -> None:
    x, y = nd.zeros(2, mx.cpu(0)), nd.ones(2, mx.cpu(1))
    assert (x + y).context == mx.cpu(0)
    stranger = nd.NDArray(np.zeros(2, "float32"), mx.gpu(0))  # no device is touched before the check
    for mix in (lambda: x + stranger, lambda: nd.elemwise_add(x, stranger)):
        with pytest.raises(DeviceError, match=r": lhs is on cpu\(0\) but rhs is on gpu\(0\); as_in_context moves"):
            mix()


X, W = nd.arange(12).reshape((3, 4)), nd.ones((3, 4))
BAD_CALLS: list[tuple[Any, type[MXNetError], str]] = [
    (
        lambda: nd.FullyConnected(X, nd.ones((3, 5)), num_hidden=3, no_bias=True),
        ShapeError,
        "FullyConnected 'nd.FullyConnected': weight is (3, 5) but data (3, 4) with num_hidden=3, no_bias=True "
        "needs (3, 4)",
    ),
    (
        lambda: nd.FullyConnected(X, W, num_hidden=3),
        CompositionError,
        "FullyConnected(num_hidden=3) needs data, weight, bias but bias is missing",
    ),
    (
        lambda: nd.FullyConnected(X, W, nd.ones(3), num_hidden=3, no_bias=True),
        CompositionError,
        "FullyConnected(num_hidden=3, no_bias=True) needs data, weight and takes no bias",
    ),
    (
        lambda: nd.FullyConnected(X, W, no_bias=True),
        ParameterError,
        "FullyConnected needs the parameter num_hidden: an integer >= 1 (number of output features)",
    ),
    (
        lambda: nd.FullyConnected(X, W, num_hidden=3, no_bias=True, foo=1),
        ParameterError,
        "FullyConnected has no parameter 'foo' (its parameters are num_hidden, no_bias, flatten)",
    ),
    (
        lambda: nd.FullyConnected(X, X, data=X, num_hidden=3),
        CompositionError,
        "FullyConnected: data is given twice, by position and by name",
    ),
    (lambda: nd.exp(), CompositionError, "exp needs data but data is missing"),
    (lambda: nd.exp(X, None, None, 5), CompositionError, "exp takes at most 3 arguments but 4 were given"),
    (lambda: nd.exp(1), DTypeError, "exp: input data is a int but must be an NDArray"),
    (lambda: nd.exp(X, out=3), DTypeError, "exp: out is a int but must be an NDArray"),
    (lambda: nd.exp(X, out=nd.zeros(2)), ShapeError, "exp gives (3, 4) but the array it goes to is (2,)"),
    (
        lambda: nd.exp(X, out=nd.zeros((3, 4), dtype="int32")),
        DTypeError,
        "exp gives float32 but the array it goes to is int32",
    ),
    (lambda: nd.exp(X, out=[X, X]), ShapeError, "exp has 1 output(s) but out= holds 2 array(s)"),
    (
        lambda: X + nd.arange(5),
        ShapeError,
        "broadcast_add 'nd.broadcast_add': (3, 4) and (5,) cannot be broadcast together [lhs (3, 4), rhs (5,)]",
    ),
    (
        lambda: X + nd.ones((3, 4), dtype="int32"),
        DTypeError,
        "broadcast_add 'nd.broadcast_add': rhs is int32 but lhs float32 needs float32",
    ),
    (
        lambda: X + np.ones((3, 4)),
        DTypeError,
        "an NDArray goes together with an NDArray or a number, not with ndarray; nd.array makes an NDArray of it",
    ),
    (lambda: X + "a", DTypeError, "an NDArray goes together with an NDArray or a number, not with str"),
    (lambda: X == None, DTypeError, "an NDArray goes together with an NDArray or a number, not with NoneType"),  # noqa: E711
    (lambda: X[0].__iadd__(X), ShapeError, "broadcast_add gives (3, 4) but the array it goes to is (4,)"),
]


@pytest.mark.parametrize(("act", "kind", "message"), BAD_CALLS, ids=[message[:50] for _, _, message in BAD_CALLS])
def test_bad_calls(act: Any, kind: type[MXNetError], message: str) -> None:
    with pytest.raises(kind) as error:
        act()
    assert str(error.value) == message
