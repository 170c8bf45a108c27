"""Any elementwise operator on tensors in one of oneDNN's layouts: by its own reference forward, on the bytes.

Which element lies where does not matter to it, so that a layout outlives operators that oneDNN does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from symbolnb.graph.spec import Layout as AnyLayout
from symbolnb.kernels.onednn.kernel import Specs, first_layout
from symbolnb.kernels.onednn.layout import Layout
from symbolnb.ops.base import Array, Operator


class FlatKernel:
    """An elementwise operator whose inputs and outputs all have one shape, type and layout.

    The layout must have no padding: what a function makes of zeros is in general not zero, and oneDNN relies
    on zeros there.
    """

    library = "onednn"

    def supports(self, operator: Operator, inputs: Specs, outputs: Specs) -> bool:
        """Whether an input has a layout of oneDNN that all inputs and outputs can have."""
        if not inputs or not operator.elementwise or operator.random or operator.auxiliary_inputs():
            return False
        shape, dtype, layout = first_layout(inputs)
        dense = dtype.itemsize * inputs[0].elements
        return (
            isinstance(layout, Layout)
            and layout.nbytes == dense
            and all((spec.shape, spec.dtype) == (shape, dtype) for spec in (*inputs, *outputs))
        )

    def layouts(
        self, operator: Operator, inputs: Specs, outputs: Specs
    ) -> tuple[Sequence[AnyLayout | None], Sequence[AnyLayout | None]]:
        """The first layout that an input has, for all."""
        layout = first_layout(inputs).layout
        return [layout] * len(inputs), [layout] * len(outputs)

    def workspace(self, operator: Operator, inputs: Specs, outputs: Specs) -> int:
        """None is needed."""
        return 0

    def inplace_pairs(self, operator: Operator, inputs: Specs, outputs: Specs) -> Sequence[tuple[int, int]]:
        """Those of the operator."""
        return operator.inplace_pairs()

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The reference forward on the arrays as they are, one-dimensional."""
        return operator.bind(np, inputs, outputs)
