"""Fourier transforms and count sketches, which MXNet has on GPUs only."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.indexing import add_at
from symbolnb.ops.infer import one_float_type
from symbolnb.ops.term import Term, apply, call
from symbolnb.ops.vision.shapes import computing, first, of_rank


class Fourier(Operator):
    """A transform along the last axis of two or four; complex numbers are pairs (real, imaginary) side by side."""

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def check(self, shape: PartialShape, paired: bool, name: str) -> PartialShape:
        """`ShapeError` where the number of axes is wrong, or pairs were to be an odd number."""
        if shape is not None and len(shape) not in (2, 4):
            raise ShapeError(f"{name} is {show_shape(shape)} but must have 2 or 4 dimensions")
        if paired and shape is not None and shape[-1] is not None and shape[-1] % 2:
            raise ShapeError(f"{name} is {show_shape(shape)} but its last axis must hold pairs")
        return shape


def _scaled(shape: PartialShape, double: bool) -> PartialShape:
    """The shape with its last size doubled or halved."""
    if shape is None or shape[-1] is None:
        return shape
    return (*shape[:-1], shape[-1] * 2 if double else shape[-1] // 2)


@register
class FFT(Fourier):
    """The discrete Fourier transform along the last axis, ``Σ x_n exp(-2πi k n / d)``.

    Shapes: data ``(..., d)`` with 2 or 4 axes gives ``(..., 2 d)``, each number as real and imaginary part.
    """

    name = "_contrib_fft"

    compute_size: int = p.integer(128, minimum=1, doc="accepted for MXNet's sake; without effect")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = self.check(inputs[0], False, "data"), self.check(outputs[0], True, "output")
        return [_scaled(out, False) if data is None else data], [_scaled(data, True)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        spectrum = xp.fft.fft(computing(xp, inputs[0]), axis=-1)
        outputs[0][..., 0::2], outputs[0][..., 1::2] = spectrum.real, spectrum.imag

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,) if grads[0] is None else (call("_contrib_ifft", grads[0]),)


@register
class IFFT(Fourier):
    """The real part of the inverse discrete Fourier transform along the last axis, not divided by its length.

    Shapes: data ``(..., 2 d)`` with 2 or 4 axes, pairs of real and imaginary parts, gives ``(..., d)``.
    """

    name = "_contrib_ifft"

    compute_size: int = p.integer(128, minimum=1, doc="accepted for MXNet's sake; without effect")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = self.check(inputs[0], True, "data"), self.check(outputs[0], False, "output")
        return [_scaled(out, True) if data is None else data], [_scaled(data, False)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data = computing(xp, inputs[0])
        complete = data[..., 0::2] + 1j * data[..., 1::2]
        outputs[0][...] = xp.fft.ifft(complete, axis=-1).real * complete.shape[-1]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,) if grads[0] is None else (call("_contrib_fft", grads[0]),)


@register
class CountSketch(Operator):
    """A random projection that keeps inner products: feature i is added, with sign ``s_i``, to output ``h_i``.

    Shapes: data ``(batch, features)``, h ``(1, features)`` with whole numbers from 0 up to but without `out_dim`, s
    ``(1, features)`` with 1 or -1; the output is ``(batch, out_dim)``. No gradient goes to h and s.
    """

    name = "_contrib_count_sketch"

    out_dim: int = p.integer(minimum=1, doc="number of features of the output")
    processing_batch_size: int = p.integer(32, minimum=1, doc="accepted for MXNet's sake; without effect")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "h", "s")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, h, s = (
            of_rank(shape, "(batch, features)", n) for shape, n in zip(inputs, self.input_names(), strict=True)
        )
        out = of_rank(outputs[0], "(batch, features)", "output")
        batch, features = first(data[0], out[0]), first(data[1], h[1], s[1])
        return [(batch, features), (1, features), (1, features)], [(batch, self.out_dim)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, h, s = inputs
        add_at(xp, outputs[0].T, h[0].astype("int64"), (data * s).T)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None, None
        return apply(CountSketchGradient(), grads[0], *inputs[1:])[0], None, None


@register
class CountSketchGradient(Operator):
    """The gradient of sketched data: each feature's is that of its output, with its sign."""

    name = "_count_sketch_gradient"
    internal = True

    def input_names(self) -> tuple[str, ...]:
        return ("grad", "h", "s")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        grad, h = inputs[:2]
        return inputs, [None if grad is None or h is None else (grad[0], h[1])]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grad, h, s = inputs
        xp.multiply(grad[:, h[0].astype("int64")], s, out=outputs[0])

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None, None
        return call("_contrib_count_sketch", grads[0], *inputs[1:], out_dim=inputs[0].shape[1]), None, None
