"""The kernel of the table for the gradient of a convolution's weight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod

import numpy as np

from symbolnb.dtypes import FLOAT32
from symbolnb.graph.spec import Spec
from symbolnb.kernels.fused.calls import address, call_at
from symbolnb.kernels.native import Several
from symbolnb.kernels.winograd import code
from symbolnb.kernels.winograd.convolution import Layouts, Specs, blocked, is_served
from symbolnb.kernels.winograd.gradient_text import ARGUMENTS
from symbolnb.kernels.winograd.text import WIDE, strip_size
from symbolnb.ops.base import Array, Operator
from symbolnb.ops.nn.convolution import ConvolutionWeightGradient
from symbolnb.ops.nn.winograd import ELEMENTS, by_tiles, tiles
from symbolnb.settings import settings

SHARED_CACHE = 1 << 22
"""Bytes of transformed tiles that a part of the batch may have, so that they stay in the cache of all processors."""

SMALLEST, FEWEST_TILES = 10_000_000, 64
"""Multiply-adds by the definition, and tiles, below which oneDNN's kernel takes no longer."""


class WinogradWeightGradientKernel:
    """`ConvolutionWeightGradient` by 3 x 3 of blocked arrays."""

    library = "winograd"

    def supports(self, operator: Operator, inputs: Specs, outputs: Specs) -> bool:
        """Whether it pays, channels come in whole blocks, and the code is there or worth waiting for."""
        assert isinstance(operator, ConvolutionWeightGradient)
        if not by_tiles(operator) or not all(is_served(spec) for spec in (*inputs, *outputs)):
            return False
        data, grad = (spec.shape for spec in inputs)
        work = operator.multiply_adds([data, grad], [outputs[0].shape])
        if work < SMALLEST or grad[0] * prod(map(tiles, grad[2:])) < FEWEST_TILES:
            return False
        width = code.lanes()
        if not width or data[1] % width or grad[1] % (WIDE * width):
            return False
        return code.of_weight_gradient(width, work >= code.AT_ONCE) is not None

    def layouts(self, operator: Operator, inputs: Specs, outputs: Specs) -> tuple[Layouts, Layouts]:
        """Blocks of channels; the result is dense."""
        image = f"aBcd{code.lanes()}b"
        return [blocked(spec, image) for spec in inputs], [None]

    def workspace(self, operator: Operator, inputs: Specs, outputs: Specs) -> int:
        """The transformed tiles of a part, the sums, and a strip for each thread."""
        return _Parts(inputs[0], inputs[1]).nbytes

    def inplace_pairs(self, operator: Operator, inputs: Specs, outputs: Specs) -> Sequence[tuple[int, int]]:
        """None may share memory."""
        return ()

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """Two calls for each part of the batch, and the last step."""
        assert isinstance(operator, ConvolutionWeightGradient)
        assert workspace is not None
        parts = _Parts(*specs[0])
        natives = code.of_weight_gradient(parts.lanes, True)
        assert natives is not None, f"{operator} was not supported"
        transform, multiply, finish = natives
        number = np.zeros(1, np.int64)
        arrays = [*inputs, *outputs, workspace, number]
        start = address(workspace)
        given = {
            **parts.arguments(),
            **{name: start + place for name, place in parts.places.items()},
            "data": address(inputs[0]),
            "grad": address(inputs[1]),
            "out": address(outputs[0]),
            "next": address(number),
            "pad_y": operator.pads[0],
            "pad_x": operator.pads[1],
        }
        data = sum(array.nbytes for array in arrays), arrays
        pairs = parts.pairs * parts.blocks
        work = specs[0][0].elements * parts.lanes * pairs
        calls = []
        for first, last in pairwise(parts.bounds):
            given |= {"first": first, "count": last - first, "fresh": int(first == 0)}
            listed = [given[name] for name in ARGUMENTS]
            calls.append(call_at(parts.slots, 1, work, listed, data, transform))
            calls.append(call_at(ELEMENTS * pairs, 1, work, listed, data, multiply))
        calls.append(call_at(pairs, 1, ELEMENTS * outputs[0].size, listed, data, finish))
        return Several(calls)


class _Parts:
    """How the batch is cut into parts of whole rows of tiles, and what lies where in the scratch memory."""

    def __init__(self, data: Spec, grad: Spec) -> None:
        self.lanes = code.lanes()
        batch, channels, self.height, self.width = data.shape
        _, filters, self.out_height, self.out_width = grad.shape
        self.blocks, self.pairs = channels // self.lanes, filters // (WIDE * self.lanes)
        self.rows_of_image, self.tiles = tiles(self.out_height), tiles(self.out_width)
        self.slots, self.slot_size = settings.threads, strip_size(self.tiles)
        rows, of_row = batch * self.rows_of_image, ELEMENTS * self.tiles * FLOAT32.itemsize
        count = -(-rows * of_row * (channels + filters) // SHARED_CACHE)
        self.bounds = [rows * part // count for part in range(count + 1)]
        most = max(last - first for first, last in pairwise(self.bounds))
        sizes = {
            "data_tiles": most * of_row * channels,
            "grad_tiles": most * of_row * filters,
            "sums": ELEMENTS * channels * filters * FLOAT32.itemsize,
            "scratch": self.slots * self.slot_size * self.lanes * FLOAT32.itemsize,
        }
        self.places: dict[str, int] = {}
        self.nbytes = 0
        for name, size in sizes.items():
            self.places[name] = self.nbytes
            self.nbytes += size

    def arguments(self) -> dict[str, int]:
        """Those of the kernels that are the same for each convolution of these shapes."""
        return {name: value for name, value in vars(self).items() if name in ARGUMENTS}
