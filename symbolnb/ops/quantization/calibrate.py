"""The threshold for quantizing that loses least."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import numpy as np

from symbolnb.dtypes import FLOAT32
from symbolnb.errors import ShapeError
from symbolnb.graph.spec import show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Shapes, register
from symbolnb.ops.quantization.ranges import Quantized

SMALL = 1e-4
"""What an empty bin is filled with, so that the divergence is finite."""

LARGEST = float(np.finfo("float32").max)
"""The divergence where the cut histogram is empty; MXNet's word for infinite."""


@register
class CalibrateEntropy(Quantized):
    """The symmetric threshold at which a histogram, cut off and put into few bins, differs least from itself.

    The difference is the Kullback-Leibler divergence. Shapes: hist ``(bins,)`` with an odd number of bins around 0,
    hist_edges ``(bins + 1,)``; the outputs are the threshold and the divergence, each ``(1,)``.
    """

    name = "_contrib_calibrate_entropy"

    num_quantized_bins: int = p.integer(255, minimum=1, doc="how many bins the integers have")

    def input_names(self) -> tuple[str, ...]:
        return ("hist", "hist_edges")

    def output_names(self) -> tuple[str, ...]:
        return ("threshold", "divergence")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        hist, edges = inputs
        for name, shape in (("hist", hist), ("hist_edges", edges)):
            if shape is not None and len(shape) != 1:
                raise ShapeError(f"{name} is {show_shape(shape)} but must have 1 dimension")
        count = hist[0] if hist is not None else None
        if count is None and edges is not None and edges[0] is not None:
            count = edges[0] - 1
        return [(count,), (None if count is None else count + 1,)], [(1,), (1,)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return inputs, [FLOAT32, FLOAT32]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        hist, edges = inputs
        counts = np.array(hist.tolist(), "float64")  # sequential and small: on the host for every device
        middle, first = counts.size // 2, self.num_quantized_bins // 2
        ranges = range(min(first, middle), middle + 1)
        found = [self._divergence(counts, middle - reach, middle + reach + 1) for reach in ranges]
        best = int(np.argmin(found))
        outputs[0][...] = edges[middle + ranges[best] + 1]
        outputs[1][...] = found[best]

    def _divergence(self, counts: Array, start: int, stop: int) -> float:
        inner = counts[start:stop].copy()
        whole = inner.copy()
        whole[0] += counts[:start].sum()
        whole[-1] += counts[stop:].sum()
        inner[0] = 0  # as MXNet does: the first bin only has to do with what is cut off
        bins, width = self.num_quantized_bins, inner.size // self.num_quantized_bins
        owner = np.minimum(np.arange(inner.size) // max(width, 1), bins - 1)
        totals = np.bincount(owner, inner, bins)
        members = np.bincount(owner, inner != 0, bins)
        coarse = np.where(whole != 0, (totals / np.maximum(members, 1))[owner], 0.0)
        if not coarse.any():
            return LARGEST
        one, other = _smooth(whole.astype("float32")), _smooth(coarse.astype("float32"))
        one, other = (
            part / np.cumsum(part)[-1] for part in (one, other)
        )  # one after the other in float32, as in MXNet
        return float((one * np.log(one / other)).sum())


def _smooth(counts: Array) -> Array:
    """The counts with a little taken from those that are not zero and given to those that are."""
    empty = counts == 0
    share = SMALL * empty.sum() / max(1, (~empty).sum())
    return counts + np.where(empty, SMALL, -share).astype(counts.dtype)
