"""Kernels of the table on dense arrays other than groups of elementwise operators; for their text see `rows`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ctypes import CDLL, PYFUNCTYPE, c_int, c_size_t, c_void_p, cast
from functools import cache, partial
from math import prod

import numpy as np

from symbolnb.graph.spec import Layout, Spec
from symbolnb.kernels.fused.calls import SMALL, NativeCall, native_call, serve
from symbolnb.kernels.fused.rows import LANES, column_sums, softmax_loss
from symbolnb.kernels.fused.text import FLOATS
from symbolnb.kernels.native import Entry
from symbolnb.ops.base import Array, Operator
from symbolnb.ops.nn.softmax_output import SoftmaxOutputGradient
from symbolnb.ops.reduce import Sum

Specs = Sequence[Spec]

FEWEST_COLUMNS = 8
"""Columns below which NumPy adds up as fast."""

SMALLEST = 256
"""Elements below which NumPy takes no longer than binding a kernel does, as each call of ``nd`` has to."""

MOST_CLASSES = 4096
"""Classes of a softmax loss above which the text would be long; NumPy is fast then."""

SIZE = 2
"""What the kernels are to the compiler: as many members of a group."""


class DenseKernel:
    """What these kernels share; a subclass says which cases, and how to bind them."""

    library = "fused"

    def supports(self, operator: Operator, inputs: Specs, outputs: Specs) -> bool:
        """Whether the kernel computes what the operator does, for these shapes and types."""
        return all(spec.layout is None and spec.elements for spec in (*inputs, *outputs)) and self.fits(
            operator, inputs, outputs
        )

    def fits(self, operator: Operator, inputs: Specs, outputs: Specs) -> bool:
        """Whether that is so for dense arrays that are not empty."""
        raise NotImplementedError

    def layouts(
        self, operator: Operator, inputs: Specs, outputs: Specs
    ) -> tuple[Sequence[Layout | None], Sequence[Layout | None]]:
        """All dense."""
        return [None] * len(inputs), [None] * len(outputs)

    def workspace(self, operator: Operator, inputs: Specs, outputs: Specs) -> int:
        """None is needed."""
        return 0

    def inplace_pairs(self, operator: Operator, inputs: Specs, outputs: Specs) -> Sequence[tuple[int, int]]:
        """None may share memory."""
        return ()


class ColumnSumKernel(DenseKernel):
    """`sum` over the first axes: the gradient of a bias."""

    def fits(self, operator: Operator, inputs: Specs, outputs: Specs) -> bool:
        """Whether all folded axes come first, and enough columns are left."""
        assert isinstance(operator, Sum)
        data = inputs[0]
        folded = operator.axes(len(data.shape))
        return (
            0 < len(folded) < len(data.shape)
            and folded == tuple(range(len(folded)))
            and prod(data.shape[len(folded) :]) >= FEWEST_COLUMNS
            and data.elements >= SMALLEST
            and data.dtype == outputs[0].dtype
            and data.dtype.name in ("float32", "float64")
        )

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The compiled kernel if it is there, else a call that becomes it."""
        kind, columns = FLOATS[inputs[0].dtype.name], outputs[0].size
        rows = inputs[0].size // columns
        return serve(
            ("column sums", kind, rows, columns),
            SIZE,
            partial(column_sums, kind, rows, columns),
            partial(operator.bind, np, inputs, outputs),
            partial(native_call, -(-columns // LANES), 1, inputs[0].size, (*inputs, *outputs)),
        )


class SoftmaxLossKernel(DenseKernel):
    """The gradient of SoftmaxOutput for one label a sample, none of which is ignored."""

    def fits(self, operator: Operator, inputs: Specs, outputs: Specs) -> bool:
        """Whether the case is the usual one, in float32."""
        assert isinstance(operator, SoftmaxOutputGradient)
        samples, classes, positions = operator.shape_by_class(inputs[0].shape)
        return (
            operator.usual(inputs[0].shape, inputs[1].shape)
            and positions == 1
            and classes <= MOST_CLASSES
            and inputs[1].elements >= samples
            and all(spec.dtype.name == "float32" for spec in (*inputs, *outputs))
        )

    def inplace_pairs(self, operator: Operator, inputs: Specs, outputs: Specs) -> Sequence[tuple[int, int]]:
        """The softmax may become its gradient."""
        return ((0, 0),)

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The compiled kernel if it is there, else a call that becomes it."""
        assert isinstance(operator, SoftmaxOutputGradient)
        samples, classes, _ = operator.shape_by_class(inputs[0].shape)
        scale = operator.grad_scale, float(operator.divisor(inputs[0].shape, inputs[1].shape))
        return serve(
            ("softmax loss", classes, *scale),
            SIZE + classes // LANES,
            partial(softmax_loss, classes, *scale),
            partial(operator.bind, np, inputs, outputs),
            partial(native_call, samples, 1, 4 * inputs[0].size, (*inputs, *outputs)),
        )


class ZerosKernel(DenseKernel):
    """`_zeros` of few bytes, such as the gradient of a label; more are written by NumPy, without Python's lock."""

    def fits(self, operator: Operator, inputs: Specs, outputs: Specs) -> bool:
        """Always, unless there are many."""
        return outputs[0].nbytes < SMALL

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """A call of C's memset."""
        (out,) = outputs
        address: int = out.ctypes.data
        call = NativeCall(PYFUNCTYPE(c_void_p, c_void_p, c_int, c_size_t)(_memset()), address, 0, out.nbytes)
        call.entry = Entry(_memset(), (address, 0, out.nbytes, 0), False, 0, out.nbytes, out)
        return call


@cache
def _memset() -> int:
    found = cast(CDLL(None).memset, c_void_p).value
    assert found is not None
    return found
