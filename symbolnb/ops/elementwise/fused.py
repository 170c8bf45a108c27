"""Several elementwise operators as one, which the compiler makes where a kernel computes them together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, NamedTuple

from symbolnb.graph.spec import Spec
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, numbered, with_fields

BLOCK = 16384
"""Elements at a time, so that what lies between two members stays in the processor's cache."""


class Member(NamedTuple):
    """One of the operators, with the numbers of the values that it reads."""

    operator: Operator
    inputs: tuple[int, ...]


@with_fields
class FusedElementwise(Operator):
    """Elementwise operators that read each other's results, computed together.

    Values are numbered: first the `arity` inputs, then the output of each member in turn. `results` are the
    numbers of the values that are outputs. All members' outputs have one shape; inputs are broadcast to it.
    """

    name = "_fused_elementwise"
    internal = True
    family = "elementwise"

    arity: int = 0
    members: tuple[Member, ...] = ()
    results: tuple[int, ...] = ()

    def input_names(self) -> tuple[str, ...]:
        return tuple(f"arg{index}" for index in range(self.arity))

    def output_names(self) -> tuple[str, ...]:
        if len(self.results) == 1:
            return ("output",)
        return numbered("output", len(self.results))

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        values = list(inputs)
        for operator, places in self.members:
            values.append(operator.infer_shape([values[place] for place in places], [None])[1][0])
        return inputs, [values[place] for place in self.results]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        values = list(inputs)
        for operator, places in self.members:
            values.append(operator.infer_dtype([values[place] for place in places], [None])[1][0])
        return inputs, [values[place] for place in self.results]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self.bind(xp, inputs, outputs)()

    def bind(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> Callable[[], object]:
        """The members one after the other, a block of elements at a time."""
        shape = outputs[0].shape
        if all(array.shape == shape for array in inputs):
            inputs = [array.reshape(-1) for array in inputs]
            outputs = [array.reshape(-1) for array in outputs]
        length = len(outputs[0]) if outputs[0].ndim else 1
        step = max(1, BLOCK * length // max(outputs[0].size, 1))
        if length <= step:
            return _Sequence(self._bound(xp, inputs, outputs))
        calls: list[Callable[[], object]] = []
        for start, size in ((0, step), (length - length % step, length % step)):
            if size:
                count = range(start, length - size + 1, step) if size == step else (start,)
                calls.append(self._blocks(xp, inputs, outputs, size, count))
        return _Sequence(calls)

    def _blocks(
        self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array], size: int, starts: Sequence[int]
    ) -> Callable[[], object]:
        """The members on blocks of one size, by way of arrays to which they are bound once."""
        long = [array.ndim == outputs[0].ndim and len(array) == len(outputs[0]) for array in inputs]
        given = [
            xp.empty((size, *array.shape[1:]), array.dtype) if cut else array
            for array, cut in zip(inputs, long, strict=True)
        ]
        made = [xp.empty((size, *array.shape[1:]), array.dtype) for array in outputs]
        calls = self._bound(xp, given, made)

        def run() -> None:
            for start in starts:
                for array, block, cut in zip(inputs, given, long, strict=True):
                    if cut:
                        block[...] = array[start : start + size]
                for call in calls:
                    call()
                for array, block in zip(outputs, made, strict=True):
                    array[start : start + size] = block

        return run

    def _bound(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> list[Callable[[], object]]:
        """One call for each member; an output that shares memory with an input is written last."""
        shape, values = outputs[0].shape, list(inputs)
        types = [array.dtype for array in inputs]
        targets = dict(zip(self.results, outputs, strict=True))
        shared = {
            place for place, array in targets.items() if any(xp.may_share_memory(array, other) for other in inputs)
        }
        last = {place: number for number, member in enumerate(self.members) for place in member.inputs}
        spare: dict[Any, list[Array]] = {}
        calls: list[Callable[[], object]] = []
        for number, (operator, places) in enumerate(self.members):
            place = self.arity + number
            made = operator.infer_dtype([types[each] for each in places], [None])[1][0]
            assert made is not None
            types.append(made)
            if place in targets and place not in shared:
                out = targets[place]
            else:
                free = spare.setdefault(made, [])
                out = free.pop() if free else xp.empty(shape, made)
            values.append(out)
            calls.append(operator.bind(xp, [values[each] for each in places], [out]))
            for each in set(places):
                if each >= self.arity and last[each] == number and each not in targets:
                    spare.setdefault(types[each], []).append(values[each])
        return calls + [_copying(values[place], targets[place]) for place in sorted(shared)]

    def __str__(self) -> str:
        shown = [str(member.operator) for member in self.members[:6]]
        more = len(self.members) - len(shown)
        return f"{self.name}({', '.join(shown)}{f' and {more} more' if more else ''})"


class _Sequence:
    """Calls made one after the other."""

    def __init__(self, calls: Sequence[Callable[[], object]]) -> None:
        self._calls = tuple(calls)

    def __call__(self) -> None:
        for call in self._calls:
            call()


def _copying(source: Array, target: Array) -> Callable[[], object]:
    def copy() -> None:
        target[...] = source

    return copy


def specs_of_members(operator: FusedElementwise, inputs: Sequence[Spec]) -> list[Spec]:
    """Shape and type of every value of the group, the inputs first."""
    values = list(inputs)
    for member, places in operator.members:
        given = [values[place] for place in places]
        shape = member.infer_shape([spec.shape for spec in given], [None])[1][0]
        dtype = member.infer_dtype([spec.dtype for spec in given], [None])[1][0]
        assert shape is not None and dtype is not None
        values.append(Spec(tuple(size for size in shape if size is not None), dtype))
    return values
