"""Sizes, colours and character widths of a drawn graph, from the file that the widget's source reads too."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

STYLE: dict[str, Any] = json.loads(files("symbolnb.notebook").joinpath("style.json").read_text(encoding="utf-8"))
"""The content of ``style.json``: lengths in pixels, character widths in thousandths of the font's size."""
