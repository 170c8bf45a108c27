"""The hinge loss, and the penalty on activations that are not sparse."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import merge_shapes, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import first_known, floating, one_float_type
from symbolnb.ops.term import Term, apply, call


@register
class SVMOutput(Operator):
    """The scores themselves, whose gradient is that of the squared hinge loss of `label`, or of the hinge loss.

    With y = 1 for the class of the label and -1 for all others, a score with ``y score < margin`` gets the
    gradient ``-2 y (margin - y score)``, or with `use_linear` ``-y``, times the coefficient; the others get 0,
    whatever gradient comes in. Shapes: data ``(..., classes)``, label ``(...)`` with class numbers.
    """

    name = "SVMOutput"
    family = "loss"
    loss = True

    margin: float = p.number(1.0, doc="how far a score must be on its side of 0 to cost nothing")
    regularization_coefficient: float = p.number(1.0, doc="factor of the gradient")
    use_linear: bool = p.boolean(False, doc="whether to take the hinge loss, not its square")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "label")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, label = merge_shapes(inputs[0], outputs[0]), inputs[1]
        if data is None:
            return [(*label, None) if label is not None else None, label], [None]
        if len(data) < 2:
            raise ShapeError(f"data is {show_shape(data)} but must have at least 2 dimensions")
        lead = data[:-1]
        if label is not None and len(label) == len(lead):
            lead = tuple(two if one is None else one for one, two in zip(lead, label, strict=True))
        return [(*lead, data[-1]), lead], [(*lead, data[-1])]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        return ((0, 0),)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = inputs[0]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        data, label = inputs
        side = call("one_hot", label, depth=data.shape[-1], dtype=data.dtype.name, on_value=1.0, off_value=-1.0)
        short = self.margin - side * data
        costs = call("_greater_scalar", short, scalar=0.0)
        slope = side * costs if self.use_linear else side * short * costs * 2.0
        return slope * -self.regularization_coefficient, None


@register
class IdentityAttachKLSparseReg(Operator):
    """The data itself, with a gradient that draws the mean of each unit towards `sparseness_target`.

    To the gradient of each element is added ``penalty ((1 - target) / (1 - a) - target / a)`` where a is the
    moving average of the unit's mean over the batch, an auxiliary state that each backward pass moves first:
    ``a = momentum a + (1 - momentum) mean``. The data are probabilities, such as the output of a sigmoid; shapes:
    data ``(batch, units, ...)``, moving_avg ``(units,)``.
    """

    name = "IdentityAttachKLSparseReg"
    family = "loss"

    sparseness_target: float = p.number(0.1, minimum=0, maximum=1, doc="the mean to which units are drawn")
    penalty: float = p.number(0.001, doc="weight of the penalty")
    momentum: float = p.number(0.9, minimum=0, maximum=1, doc="share of the old moving average in the new one")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "moving_avg")

    def auxiliary_inputs(self) -> tuple[int, ...]:
        return (1,)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = merge_shapes(inputs[0], outputs[0])
        if data is None:
            return [None, inputs[1]], [None]
        if len(data) < 2:
            raise ShapeError(f"data is {show_shape(data)} but must have at least 2 dimensions")
        given = inputs[1]
        units = data[1] if given is None or len(given) != 1 or data[1] is not None else given[0]
        data = (data[0], units, *data[2:])
        return [data, (units,)], [data]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        return ((0, 0),)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = inputs[0]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        push = SparsePush(target=self.sparseness_target, penalty=self.penalty, momentum=self.momentum)
        return apply(push, grads[0], *inputs)[0], None


@register
class SparsePush(Operator):
    """A gradient with the push of `IdentityAttachKLSparseReg` added; moves the average first."""

    name = "_sparse_push"
    family = "loss"
    internal = True

    target: float = p.number(doc="the mean to which units are drawn")
    penalty: float = p.number(doc="weight of the penalty")
    momentum: float = p.number(doc="share of the old moving average in the new one")

    def input_names(self) -> tuple[str, ...]:
        return ("grad", "data", "moving_avg")

    def auxiliary_inputs(self) -> tuple[int, ...]:
        return (2,)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [inputs[1]]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        made = floating(first_known((inputs[0], inputs[1])))
        return [made, made, inputs[2]], [made]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grad, data, moving = inputs
        wide = xp.promote_types(data.dtype, xp.float32)
        axes = tuple(axis for axis in range(data.ndim) if axis != 1)
        average = self.momentum * moving.astype(wide) + (1 - self.momentum) * data.mean(axis=axes, dtype=wide)
        moving[...] = average
        push = self.penalty * ((1 - self.target) / (1 - average) - self.target / average)
        outputs[0][...] = grad + push.reshape(-1, *(1,) * (data.ndim - 2))

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return grads[0], None, None  # the push counts as a constant
