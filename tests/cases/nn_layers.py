"""Rows of FullyConnected, BatchNorm, Dropout and Embedding."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.row import Bad, Row, Values, array, integers, normal, uniform

TWO = ("float32", "float64")

ROWS = [
    Row("FullyConnected", {"num_hidden": 5}, {"data": (2, 3), "weight": (5, 3), "bias": (5,)}),
    Row("FullyConnected", {"num_hidden": 5, "no_bias": True}, {"data": (2, 3), "weight": (5, 3)}),
    Row("FullyConnected", {"num_hidden": 5}, {"data": (2, 3, 7), "weight": (5, 21), "bias": (5,)}),
    Row("FullyConnected", {"num_hidden": 5, "flatten": False}, {"data": (2, 3, 7), "weight": (5, 7), "bias": (5,)}),
    Row("FullyConnected", {"num_hidden": 5, "flatten": False}, {"data": (7,), "weight": (5, 7), "bias": (5,)}),
    Row("FullyConnected", {"num_hidden": 5}, {"data": (7,), "weight": (5, 1), "bias": (5,)}),
    Row("FullyConnected", {"num_hidden": 1}, {"data": (1, 1), "weight": (1, 1), "bias": (1,)}),
    Row("FullyConnected", {"num_hidden": 5}, {"data": (2, 503), "weight": (5, 503), "bias": (5,)}),
    Row("FullyConnected", {"num_hidden": 5}, {"data": (0, 3), "weight": (5, 3), "bias": (5,)},
        golden=False, gradient="numerical"),
]  # fmt: skip


def normed(*shape: int, channels: int, training: bool = True, **parameters: Any) -> Row:
    """A row of BatchNorm. Its mean and scale pass no gradient on, as in MXNet, whatever their slope is."""
    inputs = {"data": normal(*shape), "gamma": (channels,), "beta": (channels,), "moving_mean": (channels,),
              "moving_var": uniform(0.5, 2, channels)}  # fmt: skip
    gradient = "golden" if parameters.get("output_mean_var") else "both"
    return Row("BatchNorm", parameters, inputs, training=training, gradient=gradient, dtypes=TWO)


FREE = {"fix_gamma": False}
ROWS += [
    normed(2, 3, 5, 7, channels=channels, training=training, **parameters)
    for training in (True, False)
    for channels, parameters in (
        (3, {}),
        (3, FREE),
        (3, FREE | {"use_global_stats": True}),
        (3, {"use_global_stats": True}),
        (3, FREE | {"output_mean_var": True}),
        (3, FREE | {"eps": 0.1, "momentum": 0.5}),
        (2, FREE | {"axis": 0}),
        (5, FREE | {"axis": 2}),
        (7, FREE | {"axis": -1, "cudnn_off": True}),
    )
]
ROWS += [
    normed(5, 3, channels=3, **FREE),
    normed(5, 3, 2, channels=3, **FREE),
    normed(2, 3, 2, 3, 2, channels=3, **FREE),
    normed(7, 1, channels=1, **FREE),
]
PARAMETERS = {
    name: Values("uniform", (3,), 0.5, 2, "float32") for name in ("gamma", "beta", "moving_mean", "moving_var")
}
ROWS += [
    Row("BatchNorm", FREE, {"data": (7, 3), **PARAMETERS}, training=training, dtypes=("float16",))
    for training in (True, False)
]
# With a batch of one element the result is beta.
ROWS += [
    Row("BatchNorm", FREE, {"data": (1, 3), "gamma": (3,), "beta": (3,), "moving_mean": (3,), "moving_var": (3,)},
        training=True, gradient="golden", dtypes=TWO),
]  # fmt: skip

ROWS += [
    Row("Dropout", {}, {"data": (3, 5)}),
    Row("Dropout", {"p": 0.3, "axes": (1,), "cudnn_off": True}, {"data": (3, 5)}),
    Row("Dropout", {"p": 0}, {"data": (3, 5)}, training=True),
    Row("Dropout", {"mode": "always", "p": 0}, {"data": (3, 5)}),
    Row("Dropout", {"p": 1}, {"data": (3, 5)}, training=True, golden=False, gradient="numerical",
        oracle=lambda x, **given: (0 * x, 0 * x)),
    Row("Dropout", {"p": 0.5}, {"data": (3, 5)}, training=True, golden=False, gradient="none"),
    Row("Dropout", {"p": 0.5, "mode": "always", "axes": (0, 2)}, {"data": (3, 5, 2)}, golden=False, gradient="none"),
]  # fmt: skip

TABLE = {"input_dim": 5, "output_dim": 3}
ROWS += [
    Row("Embedding", TABLE, {"data": integers(0, 5, 7, dtype="int32"), "weight": (5, 3)}),
    Row("_contrib_SparseEmbedding", TABLE, {"data": integers(-3, 9, 2, 7, dtype="int64"), "weight": (5, 3)},
        gradient="numerical"),
    Row("Embedding", TABLE, {"data": integers(-3, 9, 2, 7, dtype="int64"), "weight": (5, 3)}),
    Row("Embedding", TABLE, {"data": integers(0, 5, 2, 3, 4, dtype="float32"), "weight": (5, 3)}),
    Row("Embedding", TABLE, {"data": integers(0, 5, 11, dtype="uint8"), "weight": (5, 3)}),
    Row("Embedding", TABLE, {"data": array([1.9, 0.5, -0.5, -7, 99, np.nan], "float32"), "weight": (5, 3)}),
    Row("Embedding", {**TABLE, "dtype": "float64", "sparse_grad": False},
        {"data": integers(0, 5, 7, dtype="int32"), "weight": (5, 3)}, dtypes=("float64",)),
    Row("Embedding", {"input_dim": 1, "output_dim": 1}, {"data": array([0], "int32"), "weight": (1, 1)}),
    Row("Embedding", {**TABLE, "sparse_grad": True}, {"data": integers(0, 5, 7, dtype="int32"), "weight": (5, 3)},
        golden=False, gradient="numerical", oracle=lambda data, weight, **given: weight[data]),
    Row("Embedding", TABLE, {"data": integers(0, 5, 0, dtype="int32"), "weight": (5, 3)},
        golden=False, gradient="numerical"),
]  # fmt: skip
BAD = [
    Bad(
        "FullyConnected",
        "FullyConnected needs the parameter num_hidden: an integer >= 1 (number of output features)",
        error="ParameterError",
    ),
    Bad(
        "FullyConnected",
        "FullyConnected: parameter num_hidden is 0 but must be an integer >= 1",
        {"num_hidden": 0},
        error="ParameterError",
    ),
    Bad(
        "FullyConnected",
        "FullyConnected: parameter num_hidden is 'abc' but must be an integer >= 1",
        {"num_hidden": "abc"},
        error="ParameterError",
    ),
    Bad(
        "FullyConnected",
        "FullyConnected: parameter num_hidden is '3.5' but must be an integer >= 1",
        {"num_hidden": 3.5},
        error="ParameterError",
    ),
    Bad(
        "FullyConnected",
        "FullyConnected 'node': weight ('weight') is (3, 5) but data (2, 4) with num_hidden=3 needs (3, 4)",
        {"num_hidden": 3},
        {"data": (2, 4), "weight": (3, 5), "bias": None},
    ),
    Bad(
        "FullyConnected",
        "FullyConnected 'node': bias ('bias') is (4,) but data (2, 4), weight (3, 4) with num_hidden=3 needs (3,)",
        {"num_hidden": 3},
        {"data": (2, 4), "weight": None, "bias": (4,)},
    ),
    Bad(
        "FullyConnected",
        "FullyConnected 'node': the element type is int32 but must be a floating point type [data int32, "
        "weight ?, bias ?]",
        {"num_hidden": 3},
        {"data": (2, 4), "weight": None, "bias": None},
        {"data": "int32"},
        error="DTypeError",
    ),
    Bad(
        "FullyConnected",
        "FullyConnected 'node': bias ('bias') is float64 but data float32, weight float32 with "
        "num_hidden=3 needs float32",
        {"num_hidden": 3},
        {"data": (2, 4), "weight": None, "bias": None},
        {"data": "float32", "bias": "float64"},
        error="DTypeError",
    ),
    Bad(
        "BatchNorm",
        "BatchNorm 'node': axis is 5 but the array has 3 dimensions [data (2, 3, 4), gamma ?, beta ?, "
        "moving_mean ?, moving_var ?]",
        {"axis": 5},
        {"data": (2, 3, 4), "gamma": None, "beta": None, "moving_mean": None, "moving_var": None},
    ),
    Bad(
        "BatchNorm",
        "BatchNorm 'node': axis is 1 but the array has 1 dimensions [data (3,), gamma ?, beta ?, "
        "moving_mean ?, moving_var ?]",
        {},
        {"data": (3,), "gamma": None, "beta": None, "moving_mean": None, "moving_var": None},
    ),
    Bad(
        "BatchNorm",
        "BatchNorm: parameter fix_gamma is 'maybe' but must be True or False",
        {"fix_gamma": "maybe"},
        error="ParameterError",
    ),
    Bad(
        "BatchNorm",
        "BatchNorm 'node': gamma ('gamma') is (4,) but data (2, 3, 4) needs (3,)",
        {},
        {"data": (2, 3, 4), "gamma": (4,), "beta": None, "moving_mean": None, "moving_var": None},
    ),
    Bad(
        "BatchNorm",
        "BatchNorm 'node': moving_mean ('moving_mean') is (4,) but data (2, 3, 4), gamma (3,), beta (3,) needs (3,)",
        {},
        {"data": (2, 3, 4), "gamma": None, "beta": None, "moving_mean": (4,), "moving_var": None},
    ),
    Bad(
        "BatchNorm",
        "BatchNorm 'node': the type of data is int32 but must be a floating point type [data int32, "
        "gamma ?, beta ?, moving_mean ?, moving_var ?]",
        {},
        {"data": (2, 3), "gamma": None, "beta": None, "moving_mean": None, "moving_var": None},
        {"data": "int32"},
        error="DTypeError",
    ),
    Bad(
        "BatchNorm",
        "BatchNorm 'node': gamma ('gamma') is float16 but data float16 needs float32",
        {},
        {"data": (2, 3), "gamma": None, "beta": None, "moving_mean": None, "moving_var": None},
        {"data": "float16", "gamma": "float16"},
        error="DTypeError",
    ),
    Bad(
        "Dropout", "Dropout: parameter p is 1.5 but must be a number >= 0 and <= 1", {"p": 1.5}, error="ParameterError"
    ),
    Bad(
        "Dropout",
        "Dropout: parameter p is -0.1 but must be a number >= 0 and <= 1",
        {"p": -0.1},
        error="ParameterError",
    ),
    Bad(
        "Dropout",
        "Dropout: parameter mode is 'never' but must be one of 'always', 'training'",
        {"mode": "never"},
        error="ParameterError",
    ),
    Bad(
        "Dropout",
        "Dropout 'node': axes is (2,) but the data has 2 dimensions [data (2, 3)]",
        {"axes": (2,)},
        {"data": (2, 3)},
    ),
    Bad(
        "Dropout",
        "Dropout: parameter axes is (-1,) but must be a tuple of integers >= 0",
        {"axes": (-1,)},
        error="ParameterError",
    ),
    Bad(
        "Dropout",
        "Dropout 'node': the element type is int32 but must be a floating point type [data int32]",
        {},
        {"data": (2, 3)},
        {"data": "int32"},
        error="DTypeError",
    ),
    Bad(
        "Embedding",
        "Embedding needs the parameter output_dim: an integer >= 1 (size of a row)",
        {"input_dim": 3},
        error="ParameterError",
    ),
    Bad(
        "Embedding",
        "Embedding: parameter input_dim is 0 but must be an integer >= 1",
        {"input_dim": 0, "output_dim": 2},
        error="ParameterError",
    ),
    Bad(
        "Embedding",
        "Embedding 'node': weight ('weight') is (3, 2) but data (2,) with input_dim=4, output_dim=2 needs (4, 2)",
        {"input_dim": 4, "output_dim": 2},
        {"data": (2,), "weight": (3, 2)},
    ),
    Bad(
        "Embedding",
        "Embedding: parameter dtype is 'float8' but must be one of 'bfloat16', 'float16', 'float32', "
        "'float64', 'int32', 'int64', 'int8', 'uint8'",
        {"input_dim": 4, "output_dim": 2, "dtype": "float8"},
        error="ParameterError",
    ),
]
