"""Operators that take the place of a convolution and what follows it, in programs that only infer."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.graph.spec import merge_shapes
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import one_float_type, same_shapes
from symbolnb.ops.nn.activation import Activation
from symbolnb.ops.nn.convolution import Convolution, Convolving


@register
class NormalizationFactors(Operator):
    """Batch normalization with given statistics as ``scale data + shift``, for data that lacks its bias.

    ``scale = gamma / √(var + eps)`` and ``shift = beta + scale (bias - mean)``. All shapes: ``(channels,)``.
    """

    name = "_normalization_factors"
    internal = True
    family = "normalization"

    eps: float = p.number(0.001, doc="added to the variance before its root is taken")
    fix_gamma: bool = p.boolean(True, doc="whether to take gamma as 1")
    no_bias: bool = p.boolean(True, doc="whether the data lacks nothing")

    def input_names(self) -> tuple[str, ...]:
        names = ("gamma", "beta", "mean", "var")
        return names if self.no_bias else (*names, "bias")

    def output_names(self) -> tuple[str, ...]:
        return ("scale", "shift")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        found, made = same_shapes([*inputs, (None,)], outputs)
        return found[:-1], made

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        gamma, beta, mean, var = inputs[:4]
        scale, shift = outputs
        xp.add(var, self.eps, out=scale)
        xp.sqrt(scale, out=scale)
        xp.divide(1 if self.fix_gamma else gamma, scale, out=scale)
        centre = mean if self.no_bias else xp.subtract(mean, inputs[4], out=shift)
        xp.multiply(centre, scale, out=shift)
        xp.subtract(beta, shift, out=shift)


@register
class FusedConvolution(Convolving):
    """A convolution, and the steps after it that are switched on, in this order.

    `scaled`: each channel is multiplied by its `scale`, then gets its `shift` added. `added`: the `residual`,
    which has the output's shape, is added. `rectified`: what is negative, or NaN, becomes 0, and what is above
    the `ceiling` becomes that. Shapes: as Convolution's; scale and shift ``(num_filter,)``. Channels come second.
    """

    name = "_fused_convolution"
    internal = True

    no_bias: bool = p.boolean(False, doc="whether to leave out the bias")
    scaled: bool = p.boolean(False, doc="whether the channels are scaled and shifted")
    added: bool = p.boolean(False, doc="whether a residual is added")
    rectified: bool = p.boolean(False, doc="whether values below 0 become 0")
    ceiling: float | None = p.number(None, optional=True, doc="the largest value that a rectified one may have")

    @property
    def convolution(self) -> Convolution:
        """The convolution alone."""
        return Convolution(**self.placement(), no_bias=self.no_bias)

    def input_names(self) -> tuple[str, ...]:
        factors = ("scale", "shift") if self.scaled else ()
        return (*self.convolution.input_names(), *factors, *(("residual",) if self.added else ()))

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        count = 2 if self.no_bias else 3
        out = merge_shapes(outputs[0], inputs[-1]) if self.added else outputs[0]
        found, made = self.convolution.infer_shape(inputs[:count], [out])
        out = merge_shapes(out, made[0])
        factors: Shapes = [(self.num_filter,)] * 2 if self.scaled else []
        return [*found, *factors, *([out] if self.added else [])], [out]

    def multiply_adds(self, inputs: Sequence[tuple[int, ...]], outputs: Sequence[tuple[int, ...]]) -> int:
        return self.convolution.multiply_adds(inputs, outputs)

    def convolve(self, xp: ModuleType, inputs: Sequence[Array], out: Array) -> None:
        """The convolution alone, of data, weight and, if there is one, bias."""
        self.convolution.forward(xp, inputs, [out])

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        out, given = outputs[0], iter(inputs)
        self.convolve(xp, [next(given) for _ in self.convolution.input_names()], out)
        if self.scaled:
            for combine in (xp.multiply, xp.add):
                combine(out, next(given).reshape(-1, *(1,) * len(self.kernel)), out=out)
        if self.added:
            xp.add(out, next(given), out=out)
        if self.rectified:
            Activation(act_type="relu").forward(xp, [out], [out])
        if self.rectified and self.ceiling is not None:
            xp.minimum(out, out.dtype.type(self.ceiling), out=out)
