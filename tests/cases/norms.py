"""Rows of the normalizations that have no batch statistics, of moments and of two seldom seen losses."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.row import Array, Bad, Row, Shape, apart, array, integers, uniform

AFFINE = ("data", "gamma", "beta")


def own(operator: str, shapes: tuple[Shape, Shape], training: bool = False, **parameters: Any) -> Row:
    """A row of LayerNorm, GroupNorm or InstanceNorm; `shapes` are those of data and gamma."""
    data, vector = shapes
    inputs = dict(zip(AFFINE, (data, vector, vector), strict=True))
    shown = parameters.get("output_mean_var", False)  # MXNet loses the gradients of mean and std
    return Row(operator, parameters, inputs, training=training, gradient="numerical" if shown else "both")


def local_response(data: Array, nsize: int, alpha: float = 1e-4, beta: float = 0.75, knorm: float = 2.0) -> Array:
    """Each channel over a power of the sum of squares around it."""
    reach = (nsize - 1) // 2
    sums = [(data[:, max(0, at - reach) : at + reach + 1] ** 2).sum(1) for at in range(data.shape[1])]
    answer: Array = data * (knorm + alpha / nsize * np.stack(sums, 1)) ** -beta
    return answer


ROWS = [
    own("LayerNorm", ((5, 7), (7,))),
    own("LayerNorm", ((2, 3, 5), (5,)), eps=0.5),
    own("LayerNorm", ((2, 3, 5), (3,)), axis=1),
    own("LayerNorm", ((7, 3, 2), (7,)), axis=0),
    own("LayerNorm", ((2, 3, 5), (3,)), axis=-2),
    own("LayerNorm", ((2, 3, 5), (5,)), output_mean_var=True),
    own("LayerNorm", ((2, 3, 5), (3,)), axis=1, output_mean_var=True, eps=0.1),
    own("LayerNorm", ((7,), (7,))),
    own("LayerNorm", ((3, 1), (1,))),
    own("LayerNorm", ((2, 3), (3,)), training=True),
    own("GroupNorm", ((2, 6, 5), (2,)), num_groups=2),
    own("GroupNorm", ((2, 6, 5), (1,))),
    own("GroupNorm", ((3, 6, 2, 2), (6,)), num_groups=6, eps=0.3),
    own("GroupNorm", ((2, 4, 3, 2), (2,)), num_groups=2, output_mean_var=True),
    own("GroupNorm", ((1, 4, 2, 1, 3), (2,)), num_groups=2),
    own("InstanceNorm", ((2, 3, 5), (3,))),
    own("InstanceNorm", ((2, 3, 5, 2), (3,)), eps=0.5),
    own("InstanceNorm", ((2, 3, 5, 2), (3,)), training=True),
    Row("LRN", {"nsize": 3}, {"data": (2, 5, 3, 2)}),
    Row("LRN", {"nsize": 5, "alpha": 0.7, "beta": 1.5, "knorm": 1}, {"data": (2, 7, 2, 3)}),
    Row("LRN", {"nsize": 1, "alpha": 0.7}, {"data": (2, 3, 2, 2)}),
    Row("LRN", {"nsize": 9, "alpha": 2}, {"data": (1, 3, 2, 2)}),
    Row("LRN", {"nsize": 3, "alpha": 0.3}, {"data": (1, 5, 2, 2)}, training=True),
    Row("LRN", {"nsize": 3, "alpha": 0.5}, {"data": (2, 5)}, golden=False, oracle=local_response),
    Row("LRN", {"nsize": 3, "alpha": 0.5}, {"data": (2, 5, 3)}, golden=False, oracle=local_response),
]
ROWS += [
    Row("L2Normalization", {"mode": mode, **given}, {"data": (2, 3, *rest)})
    for mode in ("instance", "channel", "spatial")
    for given in ({}, {"eps": 0.5})
    for rest in ((5,), (2, 3))
]
ROWS += [
    Row("L2Normalization", {}, {"data": (3, 5)}),
    Row("L2Normalization", {}, {"data": (1, 1)}, smooth=False),
    Row("moments", {"axes": (0,)}, {"data": (3, 5)}),
    Row("moments", {"axes": 1}, {"data": (3, 5)}),
    Row("moments", {"axes": (0, 2)}, {"data": (2, 3, 5)}),
    Row("moments", {"axes": (-1,), "keepdims": True}, {"data": (2, 3, 5)}),
    Row("moments", {"axes": (0, 1), "keepdims": True}, {"data": (3, 5)}),
    Row("moments", {"axes": (0, 1)}, {"data": (3, 5)}),
    Row("moments", {"axes": (1,)}, {"data": integers(-5, 9, 3, 5)}, gradient="none", dtypes=["int32"]),
    Row(
        "moments",
        {},
        {"data": (3, 5)},
        golden=False,
        oracle=lambda data: (data.mean().reshape(1), data.var().reshape(1)),
        note="all axes",
    ),
]
SVM: tuple[dict[str, Any], ...] = (
    {},
    {"margin": 0.4},
    {"regularization_coefficient": 2.5},
    {"use_linear": True},
    {"use_linear": True, "margin": 2, "regularization_coefficient": 0.5},
)
ROWS += [
    Row(
        "SVMOutput",
        parameters,
        {"data": apart(-2, 2, 7, 3), "label": integers(0, 3, 7)},
        gradient="golden",
        smooth=False,
        still=("label",),
    )
    for parameters in SVM
]
ROWS += [
    Row(
        "SVMOutput",
        {},
        {"data": apart(-2, 2, 3, 5), "label": array([1, 7, -1])},
        gradient="golden",
        smooth=False,
        still=("label",),
        note="labels that are no class",
    ),
    Row(
        "SVMOutput",
        {},
        {"data": apart(-2, 2, 2, 3, 5), "label": integers(0, 5, 2, 3)},
        gradient="golden",
        smooth=False,
        still=("label",),
    ),
]
ROWS += [
    Row(
        "IdentityAttachKLSparseReg",
        parameters,
        {"data": uniform(0.1, 0.9, 7, 3), "moving_avg": uniform(0.2, 0.8, 3)},
        gradient="golden",
        smooth=False,
    )
    for parameters in (
        {},
        {"penalty": 0.5, "sparseness_target": 0.3},
        {"penalty": 0.2, "momentum": 0.5},
    )
]

BAD = [
    Bad(
        "LayerNorm",
        "LayerNorm 'node': axis is 2 but the array has 2 dimensions [data (2, 3), gamma ?, beta ?]",
        {"axis": 2},
        {"data": (2, 3), "gamma": None, "beta": None},
    ),
    Bad(
        "LayerNorm",
        "LayerNorm 'node': gamma ('gamma') is (2,) but data (2, 3) needs (3,)",
        {},
        {"data": (2, 3), "gamma": (2,), "beta": None},
    ),
    Bad(
        "LayerNorm",
        "LayerNorm 'node': the type of data is int32 but must be a floating point type [data int32, gamma ?, beta ?]",
        {},
        {"data": (2, 3), "gamma": None, "beta": None},
        {"data": "int32"},
        error="DTypeError",
    ),
    Bad(
        "GroupNorm",
        "GroupNorm 'node': the 6 channels of data do not divide into 4 groups [data (2, 6, 5), gamma ?, beta ?]",
        {"num_groups": 4},
        {"data": (2, 6, 5), "gamma": None, "beta": None},
    ),
    Bad(
        "GroupNorm",
        "GroupNorm 'node': data is (2, 6) but must have at least 3 dimensions [data (2, 6), gamma ?, beta ?]",
        {"num_groups": 2},
        {"data": (2, 6), "gamma": None, "beta": None},
    ),
    Bad(
        "GroupNorm",
        "GroupNorm: parameter num_groups is 0 but must be an integer >= 1",
        {"num_groups": 0},
        error="ParameterError",
    ),
    Bad(
        "InstanceNorm",
        "InstanceNorm 'node': data is (2,) but must have at least 2 dimensions [data (2,), gamma ?, beta ?]",
        {},
        {"data": (2,), "gamma": None, "beta": None},
    ),
    Bad(
        "LRN",
        "LRN needs the parameter nsize: an integer >= 1 (how many neighbouring channels are summed up; an odd number)",
        {},
        error="ParameterError",
    ),
    Bad(
        "LRN", "LRN 'node': data is (2,) but must have at least 2 dimensions [data (2,)]", {"nsize": 3}, {"data": (2,)}
    ),
    Bad(
        "L2Normalization",
        "L2Normalization 'node': data is (2, 3) but mode 'channel' needs at least 3 dimensions [data (2, 3)]",
        {"mode": "channel"},
        {"data": (2, 3)},
    ),
    Bad(
        "L2Normalization",
        "L2Normalization: parameter mode is 'rows' but must be one of 'channel', 'instance', 'spatial'",
        {"mode": "rows"},
        error="ParameterError",
    ),
    Bad(
        "moments",
        "moments 'node': axis is (0, 0), which names an axis twice [data (2, 3)]",
        {"axes": (0, 0)},
        {"data": (2, 3)},
    ),
    Bad(
        "SVMOutput",
        "SVMOutput 'node': data is (2,) but must have at least 2 dimensions [data (2,), label ?]",
        {},
        {"data": (2,), "label": None},
    ),
    Bad(
        "SVMOutput",
        "SVMOutput 'node': label ('label') is (3,) but data (2, 3) needs (2,)",
        {},
        {"data": (2, 3), "label": (3,)},
    ),
    Bad(
        "IdentityAttachKLSparseReg",
        "IdentityAttachKLSparseReg: parameter momentum is 2 but must be a number >= 0 and <= 1",
        {"momentum": 2},
        error="ParameterError",
    ),
    Bad(
        "IdentityAttachKLSparseReg",
        "IdentityAttachKLSparseReg 'node': data is (2,) but must have at least 2 dimensions [data (2,), moving_avg ?]",
        {},
        {"data": (2,), "moving_avg": None},
    ),
]
