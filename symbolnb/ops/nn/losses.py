"""Losses: operators where the gradient starts, and the cross entropy as a number."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import ModuleType

from symbolnb.dtypes import FLOAT32
from symbolnb.errors import ShapeError
from symbolnb.graph.spec import merge_shapes, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import known, one_float_type
from symbolnb.ops.nn.activation import FORWARD
from symbolnb.ops.nn.softmax import SoftmaxGradient
from symbolnb.ops.shape import View
from symbolnb.ops.term import Term, apply, broadcast_to, call, cast, reshape


@with_fields
class RegressionOutput(Operator):
    """What the regression losses share: the label's shape, and the scale of the gradient."""

    family = "loss"
    loss = True

    grad_scale: float = p.number(1.0, doc="factor of the gradient")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "label")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, label = merge_shapes(inputs[0], outputs[0]), inputs[1]
        if data is None:
            return [data, label], [data]
        if label is None:
            column = len(data) == 2 and data[1] == 1
            unsure = len(data) == 2 and data[1] is None
            return [data, data[:1] if column else None if unsure else data], [data]
        self._check(data, label)
        if len(label) == len(data):
            label = merge_shapes(data, label)
        return [data, label], [data]

    @staticmethod
    def _check(data: tuple[int | None, ...], label: tuple[int | None, ...]) -> None:
        """A label may have other axes than the data, with the same batch and number of elements."""
        complete = known(data), known(label)
        if complete[0] is None or complete[1] is None:
            return
        if complete[0][:1] != complete[1][:1] or prod(complete[0]) != prod(complete[1]):
            raise ShapeError(
                f"label is {show_shape(label)} but must have the batch and number of elements of data "
                f"{show_shape(data)}"
            )

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        return ((0, 0),)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = inputs[0]

    def error(self, data: Term, label: Term) -> Term:
        """The derivative of an element's loss."""
        raise NotImplementedError

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        # By the data, not the output, so that it can be differentiated again without meeting the loss.
        data, label = inputs[0], reshape(inputs[1], inputs[0].shape)
        return self.error(data, label) * (self.grad_scale / max(1, prod(data.shape[1:]))), None


@register
class LinearRegressionOutput(RegressionOutput):
    """The data itself, whose gradient is that of half the squared distance to `label`.

    The gradient is ``(data - label) grad_scale / n`` with n the elements of one sample, whatever gradient
    comes in. The label has the data's shape, or ``(batch,)`` for data ``(batch, 1)``.
    """

    name = "LinearRegressionOutput"
    aliases = ("_sparse_LinearRegressionOutput",)

    def error(self, data: Term, label: Term) -> Term:
        return data - label


@register
class LogisticRegressionOutput(RegressionOutput):
    """The sigmoid of the data, whose gradient is that of the cross entropy with `label`.

    The gradient is ``(sigmoid(data) - label) grad_scale / n`` with n the elements of one sample, whatever
    gradient comes in. The label has the data's shape, or ``(batch,)`` for data ``(batch, 1)``.
    """

    name = "LogisticRegressionOutput"
    aliases = ("_sparse_LogisticRegressionOutput",)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        FORWARD["sigmoid"](xp, inputs[0], outputs[0])

    def error(self, data: Term, label: Term) -> Term:
        return call("Activation", data, act_type="sigmoid") - label


@register
class MAERegressionOutput(RegressionOutput):
    """The data itself, whose gradient is that of the distance to `label`.

    The gradient is ``grad_scale / n`` where the data lies above the label and ``-grad_scale / n`` elsewhere
    (also where they are equal), with n the elements of one sample, whatever gradient comes in. The label
    has the data's shape, or ``(batch,)`` for data ``(batch, 1)``.
    """

    name = "MAERegressionOutput"
    aliases = ("_sparse_MAERegressionOutput",)

    def error(self, data: Term, label: Term) -> Term:
        return call("_greater", data, label) * 2.0 - 1.0


def _filled(like: Term, value: float) -> Term:
    return call("_full", shape=like.shape, dtype=like.dtype.name, value=value)


