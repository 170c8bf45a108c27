"""Kernels for groups of elementwise operators, compiled by LLVM for the processor at hand.

From the ground up: `text` and `procedure` (writing LLVM's language, without and with loops), `functions` (exponentials
and the like), `expressions` (what each operator computes), `loops`, `rows` and `tracing` (whole kernels), `store` and
`compiler` (machine code), `calls`, and `kernel`, `dense` and `updates` (for the table); `chain` runs bound calls of
this and other libraries in one go.
"""

from __future__ import annotations

from symbolnb.kernels import table
from symbolnb.kernels.fused import compiler
from symbolnb.kernels.fused.dense import ColumnSumKernel, SoftmaxLossKernel, ZerosKernel
from symbolnb.kernels.fused.kernel import FusedKernel
from symbolnb.kernels.fused.updates import SeveralKernel, UpdateKernel
from symbolnb.ops.base import OPERATORS
from symbolnb.ops.creation import Zeros
from symbolnb.ops.elementwise.fused import FusedElementwise
from symbolnb.ops.nn.softmax_output import SoftmaxOutputGradient
from symbolnb.ops.optimizer.several import Listed
from symbolnb.ops.optimizer.update import Step
from symbolnb.ops.reduce import Sum


def load() -> str | None:
    """Put the kernels into the table, or say in one sentence why it cannot serve here."""
    if not compiler.available():
        return "the package llvmlite is not installed: pip install llvmlite"
    table.add([FusedElementwise.name], "cpu", FusedKernel())
    table.add([Sum.name], "cpu", ColumnSumKernel())
    table.add([SoftmaxOutputGradient.name], "cpu", SoftmaxLossKernel())
    table.add([Zeros.name], "cpu", ZerosKernel())
    updates = {operator.name for operator in OPERATORS.values() if issubclass(operator, Step)}
    table.add(sorted(updates), "cpu", UpdateKernel())
    several = {operator.name for operator in OPERATORS.values() if issubclass(operator, Listed)}
    table.add(sorted(several), "cpu", SeveralKernel())
    return None
