"""One function for each kind of primitive: from layouts and parameters to the compiled kernel.

Layouts given as `layout.anything(shape)` are chosen by oneDNN; ask the primitive which it took. A
backward primitive makes the forward one that oneDNN wants as a hint by itself.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from symbolnb.dtypes import DType
from symbolnb.kernels.onednn.layout import Layout, anything, data_type
from symbolnb.kernels.onednn.library import Handle, dims, library
from symbolnb.kernels.onednn.primitive import Arg, PostOp, attributes, cached

_TRAINING, _INFERENCE, _BACKWARD, _BACKWARD_DATA = 64, 96, 128, 160  # dnnl_prop_kind
_DIRECT = 1  # dnnl_convolution_direct
_ADD, _MULTIPLY = 0x1FFF0, 0x1FFF1
_SOFTMAX, _LOG_SOFTMAX = 0x30000, 0x30001
_NEAREST = 0x2FFF0
_ACROSS_CHANNELS = 0xAFF


class Normalization(IntFlag):
    """What batch normalization is given, beside its data, and whether relu follows; other statistics are computed."""

    NOTHING = 0
    STATISTICS = 1
    SCALE = 2
    SHIFT = 4
    RELU = 8


class Pool(IntEnum):
    """What pooling does with a window; the averages count padding as zeros, or leave it out."""

    MAX = 0x1FF
    AVERAGE_WITH_PADDING = 0x2FF
    AVERAGE_WITHOUT_PADDING = 0x3FF


class Eltwise(IntEnum):
    """Functions of one element; those with FROM_OUTPUT take the derivative from the result."""

    RELU = 0x20
    TANH = 0x21
    ELU = 0x22
    SOFT_RELU = 0x27
    LOGISTIC = 0x29
    CLIP = 0x2E
    RELU_FROM_OUTPUT = 0x100
    TANH_FROM_OUTPUT = 0x101
    ELU_FROM_OUTPUT = 0x102
    LOGISTIC_FROM_OUTPUT = 0x104


@dataclass(frozen=True)
class Window:
    """How a kernel moves over the spatial dimensions, one number for each of them.

    `dilation` counts as MXNet does: 1 for a dense kernel.
    """

    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    pad_before: tuple[int, ...]
    pad_after: tuple[int, ...]

    def arrays(self) -> tuple[object, object, object, object]:
        """Strides, dilations (0 for dense) and pads as oneDNN takes them."""
        dilation = tuple(step - 1 for step in self.dilation)
        return dims(self.stride), dims(dilation), dims(self.pad_before), dims(self.pad_after)


@dataclass(frozen=True)
class Apply:
    """Post-op: a function of each element."""

    kind: Eltwise
    alpha: float = 0.0
    beta: float = 0.0

    def append(self, post_ops: int) -> None:
        """Add itself to a C list of post-ops."""
        library().call("post_ops_append_eltwise", post_ops, self.kind, self.alpha, self.beta)


@dataclass(frozen=True)
class Combine:
    """Post-op: the sum with another tensor, or the product; sizes of 1 in the other are repeated."""

    other: Layout
    multiply: bool = False

    def append(self, post_ops: int) -> None:
        """Add itself to a C list of post-ops."""
        kind = _MULTIPLY if self.multiply else _ADD
        library().call("post_ops_append_binary", post_ops, kind, self.other.descriptor)


@dataclass(frozen=True)
class Accumulate:
    """Post-op: the sum with what the output's memory held before."""

    dtype: DType

    def append(self, post_ops: int) -> None:
        """Add itself to a C list of post-ops."""
        library().call("post_ops_append_sum", post_ops, 1.0, 0, data_type(self.dtype))


def _describe(kind: str, *arguments: object, steps: tuple[PostOp, ...] = (), scaled: tuple[Arg, ...] = ()) -> Handle:
    lib = library()
    return lib.make(f"{kind}_primitive_desc_create", lib.engine, *arguments, attributes(steps, scaled).value)


