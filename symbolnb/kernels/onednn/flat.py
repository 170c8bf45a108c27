"""Any elementwise operator on tensors in one of oneDNN's layouts: by its own reference forward, on the bytes.

Which element lies where does not matter to it, so that a layout outlives operators that oneDNN does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from symbolnb.graph.spec import Layout as AnyLayout
from symbolnb.kernels.onednn.kernel import Specs, first_layout
from symbolnb.kernels.onednn.layout import Layout
from symbolnb.kernels.walk import walked
from symbolnb.ops.base import Array, Operator
from symbolnb.ops.elementwise.family import Broadcast


class FlatKernel:
    """An elementwise operator whose inputs and outputs all have one shape, type and layout.

    An operator that broadcasts may also have a smaller dense input, such as a number for each channel. The layout must
    have no padding: what a function makes of zeros is in general not zero, and oneDNN relies on zeros there.
    """

    library = "onednn"

    def supports(self, operator: Operator, inputs: Specs, outputs: Specs) -> bool:
        """Whether an input has a layout of oneDNN that all inputs and outputs can have."""
        if not (operator.elementwise or isinstance(operator, Broadcast)):
            return False
        if not inputs or operator.random or operator.auxiliary_inputs() or not outputs[0].elements:
            return False
        given, made = _in_one_layout(inputs, outputs)
        shapes = walked(given, made[0]) if isinstance(made[0].layout, Layout) else None
        return shapes is not None and (not operator.elementwise or len(set(shapes)) == 1)

    def layouts(
        self, operator: Operator, inputs: Specs, outputs: Specs
    ) -> tuple[Sequence[AnyLayout | None], Sequence[AnyLayout | None]]:
        """The first layout that an input of the results' shape has, for all of that shape."""
        given, made = _in_one_layout(inputs, outputs)
        return [spec.layout for spec in given], [spec.layout for spec in made]

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
        """The reference forward on the arrays as they are."""
        shapes = walked(specs[0], specs[1][0])
        assert shapes is not None, f"{operator} was not supported"
        flat = [array.reshape(shape) for array, shape in zip(inputs, shapes, strict=False)]
        return operator.bind(np, flat, [array.reshape(shapes[-1]) for array in outputs])


def _in_one_layout(inputs: Specs, outputs: Specs) -> tuple[Specs, Specs]:
    """The specs with one layout for all of the results' shape and type, and the others dense."""
    shape, dtype, _ = outputs[0]
    whole = [spec for spec in inputs if (spec.shape, spec.dtype) == (shape, dtype)]
    layout = first_layout(whole).layout if whole else None
    given, made = (
        [spec._replace(layout=layout if (spec.shape, spec.dtype) == (shape, dtype) else None) for spec in specs]
        for specs in (inputs, outputs)
    )
    return given, made
