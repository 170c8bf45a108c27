"""What the rows of operators cover, and that each row also holds through symbols, their text, and arrays."""

from __future__ import annotations

import importlib
import re
from collections import Counter
from functools import cache
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.ndarray import functions as nd_functions
from symbolnb.ops.base import OPERATORS, Operator
from symbolnb.ops.help import face
from symbolnb.ops.parameters import Parameter
from symbolnb.ops.registry import find
from symbolnb.symbol import functions as sym_functions
from tests.cases import golden
from tests.cases.row import Bad, Row
from tests.cases.run import SEED, forward, operator_of

TABLES = {family: importlib.import_module(f"tests.cases.{family}") for family in golden.families()}
ROWS: list[tuple[str, Row]] = [(family, row) for family, module in TABLES.items() for row in module.ROWS]
BAD: list[Bad] = [bad for module in TABLES.values() for bad in getattr(module, "BAD", [])]

WITHOUT_EFFECT = {
    "workspace", "cudnn_off", "cudnn_tune", "im2col_step", "ndev", "key",
}  # fmt: skip
"""Parameters that MXNet has for its own sake; each says in its help that it has no effect."""

PLACES = ("ctx", "forward_stype")
"""Parameters about where and how a result is stored; a bound graph and dense arrays have answered that."""

UNREACHED = {
    **{
        f"{name}.{end}_calib_range": "for quantized models; without effect here, as the help says"
        for name in ("BatchNorm", "_contrib_BatchNormWithReLU")
        for end in ("min", "max")
    },
    **{
        f"_contrib_SparseEmbedding.{name}": "Embedding's own code, whose rows show it"
        for name in ("dtype", "sparse_grad")
    },
    **{
        f"_contrib_quantized_rnn.{name}": "RNN's own code, whose rows show it, or refused"
        for name in (
            "bidirectional",
            "mode",
            "p",
            "state_outputs",
            "projection_size",
            "lstm_state_clip_nan",
            "use_sequence_length",
        )
    },
    "log_softmax.use_length": "refused: the operator has no input for lengths",
    "softmin.use_length": "refused: the operator has no input for lengths",
    "_contrib_quantized_act.act_type": "only relu is not refused",
    "_contrib_quantized_pooling.pool_type": "only avg and max are not refused",
    "_contrib_quantized_pooling.p_value": "belongs to a kind of pooling that is refused",
    "_contrib_quantized_pooling.pooling_convention": "Pooling's own code, whose rows show it; MXNet has valid and full",
    "_contrib_quantized_pooling.layout": "Pooling's own code, whose rows show it; MXNet's needs channels second",
    "_contrib_quantized_conv.num_group": "MXNet's has only one group; Convolution's own code",
    "_contrib_quantized_conv.layout": "Convolution's own code, whose rows show it; MXNet's needs channels second",
    "_contrib_quantized_embedding.dtype": "the weight is int8",
    "_contrib_quantized_embedding.sparse_grad": "it has no gradient",
    "_contrib_quantized_batch_norm.momentum": "moving statistics are only read",
    "_contrib_quantized_batch_norm.use_global_stats": "moving statistics are used in any case",
    "_contrib_quantized_batch_norm.output_mean_var": "it has one result",
    "_contrib_quantized_batch_norm.axis": "MXNet's needs channels second",
    "_contrib_DeformableConvolution.layout": "refused unless channels come second in two dimensions",
    "_contrib_ModulatedDeformableConvolution.layout": "refused unless channels come second in two dimensions",
}
"""Parameters that no row changes, as ``operator.parameter``, and why."""

UNREFUSED: dict[str, str] = {}
"""Modules of operators without a row of bad input, and why."""


def rows(keep: Any = lambda row: True) -> Any:
    """Parametrize a test over the rows that `keep` keeps."""
    kept = [pytest.param(family, row, id=f"{family}: {row.id}") for family, row in ROWS if keep(row)]
    return pytest.mark.parametrize(("family", "row"), kept)


# What the rows cover ---------------------------------------------------------------------------


def _values(parameter: Parameter) -> tuple[Any, ...]:
    """The values of a parameter that rows must show, none where there are too many to list."""
    return (True, False) if parameter.kind == "True or False" else parameter.choices


