"""Joining the weights of a recurrent network."""

from __future__ import annotations

from typing import ClassVar

from symbolnb.ops.base import register
from symbolnb.ops.joining import Concat


@register
class RNNParamConcat(Concat):
    """Vectors joined into the one that RNN takes as its parameters; the length of one follows from the result's."""

    name: ClassVar[str] = "_rnn_param_concat"
    aliases: ClassVar[tuple[str, ...]] = ()  # type: ignore[assignment]  # fewer than Concat has
