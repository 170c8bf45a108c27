"""`Symbol.view` and `Symbol.to_html`: what can be steered and observed from Python, with a widget and without."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets import TraitError

import symbolnb as mx
from symbolnb import sym
from symbolnb.errors import BindError, MXNetError, ShapeError
from symbolnb.graph.naming import NameManager
from symbolnb.notebook import display
from symbolnb.notebook import widget as widget_module
from symbolnb.notebook.graph_view import GraphView
from symbolnb.notebook.packing import unpack
from symbolnb.notebook.widget import GraphWidget
from symbolnb.symbol.symbol import Symbol
from tests.notebook.nets import mlp
from tests.notebook.shell import new_shell, run


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A shell that believes it has a kernel, so that widgets can be shown."""
    shell = new_shell()
    monkeypatch.setattr(shell, "kernel", object(), raising=False)
    yield shell


def nested() -> Symbol:
    """Two stages of two units of two operators each."""
    with NameManager():
        net = sym.Variable("data")
        for stage in (1, 2):
            for unit in (1, 2):
                for kind in ("relu", "tanh"):
                    net = sym.Activation(net, act_type=kind, name=f"stage{stage}/unit{unit}/{kind}")
        return net


GROUPS = ["stage1", "stage1/unit1", "stage1/unit2", "stage2", "stage2/unit1", "stage2/unit2"]


