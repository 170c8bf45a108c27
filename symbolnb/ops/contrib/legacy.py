"""The first versions of three layers, which old files hold: today's layers with fewer parameters."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import ModuleType
from typing import Any

from symbolnb.errors import ParameterError
from symbolnb.graph.spec import PartialShape, Shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import one_float_type
from symbolnb.ops.nn.convolution import Convolution
from symbolnb.ops.nn.windows import pad_spatial
from symbolnb.ops.registry import create
from symbolnb.ops.term import Term, apply, call


@register
class ConvolutionV1(Convolution):
    """Convolution as old files name it; see Convolution, which does the same."""

    name = "Convolution_v1"
    aliases = ()


@register
class PoolingV1(Operator):
    """The maximum, mean or sum of every window, as old files have it.

    It differs from Pooling where windows reach over the border: padding counts as zeros, for the maximum too, and
    a mean always divides by the size of the whole window.
    """

    name = "Pooling_v1"
    family = "pooling"

    kernel: Shape = p.shape((), minimum=1, doc="size of the window; not needed for global pooling")
    pool_type: str = p.choice("avg", "max", "sum", default="max", doc="what is computed of a window")
    global_pool: bool = p.boolean(False, doc="whether one window covers all, whatever kernel, stride and pad say")
    pooling_convention: str = p.choice(
        "full", "valid", default="valid", doc="whether the number of windows is rounded up or down"
    )
    stride: Shape = p.shape((), minimum=1, doc="step between windows; 1 along each axis if empty")
    pad: Shape = p.shape((), minimum=0, doc="zeros on both sides of each axis; none if empty")

    def __post_init__(self) -> None:
        if not self.global_pool and len(self.kernel) != 2:
            raise ParameterError(f"kernel is {self.kernel} but must have 2 dimensions")
        self._inner()  # checks stride and pad

    def _inner(self) -> Any:
        """The pooling of padded data that this operator is, up to the factor of a mean."""
        if not self.global_pool and self.pad and len(self.pad) != len(self.kernel):
            raise ParameterError(f"pad is {self.pad} but kernel {self.kernel} has {len(self.kernel)} dimensions")
        return create(
            "Pooling", kernel=self.kernel, global_pool=self.global_pool, stride=self.stride,
            pool_type="max" if self.pool_type == "max" else "sum", pooling_convention=self.pooling_convention,
        )  # fmt: skip

    def _pads(self) -> Shape:
        return self.pad if self.pad and not self.global_pool else ()

    def _share(self, data: Shape) -> float:
        """What a sum is multiplied by."""
        if self.pool_type != "avg":
            return 1.0
        return 1 / prod(data[2:] if self.global_pool else self.kernel)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        pads = self._pads()
        grown: PartialShape = inputs[0]
        if grown is not None and pads and len(grown) == len(pads) + 2:
            sizes = (None if size is None else size + 2 * pad for size, pad in zip(grown[2:], pads, strict=True))
            grown = (*grown[:2], *sizes)
        (found,), made = self._inner().infer_shape([grown], outputs[:1])
        if found is None:
            return [None], made
        return [(*found[:2], *(found[2:] if inputs[0] is None else inputs[0][2:]))], made

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        out, inner = outputs[0], self._inner()
        padded = pad_spatial(xp, inputs[0], tuple((pad, pad) for pad in self._pads()), 0)
        places = [xp.empty(out.shape, "int32")] if inner.has_workspace else []
        inner.forward(xp, [padded], [out, *places])
        out *= self._share(inputs[0].shape)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        grad, data, inner = grads[0], inputs[0], self._inner()
        if grad is None:
            return (None,)
        if self.pool_type == "avg":
            grad = grad * self._share(data.shape)
        pads = (0, 0, 0, 0, *(pad for pad in self._pads() for _ in range(2)))
        padded = call("Pad", data, mode="constant", pad_width=pads) if any(pads) else data
        (made,) = inner.gradient((padded,), apply(inner, padded), (grad, None))
        if made is None or padded is data:
            return (made,)
        begin = (0, 0, *self._pads())
        end = tuple(start + size for start, size in zip(begin, data.shape, strict=True))
        return (call("slice", made, begin=begin, end=end),)
