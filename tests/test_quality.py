"""The other tools' verdicts: ruff, mypy, TypeScript's checker, and the JavaScript tests."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def _run(*command: str) -> None:
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert result.returncode == 0, f"{' '.join(command)}\n{result.stdout}\n{result.stderr}"


def test_ruff_finds_nothing() -> None:
    _run(sys.executable, "-m", "ruff", "check", "symbolnb", "tests")


def test_ruff_format_changes_nothing() -> None:
    _run(sys.executable, "-m", "ruff", "format", "--check", "symbolnb", "tests")


def test_strict_mypy_finds_nothing() -> None:
    _run(sys.executable, "-m", "mypy")


@pytest.mark.parametrize("script", ["check", "test"])
def test_javascript(script: str) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed, so the JavaScript half cannot be tested")
    if not (ROOT / "node_modules").exists():
        _run("npm", "ci", "--no-audit", "--no-fund")
    _run("npm", "run", "--silent", script)
