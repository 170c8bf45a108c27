"""Rows of the operators that resize, sample and unfold images."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.row import Array, Bad, Row, Values, array, normal, uniform

IMAGE = (2, 3, 5, 4)
HALF = ("float32", "float64", "float16")


def row(operator: str, shape: Any, gradient: str = "both", **parameters: Any) -> Row:
    """A row of one input, ``data``."""
    return Row(operator, parameters, {"data": shape}, gradient=gradient)


ROWS = [
    row("_contrib_BilinearResize2D", IMAGE, height=7, width=3),
    row("_contrib_BilinearResize2D", IMAGE, height=5, width=4),
    row("_contrib_BilinearResize2D", IMAGE),
    row("_contrib_BilinearResize2D", IMAGE, height=7, width=3, align_corners=False),
    row("_contrib_BilinearResize2D", IMAGE, height=2, width=9, align_corners=False),
    row("_contrib_BilinearResize2D", IMAGE, scale_height=1.5, scale_width=0.5),
    row("_contrib_BilinearResize2D", IMAGE, mode="odd_scale", scale_height=1.5, scale_width=1.5),
    row("_contrib_AdaptiveAvgPooling2D", IMAGE),
    row("_contrib_AdaptiveAvgPooling2D", IMAGE, output_size=3),
    row("_contrib_AdaptiveAvgPooling2D", IMAGE, output_size=(3, 2)),
    row("_contrib_AdaptiveAvgPooling2D", IMAGE, output_size=(7, 4)),
]
ROWS += [
    row("_contrib_BilinearResize2D", IMAGE, mode=mode)
    for mode in ("to_even_down", "to_even_up", "to_odd_down", "to_odd_up")
]
ROWS += [
    Row("_contrib_BilinearResize2D", {"mode": "like", "align_corners": aligned}, {"data": IMAGE, "like": (2, 3, 7, 6)},
        still=("like",), inferred=False, free=("like",))
    for aligned in (True, False)
]  # fmt: skip
ROWS += [
    Row("UpSampling", {"scale": 2, "sample_type": "nearest", "num_args": 1}, {"arg0": IMAGE}),
    Row(
        "UpSampling", {"scale": 3, "sample_type": "nearest", "num_args": 1, "multi_input_mode": "sum"}, {"arg0": IMAGE}
    ),
    Row(
        "UpSampling",
        {"scale": 4, "sample_type": "nearest", "num_args": 2},
        {"arg0": (2, 3, 2, 3), "arg1": (2, 2, 4, 6)},
        inferred=False,
        free=("arg1",),
    ),
    Row(
        "UpSampling",
        {"scale": 4, "sample_type": "nearest", "num_args": 2, "multi_input_mode": "sum"},
        {"arg0": (2, 3, 2, 3), "arg1": (2, 3, 4, 6)},
        inferred=False,
        free=("arg1",),
    ),
]
ROWS += [
    Row("UpSampling", {"scale": scale, "sample_type": "bilinear", "num_filter": 3, "num_args": 2},
        {"data": IMAGE, "weight": (3, 1, kernel, kernel)})
    for scale, kernel in ((1, 1), (2, 4), (3, 5))
]  # fmt: skip


def sampled(note: str, grid: Values, **parameters: Any) -> Row:
    """A row of BilinearSampler."""
    return Row("BilinearSampler", parameters, {"data": IMAGE, "grid": grid}, inferred=False, note=note)


ROWS += [
    sampled("inside", uniform(-0.9, 0.9, 2, 2, 3, 3)),
    sampled("over the border", uniform(-1.9, 1.9, 2, 2, 3, 4), cudnn_off=True),
    Row(
        "BilinearSampler",
        {},
        {"data": IMAGE, "grid": array([[[[-1, 0]], [[1, 0.5]]]] * 2)},
        gradient="golden",
        inferred=False,
        note="on pixels",
    ),
    Row("GridGenerator", {"transform_type": "affine", "target_shape": (3, 4)}, {"data": (2, 6)}),
    Row("GridGenerator", {"transform_type": "warp"}, {"data": (2, 2, 3, 4)}),
    Row(
        "SpatialTransformer",
        {"transform_type": "affine", "sampler_type": "bilinear", "target_shape": (3, 4)},
        {"data": IMAGE, "loc": array([[0.5, 0.21, 0.1, -0.13, 0.7, 0.05], [1.5, 0, 0.33, 0.02, 1.3, -0.4]])},
        inferred=False,
    ),
    Row("im2col", {"kernel": (2, 3)}, {"data": IMAGE}),
    Row("im2col", {"kernel": (2, 2), "stride": (2, 1), "pad": (1, 0), "dilate": (2, 1)}, {"data": IMAGE}),
    Row(
        "im2col",
        {"kernel": (2,), "stride": (3,)},
        {"data": (2, 3, 5)},
        golden=False,
        gradient="numerical",
        oracle=lambda data, **_: np.stack([data[:, :, 0:2], data[:, :, 3:5]], 3).reshape(2, 6, 2),
    ),
    Row("col2im", {"kernel": (2, 3), "output_size": (5, 4)}, {"data": (2, 18, 8)}),
    Row(
        "col2im",
        {"kernel": (2, 2), "stride": (2, 1), "pad": (1, 0), "dilate": (2, 1), "output_size": (5, 4)},
        {"data": (2, 12, 9)},
    ),
    Row("Crop", {"num_args": 1, "h_w": (3, 2), "offset": (1, 2)}, {"arg0": IMAGE}, dtypes=("float32", "float16")),
    Row("Crop", {"num_args": 1, "h_w": (2, 3), "center_crop": True}, {"arg0": IMAGE}, dtypes=("float32", "float16")),
    Row(
        "Crop",
        {"num_args": 2, "offset": (2, 0)},
        {"arg0": IMAGE, "arg1": (2, 1, 3, 3)},
        inferred=False,
        dtypes=("float32", "float16"),
        still=("arg1",),
    ),
]


def bilinear(image: Array, y: float, x: float) -> Array:
    """All channels of an image between its pixels; zeros outside."""
    total = np.zeros(len(image))
    for row in (int(np.floor(y)), int(np.floor(y)) + 1):
        for column in (int(np.floor(x)), int(np.floor(x)) + 1):
            if 0 <= row < image.shape[1] and 0 <= column < image.shape[2]:
                total += image[:, row, column] * (1 - abs(y - row)) * (1 - abs(x - column))
    return total


def modulated(data: Array, offset: Array, mask: Array, weight: Array, *bias: Array, **given: Any) -> Array:
    """Deformable convolution with a mask, pixel by pixel."""
    stride, dilate, pad = given.get("stride", (1, 1)), given.get("dilate", (1, 1)), given.get("pad", (0, 0))
    groups, bent = given.get("num_group", 1), given.get("num_deformable_group", 1)
    out = np.zeros((len(data), len(weight), *mask.shape[2:]))
    for n, i, j in np.ndindex(len(data), *mask.shape[2:]):
        read = np.zeros((data.shape[1], 3, 2))
        for g, a, b in np.ndindex(bent, 3, 2):
            tap, some = (g * 3 + a) * 2 + b, slice(g * data.shape[1] // bent, (g + 1) * data.shape[1] // bent)
            y = i * stride[0] - pad[0] + a * dilate[0] + offset[n, 2 * tap, i, j]
            x = j * stride[1] - pad[1] + b * dilate[1] + offset[n, 2 * tap + 1, i, j]
            read[some, a, b] = bilinear(data[n, some], y, x) * mask[n, tap, i, j]
        for f in range(len(weight)):
            start = f * groups // len(weight) * weight.shape[1]
            out[n, f, i, j] = (read[start : start + weight.shape[1]] * weight[f]).sum()
    return out + bias[0][:, None, None] if bias else out


def deformed(spread: float, **parameters: Any) -> list[Row]:
    """Rows of both deformable convolutions with the same parameters, offsets up to `spread` pixels."""
    given = {"kernel": (3, 2), "num_filter": 4, **parameters}
    groups, deformed_groups = given.get("num_group", 1), given.get("num_deformable_group", 1)
    sizes = {(): (3, 3), (1, 1): (5, 5)}[given.get("pad", ())]
    sizes = {(): sizes, (2, 1): (2, 3)}[given.get("stride", ())]
    sizes = {(): sizes, (1, 2): (sizes[0], sizes[1] - 1)}[given.get("dilate", ())]
    inputs = {"data": (2, 4, 5, 4), "offset": uniform(-spread, spread, 2, 12 * deformed_groups, *sizes)}
    rest = {"weight": normal(4, 4 // groups, 3, 2)} | ({} if given.get("no_bias") else {"bias": normal(4)})
    mask = {"mask": uniform(0, 1, 2, 6 * deformed_groups, *sizes)}
    return [
        Row("_contrib_DeformableConvolution", given, inputs | rest, inferred=False, gradient="both"),
        Row("_contrib_ModulatedDeformableConvolution", given, inputs | mask | rest, modulated, golden=False,
            gradient="numerical"),  # MXNet has it on GPUs only
    ]  # fmt: skip


ROWS += deformed(0.8)
ROWS += deformed(3.0, no_bias=True)
ROWS += deformed(1.0, num_group=2, num_deformable_group=2, stride=(2, 1))
ROWS += deformed(1.0, pad=(1, 1), dilate=(1, 2), workspace=64, layout="NCHW")


def correlated(channels: int = 2, gradient: str = "both", **parameters: Any) -> Row:
    """A row of Correlation."""
    shape = (2, channels, 6, 7)
    return Row("Correlation", parameters, {"data1": shape, "data2": shape}, gradient=gradient, inferred=False)


ROWS += [
    correlated(),
    correlated(max_displacement=2, stride2=2, pad_size=2),
    correlated(kernel_size=3, max_displacement=1, pad_size=2, stride1=2),
    correlated(kernel_size=1, max_displacement=2, stride1=2, stride2=1, pad_size=1, is_multiply=False),
    correlated(max_displacement=0, is_multiply=True),
]

BAD = [
    Bad(
        "_contrib_BilinearResize2D",
        "_contrib_BilinearResize2D: scale_height and scale_width go together but only one is given",
        {"scale_height": 2.0},
        error="ParameterError",
    ),
    Bad(
        "_contrib_BilinearResize2D",
        "_contrib_BilinearResize2D: mode 'odd_scale' needs scale_height and scale_width",
        {"mode": "odd_scale"},
        error="ParameterError",
    ),
    Bad(
        "_contrib_BilinearResize2D",
        "_contrib_BilinearResize2D 'node': data is (2, 3, 4) but must have 4 dimensions, "
        "(batch, channels, height, width) [data (2, 3, 4)]",
        {},
        {"data": (2, 3, 4)},
    ),
    Bad(
        "_contrib_AdaptiveAvgPooling2D",
        "_contrib_AdaptiveAvgPooling2D: output_size is (2, 3, 4) but must have at most 2 numbers",
        {"output_size": (2, 3, 4)},
        error="ParameterError",
    ),
    Bad(
        "UpSampling",
        "UpSampling: num_filter is 0 but bilinear needs the number of channels",
        {"scale": 2, "sample_type": "bilinear", "num_args": 2},
        error="ParameterError",
    ),
    Bad(
        "UpSampling",
        "UpSampling 'node': arg1 has size 3 on axis 2, which does not divide the output's 8 "
        "[arg0 (2, 3, 4, 5), arg1 (2, 3, 3, 5)]",
        {"scale": 2, "sample_type": "nearest", "num_args": 2},
        {"arg0": (2, 3, 4, 5), "arg1": (2, 3, 3, 5)},
    ),
    Bad(
        "GridGenerator",
        "GridGenerator: target_shape is (0, 0) but affine needs a height and a width",
        {"transform_type": "affine"},
        error="ParameterError",
    ),
    Bad(
        "SpatialTransformer",
        "SpatialTransformer: target_shape is (0, 0) but must be a height and a width",
        {"transform_type": "affine", "sampler_type": "bilinear"},
        error="ParameterError",
    ),
    Bad(
        "BilinearSampler",
        "BilinearSampler 'node': grid is (2, 3, 4) but must have 4 dimensions, (batch, 2, rows, columns) "
        "[data (2, 3, 5, 4), grid (2, 3, 4)]",
        {},
        {"data": IMAGE, "grid": (2, 3, 4)},
    ),
    Bad(
        "Crop",
        "Crop 'node': a window of 6 from 0 on does not fit on axis 2 of (2, 3, 5, 4) [arg0 (2, 3, 5, 4)]",
        {"num_args": 1, "h_w": (6, 2)},
        {"arg0": IMAGE},
    ),
    Bad(
        "im2col",
        "im2col 'node': kernel (6, 2) does not fit into (5, 4), padding included [data (2, 3, 5, 4)]",
        {"kernel": (6, 2)},
        {"data": IMAGE},
    ),
    Bad(
        "col2im",
        "col2im 'node': kernel (2, 2) of 4 elements does not divide 7 rows of data [data (2, 7, 12)]",
        {"kernel": (2, 2), "output_size": (5, 4)},
        {"data": (2, 7, 12)},
    ),
    Bad(
        "_contrib_DeformableConvolution",
        "_contrib_DeformableConvolution: kernel is (3,) but must have 2 dimensions",
        {"kernel": 3, "num_filter": 4},
        error="ParameterError",
    ),
    Bad("Correlation", "Correlation: kernel_size is 2 but must be odd", {"kernel_size": 2}, error="ParameterError"),
    Bad(
        "Correlation",
        "Correlation 'node': data1 is (2, 3, 5, 4), too small for max_displacement 3 "
        "[data1 (2, 3, 5, 4), data2 (2, 3, 5, 4)]",
        {"max_displacement": 3},
        {"data1": IMAGE, "data2": IMAGE},
    ),
]
