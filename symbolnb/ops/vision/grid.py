"""Grids of sampling positions, and the spatial transformer made of a grid and a sampler."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.errors import ParameterError
from symbolnb.graph.spec import Shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import one_float_type
from symbolnb.ops.term import Term, apply, call, cast
from symbolnb.ops.vision.sampling import Interpolate
from symbolnb.ops.vision.shapes import IMAGES, computing, computing_dtype, first, of_rank

FLOWS = "(batch, 2, height, width)"


def places(xp: ModuleType, size: int) -> Array:
    """The coordinates of `size` pixels, from -1 to 1; a single one is in the middle."""
    return xp.arange(size) * (2 / (size - 1)) - 1 if size > 1 else xp.zeros(1)


def homogeneous(xp: ModuleType, shape: Shape, dtype: object) -> Array:
    """The positions (x, y, 1) of all pixels of an image of this height and width, one a column."""
    height, width = shape
    x = xp.broadcast_to(places(xp, width), shape).reshape(-1)
    y = xp.broadcast_to(places(xp, height)[:, None], shape).reshape(-1)
    return xp.stack([x, y, xp.ones(height * width)]).astype(dtype)


@register
class GridGenerator(Operator):
    """A grid of sampling positions from an affine map or from a flow of pixels.

    affine: data ``(batch, 6)``, the rows of a 2 x 3 matrix that maps ``(x, y, 1)`` of each output pixel to the
    position to sample; the output is ``(batch, 2, *target_shape)``. warp: data ``(batch, 2, height, width)``, how
    many pixels each position is away from its own pixel, x first; the output has the same shape. Coordinates
    run from -1 to 1.
    """

    name = "GridGenerator"

    transform_type: str = p.choice("affine", "warp", doc="what the data is: an affine map or a flow")
    target_shape: Shape = p.shape((0, 0), minimum=0, doc="height and width of the grid, for affine")

    def __post_init__(self) -> None:
        if self.transform_type == "affine" and (len(self.target_shape) != 2 or 0 in self.target_shape):
            raise ParameterError(f"target_shape is {self.target_shape} but affine needs a height and a width")

    def output_names(self) -> tuple[str, ...]:
        return ("output", "grid_dst")

    def visible_outputs(self) -> int:
        return 1

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        out = of_rank(outputs[0], FLOWS, "output")
        if self.transform_type == "affine":
            batch = first(of_rank(inputs[0], "(batch, 6)")[0], out[0])
            return [(batch, 6)], [(batch, 2, *self.target_shape), (0,)]
        data = of_rank(inputs[0], FLOWS)
        batch, height, width = (first(data[axis], out[axis]) for axis in (0, 2, 3))
        return [(batch, 2, height, width)], [(batch, 2, height, width), (0,)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, out = computing(xp, inputs[0]), outputs[0]
        if self.transform_type == "affine":
            grid = xp.matmul(data.reshape(-1, 2, 3), homogeneous(xp, self.target_shape, data.dtype))
            out[...] = grid.reshape(out.shape)
            return
        height, width = data.shape[2:]
        out[:, 0] = data[:, 0] * (2 / max(width - 1, 1)) + places(xp, width).astype(data.dtype)
        out[:, 1] = data[:, 1] * (2 / max(height - 1, 1)) + places(xp, height).astype(data.dtype)[:, None]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        adjoint = AffineGridGradient if self.transform_type == "affine" else FlowGradient
        return apply(adjoint(), grads[0])


@register
class AffineGridGradient(Operator):
    """The gradient of an affine map from that of its grid: linear, as the grid is in the map."""

    name = "_affine_grid_gradient"
    internal = True

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [(None if inputs[0] is None else inputs[0][0], 6)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grad = computing(xp, inputs[0])
        batch, _, height, width = grad.shape
        columns = homogeneous(xp, (height, width), grad.dtype)
        outputs[0][...] = xp.matmul(grad.reshape(batch, 2, height * width), columns.T).reshape(batch, 6)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        return (call("GridGenerator", grads[0], transform_type="affine", target_shape=inputs[0].shape[2:]),)


@register
class FlowGradient(Operator):
    """Pixels turned into coordinates from -1 to 1: the gradient of a flow, and its own."""

    name = "_flow_grid_gradient"
    internal = True

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [inputs[0]]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        height, width = inputs[0].shape[2:]
        xp.multiply(inputs[0][:, 0], 2 / max(width - 1, 1), out=outputs[0][:, 0])
        xp.multiply(inputs[0][:, 1], 2 / max(height - 1, 1), out=outputs[0][:, 1])

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,) if grads[0] is None else apply(self, grads[0])


@register
class SpatialTransformer(Operator):
    """Images moved by an affine map each: a GridGenerator and a BilinearSampler in one.

    Shapes: data ``(batch, channels, height, width)``, loc ``(batch, 6)``; the output is
    ``(batch, channels, *target_shape)``.
    """

    name = "SpatialTransformer"

    target_shape: Shape = p.shape((0, 0), minimum=0, doc="height and width of the output")
    transform_type: str = p.choice("affine", doc="the kind of map; there is but one")
    sampler_type: str = p.choice("bilinear", doc="the kind of sampling; there is but one")
    cudnn_off: bool | None = p.boolean(None, optional=True, doc="accepted for MXNet's sake; without effect")

    def __post_init__(self) -> None:
        if len(self.target_shape) != 2 or 0 in self.target_shape:
            raise ParameterError(f"target_shape is {self.target_shape} but must be a height and a width")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "loc")

    def output_names(self) -> tuple[str, ...]:
        return ("output", "grid_dst", "grid_src")

    def visible_outputs(self) -> int:
        return 1

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = of_rank(inputs[0], IMAGES), of_rank(outputs[0], IMAGES, "output")
        loc = of_rank(inputs[1], "(batch, 6)", "loc")
        batch, channels = first(data[0], loc[0], out[0]), first(data[1], out[1])
        grid = (batch, 2, *self.target_shape)
        return [(batch, channels, *data[2:]), (batch, 6)], [(batch, channels, *self.target_shape), (0,), grid]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        found, _ = one_float_type([*inputs, outputs[0]], [])
        wide = None if found[0] is None else computing_dtype(found[0])
        return found[:2], [found[0], found[0], wide]

    def _grid(self) -> GridGenerator:
        return GridGenerator(transform_type="affine", target_shape=self.target_shape)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grid = outputs[2]
        self._grid().forward(xp, inputs[1:], [grid])
        Interpolate().read(xp, inputs[0], grid, outputs[0])

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        loc = cast(inputs[1], outputs[2].dtype)
        grid = apply(self._grid(), loc)  # as a term of its own, through which higher orders run
        data_grad, grid_grad = Interpolate().gradient((inputs[0], grid[0]), outputs, grads[:1])
        (loc_grad,) = self._grid().gradient((loc,), grid, (grid_grad,))
        return data_grad, None if loc_grad is None else cast(loc_grad, inputs[1].dtype)
