"""How the weights of all layers and directions lie in the one vector that RNN takes.

First come all matrices, layer by layer and in each layer direction by direction: those of the input, those
of the state, and with a projection its matrix; then in the same order all biases, those of the input before
those of the state. Within each the gates follow each other: input, forget, cell, output for lstm; reset,
update, new for gru.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}
"""How many blocks of `state_size` rows the matrices of each mode have."""


class Piece(NamedTuple):
    """Where one matrix or bias lies in the vector, and its shape."""

    start: int
    shape: tuple[int, ...]

    @property
    def stop(self) -> int:
        """Where the next piece begins."""
        rows, *columns = self.shape
        return self.start + rows * (columns[0] if columns else 1)


class Weights(NamedTuple):
    """One direction of one layer: pieces, or what they were cut into."""

    inputs: Any  # (gates, features)
    state: Any  # (gates, outputs)
    input_bias: Any  # (gates,)
    state_bias: Any  # (gates,)
    projection: Any  # (outputs, state_size), None without a projection

    def map(self, change: Callable[[Any], Any]) -> Weights:
        """Each part that exists, changed."""
        return Weights(*(None if part is None else change(part) for part in self))


class Layout(NamedTuple):
    """The pieces of the vector, for data with so many features."""

    mode: str
    layers: int
    directions: int
    state_size: int
    projection_size: int | None
    features: int

    @property
    def outputs(self) -> int:
        """Length of the vector that one direction hands on."""
        return self.state_size if self.projection_size is None else self.projection_size

    def pieces(self) -> Iterator[Weights]:
        """The pieces of each layer and direction, in order."""
        gates = GATES[self.mode] * self.state_size
        rows = [self._matrices(layer, gates) for layer in range(self.layers) for _ in range(self.directions)]
        start, bias = 0, sum(Piece(0, shape).stop for shapes in rows for shape in shapes)
        for shapes in rows:
            matrices: list[Piece] = []
            for shape in shapes:
                matrices.append(Piece(start, shape))
                start = matrices[-1].stop
            first, second = Piece(bias, (gates,)), Piece(bias + gates, (gates,))
            bias += 2 * gates
            yield Weights(matrices[0], matrices[1], first, second, matrices[2] if len(matrices) > 2 else None)

    def _matrices(self, layer: int, gates: int) -> list[tuple[int, int]]:
        features = self.directions * self.outputs if layer else self.features
        shapes = [(gates, features), (gates, self.outputs)]
        return shapes if self.projection_size is None else [*shapes, (self.outputs, self.state_size)]

    @property
    def size(self) -> int:
        """Length of the whole vector."""
        return max(int(pieces.state_bias.stop) for pieces in self.pieces())
