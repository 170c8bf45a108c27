"""Graphs are verified between passes in all tests of these kernels."""

from __future__ import annotations

import pytest

from symbolnb.settings import settings


@pytest.fixture(autouse=True)
def verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "verify", True)
