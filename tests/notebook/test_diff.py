"""`symbolnb.diff`: what is the same, what differs, the document of both graphs, and how it shows."""

from __future__ import annotations

import json
import re
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symbolnb as mx
from symbolnb import sym
from symbolnb.errors import BindError, MXNetError
from symbolnb.graph.naming import NameManager
from symbolnb.notebook import display
from symbolnb.notebook.drawing import arrange, build_model
from symbolnb.notebook.drawing.align import SAME, align, stretched, stretches
from symbolnb.notebook.drawing.model import is_present
from symbolnb.notebook.overlay import halves
from symbolnb.notebook.packing import pack, unpack
from symbolnb.notebook.static import picture
from symbolnb.notebook.style import STYLE
from symbolnb.notebook.view import view_of
from symbolnb.symbol.symbol import Group, Symbol
from tests.notebook.nets import mlp
from tests.notebook.shell import new_shell


def net(norm: bool = False, kernel: int = 5, act: str = "tanh", prefix: str = "") -> Symbol:
    """A small convolutional network in variants."""
    with NameManager():
        out = sym.Convolution(
            sym.Variable("data"), kernel=(kernel, kernel), num_filter=4, name=f"{prefix}conv", attr={"__lr_mult__": act}
        )
        out = sym.BatchNorm(out, name="bn") if norm else sym.Dropout(out, name=f"{prefix}drop")
        out = sym.Activation(out, act_type=act, name=f"{prefix}act")
        return sym.FullyConnected(sym.Flatten(out, name=f"{prefix}flat"), num_hidden=2, name=f"{prefix}fc")


DATA = (1, 1, 8, 8)


def node_of(document: Any, name: str) -> Any:
    return next(node for node in document["nodes"] if node["name"] == name)


def kinds(found: Any, name: str) -> list[tuple[str, str, str | None, str | None]]:
    return [(one["what"], one["name"], one["before"], one["after"]) for one in found.changed[name]]


def test_equal_graphs_do_not_differ() -> None:
    found = mx.diff(net(), net(), data=DATA)
    assert not found
    assert (found.added, found.removed, found.changed) == ([], [], {})
    assert repr(found) == "fc → fc: all 10 nodes the same"
    assert "<table" in found._repr_mimebundle_()[0]["text/html"]  # that of the nodes


def test_added_removed_and_changed() -> None:
    found = mx.diff(net(), net(norm=True, kernel=3, act="relu"), data=DATA)
    assert found
    assert found.added == ["bn_gamma", "bn_beta", "bn_moving_mean", "bn_moving_var", "bn"]
    assert found.removed == ["drop"]
    assert kinds(found, "conv") == [
        ("parameter", "kernel", "(5, 5)", "(3, 3)"),
        ("attribute", "__lr_mult__", "tanh", "relu"),
        ("shape", "conv_output", "1×4×4×4", "1×4×6×6"),
    ]
    assert kinds(found, "act") == [
        ("parameter", "act_type", "tanh", "relu"),
        ("input", "data", "drop_output", "bn_output"),
        ("shape", "act_output", "1×4×4×4", "1×4×6×6"),
    ]
    assert kinds(found, "fc_weight") == [("shape", "fc_weight", "2×64", "2×144")]
    assert "fc" not in found.changed


def test_renamed_nodes_are_found_by_what_they_do() -> None:
    found = mx.diff(net(), net(prefix="my_"), data=DATA)
    assert (found.added, found.removed) == ([], [])
    assert set(found.changed) == {f"my_{name}" for name in (
        "conv_weight", "conv_bias", "conv", "drop", "act", "flat", "fc_weight", "fc_bias", "fc")}  # fmt: skip
    assert kinds(found, "my_conv") == [("name", "", "conv", "my_conv")]


def test_renamed_and_changed_at_once() -> None:
    found = mx.diff(net(), net(prefix="my_", kernel=3), data=DATA)
    assert (found.added, found.removed) == ([], [])
    assert [one[:2] for one in kinds(found, "my_conv")] == [
        ("name", ""), ("parameter", "kernel"), ("shape", "my_conv_output"),
    ]  # fmt: skip


