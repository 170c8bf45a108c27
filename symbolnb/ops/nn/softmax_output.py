"""SoftmaxOutput: softmax forward, and backward the gradient of the cross entropy with the labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from types import ModuleType

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, Shape, merge_shapes, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import known, one_float_type
from symbolnb.ops.nn.softmax import softmax_into
from symbolnb.ops.term import Term, apply


@with_fields
class Labelled(Operator):
    """What SoftmaxOutput and its gradient share."""

    family = "loss"

    grad_scale: float = p.number(1.0, doc="factor of the gradient")
    ignore_label: float = p.number(-1.0, doc="label of elements without a gradient, if use_ignore")
    multi_output: bool = p.boolean(False, doc="whether the classes are on axis 1, with a label for each position")
    use_ignore: bool = p.boolean(False, doc="whether ignore_label has that meaning")
    preserve_shape: bool = p.boolean(
        False, doc="whether the classes are on the last axis; else on all but the first together"
    )
    normalization: str = p.choice(
        "batch", "null", "valid", default="null",
        doc="what divides the gradient: nothing, the batch, or the number of labels other than ignore_label",
    )  # fmt: skip
    out_grad: bool = p.boolean(False, doc="whether to multiply by the incoming gradient instead of ignoring it")
    smooth_alpha: float = p.number(
        0.0, minimum=0, maximum=1, doc="share of the target that goes to the other classes; not with multi_output"
    )

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def by_class(self, array: Array) -> Array:
        """A view ``(samples, classes, positions)`` of an array in the data's shape."""
        return array.reshape(self.shape_by_class(array.shape))

    def shape_by_class(self, shape: Shape) -> tuple[int, int, int]:
        """Samples, classes and positions of data of a shape."""
        if self.multi_output:
            return shape[0], shape[1], prod(shape[2:])
        if self.preserve_shape:
            return prod(shape[:-1]), shape[-1], 1
        return shape[0], prod(shape[1:]), 1


@register
class SoftmaxOutput(Labelled):
    """The softmax of the data, whose gradient is that of the cross entropy with `label`.

    The output has the data's shape ``(batch, classes, ...)``. Labels are class numbers, of the data's
    shape without its last axis, or with `multi_output` without axis 1. The data's gradient is
    ``(softmax - target) grad_scale``, divided as `normalization` says and with `multi_output` also by the
    number of positions (unless "valid"); a label that is no class has no target. Labels of the data's own
    shape are taken for probabilities; then of the parameters only `grad_scale` and `out_grad` matter.
    """

    name = "SoftmaxOutput"
    aliases = ("Softmax",)

    @property
    def loss(self) -> bool:  # type: ignore[override]  # a parameter decides
        """Whether the gradient starts here."""
        return not self.out_grad

    def input_names(self) -> tuple[str, ...]:
        return ("data", "label")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, label = merge_shapes(inputs[0], outputs[0]), inputs[1]
        if data is None:
            return [data, label], [data]
        if len(data) < 2:
            raise ShapeError(f"data is {show_shape(data)} but must have at least 2 dimensions")
        choices = self._label_shapes(data)
        if label is None:
            return [data, choices[0]], [data]
        fitting = [choice for choice in (*choices, data) if _fits(label, choice)]
        if not fitting:
            needed = " or ".join(dict.fromkeys(map(show_shape, (*choices, data))))
            raise ShapeError(f"label is {show_shape(label)} but must be {needed}")
        return [data, fitting[0] if len(fitting) == 1 else label], [data]

    def _label_shapes(self, data: tuple[int | None, ...]) -> list[PartialShape]:
        """The shapes that class numbers may have, MXNet's choice first."""
        if not self.multi_output:
            return [data[:-1]]
        positions = known(data[2:])
        flat = (data[0], None if positions is None else prod(positions))
        return [flat, (data[0], *data[2:]), (data[0], 1, *data[2:])]

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        return ((0, 0),)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data = self.by_class(inputs[0])
        wide = data.astype(xp.promote_types(data.dtype, xp.float32))
        softmax_into(xp, wide, 1, self.by_class(outputs[0]))

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        given = {field.name: getattr(self, field.name) for field in dataclasses.fields(Labelled)}
        operator = SoftmaxOutputGradient(**given)
        if not self.out_grad:
            return apply(operator, outputs[0], inputs[1])[0], None
        if grads[0] is None:
            return None, None
        return apply(operator, outputs[0], inputs[1])[0] * grads[0], None


