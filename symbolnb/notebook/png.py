"""A picture as a PNG, drawn by resvg, which has no fonts of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from symbolnb.errors import MXNetError

SCALE = 2.0
"""Pixels of a PNG for one of the picture, so that it is sharp on today's displays."""

SIDE = 16_000
"""A PNG has no longer side than this; it would need gigabytes of memory."""

SANS = ("Segoe UI", "Helvetica Neue", "Roboto", "Arial", "Liberation Sans", "Noto Sans", "Open Sans", "DejaVu Sans")
MONO = ("Menlo", "Consolas", "Liberation Mono", "Noto Sans Mono", "DejaVu Sans Mono", "Courier New", *SANS)
"""Families that stand for those of the picture, in order; most systems have one of them."""

PROBE = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><text y="15" font-family="{}">Ag</text></svg>'


def rasterize(svg: str) -> bytes:
    """The PNG of an SVG picture, twice as fine as it is, smaller where a side would become too long.

    Raises `MXNetError` where resvg-py is not installed, or the system has none of the fonts.
    """
    try:
        from resvg_py import svg_to_bytes
    except ImportError:
        raise MXNetError("a PNG needs resvg-py: pip install 'symbolnb[png]', or save an .svg instead") from None
    sizes = [float(size) for size in re.findall(r'\b(?:width|height)="([\d.]+)"', svg[: svg.index(">")])]
    sans, mono = fonts(svg_to_bytes)
    scale = min(SCALE, SIDE / max(sizes))
    return bytes(svg_to_bytes(svg_string=svg, zoom=scale, sans_serif_family=sans, monospace_family=mono))


@cache
def fonts(draw: Callable[..., Any]) -> tuple[str, str]:
    """The families for text and for numbers that the system has: those in which a word leaves a mark."""
    blank = draw(svg_string=PROBE.format("none"))
    found = [next((name for name in names if draw(svg_string=PROBE.format(name)) != blank), None) for names in FAMILIES]
    if None in found:
        raise MXNetError(f"a PNG needs a font for its text, and this system has none of {', '.join(SANS)}")
    return str(found[0]), str(found[1])


FAMILIES = (SANS, MONO)
