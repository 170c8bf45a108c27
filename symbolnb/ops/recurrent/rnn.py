"""The RNN operator: plain, lstm and gru networks of several layers and directions."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from symbolnb.dtypes import FLOAT32
from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import PartialShape, show_shape
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import first_known, floating
from symbolnb.ops.parameters import boolean, choice, integer, number  # by name: a parameter is called p
from symbolnb.ops.recurrent.arithmetic import Reference
from symbolnb.ops.recurrent.forward import Clip
from symbolnb.ops.recurrent.network import Given, Heads, Network, Past, kept, passing, run, run_back, scratch
from symbolnb.ops.recurrent.unrolled import Terms, unrolled
from symbolnb.ops.recurrent.weights import GATES, Layout
from symbolnb.ops.reverse import pull_back
from symbolnb.ops.term import Term, apply, call, cast, reshape, zeros

OUTPUTS = ("output", "state_output", "statecell_output")
KEPT = ("gates", "states", "cells")


@register
class RNN(Operator):
    """A recurrent network over a sequence: tanh or relu units, lstm or gru; several layers, one or two directions.

    Shapes: data ``(time, batch, features)``, state ``(layers * directions, batch, state_size)``, for lstm also
    state_cell of the same shape; the output is ``(time, batch, directions * state_size)``. All weights are one
    vector `parameters`: first all matrices, layer by layer, direction by direction, the input's before the
    state's, then all biases in the same order; gates follow each other as input, forget, cell, output (lstm) or
    reset, update, new (gru). With `projection_size` an output, and the state, is lstm's result times a further
    matrix. With `use_sequence_length` an input sequence_length ``(batch,)`` says how many steps each sequence
    has: later outputs are 0, the last states are those of its last step, and the second direction begins there.
    """

    name = "RNN"
    family = "recurrent"
    signature = (
        "state_size", "num_layers", "bidirectional", "mode", "p", "state_outputs", "projection_size",
        "lstm_state_clip_min", "lstm_state_clip_max", "lstm_state_clip_nan", "use_sequence_length",
    )  # fmt: skip

    state_size: int = integer(minimum=1, doc="number of units of a layer")
    num_layers: int = integer(minimum=1, doc="number of layers")
    bidirectional: bool = boolean(False, doc="whether each layer also runs backward in time")
    mode: str = choice(*sorted(GATES), doc="the kind of units")
    p: float = number(0.0, minimum=0, maximum=1, doc="share of each layer's outputs, except the last one's, that "
                      "are set to zero while training")  # fmt: skip
    state_outputs: bool = boolean(False, doc="whether the last states are outputs, too")
    projection_size: int | None = integer(None, optional=True, minimum=1, doc="lstm: what outputs are projected to")
    lstm_state_clip_min: float | None = number(None, optional=True, doc="lower bound of lstm's cell state")
    lstm_state_clip_max: float | None = number(None, optional=True, doc="upper bound of lstm's cell state")
    lstm_state_clip_nan: bool = boolean(False, doc="whether clipping turns nan into the lower bound")
    use_sequence_length: bool = boolean(False, doc="whether there is an input with the length of each sequence")
    training: bool = False

    def __post_init__(self) -> None:
        if (self.lstm_state_clip_min is None) != (self.lstm_state_clip_max is None):
            raise ParameterError("lstm_state_clip_min and lstm_state_clip_max must be given together")
        for key in ("projection_size", "lstm_state_clip_min"):
            if getattr(self, key) is not None and self.mode != "lstm":
                raise ParameterError(f"{key} is {getattr(self, key)} but mode {self.mode} cannot use it, only lstm")

    def in_mode(self, training: bool) -> Operator:
        given = {name: getattr(self, name) for name in self.parameters}
        drops = training and self.p > 0 and self.num_layers > 1
        return (RNNWithDropout if drops else RNN)(**given, training=training)

    # Names and shapes -------------------------------------------------------------------------

    @property
    def directions(self) -> int:
        """1, or 2 where it also runs backward."""
        return 2 if self.bidirectional else 1

    def input_names(self) -> tuple[str, ...]:
        cell = ("state_cell",) if self.mode == "lstm" else ()
        return ("data", "parameters", "state", *cell, *(("sequence_length",) if self.use_sequence_length else ()))

    def output_names(self) -> tuple[str, ...]:
        return (*OUTPUTS[: self.visible_outputs()], *self.kept_names())

    def visible_outputs(self) -> int:
        return (3 if self.mode == "lstm" else 2) if self.state_outputs else 1

    def kept_names(self) -> tuple[str, ...]:
        """The hidden outputs of training, which the gradient reads: see `network.Past`."""
        return KEPT[: 3 if self.mode in ("lstm", "gru") else 2] if self.training else ()

    def layout(self, features: int) -> Layout:
        """Where the weights lie in `parameters`."""
        return Layout(self.mode, self.num_layers, self.directions, self.state_size, self.projection_size, features)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        given = dict(zip(self.input_names(), inputs, strict=True))
        made = dict(zip(self.output_names(), outputs, strict=True))
        for name in ("data", "state", "state_cell"):
            shape = given.get(name)
            if shape is not None and len(shape) != 3:
                raise ShapeError(f"{name} is {show_shape(shape)} but must have 3 dimensions")
        data, out = given["data"] or (None,) * 3, made["output"]
        out = out if out is not None and len(out) == 3 else (None,) * 3
        states = [given["state"], given.get("state_cell"), *(made.get(name) for name in OUTPUTS[1:])]
        batches = [data[1], out[1], *(shape[1] for shape in states if shape is not None and len(shape) == 3)]
        lengths = given.get("sequence_length")
        batches += lengths if lengths is not None and len(lengths) == 1 else []
        batch = next((size for size in batches if size is not None), None)
        time, width = data[0] if out[0] is None else out[0], self.layout(1).outputs
        rows = self.num_layers * self.directions
        size = None if data[2] is None else self.layout(data[2]).size
        shapes: dict[str, PartialShape] = {
            "data": (time if data[0] is None else data[0], batch, data[2]), "parameters": (size,),
            "state": (rows, batch, width), "state_cell": (rows, batch, self.state_size), "sequence_length": (batch,),
            "output": (time, batch, self.directions * width),
            "mask": (self.num_layers - 1, time, batch, self.directions * width),
        }  # fmt: skip
        shapes |= {"state_output": shapes["state"], "statecell_output": shapes["state_cell"]}
        if time is not None and batch is not None:
            shapes |= zip(KEPT, kept(self.layout(1), time, batch), strict=False)
        return [shapes[name] for name in given], [shapes.get(name) for name in made]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        names = self.input_names()
        lengths = inputs[-1] if self.use_sequence_length else None
        sequences = [dtype for name, dtype in zip(names, inputs, strict=True) if name != "sequence_length"]
        made = floating(first_known((*sequences, *outputs)), "the element type")
        own = [lengths if lengths is not None else made] if self.use_sequence_length else []
        exact = None if made is None else FLOAT32 if made.itemsize < FLOAT32.itemsize else made
        wide = [exact if name in KEPT else made for name in self.output_names()]
        return [*([made] * len(sequences)), *own], wide

    def multiply_adds(self, inputs: Sequence[tuple[int, ...]], outputs: Sequence[tuple[int, ...]]) -> int:
        time, batch, features = inputs[0]
        matrices = (
            self.layout(features).size - 2 * self.num_layers * self.directions * GATES[self.mode] * self.state_size
        )
        return time * batch * matrices

    # Computing --------------------------------------------------------------------------------

    @property
    def clip(self) -> Clip | None:
        """The bounds of the cell state, if there are any."""
        low, high = self.lstm_state_clip_min, self.lstm_state_clip_max
        return None if low is None or high is None else Clip(low, high, self.lstm_state_clip_nan)

    def network(self, xp: ModuleType, inputs: Sequence[Array], mask: Array | None) -> tuple[Network, Given]:
        """The network, and its inputs in the type to compute in."""
        wide = xp.promote_types(inputs[0].dtype, xp.float32)
        valid = None
        if self.use_sequence_length:
            steps = xp.arange(inputs[0].shape[0]).reshape(-1, 1, 1)
            valid = steps < inputs[-1].reshape(1, -1, 1)
        arrays = [array.astype(wide, copy=False) for array in inputs[: len(self.input_names()) - (valid is not None)]]
        masks = None if mask is None else mask.astype(wide, copy=False)
        return Network(self.layout(inputs[0].shape[2]), self.clip, valid, masks), Given(*arrays)

    def compute(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array], mask: Array | None) -> None:
        """Fill the visible outputs, and those that training keeps."""
        net, given = self.network(xp, inputs, mask)
        shown, wide = self.visible_outputs(), given.data.dtype
        time, batch, _ = given.data.shape
        names = self.kept_names()
        arrays = outputs[shown : shown + len(names)]
        if not names:
            arrays = [xp.empty(shape, wide) for shape in passing(net.layout, time, batch)]
        made = [output if output.dtype == wide else xp.empty(output.shape, wide) for output in outputs[:shown]]
        spare = {name: xp.empty(shape, wide) for name, shape in scratch(net.layout, time, batch, back=False).items()}
        for each in run(Reference(xp), net, given, Past(*arrays), made, spare):
            each()
        for output, result in zip(outputs, made, strict=False):
            if output is not result:
                output[...] = result

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self.compute(xp, inputs, outputs, None)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        visible = self.visible_outputs()
        if all(grad is None for grad in grads[:visible]):
            return (None,) * len(inputs)
        heads = [zeros(out) if grad is None else grad for out, grad in zip(outputs[:visible], grads, strict=False)]
        rnn = self
        if not self.training:  # nothing was kept: the forward pass runs once more
            rnn = dataclasses.replace(self, training=True)
            outputs = apply(rnn, *inputs)
        made = apply(RNNGradient(rnn=rnn), *inputs, *outputs[visible:], *heads)
        return (*made, None)[: len(inputs)]


@register
class RNNWithDropout(RNN):
    """RNN while training with dropout; the hidden output is what the layers' outputs were multiplied with."""

    name = "_rnn_with_dropout"
    internal = True
    random = True

    def output_names(self) -> tuple[str, ...]:
        return (*super().output_names(), "mask")

    def sample(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array], random: Any) -> None:
        mask = outputs[-1]
        kept = random.random(mask.shape, dtype=xp.float32) >= self.p
        xp.multiply(kept, 1 / (1 - self.p) if self.p < 1 else 0.0, out=mask, casting="unsafe")
        self.compute(xp, inputs, outputs[:-1], mask)


