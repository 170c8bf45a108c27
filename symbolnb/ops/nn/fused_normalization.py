"""An operator that takes the place of a batch normalization and the relu after it, in programs that only infer."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.nn.activation import Activation
from symbolnb.ops.nn.batch_norm import BatchNorm


@register
class FusedBatchNorm(Operator):
    """Batch normalization by given statistics, and relu if `rectified`; channels come second.

    ``gamma (data - mean) / √(var + eps) + beta``. Shapes: data any, the others ``(channels,)``; their types are
    BatchNorm's.
    """

    name = "_fused_batch_norm"
    internal = True
    family = "normalization"

    eps: float = p.number(0.001, doc="added to the variance before its root is taken")
    fix_gamma: bool = p.boolean(True, doc="whether to take gamma as 1")
    rectified: bool = p.boolean(False, doc="whether values below 0 become 0")

    @property
    def normalization(self) -> BatchNorm:
        """The normalization alone."""
        return BatchNorm(
            eps=self.eps, momentum=0.9, fix_gamma=self.fix_gamma, use_global_stats=False, axis=1,
            output_mean_var=False, cudnn_off=False, min_calib_range=None, max_calib_range=None,
        )  # fmt: skip

    def input_names(self) -> tuple[str, ...]:
        return ("data", "gamma", "beta", "mean", "var")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        found, made = self.normalization.infer_shape(inputs, [*outputs, None, None])
        return found, made[:1]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        found, made = self.normalization.infer_dtype(inputs, [*outputs, None, None])
        return found, made[:1]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        vectors = [xp.empty_like(inputs[3]) for _ in range(2)]
        self.normalization.forward(xp, inputs, [*outputs, *vectors])
        if self.rectified:
            Activation(act_type="relu").forward(xp, outputs, outputs)
