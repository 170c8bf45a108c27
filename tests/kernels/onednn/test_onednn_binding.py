"""The oneDNN binding against plain NumPy, primitive by primitive."""

from __future__ import annotations

import gc
import platform
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symbolnb.errors import DeviceError
from symbolnb.kernels import onednn, table
from symbolnb.kernels.onednn import describe, library
from symbolnb.kernels.onednn.describe import Eltwise, Normalization, Pool, Window
from symbolnb.kernels.onednn.layout import Layout, anything, plain, strided
from symbolnb.kernels.onednn.library import OneDNNError
from symbolnb.kernels.onednn.memory import Memory, empty
from symbolnb.kernels.onednn.primitive import Arg, Call, Primitive
from symbolnb.settings import settings
from tests.kernels.onednn import reference

needs_library = pytest.mark.skipif(not library.available(), reason=str(library.why_not()))
Array = Any  # NumPy's own types cannot say how an index tuple is put together


def random(*shape: int, seed: int = 7) -> Array:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def placed(array: Array, layout: Layout) -> Memory:
    """`array` in `layout`: itself, or its reordered copy."""
    given = Memory(plain(layout.shape), np.ascontiguousarray(array).reshape(layout.shape))
    if given.layout == layout:
        return given
    copy = Memory(layout, empty(layout.nbytes))
    Call(describe.reorder(given.layout, layout), {Arg.SRC: given, Arg.DST: copy})()
    return copy


def fetched(memory: Memory) -> Array:
    """The contents of `memory` as a plain array."""
    result = np.empty(memory.layout.shape, np.float32)
    target = Memory(plain(memory.layout.shape), result)
    Call(describe.reorder(memory.layout, target.layout), {Arg.SRC: memory, Arg.DST: target})()
    return result


def run(primitive: Primitive, given: dict[Arg, Array], wanted: tuple[Arg, ...]) -> list[Array]:
    """Run `primitive` on `given`, in whatever layouts it wants, and fetch what it wrote."""
    memories = {arg: placed(array, primitive.layout(arg)) for arg, array in given.items()}
    for arg in wanted:
        memories[arg] = Memory(primitive.layout(arg), empty(primitive.layout(arg).nbytes))
    Call(primitive, memories)()
    return [fetched(memories[arg]) for arg in wanted]


def close(actual: Array, expected: Array) -> None:
    scale = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(actual.reshape(expected.shape), expected, rtol=1e-5, atol=1e-5 * scale)


def test_importing_loads_nothing() -> None:
    code = (
        "import symbolnb.kernels.onednn.describe as d, sys; maps = open('/proc/self/maps').read();"
        "assert 'libdnnl' not in maps"
    )
    if platform.system() != "Linux":
        pytest.skip("the list of loaded libraries is read from /proc, which only Linux has")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_missing_package_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "_search", lambda: None)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(library, "_load", library._load.__wrapped__)  # a second engine would not fit kept primitives
    message = "the package onednn-cpu-gomp is not installed: pip install onednn-cpu-gomp"
    assert library.why_not() == message
    with pytest.raises(DeviceError, match=f"^{message}$"):
        library.library()


@needs_library
def test_the_library_is_found_in_the_list_of_the_distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = tmp_path / "lib" / "site [a]"  # brackets mean something to glob
    about = packages / "onednn_cpu_gomp-2023.2.0.dist-info"
    about.mkdir(parents=True)
    names = ("../libdnnl.so", "../libdnnl.so.3", "onednn_cpu_gomp-2023.2.0.dist-info/METADATA")
    (about / "RECORD").write_text("".join(f"{name},sha256=abc,7\n" for name in names) + "another/RECORD,,\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "nothing"), str(packages)])
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "prefix"))
    assert library._search() is None  # listed, but not there
    inside = tmp_path / "prefix" / "lib" / "libdnnl.so.3"
    inside.parent.mkdir(parents=True)
    inside.touch()
    assert library._search() == str(inside)
    (tmp_path / "lib" / "libdnnl.so.3").touch()
    assert library._search() == str(tmp_path / "lib" / "libdnnl.so.3")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "nothing")])
    assert library._search() is None


@needs_library
def test_where_nothing_can_be_compiled_no_kernel_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    added: list[object] = []

    def refused(primitive: Primitive) -> int:
        raise OneDNNError("oneDNN: dnnl_primitive_create answered 'runtime error'")

    monkeypatch.setattr(Primitive, "value", property(refused))
    monkeypatch.setattr(table, "add", lambda *arguments: added.append(arguments))
    assert onednn.load() == (
        "oneDNN cannot compile a kernel here: oneDNN: dnnl_primitive_create answered 'runtime error'"
    )
    assert added == []


