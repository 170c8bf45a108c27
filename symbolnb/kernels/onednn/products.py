"""Matrix products on dense arrays: FullyConnected, dot and batch_dot."""

from __future__ import annotations

from math import prod

from symbolnb.graph.spec import Shape
from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.describe import Apply
from symbolnb.kernels.onednn.elementwise import FUNCTIONS
from symbolnb.kernels.onednn.kernel import OneDNNKernel, Recipe, Specs
from symbolnb.kernels.onednn.layout import Layout, plain, strided
from symbolnb.kernels.onednn.primitive import Arg, PostOp
from symbolnb.ops.base import Operator
from symbolnb.ops.matrix import Product
from symbolnb.ops.nn.fully_connected import FullyConnected
from symbolnb.ops.nn.fused_fully_connected import FusedFullyConnected

SMALLEST = 4096
"""Multiply-add pairs below which calling oneDNN costs more than NumPy's whole product (measured)."""


class FullyConnectedKernel(OneDNNKernel):
    """FullyConnected, with the function after it or without; the weight is read transposed where it lies."""

    halves = True

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """A matrix product, or for a single row an inner product, which packs nothing."""
        assert isinstance(operator, FullyConnected)
        features = inputs[1].shape[1]
        rows = inputs[0].elements // features
        if rows * features * operator.num_hidden < SMALLEST:
            return None
        steps: tuple[PostOp, ...] = ()
        if isinstance(operator, FusedFullyConnected):
            if operator.act_type not in FUNCTIONS:
                return None
            steps = (Apply(*FUNCTIONS[operator.act_type]),)
        dtype = inputs[0].dtype
        data, out = plain((rows, features), dtype), plain((rows, operator.num_hidden), dtype)
        bias = None if operator.no_bias else plain((operator.num_hidden,), dtype)
        if rows == 1:
            primitive = describe.inner_product(data, plain(inputs[1].shape, dtype), bias, out, steps=steps)
        else:
            turned = strided((features, operator.num_hidden), (1, features), dtype)
            bias = None if bias is None else plain((1, operator.num_hidden), dtype)
            primitive = describe.matmul(data, turned, bias, out, steps)
        roles = (Arg.SRC, Arg.WEIGHTS, Arg.BIAS)[: len(inputs)]
        return Recipe(primitive, roles, (Arg.DST,), dense=True)


class ProductKernel(OneDNNKernel):
    """dot of two matrices and batch_dot of two stacks of matrices, each read transposed where it lies."""

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """A matrix product; not with a single row or column, where NumPy is faster."""
        assert isinstance(operator, Product)
        if operator.name == "dot" and any(len(spec.shape) != 2 for spec in inputs):
            return None
        left = _matrices(inputs[0].shape, operator.transpose_a)
        right = _matrices(inputs[1].shape, operator.transpose_b)
        stack, rows, inner = left.shape
        columns = right.shape[-1]
        if 1 in (rows, columns) or stack * rows * columns * inner < SMALLEST:
            return None
        primitive = describe.matmul(left, right, None, plain((stack, rows, columns)))
        return Recipe(primitive, (Arg.SRC, Arg.WEIGHTS), (Arg.DST,), dense=True)


def _matrices(shape: Shape, transposed: bool) -> Layout:
    """A dense array seen as one stack of matrices to be multiplied."""
    *lead, rows, columns = shape
    stack = prod(lead)
    if not transposed:
        return plain((stack, rows, columns))
    return strided((stack, columns, rows), (rows * columns, 1, columns))
