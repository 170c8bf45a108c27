"""Operator definitions: importing this package registers every operator."""

from symbolnb.ops import (
    arguments,
    creation,
    gather,
    indexing,
    joining,
    layout,
    matrix,
    movement,
    padding,
    random,
    reduce,
    reshape,
    shape,
    slicing,
)
from symbolnb.ops.elementwise import arithmetic, bounded, conversion, unary
from symbolnb.ops.nn import (
    activation,
    batch_norm,
    convolution,
    deconvolution,
    dropout,
    embedding,
    fully_connected,
    leaky_relu,
    losses,
    pooling,
    softmax,
    softmax_output,
)

__all__ = [
    "activation", "arguments", "arithmetic", "batch_norm", "bounded", "conversion", "convolution",
    "creation", "deconvolution", "dropout", "embedding", "fully_connected", "gather", "indexing", "joining",
    "layout", "leaky_relu", "losses", "matrix", "movement", "padding", "pooling", "random", "reduce", "reshape",
    "shape", "slicing", "softmax", "softmax_output", "unary",
]  # fmt: skip
