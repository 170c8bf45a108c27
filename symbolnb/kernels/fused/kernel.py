"""The kernel of the table for fused elementwise operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from symbolnb.dtypes import DType
from symbolnb.graph.spec import Layout, Spec
from symbolnb.kernels.fused import compiler
from symbolnb.kernels.fused.calls import native_call, serve
from symbolnb.kernels.fused.expressions import Value, write
from symbolnb.kernels.fused.loops import Loops, kernel_text, loops_over
from symbolnb.kernels.fused.text import FLOATS, INTEGERS, Block
from symbolnb.kernels.walk import walked
from symbolnb.ops.base import Array, Operator
from symbolnb.ops.elementwise.fused import FusedElementwise, specs_of_members
from symbolnb.ops.indexing import Where

Specs = Sequence[Spec]

SHORTEST_ROW = 16
"""Elements of a row below which broadcasting is left to NumPy."""


class Key(NamedTuple):
    """What a kernel's code depends on; without broadcasting it serves every shape."""

    operator: FusedElementwise
    dtypes: tuple[DType, ...]
    loops: Loops


class FusedKernel:
    """`FusedElementwise` on dense arrays, or on arrays of one layout without padding and smaller dense ones."""

    library = "fused"

    def supports(self, operator: Operator, inputs: Specs, outputs: Specs) -> bool:
        """Whether every member is known here in these types, and the shapes and layouts fit."""
        if not isinstance(operator, FusedElementwise):
            return False
        shape = outputs[0].shape
        if not compiler.available() or not outputs[0].elements:
            return False
        if any((spec.shape, spec.layout) != (shape, outputs[0].layout) for spec in outputs):
            return False
        shapes = walked(inputs, outputs[0])
        if shapes is None:
            return False
        loops = loops_over(shapes[:-1], shapes[-1])
        if loops.outer and loops.inner < SHORTEST_ROW:
            return False
        specs = specs_of_members(operator, inputs)
        for member, places in operator.members:  # a vector as a condition chooses rows, not columns
            if isinstance(member, Where) and specs[places[0]].shape != shape:
                return False
        return all(spec.shape == shape for spec in specs[operator.arity :]) and all(
            known(member, tuple(specs[place].dtype for place in places), spec.dtype)
            for (member, places), spec in zip(operator.members, specs[operator.arity :], strict=True)
        )

    def layouts(
        self, operator: Operator, inputs: Specs, outputs: Specs
    ) -> tuple[Sequence[Layout | None], Sequence[Layout | None]]:
        """Those that the arrays have."""
        return [spec.layout for spec in inputs], [spec.layout for spec in outputs]

    def workspace(self, operator: Operator, inputs: Specs, outputs: Specs) -> int:
        """None is needed."""
        return 0

    def inplace_pairs(self, operator: Operator, inputs: Specs, outputs: Specs) -> Sequence[tuple[int, int]]:
        """Any input that is not broadcast may be any output: all of a block is read before any is written."""
        return [
            (source, target)
            for target, made in enumerate(outputs)
            for source, given in enumerate(inputs)
            if (given.shape, given.dtype) == (made.shape, made.dtype)
        ]

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The compiled kernel if it is there, else a call that becomes it."""
        assert isinstance(operator, FusedElementwise)
        shapes = walked(specs[0], specs[1][0])
        assert shapes is not None, "a kernel was asked for that is not supported"
        inputs = [array.reshape(shape) for array, shape in zip(inputs, shapes, strict=False)]
        outputs = [array.reshape(shapes[-1]) for array in outputs]
        plain = partial(operator.bind, np, inputs, outputs)
        return _bound(operator, specs, loops_over(shapes[:-1], shapes[-1]), (inputs, outputs), plain)


def on_parts(
    operator: FusedElementwise, inputs: Sequence[Array], outputs: Sequence[Array], plain: Callable[[], object]
) -> Callable[[], object]:
    """The group on matrices of one shape that are parts of wider ones: each row contiguous, but rows apart.

    An output may lie in the place of an input. `plain` computes the same; it serves until the kernel is compiled, and
    where there is none.
    """
    arrays = (*inputs, *outputs)
    rows, inner = outputs[0].shape
    specs = tuple([Spec(array.shape, array.dtype) for array in part] for part in (inputs, outputs))
    walkable = inner >= SHORTEST_ROW and all(array.strides[1] == array.itemsize for array in arrays)
    if not walkable or not compiler.available():
        return plain
    pitches = tuple(array.strides[0] // array.itemsize for array in arrays)
    loops = Loops((rows,), inner, ((True, True),) * len(inputs), pitches)
    return _bound(operator, (specs[0], specs[1]), loops, (inputs, outputs), lambda: plain)


def _bound(
    operator: FusedElementwise,
    specs: tuple[Specs, Specs],
    loops: Loops,
    arrays: tuple[Sequence[Array], Sequence[Array]],
    plain: Callable[[], Callable[[], object]],
) -> Callable[[], object]:
    """The compiled kernel on arrays if it is there, else the `plain` call until it is."""
    elements, members = specs[1][0].elements, len(operator.members)
    shapeless = loops if loops.outer else Loops((), 0, loops.varies)
    units, step = (loops.units, 1) if loops.outer else (elements, 1024)  # pieces of whole blocks
    weight = elements * (members + len(arrays[0]) + len(arrays[1]))
    return serve(
        Key(operator, tuple(spec.dtype for spec in specs[0]), shapeless),
        members,
        partial(kernel_text, operator, *specs, loops),
        plain,
        partial(native_call, units, step, weight, (*arrays[0], *arrays[1])),
    )


@lru_cache(maxsize=4096)
def known(member: Operator, dtypes: tuple[DType, ...], made: DType) -> bool:
    """Whether the member can be computed by a kernel in these element types."""
    if any(dtype.name not in FLOATS and dtype.name not in INTEGERS for dtype in (*dtypes, made)):
        return False
    if np.dtype("float16") in (*dtypes, made) and not compiler.converts_half():
        return False
    values = [Value(f"%x{place}", dtype) for place, dtype in enumerate(dtypes)]
    return write(Block(1), member, values, made) is not None
