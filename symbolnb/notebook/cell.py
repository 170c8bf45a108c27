"""Running the text of a cell as IPython runs one, but giving back the value of its last expression."""

# mypy: disable-error-code="no-untyped-call"
# IPython's functions carry few types.

from __future__ import annotations

import ast
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.interactiveshell import InteractiveShell

from symbolnb.graph.naming import NameManager
from symbolnb.graph.source import label_file


def cell_number(shell: InteractiveShell) -> int:
    """The number of the cell that is running, as its prompt shows it."""
    return int(shell.displayhook.prompt_count)


def run_cell(shell: InteractiveShell, magic: str, body: str, local: dict[str, Any] | None) -> Any:
    """Run a cell's body in the user's namespace and return the value of its last expression, or None.

    `magic` is the cell's first line, which the lines are counted with: tracebacks and the sources of nodes show
    the lines as the user sees them. Automatic names start anew, so that the same code makes the same names.
    """
    __tracebackhide__ = True  # a traceback shows the user's lines, not these
    lines = body.splitlines()
    skipped = next((number for number, text in enumerate(lines) if text.strip()), 0)  # IPython drops empty first lines
    code = "\n" * skipped + shell.transform_cell(body)
    number = cell_number(shell)
    filename = shell.compile.cache(f"{magic}\n{code}", number, raw_code=f"{magic}\n{body}")
    label_file(filename, f"cell {number}")
    tree = shell.transform_ast(shell.compile.ast_parse(f"\n{code}", filename=filename))
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    space = shell.user_ns
    inner = space if local is None else local
    compiled: Any = shell.compile
    with NameManager():
        exec(compiled(tree, filename, "exec"), space, inner)
        if last is None:
            return None
        return eval(compiled(ast.Expression(last.value), filename, "eval"), space, inner)


def is_silenced(body: str) -> bool:
    """Whether the body ends in a semicolon, which asks for no output."""
    return bool(DisplayHook.semicolon_at_end_of_expression(body))
