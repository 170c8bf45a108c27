"""The machine code of the kernels: a few texts serve all shapes, so each processor compiles them once."""

from __future__ import annotations

from functools import cache, partial

from symbolnb.kernels.fused import compiler
from symbolnb.kernels.fused.calls import find
from symbolnb.kernels.winograd import gradient_text, text

AT_ONCE = 100_000_000
"""Multiply-adds by the definition, a millisecond's, from which a convolution is worth waiting for the compiler.

It takes a quarter of a second. For others it works meanwhile, and what is bound later is served.
"""


@cache
def lanes() -> int:
    """Floats in one of the processor's vectors; 0 where these kernels would gain nothing."""
    if compiler.processor_has("avx512f"):
        return 16
    return 8 if compiler.processor_has("avx2") and compiler.processor_has("fma") else 0


def of_convolution(width: int, at_once: bool) -> compiler.Native | None:
    """The code of the convolution for vectors of so many lanes; None while it is not there."""
    return find(("winograd", width), partial(text.convolution, width), at_once)


def of_weights(width: int) -> compiler.Native | None:
    """The code of the transform of weights, which is compiled in a moment; None where LLVM cannot do it."""
    return find(("winograd weights", width), partial(text.weights, width), True)


def of_weight_gradient(width: int, at_once: bool) -> tuple[compiler.Native, ...] | None:
    """The code of the three kernels of a weight's gradient; None while one of them is not there."""
    texts = (gradient_text.tiles, gradient_text.products, gradient_text.inverse)
    found = [find(("winograd", text.__name__, width), partial(text, width), at_once) for text in texts]
    return tuple(native for native in found if native is not None) if None not in found else None