def _descriptor(layout: Layout | None) -> int | None:
    return None if layout is None else layout.descriptor


def _free(layout: Layout) -> Layout:
    return anything(layout.shape, layout.dtype)


@cached
def convolution(
    src: Layout,
    weights: Layout,
    bias: Layout | None,
    dst: Layout,
    window: Window,
    training: bool = False,
    steps: tuple[PostOp, ...] = (),
    scaled: bool = False,
) -> Handle:
    """Convolution of (N, C, spatial) by (O, C, kernel), or by (G, O/G, C/G, kernel) in G groups, and some steps.

    If `scaled` it is multiplied by a number given to each call, before the bias is added.
    """
    return _describe(
        "convolution_forward",
        *(_TRAINING if training else _INFERENCE, _DIRECT),
        *(src.descriptor, weights.descriptor, _descriptor(bias), dst.descriptor, *window.arrays()),
        steps=steps,
        scaled=(Arg.SRC,) if scaled else (),
    )


@cached
def convolution_backward_data(diff_src: Layout, weights: Layout, diff_dst: Layout, window: Window) -> Handle:
    """The gradient of a convolution by its data."""
    hint = convolution(_free(diff_src), _free(weights), None, _free(diff_dst), window, True)
    return _describe(
        "convolution_backward_data",
        *(_DIRECT, diff_src.descriptor, weights.descriptor, diff_dst.descriptor),
        *(*window.arrays(), hint.description),
    )


@cached
def convolution_backward_weights(
    src: Layout, diff_weights: Layout, diff_bias: Layout | None, diff_dst: Layout, window: Window
) -> Handle:
    """The gradient of a convolution by its weights and, if there is one, its bias."""
    hint = convolution(_free(src), _free(diff_weights), diff_bias, _free(diff_dst), window, True)
    return _describe(
        "convolution_backward_weights",
        *(_DIRECT, src.descriptor, diff_weights.descriptor, _descriptor(diff_bias), diff_dst.descriptor),
        *(*window.arrays(), hint.description),
    )


@cached
def inner_product(
    src: Layout,
    weights: Layout,
    bias: Layout | None,
    dst: Layout,
    training: bool = False,
    steps: tuple[PostOp, ...] = (),
) -> Handle:
    """The (N, O) product of (N, C, ...) with the transpose of (O, C, ...), plus a bias of O, and some steps."""
    return _describe(
        "inner_product_forward",
        _TRAINING if training else _INFERENCE,
        *(src.descriptor, weights.descriptor, _descriptor(bias), dst.descriptor),
        steps=steps,
    )


@cached
def inner_product_backward_data(diff_src: Layout, weights: Layout, diff_dst: Layout) -> Handle:
    """The gradient of an inner product by its data."""
    hint = inner_product(_free(diff_src), _free(weights), None, _free(diff_dst), True)
    return _describe(
        "inner_product_backward_data",
        *(diff_src.descriptor, weights.descriptor, diff_dst.descriptor, hint.description),
    )


@cached
def inner_product_backward_weights(
    src: Layout, diff_weights: Layout, diff_bias: Layout | None, diff_dst: Layout
) -> Handle:
    """The gradient of an inner product by its weights and, if there is one, its bias."""
    hint = inner_product(_free(src), _free(diff_weights), diff_bias, _free(diff_dst), True)
    return _describe(
        "inner_product_backward_weights",
        *(src.descriptor, diff_weights.descriptor, _descriptor(diff_bias), diff_dst.descriptor),
        hint.description,
    )


@cached
def matmul(
    src: Layout,
    weights: Layout,
    bias: Layout | None,
    dst: Layout,
    steps: tuple[PostOp, ...] = (),
    scaled: bool = False,
) -> Handle:
    """The matrix product of (..., M, K) and (..., K, N), plus a bias of (..., 1 or M, N), and some steps.

    If `scaled` it is multiplied by a number given to each call, before the bias is added.
    """
    return _describe(
        "matmul",
        *(src.descriptor, weights.descriptor, _descriptor(bias), dst.descriptor),
        steps=steps,
        scaled=(Arg.SRC,) if scaled else (),
    )


