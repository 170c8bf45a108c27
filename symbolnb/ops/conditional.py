"""What branches and loops are made of in a program: inputs that are read only if a condition holds.

A program does not compute what is read only under a condition that turned out false, so the values on the
side that was not taken may be anything. Nothing of them reaches a result: not even a NaN of its gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import merge_all, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import first_known
from symbolnb.ops.term import Term, apply


class Conditional(Operator):
    """An operator over values of one shape and type, with a condition, a single number that is true unless 0."""

    internal = True
    condition = 0
    """The position of the condition among the inputs."""

    def read_when(self) -> Mapping[int, bool]:
        """The truth of the condition under which an input is read, by the input's position; others always are."""
        return {}

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        condition = inputs[self.condition]
        if condition is not None and any(size not in (1, None) for size in condition):
            raise ShapeError(f"the condition has shape {show_shape(condition)} but must be a single number")
        others = [shape for position, shape in enumerate(inputs) if position != self.condition]
        made = merge_all((*others, *outputs))
        return [condition if place == self.condition else made for place in range(len(inputs))], [made]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        others = [dtype for position, dtype in enumerate(inputs) if position != self.condition]
        made = first_known((*others, *outputs))
        found = inputs[self.condition]
        return [found if place == self.condition else made for place in range(len(inputs))], [made]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self.bind(xp, inputs, outputs)()


@register
class Choose(Conditional):
    """The first value where the condition is true, else the second."""

    name = "_choose"

    def input_names(self) -> tuple[str, ...]:
        return ("condition", "first", "second")

    def read_when(self) -> Mapping[int, bool]:
        return {1: True, 2: False}

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        return ((1, 0), (2, 0))

    def bind(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> Callable[[], object]:
        condition, first, second = inputs
        (out,) = outputs
        there = {True: xp.may_share_memory(out, first), False: xp.may_share_memory(out, second)}

        def choose() -> None:
            chosen = bool(condition.item())
            if not there[chosen]:
                out[...] = first if chosen else second

        return choose

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None, None
        return None, _kept(inputs[0], grads[0], True), _kept(inputs[0], grads[0], False)


@register
class KeepIf(Conditional):
    """The value where the condition is `when`, else zeros."""

    name = "_keep_if"

    when: bool = p.boolean(True, doc="the truth of the condition for which the value is kept")

    def input_names(self) -> tuple[str, ...]:
        return ("condition", "data")

    def read_when(self) -> Mapping[int, bool]:
        return {1: self.when}

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        return ((1, 0),)

    def bind(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> Callable[[], object]:
        condition, data = inputs
        (out,) = outputs
        there = xp.may_share_memory(out, data)

        def keep() -> None:
            if bool(condition.item()) is not self.when:
                out[...] = 0
            elif not there:
                out[...] = data

        return keep

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return None, None if grads[0] is None else _kept(inputs[0], grads[0], self.when)


@register
class Gate(Conditional):
    """The value itself, on its way into a branch: no gradient comes back unless the condition is `when`."""

    name = "_gate"
    view = True
    condition = 1

    when: bool = p.boolean(True, doc="the truth of the condition for which the branch is taken")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "condition")

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        return ((0, 0),)

    def bind(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> Callable[[], object]:
        data, out = inputs[0], outputs[0]

        def copy() -> None:
            out[...] = data

        return copy

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return None if grads[0] is None else _kept(inputs[1], grads[0], self.when), None


def _kept(condition: Term, value: Term, when: bool) -> Term:
    return apply(KeepIf(when=when), condition, value)[0]
