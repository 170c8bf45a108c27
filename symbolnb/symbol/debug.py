"""The text that `Symbol.debug_str` gives, as MXNet prints a graph."""

from __future__ import annotations

from collections.abc import Sequence

from symbolnb.graph.node import Entry
from symbolnb.graph.walk import topological
from symbolnb.symbol.serialize import edge_versions, stored_attributes


def debug_text(heads: Sequence[Entry]) -> str:
    """Outputs, then every node with its inputs and attributes; only edges from variables have a version."""
    order = topological(heads)
    versions, _ = edge_versions(order)
    lines = []
    if len(heads) > 1 or heads[0].node.operator is not None:  # a variable alone is its own output
        lines.append("Symbol Outputs:")
        lines += [f"\toutput[{number}]={head.node.name}({head.index})" for number, head in enumerate(heads)]
    for node in order:
        if node.operator is None:
            lines.append(f"Variable:{node.name}")
            continue
        lines += ["-" * 20, f"Op:{node.operator.name}, Name={node.name}", "Inputs:"]
        for number, (entry, version) in enumerate(zip(node.inputs, versions[node], strict=True)):
            suffix = f" version={version}" if entry.node.operator is None else ""
            lines.append(f"\targ[{number}]={entry.node.name}({entry.index}){suffix}")
        attributes = stored_attributes(node)
        if attributes:
            lines.append("Attrs:")
            lines += [f"\t{key}={value}" for key, value in sorted(attributes.items())]
    return "\n".join(lines) + "\n"
