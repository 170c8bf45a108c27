"""Drops batch normalizations whose work the weights of the layer before can do, once and for all.

Like `quantize` it is asked for by the user (`symbolnb.contrib.quantization`), since it changes which arrays a model
has: Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference",
CVPR 2018, section 3.2. Programs that only infer fold at run time, which needs no other weights (`fuse_convolution`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from symbolnb.graph.node import Entry, Node
from symbolnb.graph.walk import rewrite, topological
from symbolnb.ops.nn.batch_norm import BatchNorm
from symbolnb.ops.nn.convolution import Convolution
from symbolnb.ops.nn.fully_connected import FullyConnected

Layer = Convolution | FullyConnected


@dataclass(frozen=True)
class Fold:
    """A normalization that a layer takes over: the names of its arrays, and how it normalizes."""

    weight: str
    bias: str
    """The layer's bias; a new name where it had none."""
    has_bias: bool
    gamma: str
    beta: str
    mean: str
    variance: str
    eps: float
    fix_gamma: bool


def fold_batch_norms(heads: Sequence[Entry]) -> tuple[tuple[Entry, ...], tuple[Fold, ...]]:
    """The graph without the normalizations that follow a layer whose result nobody else reads, and what became of them.

    The layers keep their names, and each has a bias. Weights and biases that several layers share stay as they are.
    """
    order = topological(heads)
    uses = Counter(heads)
    uses.update(entry for node in order for entry in node.inputs)
    taken = {node.name for node in order}
    layers = {node: layer for node in order if (layer := _layer_before(node, uses)) is not None}
    names = {layer: _bias_name(layer, taken) for layer in layers.values()}
    folded = set(layers.values())

    def change(node: Node, inputs: tuple[Entry, ...]) -> Sequence[Entry] | None:
        if node in layers:
            return [inputs[0]] * node.num_outputs  # the others are read by nobody
        if node not in folded or not node.operator.no_bias:
            return None
        bias = Entry(Node(None, names[node], source=node.source))
        attributes = {**node.attributes, "no_bias": "False"}
        operator = replace(node.operator, no_bias=False)
        return [Entry(replace(node, operator=operator, inputs=(*inputs, bias), attributes=attributes))]

    return rewrite(heads, change)[0], tuple(_fold(norm, layer, names[layer]) for norm, layer in layers.items())


def _layer_before(norm: Node, uses: Counter[Entry]) -> Node | None:
    """The layer that can do the work of a normalization; None where there is none, or `norm` is something else."""
    operator = norm.operator
    if not isinstance(operator, BatchNorm) or operator.rectifies or uses[Entry(norm, 1)] or uses[Entry(norm, 2)]:
        return None
    layer = norm.inputs[0].node
    if not isinstance(layer.operator, Layer) or uses[norm.inputs[0]] > 1:
        return None
    if not _is_by_channel(operator, layer.operator):
        return None
    own, vectors = layer.inputs[1:], norm.inputs[1:]
    fitting = all(entry.node.is_variable for entry in (*own, *vectors)) and all(uses[entry] == 1 for entry in own)
    return layer if fitting else None


def _is_by_channel(norm: BatchNorm, layer: Layer) -> bool:
    """Whether a normalization has one scale for each row of the layer's weight."""
    if isinstance(layer, FullyConnected):
        return norm.axis == -1 or (norm.axis == 1 and layer.flatten)
    dimensions = len(layer.kernel) + 2
    return norm.axis % dimensions == (dimensions - 1 if layer.channels_last else 1)


def _bias_name(layer: Node, taken: set[str]) -> str:
    """The name of a layer's bias, or one that nothing in the graph has."""
    if not layer.operator.no_bias:
        return layer.inputs[2].node.name
    name = f"{layer.name}_bias"
    while name in taken:
        name += "_folded"
    taken.add(name)
    return name


def _fold(norm: Node, layer: Node, bias: str) -> Fold:
    gamma, beta, mean, variance = (entry.node.name for entry in norm.inputs[1:])
    return Fold(
        weight=layer.inputs[1].node.name, bias=bias, has_bias=not layer.operator.no_bias,
        gamma=gamma, beta=beta, mean=mean, variance=variance,
        eps=norm.operator.eps, fix_gamma=norm.operator.fix_gamma,
    )  # fmt: skip
