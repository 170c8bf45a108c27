"""Concat, and the slices that are its gradients, in the layouts that convolutions give and take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

import numpy as np

from symbolnb.graph.spec import Layout as AnyLayout
from symbolnb.graph.spec import Shape
from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.elementwise import worth_it
from symbolnb.kernels.onednn.kernel import OneDNNKernel, Recipe, Specs, first_layout
from symbolnb.kernels.onednn.layout import Layout, ordered, plain
from symbolnb.kernels.onednn.primitive import Arg
from symbolnb.ops.base import Array, Operator
from symbolnb.ops.joining import Concat
from symbolnb.ops.slicing import Slice


class ConcatKernel(OneDNNKernel):
    """Concat; all inputs are brought into the layout of the first one that is not dense."""

    halves = True

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The joined tensors, each in a layout of the same name."""
        assert isinstance(operator, Concat)
        if not worth_it(outputs) and not any(spec.layout is not None for spec in inputs):
            return None
        first = first_layout((*inputs, *outputs)).layout
        layouts = [
            ordered(spec.shape, first.name, spec.dtype) if isinstance(first, Layout) else plain(spec.shape, spec.dtype)
            for spec in (*inputs, *outputs)
        ]
        primitive = describe.concat(tuple(layouts[:-1]), layouts[-1], operator.dim % len(outputs[0].shape))
        return Recipe(primitive, tuple(Arg.SOURCES + position for position in range(len(inputs))), (Arg.DST,))


class SliceKernel:
    """Some channels of a tensor whose channels are in blocks or at the end, where blocks stay whole."""

    library = "onednn"

    def supports(self, operator: Operator, inputs: Specs, outputs: Specs) -> bool:
        """Whether only channels are cut, in a layout of oneDNN, between blocks."""
        layout = inputs[0].layout
        if not isinstance(layout, Layout) or not outputs[0].elements:
            return False
        before, after = inputs[0].shape, outputs[0].shape
        if (before[0], *before[2:]) != (after[0], *after[2:]):
            return False
        block, first = _block(layout), _first(operator, before)
        return block > 0 and first is not None and all(size % block == 0 for size in (before[1], after[1], first))

    def layouts(
        self, operator: Operator, inputs: Specs, outputs: Specs
    ) -> tuple[Sequence[AnyLayout | None], Sequence[AnyLayout | None]]:
        """The layout of the same name."""
        layout = inputs[0].layout
        assert isinstance(layout, Layout)
        made = ordered(outputs[0].shape, layout.name, layout.dtype)
        return [layout], [None if made.is_plain else made]

    def workspace(self, operator: Operator, inputs: Specs, outputs: Specs) -> int:
        """None is needed."""
        return 0

    def inplace_pairs(self, operator: Operator, inputs: Specs, outputs: Specs) -> Sequence[tuple[int, int]]:
        """None."""
        return ()

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """One copy by NumPy."""
        ((given,), (made,)), layout = specs, specs[0][0].layout
        assert isinstance(layout, Layout)
        block, first = _block(layout), _first(operator, given.shape)
        assert first is not None
        count = made.shape[1]
        if block == 1:
            source = inputs[0].reshape(-1, given.shape[1])[:, first : first + count]
            target = outputs[0].reshape(-1, count)
        else:
            rest = prod(given.shape[2:])
            source = inputs[0].reshape(given.shape[0], -1, rest * block)[:, first // block : (first + count) // block]
            target = outputs[0].reshape(given.shape[0], -1, rest * block)
        return lambda: np.copyto(target, source)


def _block(layout: Layout) -> int:
    """How many channels are in a block: 1 where they come last, 0 in any other layout."""
    rest = "cdefg"[: len(layout.shape) - 2]
    if layout.name == f"a{rest}b":
        return 1
    return next((size for size in (4, 8, 16) if layout.name == f"aB{rest}{size}b"), 0)


def _first(operator: Operator, shape: Shape) -> int | None:
    """Where a slice along the channels begins; None for any other."""
    assert isinstance(operator, Slice)
    if any(step not in (None, 1) for step in operator.step) or len(operator.begin) != 2:
        return None
    begin = operator.begin[1]
    if begin is None:
        return 0
    return begin if begin >= 0 else begin + shape[1]
