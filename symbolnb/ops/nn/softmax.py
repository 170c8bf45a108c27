"""Softmax and its relatives."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.dtypes import dtype_of, is_float
from symbolnb.errors import DTypeError, ParameterError, ShapeError
from symbolnb.graph.spec import PartialShape, merge_shapes
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import floating, normalize_axis, one_float_type, same_shapes
from symbolnb.ops.term import Term, apply, broadcast_to, call, cast


def softmax_into(xp: ModuleType, scaled: Array, axis: int, out: Array) -> None:
    """Fill `out` with the softmax of `scaled` along an axis; `scaled` is overwritten."""
    if scaled.size:
        scaled -= scaled.max(axis=axis, keepdims=True)
    xp.exp(scaled, out=scaled)
    xp.divide(scaled, scaled.sum(axis=axis, keepdims=True), out=out, casting="same_kind")


@with_fields
class SoftmaxFamily(Operator):
    """What softmax, log_softmax and softmin share."""

    family = "activation"

    axis: int = p.integer(-1, doc="the axis along which the elements compete")
    temperature: float | None = p.number(None, optional=True, doc="what the data is divided by; 1 if None")
    dtype: str | None = p.dtype(
        "float16", "float32", "float64", default=None, optional=True,
        doc="element type of the output; the data's if None",
    )  # fmt: skip
    use_length: bool | None = p.boolean(
        False, optional=True, doc="whether an input `length` says how many elements take part"
    )

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        inputs, outputs = same_shapes(inputs, outputs)
        if inputs[0] is not None:
            normalize_axis(self.axis, len(inputs[0]))
        return inputs, outputs

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        if self.dtype is None:
            return one_float_type(inputs, outputs)
        return [floating(inputs[0])], [dtype_of(self.dtype)]

    @property
    def factor(self) -> float:
        """What the data is multiplied with."""
        if self.temperature is None:
            return 1.0
        return 1 / self.temperature if self.temperature else float("nan")

    def scaled(self, xp: ModuleType, data: Array, out: Array) -> Array:
        """A copy of the data over the temperature, in the type to compute in."""
        wide = xp.promote_types(xp.promote_types(data.dtype, out.dtype), xp.float32)
        return data.astype(wide) * self.factor

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        return ((0, 0),)


@register
class Softmax(SoftmaxFamily):
    """Exponentials along an axis, divided by their sum: ``exp(x / temperature) / Σ exp(x / temperature)``.

    The output has the data's shape. With `use_length` an integer input `length`, of the data's shape without
    the axis, says how many elements from the front take part; the others become 0.
    """

    name = "softmax"

    def input_names(self) -> tuple[str, ...]:
        return ("data", "length") if self.use_length else ("data",)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        (data,), outputs = super().infer_shape(inputs[:1], outputs)
        if not self.use_length:
            return [data], outputs
        length = inputs[1]
        if data is None:
            return [None, length], [None]
        axis = normalize_axis(self.axis, len(data))
        others = (*data[:axis], *data[axis + 1 :])
        if length is not None and len(length) == len(others):
            others = tuple(given if size is None else size for size, given in zip(others, length, strict=True))
        data = (*others[:axis], data[axis], *others[axis:])
        return [data, others], [data]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        (data,), outputs = super().infer_dtype(inputs[:1], outputs)
        if self.use_length and inputs[1] is not None and is_float(inputs[1]):
            raise DTypeError(f"the type of length is {inputs[1]} but must be an integer type")
        return [data, *inputs[1:]], outputs

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        scaled, axis = self.scaled(xp, inputs[0], outputs[0]), normalize_axis(self.axis, inputs[0].ndim)
        if not self.use_length:
            softmax_into(xp, scaled, axis, outputs[0])
            return
        places = xp.arange(scaled.shape[axis]).reshape(-1, *(1,) * (scaled.ndim - axis - 1))
        absent = places >= xp.expand_dims(inputs[1], axis)
        scaled[absent] = -xp.inf
        softmax_into(xp, scaled, axis, outputs[0])
        outputs[0][absent] = 0  # where nothing takes part at all it is NaN now

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,) * len(inputs)
        made = apply(SoftmaxGradient(axis=self.axis), grads[0], outputs[0])[0]
        scaled = made if self.temperature is None else made * self.factor
        return (cast(scaled, inputs[0].dtype), None)[: len(inputs)]


@register
class SoftmaxGradient(Operator):
    """The gradient of a softmax's scaled data, from the output gradient and the output."""

    name = "_softmax_gradient"
    family = "activation"
    internal = True

    axis: int = p.integer(-1, doc="the axis along which the elements compete")

    def input_names(self) -> tuple[str, ...]:
        return ("grad", "output")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grad, output = (array.astype(xp.float32) if array.dtype.itemsize == 2 else array for array in inputs)
        dot = (grad * output).sum(axis=self.axis, keepdims=True)
        xp.multiply(grad - dot, output, out=outputs[0], casting="same_kind")

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        grad, output = inputs
        outer = grads[0]
        if outer is None:
            return None, None
        by_output = outer * (grad - self._dot(grad, output)) - grad * self._dot(outer, output)
        return apply(self, outer, output)[0], by_output

    def _dot(self, one: Term, other: Term) -> Term:
        return broadcast_to(call("sum", one * other, axis=(self.axis,), keepdims=True), one.shape)