def _fits(label: PartialShape, choice: PartialShape) -> bool:
    """Whether a label of a partly known shape may have the shape `choice`."""
    try:
        merge_shapes(label, choice)
    except ShapeError:
        return False
    return True


@register
class SoftmaxOutputGradient(Labelled):
    """The gradient of a SoftmaxOutput's data, from the output and the labels.

    It is not a gradient to differentiate again: the loss itself is nowhere in the graph.
    """

    name = "_softmax_output_gradient"
    internal = True

    def input_names(self) -> tuple[str, ...]:
        return ("output", "label")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [inputs[0]]

    def bind(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> Callable[[], object]:
        """For the usual parameters a call with fewer arrays between, because batches of labels are small."""
        output, label = inputs
        if not self.usual(output.shape, label.shape):
            return super().bind(xp, inputs, outputs)
        made, out = self.by_class(output), self.by_class(outputs[0])
        samples, classes, positions = made.shape
        numbers = label.reshape(-1)[: samples * positions].reshape(samples, 1, positions)
        scale = self.grad_scale, self.divisor(output.shape, label.shape)
        return partial(_usual, xp, made, numbers, xp.arange(classes, dtype=xp.int32)[:, None], scale, out)

    def usual(self, output: Shape, label: Shape) -> bool:
        """Whether labels of that shape are class numbers, each of which counts, without smoothing."""
        smooth = self.smooth_alpha and not self.multi_output
        return not (label == output or smooth or self.use_ignore or self.normalization == "valid")

    def divisor(self, output: Shape, label: Shape) -> int:
        """What the gradient is divided by, unless it is the number of valid labels."""
        return prod(label) if self.normalization == "batch" else self.shape_by_class(output)[2]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        output, label = inputs
        if label.shape == output.shape:
            xp.multiply(output - label, self.grad_scale, out=outputs[0], casting="same_kind")
            return
        made = self.by_class(output)
        samples, classes, positions = made.shape
        # With more than two axes and neither multi_output nor preserve_shape there are more labels than
        # samples; MXNet reads the first ones.
        numbers = label.reshape(-1)[: samples * positions].astype(xp.int32).reshape(samples, 1, positions)
        hit = xp.arange(classes, dtype=xp.int32)[:, None] == numbers
        alpha = 0.0 if self.multi_output else self.smooth_alpha
        grad = made - xp.where(hit, made.dtype.type(1 - alpha), made.dtype.type(alpha / max(1, classes - 1)))
        if self.use_ignore:
            grad = xp.where(numbers == int(self.ignore_label), made.dtype.type(0), grad)
        grad *= self.grad_scale
        if self.normalization == "valid":
            valid = label.astype(xp.int32) != int(self.ignore_label)  # counts whether or not use_ignore is set
            grad = grad / xp.maximum(valid.sum(), 1).astype(xp.float32)
        else:
            grad /= self.divisor(output.shape, label.shape)
        self.by_class(outputs[0])[...] = grad


def _usual(xp: ModuleType, made: Array, numbers: Array, classes: Array, scale: tuple[float, int], out: Array) -> None:
    """``(made - target) * scale / divisor`` into `out`."""
    xp.subtract(made, numbers.astype(xp.int32) == classes, out=out)
    factor, divisor = scale
    if factor != 1:
        out *= factor
    if divisor != 1:
        out /= divisor
