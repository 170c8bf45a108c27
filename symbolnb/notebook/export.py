"""A graph in a file of its own: SVG, PNG, HTML, DOT or the view document, chosen by the file's ending."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from errno import ENOENT
from pathlib import Path

from symbolnb.errors import MXNetError
from symbolnb.notebook.dot import dot
from symbolnb.notebook.drawing.model import View
from symbolnb.notebook.html import page
from symbolnb.notebook.look import Look
from symbolnb.notebook.png import rasterize
from symbolnb.notebook.static import picture


def export(view: View, path: str | Path, look: Look) -> Path:
    """Write a view document to a file, as what its ending says, and return the path.

    ``.svg`` and ``.png`` are pictures, ``.html`` an interactive page that needs no network, ``.dot`` text for
    Graphviz, ``.json`` the view document. Where a format cannot follow the reader's theme, "auto" is light. A
    file that exists is replaced only when all is made: after an error it is as it was. Raises `MXNetError` for
    another ending, a group that is not there, and a PNG without the library that draws it.
    """
    target = Path(path)
    make = FORMATS.get(target.suffix.lower())
    if make is None:
        raise MXNetError(f"save: {target.name!r} must end in one of {', '.join(FORMATS)}")
    if look.side_by_side and target.suffix.lower() not in PICTURES:
        raise MXNetError(f"save: {target.name!r} cannot have graphs side by side; that is for {', '.join(PICTURES)}")
    replace_file(target, make(view, look))
    return target


def replace_file(target: Path, data: bytes) -> None:
    """Write a file in one step: whoever looks sees the old one or the whole new one."""
    if not target.parent.is_dir():
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(target.parent))
    try:
        _replace(target, data)
    except OSError as error:  # which would name the file that was to take its place
        raise OSError(error.errno, error.strerror, str(target)) from None


def _replace(target: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)  # as open() would have made it
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise


def _png(view: View, look: Look) -> bytes:
    return rasterize(picture(view, replace(look, theme="light") if look.theme == "auto" else look))


def _json(view: View) -> bytes:
    return json.dumps(view, ensure_ascii=False, allow_nan=False, indent=1).encode("utf-8")


PICTURES = (".svg", ".png")

FORMATS: dict[str, Callable[[View, Look], bytes]] = {
    ".svg": lambda view, look: picture(view, look).encode("utf-8"),
    ".png": _png,
    ".html": lambda view, look: page(view, look).encode("utf-8"),
    ".dot": lambda view, look: dot(view, look.theme, look.orientation).encode("utf-8"),
    ".json": lambda view, look: _json(view),
}
"""How to make each kind of file."""
