"""Kernels of oneDNN for the CPU, through its C API.

From the ground up: `library` (loading, errors), `layout`, `memory`, `primitive`, `describe` (what primitives
there are); above them `kernel` and one module for each kind of operator.
"""

from __future__ import annotations

from symbolnb.kernels import table
from symbolnb.kernels.onednn.convolution import ConvolutionKernel, DataGradientKernel, WeightGradientKernel
from symbolnb.kernels.onednn.elementwise import AddKernel, DerivativeKernel, FunctionKernel, TotalKernel
from symbolnb.kernels.onednn.library import why_not
from symbolnb.kernels.onednn.normalization import BatchNormGradientKernel, BatchNormKernel
from symbolnb.kernels.onednn.pooling import MaximumGradientKernel, MeanGradientKernel, PoolingKernel
from symbolnb.kernels.onednn.products import FullyConnectedKernel, ProductKernel
from symbolnb.kernels.onednn.reorder import ReorderKernel
from symbolnb.kernels.onednn.sums import ChannelSumKernel


def load() -> str | None:
    """Put the kernels into the table, or say in one sentence why they cannot serve here."""
    reason = why_not()
    if reason is None:
        table.add(["_reorder"], "cpu", ReorderKernel())
        table.add(["FullyConnected"], "cpu", FullyConnectedKernel())
        table.add(["dot", "batch_dot"], "cpu", ProductKernel())
        table.add(["Activation"], "cpu", FunctionKernel())
        table.add(["_activation_gradient"], "cpu", DerivativeKernel())
        table.add(["elemwise_add"], "cpu", AddKernel())
        table.add(["add_n"], "cpu", TotalKernel())
        table.add(["Convolution"], "cpu", ConvolutionKernel())
        table.add(["_convolution_data_gradient"], "cpu", DataGradientKernel())
        table.add(["_convolution_weight_gradient"], "cpu", WeightGradientKernel())
        table.add(["sum"], "cpu", ChannelSumKernel())
        table.add(["BatchNorm"], "cpu", BatchNormKernel())
        table.add(["_batch_norm_gradient"], "cpu", BatchNormGradientKernel())
        table.add(["Pooling"], "cpu", PoolingKernel())
        table.add(["_max_pooling_gradient"], "cpu", MaximumGradientKernel())
        table.add(["_window_sum_gradient"], "cpu", MeanGradientKernel())
    return reason
