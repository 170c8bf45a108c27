"""Operator definitions: importing this package registers every operator."""

from symbolnb.ops import (
    arguments,
    conditional,
    contrib,
    control_flow,
    creation,
    gather,
    indexing,
    joining,
    layout,
    linalg,
    matrix,
    moments,
    movement,
    padding,
    random,
    recurrent,
    reduce,
    reshape,
    sequence,
    shape,
    slicing,
    vision,
)
from symbolnb.ops.elementwise import arithmetic, bounded, conversion, unary
from symbolnb.ops.nn import (
    activation,
    batch_norm,
    convolution,
    ctc,
    deconvolution,
    dropout,
    embedding,
    fully_connected,
    layer_norm,
    leaky_relu,
    losses,
    lrn,
    pooling,
    softmax,
    softmax_output,
    svm_output,
)

__all__ = [
    "activation", "arguments", "arithmetic", "batch_norm", "bounded", "conditional", "contrib",
    "control_flow", "conversion", "convolution", "creation", "ctc", "deconvolution", "dropout", "embedding",
    "fully_connected", "gather", "indexing", "joining", "layer_norm", "layout", "leaky_relu", "linalg",
    "losses", "lrn", "matrix", "moments", "movement", "padding", "pooling", "random", "recurrent", "reduce",
    "reshape", "sequence", "shape", "slicing", "softmax", "softmax_output", "svm_output", "unary", "vision",
]  # fmt: skip
