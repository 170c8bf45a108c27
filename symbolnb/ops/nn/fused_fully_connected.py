"""The operator that takes the place of a fully connected layer and the function after it."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, register
from symbolnb.ops.nn.activation import KINDS, Activation
from symbolnb.ops.nn.fully_connected import FullyConnected


@register
class FusedFullyConnected(FullyConnected):
    """A fully connected layer, and a function of each element as Activation has it. Shapes: as FullyConnected's."""

    name = "_fused_fully_connected"
    aliases = ()
    internal = True

    act_type: str = p.choice(*KINDS, doc="the function")

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        super().forward(xp, inputs, outputs)
        Activation(act_type=self.act_type).forward(xp, outputs, outputs)
