"""Kernels of oneDNN for the CPU, through its C API.

From the ground up: `library` (loading, errors), `layout`, `memory`, `primitive`, `describe` (what primitives
there are); above them `kernel` and one module for each kind of operator.
"""

from __future__ import annotations

from symbolnb.kernels import table
from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.convolution import ConvolutionKernel, DataGradientKernel, WeightGradientKernel
from symbolnb.kernels.onednn.deconvolution import DeconvolutionKernel
from symbolnb.kernels.onednn.elementwise import AddKernel, DerivativeKernel, FunctionKernel, SlopeKernel, TotalKernel
from symbolnb.kernels.onednn.flat import FlatKernel
from symbolnb.kernels.onednn.folded import FoldedDataGradientKernel
from symbolnb.kernels.onednn.fused_convolution import FusedConvolutionKernel
from symbolnb.kernels.onednn.joining import ConcatKernel, SliceKernel
from symbolnb.kernels.onednn.layout import plain
from symbolnb.kernels.onednn.library import OneDNNError, why_not
from symbolnb.kernels.onednn.lrn import LRNGradientKernel, LRNKernel
from symbolnb.kernels.onednn.normalization import (
    BatchNormGradientKernel,
    BatchNormKernel,
    FusedBatchNormKernel,
    LayerNormKernel,
)
from symbolnb.kernels.onednn.pooling import MaximumGradientKernel, MeanGradientKernel, PoolingKernel
from symbolnb.kernels.onednn.products import FullyConnectedKernel, ProductKernel
from symbolnb.kernels.onednn.quantized import (
    BytesKernel,
    QuantizedAddKernel,
    QuantizedBatchNormKernel,
    QuantizedConvolutionKernel,
    QuantizedFullyConnectedKernel,
    QuantizedPoolingKernel,
    ScaleKernel,
)
from symbolnb.kernels.onednn.recurrent import RecurrentGradientKernel, RecurrentKernel
from symbolnb.kernels.onednn.reorder import ConversionKernel, ReorderKernel
from symbolnb.kernels.onednn.resampling import UpSamplingKernel
from symbolnb.kernels.onednn.softmax import SoftmaxGradientKernel, SoftmaxKernel
from symbolnb.kernels.onednn.sums import ChannelSumKernel
from symbolnb.kernels.onednn.transposition import TransposeKernel
from symbolnb.ops.base import OPERATORS
from symbolnb.ops.elementwise.family import Broadcast

KERNELS: dict[str, table.Kernel] = {
    "_reorder": ReorderKernel(),
    "Cast": ConversionKernel(),
    "amp_cast": ConversionKernel(),
    "FullyConnected": FullyConnectedKernel(),
    "_fused_fully_connected": FullyConnectedKernel(),
    "dot": ProductKernel(),
    "batch_dot": ProductKernel(),
    "Convolution": ConvolutionKernel(),
    "_fused_convolution": FusedConvolutionKernel(),
    "_convolution_data_gradient": DataGradientKernel(),
    "_convolution_weight_gradient": WeightGradientKernel(),
    "Deconvolution": DeconvolutionKernel(),
    "sum": ChannelSumKernel(),
    "BatchNorm": BatchNormKernel(),
    "_fused_batch_norm": FusedBatchNormKernel(),
    "LayerNorm": LayerNormKernel(),
    "_batch_norm_gradient": BatchNormGradientKernel(),
    "_fused_lrn": LRNKernel(),
    "_fused_lrn_gradient": LRNGradientKernel(),
    "Pooling": PoolingKernel(),
    "_max_pooling_gradient": MaximumGradientKernel(),
    "_window_sum_gradient": MeanGradientKernel(),
    "Activation": FunctionKernel(),
    "_activation_gradient": DerivativeKernel(),
    "RNN": RecurrentKernel(),
    "_rnn_gradient": RecurrentGradientKernel(),
    "Concat": ConcatKernel(),
    "slice": SliceKernel(),
    "slice_axis": SliceKernel(),
    "SliceChannel": SliceKernel(),
    "UpSampling": UpSamplingKernel(),
    "LeakyReLU": SlopeKernel(),
    "transpose": TransposeKernel(),
    "SwapAxis": TransposeKernel(),
    "softmax": SoftmaxKernel(),
    "log_softmax": SoftmaxKernel(),
    "SoftmaxOutput": SoftmaxKernel(),
    "_softmax_gradient": SoftmaxGradientKernel(),
    "_contrib_quantized_conv": QuantizedConvolutionKernel(),
    "_fused_quantized_conv": QuantizedConvolutionKernel(),
    "_contrib_quantized_fully_connected": QuantizedFullyConnectedKernel(),
    "_fused_quantized_fully_connected": QuantizedFullyConnectedKernel(),
    "_fused_quantized_add": QuantizedAddKernel(),
    "_contrib_quantized_pooling": QuantizedPoolingKernel(),
    "_contrib_quantized_act": BytesKernel(),
    "_contrib_quantized_elemwise_add": BytesKernel(),
    "_contrib_quantized_batch_norm": QuantizedBatchNormKernel(),
    "_contrib_quantize_v2": ScaleKernel(),
    "_contrib_requantize": ScaleKernel(),
    "_contrib_dequantize": ScaleKernel(),
    "elemwise_add": AddKernel(),
    "add_n": TotalKernel(),
}
"""The kernel for each operator that oneDNN computes itself."""


def load() -> str | None:
    """Put the kernels into the table, or say in one sentence why they cannot serve here."""
    reason = why_not()
    if reason is None:
        reason = _why_not_compiled()
    if reason is None:
        table.add(["_convolution_data_gradient"], "cpu", FoldedDataGradientKernel())
        for name, kernel in KERNELS.items():
            table.add([name], "cpu", kernel)
        elementwise = {
            operator.name for operator in OPERATORS.values() if operator.elementwise or issubclass(operator, Broadcast)
        }
        table.add(sorted(elementwise), "cpu", FlatKernel())
    return reason


def _why_not_compiled() -> str | None:
    """Why the system lets oneDNN compile nothing, as where no memory may be made executable; None where it does."""
    one = plain((16,))
    try:
        assert describe.eltwise(one, one, describe.Eltwise.RELU).value
    except OneDNNError as error:
        return f"oneDNN cannot compile a kernel here: {error}"
    return None