def test_another_operator_under_the_same_name() -> None:
    a, b = sym.Variable("a"), sym.Variable("b")
    found = mx.diff(sym.elemwise_add(a, b, name="out"), sym.elemwise_mul(b, a, name="out"), a=(2,), b=(2,))
    assert kinds(found, "out") == [
        ("operator", "", "elemwise_add", "elemwise_mul"),
        ("input", "lhs", "a", "b"),
        ("input", "rhs", "b", "a"),
    ]


def test_a_variable_and_an_operator_of_one_name_are_two() -> None:
    found = mx.diff(sym.Variable("x"), sym.relu(sym.Variable("y"), name="x"))
    assert (found.added, found.removed) == (["x"], []) or found.removed == ["x"]
    assert "x" in found.added


def test_names_that_are_not_unique_match_by_structure() -> None:
    def twice(last: str) -> Symbol:
        x = sym.Variable("x")
        return sym.Activation(sym.relu(sym.relu(x, name="same"), name="same"), act_type=last, name="end")

    found = mx.diff(twice("relu"), twice("tanh"))
    assert (found.added, found.removed, list(found.changed)) == ([], [], ["end"])


def test_other_outputs_differ() -> None:
    a = sym.relu(sym.Variable("x"), name="a")
    found = mx.diff(a, Group([a, a]))
    assert found
    assert repr(found) == "a → a: all 2 nodes the same\noutputs: a → a, a"
    assert repr(mx.diff(a, sym.exp(a, name="e"), x=(2, 3))).splitlines()[1:] == ["+ e  exp 2×3", "outputs: a → e"]


def test_dtypes_and_unknown_shapes_differ() -> None:
    before, after = sym.Variable("x", dtype="float16"), sym.Variable("x", dtype="float64", shape=(0, 3))
    found = mx.diff(before, after)
    assert kinds(found, "x")[-2:] == [("shape", "x", "?", "?×3"), ("dtype", "x", "float16", "float64")]


def test_the_document_tells_how_things_were() -> None:
    found = mx.diff(net(), net(norm=True, kernel=3, act="relu"), data=DATA)
    document = found.document
    assert document["version"] == 1
    assert [node["id"] for node in document["nodes"]] == list(range(len(document["nodes"])))
    assert all(source["node"] < node["id"] for node in document["nodes"] for source in node["inputs"])
    act, drop = node_of(document, "act"), node_of(document, "drop")
    assert act["before"]["inputs"] == [{"name": "data", "node": drop["id"], "output": 0}]
    assert act["before"]["outputs"][0]["shape"] == [1, 4, 4, 4]
    assert "name" not in act["before"] and "op" not in act["before"]
    assert drop["inputs"][0]["node"] == node_of(document, "conv")["id"]
    assert (drop["change"], drop["changes"], drop["before"]) == ("removed", [], None)
    assert (node_of(document, "fc")["change"], node_of(document, "bn")["change"]) == (None, "added")
    told = document["diff"]
    assert (told["added"], told["removed"], told["changed"]) == (5, 1, 6)
    assert told["title"] == "fc" and told["heads"] == document["heads"]
    assert set(document["operators"]) >= {"Dropout", "BatchNorm"}
    assert unpack(json.loads(json.dumps(pack(document)))) == document
    assert build_model(document) and picture(document).startswith("<svg")
    assert "change" not in view_of(net().entries)["nodes"][0]


def test_an_edge_that_is_gone_between_nodes_that_stay_is_drawn() -> None:
    x, y = sym.var("x"), sym.var("y")
    lost = sym.Group([sym.exp(x, name="exp"), sym.elemwise_add(y, sym.exp(x, name="exp2"), name="sum")])
    had = sym.Group(
        [sym.exp(x, name="exp"), sym.elemwise_add(sym.exp(x, name="exp"), sym.exp(x, name="exp2"), name="sum")]
    )
    document = mx.diff(had, lost, x=(2,), y=(2,)).document
    total = node_of(document, "sum")
    assert total["lost"] == 1
    assert total["inputs"][-1] == {"name": "lhs", "node": node_of(document, "exp")["id"], "output": 0}
    assert STYLE["themes"]["light"]["removed"] in picture(document)
    first, second = halves(document)
    assert [len(node_of(half, "sum")["inputs"]) for half in (first, second)] == [2, 2]


