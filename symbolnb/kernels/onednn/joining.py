"""Concat, and the slices that are its gradients, in the layouts that convolutions give and take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from symbolnb.graph.spec import Layout as AnyLayout
from symbolnb.graph.spec import Shape, Spec
from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.elementwise import worth_it
from symbolnb.kernels.onednn.kernel import OneDNNKernel, Recipe, Specs, bound, first_layout
from symbolnb.kernels.onednn.layout import Layout, ordered, plain
from symbolnb.kernels.onednn.primitive import Arg, Call
from symbolnb.ops.base import Array, Operator
from symbolnb.ops.joining import Concat, SliceChannel, pieces
from symbolnb.ops.slicing import Slice, SliceAxis


class ConcatKernel(OneDNNKernel):
    """Concat; all inputs are brought into the layout of the first one that is not dense."""

    halves = True

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The joined tensors, each in a layout of the same name."""
        assert isinstance(operator, Concat)
        if not worth_it((*outputs, *inputs)):
            return None
        first = first_layout((*inputs, *outputs)).layout
        layouts = [
            ordered(spec.shape, first.name, spec.dtype) if isinstance(first, Layout) else plain(spec.shape, spec.dtype)
            for spec in (*inputs, *outputs)
        ]
        primitive = describe.concat(tuple(layouts[:-1]), layouts[-1], operator.dim % len(outputs[0].shape))
        return Recipe(primitive, tuple(Arg.SOURCES + position for position in range(len(inputs))), (Arg.DST,))

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The primitive; where some inputs lie in the result already, copies of the others."""
        assert isinstance(operator, Concat)
        parts, (whole,) = specs
        result = outputs[0].reshape(-1)
        starts = pieces(parts, whole, operator.dim)
        places = [] if starts is None else [result.ctypes.data + start for start in starts]
        there = [array.ctypes.data == place for array, place in zip(inputs, places, strict=False)]
        if not any(there):
            return super().bind(operator, specs, inputs, outputs, workspace)
        assert starts is not None
        copies = [
            _copy(spec, array, result[start // result.itemsize :])
            for spec, array, start, done in zip(parts, inputs, starts, there, strict=True)
            if not done
        ]
        return copies[0] if len(copies) == 1 else partial(_run_all, copies)


def _copy(spec: Spec, source: Array, target: Array) -> Call:
    layout = plain(spec.shape, spec.dtype) if spec.layout is None else spec.layout
    assert isinstance(layout, Layout)
    return bound(describe.reorder(layout, layout), (Arg.SRC, Arg.DST), (source, target), None)


def _run_all(calls: Sequence[Call]) -> None:
    for call in calls:
        call()


class SliceKernel:
    """Some channels of a tensor whose channels are in blocks or at the end, where blocks stay whole."""

    library = "onednn"

    def supports(self, operator: Operator, inputs: Specs, outputs: Specs) -> bool:
        """Whether only channels are cut, in a layout of oneDNN, between blocks."""
        layout, before = inputs[0].layout, inputs[0].shape
        if not isinstance(layout, Layout) or not outputs[0].elements:
            return False
        if any(len(spec.shape) != len(before) for spec in outputs):
            return False
        if any((before[0], *before[2:]) != (spec.shape[0], *spec.shape[2:]) for spec in outputs):
            return False
        block, first = _block(layout), _first(operator, before)
        borders = [before[1], *(spec.shape[1] for spec in outputs)]
        return block > 0 and first is not None and all(size % block == 0 for size in (first, *borders))

    def layouts(
        self, operator: Operator, inputs: Specs, outputs: Specs
    ) -> tuple[Sequence[AnyLayout | None], Sequence[AnyLayout | None]]:
        """The layout of the same name."""
        layout = inputs[0].layout
        assert isinstance(layout, Layout)
        made = [ordered(spec.shape, layout.name, layout.dtype) for spec in outputs]
        return [layout], [None if each.is_plain else each for each in made]

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
        """One copy by NumPy for each piece."""
        ((given,), made), layout = specs, specs[0][0].layout
        assert isinstance(layout, Layout)
        first, pairs = _first(operator, given.shape), []
        assert first is not None
        source = _channels(inputs[0], layout, given.shape)
        for spec, output in zip(made, outputs, strict=True):
            last = first + spec.shape[1]
            block = _block(layout)
            pairs.append((_channels(output, layout, spec.shape), source[:, first // block : last // block]))
            first = last

        def run() -> None:
            for target, piece in pairs:
                np.copyto(target, piece)

        return run


def _channels(array: Array, layout: Layout, shape: Shape) -> Array:
    """A view of a tensor's memory with the blocks of channels on axis 1."""
    block = _block(layout)
    return array.reshape(-1, shape[1]) if block == 1 else array.reshape(shape[0], shape[1] // block, -1)


def _block(layout: Layout) -> int:
    """How many channels are in a block: 1 where they come last, 0 in any other layout."""
    rest = "cdefg"[: len(layout.shape) - 2]
    if layout.name == f"a{rest}b":
        return 1
    return next((size for size in (4, 8, 16) if layout.name == f"aB{rest}{size}b"), 0)


def _first(operator: Operator, shape: Shape) -> int | None:
    """Where the first piece begins along the channels; None where the operator does something else."""
    if isinstance(operator, SliceChannel):
        return 0 if operator.axis_of(len(shape)) == 1 and not operator.squeeze_axis else None
    assert isinstance(operator, Slice | SliceAxis)
    cuts = operator.slices(shape)
    if len(cuts) < 2 or any(cut.step not in (None, 1) for cut in cuts):
        return None
    return cuts[1].indices(shape[1])[0]
