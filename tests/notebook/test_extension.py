"""Loading, unloading and reloading the extension leaves a shell as it was; completion of the magics' options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

from symbolnb.graph import source
from tests.notebook.shell import new_shell, run


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    made = new_shell()
    yield made
    run(made, "%unload_ext symbolnb")


def state(shell: InteractiveShell) -> dict[str, Any]:
    """Everything of a shell that an extension may add to."""
    magics: Any = shell.magics_manager
    return {
        "magics": {kind: set(found) for kind, found in magics.magics.items()},
        "registry": set(magics.registry),
        "configurables": [type(one).__name__ for one in shell.configurables],
        "matchers": list(shell.Completer.custom_matchers),
        "callbacks": {event: list(found) for event, found in shell.events.callbacks.items()},
        "formatters": {kind: dict(one.type_printers) for kind, one in shell.display_formatter.formatters.items()},
    }


def test_unloading_takes_everything_back(shell: InteractiveShell) -> None:
    run(shell, "%unload_ext symbolnb")  # IPython loads its own magics when they are first used
    before = state(shell)
    assert run(shell, "%load_ext symbolnb").error is None
    loaded = state(shell)
    assert loaded["magics"]["cell"] - before["magics"]["cell"] == {"symbol"}
    assert loaded["magics"]["line"] - before["magics"]["line"] == {"symbol", "symbol_cache"}
    assert loaded["configurables"].count("SymbolMagics") == 1
    run(shell, "from symbolnb import sym")
    run(shell, "%%symbol --shape x=3\nsym.Variable('x') + 1")
    assert source._labels
    assert run(shell, "%unload_ext symbolnb").error is None
    assert state(shell) == before
    assert not source._labels
    assert type(run(shell, "%%symbol\n1").error).__name__ == "UsageError"


def test_reloading_twice_leaves_one_of_each(shell: InteractiveShell) -> None:
    run(shell, "%load_ext symbolnb")
    once = state(shell)
    for _ in range(2):
        assert run(shell, "%reload_ext symbolnb").error is None
        again = state(shell)
        for part in ("configurables", "registry", "magics", "formatters"):
            assert again[part] == once[part]
        assert len(again["matchers"]) == len(once["matchers"])
        assert {event: len(found) for event, found in again["callbacks"].items()} == {
            event: len(found) for event, found in once["callbacks"].items()
        }
    assert "already loaded" in run(shell, "%load_ext symbolnb").printed
    run(shell, "from symbolnb import sym")
    ran = run(shell, "%%symbol --shape x=3\nsym.Variable('x') + 1")
    assert len(ran.displayed) == 2  # one report, one graph


def test_unloading_drops_the_executors(shell: InteractiveShell) -> None:
    run(shell, "%load_ext symbolnb\nfrom symbolnb import sym")
    cell = "%%symbol --shape x=3\nsym.Variable('x') + 1"
    run(shell, cell)
    run(shell, "%reload_ext symbolnb")
    assert "new executor" in run(shell, cell).text


def complete(shell: InteractiveShell, text: str) -> list[str]:
    """What the front end is offered at the end of a cell's text."""
    with provisionalcompleter():
        return sorted(found.text for found in shell.Completer.completions(text, len(text)))


def test_options_and_values_are_completed(shell: InteractiveShell) -> None:
    run(shell, "%load_ext symbolnb\nfrom symbolnb import sym\nnet = sym.FullyConnected(num_hidden=2, name='f')")
    assert complete(shell, "%%symbol --s") == ["--seed", "--shape"]
    assert complete(shell, "%symbol net --dev") == ["--device"]
    assert complete(shell, "%%symbol --train --no-") == ["--no-run", "--no-view"]
    assert complete(shell, "%%symbol --device ") == ["cpu", "gpu"]
    assert "xavier" in complete(shell, "%%symbol --init x")
    assert complete(shell, "%symbol ne") == ["net"]
    assert complete(shell, "%symbol net --shape f_") == ["f_bias=", "f_data=", "f_weight="]
    assert complete(shell, "%symbol_cache c") == ["clear"]
    assert "--seed" not in complete(shell, "net --s")
    run(shell, "%unload_ext symbolnb")
    assert "--seed" not in complete(shell, "%%symbol --s")


def test_help_describes_the_options(shell: InteractiveShell) -> None:
    run(shell, "%load_ext symbolnb")
    text = shell.find_line_magic("symbol").__doc__
    for option in ("--shape NAME=SIZES", "--train", "--seed NUMBER", "--name VARIABLE", "--no-view"):
        assert option in text