def test_the_first_graph_can_be_made_again() -> None:
    before, after = view_of(net().entries, {"data": DATA}), net(norm=True, kernel=3)
    document = mx.diff(net(), after, data=DATA).document
    kept = [node for node in document["nodes"] if node["change"] != "added"]
    restored = [{**node, **({} if node["before"] is None else node["before"])} for node in kept]
    names = {node["id"]: node["name"] for node in restored}
    wired = {node["name"]: [names[source["node"]] for source in node["inputs"]] for node in restored}
    assert wired == {
        node["name"]: [before["nodes"][source["node"]]["name"] for source in node["inputs"]] for node in before["nodes"]
    }


def test_a_failing_graph_is_compared() -> None:
    found = mx.diff(mlp(), mlp(9), data=(4, 5), fc1_weight=(8, 5))
    assert found.document["error"]["node"] == node_of(found.document, "fc1")["id"]
    assert "num_hidden 8 → 9" in repr(found)


def test_shapes_of_either_graph_are_taken() -> None:
    a, b = sym.relu(sym.Variable("a"), name="r"), sym.relu(sym.Variable("b"), name="r")
    assert "4×5" in repr(mx.diff(a, b, a=(2, 3), b=(4, 5)))
    with pytest.raises(BindError, match="the graph has no argument 'zzz'; its inputs are a, b"):
        mx.diff(a, b, zzz=(1,))


def test_it_shows_as_widget_table_and_text(monkeypatch: pytest.MonkeyPatch) -> None:
    found = mx.diff(net(), net(norm=True), data=DATA)
    assert set(found._repr_mimebundle_()[0]) == {"text/plain", "text/html"}
    monkeypatch.setattr(new_shell(), "kernel", object(), raising=False)
    data, _ = found._repr_mimebundle_()
    assert set(data) == {display.WIDGET_VIEW, "text/plain", "text/html"}
    assert found.view.widget.view == found.document
    assert data["text/plain"] == repr(found)
    assert "+ added" in data["text/html"] and "~ changed" in data["text/html"] and "- removed" in data["text/html"]
    found.view.selection = "bn"
    assert found.view.selected_symbol.name == "bn"
    found.view.selection = "drop"  # which the second graph does not have
    assert found.view.selected_symbol is None


def test_it_is_saved(tmp_path: Path) -> None:
    found = mx.diff(net(), net(norm=True), data=DATA)
    assert json.loads(found.save(tmp_path / "d.json").read_text()) == found.document
    assert found.to_html("dark").startswith("<!doctype html>")
    assert found.save(tmp_path / "d.svg").exists()
    text = found.save(tmp_path / "d.dot").read_text()
    assert re.search(r'label="Dropout\\ndrop\\nremoved" .* color="#cf222e" .* penwidth=3\]', text)
    assert text.count("penwidth=3") == 3  # bn, drop and act; what folds into an operator has no box


def drawn(path: Path) -> tuple[list[str], Counter[str]]:
    """The words of a picture, and how often each colour of a difference is the stroke of something."""
    root = ElementTree.parse(path).getroot()
    colours = {STYLE["themes"]["light"][kind]: kind for kind in ("added", "removed", "changed")}
    strokes = Counter(colours[one.attrib["stroke"]] for one in root.iter() if one.attrib.get("stroke") in colours)
    return ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")], strokes


def test_the_picture_marks_what_differs(tmp_path: Path) -> None:
    found = mx.diff(net(), net(norm=True, kernel=3), data=DATA)
    words, strokes = drawn(found.save(tmp_path / "d.svg", "light"))
    changes = [node["change"] for node in found.document["nodes"] if node["op"] is not None]
    assert [words.count(sign) for sign in "+−~"] == [
        changes.count(kind) for kind in ("added", "removed", "changed")
    ]  # fmt: skip
    assert set(strokes) == {"added", "removed", "changed"}
    assert drawn(mx.diff(net(), net(), data=DATA).save(tmp_path / "same.svg", "light"))[1] == Counter()


