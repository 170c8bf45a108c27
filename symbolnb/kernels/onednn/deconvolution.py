"""Deconvolution: the data gradient of a convolution, and then the bias."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.convolution import DataGradientKernel
from symbolnb.kernels.onednn.kernel import OneDNNKernel, Recipe, Specs, bound
from symbolnb.kernels.onednn.layout import plain
from symbolnb.kernels.onednn.primitive import Arg, compiled_for
from symbolnb.ops.base import Array, Operator
from symbolnb.ops.nn.deconvolution import Deconvolution

_CONVOLUTION = DataGradientKernel()


class DeconvolutionKernel(OneDNNKernel):
    """Deconvolution with channels second."""

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The backward convolution; the bias is left alone."""
        assert isinstance(operator, Deconvolution)
        adjoint = operator.adjoint(inputs[0].shape, outputs[0].shape)
        made = _CONVOLUTION.recipe(adjoint, inputs[:2], outputs, free)
        return None if made is None else made._replace(inputs=(*made.inputs, *(() if operator.no_bias else (None,))))

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The backward convolution, and adding the bias to its result."""
        assert isinstance(operator, Deconvolution)
        convolve = super().bind(operator, specs, inputs, outputs, workspace)
        if operator.no_bias:
            return convolve
        primitive = self.settled(operator, *specs).primitive
        out = primitive.layout(Arg.DIFF_SRC)
        channels = plain((1, operator.num_filter, *(1,) * len(operator.kernel)))
        with compiled_for(primitive.threads):
            adding = describe.add(out, channels, out)
        add = bound(adding, (Arg.SRC, Arg.SRC_1, Arg.DST), (outputs[0], inputs[2], outputs[0]), None)

        def run() -> None:
            convolve()
            add()

        return run
