"""Convolution by 3 x 3 with fewer multiplications, as Winograd's minimal filtering F(2 x 2, 3 x 3) has it.

Each tile d of 4 x 4 pixels gives 2 x 2 pixels of the output: ``Aᵀ ((G g Gᵀ) ⊙ (Bᵀ d B)) A`` for a kernel g. These are
16 multiplications where the definition has 36. All constants are 0, 1 and ½, so results differ from the definition's
by rounding alone, and by about as much as those of two orders of summation do.

Source: A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks, arXiv:1509.09308, section 4.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import ModuleType

from symbolnb.errors import ParameterError
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import one_float_type
from symbolnb.ops.nn.convolution import Convolving
from symbolnb.ops.nn.fused_convolution import FusedConvolution
from symbolnb.ops.nn.windows import pad_spatial, windows

KERNEL = 3
"""Elements along a side of the kernel."""

TILE = 4
"""Pixels along a side of a tile; the next one begins `MADE` pixels further on."""

MADE = 2
"""Pixels of the output along a side that a tile gives."""

ELEMENTS = TILE * TILE

_B = ((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, 0, -1))
_G = ((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1))
_A = ((1, 1, 1, 0), (0, 1, -1, -1))


def tiles(size: int) -> int:
    """How many tiles there are along an axis of the output."""
    return -(-size // MADE)


def by_tiles(operator: Convolving) -> bool:
    """Whether an operator is such a convolution, or one of its gradients."""
    usual = operator.kernel == (KERNEL, KERNEL) and operator.strides == operator.dilates == (1, 1)
    return usual and operator.num_group == 1 and not operator.channels_last


@register
class WinogradWeight(Operator):
    """The weight of a convolution by 3 x 3 as `WinogradConvolution` takes it: ``G g Gᵀ`` of each kernel g.

    Shapes: weight ``(filters, channels, 3, 3)``, output ``(16, channels, filters)``. If `turned`, it is that for the
    gradient of the data: kernels turned by half a turn, output ``(16, filters, channels)``.
    """

    name = "_winograd_weight"
    internal = True

    turned: bool = p.boolean(False, doc="whether it is for the gradient of the data")

    def input_names(self) -> tuple[str, ...]:
        return ("weight",)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        filters, channels = (None, None) if inputs[0] is None else inputs[0][:2]
        inner = (filters, channels) if self.turned else (channels, filters)
        return [(filters, channels, KERNEL, KERNEL)], [(ELEMENTS, *inner)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        weight, out = inputs[0], outputs[0]
        if self.turned:
            weight = weight[:, :, ::-1, ::-1].swapaxes(0, 1)
        spread = xp.asarray(_G, weight.dtype)
        made = xp.matmul(xp.matmul(spread, weight), spread.T)
        out[...] = made.reshape(*weight.shape[:2], ELEMENTS).transpose(2, 1, 0)


@register
class WinogradConvolution(FusedConvolution):
    """`FusedConvolution` by 3 x 3, one pixel after the other, of data and a weight that `WinogradWeight` made.

    Shapes: data ``(batch, channels, height, width)``, weight ``(16, channels, num_filter)``, all others as there.
    """

    name = "_winograd_convolution"
    internal = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if not by_tiles(self):
            raise ParameterError("Winograd's convolution needs kernel (3, 3), no steps, one group and channels second")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        weight = inputs[1]
        channels = None if weight is None else weight[1]
        usual = (self.num_filter, channels, KERNEL, KERNEL)
        found, made = super().infer_shape([inputs[0], usual, *inputs[2:]], outputs)
        assert found[1] is not None
        return [found[0], (ELEMENTS, found[1][1], self.num_filter), *found[2:]], made

    def multiply_adds(self, inputs: Sequence[tuple[int, ...]], outputs: Sequence[tuple[int, ...]]) -> int:
        batch, _, *sizes = outputs[0]
        return batch * prod(map(tiles, sizes)) * prod(inputs[1])

    def convolve(self, xp: ModuleType, inputs: Sequence[Array], out: Array) -> None:
        data, weight = inputs[:2]
        before, after = (xp.asarray(matrix, data.dtype) for matrix in (_B, _A))
        rows, columns = map(tiles, out.shape[2:])
        ends = [count * MADE + TILE - MADE for count in (rows, columns)]
        pads = [(pad, end - size - pad) for pad, end, size in zip(self.pads, ends, data.shape[2:], strict=True)]
        for sample, made in zip(data, out, strict=True):
            padded = pad_spatial(xp, sample[None], tuple(pads), 0)
            view = windows(xp, padded, (TILE, TILE), (MADE, MADE), (1, 1))[0]
            tile = xp.matmul(xp.matmul(before, view), before.T).reshape(*view.shape[:3], ELEMENTS)
            products = xp.matmul(tile.transpose(3, 1, 2, 0).reshape(ELEMENTS, rows * columns, -1), weight)
            grid = products.reshape(TILE, TILE, rows, columns, -1).transpose(4, 2, 3, 0, 1)
            blocks = xp.matmul(xp.matmul(after, grid), after.T).transpose(0, 1, 3, 2, 4)
            made[...] = blocks.reshape(-1, rows * MADE, columns * MADE)[:, : made.shape[1], : made.shape[2]]
        if not self.no_bias:
            xp.add(out, inputs[2].reshape(-1, 1, 1), out=out)
