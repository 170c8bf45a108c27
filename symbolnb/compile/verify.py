"""Checks that a graph between two passes is what its specs say; for tests, not for users."""

from __future__ import annotations

from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry
from symbolnb.ops.infer import complete_specs


def verify(graph: Graph) -> None:
    """Raise AssertionError at the first entry whose shape, type or layout does not follow from its operator.

    Every node that no kernel was chosen for must be dense on all sides, as must every head.
    """
    for node in graph.order():
        entries = [Entry(node, index) for index in range(node.num_outputs)]
        missing = [entry.name for entry in entries if entry not in graph.specs]
        assert not missing, f"{node}: nothing is known of {missing}"
        if node.operator is None:
            assert graph.specs[entries[0]].layout is None, f"{node}: a variable must be dense"
            continue
        inputs = [graph.specs[entry] for entry in node.inputs]
        assert len(inputs) == len(node.operator.input_names()), f"{node}: {len(inputs)} inputs"
        for entry, spec in zip(entries, complete_specs(node.operator, inputs), strict=True):
            found = graph.specs[entry]
            assert found.shape == spec.shape, f"{node}: {entry.name} is {found.shape}, should be {spec.shape}"
            assert found.dtype == spec.dtype, f"{node}: {entry.name} is {found.dtype}, should be {spec.dtype}"
        if node not in graph.kernels:
            dense = all(spec.layout is None for spec in (*inputs, *(graph.specs[entry] for entry in entries)))
            assert dense, f"{node}: has no kernel but a blocked input or output"
    for group in graph.prepared:
        strangers = [entry.name for node in group for entry in node.inputs
                     if entry.node.operator is not None and entry.node not in group]  # fmt: skip
        assert not strangers, f"prepared nodes read {strangers}, which are not of their group"
    for head in graph.heads:
        assert graph.specs[head].layout is None, f"head {head.name!r} is blocked"
