"""An IPython shell in this process, with what it showed for tests to look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import RichOutput, capture_output
from traitlets.config import Config

Bundle = dict[str, Any]


@dataclass
class Ran:
    """What a cell gave: its value, its error, the bundles that it displayed, and what it printed."""

    value: Any
    error: BaseException | None
    displayed: list[Bundle] = field(default_factory=list)
    printed: str = ""
    errors: str = ""

    @property
    def text(self) -> str:
        """The plain texts of all that was displayed."""
        return "\n".join(bundle["text/plain"] for bundle in self.displayed)


def new_shell() -> InteractiveShell:
    """The one shell of this process, without history on disk, as if it had just started."""
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    shell.reset(new_session=True)
    return shell


def run(shell: InteractiveShell, code: str) -> Ran:
    """Run a cell as a front end does; the value that it ends with is displayed last."""
    with capture_output() as captured:
        result = shell.run_cell(code, store_history=True)
    error = result.error_in_exec if result.error_before_exec is None else result.error_before_exec
    outputs: list[RichOutput] = captured.outputs
    displayed = [output.data for output in outputs]
    if "Out[" in captured.stdout:
        displayed.append(shell.display_formatter.format(result.result)[0])
    return Ran(result.result, error, displayed, captured.stdout, captured.stderr)
