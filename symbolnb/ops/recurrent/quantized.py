"""The lstm network of data in 8 bit integers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType

from symbolnb.dtypes import FLOAT32, dtype_of
from symbolnb.errors import DTypeError, GradientError, ParameterError
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.recurrent.rnn import RNN
from symbolnb.ops.term import Term


@register
class QuantizedRNN(RNN):
    """The `RNN` operator in mode lstm for data of uint8, which stand for ``(data - max_data) / min_data``.

    Shapes as for `RNN`; min_data and max_data, each ``(1,)``, are in spite of their names the scale and the shift
    that the data were quantized with. Everything else is float32. It has no gradient and drops nothing out.
    """

    name = "_contrib_quantized_rnn"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.mode != "lstm":
            raise ParameterError(f"mode is {self.mode!r} but only an lstm can be quantized")
        for key in ("projection_size", "use_sequence_length"):
            if getattr(self, key):
                raise ParameterError(f"{key} is {getattr(self, key)} but a quantized lstm has none")

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, str]) -> Operator:
        """As for every operator; MXNet writes that it is `quantized` into its files."""
        return super().from_attributes({key: text for key, text in attributes.items() if key != "quantized"})

    def in_mode(self, training: bool) -> Operator:
        return self

    @property
    def plain(self) -> RNN:
        """The network of what the integers stand for."""
        return RNN(**{name: getattr(self, name) for name in self.parameters})

    def input_names(self) -> tuple[str, ...]:
        return ("data", "parameters", "state", "state_cell", "min_data", "max_data")

    def output_names(self) -> tuple[str, ...]:
        return ("output", "state_output", "statecell_ouput")[: self.visible_outputs()]  # MXNet's spelling

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        given, made = self.plain.infer_shape(inputs[:4], outputs)
        return [*given, (1,), (1,)], made

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        if inputs[0] is not None and inputs[0].name != "uint8":
            raise DTypeError(f"data is {inputs[0]} but must be uint8")
        return [dtype_of("uint8"), *[FLOAT32] * 5], [FLOAT32] * len(outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, scale, shift = inputs[0].astype("float32"), inputs[4], inputs[5]
        self.plain.forward(xp, [(data - shift) / scale, *inputs[1:4]], outputs)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        raise GradientError(f"{self.name} has no gradient")
