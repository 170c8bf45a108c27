"""Everything that a person does with a graph, in JupyterLab and in Notebook 7."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.notebook.browser.conftest import BROWSER, HERE, Drive, Server

pytestmark = BROWSER

NET = """import symbolnb
from symbolnb import sym
def unit(data, name):
    made = sym.Convolution(data, num_filter=8, kernel=(3, 3), pad=(1, 1), no_bias=True, name=f"{name}_conv",
                           attr={"__lr_mult__": "2.0"} if name == "stage1_unit1" else {})
    return sym.Activation(sym.BatchNorm(made, name=f"{name}_bn"), act_type="relu", name=f"{name}_relu")
net = sym.Variable("data")
for stage in (1, 2):
    for number in (1, 2):
        net = unit(net, f"stage{stage}_unit{number}")
net = sym.FullyConnected(sym.Flatten(net, name="flat"), num_hidden=10, name="fc")
symbol = sym.SoftmaxOutput(net, name="softmax")
view = symbol.view(data=(2, 3, 16, 16))
view"""

HOSTS = ("lab", "notebook")
STEPS = [
    *re.findall(r'^  async "([^"]+)"\(', (HERE / "interactions.js").read_text(encoding="utf-8"), re.MULTILINE),
    "no errors on the page",
]


@pytest.fixture(scope="module")
def done(server: Server, drive: Drive, pictures: Path) -> dict[str, dict[str, Any]]:
    """What became of each step in each host."""
    found = {}
    for host in HOSTS:
        server.write(host, "%load_ext symbolnb", NET, "print(view.selection)")
        found[host] = drive("interactions.js", server.address, f"{host}.ipynb", host, str(pictures))
    return found


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("step", STEPS)
def test_it_works(done: dict[str, dict[str, Any]], host: str, step: str) -> None:
    assert done[host][step] is None, done[host][step]
