"""Recurrent networks: whole layers as one operator."""

from symbolnb.ops.recurrent import parameters, rnn

__all__ = ["parameters", "rnn"]
