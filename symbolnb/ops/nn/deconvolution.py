"""Deconvolution: a convolution run backward, from its output to its data."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import ModuleType

from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import Shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, Shapes, register
from symbolnb.ops.nn.convolution import ConvolutionDataGradient, Convolving, sum_of_channels
from symbolnb.ops.nn.windows import channels_first, channels_first_shape, channels_last_shape, span
from symbolnb.ops.term import Term


@register
class Deconvolution(Convolving):
    """Transposed convolution: the gradient of a convolution's data, used as a layer.

    Shapes, with channels second: data ``(batch, channels, *sizes)``, weight
    ``(channels, num_filter / num_group, *kernel)``, bias ``(num_filter,)``; the output is
    ``(batch, num_filter, *out)`` with ``out = stride (size - 1) + dilate (kernel - 1) + 1 - 2 pad + adj``.
    With ``target_shape`` the output has those sizes, and padding follows from them. With a layout of channels
    last, data, weight and output have their second axis last.
    """

    name = "Deconvolution"
    signature = (
        "kernel", "stride", "dilate", "pad", "adj", "target_shape", "num_filter", "num_group", "workspace",
        "no_bias", "cudnn_tune", "cudnn_off", "layout",
    )  # fmt: skip

    adj: Shape = p.shape((), minimum=0, like=(0,), doc="elements added after each output axis; fewer than its stride")
    target_shape: Shape = p.shape((), minimum=0, like=(0,), doc="sizes of the output, instead of pad and adj; 0: any")
    workspace: int = p.integer(512, minimum=0, doc="accepted for MXNet's sake; without effect")
    no_bias: bool = p.boolean(True, doc="whether to leave out the bias")
    cudnn_tune: str | None = p.choice(
        "off", "limited_workspace", "fastest", default=None, optional=True,
        doc="accepted for MXNet's sake; without effect",
    )  # fmt: skip
    cudnn_off: bool = p.boolean(False, doc="accepted for MXNet's sake; without effect")

    def __post_init__(self) -> None:
        super().__post_init__()
        count = len(self.kernel)
        for word in ("adj", "target_shape"):
            value = getattr(self, word)
            if value and len(value) != count:
                raise ParameterError(f"{word} is {value} but kernel {self.kernel} has {count} dimensions")
        if any(extra >= step for extra, step in zip(self.adj, self.strides, strict=False)):
            raise ParameterError(f"adj is {self.adj} but must be below stride {self.strides} along each axis")
        if self.num_filter % self.num_group:
            raise ParameterError(f"num_group {self.num_group} does not divide num_filter {self.num_filter}")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "weight") if self.no_bias else ("data", "weight", "bias")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        self.check_rank(inputs[0])
        self.check_rank(outputs[0], "output")
        last, unknown = self.channels_last, (None,) * len(self.kernel)
        data = channels_first_shape(inputs[0], last) or (None, None, *unknown)
        out = channels_first_shape(outputs[0], last) or (None, None, *unknown)
        weight = inputs[1]
        channels = data[1]
        if channels is None and weight is not None:
            channels = weight[0]
        if channels is not None and channels % self.num_group:
            raise ShapeError(f"num_group {self.num_group} does not divide the data's {channels} channels")
        batch = out[0] if data[0] is None else data[0]
        sizes = tuple(self._size_before(axis, size, out[2 + axis]) for axis, size in enumerate(data[2:]))
        made = tuple(None if size is None else self._place(axis, size)[0] for axis, size in enumerate(sizes))
        weight = (channels, self.num_filter // self.num_group, *self.kernel)
        shapes: Shapes = [(batch, channels, *sizes), weight, (self.num_filter,)]
        shapes[:2] = [channels_last_shape(shape, last) for shape in shapes[:2]]
        return shapes[: len(inputs)], [channels_last_shape((batch, self.num_filter, *made), last)]

    def _size_before(self, axis: int, size: int | None, out: int | None) -> int | None:
        """A spatial size of the data; if unknown, it follows from the output's, unless that is a target."""
        if size is not None or out is None or (self.target_shape and self.target_shape[axis]):
            return size
        adj = self.adj[axis] if self.adj else 0
        steps, rest = divmod(
            out - adj + 2 * self.pads[axis] - span(self.kernel[axis], self.dilates[axis]), self.strides[axis]
        )
        return steps + 1 if rest == 0 and steps >= 0 else None

    def _place(self, axis: int, size: int) -> tuple[int, int]:
        """The output size and the padding of one axis, from the data's size."""
        full = self.strides[axis] * (size - 1) + span(self.kernel[axis], self.dilates[axis])
        target = self.target_shape[axis] if self.target_shape else 0
        if target:
            # What is cut off is split between both sides; an odd element is cut off the front, as MXNet does.
            odd = (full - target) % 2
            if full < target:
                raise ShapeError(
                    f"target_shape is {self.target_shape} but the output has {full} elements on spatial axis {axis}"
                )
            if odd >= self.strides[axis]:
                raise ShapeError(
                    f"target_shape is {self.target_shape} but with stride 1 an even number of the {full} elements on "
                    f"spatial axis {axis} has to be cut off"
                )
            return target, (full - target + 1) // 2
        out = full - 2 * self.pads[axis] + (self.adj[axis] if self.adj else 0)
        if out < 1:
            raise ShapeError(f"pad {self.pads} leaves nothing of {full} elements on spatial axis {axis}")
        return out, self.pads[axis]

    def adjoint(self, data: Shape, out: Shape) -> ConvolutionDataGradient:
        """The gradient of the convolution that this operator runs backward."""
        sizes = channels_first_shape(data, self.channels_last)
        assert sizes is not None
        pads = tuple(self._place(axis, size)[1] for axis, size in enumerate(sizes[2:]) if size is not None)
        placement = {**self.placement(), "pad": pads, "num_filter": sizes[1]}
        return ConvolutionDataGradient(**placement, data_shape=out)

    def multiply_adds(self, inputs: Sequence[tuple[int, ...]], outputs: Sequence[tuple[int, ...]]) -> int:
        return prod(inputs[0]) * prod(inputs[1][1:])

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self.adjoint(inputs[0].shape, outputs[0].shape).forward(xp, inputs[:2], outputs)
        if not self.no_bias:
            out = channels_first(outputs[0], self.channels_last)
            out += inputs[2].reshape(-1, *(1,) * len(self.kernel))

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        made = self.adjoint(inputs[0].shape, outputs[0].shape).gradient(inputs[:2], outputs, grads)
        if self.no_bias:
            return made
        return *made, None if grads[0] is None else sum_of_channels(grads[0], self.channels_last)
