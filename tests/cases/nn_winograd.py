"""Rows of Winograd's convolution and of the weight that it takes, by the formulas of arXiv:1509.09308."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.nn_fused import WIDE, finished
from tests.cases.row import Array, Row

B = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]], float)
G = np.array([[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]]) / 2
A = np.array([[1, 1, 1, 0], [0, 1, -1, -1]], float)


def spread(weight: Array, turned: bool = False) -> Array:
    """G g Gᵀ of each kernel, with the elements first and the filters last."""
    kernels = np.flip(weight, (2, 3)).swapaxes(0, 1) if turned else weight
    return np.einsum("ai,kcij,bj->abck", G, kernels, G).reshape(16, *kernels.shape[1::-1])


def convolved(data: Array, weight: Array, *rest: Array, **given: Any) -> Array:
    """Aᵀ (U ⊙ Bᵀ d B) A, one tile after the other, and the steps after it."""
    pads = given.get("pad", (0, 0))
    height, width = (size + 2 * pad - 2 for size, pad in zip(data.shape[2:], pads, strict=True))
    padded = np.pad(data, ((0, 0), (0, 0), *((pad, pad + 1) for pad in pads)))
    out = np.zeros((len(data), weight.shape[2], height + 1, width + 1))
    for row in range(0, height, 2):
        for column in range(0, width, 2):
            tile = np.einsum("ai,ncij,bj->abnc", B, padded[:, :, row : row + 4, column : column + 4], B)
            products = tile.reshape(16, *tile.shape[2:]) @ weight
            grid = products.reshape(4, 4, *products.shape[1:])
            out[:, :, row : row + 2, column : column + 2] = np.einsum("ra,abnk,sb->nkrs", A, grid, A)
    return finished(out[:, :, :height, :width], list(rest), **given)


def weight_row(filters: int, channels: int, turned: bool) -> Row:
    """A row of the weight's transform."""
    inputs = {"weight": (filters, channels, 3, 3)}
    return Row(
        "_winograd_weight", {"turned": turned}, inputs, oracle=spread, golden=False, gradient="none", dtypes=WIDE
    )


def row(data: Any, filters: int, out: Any = None, bias: bool = False, **parameters: Any) -> Row:
    """A row that adds a residual of the shape `out` where that is given."""
    inputs = {"data": data, "weight": (16, data[1], filters)}
    vectors = ["bias"] * bias + ["scale", "shift"] * bool(parameters.get("scaled"))
    inputs |= dict.fromkeys(vectors, (filters,))
    inputs |= {} if out is None else {"residual": out}
    given = {"kernel": (3, 3), "num_filter": filters, "no_bias": not bias, "added": out is not None, **parameters}
    return Row("_winograd_convolution", given, inputs, oracle=convolved, golden=False, gradient="none", dtypes=WIDE)


ROWS = [
    weight_row(3, 2, turned=False),
    weight_row(3, 2, turned=True),
    weight_row(32, 16, turned=False),
    weight_row(32, 64, turned=True),
    weight_row(0, 2, turned=False),
    row((2, 3, 7, 5), 4),
    row((2, 3, 7, 6), 4, pad=(1, 1), bias=True),
    row((1, 2, 3, 3), 1, pad=(2, 2), bias=True, rectified=True),
    row((1, 2, 1, 4), 3, pad=(1, 0), scaled=True),
    row((2, 3, 4, 5), 5, (2, 5, 4, 5), pad=(1, 1), scaled=True, rectified=True),
    row((2, 3, 4, 5), 5, (2, 5, 4, 5), pad=(1, 1), bias=True, rectified=True, ceiling=6.0),
    row((2, 3, 4, 5), 5, (2, 5, 2, 3)),
    row((2, 16, 9, 8), 32, (2, 32, 9, 8), pad=(1, 1), scaled=True, rectified=True),
    row((0, 3, 4, 5), 5, pad=(1, 1), bias=True),
]
