"""Bad input ends in one clear message, and everything stays usable."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import symbolnb as mx
from symbolnb.errors import (
    AllocationError,
    BindError,
    CompositionError,
    FormatError,
    ParameterError,
    ShapeError,
    UnknownOperatorError,
)


def _net() -> mx.sym.Symbol:
    return mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=3, name="fc")


def _arrays() -> dict[str, Any]:
    return {"data": mx.nd.ones((2, 4)), "fc_weight": mx.nd.ones((3, 4)), "fc_bias": mx.nd.zeros(3)}


def _bind(**changes: Any) -> Any:
    arrays = _arrays() | changes
    return _net().bind(mx.cpu(), {name: array for name, array in arrays.items() if array is not None})


def _changed(change: Callable[[dict[str, Any]], None]) -> str:
    document = json.loads(_net().tojson())
    change(document)
    return json.dumps(document)


def _cycle(document: dict[str, Any]) -> None:
    document["nodes"][3]["inputs"][0] = [3, 0, 0]


def _rename_operator(document: dict[str, Any]) -> None:
    document["nodes"][3]["op"] = "FullyConected"


def _bad_parameter(document: dict[str, Any]) -> None:
    document["nodes"][3]["attrs"]["num_hidden"] = "many"


CASES: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "unknown operator": (
        lambda: mx.sym.FullyConected,
        UnknownOperatorError,
        "no operator is called 'FullyConected'; the nearest are FullyConnected",
    ),
    "missing parameter": (
        lambda: mx.sym.FullyConnected(mx.sym.var("data"), name="fc"),
        ParameterError,
        "FullyConnected needs the parameter num_hidden: an integer >= 1 (number of output features) (node 'fc')",
    ),
    "parameter out of range": (
        lambda: mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=0, name="fc"),
        ParameterError,
        "FullyConnected: parameter num_hidden is 0 but must be an integer >= 1 (node 'fc')",
    ),
    "misspelt parameter": (
        lambda: mx.sym.FullyConnected(mx.sym.var("data"), num_hiden=3, name="fc"),
        ParameterError,
        "FullyConnected has no parameter 'num_hiden'; did you mean 'num_hidden'? "
        "(its parameters are num_hidden, no_bias, flatten) (node 'fc')",
    ),
    "group as an input": (
        lambda: mx.sym.exp(mx.sym.Group([mx.sym.var("a"), mx.sym.var("b")])),
        CompositionError,
        "input 'data' is a group of 2 outputs; take one of them",
    ),
    "array as an input": (
        lambda: mx.sym.exp(3.0),
        CompositionError,
        "input 'data' must be a Symbol, but it is 3.0 (float)",
    ),
    "text added to a symbol": (
        lambda: mx.sym.var("a") + "b",
        TypeError,
        "a Symbol and str 'b' cannot be combined; use a Symbol or a number",
    ),
    "filling an unknown variable": (
        lambda: _net()(dta=mx.sym.var("x")),
        CompositionError,
        "the graph has no variable 'dta' to fill; its variables are data, fc_weight, fc_bias",
    ),
    "missing argument": (lambda: _bind(fc_bias=None), BindError, "argument 'fc_bias' is missing"),
    "contradictory shapes": (
        lambda: _bind(fc_weight=mx.nd.ones((3, 5))),
        ShapeError,
        "FullyConnected 'fc': weight is (3, 5) but data (2, 4), bias (3,) with num_hidden=3 needs (3, 4)",
    ),
    "wrong element type": (
        lambda: _bind(fc_weight=mx.nd.ones((3, 4), dtype="float16")),
        TypeError,
        "FullyConnected 'fc': weight is float16 but data float32, bias float32 with num_hidden=3 needs float32",
    ),
    "not an array": (
        lambda: _bind(fc_bias=[0, 0, 0]),
        BindError,
        "argument 'fc_bias' must be an NDArray, but it is a list",
    ),
    "duplicate argument name": (
        lambda: (mx.sym.var("x") + mx.sym.var("x")).simple_bind(mx.cpu(), x=(2,)),
        BindError,
        "two different variables are called 'x'; rename one, or use one in both places",
    ),
    "unknown name in simple_bind": (
        lambda: _net().simple_bind(mx.cpu(), dta=(2, 4)),
        BindError,
        "the graph has no argument 'dta'; its arguments are data, fc_bias, fc_weight",
    ),
    "shapes that settle nothing": (
        lambda: _net().simple_bind(mx.cpu()),
        ShapeError,
        "the shapes given do not settle all others; give shapes for: data ?, fc_weight (3, ?)",
    ),
    "unknown name in forward": (
        lambda: _bind().forward(dta=mx.nd.ones((2, 4))),
        BindError,
        "there is no argument 'dta'; the arguments are data, fc_weight, fc_bias",
    ),
    "wrong shape in forward": (
        lambda: _bind().forward(data=mx.nd.ones((3, 4))),
        BindError,
        "argument 'data' is bound with shape (2, 4) but (3, 4) is given",
    ),
    "wrong gradient request": (
        lambda: _net().simple_bind(mx.cpu(), grad_req="wirte", data=(2, 4)),
        BindError,
        "grad_req of 'data' is 'wirte' but must be one of write, add, null",
    ),
    "backward without the gradient of an output": (
        lambda: _net().simple_bind(mx.cpu(), data=(2, 4)).backward(),
        BindError,
        "output 'fc_output' is not a loss, so backward needs its gradient of shape (2, 3); give out_grads, or end "
        "the graph in a loss such as make_loss",
    ),
    "empty file": (lambda: mx.sym.load_json(""), FormatError, "symbol JSON: the text is empty"),
    "truncated file": (
        lambda: mx.sym.load_json(_net().tojson()[:100]),
        FormatError,
        "symbol JSON: the text is cut short or broken (",
    ),
    "JSON of something else": (
        lambda: mx.sym.load_json("[1]"),
        FormatError,
        "symbol JSON: the text is JSON but not a graph",
    ),
    "cyclic file": (
        lambda: mx.sym.load_json(_changed(_cycle)),
        FormatError,
        "symbol JSON: node 3 ('fc') reads node 3, which comes later: the graph has a cycle",
    ),
    "unknown operator in a file": (
        lambda: mx.sym.load_json(_changed(_rename_operator)),
        UnknownOperatorError,
        "symbol JSON: node 3 ('fc'): no operator is called 'FullyConected'; the nearest are FullyConnected",
    ),
    "bad parameter in a file": (
        lambda: mx.sym.load_json(_changed(_bad_parameter)),
        ParameterError,
        "symbol JSON: node 3 ('fc'): FullyConnected: parameter num_hidden is 'many' but must be an integer >= 1",
    ),
    "fraction in a shape": (
        lambda: _net().infer_shape(data=(2.5, 4)),
        ShapeError,
        "the shape of 'data' must be a tuple of integers, but it is (2.5, 4)",
    ),
    "no such memory": (
        lambda: _net().simple_bind(mx.cpu(), data=(2**40, 2**40)),
        AllocationError,
        "cpu(0) has no memory for 4.504e+15 GiB, which an array (1099511627776, 1099511627776) of float32 needs",
    ),
    "unknown variable keyword": (
        lambda: mx.sym.var("x", colour="red"),
        ParameterError,
        "variable 'x': attribute 'colour' is not supported; further attributes must start and end with double "
        "underscores, as in __mine__",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_one_clear_message(case: str) -> None:
    act, kind, message = CASES[case]
    with pytest.raises(kind) as caught:
        act()
    text = str(caught.value)
    assert text.split(" [")[0] == message or (message.endswith("(") and text.startswith(message)), text
    assert _bind().forward()[0].shape == (2, 3)


@pytest.mark.parametrize("length", range(0, 616, 7))
def test_a_file_cut_anywhere_is_a_format_error(length: int) -> None:
    text = _net().tojson()
    assert length < len(text)
    with pytest.raises(FormatError):
        mx.sym.load_json(text[:length])


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "net.json").write_bytes(b"\x93NUMPY\xff\xfe")
    with pytest.raises(FormatError, match="not UTF-8"):
        mx.sym.load(tmp_path / "net.json")


@pytest.mark.parametrize("name", ["a b", 'a"b', "a\\b", "a\nb", "\x01", "", "é中", "\u2028", "<b>"])
def test_any_name_goes_through_files_and_executors(name: str, tmp_path: Path) -> None:
    net = mx.sym.exp(mx.sym.var(name), name="out")
    net.save(tmp_path / "net.json")
    again = mx.sym.load(tmp_path / "net.json")
    assert again.list_arguments() == [name]
    assert again.tojson() == net.tojson()
    assert again.eval(**{name: mx.nd.zeros(1)})[0].asscalar() == 1