def _missing(cls: type[Operator], operators: list[Operator]) -> list[str]:
    missing = []
    for name, parameter in cls.parameters.items():
        if name in (*WITHOUT_EFFECT, *PLACES) or f"{cls.name}.{name}" in UNREACHED:
            continue
        seen = {getattr(operator, name) for operator in operators}
        missing += [f"{cls.name}: {name}={value}" for value in _values(parameter) if value not in seen]
        if not _values(parameter) and not parameter.required and seen <= {parameter.default}:
            missing.append(f"{cls.name}: {name} other than {parameter.default!r}")
    return missing


def test_every_value_that_changes_the_result_is_in_a_row() -> None:
    tested: dict[type[Operator], list[Operator]] = {}
    for _, row in ROWS:
        tested.setdefault(find(row.operator), []).append(operator_of(row))
    missing = [text for cls, operators in tested.items() if not cls.internal for text in _missing(cls, operators)]
    assert not missing, "\n".join(["no row in tests/cases has", *missing])


def test_parameters_without_effect_say_so() -> None:
    for cls in set(OPERATORS.values()):
        for name, parameter in cls.parameters.items():
            if name in WITHOUT_EFFECT:
                assert "without effect" in parameter.doc, f"{cls.name}: {name}: {parameter.doc}"


def test_every_module_of_operators_has_bad_input() -> None:
    refused = Counter(find(bad.operator).__module__ for bad in BAD)
    public = {cls.__module__ for cls in OPERATORS.values() if not cls.internal}
    missing = [module for module in sorted(public) if not refused[module] and module not in UNREFUSED]
    assert not missing, f"no row of bad input for {', '.join(missing)}"


# Every row as a user writes it -----------------------------------------------------------------


@cache
def texts() -> dict[str, str]:
    """MXNet's JSON text of each row, without versions."""
    return {key: _unversioned(text) for key, text in golden.load_texts().items()}


def _unversioned(text: str) -> str:
    """The text with every edge's version as 0: MXNet keeps those of the file from which these texts came."""
    return re.sub(r"\[(\d+), (\d+), \d+\]", r"[\1, \2, 0]", text)


def _arguments(row: Row, arrays: Any) -> tuple[list[Any], dict[str, Any]]:
    """The row as arguments of its function; one that takes any number of inputs gets them by position."""
    if face(find(row.operator)).count is not None:
        return list(arrays), dict(row.parameters)
    return [], {**dict(zip(row.inputs, arrays, strict=True)), **row.parameters}


@rows(lambda row: not find(row.operator).internal)
def test_text_is_mxnets_and_comes_back(family: str, row: Row) -> None:
    text = texts().get(f"{family}: {row.id}")
    if text is None:
        assert not row.golden, "run python -m tests.cases.golden"
        return
    assert _unversioned(mx.sym.load_json(text).tojson()) == text
    arguments, keywords = _arguments(row, map(mx.sym.Variable, row.inputs))
    made = sym_functions.function(row.operator)(*arguments, name="node", **keywords)
    assert mx.sym.load_json(made.tojson()).tojson() == made.tojson()
    again = mx.sym.load_json(text)
    assert made.list_arguments() == again.list_arguments()
    assert made.list_outputs() == again.list_outputs()


@rows(lambda row: not find(row.operator).internal)
def test_the_same_through_arrays(family: str, row: Row) -> None:
    operator, arrays = operator_of(row).in_mode(training=False), row.arrays(row.dtypes[0])
    right = forward(operator, [array.copy() for array in arrays])[: operator.visible_outputs()]
    inputs = [mx.nd.array(array, dtype=array.dtype) for array in arrays]
    arguments, keywords = _arguments(row, inputs)
    mx.random.seed(SEED)
    made = nd_functions.function(row.operator)(*arguments, **keywords)
    found = made if isinstance(made, list) else [made]
    assert len(found) == len(right)
    for one, answer in zip(found, right, strict=True):
        assert (one.shape, one.dtype) == (answer.shape, answer.dtype)
        if not operator.random:
            np.testing.assert_allclose(one.asnumpy(), answer, rtol=1e-4, atol=1e-5)
