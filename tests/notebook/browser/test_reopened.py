"""Saved notebooks opened again without a kernel, trusted or not, with and without widget state, and their pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from symbolnb import sym
from tests.notebook.browser.conftest import BROWSER, Drive, Server
from tests.notebook.nets import mlp
from tests.notebook.test_bodies import loop

pytestmark = [*BROWSER, pytest.mark.filterwarnings("ignore::DeprecationWarning")]  # of nbclient and zmq

NET = """from symbolnb import sym
net = sym.SoftmaxOutput(sym.FullyConnected(sym.Variable("data"), num_hidden=8, name="fc"), name="softmax")
net.view(data=(4, 5))"""
PICTURES = "%config SymbolMagics.interactive = False"
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"


def executed(*cells: str) -> Any:
    """A notebook that has run; nbclient keeps the state of its widgets."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code) for code in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    return NotebookClient(notebook, timeout=120).execute()


def hostile_page() -> str:
    net = sym.Variable(HOSTILE)
    for name in ("x" * 10_000, "\u202eright to left \u05d0\u05d1", "\U0001f600 emoji", "${alert(3)}", "__proto__"):
        net = sym.Activation(net, act_type="relu", name=name, attr={"__note__": "javascript:alert(4)"})
    page: str = net.to_html()
    return page


@pytest.fixture(scope="module")
def seen(server: Server, drive: Drive, pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is seen in each, by a name of ours."""
    folder = tmp_path_factory.mktemp("pages")
    full, still = executed("%load_ext symbolnb", NET), executed("%load_ext symbolnb", PICTURES, NET)
    bare = nbformat.from_dict({**full, "metadata": {**full.metadata}})
    del bare.metadata["widgets"]
    places = {}
    for name, notebook, trusted in (
        ("state, trusted", full, True), ("state, untrusted", full, False), ("no state, untrusted", bare, False),
        ("pictures, trusted", still, True), ("pictures, untrusted", still, False),
    ):  # fmt: skip
        file = re.sub(r"\W+", "-", name) + ".ipynb"
        saved = nbformat.from_dict({**notebook, "metadata": {**notebook.metadata, "title": name}})
        nbformat.write(saved, server.root / file)
        if trusted:
            sign(server, nbformat.read(server.root / file, as_version=4))
        places[name] = file
    converted = HTMLExporter().from_notebook_node(still)[0]
    stripped = BeautifulSoup(converted, "html.parser")
    for script in stripped.find_all("script"):
        script.decompose()
    pages = {
        "nbconvert, pictures": converted, "nbconvert, scripts stripped": str(stripped),
        "page": mlp().to_html(data=(4, 5)), "page of a loop": loop().to_html(data=(7, 2, 3)), "hostile": hostile_page(),
    }  # fmt: skip
    for name, content in pages.items():
        path = folder / (re.sub(r"\W+", "-", name) + ".html")
        path.write_text(content, encoding="utf-8")
        places[name] = path.as_uri()
    places["page without scripts"] = places["page"] + "#plain"
    found = drive("reopened.js", server.address, str(pictures), *places.values())
    return {name: found[place] for name, place in places.items()}


def sign(server: Server, notebook: Any) -> None:
    """Let the server trust a notebook, as one that was run and saved there is."""
    from nbformat.sign import NotebookNotary

    data = server.root.parent / "data"
    notary = NotebookNotary(data_dir=str(data))
    notary.sign(notebook)
    notary.store.close()


def test_with_state_the_graph_lives(seen: dict[str, Any]) -> None:
    found = seen["state, trusted"]
    assert found["boxes"] == 4 and {"FullyConnected", "4×8", "4×5"} <= set(found["words"])


@pytest.mark.parametrize(
    "name",
    ["state, untrusted", "no state, untrusted", "pictures, trusted", "pictures, untrusted", "nbconvert, pictures",
     "nbconvert, scripts stripped"],
)  # fmt: skip
def test_elsewhere_there_is_a_picture(seen: dict[str, Any], name: str) -> None:
    found = seen[name]
    assert found["boxes"] == 0
    assert [size for size in found["pictures"] if size[0] > 100 and size[1] > 200] != []
    assert "Error displaying widget" not in found["text"]


def test_pages_of_their_own_ask_nobody(seen: dict[str, Any]) -> None:
    for name in ("page", "page of a loop", "hostile"):
        assert seen[name]["asked"] == [] and seen[name]["problems"] == []
    assert {"FullyConnected", "4×8"} <= set(seen["page"]["words"])
    assert {"slice", "state", "_foreach", "2×4"} <= set(seen["page of a loop"]["words"])


def test_a_page_says_why_it_is_empty_without_scripts(seen: dict[str, Any]) -> None:
    assert "draws the graph softmax with JavaScript" in seen["page without scripts"]["text"]


def test_a_hostile_graph_stays_text(seen: dict[str, Any]) -> None:
    found = seen["hostile"]
    assert found["boxes"] == 6 and found["foreign"] == 0
    assert any(HOSTILE in name for name in found["names"])
    assert any("\U0001f600 emoji" in word for word in found["words"]) and any(
        "alert(3)" in word for word in found["words"]
    )
    assert max(map(len, found["words"])) < 60
