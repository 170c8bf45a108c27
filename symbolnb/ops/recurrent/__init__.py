"""Recurrent networks: whole layers as one operator."""

from symbolnb.ops.recurrent import parameters, quantized, rnn

__all__ = ["parameters", "quantized", "rnn"]
