"""The option with which the tests run as on a system without the optional kernel libraries."""

from __future__ import annotations

import sys

import pytest

from symbolnb.kernels.fused import compiler
from symbolnb.kernels.onednn import library


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--reference``."""
    parser.addoption(
        "--reference", action="store_true", help="act as if oneDNN and llvmlite were not installed: NumPy alone"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Hide both libraries before anything looks for them."""
    if config.getoption("--reference"):
        library._search = lambda: None  # what looks for the file
        sys.modules["llvmlite"] = None  # type: ignore[assignment]  # import then says that it is not there
        if library.available() or compiler.available():
            raise pytest.UsageError("--reference comes too late: a library was looked for before")


def pytest_report_header(config: pytest.Config) -> str:
    """Say which kernels these tests run with."""
    return f"kernels: {'NumPy alone' if config.getoption('--reference') else 'all that are installed'}"
