"""Writes symbolnb/ops/examples.json: for each operator a small row whose call can be shown in its help text.

    python -m tests.cases.examples

The first of an operator's rows, from the smallest on, of which the example runs for symbols and for arrays.
"""

from __future__ import annotations

import doctest
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import symbolnb as mx
from symbolnb.errors import MXNetError
from symbolnb.ops import help as texts
from symbolnb.ops.base import OPERATORS, Operator
from symbolnb.ops.infer import complete_specs
from symbolnb.ops.registry import find
from tests.cases import golden
from tests.cases.row import Row
from tests.cases.run import operator_of, specs_of

PATH = Path(mx.__file__).parent / "ops" / "examples.json"


def run(text: str) -> str:
    """What a doctest of an example complains of; nothing if it is right."""
    report: list[str] = []
    test = doctest.DocTestParser().get_doctest(text, {}, "example", None, 0)
    with mx.name.NameManager():
        doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    return "".join(report)


def written(value: Any) -> str:
    """A parameter as it is written in a call."""
    return json.dumps(value) if isinstance(value, str) else repr(value)


def candidates(rows: list[Row]) -> Iterator[dict[str, Any]]:
    """What the rows can show, those of few and small arrays and few parameters first."""
    described = []
    for row in rows:
        dtype = row.dtypes[0]
        try:
            arrays = row.arrays(dtype)
            operator = operator_of(row)
            outputs = [spec.shape for spec in complete_specs(operator, specs_of(arrays))][: operator.visible_outputs()]
        except MXNetError:
            continue
        if (
            row.training
            or not outputs
            or any(0 in array.shape for array in arrays)
            or any(0 in shape for shape in outputs)
        ):
            continue
        inputs = {
            name: [list(array.shape), None if array.dtype == "float32" else array.dtype.name]
            for name, array in zip(row.inputs, arrays, strict=True)
        }
        count = texts.face(type(operator)).count
        count = count if count is not None and texts.counted(type(operator), count) else None
        parameters = {name: written(value) for name, value in row.parameters.items() if name != count}
        size = sum(array.size for array in arrays) + 60 * len(parameters) + 50 * len(arrays)
        size += 500 * (dtype != "float32") + 500 * (texts.takes_any(type(operator)) and len(arrays) == 1)
        ones = any(max(array.shape, default=1) == 1 for array in arrays)
        size += 300 * (bool(arrays) and arrays[0].ndim < 2)
        described.append((size + 1000 * ones, len(described), inputs, parameters, [list(shape) for shape in outputs]))
    for _, _, inputs, parameters, outputs in sorted(described, key=lambda one: one[:2])[:12]:
        for fill in ("ones", "zeros"):
            yield {"parameters": parameters, "inputs": inputs, "outputs": outputs, "fill": fill}


def chosen(cls: type[Operator], rows: list[Row]) -> dict[str, Any] | None:
    """The first candidate whose two examples are right."""
    for known in candidates(rows):
        try:
            complaints = [run(texts.written(cls, module, known)) for module in ("sym", "nd")]
        except (MXNetError, SyntaxError, TypeError, ValueError):
            continue
        if not any(complaints):
            return known
    return None


def main() -> None:
    """Write the file and name the operators that have no example."""
    PATH.write_text("{}")  # help texts are made while examples are tried
    rows: dict[type[Operator], list[Row]] = {}
    for family in golden.families():
        for row in importlib.import_module(f"tests.cases.{family}").ROWS:
            rows.setdefault(find(row.operator), []).append(row)
    found = {}
    for cls in sorted({cls for cls in OPERATORS.values() if not cls.internal}, key=lambda cls: cls.name):
        known = None if cls.name == "Custom" else chosen(cls, rows.get(cls, []))  # Custom has no class outside of tests
        if known is None:
            print(f"no example: {cls.name}", file=sys.stderr)
        else:
            found[cls.name] = known
    lines = [f"{json.dumps(name)}: {json.dumps(known)}" for name, known in found.items()]
    PATH.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
