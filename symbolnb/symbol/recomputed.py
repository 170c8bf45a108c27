"""What an executor computes a second time to save memory, and what that costs and saves."""

from __future__ import annotations

from dataclasses import dataclass, replace

from symbolnb.compile.lower import TrainingGraph
from symbolnb.compile.passes.recompute import MARK, SUFFIX, multiply_adds
from symbolnb.compile.program import Program, compile_graph


@dataclass(frozen=True)
class Recomputed:
    """The trade of a training program.

    `steps` is how many steps compute something again, `names` are the nodes that they repeat. `multiply_adds` are spent
    on that, beside `usual` in the forward half. `planned` and `without` are the planned bytes, with it and without.
    """

    steps: int
    names: tuple[str, ...]
    multiply_adds: int
    usual: int
    planned: int
    without: int


def recomputed(program: Program, training: TrainingGraph) -> Recomputed | None:
    """The trade of a program of a training graph; None where nothing is computed again."""
    again = [step.node for step in program.steps if MARK in step.node.attributes]
    if not again:
        return None
    specs = program.graph.specs
    forward = [step.node for step in program.steps[: program.forward]]
    plain = compile_graph(replace(training.graph, recompute="never"))
    return Recomputed(
        len(again),
        tuple(dict.fromkeys(node.name.removesuffix(SUFFIX) for node in again)),
        multiply_adds(specs, again),
        multiply_adds(specs, forward),
        program.plan.planned,
        plain.plan.planned,
    )
