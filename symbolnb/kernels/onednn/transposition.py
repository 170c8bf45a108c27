"""transpose and SwapAxis of the last two axes, as reorders; for other orders NumPy is as fast (measured)."""

from __future__ import annotations

from math import prod

from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.elementwise import SMALLEST
from symbolnb.kernels.onednn.kernel import OneDNNKernel, Recipe, Specs
from symbolnb.kernels.onednn.layout import plain, strided
from symbolnb.kernels.onednn.primitive import Arg
from symbolnb.ops.base import Operator
from symbolnb.ops.movement import Permutation


class TransposeKernel(OneDNNKernel):
    """Matrices, or a stack of them, with rows and columns exchanged."""

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """A reorder of the stack as the result sees it."""
        assert isinstance(operator, Permutation)
        shape = inputs[0].shape
        count = len(shape)
        if count < 2 or inputs[0].elements < SMALLEST or min(shape[-2:]) < 2:
            return None
        if tuple(operator.order(count)) != (*range(count - 2), count - 1, count - 2):
            return None
        rows, columns = shape[-2:]
        turned = (prod(shape[:-2]), columns, rows)
        primitive = describe.reorder(strided(turned, (rows * columns, 1, columns)), plain(turned))
        return Recipe(primitive, (Arg.SRC,), (Arg.DST,), dense=True)
