"""Every example in a docstring of symbolnb runs and shows what it says."""

from __future__ import annotations

import ast
import builtins
import doctest
import importlib
import sys
from pathlib import Path

import pytest

import symbolnb as mx
from symbolnb.kernels.onednn import library

PACKAGE = Path(mx.__file__).parent
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def _module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _examples() -> list[tuple[str, str, int, str]]:
    """Module, documented thing, line and docstring, for every docstring with an example."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if ">>>" not in text:
            continue
        documented = [node for node in ast.walk(ast.parse(text)) if isinstance(node, DOCUMENTED)]
        docstrings = [(node, ast.get_docstring(node, clean=True) or "") for node in documented]
        shown = [(node, docstring) for node, docstring in docstrings if ">>>" in docstring]
        assert text.count(">>>") == sum(docstring.count(">>>") for _, docstring in shown), f"{path}: not in a docstring"
        found += [
            (_module_name(path), getattr(node, "name", ""), getattr(node, "lineno", 1), doc) for node, doc in shown
        ]
    return found


@pytest.mark.parametrize(
    ("module", "name", "line", "docstring"),
    [pytest.param(*example, id=f"{example[0]}.{example[1]}:{example[2]}") for example in _examples()],
)
def test_example(module: str, name: str, line: int, docstring: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if module.startswith("symbolnb.kernels.onednn") and not library.available():
        pytest.skip(str(library.why_not()))
    monkeypatch.setattr(builtins, "_", None, raising=False)  # doctest leaves its last value there, and IPython yields
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))  # one example makes `import mxnet` work
    loaded = importlib.import_module(module)
    test = doctest.DocTestParser().get_doctest(docstring, dict(vars(loaded)), name, loaded.__file__, line)
    report: list[str] = []
    with mx.name.NameManager():
        outcome = doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    for alias in [key for key in sys.modules if key.partition(".")[0] == "mxnet"]:
        del sys.modules[alias]
    assert outcome.attempted, f"{name} has {docstring.count('>>>')} prompts, but nothing was run"
    assert not outcome.failed, "".join(report)
