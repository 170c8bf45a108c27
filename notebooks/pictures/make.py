"""Writes the pictures of this folder anew, which the README shows: ``python notebooks/pictures/make.py``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import symbolnb as mx
from symbolnb import sym
from symbolnb.graph.naming import NameManager

HERE = Path(__file__).parent


def network(filters: int, norm: bool) -> Any:
    """A small network, in variants."""
    net = sym.Convolution(sym.Variable("data"), kernel=(5, 5), num_filter=filters, name="conv")
    if norm:
        net = sym.BatchNorm(net, name="norm")
    net = sym.Activation(net, act_type="relu" if norm else "tanh", name="act")
    if not norm:
        net = sym.Dropout(net, name="drop")
    return sym.FullyConnected(sym.Flatten(net, name="flatten"), num_hidden=10, name="fc")


def loop() -> Any:
    """A recurrent layer as a loop, which is opened to its body."""
    weight = sym.Variable("weight")

    def step(data: Any, state: Any) -> Any:
        hidden = sym.FullyConnected(data, weight, num_hidden=64, name="hidden") + state
        new = sym.Activation(hidden, act_type="tanh", name="tanh")
        return new, new

    return sym.contrib.foreach(step, sym.Variable("data"), sym.Variable("begin"))[0]


def main() -> None:
    with NameManager():
        loop().view(data=(35, 64, 200)).save(HERE / "loop.png", "light", "right")
        difference = mx.diff(network(20, norm=False), network(32, norm=True), data=(64, 1, 28, 28))
        difference.save(HERE / "difference.png", "light", "right", side_by_side=True)


if __name__ == "__main__":
    main()