def test_two_graphs_side_by_side(tmp_path: Path) -> None:
    found = mx.diff(net(), net(norm=True, kernel=3), data=DATA)
    words, strokes = drawn(found.save(tmp_path / "d.svg", "light", side_by_side=True))
    assert {"before: fc", "after: fc"} <= set(words)
    assert words.count("BatchNorm") == words.count("Dropout") == 1
    assert words.count("Convolution") == 2
    assert set(strokes) == {"added", "removed", "changed"}
    beside = ElementTree.parse(tmp_path / "d.svg").getroot().attrib
    below = ElementTree.parse(found.save(tmp_path / "b.svg", "light", "right", side_by_side=True)).getroot().attrib
    alone = ElementTree.parse(found.save(tmp_path / "a.svg", "light", "right")).getroot().attrib
    assert float(beside["height"]) > float(beside["width"]) / 2 and float(below["width"]) < 1.2 * float(alone["width"])
    before, after = halves(found.document)
    for half, symbol in ((before, net()), (after, net(norm=True, kernel=3))):
        plain = view_of(symbol.entries, {"data": DATA})
        assert [node["name"] for node in half["nodes"]] != [] and half["title"] == plain["title"]
        assert {
            (node["name"], str(node["parameters"]), str(node["outputs"])) for node in half["nodes"]
        } == {(node["name"], str(node["parameters"]), str(node["outputs"])) for node in plain["nodes"]}  # fmt: skip
        wires = {
            (node["name"], one["name"], view["nodes"][one["node"]]["name"])
            for view in (half,) for node in view["nodes"] for one in node["inputs"]
        }  # fmt: skip
        assert wires == {
            (node["name"], one["name"], plain["nodes"][one["node"]]["name"])
            for node in plain["nodes"] for one in node["inputs"]
        }  # fmt: skip
    with pytest.raises(MXNetError, match=r"'d\.html' cannot have graphs side by side"):
        found.save(tmp_path / "d.html", side_by_side=True)


def test_hostile_names_stay_text() -> None:
    name = "<script>alert(1)</script>\n\x00"
    found = mx.diff(sym.Variable("x"), sym.relu(sym.Variable("x"), name=name))
    data = found._repr_mimebundle_()[0]
    assert "<script" not in data["text/html"]
    assert "\x00" not in data["text/plain"] and len(data["text/plain"].splitlines()) == 3


def test_a_long_list_is_cut() -> None:
    chain = sym.Variable("x")
    for number in range(300):
        chain = sym.relu(chain, name=f"r{number}")
    lines = repr(mx.diff(sym.Variable("x"), chain)).splitlines()
    assert lines[0] == "x → r299: 300 added, 1 the same"
    assert lines[-2:] == ["  and 100 more", "outputs: x → r299"]


@st.composite
def graphs(draw: Any) -> Symbol:
    """Small graphs over the same few names."""
    outs = [sym.Variable("x"), sym.Variable("y")]
    for _ in range(draw(st.integers(1, 7))):
        name = draw(st.sampled_from("abcdefgh"))
        one, other = draw(st.sampled_from(outs)), draw(st.sampled_from(outs))
        made = [sym.relu(one, name=name), sym.exp(one, name=name), sym.elemwise_add(one, other, name=name)]
        outs.append(draw(st.sampled_from(made)))
    return outs[-1]


def _gone_inputs(node: Any) -> set[tuple[int, int]]:
    """What a node of a document of two graphs took before and takes no longer."""
    earlier = (node["before"] or {}).get("inputs", [])
    there = node["inputs"][: len(node["inputs"]) - node.get("lost", 0)]
    return {(one["node"], one["output"]) for one in earlier} - {(one["node"], one["output"]) for one in there}


