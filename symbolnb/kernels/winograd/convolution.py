"""The kernels of the table: Winograd's convolution, and the weights that it takes."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import inf

import numpy as np

from symbolnb.dtypes import FLOAT32
from symbolnb.graph.spec import Layout, Spec
from symbolnb.kernels.fused.calls import address, call_at
from symbolnb.kernels.onednn.layout import ordered
from symbolnb.kernels.winograd import code
from symbolnb.kernels.winograd.text import ARGUMENTS, WIDE, rows_at_once, slot_size
from symbolnb.ops.base import Array, Operator
from symbolnb.ops.nn.winograd import ELEMENTS, KERNEL, WinogradConvolution, WinogradWeight, tiles
from symbolnb.settings import settings

Specs = Sequence[Spec]
Layouts = Sequence[Layout | None]

CACHE = 1 << 18
"""Bytes of transformed tiles that a piece may have, so that they stay in a processor's own cache."""


class WinogradKernel:
    """`WinogradConvolution` of blocked data, with the steps that follow it."""

    library = "winograd"

    def supports(self, operator: Operator, inputs: Specs, outputs: Specs) -> bool:
        """Whether channels come in whole blocks, and the code is there or worth waiting for."""
        assert isinstance(operator, WinogradConvolution)
        specs = (*inputs, *outputs)
        if (operator.scaled and not operator.no_bias) or not all(is_served(spec) for spec in specs):
            return False
        width = code.lanes()
        if not width or inputs[0].shape[1] % width or outputs[0].shape[1] % (WIDE * width):
            return False
        work = operator.multiply_adds([spec.shape for spec in inputs], [outputs[0].shape]) * 9 // 4
        return code.of_convolution(width, work >= code.AT_ONCE) is not None

    def layouts(self, operator: Operator, inputs: Specs, outputs: Specs) -> tuple[Layouts, Layouts]:
        """Blocks of channels; vectors are dense."""
        width = code.lanes()
        image = f"aBcd{width}b"
        wanted = [blocked(inputs[0], image), blocked(inputs[1], _made(width))]
        wanted += [blocked(spec, image) if len(spec.shape) == 4 else None for spec in inputs[2:]]
        return wanted, [blocked(outputs[0], image)]

    def workspace(self, operator: Operator, inputs: Specs, outputs: Specs) -> int:
        """What each thread needs: transformed tiles, products, a strip."""
        work = _Work(inputs[0], outputs[0])
        return work.slots * work.slot_size * work.lanes * FLOAT32.itemsize

    def inplace_pairs(self, operator: Operator, inputs: Specs, outputs: Specs) -> Sequence[tuple[int, int]]:
        """A residual, which is read where the output is written."""
        assert isinstance(operator, WinogradConvolution)
        return ((len(inputs) - 1, 0),) if operator.added else ()

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The compiled kernel bound to the arrays' memory."""
        assert isinstance(operator, WinogradConvolution)
        assert workspace is not None
        data, out = specs[0][0], specs[1][0]
        work = _Work(data, out)
        native = code.of_convolution(work.lanes, True)
        assert native is not None, f"{operator} was not supported"
        filters = out.shape[1]
        vectors = list(inputs[2:4] if operator.scaled else inputs[2 : 3 - operator.no_bias])
        if not operator.scaled:
            vectors = [_constant(1, filters), *(vectors or [_constant(0, filters)])]
        number = np.zeros(1, np.int64)
        arrays = [*inputs[:2], *vectors, inputs[-1] if operator.added else None, outputs[0], workspace, number]
        places = [0 if array is None else address(array) for array in arrays]
        ceiling = inf if operator.ceiling is None else operator.ceiling
        given = {
            **dict(zip(ARGUMENTS, places, strict=False)),
            **work.arguments(),
            "pad_y": operator.pads[0],
            "pad_x": operator.pads[1],
            "rectified": int(operator.rectified),
            "ceiling": struct.unpack("<i", struct.pack("<f", ceiling))[0],
        }
        size = sum(array.nbytes for array in arrays if array is not None)
        elements = out.elements * inputs[1].size
        return call_at(work.slots, 1, elements, [given[name] for name in ARGUMENTS], (size, arrays), native)


