"""Imperative calls: one operator, run at once on raw arrays of one device.

What a call needs beyond the arrays themselves (the specs of the outputs, the kernel) depends only on the
operator and the specs of its inputs, so it is decided once for each such pair and remembered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from symbolnb.compile.infer import infer_dtypes, infer_shapes
from symbolnb.compile.program import Program, compile_graph
from symbolnb.context import Context
from symbolnb.errors import DTypeError, ShapeError
from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.kernels import openmp
from symbolnb.kernels.table import choose
from symbolnb.ops.base import Operator
from symbolnb.runtime.random import generator
from symbolnb.runtime.session import Session
from symbolnb.runtime.storage import allocate, allocate_bytes, fill, written
from symbolnb.settings import settings

Array = Any

REMEMBERED = 4096
"""How many decisions are kept; the oldest goes first."""


class Decision(NamedTuple):
    """How an operator is computed for given input specs.

    `kernel` is None for the reference forward. A kernel that wants other layouts than dense is served by
    `program`, which holds the reorders that it needs and takes the inputs as `variables`. `pairs` are the
    (input, output) that may be one array.
    """

    inputs: tuple[Spec, ...]
    outputs: tuple[Spec, ...]
    kernel: Any = None
    program: Program | None = None
    variables: tuple[Node, ...] = ()
    pairs: frozenset[tuple[int, int]] = frozenset()


_decisions: dict[tuple[Any, ...], Decision] = {}


def run(
    operator: Operator, context: Context, inputs: Sequence[Array], out: Sequence[Array] | None = None
) -> Sequence[Array]:
    """Compute an operator into new arrays, or into those of `out`; gives the visible outputs.

    Auxiliary inputs may be written to. An array of `out` may be one of the inputs, or share memory with them.
    Raises `ShapeError` or `DTypeError` where the inputs do not go together or an array of `out` does not fit.
    """
    visible = operator.visible_outputs()
    if out is None:
        return computed(operator, context, inputs)[:visible]
    operator = operator.settled(context.xp, inputs)
    decision = decide(operator, context.device_type, inputs)
    _check(operator, decision.outputs[:visible], out)
    outputs = list(out) + [allocate(context, spec.shape, spec.dtype) for spec in decision.outputs[visible:]]
    for index in range(visible):
        if not _may_write(context, decision, inputs, outputs, index):
            outputs[index] = allocate(context, *decision.outputs[index][:2])
    _compute(operator, context, decision, inputs, outputs)
    for given, made in zip(out, outputs, strict=False):
        if given is not made:
            fill(context, given, made)
        else:
            written(given)
    return out


def computed(
    operator: Operator, context: Context, inputs: Sequence[Array], node: Node | None = None
) -> Sequence[Array]:
    """All outputs of an operator in new arrays, hidden ones included; errors name the node that it is for, if any."""
    operator = operator.settled(context.xp, inputs)
    decision = decide(operator, context.device_type, inputs, node)
    passing = bool(inputs)  # what is created from nothing is more likely to become a weight
    outputs = [allocate(context, spec.shape, spec.dtype, passing=passing) for spec in decision.outputs]
    _compute(operator, context, decision, inputs, outputs)
    return outputs


def decide(operator: Operator, device: str, arrays: Sequence[Array], owner: Node | None = None) -> Decision:
    """How to compute an operator on arrays like these, remembered or decided now; `owner` is named in errors."""
    key = (operator.case(), device, settings.fast_kernels, *[(array.shape, array.dtype) for array in arrays])
    found = _decisions.get(key)
    if found is None:
        found = _decide(operator, device, tuple(Spec(array.shape, array.dtype) for array in arrays), owner)
        while len(_decisions) >= REMEMBERED:
            _decisions.pop(next(iter(_decisions)), None)
        _decisions[key] = found
    return found


def _decide(operator: Operator, device: str, given: tuple[Spec, ...], owner: Node | None) -> Decision:
    label = f"nd.{operator.name}" if owner is None else owner.name
    variables = [Node(None, f"{label}_{name}") for name in operator.input_names()]
    source = None if owner is None else owner.source
    node = Node(operator, label, tuple(Entry(variable) for variable in variables), source=source)
    known = dict(zip(variables, given, strict=True))
    specs = _specs(node, known)
    heads = tuple(Entry(node, index) for index in range(node.num_outputs))
    made = tuple(specs[head] for head in heads)
    kernel = None if operator.random else choose(operator, device, given, made)
    if kernel is None:
        return Decision(given, made, pairs=frozenset(operator.inplace_pairs()))
    wanted, offered = kernel.layouts(operator, given, made)
    if all(layout is None for layout in (*wanted, *offered)):
        return Decision(given, made, kernel, pairs=frozenset(kernel.inplace_pairs(operator, given, made)))
    program = compile_graph(Graph(heads, len(heads), specs, device, keep_weights=False))
    return Decision(given, made, program=program, variables=tuple(variables))


def _specs(node: Node, known: dict[Node, Spec]) -> dict[Entry, Spec]:
    """The specs of a node's inputs and outputs; inference explains what does not go together."""
    heads = [Entry(node, index) for index in range(node.num_outputs)]
    dtypes = infer_dtypes(heads, {variable: spec.dtype for variable, spec in known.items()})
    dtypes.raise_failure()
    shapes = infer_shapes(heads, {variable: spec.shape for variable, spec in known.items()})
    shapes.raise_failure()
    specs = {Entry(variable): spec for variable, spec in known.items()}
    for head in heads:
        shape, dtype = shapes[head], dtypes[head]
        if shape is None or None in shape:
            raise ShapeError(f"{node.operator}: the shape of its {head.name} does not follow from its inputs")
        if dtype is None:
            raise DTypeError(f"{node.operator}: the element type of its {head.name} does not follow from its inputs")
        specs[head] = Spec(shape, dtype)
    return specs


