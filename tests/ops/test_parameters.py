"""Parameters read from text that nobody should have written."""

from __future__ import annotations

import pytest

import symbolnb as mx
from symbolnb.errors import ParameterError
from symbolnb.ops.registry import find


@pytest.mark.parametrize(
    "text",
    ["-" * 3000 + "1", "(" * 3000, "(1,)*9", "{1: 2}", "(1.5, 2)", "1, 2", "(1, True)", f"({2**63},)", "9" * 5000],
    ids=lambda text: text[:8],
)
def test_a_broken_tuple_is_a_parameter_error(text: str) -> None:
    with pytest.raises(ParameterError, match="must be a tuple of integers"):
        find("transpose").from_attributes({"axes": text})


@pytest.mark.parametrize("text", [str(2**63), "9" * 5000, "1.5", "True", "", "None", "\x00"], ids=lambda text: text[:8])
def test_a_broken_integer_is_a_parameter_error(text: str) -> None:
    with pytest.raises(ParameterError, match=r"FullyConnected: parameter num_hidden is .* but must be an integer >= 1"):
        find("FullyConnected").from_attributes({"num_hidden": text})


@pytest.mark.parametrize(
    ("operator", "parameter"),
    [
        ("Concat", "num_args"),
        ("add_n", "num_args"),
        ("stack", "num_args"),
        ("_foreach", "num_args"),
        ("SliceChannel", "num_outputs"),
    ],
)
def test_no_file_can_ask_for_a_billion_names(operator: str, parameter: str) -> None:
    text = (
        mx.sym.var("x")
        .tojson()
        .replace('"op": "null"', f'"op": "{operator}", "attrs": {{"{parameter}": "1000000000"}}')
    )
    with pytest.raises(ParameterError, match=rf"parameter {parameter} is 1000000000 but must be .* <= 100000"):
        mx.sym.load_json(text)
