"""Kernels are compiled when they are bound, and none is kept on disk."""

from __future__ import annotations

import pytest

from symbolnb.settings import settings


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "compile_at_once", True)
    monkeypatch.setattr(settings, "cache", None)
    monkeypatch.setattr(settings, "verify", True)
