"""The command line: ``symbolnb show``, ``summary``, ``diff`` and ``tour``."""

from symbolnb.notebook.command.main import main

__all__ = ["main"]
