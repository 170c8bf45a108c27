"""Compiled programs, kept for graphs of the same structure: binding the same network again costs next to nothing."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any, NamedTuple

from symbolnb.compile import passes
from symbolnb.compile.lower import TrainingGraph, forward_graph, training_graph
from symbolnb.compile.program import Program, compile_graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.graph.structure import structure_key
from symbolnb.graph.walk import topological
from symbolnb.kernels import table
from symbolnb.settings import settings

REMEMBERED = 64
"""How many programs are kept; the one that was used least recently goes first."""


class Purpose(NamedTuple):
    """What a program is for: its mode, what is done with each argument's gradient, and how memory is spent.

    `requests` is empty where no gradients are wanted. With `watched` every value is kept and nothing is optimised.
    `keep_weights` is that of the settings.
    """

    device: str
    training: bool
    requests: tuple[str, ...] = ()
    recompute: str = "marked"
    watched: bool = False
    keep_weights: bool = True


class Compiled(NamedTuple):
    """A program with the graph of its gradients, and the variables by which both know their `inputs`."""

    program: Program
    training: TrainingGraph | None
    inputs: tuple[Node, ...]


_kept: dict[Hashable, Compiled] = {}
_lock = Lock()


def compiled(heads: Sequence[Entry], inputs: Sequence[Node], specs: Mapping[Entry, Spec], purpose: Purpose) -> Compiled:
    """The program for a graph and a purpose: the one of an equal graph, or a new one.

    `inputs` are the graph's variables, arguments first. Another graph's program has variables of its own, in the
    same order. Graphs are equal if their nodes' source lines are too, because errors name them.
    """
    table.load_libraries(purpose.device)  # the table has another version afterwards
    order = topological(heads)
    key = (
        structure_key(heads),
        tuple(node.source for node in order),
        tuple(specs[Entry(node)] for node in inputs),
        purpose, table.version(), settings.verify, passes.PIPELINE,
    )  # fmt: skip
    with _lock:
        found = _kept.pop(key, None)
        if found is not None:
            _kept[key] = found  # now the last to go
            return found
    made = _compile(heads, inputs, specs, purpose)
    if not any(node.operator is not None and node.operator.stateful for node in made.program.graph.order()):
        with _lock:
            _kept[key] = made
            while len(_kept) > REMEMBERED:
                del _kept[next(iter(_kept))]
    return made


def _compile(heads: Sequence[Entry], inputs: Sequence[Node], specs: Mapping[Entry, Spec], purpose: Purpose) -> Compiled:
    training: TrainingGraph | None = None
    if purpose.requests:
        asked: dict[Node, Any] = {node: request for node, request in zip(inputs, purpose.requests, strict=False)
                                  if request != "null"}  # fmt: skip
        training = training_graph(heads, specs, purpose.device, asked, purpose.training)
        graph = replace(training.graph, recompute=purpose.recompute)
    else:
        graph = forward_graph(heads, specs, purpose.device, purpose.training)
        graph = replace(graph, keep_weights=purpose.keep_weights)
    program = compile_graph(graph, keep=purpose.watched, optimize=not purpose.watched)
    return Compiled(program, training, tuple(inputs))