@settings(max_examples=150, deadline=None, derandomize=True)
@given(graphs(), graphs())
def test_any_two_graphs(before: Symbol, after: Symbol) -> None:
    document = mx.diff(before, after).document
    nodes = document["nodes"]
    assert [node["id"] for node in nodes] == list(range(len(nodes)))
    for node in nodes:
        assert all((source["node"] < node["id"]) or not is_present(node, i) for i, source in enumerate(node["inputs"]))
        lost = [one for i, one in enumerate(node["inputs"]) if not is_present(node, i)]
        assert {(one["node"], one["output"]) for one in lost} == _gone_inputs(node)
    assert unpack(pack(document)) == document
    assert picture(document).startswith("<svg")
    sizes = [len(view_of(symbol.entries)["nodes"]) for symbol in (before, after)]
    assert sum(node["change"] != "added" for node in nodes) == sizes[0]
    assert sum(node["change"] != "removed" for node in nodes) == sizes[1]
    assert not mx.diff(before, before)


def test_graphs_side_by_side_are_stretched_as_in_the_widget() -> None:
    told = json.loads((Path(__file__).parent.parent / "fixtures" / "layout" / "align.json").read_text(encoding="utf-8"))
    for case in told["cases"]:
        spans = tuple([(span["start"], span["end"]) for span in side] for side in case["spans"])
        ours = stretches([(one, other) for one, other in case["pairs"]], (spans[0], spans[1]))
        assert [[list(one) for one in side] for side in ours] == case["stretches"]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=12), st.sampled_from([0.25, 1.0, 7.0]))
def test_no_longer_chain_of_places_could_meet(pairs: list[tuple[int, int]], unit: float) -> None:
    places = sorted({(one * unit, other * unit) for one, other in pairs})

    def follows(one: tuple[float, float], other: tuple[float, float]) -> bool:
        return one[0] + SAME < other[0] and one[1] + SAME < other[1]

    longest: list[int] = []
    for i, pair in enumerate(places):
        longest.append(1 + max((longest[k] for k in range(i) if follows(places[k], pair)), default=0))
    first, second = (stretched(side) for side in stretches(places, ([], [])))
    met = {round(first(one), 6) for one, other in places if abs(first(one) - second(other)) < SAME}
    assert len(met) >= max(longest, default=0)


def test_long_graphs_are_compared_and_stood_side_by_side_in_little_time() -> None:
    def chain(name: str, size: int) -> Symbol:
        out = sym.Variable("data")
        for i in range(1000):
            out = sym.FullyConnected(out, num_hidden=size, name=f"{name}{i}_fc")
            out = sym.relu(out, name=f"{name}{i}_act") if i % 7 else out
        return out

    began = time.process_time()
    found = mx.diff(chain("old", 4), chain("new", 5))
    assert not found.added and not found.removed
    pairs = [(100.0 * i, 90.0 * i + 300.0 * (i % 2)) for i in range(5000)]
    spans = [(at, at + 40) for at, _ in pairs]
    assert len(stretches(pairs, (spans, []))[1]) > 2000
    assert time.process_time() - began < 10  # more than a minute where the time grew with the square


@pytest.mark.parametrize("sideways", [False, True])
def test_what_both_graphs_have_stands_at_the_same_height(sideways: bool) -> None:
    document = mx.diff(net(), net(norm=True, kernel=3, act="relu"), data=DATA).document
    models = [build_model(half) for half in halves(document)]
    plain = [arrange(model, set(), sideways) for model in models]
    first, second = align((models[0], plain[0]), (models[1], plain[1]))
    places = []
    for model, drawn in zip(models, (first, second), strict=True):
        begin = {model.nodes[one.box.node]["both"]: one.x if sideways else one.y for one in drawn.boxes}
        places.append(begin)
    common = places[0].keys() & places[1].keys()
    assert len(common) == 5
    for number in common:
        assert places[0][number] == pytest.approx(places[1][number])
    for before, now in zip(plain, (first, second), strict=True):
        assert (now.width, now.height) >= (before.width, before.height)
        assert [one.box for one in now.boxes] == [one.box for one in before.boxes]