@cached
def batch_normalization(
    src: Layout, dst: Layout, epsilon: float, given: Normalization, training: bool = False
) -> Handle:
    """Batch normalization over dimension 1; in training, mean and variance are written if not given."""
    kind = _TRAINING if training else _INFERENCE
    return _describe("batch_normalization_forward", kind, src.descriptor, dst.descriptor, epsilon, given)


@cached
def batch_normalization_backward(
    diff_src: Layout, diff_dst: Layout, src: Layout, epsilon: float, given: Normalization
) -> Handle:
    """The gradients of batch normalization by its data, and by scale and shift where they are given."""
    hint = batch_normalization(src, src, epsilon, given, True)
    learned = given & (Normalization.SCALE | Normalization.SHIFT)
    return _describe(
        "batch_normalization_backward",
        *(_BACKWARD if learned else _BACKWARD_DATA, diff_src.descriptor, diff_dst.descriptor),
        *(src.descriptor, epsilon, given, hint.description),
    )


@cached
def layer_normalization(data: Layout, statistics: Layout, epsilon: float) -> Handle:
    """Normalization along the last dimension with a scale and a shift; mean and variance are written, too."""
    given = Normalization.SCALE | Normalization.SHIFT
    layouts = data.descriptor, data.descriptor, statistics.descriptor
    return _describe("layer_normalization_forward", _TRAINING, *layouts, epsilon, given)


@cached
def local_normalization(
    data: Layout, size: int, alpha: float, beta: float, knorm: float, training: bool = False
) -> Handle:
    """Each channel by the sum of its neighbours' squares; in training it may write a workspace for its gradient."""
    return _describe(
        "lrn_forward",
        *(_TRAINING if training else _INFERENCE, _ACROSS_CHANNELS, data.descriptor, data.descriptor),
        *(size, alpha, beta, knorm),
    )


@cached
def local_normalization_backward(data: Layout, size: int, alpha: float, beta: float, knorm: float) -> Handle:
    """The gradient of that; it may read the workspace of a forward call in training with the same layout."""
    hint = local_normalization(data, size, alpha, beta, knorm, True)
    return _describe(
        "lrn_backward",
        *(_ACROSS_CHANNELS, data.descriptor, data.descriptor, data.descriptor),
        *(size, alpha, beta, knorm, hint.description),
    )


@cached
def pooling(
    src: Layout, dst: Layout, kind: Pool, kernel: tuple[int, ...], window: Window, training: bool = False
) -> Handle:
    """Pooling of (N, C, spatial); maxima in training also write the workspace that their gradient needs."""
    stride, dilation, before, after = window.arrays()
    return _describe(
        "pooling_forward",
        *(_TRAINING if training else _INFERENCE, kind, src.descriptor, dst.descriptor),
        *(stride, dims(kernel), dilation, before, after),
    )


@cached
def pooling_backward(diff_src: Layout, diff_dst: Layout, kind: Pool, kernel: tuple[int, ...], window: Window) -> Handle:
    """The gradient of pooling; that of maxima reads the workspace of a forward call with the same layouts."""
    hint = pooling(diff_src, diff_dst, kind, kernel, window, True)
    stride, dilation, before, after = window.arrays()
    return _describe(
        "pooling_backward",
        *(kind, diff_src.descriptor, diff_dst.descriptor),
        *(stride, dims(kernel), dilation, before, after, hint.description),
    )


@cached
def eltwise(src: Layout, dst: Layout, kind: Eltwise, alpha: float = 0.0, beta: float = 0.0) -> Handle:
    """A function of each element, such as relu with the slope `alpha` below 0."""
    return _describe("eltwise_forward", _TRAINING, kind, src.descriptor, dst.descriptor, alpha, beta)