def _compute(
    operator: Operator,
    context: Context,
    decision: Decision,
    inputs: Sequence[Array],
    outputs: Sequence[Array],
) -> None:
    with np.errstate(all="ignore"), context.activate():
        if decision.program is not None:
            arrays = dict(zip(decision.variables, inputs, strict=True))
            Session(decision.program, context, arrays, outputs).forward()
        elif decision.kernel is not None:
            openmp.settle()
            specs = decision.inputs, decision.outputs
            scratch = decision.kernel.workspace(operator, *specs)
            workspace = allocate_bytes(context, scratch) if scratch else None
            decision.kernel.bind(operator, specs, inputs, outputs, workspace)()
        elif operator.random:
            operator.sample(context.xp, inputs, outputs, generator(context))
        else:
            operator.bind(context.xp, inputs, outputs)()
    for position in operator.auxiliary_inputs():
        written(inputs[position])


def _check(operator: Operator, specs: Sequence[Spec], out: Sequence[Array]) -> None:
    if len(out) != len(specs):
        raise ShapeError(f"{operator} has {len(specs)} output(s) but out= holds {len(out)} array(s)")
    for spec, array in zip(specs, out, strict=True):
        if array.shape != spec.shape:
            raise ShapeError(f"{operator} gives {spec.shape} but the array it goes to is {array.shape}")
        if array.dtype != spec.dtype:
            raise DTypeError(f"{operator} gives {spec.dtype} but the array it goes to is {array.dtype}")


def _may_write(
    context: Context, decision: Decision, inputs: Sequence[Array], outputs: Sequence[Array], index: int
) -> bool:
    """Whether an output can be computed in its place although it may share memory with other arrays."""
    target, overlaps = outputs[index], context.xp.may_share_memory
    for position, array in enumerate(inputs):
        if array is target:
            if (position, index) not in decision.pairs:
                return False
        elif overlaps(array, target):
            return False
    return not any(overlaps(other, target) for place, other in enumerate(outputs) if place != index)
