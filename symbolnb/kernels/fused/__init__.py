"""Kernels for groups of elementwise operators, compiled by LLVM for the processor at hand.

From the ground up: `text` (writing LLVM's language), `functions` (exponentials and the like), `expressions` (what
each operator computes), `loops` (a whole kernel), `store` and `compiler` (machine code), `kernel` (calls).
"""

from __future__ import annotations

from symbolnb.kernels import table
from symbolnb.kernels.fused import compiler
from symbolnb.kernels.fused.kernel import FusedKernel
from symbolnb.ops.elementwise.fused import FusedElementwise


def load() -> str | None:
    """Put the kernel into the table, or say in one sentence why it cannot serve here."""
    if not compiler.available():
        return "the package llvmlite is not installed: pip install llvmlite"
    table.add([FusedElementwise.name], "cpu", FusedKernel())
    return None