def test_without_the_library_no_kernel_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    added: list[object] = []
    monkeypatch.setattr(onednn, "why_not", lambda: "it is not there")
    monkeypatch.setattr(table, "add", lambda *arguments: added.append(arguments))
    assert onednn.load() == "it is not there"
    assert added == []


@needs_library
class TestLayout:
    def test_plain_is_the_order_of_numpy(self) -> None:
        layout = plain((2, 3, 5))
        assert (layout.name, layout.nbytes, layout.shape, layout.is_plain) == ("abc", 120, (2, 3, 5), True)
        assert layout == strided((2, 3, 5), (15, 5, 1))
        assert hash(layout) == hash(strided((2, 3, 5), (15, 5, 1)))

    def test_order_counts_and_strides_of_size_one_do_not(self) -> None:
        assert strided((2, 3, 5), (15, 1, 3)) != plain((2, 3, 5))
        assert strided((2, 3, 5), (15, 1, 3)).name == "acb"
        assert strided((2, 3, 1), (3, 1, 77)).is_plain
        assert plain((2, 3)) != plain((3, 2))
        assert plain((2, 3), np.dtype("int8")) != plain((2, 3))

    def test_channels_last_of_one_pixel_is_plain(self) -> None:
        assert strided((2, 7, 1, 1), (7, 1, 7, 7)).is_plain

    def test_anything_has_no_buffer(self) -> None:
        layout = anything((2, 3))
        assert layout.is_any
        assert not plain((2, 3)).is_any
        with pytest.raises(OneDNNError, match="still to be chosen"):
            Memory(layout, np.zeros(6, np.float32))

    def test_bad_shapes_and_dtypes(self) -> None:
        with pytest.raises(OneDNNError, match=r"shape is \(\) but must have 1 to 12 dimensions"):
            plain(())
        with pytest.raises(OneDNNError, match="dtype is float64 but must be one of"):
            plain((2,), np.dtype("float64"))

    def test_blocked_weights_pad_odd_channels(self) -> None:
        primitive = describe.convolution(
            *(anything((1, 3, 5, 5)), anything((7, 3, 3, 3)), None, anything((1, 7, 3, 3))),
            Window((1, 1), (1, 1), (0, 0), (0, 0)),
        )
        weights = primitive.layout(Arg.WEIGHTS)
        assert weights.nbytes >= 7 * 3 * 3 * 3 * 4
        values = random(7, 3, 3, 3)
        np.testing.assert_array_equal(fetched(placed(values, weights)), values)


@needs_library
class TestMemory:
    def test_buffers_are_checked(self) -> None:
        with pytest.raises(OneDNNError, match=r"buffer has 20 bytes but .* needs 24"):
            Memory(plain((2, 3)), np.zeros(5, np.float32))
        with pytest.raises(OneDNNError, match="is not C-contiguous"):
            Memory(plain((2, 3)), np.zeros((3, 4), np.float32).T)

    def test_rebinding_changes_a_call(self) -> None:
        layout = plain((4,))
        first = np.array([-1, 2, -3, 4], np.float32)
        second = np.array([5, -6, 7, -8], np.float32)
        out = np.zeros(4, np.float32)
        source = Memory(layout, first)
        call = Call(describe.eltwise(layout, layout, Eltwise.RELU), {Arg.SRC: source, Arg.DST: Memory(layout, out)})
        call()
        np.testing.assert_array_equal(out, [0, 2, 0, 4])
        source.rebind(second)
        call()
        np.testing.assert_array_equal(out, [5, 0, 7, 0])

    def test_aligned(self) -> None:
        assert all(empty(size).ctypes.data % 64 == 0 and empty(size).nbytes == size for size in (1, 63, 1000))

    def test_a_call_keeps_its_buffers(self) -> None:
        layout = plain((1000,))
        out = np.empty(1000, np.float32)
        call = Call(
            describe.eltwise(layout, layout, Eltwise.RELU),
            {Arg.SRC: Memory(layout, np.full(1000, 3, np.float32)), Arg.DST: Memory(layout, out)},
        )
        gc.collect()
        call()
        np.testing.assert_array_equal(out, 3)

    def test_a_call_refuses_another_layout(self) -> None:
        layout = plain((2, 3))
        with pytest.raises(OneDNNError, match=r"argument 1 of .* is <Layout ab float32 3x2>, not"):
            Call(
                describe.eltwise(layout, layout, Eltwise.RELU),
                {Arg.SRC: Memory(plain((3, 2)), np.zeros((3, 2), np.float32))},
            )