@register
class RNNGradient(Operator):
    """The gradients of an RNN's data, parameters, state and for lstm state_cell, from what training kept.

    Without `of_data` that of the data is left out.
    """

    name = "_rnn_gradient"
    family = "recurrent"
    internal = True

    rnn: RNN
    of_data: bool = True

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many inputs the RNN has, how many hidden outputs, and how many inputs have a gradient."""
        names = self.rnn.input_names()
        hidden = len(self.rnn.output_names()) - self.rnn.visible_outputs()
        return len(names), hidden, len(names) - ("sequence_length" in names)

    def input_names(self) -> tuple[str, ...]:
        shown = self.rnn.output_names()[: self.rnn.visible_outputs()]
        hidden = self.rnn.output_names()[len(shown) :]
        return (*self.rnn.input_names(), *hidden, *(f"{name}_grad" for name in shown))

    def output_names(self) -> tuple[str, ...]:
        given = self.rnn.input_names() if self.of_data else self.rnn.input_names()[1:]
        return tuple(f"{name}_grad" for name in given if name != "sequence_length")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, (inputs if self.of_data else inputs[1:])[: len(outputs)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return inputs, (inputs if self.of_data else inputs[1:])[: len(outputs)]

    def parts(self, inputs: Sequence[Array]) -> tuple[Past, Array | None, Heads]:
        """What the forward pass kept, the mask of dropout, and the gradients of the outputs."""
        count, hidden, _ = self.counts
        names = self.rnn.kept_names()
        gates, states, *cells = inputs[count : count + len(names)]
        mask = inputs[count + len(names)] if hidden > len(names) else None
        out, *ends = inputs[count + hidden :]
        return Past(gates, states, *cells), mask, Heads(out, *ends)

    def slopes(self, outputs: Sequence[Array]) -> Given:
        """The outputs by the names of what they are the gradients of; None for data that is left out."""
        return Given(*outputs) if self.of_data else Given(None, *outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        past, mask, heads = self.parts(inputs)
        net, given = self.rnn.network(xp, inputs[: self.counts[0]], mask)
        wide = given.data.dtype
        time, batch, _ = given.data.shape
        made = [output if output.dtype == wide else xp.empty(output.shape, wide) for output in outputs]
        spare = {name: xp.empty(shape, wide) for name, shape in scratch(net.layout, time, batch, back=True).items()}
        for each in run_back(Reference(xp), net, given, past, heads, self.slopes(made), spare):
            each()
        for output, result in zip(outputs, made, strict=True):
            if output is not result:
                output[...] = result

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        """By differentiating the unrolled network twice."""
        count, hidden, sources = self.counts
        given, heads = inputs[:sources], inputs[count + hidden :]
        cells = given[3] if sources > 3 else None
        masked = hidden > len(self.rnn.kept_names())
        mask = inputs[count + hidden - 1] if masked else None
        valid = _valid(inputs[count - 1], given[0]) if sources < count else None
        terms = Terms(given[0], given[1], given[2], cells, valid, mask)
        made = unrolled(self.rnn.layout(given[0].shape[2]), self.rnn.clip, terms)
        fixed = tuple(term for term in (valid, mask) if term is not None)
        first = pull_back(made[: len(heads)], heads, (*given, *fixed))[:sources]
        first = first if self.of_data else first[1:]
        pairs = [(term, grad) for term, grad in zip(first, grads, strict=True) if term is not None and grad is not None]
        found = pull_back([term for term, _ in pairs], [grad for _, grad in pairs], (*given, *heads, *fixed))
        return (*found[:sources], *(None,) * (count - sources + hidden), *found[sources : sources + len(heads)])


def _valid(lengths: Term, data: Term) -> Term:
    """1 where a sequence goes on, else 0: ``(time, batch, 1)``."""
    time, batch, _ = data.shape
    steps = call("_arange", start=0.0, stop=float(time), dtype=lengths.dtype.name)
    wide = call("broadcast_lesser", reshape(steps, (time, 1, 1)), reshape(lengths, (1, batch, 1)))
    return cast(wide, data.dtype)
