"""Chooses a kernel for every node and inserts reorders only where two neighbours' layouts disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Layout, Spec
from symbolnb.graph.walk import rewrite
from symbolnb.kernels.table import Kernel, choose
from symbolnb.ops.layout import Reorder


def choose_layouts(graph: Graph) -> Graph:
    """One walk in order: each node's kernel is chosen with the layouts that its inputs already have.

    A layout that a kernel gives its output stays until a consumer asks for another; every entry is
    reordered to a wanted layout at most once. Heads end dense.
    """
    specs: dict[Entry, Spec] = dict(graph.specs)
    kernels: dict[Node, Kernel] = {}
    reordered: dict[tuple[Entry, Layout | None], Entry] = {}

    def in_layout(entry: Entry, layout: Layout | None) -> Entry:
        spec = specs[entry]
        if spec.layout == layout:
            return entry
        found = reordered.get((entry, layout))
        if found is None:
            node = Node(Reorder(layout=layout), f"{entry.name}_reorder", (entry,), source=entry.node.source)
            found = reordered[entry, layout] = Entry(node)
            specs[found] = spec._replace(layout=layout)
            kernel = choose(node.operator, graph.device, [spec], [specs[found]])
            if kernel is None:
                raise AssertionError(f"a layout of {entry.name!r} was chosen that nothing can reorder")
            kernels[node] = kernel
        return found

    def visit(node: Node, inputs: tuple[Entry, ...]) -> Sequence[Entry] | None:
        if node.operator is None:
            return None
        given = [specs[entry] for entry in inputs]
        made = [graph.specs[Entry(node, index)] for index in range(node.num_outputs)]
        kernel = choose(node.operator, graph.device, given, made)
        if kernel is None:
            wanted: Sequence[Layout | None] = [None] * len(given)
            results: Sequence[Layout | None] = [None] * len(made)
        else:
            wanted, results = kernel.layouts(node.operator, given, made)
        arranged = tuple(in_layout(entry, layout) for entry, layout in zip(inputs, wanted, strict=True))
        new = node if arranged == node.inputs else replace(node, inputs=arranged)
        if kernel is not None:
            kernels[new] = kernel
        entries = [Entry(new, index) for index in range(node.num_outputs)]
        for entry, spec, layout in zip(entries, made, results, strict=True):
            specs[entry] = spec._replace(layout=layout)
        return entries

    rewritten, _ = rewrite(graph.heads, visit)
    heads = tuple(in_layout(head, None) for head in rewritten)
    return replace(graph, heads=heads, specs=specs, kernels=kernels)