@pytest.fixture(params=["terminal", "notebook"])
def view(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> GraphView:
    """A view of a small network; its Python interface is the same in a terminal and in a notebook."""
    monkeypatch.setattr(new_shell(), "kernel", object() if request.param == "notebook" else None, raising=False)
    made: GraphView = mlp().view(data=(4, 5))
    if request.param == "notebook":
        assert made.widget.view == made.document
    return made


def test_it_shows_itself_with_its_shapes(view: GraphView) -> None:
    data, _ = view._repr_mimebundle_()
    assert (display.WIDGET_VIEW in data) == display.widgets_work()
    assert "4×8" in data["text/plain"] and "data:image/svg+xml" in data["text/html"]
    assert repr(view) == data["text/plain"]
    assert set(view._repr_mimebundle_(include={"text/plain"})[0]) == {"text/plain"}


def test_selection_and_the_selected_symbol(view: GraphView) -> None:
    seen: list[Any] = []
    view.observe(lambda change: seen.append(change["new"]), "selection")
    assert view.selected_symbol is None
    view.selection = "fc1"
    found = view.selected_symbol
    assert found is not None
    assert found.list_outputs() == ["fc1_output"]
    assert found.infer_shape(data=(4, 5))[1] == [(4, 8)]
    view.goto("relu1_output")  # the output's name does too
    assert view.selected_symbol is not None and view.selected_symbol.name == "relu1"
    view.goto(found)
    assert seen == ["fc1", "relu1", "fc1"]
    with pytest.raises(MXNetError) as caught:
        view.goto("fc3")
    assert str(caught.value).startswith("there is no node 'fc3' in this graph; did you mean 'fc")
    view.selection = None
    assert view.selected_symbol is None


def test_the_selected_symbol_can_be_observed_and_makes_no_symbols_on_the_way(view: GraphView) -> None:
    seen: list[Any] = []
    view.observe(lambda change: seen.append((change["old"], change["new"])), "selected_symbol")
    with NameManager():
        view.selection = "fc1"
        view.selection = "relu1"
        view.selection = None
        assert (sym.Variable("a") == sym.Variable("b")).name == "_equal0"  # no comparison took the name
    names = [tuple(None if one is None else one.name for one in pair) for pair in seen]
    assert names == [(None, "fc1"), ("fc1", "relu1"), ("relu1", None)]
    with pytest.raises(TraitError, match="read-only"):
        view.selected_symbol = sym.Variable("x")


def test_several_outputs_are_selected_together() -> None:
    parts = sym.SliceChannel(sym.Variable("x"), num_outputs=3, name="parts")
    view = parts[1].view()
    view.selection = "parts"
    assert view.selected_symbol.list_outputs() == ["parts_output0", "parts_output1", "parts_output2"]


def test_highlight_takes_names_and_symbols(view: GraphView) -> None:
    view.highlight(["fc1", mlp()])
    assert view.highlighted == ["fc1", "softmax"]
    view.highlight("relu1")
    assert view.highlighted == ["relu1"]
    with pytest.raises(MXNetError, match=r"there is no node 'nothing' in this graph$"):
        view.highlight(["fc1", "nothing"])
    assert view.highlighted == ["relu1"]
    view.highlight()
    assert view.highlighted == []


def test_groups_close_and_open() -> None:
    view = nested().view()
    assert view.groups == GROUPS
    assert view.opened is None  # as many as can be read
    view.collapse("stage1/unit2")
    assert view.opened == [path for path in GROUPS if path != "stage1/unit2"]
    view.collapse()
    assert view.opened == []
    view.expand("stage2/unit1")  # with what is around it
    assert view.opened == ["stage2", "stage2/unit1"]
    view.expand("stage2/unit1")
    assert view.opened == ["stage2", "stage2/unit1"]
    view.expand()
    assert view.opened == GROUPS
    with pytest.raises(MXNetError, match="there is no group 'unit1'; the groups are stage1, stage1/unit1, "):
        view.collapse("unit1")
    with pytest.raises(MXNetError, match="there is no group 'a'; the graph has no groups"):
        mlp().view().expand("a")


def test_a_group_that_holds_one_group_is_one_with_it() -> None:
    x = sym.Variable("x")
    net = sym.tanh(sym.relu(x, name="net/block/relu"), name="net/block/tanh")
    view = sym.exp(net, name="head").view()
    assert view.groups == ["net/block"]
    view.collapse("net")
    assert view.opened == []
    view.expand("net")
    assert view.opened == ["net/block"]


def test_traits_refuse_what_they_do_not_know(view: GraphView) -> None:
    for trait, value in (("theme", "pink"), ("orientation", "up"), ("selection", 3), ("opened", [3])):
        with pytest.raises(TraitError):
            setattr(view, trait, value)


def test_the_widget_follows_and_tells(kernel: InteractiveShell) -> None:
    view = nested().view(data=(2, 3))
    widget = view.widget
    assert view.widget is widget
    view.selection, view.theme, view.orientation = "data", "contrast", "right"
    view.highlight("data")
    view.collapse()
    state = widget.get_state()
    assert [state[key] for key in ("selection", "theme", "orientation", "highlight", "opened", "goto")] == [
        "data", "contrast", "right", ["data"], [], None,
    ]  # fmt: skip
    view.goto("stage1/unit1/relu")
    assert widget.goto == widget.selection == "stage1/unit1/relu"
    widget.set_state({"goto": None, "selection": "data", "opened": ["stage2"], "highlight": []})  # from the browser
    assert (view.selection, view.opened, view.highlighted) == ("data", ["stage2"], [])
    widget.close()
    assert view.widget is not widget
    assert view.widget.selection == "data"
    view.selection = None
    assert view.widget.selection is None and widget.selection == "data"


def test_one_view_for_each_symbol_and_shapes(kernel: InteractiveShell) -> None:
    net = mlp()
    plain, shaped = net.view(), net.view(data=(4, 5))
    assert net.view() is plain and net.view(data=[4, 5]) is shaped and plain is not shaped
    assert net.view(data=(8, 5)) is not shaped
    assert plain.widget is display.widget_of(net)  # what a click in the cell's own result selects
    assert plain.document["unknown"] == ["data"] and shaped.document["unknown"] == []
    number = id(net)
    del net
    gc.collect()
    assert number not in display._shown


def test_what_a_cell_found_out_is_in_the_view(kernel: InteractiveShell) -> None:
    run(kernel, "%load_ext symbolnb\nfrom symbolnb import sym")
    try:
        ran = run(kernel, "%%symbol --shape x=3\nsym.exp(sym.Variable('x'), name='e')")
        view = ran.value.view()
        assert view.document["memory"] is not None
        assert view.widget is display.widget_of(ran.value)
    finally:
        run(kernel, "%unload_ext symbolnb")


def test_without_widgets_by_configuration(kernel: InteractiveShell) -> None:
    run(kernel, "%load_ext symbolnb\n%config SymbolMagics.interactive = False")
    try:
        assert set(mlp()._repr_mimebundle_()[0]) == {"text/plain", "text/html"}
        assert set(mlp().view()._repr_mimebundle_()[0]) == {"text/plain", "text/html"}
        run(kernel, "%config SymbolMagics.interactive = True")
        assert display.WIDGET_VIEW in mlp()._repr_mimebundle_()[0]
    finally:
        run(kernel, "%unload_ext symbolnb")
        kernel.config.pop("SymbolMagics", None)


def test_without_the_widgets_script_it_is_a_picture(kernel: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Any:
        raise MXNetError("no bundle")

    monkeypatch.setattr(display, "widget_of", fail)
    monkeypatch.setattr(GraphView, "widget", property(fail))
    view = mlp().view()
    assert set(view._repr_mimebundle_()[0]) == {"text/plain", "text/html"}
    for shown in (view, mx.diff(mlp(), mlp(9))):
        assert shown._display_().startswith(("softmax: 4 operators", "softmax → softmax: "))
    view.goto("fc1")
    assert view.selection == "fc1"


def test_in_a_page_none_is_sent_so_that_it_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(widget_module, "IN_PYODIDE", True)
    view = mlp().view(data=(4, 5))
    widget = view.widget
    state = widget.get_state()
    assert state["selection"] == state["opened"] == state["goto"] == [None]
    assert unpack(json.loads(state["view"])) == view.document
    view.selection = "fc1"
    view.collapse()
    assert (widget.get_state()["selection"], widget.get_state()["opened"]) == ("fc1", [])
    widget.set_state({"selection": object(), "opened": ["stage1"], "goto": None})  # as Pyodide brings null
    assert (view.selection, view.opened) == (None, ["stage1"])
    widget.set_state({"view": state["view"], "opened": [None]})
    assert view.document == widget.view and view.opened is None


@pytest.fixture
def marimo(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that believes it is a marimo notebook's."""
    monkeypatch.setitem(sys.modules, "marimo", SimpleNamespace(running_in_notebook=lambda: True))


@pytest.mark.usefixtures("marimo")
def test_in_marimo_each_cell_has_a_widget_of_its_own() -> None:
    net = mlp()
    view = net.view()
    first, second, third = net._display_(), view._display_(), view.widget
    assert len({first, second, third}) == 3 and all(isinstance(one, GraphWidget) for one in (first, second, third))
    second.set_state({"selection": "fc1"})  # what a front end sends
    assert view.selection == first.selection == third.selection == "fc1"
    first.comm.close()  # marimo does so before the cell runs again, and leaves the comm where it is
    view.goto("fc2")
    again = net._display_()
    assert again not in (first, second, third) and again.selection == second.selection == "fc2"
    view.selection = None
    assert first.selection == "fc2" and second.selection is again.selection is None
    assert first.comm is None and second.comm is not None
    number = id(net)
    del net, view
    gc.collect()
    assert number not in display._shown


@pytest.mark.usefixtures("marimo")
def test_in_marimo_an_executor_shows_itself_as_it_is_now() -> None:
    executor = mlp().simple_bind(mx.cpu(), data=(4, 5))
    before = executor._display_()
    assert before.view["memory"] is None
    executor.forward()
    assert executor._display_().view["memory"]["planned"] > 0
    assert before.view["memory"] is not None and executor.view().document.get("values") is not None
    assert before.view.get("values") is None


def test_marimo_gets_text_where_there_is_no_widget(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Any:
        raise MXNetError("no luck")

    monkeypatch.setattr(GraphView, "widget", property(fail))
    assert mlp()._display_().endswith("(the graph cannot be drawn: no luck)")
    monkeypatch.setattr(display, "view_of", fail)
    assert mlp()._display_() == "<Symbol softmax>\n(the graph cannot be drawn: no luck)"


def test_a_cell_of_marimo_is_named_where_something_is_wrong() -> None:
    code = compile("\nsym.exp(sym.Variable('x'), axis=3)", "marimo_7/__marimo__cell_Hbol_.py", "exec")
    with pytest.raises(MXNetError, match=r"\[cell Hbol, line 2\]$"):
        exec(code, {"sym": sym, "__name__": "__main__"})


def test_save_uses_the_views_theme(view: GraphView, tmp_path: Path) -> None:
    view.theme = "dark"
    dark = view.save(tmp_path / "d.svg").read_text()
    assert dark == view.save(tmp_path / "e.svg", theme="dark").read_text()
    assert dark != view.save(str(tmp_path / "l.svg"), "light").read_text()
    assert 'data-theme="dark"' in view.to_html()


def test_save_draws_what_is_seen_or_asked_for(tmp_path: Path) -> None:
    view = nested().view(data=(2, 3))
    view.collapse("stage2")
    closed = view.save(tmp_path / "a.svg").read_text()
    assert closed == view.save(tmp_path / "b.svg", opened=["stage1/unit1", "stage1/unit2"]).read_text()
    assert "stage1/unit1/relu" in closed and "stage2/unit1/relu" not in closed
    everything = view.save(tmp_path / "c.svg", opened=view.groups).read_text()
    assert "stage2/unit1/relu" in everything
    view.orientation = "right"
    assert view.save(tmp_path / "d.svg").read_text() == view.save(tmp_path / "e.svg", orientation="right").read_text()
    assert 'data-orientation="right"' in view.to_html()
    assert 'data-opened="[&quot;stage1&quot;]"' in view.to_html(opened=["stage1"])
    page = nested().to_html(orientation="right", opened=["stage2"], data=(2, 3))
    assert 'data-orientation="right" data-opened="[&quot;stage2&quot;]"' in page
    with pytest.raises(MXNetError, match="there is no group 'unit1'"):
        view.save(tmp_path / "f.svg", opened=["unit1"])


@pytest.mark.parametrize(
    ("shapes", "error", "message"),
    [
        ({"dat": (4, 5)}, BindError, "the graph has no argument 'dat'; did you mean 'data'?"),
        ({"zzz": (4, 5)}, BindError, "the graph has no argument 'zzz'; its inputs are data"),
        ({"data": "45"}, ShapeError, "the shape of 'data' must be a tuple of sizes, but it is '45'"),
        ({"data": (4, -5)}, ShapeError, "the shape of 'data' must be a tuple of sizes, but it is (4, -5)"),
        ({"data": 4}, ShapeError, "the shape of 'data' must be a tuple of integers, but it is 4"),
    ],
)
def test_shapes_are_checked(shapes: dict[str, Any], error: type[Exception], message: str) -> None:
    for method in (mlp().view, mlp().to_html):
        with pytest.raises(error) as caught:
            method(**shapes)
        assert str(caught.value) == message


def test_a_contradiction_is_shown_and_not_raised() -> None:
    bad = mlp().view(data=(4, 5), fc1_weight=(8, 6))
    assert "Error: FullyConnected 'fc1': weight" in repr(bad)
    assert "weight is (8, 6) but data (4, 5) with num_hidden=8 needs (8, 5)" in mlp().to_html(
        data=(4, 5), fc1_weight=(8, 6)
    )
    assert mlp().to_html(theme="dark").startswith("<!doctype html>")


def test_help_knows_the_methods() -> None:
    assert Symbol.view.__name__ == "view" and Symbol.to_html.__qualname__ == "Symbol.to_html"
    assert ">>> net.view(data=(32, 784))" in (Symbol.view.__doc__ or "")
