"""What every node of a bound graph computes from the arrays as they are, and what its gradients are: for looking at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symbolnb.compile.gradient import reaching
from symbolnb.context import Context
from symbolnb.dtypes import is_float
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.graph.walk import topological
from symbolnb.runtime import random
from symbolnb.runtime.storage import allocate
from symbolnb.symbol.stepwise import StepwisePass

Array = Any


@dataclass(frozen=True)
class Observed:
    """The array of every entry of a graph in one pass, and of those with a gradient the array of that.

    `training` tells how operators such as Dropout and BatchNorm acted. The arrays are raw ones of the device; those of
    variables are the bound ones. `specs` has the shapes and element types, also those that values decide.
    """

    training: bool
    values: Mapping[Entry, Array]
    gradients: Mapping[Entry, Array]
    specs: Mapping[Entry, Spec]


def observe(
    heads: Sequence[Entry], context: Context, variables: Mapping[Node, Array], learned: Sequence[Node], training: bool
) -> Observed:
    """Compute a graph node by node on copies of its variables' arrays, and its gradients too if it is for training.

    Gradients start with ones at the outputs that are no losses, and go down to the variables in `learned`. Nothing
    that an executor holds changes, nor do the random numbers that are drawn afterwards.
    """
    with random.apart(context):
        copies = {node: array.copy() for node, array in variables.items()}  # operators may write into states
        run = StepwisePass(heads, context, training, copies)
        wanted = _with_gradients(run, topological(heads), learned) if training else []

        def ones(asked: Mapping[int, Spec]) -> dict[int, Array]:
            found = {position: allocate(context, spec.shape, spec.dtype) for position, spec in asked.items()}
            for array in found.values():
                array[...] = 1
            return found

        made = run.gradients(wanted, ones) if wanted else []
    bound = {Entry(node): array for node, array in variables.items()}
    gradients = {entry: array for entry, array in zip(wanted, made, strict=True) if array is not None}
    return Observed(training, {**run.values, **bound}, gradients, run.specs)


def _with_gradients(run: StepwisePass, order: Sequence[Node], learned: Sequence[Node]) -> list[Entry]:
    """The entries that a gradient may pass through on its way to what is learned."""
    nodes = reaching(order, set(learned))
    return [entry for entry, spec in run.specs.items() if entry.node in nodes and is_float(spec.dtype)]