@with_fields
class WithoutLength(SoftmaxFamily):
    """The relatives of softmax that have no input for lengths, though MXNet declares the parameter."""

    def __post_init__(self) -> None:
        if self.use_length:
            raise ParameterError("parameter use_length is True but the operator has no input for lengths")


@register
class LogSoftmax(WithoutLength):
    """The logarithm of `softmax`: ``x / temperature - log Σ exp(x / temperature)`` along an axis."""

    name = "log_softmax"

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        scaled = self.scaled(xp, inputs[0], outputs[0])
        if scaled.size:
            scaled -= scaled.max(axis=self.axis, keepdims=True)
        total = xp.log(xp.exp(scaled).sum(axis=self.axis, keepdims=True))
        xp.subtract(scaled, total, out=outputs[0], casting="same_kind")

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        grad, output = grads[0], outputs[0]
        if grad is None:
            return (None,)
        total = broadcast_to(call("sum", grad, axis=(self.axis,), keepdims=True), grad.shape)
        made = grad - call("exp", output) * total
        return (cast(made if self.temperature is None else made * self.factor, inputs[0].dtype),)


@register
class Softmin(WithoutLength):
    """The softmax of the negative data: ``exp(-x / temperature) / Σ exp(-x / temperature)`` along an axis."""

    name = "softmin"

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        softmax_into(xp, -self.scaled(xp, inputs[0], outputs[0]), self.axis, outputs[0])

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        made = apply(SoftmaxGradient(axis=self.axis), grads[0], outputs[0])[0]
        return (cast(made * -self.factor, inputs[0].dtype),)


@register
class SoftmaxActivation(Operator):
    """The softmax along the last axis, or with mode "channel" along axis 1."""

    name = "SoftmaxActivation"
    family = "activation"

    mode: str = p.choice("channel", "instance", default="instance", doc="the axis: 1 for channel, else the last")

    @property
    def axis(self) -> int:
        """The axis along which the elements compete."""
        return 1 if self.mode == "channel" else -1

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        shape: PartialShape = merge_shapes(inputs[0], outputs[0])
        if shape is not None and len(shape) < 2:
            raise ShapeError(f"data has {len(shape)} dimensions but must have at least 2")
        return [shape], [shape]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        wide = xp.promote_types(inputs[0].dtype, xp.float32)
        softmax_into(xp, inputs[0].astype(wide), self.axis, outputs[0])

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,) if grads[0] is None else apply(SoftmaxGradient(axis=self.axis), grads[0], outputs[0])
