"""Making arrays: errors, devices, other libraries' memory, random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb import nd
from symbolnb.errors import DTypeError, MXNetError, ParameterError, ShapeError


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: nd.array("a"), DTypeError, "the value 'a' is not a number or an array of numbers"),
        (lambda: nd.array(None), DTypeError, "the value None is not a number or an array of numbers"),
        (lambda: nd.zeros((-1,)), ShapeError, "shape is (-1,) but must be integers of at least 0"),
        (lambda: nd.zeros("a"), ShapeError, "shape is 'a' but must be integers of at least 0"),
        (
            lambda: nd.zeros(2, "tpu(0)"),
            MXNetError,
            "device type is 'tpu' but must be one of cpu, gpu, cpu_pinned, cpu_shared",
        ),
        (lambda: nd.zeros(2, 5), DTypeError, "ctx is 5 but must be a Context such as mx.cpu()"),
        (lambda: nd.zeros(2, stype="csr"), DTypeError, "only dense arrays, stype='default', can be made"),
        (lambda: nd.concatenate([]), ShapeError, "concatenate needs at least one array"),
        (lambda: nd.moveaxis(nd.zeros((2, 3)), 2, 0), ShapeError, "source is 2 but the array has 2 dimensions"),
        (
            lambda: nd.moveaxis(nd.zeros((2, 3)), (0, 1), 0),
            ShapeError,
            "moveaxis has 2 dimensions to move but 1 places for them",
        ),
        (lambda: nd.from_numpy([1, 2]), DTypeError, "from_numpy needs a NumPy array but got list"),
        (
            lambda: nd.from_numpy(np.ones((2, 3)).T),
            ShapeError,
            "only a dense array in C order and native byte order can be shared without a copy",
        ),
        (lambda: nd.from_dlpack(3), DTypeError, "a int is no DLPack capsule, or one that was used already"),
        (lambda: nd.random.normal(0, -1, 2), ParameterError, "_random_normal: scale is -1 but must be above 0"),
        (lambda: mx.random.seed(1.5), DTypeError, "the seed is 1.5 but must be an integer"),
        (lambda: mx.random.seed(1, ctx="gpu"), DTypeError, "ctx is 'gpu' but must be a Context or 'all'"),
    ],
)
def test_errors(make: Any, kind: type[MXNetError], message: str) -> None:
    with pytest.raises(kind) as error:
        make()
    assert str(error.value) == message


def test_context_of_a_block() -> None:
    with mx.cpu(2):
        made = [nd.zeros(1), nd.array([1]), nd.arange(2), nd.random.uniform(shape=2), nd.empty(1), nd.eye(2)]
        assert {str(x.context) for x in made} == {"cpu(2)"}
        assert str((made[0] + 1).context) == "cpu(2)"
    assert str(nd.zeros(1).context) == "cpu(0)"


def test_empty_sizes_are_sizes() -> None:
    x = nd.zeros((0, 3))
    assert (x + 1).shape == (0, 3)
    assert x.sum(axis=0).asnumpy().tolist() == [0, 0, 0]
    assert nd.ones(()).asnumpy() == 1


def test_full_into_an_array() -> None:
    x = nd.zeros((2, 2))
    assert nd.ones((2, 2), out=x) is x
    assert x.asnumpy().sum() == 4


def test_from_numpy_shares() -> None:
    source = np.zeros((2, 3), "float32")
    shared = nd.from_numpy(source)
    shared[:] = 5
    assert source.sum() == 30
    assert not source.flags.writeable
    other = np.zeros(2, "float64")
    copied = nd.from_numpy(other, zero_copy=False)
    copied[:] = 1
    assert (other.sum(), copied.dtype, other.flags.writeable) == (0, np.float64, True)


def test_dlpack_with_numpy_both_ways() -> None:
    x = nd.arange(6).reshape((2, 3))
    view = np.from_dlpack(x)
    x[0] = 9
    assert view[0].tolist() == [9, 9, 9]
    source = np.zeros(3, "int64")
    nd.from_dlpack(source)[:] = 4
    assert source.tolist() == [4, 4, 4]
    assert x.__dlpack_device__() == (1, 0)


def test_dlpack_capsules_write_through_and_serve_once() -> None:
    x = nd.zeros(3)
    capsule = nd.to_dlpack_for_write(x)
    nd.from_dlpack(capsule)[1] = 7
    assert x.asnumpy().tolist() == [0, 7, 0]
    with pytest.raises(DTypeError, match="used already"):
        nd.from_dlpack(capsule)
    nd.from_dlpack(x._data.__dlpack__(max_version=(1, 0)))[0] = 3
    assert x.asnumpy().tolist() == [3, 7, 0]
    reader = nd.from_dlpack(nd.to_dlpack_for_read(x))
    del x
    assert reader.asnumpy().tolist() == [3, 7, 0]  # the memory lives on


def test_dlpack_respects_what_is_read_only_or_not_dense() -> None:
    source = np.zeros((2, 3))
    with pytest.raises(ShapeError, match=r"^only a dense array in C order can be shared$"):
        nd.from_dlpack(source.T)
    source.flags.writeable = False
    with pytest.raises(ShapeError, match=r"^the array is read-only and cannot be shared; nd.array makes a copy$"):
        nd.from_dlpack(source)


def test_random_numbers() -> None:
    mx.random.seed(3)
    uniform = nd.random.uniform(-1, 3, shape=(100, 100))
    normal = mx.random.normal(2, 0.5, shape=(100, 100), dtype="float64")
    whole = nd.random.randint(-2, 3, shape=1000)
    assert -1 <= uniform.asnumpy().min() < -0.9 and 2.9 < uniform.asnumpy().max() < 3
    assert abs(uniform.asnumpy().mean() - 1) < 0.05
    assert abs(normal.asnumpy().mean() - 2) < 0.02 and abs(normal.asnumpy().std() - 0.5) < 0.02
    assert sorted(set(whole.asnumpy().tolist())) == [-2, -1, 0, 1, 2]
    assert (uniform.dtype, normal.dtype, whole.dtype) == (np.float32, np.float64, np.int32)
    assert nd.random.uniform().shape == (1,)
    assert nd.random.randn(2, 3).shape == (2, 3)
    into = nd.zeros((2, 2), dtype="float16")
    assert nd.random.normal(out=into) is into
    assert np.abs(into.asnumpy()).sum() > 0


def test_seeds() -> None:
    def draw() -> list[float]:
        return nd.random.normal(shape=5).asnumpy().tolist()

    mx.random.seed(-1)
    first, second = draw(), draw()
    mx.random.seed(-1)
    assert (draw(), draw()) == (first, second)
    assert first != second
    mx.random.seed(5, ctx=mx.cpu(1))
    assert draw() not in (first, second)
    mx.random.seed(-1)
    with mx.cpu(1):
        assert draw() != first  # devices seeded together draw different numbers