CONVOLUTIONS = [
    # data, filters, kernel, groups, stride, dilation, pad
    ((2, 3, 11), 5, (3,), 1, (2,), (1,), (1,)),
    ((2, 3, 7, 5), 4, (3, 2), 1, (1, 2), (1, 1), (1, 0)),
    ((2, 6, 7, 9), 4, (3, 3), 2, (1, 1), (2, 2), (2, 2)),
    ((1, 7, 6, 5), 7, (3, 3), 7, (1, 1), (1, 1), (1, 1)),
    ((1, 1, 1, 1), 1, (1, 1), 1, (1, 1), (1, 1), (0, 0)),
    ((3, 32, 5, 5), 16, (1, 1), 1, (1, 1), (1, 1), (0, 0)),
    ((1, 2, 5, 4, 3), 3, (2, 3, 2), 1, (1, 1, 1), (1, 1, 1), (0, 1, 0)),
]


@needs_library
@pytest.mark.parametrize(("data", "filters", "kernel", "groups", "stride", "dilation", "pad"), CONVOLUTIONS)
def test_convolution(data: Any, filters: int, kernel: Any, groups: int, stride: Any, dilation: Any, pad: Any) -> None:
    x, bias = random(*data), random(filters, seed=1)
    w = random(filters, data[1] // groups, *kernel, seed=2)
    expected = reference.convolution(x, w, groups, stride, dilation, pad)
    weights_shape = w.shape if groups == 1 else (groups, filters // groups, *w.shape[1:])
    window = Window(stride, dilation, pad, pad)
    any_src, any_weights, any_dst = anything(x.shape), anything(weights_shape), anything(expected.shape)

    forward = describe.convolution(any_src, any_weights, plain((filters,)), any_dst, window)
    (out,) = run(forward, {Arg.SRC: x, Arg.WEIGHTS: w, Arg.BIAS: bias}, (Arg.DST,))
    close(out, expected + bias.reshape(-1, *[1] * len(kernel)))

    gradient = random(*expected.shape, seed=3)
    back = describe.convolution_backward_data(any_src, any_weights, any_dst, window)
    (by_data,) = run(back, {Arg.DIFF_DST: gradient, Arg.WEIGHTS: w}, (Arg.DIFF_SRC,))
    back = describe.convolution_backward_weights(any_src, any_weights, plain((filters,)), any_dst, window)
    given = {Arg.SRC: x, Arg.DIFF_DST: gradient}
    by_weights, by_bias = run(back, given, (Arg.DIFF_WEIGHTS, Arg.DIFF_BIAS))
    close(by_bias, gradient.sum((0, *range(2, gradient.ndim))))
    # the product is bilinear: moving the gradient back must keep every inner product
    some_x, some_w = random(*x.shape, seed=4), random(*w.shape, seed=5)
    for change, got, moved in (
        (reference.convolution(some_x, w, groups, stride, dilation, pad), by_data, some_x),
        (reference.convolution(x, some_w, groups, stride, dilation, pad), by_weights, some_w),
    ):
        close(np.sum(got.reshape(moved.shape) * moved, dtype=np.float64), np.sum(change * gradient))


@needs_library
@pytest.mark.parametrize("data", [(2, 3), (1, 1), (5, 64), (3, 2, 5, 7)])
def test_inner_product(data: tuple[int, ...]) -> None:
    x, w, bias = random(*data), random(11, *data[1:], seed=1), random(11, seed=2)
    rows, columns = x.reshape(len(x), -1).astype(np.float64), w.reshape(11, -1).astype(np.float64)
    shapes = anything(x.shape), anything(w.shape), plain((11,)), anything((len(x), 11))
    (out,) = run(describe.inner_product(*shapes), {Arg.SRC: x, Arg.WEIGHTS: w, Arg.BIAS: bias}, (Arg.DST,))
    close(out, rows @ columns.T + bias)
    gradient = random(len(x), 11, seed=3)
    back = describe.inner_product_backward_data(shapes[0], shapes[1], shapes[3])
    (by_data,) = run(back, {Arg.DIFF_DST: gradient, Arg.WEIGHTS: w}, (Arg.DIFF_SRC,))
    close(by_data, (gradient @ columns).reshape(x.shape))
    back = describe.inner_product_backward_weights(*shapes)
    given = {Arg.SRC: x, Arg.DIFF_DST: gradient}
    by_weights, by_bias = run(back, given, (Arg.DIFF_WEIGHTS, Arg.DIFF_BIAS))
    close(by_weights, (gradient.T.astype(np.float64) @ rows).reshape(w.shape))
    close(by_bias, gradient.sum(0))


@needs_library
def test_matmul_reads_transposed_weights_in_place() -> None:
    x, w = random(2, 3, 5), random(2, 7, 5, seed=1)
    out = np.empty((2, 3, 7), np.float32)
    turned = strided((2, 5, 7), (35, 1, 5))
    primitive = describe.matmul(plain(x.shape), turned, None, plain(out.shape))
    memories = {Arg.SRC: Memory(plain(x.shape), x), Arg.WEIGHTS: Memory(turned, w)}
    Call(primitive, memories | {Arg.DST: Memory(plain(out.shape), out)})()
    close(out, np.einsum("bik,bjk->bij", x, w))


@needs_library
@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 5), (2, 16, 3, 5), (2, 3, 2, 3, 2)])
def test_batch_normalization(shape: tuple[int, ...]) -> None:
    x, gamma, beta = random(*shape), random(shape[1], seed=1), random(shape[1], seed=2)
    given_mean, given_variance = random(shape[1], seed=3), np.abs(random(shape[1], seed=4))
    layout = plain(shape)
    axes = (0, *range(2, len(shape)))
    column = (-1, *[1] * (len(shape) - 2))

    def normal(x: Array, mean: Array, variance: Array) -> Array:
        return (x - mean.reshape(column)) / np.sqrt(variance.reshape(column) + 1e-3)

    wide = x.astype(np.float64)
    both = Normalization.SCALE | Normalization.SHIFT
    affine = {Arg.SCALE: gamma, Arg.SHIFT: beta}
    training = describe.batch_normalization(layout, layout, 1e-3, both, True)
    out, mean, variance = run(training, {Arg.SRC: x} | affine, (Arg.DST, Arg.MEAN, Arg.VARIANCE))
    close(mean, wide.mean(axes))
    close(variance, wide.var(axes))
    unit = normal(wide, wide.mean(axes), wide.var(axes))
    close(out, unit * gamma.reshape(column) + beta.reshape(column))

    fixed = describe.batch_normalization(layout, layout, 1e-3, both | Normalization.STATISTICS)
    statistics = {Arg.MEAN: given_mean, Arg.VARIANCE: given_variance}
    (out,) = run(fixed, {Arg.SRC: x} | statistics | affine, (Arg.DST,))
    close(out, normal(wide, given_mean, given_variance) * gamma.reshape(column) + beta.reshape(column))

    gradient = random(*shape, seed=5)
    back = describe.batch_normalization_backward(layout, layout, layout, 1e-3, both)
    given = {Arg.SRC: x, Arg.DIFF_DST: gradient, Arg.SCALE: gamma}
    given |= {Arg.MEAN: mean.reshape(-1), Arg.VARIANCE: variance.reshape(-1)}
    by_data, by_scale, by_shift = run(back, given, (Arg.DIFF_SRC, Arg.DIFF_SCALE, Arg.DIFF_SHIFT))
    close(by_shift, gradient.sum(axes))
    close(by_scale, (gradient * unit).sum(axes))
    centred = gradient - gradient.mean(axes, keepdims=True)
    centred = centred - unit * (gradient * unit).mean(axes, keepdims=True)
    close(by_data, centred * (gamma / np.sqrt(wide.var(axes) + 1e-3)).reshape(column))


