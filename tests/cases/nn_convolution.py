"""Rows of Convolution and Deconvolution."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.row import Array, Bad, Row


def convolution(data: Array, weight: Array, *bias: Array, kernel: Any, layout: str = "", **given: Any) -> Array:
    """The definition, position by position; for channels on the last axis."""
    count = len(kernel)
    stride, dilate, pad = (given.get(word, (one,) * count) for word, one in (("stride", 1), ("dilate", 1), ("pad", 0)))
    padded = np.pad(data, [(0, 0), *((size, size) for size in pad), (0, 0)])
    spans = [step * (size - 1) + 1 for size, step in zip(kernel, dilate, strict=True)]
    sizes = [(n - s) // step + 1 for n, s, step in zip(padded.shape[1:-1], spans, stride, strict=True)]
    out = np.zeros((len(data), *sizes, len(weight)))
    groups, share = given.get("num_group", 1), weight.shape[-1]
    filters = len(weight) // groups
    for place in np.ndindex(*sizes):
        window = tuple(
            slice(p * step, p * step + s, d) for p, step, s, d in zip(place, stride, spans, dilate, strict=True)
        )
        for group in range(groups):
            seen = padded[(slice(None), *window, slice(group * share, (group + 1) * share))]
            part = slice(group * filters, (group + 1) * filters)
            out[(slice(None), *place, part)] = np.tensordot(seen, weight[part], [range(1, count + 2)] * 2)
    return out + sum(bias)


def deconvolution(data: Array, weight: Array, *bias: Array, kernel: Any, out: Any, cut: Any, **given: Any) -> Array:
    """The definition, position by position, then `cut` elements off the front of each axis; channels second."""
    groups, stride = given.get("num_group", 1), given["stride"]
    dilate = given.get("dilate", (1,) * len(kernel))
    full = np.zeros((len(data), weight.shape[1] * groups, *(o + c + 9 for o, c in zip(out, cut, strict=True))))
    inputs, outputs = weight.shape[0] // groups, weight.shape[1]
    for place in np.ndindex(*data.shape[2:]):
        for tap in np.ndindex(*kernel):
            target = tuple(p * s + t * d for p, s, t, d in zip(place, stride, tap, dilate, strict=True))
            for group in range(groups):
                rows = slice(group * inputs, (group + 1) * inputs)
                made = data[(slice(None), rows, *place)] @ weight[(rows, slice(None), *tap)]
                full[(slice(None), slice(group * outputs, (group + 1) * outputs), *target)] += made
    kept = full[(..., *(slice(c, c + o) for o, c in zip(out, cut, strict=True)))]
    return kept + sum(b.reshape(-1, *(1,) * len(kernel)) for b in bias)


def row(data: Any, weight: Any, operator: str = "Convolution", **parameters: Any) -> Row:
    """A row with a bias, unless there is none, and with the number of filters that follows from the weight."""
    groups, forward = parameters.get("num_group", 1), operator == "Convolution"
    last = str(parameters.get("layout", "")).endswith("C")
    filters = weight[0] if forward else weight[-1 if last else 1] * groups
    inputs = {"data": data, "weight": weight}
    if not parameters.get("no_bias", not forward):
        inputs["bias"] = (filters,)
    return Row(operator, {"num_filter": filters, **parameters}, inputs)


def by_oracle(made: Row, oracle: Any) -> Row:
    """A row that MXNet cannot answer on a CPU."""
    return Row(made.operator, made.parameters, made.inputs, oracle=oracle, golden=False, gradient="numerical")


D = "Deconvolution"

ROWS = [
    row((2, 3, 7), (5, 3, 3), kernel=(3,)),
    row((2, 4, 11), (6, 2, 3), kernel=(3,), stride=(2,), dilate=(3,), pad=(2,), num_group=2),
    row((2, 3, 7, 5), (4, 3, 3, 2), kernel=(3, 2)),
    row((2, 3, 7, 5), (4, 3, 3, 2), kernel=(3, 2), no_bias=True, layout="NCHW"),
    row((2, 3, 7, 5), (4, 3, 1, 1), kernel=(1, 1)),
    row((2, 3, 7, 5), (4, 3, 1, 1), kernel=(1, 1), stride=(2, 3)),
    row((2, 3, 7, 5), (4, 3, 3, 2), kernel=(3, 2), stride=(2, 3)),
    row((2, 3, 7, 5), (4, 3, 3, 2), kernel=(3, 2), pad=(1, 2)),
    row((2, 3, 7, 8), (4, 3, 3, 2), kernel=(3, 2), dilate=(2, 3)),
    row((2, 6, 7, 5), (4, 3, 3, 2), kernel=(3, 2), num_group=2),
    row((2, 3, 7, 5), (6, 1, 3, 3), kernel=(3, 3), num_group=3, pad=(1, 1)),
    row((1, 1, 3, 3), (1, 1, 3, 3), kernel=(3, 3)),
    row((2, 4, 11, 13), (6, 2, 3, 2), kernel=(3, 2), stride=(2, 3), dilate=(2, 1), pad=(1, 1), num_group=2),
    row((2, 3, 5, 7, 4), (5, 3, 3, 2, 2), kernel=(3, 2, 2)),
    row((2, 4, 5, 7, 4), (6, 2, 3, 2, 2), kernel=(3, 2, 2), stride=(1, 2, 3), dilate=(2, 1, 1), pad=(1, 0, 1),
        num_group=2),
    row((2, 3, 7, 5), (4, 3, 3, 2), kernel=(3, 2), workspace=512, cudnn_tune="off", cudnn_off=True),
]  # fmt: skip
LAST = [
    row((2, 7, 5, 3), (4, 3, 2, 3), kernel=(3, 2), layout="NHWC"),
    row((2, 7, 5, 4), (6, 3, 2, 2), kernel=(3, 2), stride=(2, 1), dilate=(1, 2), pad=(1, 1), num_group=2,
        layout="NHWC"),
    row((2, 5, 7, 4, 3), (5, 3, 2, 2, 3), kernel=(3, 2, 2), stride=(1, 2, 1), layout="NDHWC", no_bias=True),
]  # fmt: skip
ROWS += [by_oracle(made, convolution) for made in LAST]
ROWS += [
    Row(made.operator, made.parameters, made.inputs, golden=False, gradient="numerical")
    for made in (row((0, 3, 7, 5), (4, 3, 3, 2), kernel=(3, 2)), row((0, 3, 7), (3, 5, 3), D, kernel=(3,)))
]

ROWS += [
    row((2, 3, 7), (3, 5, 3), D, kernel=(3,)),
    row((2, 4, 5), (4, 3, 3), D, kernel=(3,), stride=(2,), pad=(1,), adj=(1,), num_group=2),
    row((2, 3, 5, 4), (3, 5, 3, 2), D, kernel=(3, 2)),
    row((2, 3, 5, 4), (3, 5, 3, 2), D, kernel=(3, 2), no_bias=False),
    row((2, 3, 5, 4), (3, 5, 1, 1), D, kernel=(1, 1), stride=(2, 3)),
    row((2, 4, 5, 4), (4, 3, 3, 2), D, kernel=(3, 2), stride=(2, 3), pad=(1, 0), adj=(1, 2), num_group=2,
        no_bias=False),
    row((2, 4, 5, 4), (4, 3, 3, 2), D, kernel=(3, 2), stride=(2, 3), dilate=(2, 2), num_group=2),
    row((2, 3, 4, 3, 5), (3, 5, 2, 3, 2), D, kernel=(2, 3, 2), stride=(2, 1, 2), pad=(1, 0, 1)),
    row((2, 3, 5, 4), (3, 5, 3, 3), D, kernel=(3, 3), stride=(2, 2), pad=(1, 1)),
    row((2, 3, 5, 4), (3, 5, 3, 3), D, kernel=(3, 3), workspace=64, cudnn_tune="fastest", cudnn_off=True),
]  # fmt: skip
ROWS += [
    by_oracle(
        row((2, 3, 5, 4), (3, 5, 3, 4), D, kernel=(3, 4), stride=(2, 3), target_shape=(10, 11)),
        lambda x, w, **given: deconvolution(x, w, kernel=(3, 4), stride=(2, 3), out=(10, 11), cut=(1, 1)),
    ),
    by_oracle(
        row((2, 3, 5, 4), (3, 5, 3, 3), D, kernel=(3, 3), stride=(2, 2), target_shape=(9, 7)),
        lambda x, w, **given: deconvolution(x, w, kernel=(3, 3), stride=(2, 2), out=(9, 7), cut=(1, 1)),
    ),
    by_oracle(
        row((2, 3, 5, 4), (3, 5, 3, 4), D, kernel=(3, 4), stride=(2, 3), pad=(1, 2), target_shape=(9, 0)),
        lambda x, w, **given: deconvolution(x, w, kernel=(3, 4), stride=(2, 3), out=(9, 9), cut=(1, 2)),
    ),
    by_oracle(
        row((2, 5, 4, 4), (4, 3, 2, 3), D, kernel=(3, 2), stride=(2, 1), num_group=2, layout="NHWC", no_bias=False),
        lambda x, w, b, **given: deconvolution(
            np.moveaxis(x, -1, 1), np.moveaxis(w, -1, 1), b,
            kernel=(3, 2), stride=(2, 1), num_group=2, out=(11, 5), cut=(0, 0),
        ).transpose(0, 2, 3, 1),
    ),
]  # fmt: skip
BAD = [
    Bad(
        "Convolution",
        "Convolution needs the parameter num_filter: an integer >= 1 (number of output channels)",
        {"kernel": (3, 3)},
        error="ParameterError",
    ),
    Bad(
        "Convolution",
        "Convolution needs the parameter kernel: a tuple of integers >= 1 (size of the window: (w,), (h, "
        "w) or (d, h, w))",
        {"num_filter": 3},
        error="ParameterError",
    ),
    Bad(
        "Convolution",
        "Convolution: parameter num_filter is 0 but must be an integer >= 1",
        {"num_filter": 0, "kernel": (3, 3)},
        error="ParameterError",
    ),
    Bad(
        "Convolution",
        "Convolution: stride is (2,) but kernel (3, 3) has 2 dimensions",
        {"num_filter": 3, "kernel": (3, 3), "stride": (2,)},
        error="ParameterError",
    ),
    Bad(
        "Convolution",
        "Convolution: stride is (2,) but kernel (3, 3) has 2 dimensions",
        {"num_filter": 3, "kernel": (3, 3), "stride": 2},
        error="ParameterError",
    ),
    Bad(
        "Convolution",
        "Convolution: parameter dilate is (0, 1) but must be a tuple of integers >= 1",
        {"num_filter": 3, "kernel": (3, 3), "dilate": (0, 1)},
        error="ParameterError",
    ),
    Bad(
        "Convolution",
        "Convolution: parameter pad is (-1, 0) but must be a tuple of integers >= 0",
        {"num_filter": 3, "kernel": (3, 3), "pad": (-1, 0)},
        error="ParameterError",
    ),
    Bad(
        "Convolution",
        "Convolution: kernel is (3, 3, 3, 3) but must have 1, 2 or 3 dimensions",
        {"num_filter": 3, "kernel": (3, 3, 3, 3)},
        error="ParameterError",
    ),
    Bad(
        "Convolution",
        "Convolution: kernel is () but must have 1, 2 or 3 dimensions",
        {"num_filter": 3, "kernel": ()},
        error="ParameterError",
    ),
    Bad(
        "Convolution",
        "Convolution: layout is 'NCW' but kernel (3, 3) has 2 dimensions",
        {"num_filter": 4, "kernel": (3, 3), "layout": "NCW"},
        error="ParameterError",
    ),
    Bad(
        "Convolution",
        "Convolution: parameter layout is 'NWC' but must be one of 'NCW', 'NCHW', 'NCDHW', 'NHWC', 'NDHWC' or None",
        {"num_filter": 4, "kernel": (3, 3), "layout": "NWC"},
        error="ParameterError",
    ),
    Bad(
        "Convolution",
        "Convolution: num_group 3 does not divide num_filter 4",
        {"num_filter": 4, "kernel": (3, 3), "num_group": 3},
        error="ParameterError",
    ),
    Bad(
        "Convolution",
        "Convolution: parameter num_group is 0 but must be an integer >= 1",
        {"num_filter": 4, "kernel": (3, 3), "num_group": 0},
        error="ParameterError",
    ),
    Bad(
        "Convolution",
        "Convolution: parameter cudnn_tune is 'foo' but must be one of 'off', 'limited_workspace', 'fastest' or None",
        {"num_filter": 4, "kernel": (3, 3), "cudnn_tune": "foo"},
        error="ParameterError",
    ),
    Bad(
        "Convolution",
        "Convolution: parameter no_bias is 'yes' but must be True or False",
        {"num_filter": 4, "kernel": (3, 3), "no_bias": "yes"},
        error="ParameterError",
    ),
    Bad(
        "Convolution",
        "Convolution has no parameter 'kernal'; did you mean 'kernel'? (its parameters are kernel, "
        "stride, dilate, pad, num_filter, num_group, workspace, no_bias, cudnn_tune, cudnn_off, layout)",
        {"num_filter": 4, "kernel": (3, 3), "kernal": 3},
        error="ParameterError",
    ),
    Bad(
        "Convolution",
        "Convolution 'node': num_group 2 does not divide the data's 3 channels [data (2, 3, 7, 7), weight ?, bias ?]",
        {"num_filter": 4, "kernel": (3, 3), "num_group": 2},
        {"data": (2, 3, 7, 7), "weight": None, "bias": None},
    ),
    Bad(
        "Convolution",
        "Convolution 'node': data is (2, 3, 7) but kernel (3, 3) needs 4 dimensions, NCHW [data (2, 3, "
        "7), weight ?, bias ?]",
        {"num_filter": 4, "kernel": (3, 3)},
        {"data": (2, 3, 7), "weight": None, "bias": None},
    ),
    Bad(
        "Convolution",
        "Convolution 'node': kernel (8, 3) reaches over 8 elements of spatial axis 0 but the data has "
        "only 7 there, padding included [data (2, 3, 7, 7), weight ?, bias ?]",
        {"num_filter": 4, "kernel": (8, 3)},
        {"data": (2, 3, 7, 7), "weight": None, "bias": None},
    ),
    Bad(
        "Convolution",
        "Convolution 'node': kernel (3, 3) reaches over 11 elements of spatial axis 0 but the data has "
        "only 7 there, padding included [data (2, 3, 7, 7), weight ?, bias ?]",
        {"num_filter": 4, "kernel": (3, 3), "dilate": (5, 1)},
        {"data": (2, 3, 7, 7), "weight": None, "bias": None},
    ),
    Bad(
        "Convolution",
        "Convolution 'node': weight ('weight') is (4, 3, 3, 3) but data (8, 4, 32, 32) with kernel=(3, "
        "3), num_filter=4 needs (4, 4, 3, 3)",
        {"num_filter": 4, "kernel": (3, 3)},
        {"data": (8, 4, 32, 32), "weight": (4, 3, 3, 3), "bias": None},
    ),
    Bad(
        "Convolution",
        "Convolution 'node': bias ('bias') is (5,) but data (8, 4, 32, 32), weight (4, 4, 3, 3) with "
        "kernel=(3, 3), num_filter=4 needs (4,)",
        {"num_filter": 4, "kernel": (3, 3)},
        {"data": (8, 4, 32, 32), "weight": None, "bias": (5,)},
    ),
    Bad(
        "Convolution",
        "Convolution 'node': the element type is int32 but must be a floating point type [data int32, "
        "weight ?, bias ?]",
        {"num_filter": 4, "kernel": (3, 3)},
        {"data": (8, 4, 32, 32), "weight": None, "bias": None},
        {"data": "int32"},
        error="DTypeError",
    ),
    Bad(
        "Convolution",
        "Convolution 'node': weight ('weight') is float16 but data float32 with kernel=(3, 3), "
        "num_filter=4 needs float32",
        {"num_filter": 4, "kernel": (3, 3)},
        {"data": (8, 4, 32, 32), "weight": None, "bias": None},
        {"data": "float32", "weight": "float16"},
        error="DTypeError",
    ),
    Bad(
        "Deconvolution",
        "Deconvolution: adj is (2, 2) but must be below stride (2, 2) along each axis",
        {"num_filter": 4, "kernel": (3, 3), "stride": (2, 2), "adj": (2, 2)},
        error="ParameterError",
    ),
    Bad(
        "Deconvolution",
        "Deconvolution: adj is (1,) but kernel (3, 3) has 2 dimensions",
        {"num_filter": 4, "kernel": (3, 3), "adj": (1,)},
        error="ParameterError",
    ),
    Bad(
        "Deconvolution",
        "Deconvolution: target_shape is (1,) but kernel (3, 3) has 2 dimensions",
        {"num_filter": 4, "kernel": (3, 3), "target_shape": (1,)},
        error="ParameterError",
    ),
    Bad(
        "Deconvolution",
        "Deconvolution: num_group 3 does not divide num_filter 4",
        {"num_filter": 4, "kernel": (3, 3), "num_group": 3},
        error="ParameterError",
    ),
    Bad(
        "Deconvolution",
        "Deconvolution 'node': target_shape is (20, 20) but the output has 15 elements on spatial axis 0 "
        "[data (2, 3, 7, 7), weight ?]",
        {"num_filter": 4, "kernel": (3, 3), "stride": (2, 2), "target_shape": (20, 20)},
        {"data": (2, 3, 7, 7), "weight": None},
    ),
    Bad(
        "Deconvolution",
        "Deconvolution 'node': target_shape is (8, 9) but with stride 1 an even number of the 9 elements "
        "on spatial axis 0 has to be cut off [data (2, 3, 7, 7), weight ?]",
        {"num_filter": 4, "kernel": (3, 3), "target_shape": (8, 9)},
        {"data": (2, 3, 7, 7), "weight": None},
    ),
    Bad(
        "Deconvolution",
        "Deconvolution 'node': pad (5, 5) leaves nothing of 9 elements on spatial axis 0 [data (2, 3, 7, 7), weight ?]",
        {"num_filter": 4, "kernel": (3, 3), "pad": (5, 5)},
        {"data": (2, 3, 7, 7), "weight": None},
    ),
    Bad(
        "Deconvolution",
        "Deconvolution 'node': num_group 2 does not divide the data's 3 channels [data (2, 3, 7, 7), weight ?]",
        {"num_filter": 4, "kernel": (3, 3), "num_group": 2},
        {"data": (2, 3, 7, 7), "weight": None},
    ),
    Bad(
        "Deconvolution",
        "Deconvolution 'node': weight ('weight') is (4, 3, 3, 3) but data (2, 3, 7, 7) with kernel=(3, "
        "3), num_filter=4 needs (3, 4, 3, 3)",
        {"num_filter": 4, "kernel": (3, 3)},
        {"data": (2, 3, 7, 7), "weight": (4, 3, 3, 3)},
    ),
    Bad(
        "Deconvolution",
        "Deconvolution 'node': data is (2, 3, 7) but kernel (3, 3) needs 4 dimensions, NCHW [data (2, 3, 7), weight ?]",
        {"num_filter": 4, "kernel": (3, 3)},
        {"data": (2, 3, 7), "weight": None},
    ),
]
