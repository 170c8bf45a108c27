"""What a Symbol and an Executor give a front end: widget, picture and text, and never an error."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from symbolnb import cpu, sym
from symbolnb.errors import MXNetError
from symbolnb.notebook import display
from symbolnb.notebook.script import read_bundle
from symbolnb.notebook.widget import GraphWidget
from tests.notebook.nets import mlp
from tests.notebook.shell import new_shell, run

ROOT = Path(__file__).parents[2]
WIDGET = display.WIDGET_VIEW


@pytest.fixture
def shell() -> InteractiveShell:
    return new_shell()


@pytest.fixture
def kernel(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A shell that believes it has a kernel, so that widgets can be shown."""
    monkeypatch.setattr(shell, "kernel", object(), raising=False)
    yield shell


def test_in_a_terminal_there_is_a_picture_and_text_but_no_widget(shell: InteractiveShell) -> None:
    data, metadata = mlp()._repr_mimebundle_()
    assert set(data) == {"text/plain", "text/html"}
    assert metadata == {}
    assert data["text/plain"].startswith("softmax: 4 operators")
    assert "data:image/svg+xml;base64," in data["text/html"]


def test_with_a_kernel_there_is_a_widget_too(kernel: InteractiveShell) -> None:
    symbol = mlp()
    data, _ = symbol._repr_mimebundle_()
    assert set(data) == {WIDGET, "text/plain", "text/html"}
    widget = display.widget_of(symbol)
    assert data[WIDGET]["model_id"] == widget.model_id
    assert widget.view["title"] == "softmax"
    again, _ = symbol._repr_mimebundle_()
    assert again[WIDGET]["model_id"] == widget.model_id  # one widget for one Symbol
    other, _ = mlp()._repr_mimebundle_()
    assert other[WIDGET]["model_id"] != widget.model_id
    number = widget.model_id
    widget.close()
    assert symbol._repr_mimebundle_()[0][WIDGET]["model_id"] != number


def test_include_and_exclude(kernel: InteractiveShell) -> None:
    symbol = mlp()
    assert set(symbol._repr_mimebundle_(include={"text/plain"})[0]) == {"text/plain"}
    assert set(symbol._repr_mimebundle_(exclude={WIDGET})[0]) == {"text/plain", "text/html"}


def test_an_executor_shows_its_shapes_and_memory(kernel: InteractiveShell) -> None:
    executor = mlp().simple_bind(cpu(), data=(4, 5))
    assert "4×3" in executor._repr_mimebundle_()[0]["text/plain"]
    widget = display.widget_of(executor)
    assert widget.view["memory"] is None
    executor.forward()
    executor._repr_mimebundle_()
    assert display.widget_of(executor) is widget
    assert widget.view["memory"]["planned"] > 0


def test_what_is_remembered_shows_and_goes_with_its_symbol(kernel: InteractiveShell) -> None:
    from symbolnb.notebook.view import view_of

    symbol = mlp()
    widget = display.widget_of(symbol)
    display.remember(symbol, view_of(symbol.entries, {"data": (4, 5)}))
    assert widget.view["unknown"] == []
    assert display.known_view(symbol) == widget.view
    symbol._entries = mlp(9).entries  # as _set_attr does it
    assert display.known_view(symbol)["unknown"] == ["data"]
    number = id(symbol)
    assert number in display._shown
    del symbol
    gc.collect()
    assert number not in display._shown


@pytest.mark.parametrize("broken", ["static_html", "text", "view_of", "widget_of"])
def test_it_never_raises(kernel: InteractiveShell, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    def fail(*_: object) -> Any:
        raise ZeroDivisionError("no luck")

    monkeypatch.setattr(display, broken, fail)
    data, _ = mlp()._repr_mimebundle_()
    assert data["text/plain"].endswith("(the graph cannot be drawn: no luck)")
    assert data["text/plain"].startswith("softmax: 4" if broken in ("static_html", "widget_of") else "<Symbol softmax>")
    assert WIDGET not in data


def test_a_failing_graph_is_drawn() -> None:
    bad = sym.elemwise_add(sym.Variable("a", shape=(2,)), sym.Variable("b", shape=(3,)), name="c")
    data, _ = bad._repr_mimebundle_()
    assert "elemwise_add 'c': (2,) and (3,) differ" in data["text/plain"]
    assert "elemwise_add &#x27;c&#x27;" in data["text/html"]


def test_a_missing_bundle_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(MXNetError, match=r"widget\.js is missing; in a clone build it with: npm ci && npm run build"):
        read_bundle(tmp_path / "widget.js")
    assert len(read_bundle()) > 10_000


def test_selection_goes_both_ways_and_can_be_observed() -> None:
    widget = GraphWidget(view=display.known_view(mlp()))
    seen: list[Any] = []
    widget.observe(lambda change: seen.append(change["new"]), "selection")
    widget.set_state({"selection": "fc1"})  # what a front end sends
    assert widget.selection == "fc1"
    widget.selection = None
    assert seen == ["fc1", None]
    assert set(widget.get_state()) >= {"view", "selection", "theme", "_esm"}
    widget.unobserve_all("selection")
    widget.selection = "fc2"
    assert seen == ["fc1", None]


def test_the_theme_is_configured(kernel: InteractiveShell) -> None:
    run(kernel, "%load_ext symbolnb")
    run(kernel, "%config SymbolMagics.theme = 'dark'")
    assert display.widget_of(mlp()).theme == "dark"
    run(kernel, "%config SymbolMagics.theme = 'auto'")
    run(kernel, "%unload_ext symbolnb")
    kernel.config.pop("SymbolMagics", None)


def test_a_cell_that_runs_again_keeps_its_widget(kernel: InteractiveShell) -> None:
    cell = "%%symbol --shape x=3\nsym.exp(sym.Variable('x'), name='e')"

    def model(cell_id: str) -> str:
        result = kernel.run_cell(cell, store_history=True, cell_id=cell_id)
        return str(display.widget_of(result.result).model_id)

    run(kernel, "%load_ext symbolnb\nfrom symbolnb import sym")
    try:
        first = model("a")
        assert model("a") == first
        assert model("b") != first
    finally:
        run(kernel, "%unload_ext symbolnb")


def test_what_is_not_shown_makes_no_widget(kernel: InteractiveShell) -> None:
    run(kernel, "%load_ext symbolnb\nfrom symbolnb import sym")
    try:
        run(kernel, "%%symbol --shape x=3 --no-view\ny = sym.exp(sym.Variable('x'))\ny")
        run(kernel, "%%symbol --shape x=3\nz = sym.exp(sym.Variable('x'))\nz;")
    finally:
        run(kernel, "%unload_ext symbolnb")
    for name in ("y", "z"):
        assert display._shown[id(kernel.user_ns[name])].widget is None


def test_importing_the_display_imports_no_widget() -> None:
    code = (
        "import sys, symbolnb; from symbolnb.notebook import display; s = symbolnb.sym.var('x'); s._repr_mimebundle_();"
        "print([name for name in ('anywidget', 'ipywidgets', 'cupy') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert ran.stdout.strip() == "[]"
