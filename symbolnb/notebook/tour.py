"""Runs the tour notebook without a browser, and makes one HTML page of it that needs no network."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import nbformat
from bs4 import BeautifulSoup
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from symbolnb.errors import MXNetError
from symbolnb.notebook.html import page
from symbolnb.notebook.packing import unpack

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"


def tour_notebook() -> Path:
    """The tour notebook of this clone or installation; `MXNetError` where there is none."""
    here = Path(__file__).resolve().parents[1]
    for folder in (here.parent / "notebooks", here / "notebooks"):
        if (folder / "tour.ipynb").exists():
            return folder / "tour.ipynb"
    raise MXNetError(f"the tour notebook is neither in {here.parent / 'notebooks'} nor in {here / 'notebooks'}")


def run_tour(folder: Path) -> tuple[Path, Path]:
    """Execute the tour and write ``tour.ipynb``, with outputs, and ``tour.html`` into the folder.

    Raises nbclient's `CellExecutionError` at the first cell that fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.read(tour_notebook(), as_version=4)
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    written = folder / "tour.ipynb", folder / "tour.html"
    nbformat.write(notebook, written[0])
    written[1].write_text(html_page(notebook), encoding="utf-8")
    return written[0].resolve(), written[1].resolve()


def html_page(notebook: Any) -> str:
    """An executed notebook as one HTML page: its graphs stay interactive, and nothing is loaded from anywhere."""
    state = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    metadata = {key: value for key, value in notebook.metadata.items() if key != "widgets"}
    shown = nbformat.from_dict({**notebook, "metadata": metadata})
    for cell in shown.cells:
        for output in cell.get("outputs", ()):
            _embed_graph(output, state)
    text, _ = HTMLExporter().from_notebook_node(shown)
    return _without_network(text)


def _embed_graph(output: Any, state: dict[str, Any]) -> None:
    """Put an interactive page of the graph in the place of a widget."""
    data = output.get("data", {})
    reference = data.pop(WIDGET_VIEW, None)
    if reference is None:
        return
    view = state.get(reference["model_id"], {}).get("state", {}).get("view")
    if view is not None:
        view = unpack(view)
        source = html.escape(page(view), quote=True)
        data["text/html"] = (
            f'<iframe srcdoc="{source}" title="{html.escape(view["title"])}" loading="lazy" '
            f'style="width:100%;height:560px;border:0"></iframe>'
        )


def _without_network(text: str) -> str:
    """The page without the scripts that nbconvert loads for formulas, diagrams and widgets."""
    soup = BeautifulSoup(text, "html.parser")
    for script in soup.find_all("script"):
        if str(script.get("src", "")).startswith("http") or "https://cdn" in script.get_text():
            script.decompose()
    return str(soup)
