"""Initializers: texts and arrays as MXNet 1.9.1 gives them, distributions by their moments, rules by name."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import numpy as np
import pytest

from symbolnb import nd
from symbolnb.errors import MXNetError, ParameterError, ShapeError
from symbolnb.ndarray import NDArray
from symbolnb.runtime import random
from symbolnb.train import initializer as init
from symbolnb.train.initializer import InitDesc, Initializer

TEXTS = [  # golden answers from MXNet 1.9.1
    (init.Zero(), '["zero", {}]'),
    (init.One(), '["one", {}]'),
    (init.Constant(2.5), '["constant", {"value": 2.5}]'),
    (init.Constant(nd.array([1, 2])), '["constant", {"value": [1.0, 2.0]}]'),
    (init.Constant(np.array([1.0, 2.0])), '["constant", {"value": [1.0, 2.0]}]'),
    (init.Uniform(), '["uniform", {"scale": 0.07}]'),
    (init.Uniform(3), '["uniform", {"scale": 3}]'),
    (init.Normal(0.5), '["normal", {"sigma": 0.5}]'),
    (init.Orthogonal(), '["orthogonal", {"scale": 1.414, "rand_type": "uniform"}]'),
    (init.Orthogonal(2.0, "normal"), '["orthogonal", {"scale": 2.0, "rand_type": "normal"}]'),
    (init.Xavier(), '["xavier", {"rnd_type": "uniform", "factor_type": "avg", "magnitude": 3}]'),
    (
        init.Xavier("gaussian", "in", 2.34),
        '["xavier", {"rnd_type": "gaussian", "factor_type": "in", "magnitude": 2.34}]',
    ),
    (init.MSRAPrelu(), '["msraprelu", {"factor_type": "avg", "slope": 0.25}]'),
    (init.MSRAPrelu("out", 0.1), '["msraprelu", {"factor_type": "out", "slope": 0.1}]'),
    (init.Bilinear(), '["bilinear", {}]'),
    (init.LSTMBias(2.0), '["lstmbias", {"forget_bias": 2.0}]'),
]

NAMES = [
    "bilinear", "constant", "lstmbias", "msraprelu", "normal", "one", "ones", "orthogonal", "uniform", "xavier",
    "zero", "zeros",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _seeded() -> Iterator[None]:
    random.seed(7)
    yield


def filled(initializer: Initializer, shape: tuple[int, ...], name: str = "fc1_weight", **attrs: str) -> np.ndarray:
    array = nd.full(shape, -99.0)
    initializer(InitDesc(name, attrs), array)
    return array.asnumpy()


@pytest.mark.parametrize(("initializer", "text"), TEXTS, ids=[text for _, text in TEXTS])
def test_text_is_mxnets_and_makes_an_equal_initializer(initializer: Initializer, text: str) -> None:
    assert initializer.dumps() == text
    again = init.create(text)
    assert type(again) is type(initializer)
    assert again.dumps() == text


def test_names_are_those_of_mxnet() -> None:
    assert init.names() == NAMES
    assert type(init.create("XAVIER", magnitude=2)) is init.Xavier
    assert init.create("constant", 3).dumps() == '["constant", {"value": 3}]'
    assert init.create('{"initializer": "uniform", "scale": 2}') == init.Uniform(2)
    assert init.create({"initializer": "normal", "sigma": 2}) == init.Normal(2)
    same = init.Zero()
    assert init.create(same) is same
    assert init.find("msraprelu") is init.MSRAPrelu


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("xavjer",), "no initializer is called 'xavjer'; did you mean xavier?"),
        (("[1", ), "the initializer is given as '[1', which is not JSON"),
        (("[1, 2]",), "the initializer is given as '[1, 2]', which is not [name, {arguments}]"),
        ((3,), "the initializer must be a name or an instance, but it is 3"),
        ((), "the name of the initializer is missing"),
        ((init.Zero(), 1), "the initializer is Zero() already and takes no further arguments"),
        (('["zero", {}]', 1), "'[\"zero\", {}]' says all about the initializer and takes no further arguments"),
        (("xavier", "foo"), "Xavier: rnd_type is 'foo' but must be 'uniform' or 'gaussian'"),
    ],
)  # fmt: skip
def test_what_cannot_be_created_says_why(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        init.create(*arguments)
    assert str(caught.value) == message


def test_surplus_arguments_are_named() -> None:
    with pytest.raises(ParameterError, match=r"^initializer 'zero': .*unexpected keyword argument 'scale'"):
        init.create("zero", scale=1)


FAN = (64, 32, 3, 3)
INPUTS, OUTPUTS = 32 * 9, 64 * 9

MOMENTS = [  # initializer, standard deviation, bound
    (init.Xavier(), (1 / ((INPUTS + OUTPUTS) / 2)) ** 0.5, (3 / ((INPUTS + OUTPUTS) / 2)) ** 0.5),
    (init.Xavier(factor_type="in"), (1 / INPUTS) ** 0.5, (3 / INPUTS) ** 0.5),
    (init.Xavier(factor_type="out", magnitude=6), (2 / OUTPUTS) ** 0.5, (6 / OUTPUTS) ** 0.5),
    (init.Xavier("gaussian", "out", 2), (2 / OUTPUTS) ** 0.5, None),
    (init.MSRAPrelu(), (2 / (1 + 0.25**2) / ((INPUTS + OUTPUTS) / 2)) ** 0.5, None),
    (init.MSRAPrelu("in", 0), (2 / INPUTS) ** 0.5, None),
    (init.Uniform(0.3), 0.3 / 3**0.5, 0.3),
    (init.Normal(0.2), 0.2, None),
]


@pytest.mark.parametrize(("initializer", "deviation", "bound"), MOMENTS, ids=[text.dumps() for text, *_ in MOMENTS])
def test_moments(initializer: Initializer, deviation: float, bound: float | None) -> None:
    values = filled(initializer, FAN).astype(np.float64)
    count = values.size
    assert abs(values.mean()) < 4 * deviation / count**0.5
    assert values.std() == pytest.approx(deviation, rel=0.03)
    if bound is None:
        assert 3.5 * deviation < abs(values).max() < 6 * deviation
        assert (abs(values) < deviation).mean() == pytest.approx(0.6827, abs=0.015)
    else:
        assert 0.999 * bound < abs(values).max() <= np.float32(bound)
        assert (abs(values) < bound / 2).mean() == pytest.approx(0.5, abs=0.015)


def test_numbers_follow_the_seed_and_fill_float16() -> None:
    first = filled(init.Normal(1), (50,))
    second = filled(init.Normal(1), (50,))
    assert not np.array_equal(first, second)
    random.seed(7)
    assert np.array_equal(filled(init.Normal(1), (50,)), first)
    half = nd.zeros((50,), dtype="float16")
    init.Uniform(1)(InitDesc("w_weight"), half)
    assert half.asnumpy().dtype == np.float16
    assert half.asnumpy().std() > 0.3


@pytest.mark.parametrize("shape", [(5, 8), (8, 5), (4, 3, 2, 2)])
@pytest.mark.parametrize("kind", ["uniform", "normal"])
def test_orthogonal(shape: tuple[int, ...], kind: str) -> None:
    matrix = filled(init.Orthogonal(2.0, kind), shape).reshape(shape[0], -1)
    if matrix.shape[0] > matrix.shape[1]:
        matrix = matrix.T
    np.testing.assert_allclose(matrix @ matrix.T, 4 * np.eye(len(matrix)), atol=1e-5)


def test_bilinear_and_lstm_bias_are_mxnets() -> None:
    row = [0.0625, 0.1875, 0.1875, 0.0625]
    expected = np.array([row, [3 * x for x in row], [3 * x for x in row], row])
    np.testing.assert_allclose(filled(init.Bilinear(), (2, 1, 4, 4)), np.broadcast_to(expected, (2, 1, 4, 4)), 1e-6)
    wide = filled(init.Bilinear(), (1, 1, 3, 5))[0, 0]  # MXNet reckons the rows with the width, too
    np.testing.assert_allclose(wide, np.outer([1, 2, 3], [1, 2, 3, 2, 1]) / 9, 1e-6)
    biases = filled(init.LSTMBias(2.0), (8,), "lstm_bias", __init__=init.LSTMBias(2.0).dumps())
    assert biases.tolist() == [0, 0, 2, 2, 0, 0, 0, 0]
    with pytest.raises(ShapeError, match=r"needs 4 dimensions, but up_weight is \(3, 3\)"):
        filled(init.Bilinear(), (3, 3), "up_weight")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("fc_bias", 0), ("bn_gamma", 1), ("bn_beta", 0), ("bn_moving_mean", 0), ("bn_moving_var", 1),
     ("bn_running_mean", 0), ("bn_running_var", 1), ("q_min", 0), ("q_max", 1), ("fc_weight", 5)],
)  # fmt: skip
def test_the_end_of_the_name_decides(name: str, expected: float) -> None:
    assert filled(init.Constant(5), (3,), name).tolist() == [expected] * 3
    array = nd.full((3,), -99.0)
    with pytest.warns(DeprecationWarning, match="called with a plain name is deprecated"):
        init.Constant(5)(name, array)
    assert array.asnumpy().tolist() == [expected] * 3


def test_plain_names_of_old_layers() -> None:
    image, affine, zero = nd.zeros((1, 1, 2, 2)), nd.zeros((6,)), nd.ones((2, 2))
    for name, array in (("upsampling0_weight", image), ("stn_loc_fc_bias", affine), ("stn_loc_fc_weight", zero)):
        with pytest.warns(DeprecationWarning):
            init.Constant(5)(name, array)
    assert affine.asnumpy().tolist() == [1, 0, 0, 0, 1, 0]
    assert zero.asnumpy().tolist() == [[0, 0], [0, 0]]
    assert image.asnumpy().sum() > 0


def test_an_attribute_decides_before_the_name() -> None:
    assert filled(init.Zero(), (2,), "fc_bias", __init__='["constant", {"value": 3}]').tolist() == [3, 3]
    assert filled(init.Zero(), (2,), "alpha", __init__="ones").tolist() == [1, 1]
    with pytest.raises(ParameterError, match="no initializer is called 'foo'"):
        filled(init.Zero(), (2,), "alpha", __init__="foo")


def test_a_name_without_a_rule_and_an_unknown_weight() -> None:
    with pytest.raises(ParameterError, match=r"no rule says how 'alpha' starts: .* Variable\('alpha', init="):
        filled(init.Zero(), (2,), "alpha")
    with pytest.raises(ShapeError, match=r"Xavier needs at least 2 dimensions, but 'fc_weight' is \(3,\)"):
        filled(init.Xavier(), (3,), "fc_weight")
    with pytest.raises(NotImplementedError, match="Initializer does not say how a weight starts"):
        filled(Initializer(), (3,), "fc_weight")


def test_constant_takes_arrays() -> None:
    assert filled(init.Constant(nd.array([1, 2, 3])), (3,)).tolist() == [1, 2, 3]
    assert filled(init.Constant([[1], [2]]), (2, 1)).tolist() == [[1], [2]]


def test_equality_is_by_content() -> None:
    assert init.Xavier() == init.Xavier() != init.Xavier(magnitude=2)
    assert init.Zero() != init.One()
    assert init.Zero() != "zero"


def test_verbosity_logs_the_array(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        filled(init.Constant(3).set_verbosity(True), (4,))
        filled(init.Constant(3).set_verbosity(True, lambda array: f"{array.size} numbers"), (4,))
    assert [record.getMessage() for record in caplog.records] == [
        "Initialized fc1_weight as weight: 3.0",
        "Initialized fc1_weight as weight: 4 numbers",
    ]


def test_load_and_mixed() -> None:
    loaded = init.Load({"arg:fc_weight": nd.array([1, 2]), "aux:bn_moving_mean": nd.array([3])}, init.Zero())
    weight, mean, bias = nd.zeros((2,)), nd.zeros((1,)), nd.ones((2,))
    for name, array in (("fc_weight", weight), ("bn_moving_mean", mean), ("fc_bias", bias)):
        loaded(InitDesc(name), array)
    assert (weight.asnumpy().tolist(), mean.asnumpy().tolist(), bias.asnumpy().tolist()) == ([1, 2], [3], [0, 0])
    with pytest.raises(ShapeError, match=r"'fc_weight' is \(3,\) but the loaded array is \(2,\)"):
        loaded(InitDesc("fc_weight"), nd.zeros((3,)))
    with pytest.raises(ParameterError, match="'x' was not loaded, and there is no default"):
        init.Load({})("x", weight)
    with pytest.raises(ParameterError, match="Load needs a dict of arrays by name, but got 'file'"):
        init.Load("file")  # type: ignore[arg-type]
    mixed = init.Mixed(["fc1", ".*"], [init.Constant(1), init.Constant(2)])
    first, second = nd.zeros((1,)), nd.zeros((1,))
    mixed(InitDesc("fc1_weight"), first)
    mixed(InitDesc("fc2_weight"), second)
    assert (first.asscalar(), second.asscalar()) == (1, 2)
    with pytest.raises(ParameterError, match=r"'x' matches none of the patterns 'fc1'; add '\.\*'"):
        init.Mixed(["fc1"], [init.Zero()])(InitDesc("x"), first)
    with pytest.raises(ParameterError, match="Mixed has 1 patterns but 0 initializers"):
        init.Mixed(["a"], [])


def test_own_initializers_register() -> None:
    class Seven(Initializer):
        def _init_weight(self, name: str, arr: NDArray) -> None:
            arr[:] = 7

    names = init.names()
    init.register(Seven)
    init.alias("sept")(Seven)
    try:
        assert filled(init.create("sept"), (2,)).tolist() == [7, 7]
        assert filled(init.Zero(), (2,), "x", __init__='["seven", {}]').tolist() == [7, 7]

        class Other(Seven):
            pass

        with pytest.warns(UserWarning, match=r"the initializer 'seven' is now .*Other; it was .*Seven"):
            init.register(Other, "seven")
        with pytest.raises(ParameterError, match="dict must be a subclass of Initializer"):
            init.register(dict)
    finally:
        for name in set(init.names()) - set(names):
            del init._registry._classes[name]


def test_errors_are_mxnet_errors() -> None:
    with pytest.raises(MXNetError):
        init.create("nothing like it")
