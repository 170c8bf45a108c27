"""How the arguments of a graph start that no array is given for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from symbolnb.graph.node import Node
from symbolnb.ndarray import NDArray
from symbolnb.notebook.roles import Role
from symbolnb.train.initializer import ENDINGS, InitDesc, Initializer, Xavier, create, draw_normal, draw_uniform

DEFAULT = "default"
"""The word for what is done where no initializer is named."""

INDEXED = ("Embedding", "one_hot", "pick", "take", "batch_take", "gather_nd")
"""Operators whose inputs may be positions, which random numbers would not be."""


class Fitting(Xavier):
    """`Xavier`, and numbers evenly spread up to 0.07 for vectors, which have no inputs and outputs to count."""

    def _init_weight(self, name: str, arr: NDArray) -> None:
        if len(arr.shape) < 2:
            draw_uniform(arr, 0.07)
        else:
            super()._init_weight(name, arr)


@dataclass
class Started:
    """The names of the arguments that were initialised, set to zero, and filled with random numbers."""

    initialised: list[str] = field(default_factory=list)
    zero: list[str] = field(default_factory=list)
    random: list[str] = field(default_factory=list)


def start(order: Sequence[Node], roles: Mapping[Node, Role], arrays: Mapping[str, NDArray], init: str) -> Started:
    """Fill the arrays of all variables that `arrays` holds by name.

    Parameters and auxiliary states by their ``__init__`` attribute, else by the end of their name, else by the
    initializer `init`; labels, integers and positions with zeros; other inputs with normal random numbers.
    """
    initializer = Fitting() if init == DEFAULT else create(init)
    indices = {entry.node for node in order if _reads_positions(node) for entry in node.inputs}
    done = Started()
    for node, role in roles.items():
        array = arrays.get(node.name)
        if array is None:
            continue
        if role in ("parameter", "auxiliary"):
            _initialise(initializer, node, array)
            done.initialised.append(node.name)
        elif role == "label" or np.dtype(array.dtype).kind in "iub" or node in indices:
            array[:] = 0
            done.zero.append(node.name)
        else:
            draw_normal(array, 1.0)
            done.random.append(node.name)
    return done


def _reads_positions(node: Node) -> bool:
    if node.operator is None:
        return False
    words = node.operator.input_names()
    return node.operator.name in INDEXED or any(word in ("length", "sequence_length") for word in words)


def _initialise(initializer: Initializer, node: Node, array: NDArray) -> None:
    known = "__init__" in node.attributes or node.name.endswith(tuple(ending for ending, _ in ENDINGS))
    if known:
        initializer(InitDesc(node.name, node.attributes), array)
    else:
        initializer._init_weight(node.name, array)
