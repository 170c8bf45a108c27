"""Compiled kernels on disk, in a directory that only its user can write to.

Code that is loaded is run, so a file counts only if the directory and the file belong to the user and nobody else
may write to them; a checksum finds files that were cut off. Whatever goes wrong here only costs a compilation.
"""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from symbolnb.settings import settings

LIMIT = 64 * 2**20
"""Bytes that the directory may hold; those that were used longest ago go first."""

logger = logging.getLogger(__name__)


def directory() -> Path | None:
    """Where compiled kernels are kept, made if need be; None where there is no such place."""
    if not settings.cache:
        return None
    path = Path(settings.cache) / "kernels"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path if _is_own(path) else None
    except OSError as error:
        logger.debug("no compiled kernels are kept in %s: %s", path, error)
        return None


def _is_own(path: Path) -> bool:
    """Whether a file or directory belongs to this user and nobody else may write to it."""
    if not hasattr(os, "getuid"):  # Windows: the user's directory is protected as a whole
        return True
    found = path.stat(follow_symlinks=False)
    own = found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if not own:
        logger.debug("%s could be written by others, so it is not used", path)
    return own and not stat.S_ISLNK(found.st_mode)


def key(text: str) -> str:
    """The name under which code for a text is kept."""
    return hashlib.sha256(text.encode()).hexdigest()


def load(key: str) -> bytes | None:
    """The code that was saved under a key, if it is there and whole."""
    folder = directory()
    if folder is None:
        return None
    path = folder / f"{key}.o"
    try:
        if not _is_own(path):
            return None
        data = path.read_bytes()
        with suppress(OSError):
            os.utime(path)
    except OSError:
        return None
    checksum, code = data[:32], data[32:]
    return code if hashlib.sha256(code).digest() == checksum else None


def save(key: str, code: bytes) -> None:
    """Keep code under a key; readers see all of it or nothing."""
    folder = directory()
    if folder is None:
        return
    try:
        handle, name = tempfile.mkstemp(dir=folder, suffix=".tmp")
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(code).digest() + code)
        os.replace(name, folder / f"{key}.o")
        _prune(folder)
    except OSError as error:
        logger.debug("a compiled kernel could not be kept: %s", error)


def _prune(folder: Path) -> None:
    """Remove what was not used for longest until the rest is within the limit."""
    files = [(found.stat(), found) for found in folder.iterdir()]
    total = sum(status.st_size for status, _ in files)
    for status, path in sorted(files, key=lambda pair: pair[0].st_mtime):
        if total <= LIMIT:
            return
        total -= status.st_size
        path.unlink(missing_ok=True)