POOLS = [
    ((2, 3, 11), (3,), (2,), (0,), (1,)),
    ((2, 3, 7, 5), (3, 2), (2, 1), (1, 0), (1, 1)),
    ((1, 16, 6, 6), (2, 2), (2, 2), (0, 0), (0, 0)),
    ((1, 2, 5, 4, 3), (2, 2, 2), (1, 2, 1), (0, 1, 0), (1, 1, 1)),
]


@needs_library
@pytest.mark.parametrize("kind", list(Pool))
@pytest.mark.parametrize(("data", "kernel", "stride", "before", "after"), POOLS)
def test_pooling(data: Any, kernel: Any, stride: Any, before: Any, after: Any, kind: Pool) -> None:
    x = random(*data)
    ones = (1,) * len(kernel)
    window = Window(stride, ones, before, after)
    wide = reference.padded(x, before, after, -np.inf if kind is Pool.MAX else 0.0)
    inside = reference.padded(np.ones_like(x), before, after)
    size = reference.output_size(wide.shape[2:], kernel, stride, ones)
    expected, by_x = np.zeros((*data[:2], *size)), np.zeros_like(wide)
    gradient = random(*expected.shape, seed=1)
    for place, cut in reference.windows(wide.shape[2:], kernel, stride, ones):
        patch = wide[(..., *cut)].reshape(*data[:2], -1)
        count = inside[(..., *cut)].sum((*range(2, x.ndim),))
        if kind is Pool.MAX:
            share = (np.arange(patch.shape[-1]) == patch.argmax(-1)[..., None]).astype(float)
        else:
            number = np.prod(kernel) if kind is Pool.AVERAGE_WITH_PADDING else count
            share = np.ones(patch.shape) / np.reshape(number, (*np.shape(number), 1))
        expected[(..., *place)] = np.where(share > 0, patch * np.where(share > 0, share, 1), 0).sum(-1)
        shared = (share * gradient[(..., *place)][..., None]).reshape(by_x[(..., *cut)].shape)
        by_x[(..., *cut)] += shared
    by_x = by_x[(..., *(slice(b, b + n) for b, n in zip(before, data[2:], strict=True)))]

    src, dst = plain(x.shape), plain(expected.shape)
    forward = describe.pooling(src, dst, kind, kernel, window, True)
    workspace = forward.find(Arg.WORKSPACE)
    assert (workspace is not None) == (kind is Pool.MAX)
    kept = {} if workspace is None else {Arg.WORKSPACE: Memory(workspace, empty(workspace.nbytes))}
    out, moved = np.empty(dst.shape, np.float32), np.empty(src.shape, np.float32)
    Call(forward, {Arg.SRC: Memory(src, x), Arg.DST: Memory(dst, out)} | kept)()
    close(out, expected)
    back = describe.pooling_backward(src, dst, kind, kernel, window)
    Call(back, {Arg.DIFF_DST: Memory(dst, gradient), Arg.DIFF_SRC: Memory(src, moved)} | kept)()
    close(moved, by_x)


