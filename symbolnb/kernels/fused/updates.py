"""The kernel of the table for steps of optimizers: whole arrays in one go, states changed where they lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from symbolnb.graph.spec import Spec
from symbolnb.kernels.fused import compiler
from symbolnb.kernels.fused.calls import address, call_at, serve
from symbolnb.kernels.fused.dense import DenseKernel, Specs
from symbolnb.kernels.fused.loops import Loops, text_of
from symbolnb.kernels.fused.text import FLOATS
from symbolnb.kernels.fused.tracing import Trace, traced
from symbolnb.ops.base import Array, Operator
from symbolnb.ops.optimizer.several import Listed
from symbolnb.ops.optimizer.update import Step

SMALLEST = 400_000
"""Elements times instructions below which NumPy takes no longer than binding a kernel does."""

UNIT = 1024
"""Elements of which any number may be computed at once."""


class UpdateKernel(DenseKernel):
    """A step of an optimizer on one weight, as far as it goes element by element."""

    def fits(self, operator: Operator, inputs: Specs, outputs: Specs) -> bool:
        """Whether all arrays have one shape and types that are known here, and so is what the step does."""
        assert isinstance(operator, Step)
        specs = (*inputs, *outputs)
        names = {spec.dtype.name for spec in specs}
        if len({spec.shape for spec in specs}) > 1 or not names <= FLOATS.keys():
            return False
        if "float16" in names and not compiler.converts_half():
            return False
        trace = _traced(operator, inputs, outputs)
        return trace is not None and outputs[0].elements * len(trace.block.lines) >= SMALLEST

    def inplace_pairs(self, operator: Operator, inputs: Specs, outputs: Specs) -> Sequence[tuple[int, int]]:
        """The weight may be changed where it lies."""
        return operator.inplace_pairs()

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The compiled kernel if it is there, else a call that becomes it."""
        plain = partial(operator.bind, np, inputs, outputs)
        trace, arrays = _traced(operator, *specs), (*inputs, *outputs)
        starts = [address(array) for array in arrays]
        if trace is None or not _apart(arrays, starts):
            return plain()
        numbers = np.array([compute(operator) for compute in trace.numbers], trace.kind)
        first, past = address(numbers), address(numbers) + numbers.nbytes
        read = [*starts[: len(inputs)], *range(first, past, trace.kind.itemsize)]
        work, size = len(trace.block.lines), outputs[0].size
        return serve(
            (trace, "step"),
            work,
            partial(_text, trace, *specs),
            plain,
            partial(
                # a single call finds other threads asleep: it must be worth more to wake them
                call_at, size, UNIT, size * len(arrays) // 2, [*read, *(starts[place] for place in trace.written)],
                (outputs[0].nbytes * (len(inputs) + len(trace.written)), (arrays, numbers)),
            ),
        )  # fmt: skip


class SeveralKernel(DenseKernel):
    """A step of an optimizer on several weights: each has its own kernel, or NumPy where that serves it."""

    def fits(self, operator: Operator, inputs: Specs, outputs: Specs) -> bool:
        """Whether some weight has a kernel."""
        assert isinstance(operator, Listed)
        groups = self._groups(operator, (inputs, outputs))
        return any(_ONE.supports(step, *specs) for step, specs in groups)

    def inplace_pairs(self, operator: Operator, inputs: Specs, outputs: Specs) -> Sequence[tuple[int, int]]:
        """The weights may be changed where they lie."""
        return operator.inplace_pairs()

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The calls of all weights, one after the other."""
        assert isinstance(operator, Listed)
        groups = zip(self._groups(operator, specs), self._groups(operator, (inputs, outputs)), strict=True)
        calls = [
            _ONE.bind(step, own, given, made, None) if _ONE.supports(step, *own) else step.bind(np, given, made)
            for (step, own), (_, (given, made)) in groups
        ]
        return partial(_all, calls)

    @staticmethod
    def _groups(operator: Listed, both: tuple[Sequence[Any], Sequence[Any]]) -> list[tuple[Operator, Any]]:
        """For each weight its step, and its part of what there is for inputs and outputs."""
        inputs, outputs = both
        return [(operator.step(at), (inputs[operator.group(at)], [outputs[at]])) for at in range(operator.weights())]


_ONE = UpdateKernel()


def _all(calls: Sequence[Callable[[], object]]) -> None:
    for call in calls:
        call()


def _traced(operator: Operator, inputs: Specs, outputs: Specs) -> Trace | None:
    return traced(operator, [spec.dtype for spec in inputs], [spec.dtype for spec in outputs])


def _apart(arrays: Sequence[Array], starts: Sequence[int]) -> bool:
    """Whether all arrays are contiguous, and none reaches into another but those that are in the same place."""
    if not all(array.flags.c_contiguous for array in arrays):
        return False
    spans = sorted({(start, start + array.nbytes) for start, array in zip(starts, arrays, strict=True)})
    return all(one[1] <= other[0] for one, other in pairwise(spans))


def _text(trace: Trace, inputs: Specs, outputs: Specs) -> str:
    """The text of the whole kernel."""
    arrays, numbers = (*inputs, *outputs), [Spec((1,), trace.kind)] * len(trace.numbers)
    splat = [*[False] * len(inputs), *[True] * len(numbers)]
    loops = Loops((), 0, tuple((not one,) for one in splat))
    return text_of(trace.block, [*inputs, *numbers, *(arrays[place] for place in trace.written)], splat, loops)
