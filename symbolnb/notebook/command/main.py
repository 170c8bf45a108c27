"""The parser of the command line, and what every command has in common: how it fails."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import NoReturn

from IPython.core.error import UsageError

from symbolnb.errors import MXNetError
from symbolnb.notebook.command import diff, show, summary, tour

FAILED = 2
"""The exit status of a command that could not do what it was asked."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, as those of the commands are."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the arguments, and end."""
        self.exit(FAILED, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    That is 0, or 1 where a command has found something (``show`` and ``summary`` a contradiction in the graph,
    ``diff`` a difference), or 2 where it failed, which it says in one line on the standard error.
    """
    parser = Parser(prog="symbolnb", description="MXNet's Symbol API for Jupyter: look at a model's graph.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (show, summary, diff, tour):
        module.add(commands)
    chosen = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal may lack the sign between the sizes of a shape
    try:
        status: int = chosen.run(chosen)
        sys.stdout.flush()
    except BrokenPipeError:  # who reads, as head does, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains at its end
        return FAILED
    except (MXNetError, OSError, UsageError) as error:
        print(f"symbolnb {chosen.command}: {_one_line(error)}", file=sys.stderr)
        return FAILED
    return status


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())
