"""Takes the mean of windows before a convolution by 1 x 1, or after it, whichever is less work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Shape, Spec
from symbolnb.ops.nn.convolution import Convolution
from symbolnb.ops.nn.pooling import Pooling

MOVED = 16
"""About so many multiply-adds take as long as reading a number from memory or writing it there."""


def order_pooling(graph: Graph) -> Graph:
    """Convolution by 1 x 1 and average pooling the other way round, where nobody else reads what is between them.

    Both are linear, one along the channels and one along the positions, so the result is the same but for rounding.
    Between dense blocks the means are then taken first, which leaves a quarter of the positions to the convolution;
    in inception modules they are taken last, of the few channels that it leaves.
    """
    uses = graph.uses()

    def change(node: Node, inputs: tuple[Entry, ...], specs: dict[Entry, Spec]) -> Sequence[Entry] | None:
        if not isinstance(node.operator, Convolution | Pooling) or uses[node.inputs[0]] != 1:
            return None
        return _turned(node, inputs, specs)

    return graph.rewritten(change)


def _turned(second: Node, inputs: tuple[Entry, ...], specs: dict[Entry, Spec]) -> Sequence[Entry] | None:
    """The result of two nodes in the other order; None where they stay. The spec of what is between is added."""
    first = inputs[0].node
    pooled = isinstance(second.operator, Pooling)  # after the convolution, so far
    convolution, pooling = (first.operator, second.operator) if pooled else (second.operator, first.operator)
    if not (isinstance(convolution, Convolution) and isinstance(pooling, Pooling)):
        return None
    data, out = specs[first.inputs[0]], specs[Entry(second)]
    if not data.elements or not _commute(convolution, pooling, data.shape):
        return None
    axis = -1 if convolution.channels_last else 1
    channels, filters = data.shape[axis], out.shape[axis]
    rows = channels // convolution.num_group
    small, large = out.elements // filters, data.elements // channels  # positions with and without pooling
    means_first = small * filters * rows + MOVED * 2 * small * channels
    means_last = large * filters * rows + MOVED * 2 * (large + small) * filters  # what follows is a step of its own
    if (means_first >= means_last) if pooled else (means_last >= means_first):
        return None
    shape = list(out.shape if pooled else data.shape)
    shape[axis] = channels if pooled else filters
    between = Entry(replace(second, inputs=(first.inputs[0], *inputs[1:])))
    specs[between] = data._replace(shape=tuple(shape))
    return [Entry(replace(first, inputs=(between, *first.inputs[1:])))]


def _commute(convolution: Convolution, pooling: Pooling, shape: Shape) -> bool:
    """Whether a convolution looks at single positions and a pooling, of data of a shape, takes the means of windows.

    A bias is its own mean only where every window has elements, and nothing but elements of the data.
    """
    point = all(size == 1 for size in (*convolution.kernel, *convolution.strides))
    if not point or any(convolution.pads) or pooling.pool_type != "avg":
        return False
    if convolution.channels_last != pooling.channels_last:
        return False
    sizes = shape[1:-1] if pooling.channels_last else shape[2:]
    return convolution.no_bias or all(
        axis.low == 0 and axis.high == axis.size and (axis.positions - 1) * axis.stride - axis.before < axis.size
        for axis in pooling.axes(sizes)
    )
