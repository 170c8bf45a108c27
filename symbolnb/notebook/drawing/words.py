"""Words and numbers as they are shown, and how wide they will be by one table for all fonts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from symbolnb.notebook.style import STYLE

WIDTHS: list[int] = STYLE["text"]["widths"]
FIRST: int = STYLE["text"]["first"]
OTHER: int = STYLE["text"]["other"]
TWICE: int = STYLE["text"]["wide"]
MONO: int = STYLE["text"]["mono_width"]
BOLD: float = STYLE["text"]["bold"]

Ranges = tuple[tuple[int, int], ...]

WIDE: Ranges = (
    (0x1100, 0x115F), (0x2E80, 0xA4CF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE30, 0xFE4F), (0xFF00, 0xFF60),
    (0xFFE0, 0xFFE6), (0x1F000, 0x1FAFF), (0x20000, 0x3FFFD),
)  # fmt: skip
"""Code points drawn twice as wide as a letter."""

ZERO: Ranges = ((0x300, 0x36F), (0x200B, 0x200F), (0xFE00, 0xFE0F))
"""Code points drawn on top of the letter before them."""

HIDDEN: Ranges = (
    (0x00, 0x1F), (0x7F, 0x9F), (0x202A, 0x202E), (0x2066, 0x2069), (0xD800, 0xDFFF), (0xFFFE, 0xFFFF),
)  # fmt: skip
"""Code points with no picture of their own, or that would turn the text around: shown as U+FFFD."""


@dataclass(frozen=True)
class Font:
    """A size in pixels, and whether the letters are bold or all of one width."""

    size: float
    bold: bool = False
    mono: bool = False


def _within(code: int, ranges: Ranges) -> bool:
    return any(low <= code <= high for low, high in ranges)


def clean(text: str) -> str:
    r"""The text with every character replaced that has no picture.

    >>> clean("a\tb")
    'a�b'
    """
    return "".join("\ufffd" if _within(ord(char), HIDDEN) else char for char in text)


def _character_width(char: str, mono: bool) -> int:
    code = ord(char)
    if FIRST <= code < FIRST + len(WIDTHS):
        return MONO if mono else WIDTHS[code - FIRST]
    if _within(code, ZERO):
        return 0
    if _within(code, WIDE):
        return TWICE
    return MONO if mono else OTHER


def text_width(text: str, font: Font) -> float:
    """The estimated width of a text in pixels."""
    width = sum(_character_width(char, font.mono) for char in text) * font.size / 1000
    return width * BOLD if font.bold else width


def elide_middle(text: str, font: Font, width: float) -> str:
    """The text cut in its middle to a width: both ends of a layer's name tell it from the others."""
    if text_width(text, font) <= width:
        return text
    room = width - text_width("…", font)
    head = tail = 0
    used = 0.0
    while head + tail < len(text):
        at_head = head * 3 <= tail * 2
        used += text_width(text[head] if at_head else text[len(text) - 1 - tail], font)
        if used > room:
            break
        head, tail = (head + 1, tail) if at_head else (head, tail + 1)
    return f"{text[:head]}…{text[len(text) - tail :]}"


def elide_end(text: str, font: Font, width: float) -> str:
    """The text cut at its end to a width."""
    if text_width(text, font) <= width:
        return text
    room = width - text_width("…", font)
    out = ""
    used = 0.0
    for char in text:
        used += text_width(char, font)
        if used > room:
            break
        out += char
    return f"{out.rstrip()}…"


def wrap(text: str, font: Font, width: float, most: int) -> list[str]:
    """The text in lines of a width, the last one cut if there are more than `most`."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        if word == "":
            continue
        longer = word if line == "" else f"{line} {word}"
        if line == "" or text_width(longer, font) <= width:
            line = longer
        else:
            lines.append(line)
            line = word
    if line != "":
        lines.append(line)
    kept = lines[:most]
    if len(lines) > most:
        kept[-1] += "…"
    return [elide_end(one, font, width) for one in kept]


def shape_text(shape: Sequence[int | None] | None) -> str:
    """A shape as it stands on an edge, unknown dimensions as a question mark.

    >>> shape_text([64, None, 56, 56])
    '64×?×56×56'
    >>> shape_text(None)
    '?'
    """
    if shape is None:
        return "?"
    return "×".join("?" if size is None else str(size) for size in shape) if shape else "scalar"


def _significant(value: float) -> str:
    """The value in three digits, half rounded up as JavaScript does."""
    exact = Decimal(value)
    step = Decimal(1).scaleb(exact.adjusted() - 2)
    text = f"{float(exact.quantize(step, ROUND_HALF_UP)):f}"
    return text.rstrip("0").rstrip(".")


def count_text(value: int) -> str:
    """A count in three digits.

    >>> count_text(61706)
    '61.7 k'
    """
    for size, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{_significant(value / size)} {unit}"
    return str(value)


def bytes_text(value: int) -> str:
    """A number of bytes in three digits and binary units.

    >>> bytes_text(1536)
    '1.5 KiB'
    """
    units = ("B", "KiB", "MiB", "GiB", "TiB")
    size, unit = float(value), 0
    while size >= 1024 and unit < len(units) - 1:
        size, unit = size / 1024, unit + 1
    return f"{value if unit == 0 else _significant(size)} {units[unit]}"
