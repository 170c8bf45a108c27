"""The log likelihood of a marked Hawkes process with exponential kernels."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.dtypes import DType
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import first_known, floating
from symbolnb.ops.term import Term, apply
from symbolnb.ops.vision.shapes import computing, first, of_rank

AXES = (
    "(batch, marks)",
    "(marks)",
    "(marks)",
    "(batch, marks)",
    "(batch, events)",
    "(batch, events)",
    "(batch)",
    "(batch)",
)
INPUTS = ("lda", "alpha", "beta", "state", "lags", "marks", "valid_length", "max_time")
MARKS = INPUTS.index("marks")


def typed(inputs: DTypes, outputs: DTypes) -> DType | None:
    """The floating point type of all arrays but the marks."""
    return floating(first_known([*(dtype for index, dtype in enumerate(inputs) if index != MARKS), *outputs]))


class Walk:
    """The processes of a batch followed event by event; `by_beta` are the slopes of the states by the decay."""

    def __init__(self, xp: ModuleType, inputs: Sequence[Array]) -> None:
        self.xp = xp
        self.lda, self.alpha, self.beta, state, self.lags, self.marks, self.lengths, self.end = inputs
        self.state, self.by_beta = state.copy(), xp.zeros_like(state)
        self.likelihood = xp.zeros(len(state), state.dtype)
        self.last, self.slopes = xp.zeros_like(state), [xp.zeros_like(state) for _ in range(3)]

    def run(self) -> None:
        """All events, then the time from the last one to the end."""
        now = self.xp.zeros_like(self.likelihood)
        for event in range(self.lags.shape[1]):
            now = now + self.lags[:, event]
            here = self.xp.nonzero(event < self.lengths)[0]
            self._pass((here, self.marks[here, event].astype("int64")), now[here], True)
        self._pass((slice(None), slice(None)), self.end[:, None], False)

    def _pass(self, at: tuple[Array, Array], now: Array, event: bool) -> None:
        """Let the time of some processes and marks go by, up to an event or the end."""
        beta = self.beta[at[1]]
        alpha, base, state = self.alpha[at[1]], self.lda[at], self.state[at]
        by_beta = self.by_beta[at]
        time = now - self.last[at]
        decay = self.xp.exp(-beta * time)
        left, left_by_beta = state * decay, (by_beta - time * state) * decay
        change = -base * time - alpha * (state - left)
        slopes = [-time, left - state, alpha * (left_by_beta - by_beta)]
        if event:
            rate = base + alpha * beta * left
            change = change + self.xp.log(rate)
            more = (1, beta * left, alpha * (left + beta * left_by_beta))
            slopes = [slope + part / rate for slope, part in zip(slopes, more, strict=True)]
        for total, slope in zip(self.slopes, slopes, strict=True):
            total[at] += slope
        self.likelihood[at[0]] += change if event else change.sum(axis=1)
        self.state[at], self.by_beta[at] = left + event, left_by_beta
        self.last[at] = now


@register
class HawkesLogLikelihood(Operator):
    """The log likelihood of events of several kinds, each of which makes more of its kind likely for a while.

    Kind k happens at the rate ``lda_k + alpha_k beta_k Σ exp(-beta_k (t - t_i))`` over its past events. Shapes: lda
    ``(batch, marks)``, alpha and beta ``(marks,)``, state ``(batch, marks)``, what is left of the sums of earlier
    events; lags ``(batch, events)``, times between events, and marks, of int32, their kinds; valid_length
    ``(batch,)`` and max_time ``(batch,)``. The outputs are the likelihood ``(batch,)`` and the state at the end. As in
    MXNet, gradients come from the likelihood alone and go to lda, alpha and beta alone.
    """

    name = "_contrib_hawkesll"

    def input_names(self) -> tuple[str, ...]:
        return INPUTS

    def output_names(self) -> tuple[str, ...]:
        return ("output", "out_state")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        shapes = [of_rank(shape, axes, name) for shape, axes, name in zip(inputs, AXES, INPUTS, strict=True)]
        lda, alpha, beta, state, lags, kinds, lengths, ends = shapes
        batch = first(lda[0], state[0], lags[0], kinds[0], lengths[0], ends[0])
        marks, events = first(lda[1], alpha[0], beta[0], state[1]), first(lags[1], kinds[1])
        each, line = (batch, marks), (batch, events)
        return [each, (marks,), (marks,), each, line, line, (batch,), (batch,)], [(batch,), each]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        dtype = typed(inputs, outputs)
        return [inputs[MARKS] if index == MARKS else dtype for index in range(8)], [dtype, dtype]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        walk = Walk(xp, [computing(xp, array) for array in inputs])
        walk.run()
        outputs[0][...], outputs[1][...] = walk.likelihood, walk.state

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,) * 8
        return *apply(HawkesGradient(), grads[0], *inputs), *(None,) * 5


@register
class HawkesGradient(Operator):
    """The gradients of rates, excitations and decays, from that of the likelihood; it has none itself."""

    name = "_hawkesll_gradient"
    internal = True

    def input_names(self) -> tuple[str, ...]:
        return ("grad", *INPUTS)

    def output_names(self) -> tuple[str, ...]:
        return ("lda_grad", "alpha_grad", "beta_grad")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, list(inputs[1:4])

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return inputs, list(inputs[1:4])

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        walk = Walk(xp, [computing(xp, array) for array in inputs[1:]])
        walk.run()
        for position, (output, slope) in enumerate(zip(outputs, walk.slopes, strict=True)):
            scaled = slope * computing(xp, inputs[0])[:, None]
            output[...] = scaled.sum(axis=0) if position in (1, 2) else scaled
