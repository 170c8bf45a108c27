"""The Pythons of the engines that the benchmark compares: those that are given, and environments made for the rest."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = {
    "torch": ("torch==2.13.0", "numpy"),
    "onnxruntime": ("onnxruntime", "onnx", "numpy"),
    "openvino": ("openvino", "onnx", "numpy"),
}
"""What is installed for each engine; MXNet 1.9.1 needs a Python and NumPy of its own making."""


def library(engine: str) -> str:
    """The library whose environment an engine runs in.

    >>> library("torch-eager")
    'torch'
    """
    return engine.split("-")[0]


def interpreters(given: dict[str, str | None], folder: Path | None) -> dict[str, str]:
    """The interpreter of each library that is there: this one, those given, and those of `folder`, made if missing."""
    found = {"symbolnb": sys.executable, **{name: python for name, python in given.items() if python is not None}}
    if folder is not None:
        for name, packages in REQUIREMENTS.items():
            if name not in found:
                found[name] = _made(folder / name, packages)
    return found


def _made(folder: Path, packages: tuple[str, ...]) -> str:
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)
    return str(python)