ELTWISE: dict[Eltwise, tuple[Callable[[Array], Array], Callable[[Array, Array], Array]]] = {
    Eltwise.RELU: (lambda x: np.maximum(x, 0), lambda x, y: (x > 0) * 1.0),
    Eltwise.TANH: (np.tanh, lambda x, y: 1 - y * y),
    Eltwise.ELU: (lambda x: np.where(x > 0, x, 0.3 * np.expm1(x)), lambda x, y: np.where(x > 0, 1, y + 0.3)),
    Eltwise.SOFT_RELU: (lambda x: np.logaddexp(0, x), lambda x, y: 1 / (1 + np.exp(-x))),
    Eltwise.LOGISTIC: (lambda x: 1 / (1 + np.exp(-x)), lambda x, y: y * (1 - y)),
}
FROM_OUTPUT = {
    Eltwise.RELU: Eltwise.RELU_FROM_OUTPUT,
    Eltwise.TANH: Eltwise.TANH_FROM_OUTPUT,
    Eltwise.ELU: Eltwise.ELU_FROM_OUTPUT,
    Eltwise.LOGISTIC: Eltwise.LOGISTIC_FROM_OUTPUT,
}


@needs_library
@pytest.mark.parametrize("kind", list(ELTWISE))
def test_eltwise(kind: Eltwise) -> None:
    value, slope = ELTWISE[kind]
    alpha = {Eltwise.ELU: 0.3, Eltwise.SOFT_RELU: 1.0}.get(kind, 0.0)
    x, gradient, layout = random(3, 5, 7), random(3, 5, 7, seed=1), plain((3, 5, 7))
    wide = x.astype(np.float64)
    (out,) = run(describe.eltwise(layout, layout, kind, alpha), {Arg.SRC: x}, (Arg.DST,))
    close(out, value(wide))
    back = describe.eltwise_backward(layout, layout, layout, kind, alpha)
    (by_x,) = run(back, {Arg.SRC: x, Arg.DIFF_DST: gradient}, (Arg.DIFF_SRC,))
    close(by_x, slope(wide, value(wide)) * gradient)
    if kind in FROM_OUTPUT:
        back = describe.eltwise_backward(layout, layout, layout, FROM_OUTPUT[kind], alpha)
        (by_x,) = run(back, {Arg.DST: out, Arg.DIFF_DST: gradient}, (Arg.DIFF_SRC,))
        close(by_x, slope(wide, value(wide)) * gradient)