class WinogradWeightKernel:
    """`WinogradWeight` of dense weights."""

    library = "winograd"

    def supports(self, operator: Operator, inputs: Specs, outputs: Specs) -> bool:
        """Whether channels come in whole blocks."""
        assert isinstance(operator, WinogradWeight)
        if not all(is_served(spec) for spec in (*inputs, *outputs)):
            return False
        width, (_, channels, filters) = code.lanes(), outputs[0].shape
        whole = width > 0 and channels % width == 0 and filters % (WIDE * width) == 0
        return whole and code.of_weights(width) is not None

    def layouts(self, operator: Operator, inputs: Specs, outputs: Specs) -> tuple[Layouts, Layouts]:
        """Blocks of the convolution's output channels, for what it multiplies with."""
        return [None], [blocked(outputs[0], _made(code.lanes()))]

    def workspace(self, operator: Operator, inputs: Specs, outputs: Specs) -> int:
        """None is needed."""
        return 0

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
        """The compiled kernel bound to the arrays' memory."""
        assert isinstance(operator, WinogradWeight)
        width = code.lanes()
        native = code.of_weights(width)
        assert native is not None, f"{operator} was not supported"
        weight, (_, channels, filters) = specs[0][0], specs[1][0].shape
        steps = KERNEL**2 * weight.shape[1], KERNEL**2
        arguments = [
            *map(address, (inputs[0], outputs[0])), channels // width, *(steps[::-1] if operator.turned else steps),
            filters // width * channels, int(operator.turned),
        ]  # fmt: skip
        units = channels * filters // width**2
        size = inputs[0].nbytes + outputs[0].nbytes
        return call_at(units, 1, ELEMENTS * weight.elements, arguments, (size, (inputs, outputs)), native)


class _Work:
    """How a convolution is cut into pieces: of whole rows of tiles, and enough of them for all threads."""

    def __init__(self, data: Spec, out: Spec) -> None:
        self.lanes = code.lanes()
        batch, channels, self.height, self.width = data.shape
        _, filters, self.out_height, self.out_width = out.shape
        self.blocks, self.pairs = channels // self.lanes, filters // (WIDE * self.lanes)
        self.rows_of_image, self.tiles = tiles(self.out_height), tiles(self.out_width)
        self.rows, self.slots = batch * self.rows_of_image, settings.threads
        fitting = CACHE // (ELEMENTS * channels * FLOAT32.itemsize)
        least = -(-rows_at_once(self.lanes) // self.tiles)
        wanted = -(-self.rows // max(fitting // self.tiles, least))
        pieces = -(-wanted // self.slots) * self.slots
        self.rows_of_piece = -(-self.rows // pieces)
        self.slot_size = slot_size(self.tiles, self.rows_of_piece * self.tiles, self.blocks)

    def arguments(self) -> dict[str, int]:
        """Those of the kernel that are the same for each convolution of these shapes."""
        return {name: value for name, value in vars(self).items() if name in ARGUMENTS}


def blocked(spec: Spec, order: str) -> Layout | None:
    """A layout in oneDNN's letters for a tensor; None where that is dense."""
    layout = ordered(spec.shape, order)
    return None if layout.is_plain else layout


def _made(width: int) -> str:
    return f"aCb{WIDE * width}c"


def is_served(spec: Spec) -> bool:
    """Whether a tensor may have a kernel of these: it has elements, in float32."""
    return settings.winograd and spec.dtype == FLOAT32 and spec.elements > 0


@lru_cache(maxsize=64)
def _constant(value: float, count: int) -> Array:
    made: Array = np.full(count, value, np.float32)
    made.flags.writeable = False
    return made
