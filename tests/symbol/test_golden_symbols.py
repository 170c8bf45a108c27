"""Symbols built here are those that MXNet 1.9.1 builds: names, JSON text, arguments, attributes, files."""

import re
from typing import Any

import pytest

import symbolnb as mx
from tests.symbol.golden_cases import check_error, read, run

ANSWERS = read("symbols.json")
PRELUDE = ANSWERS["prelude"]


# The third number of an input entry counts how often MXNet has seen the variable changed, along the
# history of the process that built the graph. Nothing reads it; here it follows from the graph alone.
OTHER_VERSIONS = {
    "internals",
    "children of batch norm",
    "compose an auxiliary state",
    "pairs",
    "before 0.9: no auxiliary states",
}


def by_name(case: dict[str, Any]) -> str:
    return str(case.get("case", case.get("code")))


def without_versions(text: str) -> str:
    """The JSON text with the third number of every entry set to 0."""
    return re.sub(r"(\[\d+, \d+), \d+\]", r"\1, 0]", text)


def check(net: mx.sym.Symbol, expected: dict[str, Any]) -> None:
    """Compares everything that was written down of a symbol."""
    plain = without_versions if expected["case"] in OTHER_VERSIONS else str
    assert plain(net.tojson()) == plain(expected["json"])
    assert net.name == expected["name"]
    assert repr(net) == expected["repr"]
    if plain is str and "debug" in expected:
        assert net.debug_str() == expected["debug"]
    assert net.list_arguments() == expected["arguments"]
    assert net.list_outputs() == expected["outputs"]
    assert net.list_auxiliary_states() == expected["auxiliary"]
    assert net.list_inputs() == expected.get("inputs", expected["arguments"])
    assert net.get_internals().list_outputs() == expected["internals"]
    assert net.list_attr() == expected["attributes"]
    assert net.attr_dict() == expected["attribute_dict"]
    children = net.get_children()
    assert (None if children is None else children.list_outputs()) == expected["children"]
    assert plain(mx.sym.load_json(expected["json"]).tojson()) == plain(expected.get("reloaded", expected["json"]))


@pytest.mark.parametrize("case", ANSWERS["expressions"], ids=by_name)
def test_expression(case: dict[str, Any]) -> None:
    check(run("net = " + case["case"], PRELUDE)["net"], case)


@pytest.mark.parametrize("case", ANSWERS["programs"], ids=by_name)
def test_program(case: dict[str, Any]) -> None:
    check(run(case["code"], PRELUDE)["net"], case)


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
@pytest.mark.parametrize("case", ANSWERS["files"], ids=by_name)
def test_file_of_another_version(case: dict[str, Any]) -> None:
    check(mx.sym.load_json(case["file"]), case)


@pytest.mark.parametrize("case", ANSWERS["errors"], ids=by_name)
def test_error(case: dict[str, Any]) -> None:
    check_error(case, PRELUDE)
