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

AT_ONCE = 32
"""How many cuts are computed together: more would leave the processor's cache."""

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
        cuts = _Cuts(np.array(hist.tolist(), "float64"), self.num_quantized_bins)  # on the host for every device
        middle = hist.size // 2
        reaches = np.arange(min(self.num_quantized_bins // 2, middle), middle + 1)
        alike = np.flatnonzero(np.diff(cuts.width(reaches))) + 1
        parts = [part[at : at + AT_ONCE] for part in np.split(reaches, alike) for at in range(0, part.size, AT_ONCE)]
        found = np.concatenate([cuts.divergences(part) for part in parts])
        best = int(np.argmin(found))
        outputs[0][...] = edges[middle + reaches[best] + 1]
        outputs[1][...] = found[best]


class _Cuts:
    """A histogram, cut off at many places at once and put into few bins.

    Arrays of two dimensions have a row for each place, counted from where the cut begins, and a column for each cut.
    So sums over rows are added one after the other in float32, as in MXNet.
    """

    def __init__(self, counts: Array, bins: int) -> None:
        self.counts, self.bins = counts, bins
        spare = np.zeros(AT_ONCE)  # columns of shorter cuts end in places that are not there
        self._single = np.concatenate((counts, spare)).astype("float32")
        self._present = (self._single != 0).astype("float32")
        self._sums = np.concatenate(([0.0], np.cumsum(counts)))
        self._filled = np.concatenate(([0], np.cumsum(counts != 0)))

    def width(self, reaches: Array) -> Array:
        """How many places go into one bin, for cuts that reach so far from the middle; the last takes the rest."""
        return np.maximum((2 * reaches + 1) // self.bins, 1)

    def divergences(self, reaches: Array) -> Array:
        """Between the histogram and its coarse form, for cuts of one width; what is cut off counts at the ends."""
        middle, sizes = self.counts.size // 2, 2 * reaches + 1
        longest, columns = int(sizes[-1]), np.arange(reaches.size)
        starts, stops, last = middle - reaches, middle + reaches + 1, (sizes - 1, columns)
        first = np.where(sizes > 1, self._sums[starts + 1], self._sums[-1])
        rest = np.where(sizes > 1, self._sums[-1] - self._sums[stops - 1], self._sums[-1])
        outside = np.arange(sizes[0], longest)[:, None] >= sizes  # only the last rows have places that are not there

        edges = np.minimum(np.arange(self.bins + 1)[:, None] * self.width(reaches[:1]), sizes)
        edges[-1] = sizes
        totals = np.diff(self._sums[starts + edges], axis=0)
        members = np.diff(self._filled[starts + edges], axis=0)
        totals[0] -= self.counts[starts]  # as MXNet does: the first place only has to do with what is cut off
        members[0] -= self.counts[starts] != 0
        means = (totals / np.maximum(members, 1)).astype("float32")

        whole = self._windows(self._single, starts, longest)
        whole[0], whole[last] = first, rest
        coarse = self._windows(self._present, starts, longest)
        coarse[0], coarse[last] = first != 0, rest != 0
        for part in (whole, coarse):
            part[sizes[0] :][outside] = 0
        coarse *= np.repeat(means, np.diff(edges[:, -1]), axis=0)
        one, other = _shares(whole, sizes, outside), _shares(coarse, sizes, outside)
        other[sizes[0] :][outside] = 1
        np.divide(one, other, out=other)
        other[sizes[0] :][outside] = 1
        found = np.add.reduce(one * np.log(other.astype("float64")).astype("float32"), axis=0)
        return np.where(totals.any(axis=0), found, np.float32(LARGEST))

    def _windows(self, values: Array, starts: Array, longest: int) -> Array:
        """The values from each start on; the starts go down by one."""
        rows = np.lib.stride_tricks.sliding_window_view(values[starts[-1] :], starts.size)[:longest]
        return rows[:, ::-1].copy()


def _shares(counts: Array, sizes: Array, outside: Array) -> Array:
    """The counts as shares of their sum, after each that is not zero gave a little to those that are."""
    filled = np.count_nonzero(counts, axis=0)
    counts -= (SMALL * (sizes - filled) / np.maximum(filled, 1)).astype("float32")
    np.maximum(counts, np.float32(SMALL), out=counts)
    counts[sizes[0] :][outside] = 0
    counts /= np.add.reduce(counts, axis=0)
    return counts
