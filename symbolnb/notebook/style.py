"""Sizes, colours and character widths of a drawn graph, from the file that the widget's source reads too."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

STYLE: dict[str, Any] = json.loads(files("symbolnb.notebook").joinpath("style.json").read_text(encoding="utf-8"))
"""The content of ``style.json``: lengths in pixels, character widths in thousandths of the font's size."""


def palette(theme: str) -> dict[str, Any]:
    """The colours of a theme; "auto" is "light", and "contrast" is that in black on white with strong lines.

    >>> palette("contrast")["text"]
    '#000000'
    """
    if theme != "contrast":
        found: dict[str, Any] = STYLE["themes"]["dark" if theme == "dark" else "light"]
        return found
    light = STYLE["themes"]["light"]
    ink, ground = "#000000", "#ffffff"
    families = {name: {"tint": ground, "line": one["text"], "text": ink} for name, one in light["families"].items()}
    inked = dict.fromkeys(("line", "edge", "text", "muted", "frame_line"), ink)
    grounded = dict.fromkeys(("canvas", "surface", "raised", "frame", "error_tint"), ground)
    return {**light, **inked, **grounded, "families": families}
