"""The built script of the graph view, as a widget and a page of its own run it."""

from __future__ import annotations

import re
from pathlib import Path

from symbolnb.errors import MXNetError

BUNDLE = Path(__file__).parent / "bundle" / "widget.js"

EXPORTS = re.compile(r"export\s*\{[^{}]*\};?\s*$")
"""What a module ends with and a plain script, which also runs where a page came from a file, may not have."""

ADDRESS = "import.meta.url"
"""What else only a module may say: where it came from."""


def read_bundle(path: Path = BUNDLE) -> str:
    """The script as a module; `MXNetError` that says how to build it where it is missing."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        raise MXNetError(
            f"the graph view's script {path} is missing; in a clone build it with: npm ci && npm run build"
        ) from None


def page_script(module: str) -> str:
    """A module as the text of a script element: nothing exported, no name global, the element not ended early.

    >>> page_script("let a = '</script>';export{a as default};")
    "(()=>{let a = '<\\\\/script>';})()"
    """
    script = f"(()=>{{{EXPORTS.sub('', module).replace(ADDRESS, '0')}}})()"
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
