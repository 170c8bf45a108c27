"""UpSampling: images enlarged by a whole number."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import PartialShape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import one_float_type
from symbolnb.ops.registry import create
from symbolnb.ops.term import Term, call, reshape
from symbolnb.ops.vision.shapes import IMAGES, first, of_rank


@register
class UpSampling(Operator):
    """Images enlarged by a whole number, by repeating pixels or by a bilinear filter.

    Shapes: data ``(batch, channels, height, width)``. nearest takes several inputs, all brought to the size
    that the first one gets, whose channels are then joined or added up. bilinear takes data and a weight
    ``(num_filter, 1, kernel, kernel)`` with ``kernel = 2 scale - scale % 2``, which is learned, and starts as the
    bilinear filter by the initializer of that name.
    """

    name = "UpSampling"
    signature = ("scale", "num_filter", "sample_type", "multi_input_mode", "num_args", "workspace")

    scale: int = p.integer(minimum=1, maximum=1000, doc="how many times as high and wide the first input becomes")
    num_filter: int = p.integer(0, minimum=0, doc="number of channels of the data, for bilinear")
    sample_type: str = p.choice("bilinear", "nearest", doc="how pixels come between those of the data")
    multi_input_mode: str = p.choice(
        "concat", "sum", default="concat", doc="what becomes of several inputs: their channels joined, or their sum"
    )
    num_args: int = p.count(doc="number of inputs; without effect for bilinear")
    workspace: int = p.integer(512, minimum=0, doc="accepted for MXNet's sake; without effect")

    def __post_init__(self) -> None:
        if self.sample_type == "bilinear" and self.num_filter < 1:
            raise ParameterError(f"num_filter is {self.num_filter} but bilinear needs the number of channels")

    @property
    def bilinear(self) -> bool:
        """Whether a filter is used."""
        return self.sample_type == "bilinear"

    def input_names(self) -> tuple[str, ...]:
        if self.bilinear:
            return ("data", "weight")
        return tuple(f"arg{index}" for index in range(self.num_args))

    def _filter(self) -> Operator:
        """The transposed convolution that a bilinear enlargement is."""
        kernel, pad = 2 * self.scale - self.scale % 2, self.scale // 2
        return create(
            "Deconvolution", kernel=(kernel, kernel), stride=(self.scale, self.scale), pad=(pad, pad),
            num_filter=self.num_filter, num_group=self.num_filter, no_bias=True,
        )  # fmt: skip

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        if self.bilinear:
            of_rank(inputs[0], IMAGES)
            return self._filter().infer_shape(inputs, outputs)
        shapes = [of_rank(shape, IMAGES, name) for shape, name in zip(inputs, self.input_names(), strict=True)]
        out = of_rank(outputs[0], IMAGES, "output")
        sizes = [self._enlarged(shapes[0][axis], out[axis]) for axis in (2, 3)]
        for name, shape in zip(self.input_names(), shapes, strict=True):
            for axis, size in zip((2, 3), sizes, strict=True):
                small = shape[axis]
                if size is not None and small is not None and (small == 0 or size % small):
                    raise ShapeError(
                        f"{name} has size {small} on axis {axis}, which does not divide the output's {size}"
                    )
        batch = first(out[0], *(shape[0] for shape in shapes))
        channels: list[int | None] = [shape[1] for shape in shapes]
        if self.multi_input_mode == "sum" or len(shapes) == 1:
            same = first(out[1], *channels)
            channels, total = [same] * len(shapes), same
        else:
            found = [size for size in channels if size is not None]
            total = sum(found) if len(found) == len(channels) else None
        made: Shapes = [(batch, size, *shape[2:]) for size, shape in zip(channels, shapes, strict=True)]
        result: PartialShape = (batch, total, *sizes)
        return made, [result]

    def _enlarged(self, size: int | None, out: int | None) -> int | None:
        return out if size is None else size * self.scale

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        if self.bilinear:
            self._filter().forward(xp, inputs, outputs)
            return
        out, start = outputs[0], 0
        for position, data in enumerate(inputs):
            by = out.shape[2] // data.shape[2], out.shape[3] // data.shape[3]
            large = data.repeat(by[0], axis=2).repeat(by[1], axis=3)
            if self.multi_input_mode == "concat":
                out[:, start : start + data.shape[1]] = large
                start += data.shape[1]
            elif position == 0:
                out[...] = large
            else:
                out += large

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        grad = grads[0]
        if grad is None:
            return (None,) * len(inputs)
        if self.bilinear:
            return self._filter().gradient(inputs, outputs, grads)
        made, start = [], 0
        for data in inputs:
            part = grad
            if self.multi_input_mode == "concat" and len(inputs) > 1:
                part = call("slice_axis", grad, axis=1, begin=start, end=start + data.shape[1])
                start += data.shape[1]
            made.append(_gathered(part, data))
        return tuple(made)


def _gathered(grad: Term, data: Term) -> Term:
    """The sum over the pixels that each pixel was repeated to."""
    batch, channels, height, width = data.shape
    by = grad.shape[2] // height, grad.shape[3] // width
    cells = reshape(grad, (batch, channels, height, by[0], width, by[1]))
    return reshape(call("sum", cells, axis=(3, 5)), data.shape)