@register
class MakeLoss(View):
    """The data as a loss: its gradient is `grad_scale` everywhere, whatever gradient comes in.

    With `normalization` "batch" that is divided by the size of axis 0, with "valid" by the number of
    elements above `valid_thresh`, at least 1.
    """

    name = "MakeLoss"
    family = "loss"
    loss = True

    grad_scale: float = p.number(1.0, doc="the gradient")
    valid_thresh: float = p.number(0.0, doc="what valid elements are above")
    normalization: str = p.choice("batch", "null", "valid", default="null", doc="what divides the gradient")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        shape = merge_shapes(inputs[0], outputs[0])
        return [shape], [shape]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        data = inputs[0]
        if self.normalization != "valid":
            samples = max(1, data.shape[0]) if self.normalization == "batch" else 1
            return (_filled(data, self.grad_scale / samples),)
        above = call("_greater_scalar", data, scalar=self.valid_thresh)
        count = call("_maximum_scalar", call("sum", cast(above, FLOAT32)), scalar=1.0)
        share = cast(self.grad_scale / count, data.dtype)
        return (broadcast_to(reshape(share, (1,) * len(data.shape)), data.shape),)


@register
class MakeLossPlain(View):
    """The data as a loss: its gradient is 1 everywhere, whatever gradient comes in."""

    name = "make_loss"
    aliases = ("_sparse_make_loss",)
    family = "loss"
    loss = True

    def output_names(self) -> tuple[str, ...]:
        return ("loss",)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        shape = merge_shapes(inputs[0], outputs[0])
        return [shape], [shape]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (_filled(inputs[0], 1.0),)


@register
class SoftmaxCrossEntropy(Operator):
    """The cross entropy between the softmax of each row and its label, summed over the batch.

    Shapes: data ``(batch, classes)``, label ``(batch,)`` with class numbers, output ``(1,)``. A label that is
    no class adds nothing to the sum.
    """

    name = "softmax_cross_entropy"
    family = "loss"

    def input_names(self) -> tuple[str, ...]:
        return ("data", "label")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, label = inputs
        for name, shape, count in (("data", data, 2), ("label", label, 1)):
            if shape is not None and len(shape) != count:
                raise ShapeError(f"{name} is {show_shape(shape)} but must have {count} dimensions")
        batch, classes = (None, None) if data is None else data
        if batch is None and label is not None:
            batch = label[0]
        return [(batch, classes), (batch,)], [(1,)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, label = inputs
        wide = data.astype(xp.promote_types(data.dtype, xp.float32))
        if wide.size:
            wide -= wide.max(axis=1, keepdims=True)
        total = xp.log(xp.exp(wide).sum(axis=1, keepdims=True))
        outputs[0][...] = xp.where(_hits(xp, data, label), total - wide, 0).sum()

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        data, label = inputs
        if grads[0] is None:
            return None, None
        head = broadcast_to(reshape(grads[0], (1, 1)), data.shape)
        return head * apply(SoftmaxCrossEntropyGradient(), data, label)[0], None


def _hits(xp: ModuleType, data: Array, label: Array) -> Array:
    """Where each row's class is the label."""
    return xp.arange(data.shape[1], dtype=xp.int32) == label.astype(xp.int32)[:, None]


@register
class SoftmaxCrossEntropyGradient(Operator):
    """``softmax(data)`` minus 1 at the label, in each row that has a class for a label."""

    name = "_softmax_cross_entropy_gradient"
    family = "loss"
    internal = True

    def input_names(self) -> tuple[str, ...]:
        return ("data", "label")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [inputs[0]]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, label = inputs
        wide = data.astype(xp.promote_types(data.dtype, xp.float32))
        if wide.size:
            wide -= wide.max(axis=1, keepdims=True)
        xp.exp(wide, out=wide)
        wide /= wide.sum(axis=1, keepdims=True)
        hits = _hits(xp, data, label)
        outputs[0][...] = xp.where(hits.any(axis=1, keepdims=True), wide - hits, 0)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        data, _ = inputs
        if grads[0] is None:
            return None, None
        return apply(SoftmaxGradient(axis=1), grads[0], call("softmax", data, axis=1))[0], None
