"""Completion of the magics' options, which IPython leaves to those who know them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

from symbolnb.graph.walk import topological
from symbolnb.notebook.magics import SymbolMagics
from symbolnb.symbol.symbol import Symbol
from symbolnb.train import initializer

Matcher = Callable[[CompletionContext], SimpleMatcherResult]


def matcher_for(magics: SymbolMagics) -> Matcher:
    """A matcher for `Completer.custom_matchers` that knows the magics' options and their values."""

    @context_matcher(identifier="symbolnb.options")  # type: ignore[untyped-decorator]
    def match(context: CompletionContext) -> SimpleMatcherResult:
        found = completions(context.line_with_cursor[: context.cursor_position], magics.ip.user_ns)
        token = context.token
        return SimpleMatcherResult(
            completions=[SimpleCompletion(text, type="magic option") for text in found if text.startswith(token)],
            suppress=bool(found),
        )

    return match  # type: ignore[no-any-return]


def completions(line: str, namespace: Mapping[str, Any]) -> list[str]:
    """What may stand at the end of a line with one of the magics; nothing on other lines."""
    words = line.split(" ")
    magic, before = words[0].lstrip(), words[-2] if len(words) > 1 else ""
    if len(words) < 2 or magic not in ("%%symbol", "%symbol", "%symbol_cache"):
        return []
    if magic == "%symbol_cache":
        return ["list", "clear", "size"] if len(words) == 2 else []
    if before in _VALUES:
        return [*_VALUES[before]()]
    if before in ("--shape", "--dtype"):
        return _names(words[1], namespace)
    options = [*_options(SymbolMagics.symbol.parser)]
    if magic == "%symbol" and not words[-1].startswith("-"):
        return [name for name, value in namespace.items() if isinstance(value, Symbol) and not name.startswith("_")]
    return options


_VALUES: dict[str, Callable[[], Iterable[str]]] = {
    "--device": lambda: ("cpu", "gpu"),
    "--init": initializer.names,
}


def _options(parser: argparse.ArgumentParser) -> Iterable[str]:
    return (option for action in parser._actions for option in action.option_strings if option.startswith("--"))


def _names(name: str, namespace: Mapping[str, Any]) -> list[str]:
    """The variables of the symbol that a line is about, ready for a value."""
    symbol = namespace.get(name)
    if not isinstance(symbol, Symbol):
        return []
    return [f"{node.name}=" for node in topological(symbol.entries) if node.operator is None]
