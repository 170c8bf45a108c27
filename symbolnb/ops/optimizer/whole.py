"""What optimizers ask of whole arrays: sums of squares, whether all is finite, and setting to zero."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.dtypes import FLOAT32
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import one_float_type
from symbolnb.ops.optimizer.update import widened

INIT_DOC = "whether the result starts anew; if not, it stays 0 where the array it goes to holds 0"


@register
class MultiSumSq(Operator):
    """The sum of squares of each of several arrays, as one float32 vector."""

    name = "multi_sum_sq"
    family = "reduction"

    num_arrays: int = p.count(doc="how many arrays there are")

    def input_names(self) -> tuple[str, ...]:
        return tuple(f"array_{index}" for index in range(self.num_arrays))

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [(self.num_arrays,)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, [])[0], [FLOAT32]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        for index, array in enumerate(widened(inputs)):
            outputs[0][index] = xp.sum(array * array)


class Finiteness(Operator):
    """1 where all elements of all inputs are finite, else 0, as one float32 number."""

    family = "reduction"
    init_output: bool

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [(1,)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return inputs, [FLOAT32]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        fine = xp.ones(1, "bool") if self.init_output else outputs[0] != 0
        for array in inputs:
            fine = fine & xp.isfinite(array).all()
        outputs[0][...] = fine


@register
class AllFinite(Finiteness):
    """1 if all elements of an array are finite, else 0: float32 of shape ``(1,)``."""

    name = "all_finite"

    init_output: bool = p.boolean(True, doc=INIT_DOC)


@register
class MultiAllFinite(Finiteness):
    """1 if all elements of all arrays are finite, else 0: float32 of shape ``(1,)``."""

    name = "multi_all_finite"

    num_arrays: int = p.count(1, doc="how many arrays there are")
    init_output: bool = p.boolean(True, doc=INIT_DOC)

    def input_names(self) -> tuple[str, ...]:
        return tuple(f"array_{index}" for index in range(self.num_arrays))


@register
class ResetArrays(Operator):
    """Sets several arrays to zero; there is no result."""

    name = "reset_arrays"

    num_arrays: int = p.count(doc="how many arrays there are")

    def input_names(self) -> tuple[str, ...]:
        return tuple(f"array_{index}" for index in range(self.num_arrays))

    def auxiliary_inputs(self) -> tuple[int, ...]:
        return tuple(range(self.num_arrays))

    def output_names(self) -> tuple[str, ...]:
        return ()

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, []

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return inputs, []

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        for array in inputs:
            array[...] = 0
