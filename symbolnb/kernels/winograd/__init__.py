"""Kernels for Winograd's convolution and its gradients, compiled by LLVM, on oneDNN's blocked layouts.

`text` and `gradient_text` write them, `code` has them compiled, `convolution` and `weight_gradient` are those of the
table. By the definition oneDNN is at the processor's limit, and it has none of this kind for such processors.
"""

from __future__ import annotations

from symbolnb.kernels import table
from symbolnb.kernels.fused import compiler
from symbolnb.kernels.onednn import library
from symbolnb.kernels.winograd.convolution import WinogradKernel, WinogradWeightKernel
from symbolnb.kernels.winograd.weight_gradient import WinogradWeightGradientKernel
from symbolnb.ops.nn.convolution import ConvolutionWeightGradient
from symbolnb.ops.nn.winograd import WinogradConvolution, WinogradWeight


def load() -> str | None:
    """Put the kernels into the table, or say in one sentence why they cannot serve here."""
    if not compiler.available():
        return "the package llvmlite is not installed: pip install llvmlite"
    reason = library.why_not()
    if reason is None:
        table.add([WinogradConvolution.name], "cpu", WinogradKernel())
        table.add([WinogradWeight.name], "cpu", WinogradWeightKernel())
        table.add([ConvolutionWeightGradient.name], "cpu", WinogradWeightGradientKernel())
    return reason