@needs_library
def test_add_total_and_reorder() -> None:
    a, b, c = random(2, 3, 5), random(2, 3, 5, seed=1), random(2, 3, 5, seed=2)
    layout, turned = plain(a.shape), strided(a.shape, (15, 1, 3))
    (out,) = run(describe.add(layout, layout, layout), {Arg.SRC: a, Arg.SRC_1: b}, (Arg.DST,))
    np.testing.assert_array_equal(out, a + b)
    memories = {Arg.SOURCES + i: placed(array, turned) for i, array in enumerate((a, b, c))}
    result = Memory(turned, empty(turned.nbytes))
    Call(describe.total((turned,) * 3, turned), memories | {Arg.DST: result})()
    close(fetched(result), a.astype(np.float64) + b + c)
    np.testing.assert_array_equal(result.buffer.view(np.float32).reshape(2, 5, 3).swapaxes(1, 2), fetched(result))


@needs_library
class TestPrimitive:
    def test_made_once(self) -> None:
        layout = plain((13, 17))
        first = describe.eltwise(layout, layout, Eltwise.TANH)
        assert describe.eltwise(plain((13, 17)), layout, Eltwise.TANH) is first
        assert describe.eltwise(layout, layout, Eltwise.RELU) is not first

    def test_compiled_once_and_only_for_calls(self, monkeypatch: pytest.MonkeyPatch) -> None:
        lib = library.library()
        made: list[int] = []
        compiling = lib.function("primitive_create")

        def counted(*arguments: Any) -> Any:
            made.append(arguments[1])
            return compiling(*arguments)

        monkeypatch.setitem(lib._functions, "primitive_create", counted)
        layout, x = plain((13, 23)), random(13, 23)
        primitive = describe.eltwise(layout, layout, Eltwise.ELU)
        assert primitive.layout(Arg.DST) is layout
        assert not primitive.is_slow
        assert primitive.scratch_bytes == 0
        assert not made
        for _ in range(2):
            (result,) = run(primitive, {Arg.SRC: np.maximum(x, 0)}, (Arg.DST,))
            close(result, np.maximum(x, 0))
        assert made.count(primitive.description) == 1  # others are reorders of the test

    def test_made_anew_for_another_number_of_threads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        layout = plain((13, 19))
        first = describe.eltwise(layout, layout, Eltwise.TANH)
        monkeypatch.setattr(settings, "threads", settings.threads + 1)
        assert describe.eltwise(layout, layout, Eltwise.TANH) is not first

    def test_errors_name_the_call(self) -> None:
        with pytest.raises(OneDNNError, match="dnnl_inner_product_forward_primitive_desc_create answered"):
            describe.inner_product(plain((2, 3)), plain((5, 7)), None, plain((2, 5)))
        layout = plain((2, 3))
        with pytest.raises(OneDNNError, match="takes no argument number 33"):
            describe.eltwise(layout, layout, Eltwise.RELU).layout(Arg.WEIGHTS)

    def test_runs_on_threads_that_did_not_make_it(self) -> None:
        shapes = anything((1, 32, 9, 9)), anything((32, 32, 3, 3)), None, anything((1, 32, 9, 9))
        primitive = describe.convolution(*shapes, Window((1, 1), (1, 1), (1, 1), (1, 1)))
        x, w = random(1, 32, 9, 9), random(32, 32, 3, 3, seed=1)
        (expected,) = run(primitive, {Arg.SRC: x, Arg.WEIGHTS: w}, (Arg.DST,))
        results: list[Array] = []

        def work() -> None:
            results.extend(run(primitive, {Arg.SRC: x, Arg.WEIGHTS: w}, (Arg.DST,)))

        workers = [threading.Thread(target=work) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert len(results) == 3
        for result in results:
            np.testing.assert_array_equal(result, expected)

    def test_nothing_leaks(self) -> None:
        layout = plain((4096,))
        primitive = describe.eltwise(layout, layout, Eltwise.RELU)
        x = random(4096)

        def once() -> None:
            Call(primitive, {Arg.SRC: Memory(layout, x), Arg.DST: Memory(layout, empty(layout.nbytes))})()

        def resident() -> int:
            with open("/proc/self/statm", encoding="ascii") as file:
                return int(file.read().split()[1]) * 4096

        for _ in range(500):
            once()
        before = resident()
        for _ in range(5000):
            once()
        assert resident() - before < 2_000_000
