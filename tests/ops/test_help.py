"""Help texts: what they list, and that their examples run as they stand."""

from __future__ import annotations

import pytest

from symbolnb.ops.base import OPERATORS, Operator
from symbolnb.ops.help import PROMPT, document, example, face
from tests.cases.examples import run

PUBLIC = sorted({cls for cls in OPERATORS.values() if not cls.internal}, key=lambda cls: cls.name)

WITHOUT = {
    "Custom": "needs a class of the user's",
    "_cond": "takes functions, through contrib.cond",
    "_foreach": "takes functions, through contrib.foreach",
    "_while_loop": "takes functions, through contrib.while_loop",
    "_contrib_boolean_mask": "its shape follows from values",
    "_contrib_quantized_concat": "takes ranges behind any number of arrays",
    "_linalg_inverse": "a matrix of equal numbers has no inverse",
    "reset_arrays": "has no result",
}
"""Operators whose help shows a bare call, and why."""


@pytest.mark.parametrize("module", ["sym", "nd"])
@pytest.mark.parametrize("cls", PUBLIC, ids=lambda cls: cls.name)
def test_the_example_runs(cls: type[Operator], module: str) -> None:
    text = example(cls, module)
    assert (PROMPT not in text) == (cls.name in WITHOUT)
    assert run(text) == ""


@pytest.mark.parametrize("cls", PUBLIC, ids=lambda cls: cls.name)
def test_inputs_parameters_and_outputs_are_listed(cls: type[Operator]) -> None:
    text, known = document(cls, "sym", "Symbol"), face(cls)
    for name in known.inputs:
        assert f"\n{name} : Symbol\n    " in text
    for name in known.parameters:
        parameter = cls.parameters[name]
        assert f"\n{name} : {parameter.describe()}, " in text
        assert f"\n    {parameter.doc}" in text
    assert "\nReturns\n-------\n" in text or cls.name == "reset_arrays"