@cached
def eltwise_backward(
    diff_src: Layout, diff_dst: Layout, data: Layout, kind: Eltwise, alpha: float = 0.0, beta: float = 0.0
) -> Handle:
    """The gradient of a function of each element; `data` is its argument, or its result with FROM_OUTPUT."""
    hint = eltwise(data, data, kind, alpha, beta)
    return _describe(
        "eltwise_backward",
        *(kind, diff_src.descriptor, diff_dst.descriptor, data.descriptor, alpha, beta, hint.description),
    )


@cached
def prelu(src: Layout, slopes: Layout, dst: Layout) -> Handle:
    """Numbers below 0 times a slope; a size of 1 in the slopes is repeated."""
    return _describe("prelu_forward", _INFERENCE, src.descriptor, slopes.descriptor, dst.descriptor)


@cached
def nearest(src: Layout, dst: Layout) -> Handle:
    """An image enlarged by repeating its pixels."""
    return _describe("resampling_forward", _INFERENCE, _NEAREST, None, src.descriptor, dst.descriptor)


@cached
def softmax(src: Layout, dst: Layout, logarithm: bool = False) -> Handle:
    """Exponentials divided by their sum along dimension 1, or the logarithm of that."""
    kind = _LOG_SOFTMAX if logarithm else _SOFTMAX
    return _describe("softmax_forward", _TRAINING, kind, src.descriptor, dst.descriptor, 1)


@cached
def softmax_backward(layout: Layout) -> Handle:
    """The gradient of a softmax along dimension 1 from its result; all tensors have one layout."""
    hint = softmax(layout, layout)
    return _describe("softmax_backward", _SOFTMAX, *(layout.descriptor,) * 3, 1, hint.description)


@cached
def concat(sources: tuple[Layout, ...], dst: Layout, dimension: int) -> Handle:
    """Tensors joined along a dimension; their roles are `Arg.SOURCES + i`."""
    lib = library()
    descriptors = (ctypes.c_void_p * len(sources))(*(source.descriptor for source in sources))
    arguments = lib.engine, dst.descriptor, len(sources), dimension, descriptors, attributes().value
    return lib.make("concat_primitive_desc_create", *arguments)


@cached
def add(left: Layout, right: Layout, dst: Layout) -> Handle:
    """The sum of two tensors; a size of 1 in the right one is repeated."""
    return _describe("binary", _ADD, left.descriptor, right.descriptor, dst.descriptor)


@cached
def scaled_add(left: Layout, right: Layout, dst: Layout, steps: tuple[PostOp, ...] = ()) -> Handle:
    """The sum of two tensors, each multiplied by a number given to each call, and some steps."""
    arguments = _ADD, left.descriptor, right.descriptor, dst.descriptor
    return _describe("binary", *arguments, steps=steps, scaled=(Arg.SRC, Arg.SRC_1))


@cached
def product(left: Layout, right: Layout, dst: Layout, steps: tuple[PostOp, ...] = ()) -> Handle:
    """The product of two tensors, and some steps; a size of 1 in the right one is repeated."""
    return _describe("binary", _MULTIPLY, left.descriptor, right.descriptor, dst.descriptor, steps=steps)


@cached
def total(sources: tuple[Layout, ...], dst: Layout) -> Handle:
    """The sum of many tensors of one shape; their roles are `Arg.SOURCES + i`."""
    scales = (ctypes.c_float * len(sources))(*[1.0] * len(sources))
    descriptors = (ctypes.c_void_p * len(sources))(*(source.descriptor for source in sources))
    return _describe("sum", dst.descriptor, len(sources), scales, descriptors)


@cached
def reorder(src: Layout, dst: Layout, scaled: bool = False) -> Handle:
    """A copy into another layout or type of the same shape, if `scaled` multiplied by a number given to each call."""
    lib = library()
    arguments = (
        src.descriptor,
        lib.engine,
        dst.descriptor,
        lib.engine,
        attributes(scaled=(Arg.SRC,) if scaled else ()).value,
    )
    return lib.make("reorder_primitive_desc_create", *arguments)
