"""Kinds of BatchNorm: the first version, the one shared by devices, and the one that ends in a ReLU."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import numpy as np

from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Shapes, register
from symbolnb.ops.nn.batch_norm import BatchNorm
from symbolnb.ops.term import Term, call

PLAIN = ("eps", "momentum", "fix_gamma", "use_global_stats", "output_mean_var")
"""The parameters that these operators share with BatchNorm; the channels are on axis 1."""


class WithVariance(BatchNorm):
    """A BatchNorm whose third output is the variance itself."""

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        super().forward(xp, inputs, outputs)
        scale = outputs[2]
        scale[...] = 1 / xp.square(scale) - self.eps

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        scale = call("rsqrt", outputs[2] + self.eps)
        return super().gradient(inputs, (*outputs[:2], scale), grads)


@register
class BatchNormV1(WithVariance):
    """Normalizes every channel, as old files name it; see BatchNorm.

    The channels are on axis 1, and with `output_mean_var` the third output is the variance.
    """

    name = "BatchNorm_v1"
    aliases = ()
    signature = PLAIN  # type: ignore[assignment]  # fewer than BatchNorm has


@register
class SyncBatchNorm(WithVariance):
    """Normalizes every channel over the batch of all devices that share a key; here there is one device.

    See BatchNorm. The channels are on axis 1, and with `output_mean_var` the third output is the variance.
    """

    name = "_contrib_SyncBatchNorm"
    aliases = ()
    signature = (*PLAIN, "ndev", "key")  # type: ignore[assignment]  # others than BatchNorm has

    ndev: int = p.integer(1, minimum=1, doc="number of devices; without effect, as there is but one process")
    key: str = p.text(doc="what devices that belong together have in common; without effect")


@register
class BatchNormWithReLU(BatchNorm):
    """Normalizes every channel, then replaces what is negative by zero; see BatchNorm."""

    name = "_contrib_BatchNormWithReLU"
    aliases = ()
    rectifies = True

    def output_names(self) -> tuple[str, ...]:
        return (*super().output_names(), "workspace")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        known, made = super().infer_shape(inputs, outputs[:3])
        return known, [*made, (0,)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        known, made = super().infer_dtype(inputs, outputs[:3])
        return known, [*made, np.dtype("bool")]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        super().forward(xp, inputs, outputs[:3])
        xp.maximum(outputs[0], 0, out=outputs[0])

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,) * len(inputs)
        passed = grads[0] * call("_greater_scalar", outputs[0], scalar=0.0)
        return super().gradient(inputs, outputs[:3], (passed, None, None))
