"""Rows of Pooling."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.row import Array, Bad, Row, apart, array

BOTH = ("max", "avg", "sum", "lp")


def row(kind: str, *shape: int, **parameters: Any) -> Row:
    """A row over values far enough apart for a maximum to be a smooth function."""
    given = {"pool_type": kind, **({"p_value": 2} if kind == "lp" else {}), **parameters}
    return Row(
        "Pooling", given, {"data": apart(-3, 3, *shape)}, training=True
    )  # else MXNet has no maxima to go back to


def same(data: Array, kernel: tuple[int, ...], stride: tuple[int, ...], pool_type: str, **given: Any) -> Array:
    """Pooling with sizes of ``size / stride`` rounded up, position by position."""
    sizes = [-(-size // step) for size, step in zip(data.shape[2:], stride, strict=True)]
    out = np.zeros((*data.shape[:2], *sizes))
    for place in np.ndindex(*sizes):
        window = []
        for index, size, count, reach, step in zip(place, data.shape[2:], sizes, kernel, stride, strict=True):
            start = index * step - max(0, (count - 1) * step + reach - size) // 2
            window.append(slice(max(0, start), min(size, start + reach)))
        seen = data[(slice(None), slice(None), *window)].reshape(*data.shape[:2], -1)
        out[(slice(None), slice(None), *place)] = (
            seen.max(2) if pool_type == "max" else seen.sum(2) / (np.prod(kernel) if pool_type == "avg" else 1)
        )
    return out


ROWS = [
    row(kind, *shape, **parameters)
    for kind in BOTH
    for shape, parameters in (
        ((2, 3, 7), {"kernel": (3,), "stride": (2,)}),
        ((2, 3, 7, 5), {"kernel": (2, 2)}),
        ((2, 3, 7, 5), {"kernel": (7, 5)}),
        ((1, 1, 1, 2), {"kernel": (1, 1)}),
        ((2, 3, 7, 5), {"kernel": (3, 2), "stride": (2, 1), "pooling_convention": "valid", "cudnn_off": True}),
        ((2, 3, 7, 5), {"kernel": (3, 3), "stride": (2, 2), "pad": (1, 1)}),
        ((2, 3, 7, 5), {"kernel": (2, 3), "stride": (2, 3), "pooling_convention": "full"}),
        ((2, 3, 6, 5), {"kernel": (3, 3), "stride": (2, 2), "pad": (1, 1), "pooling_convention": "full"}),
        ((2, 3, 5, 7, 4), {"kernel": (2, 3, 2), "stride": (1, 2, 3), "pad": (1, 1, 0)}),
        ((2, 3, 7, 5), {"global_pool": True}),
        ((2, 3, 7, 5), {"global_pool": True, "kernel": (2, 2), "stride": (2, 2), "pad": (1, 1)}),
        ((2, 3, 7), {"global_pool": True}),
        ((2, 3, 5, 7, 4), {"global_pool": True}),
        ((2, 7, 3), {"kernel": (3,), "layout": "NWC"}),
        ((2, 7, 5, 3), {"kernel": (3, 2), "stride": (2, 1), "pad": (1, 0), "layout": "NHWC"}),
        ((2, 5, 7, 4, 3), {"kernel": (2, 3, 2), "layout": "NDHWC"}),
        ((2, 7, 5, 3), {"global_pool": True, "layout": "NHWC"}),
        ((2, 3, 7, 5), {"kernel": (2, 2), "layout": "NCHW"}),
    )
]
ROWS += [
    row("avg", 2, 3, 6, 5, kernel=(3, 3), stride=(2, 2), pad=(1, 1), count_include_pad=included, pooling_convention=way)
    for included in (True, False)
    for way in ("valid", "full")
]
ROWS += [row(kind, 2, 3, 5, 4, kernel=(2, 2), pad=(3, 2)) for kind in ("sum", "lp")]
ROWS += [
    # p = 1 and 3 take roots of signed sums; the root of one near zero has no good slope.
    Row("Pooling", {"pool_type": "lp", "p_value": p, **parameters}, {"data": apart(0.5, 3, 2, 3, 5, 7)})
    for p in (1, 3)
    for parameters in ({"kernel": (3, 2), "stride": (2, 2), "pad": (1, 1)}, {"global_pool": True})
]
ROWS += [
    Row("Pooling", {"pool_type": "lp", "p_value": p, "kernel": (3, 2)}, {"data": apart(-3, 3, 2, 3, 5, 7)},
        gradient="golden", dtypes=("float32",))
    for p in (1, 3)
]  # fmt: skip
ROWS += [
    Row("Pooling", {"pool_type": kind, "kernel": (3, 2), "stride": (2, 3), "pooling_convention": "same"},
        {"data": apart(-3, 3, 2, 3, 7, 8)}, oracle=same, golden=False, gradient="numerical")
    for kind in ("max", "avg", "sum")
]  # fmt: skip
ROWS += [
    Row("Pooling", {"kernel": (2,), "pool_type": kind}, {"data": (0, 3, 5)}, golden=False, gradient="numerical")
    for kind in ("max", "avg", "sum")
]
ROWS += [
    Row(
        "Pooling",
        {"pool_type": "lp", "p_value": 2, "kernel": (2,)},
        {"data": array([[[0, 0, 0, 3, 4]]])},
        gradient="golden",
    )
]
BAD = [
    Bad("Pooling", "Pooling: kernel is () but must have 1, 2 or 3 dimensions", error="ParameterError"),
    Bad("Pooling", "Pooling: kernel is () but must have 1, 2 or 3 dimensions", {"kernel": ()}, error="ParameterError"),
    Bad(
        "Pooling",
        "Pooling: parameter kernel is (0, 2) but must be a tuple of integers >= 1",
        {"kernel": (0, 2)},
        error="ParameterError",
    ),
    Bad(
        "Pooling",
        "Pooling: stride is (2,) but kernel (2, 2) has 2 dimensions",
        {"kernel": (2, 2), "stride": 2},
        error="ParameterError",
    ),
    Bad(
        "Pooling",
        "Pooling: parameter stride is (0, 1) but must be a tuple of integers >= 1",
        {"kernel": (2, 2), "stride": (0, 1)},
        error="ParameterError",
    ),
    Bad(
        "Pooling",
        "Pooling: pad is (2, 2) but must be below kernel (2, 2) along each axis",
        {"kernel": (2, 2), "pad": (2, 2)},
        error="ParameterError",
    ),
    Bad(
        "Pooling",
        "Pooling: parameter pool_type is 'foo' but must be one of 'avg', 'lp', 'max', 'sum'",
        {"kernel": (2, 2), "pool_type": "foo"},
        error="ParameterError",
    ),
    Bad(
        "Pooling",
        "Pooling: parameter pooling_convention is 'foo' but must be one of 'full', 'same', 'valid'",
        {"kernel": (2, 2), "pooling_convention": "foo"},
        error="ParameterError",
    ),
    Bad(
        "Pooling",
        "Pooling: pool_type 'lp' needs p_value",
        {"kernel": (2, 2), "pool_type": "lp"},
        error="ParameterError",
    ),
    Bad(
        "Pooling",
        "Pooling: parameter p_value is 4 but must be an integer >= 1 and <= 3 or None",
        {"kernel": (2, 2), "pool_type": "lp", "p_value": 4},
        error="ParameterError",
    ),
    Bad(
        "Pooling",
        "Pooling: layout is 'NWC' but kernel (2, 2) has 2 dimensions",
        {"kernel": (2, 2), "layout": "NWC"},
        error="ParameterError",
    ),
    Bad(
        "Pooling",
        "Pooling: pad is (1, 1) but pooling_convention 'same' pads by itself",
        {"kernel": (2, 2), "pad": (1, 1), "pooling_convention": "same"},
        error="ParameterError",
    ),
    Bad(
        "Pooling",
        "Pooling 'node': data is (2, 3, 4) but must have 4 dimensions [data (2, 3, 4)]",
        {"kernel": (2, 2)},
        {"data": (2, 3, 4)},
    ),
    Bad(
        "Pooling",
        "Pooling 'node': data is (2, 3, 4, 5) but must have 3 dimensions [data (2, 3, 4, 5)]",
        {"kernel": 2},
        {"data": (2, 3, 4, 5)},
    ),
    Bad(
        "Pooling",
        "Pooling 'node': kernel (5, 5) is larger than the data along spatial axis 0, which has 4 "
        "elements, padding included [data (2, 3, 4, 7)]",
        {"kernel": (5, 5)},
        {"data": (2, 3, 4, 7)},
    ),
    Bad(
        "Pooling",
        "Pooling 'node': data is (2, 3) but must have 3, 4 or 5 dimensions [data (2, 3)]",
        {"global_pool": True},
        {"data": (2, 3)},
    ),
    Bad(
        "Pooling",
        "Pooling 'node': data is (2, 3, 4) but must have 4 dimensions [data (2, 3, 4)]",
        {"global_pool": True, "layout": "NHWC"},
        {"data": (2, 3, 4)},
    ),
    Bad(
        "Pooling",
        "Pooling 'node': the type of data is int32 but must be a floating point type [data int32]",
        {"kernel": (2, 2)},
        {"data": (2, 3, 4, 5)},
        {"data": "int32"},
        error="DTypeError",
    ),
]
