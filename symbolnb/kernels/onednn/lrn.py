"""Local response normalization and its gradient, where nobody asks for the norm."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symbolnb.graph.spec import Spec
from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.kernel import OneDNNKernel, Recipe, Specs, bound, first_layout, given
from symbolnb.kernels.onednn.layout import Layout, ordered
from symbolnb.kernels.onednn.memory import aligned
from symbolnb.kernels.onednn.primitive import Arg, Primitive, compiled_for
from symbolnb.ops.base import Array, Operator
from symbolnb.ops.nn.lrn import LocalResponse

BLOCK, IN_BLOCKS = 16, 5
"""Channels that stand together in a block, and the `nsize` with which oneDNN is fast in blocks or dense arrays."""


def _is_right(operator: LocalResponse, data: Spec) -> bool:
    """Whether oneDNN computes this normalization of images, and rightly.

    It ends the process with `nsize` 1, and from 7 on its gradient is wrong where the last block of channels is not full
    (oneDNN 3.2 on x86-64 with AVX-512, channels last).
    """
    full = data.shape[1] % BLOCK == 0
    return (
        len(data.shape) == 4 and operator.nsize % 2 == 1 and (operator.nsize in (3, 5) or (operator.nsize > 5 and full))
    )


class LRNKernel(OneDNNKernel):
    """The normalization, in the layout that the data has if that is fast."""

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """One primitive."""
        assert isinstance(operator, LocalResponse)
        if not _is_right(operator, inputs[0]):
            return None
        primitive = describe.local_normalization(given(inputs[0], False), *_factors(operator))
        if primitive.is_slow:
            primitive = describe.local_normalization(_layout(operator, inputs[0], free), *_factors(operator))
        return Recipe(primitive, (Arg.SRC,), (Arg.DST,))


class LRNGradientKernel(OneDNNKernel):
    """The gradient, in blocks of channels; the normalization is computed once more for what oneDNN keeps of it.

    That is twice the data's size, more than the norm, and would lie there from the forward to the backward pass.
    """

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The backward primitive."""
        assert isinstance(operator, LocalResponse)
        if not _is_right(operator, inputs[1]):
            return None
        layout = _layout(operator, first_layout((inputs[1], inputs[0])), free)
        primitive = describe.local_normalization_backward(layout, *_factors(operator))
        return Recipe(primitive, (Arg.DIFF_DST, Arg.SRC), (Arg.DIFF_SRC,))

    def workspace(self, operator: Operator, inputs: Specs, outputs: Specs) -> int:
        """What the normalization leaves for its gradient, its result, and the scratch memory of both."""
        backward = self.settled(operator, inputs, outputs).primitive
        kept = backward.find(Arg.WORKSPACE)
        if kept is None:
            return backward.scratch_bytes
        forward = self._forward(operator, backward)
        scratch = max(forward.scratch_bytes, backward.scratch_bytes)
        return aligned(kept.nbytes) + aligned(forward.layout(Arg.DST).nbytes) + scratch

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The normalization and its gradient."""
        recipe = self.settled(operator, *specs)
        backward = recipe.primitive
        kept = backward.find(Arg.WORKSPACE)
        roles: tuple[int | None, ...] = (*recipe.inputs, *recipe.outputs)
        if kept is None:
            return bound(backward, roles, (*inputs, *outputs), workspace)
        assert workspace is not None
        forward = self._forward(operator, backward)
        start = aligned(kept.nbytes)
        end = start + aligned(forward.layout(Arg.DST).nbytes)
        left, result, scratch = workspace[:start], workspace[start:end], workspace[end:]
        normalize = bound(forward, (Arg.SRC, Arg.DST, Arg.WORKSPACE), (inputs[1], result, left), scratch)
        differentiate = bound(backward, (*roles, Arg.WORKSPACE), (*inputs, *outputs, left), scratch)

        def run() -> None:
            normalize()
            differentiate()

        return run

    def _forward(self, operator: Operator, backward: Primitive) -> Primitive:
        """The normalization that leaves what the gradient reads."""
        assert isinstance(operator, LocalResponse)
        with compiled_for(backward.threads):
            return describe.local_normalization(backward.layout(Arg.SRC), *_factors(operator), True)


def _factors(operator: LocalResponse) -> tuple[int, float, float, float]:
    return operator.nsize, operator.alpha, operator.beta, operator.knorm


def _layout(operator: LocalResponse, data: Spec, free: bool) -> Layout:
    """The layout of data and gradients: the one there is, or one in which the gradient is fast."""
    if data.layout is not None or not free:
        return given(data, False)
    in_blocks = operator.nsize == IN_BLOCKS and data.shape[1] % BLOCK == 0
    return ordered(data.shape, "aBcd16b" if in_blocks else "acdb", data.dtype)
