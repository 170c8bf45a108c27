"""Kernels are compiled when they are bound, none is kept on disk, and small work is worth it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import pytest

from symbolnb.kernels.fused import compiler
from symbolnb.kernels.onednn import library
from symbolnb.kernels.winograd import code, weight_gradient
from symbolnb.settings import settings


@pytest.fixture(autouse=True)
def _everything_by_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    if not (library.available() and compiler.available() and code.lanes()):
        pytest.skip("oneDNN, llvmlite, or a processor with AVX2 is missing")
    monkeypatch.setattr(settings, "compile_at_once", True)
    monkeypatch.setattr(settings, "cache", None)
    monkeypatch.setattr(settings, "verify", True)
    decision = import_module("symbolnb.compile.passes.use_winograd")
    for name in ("SMALLEST", "TILES", "TILES_WITH_WEIGHT"):
        monkeypatch.setattr(decision, name, 0)
    for name in ("SMALLEST", "FEWEST_TILES"):
        monkeypatch.setattr(weight_gradient, name, 0)


@pytest.fixture(params=[16, 8], ids=["AVX-512", "AVX2"])
def lanes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Vectors of either width, as far as the processor has them."""
    width: int = request.param
    if width > code.lanes():
        pytest.skip(f"the processor has no vectors of {width} floats")
    monkeypatch.setattr(code, "lanes", lambda: width)
    yield width
