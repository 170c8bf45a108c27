"""The self-contained page of a graph."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from symbolnb.errors import MXNetError
from symbolnb.notebook import html
from symbolnb.notebook.look import Look
from symbolnb.notebook.packing import unpack
from symbolnb.notebook.script import read_bundle

FOLDER = Path(__file__).parent.parent / "fixtures" / "layout"


def view(name: str) -> Any:
    return json.loads((FOLDER / f"view-{name}.json").read_text(encoding="utf-8"))["view"]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the built script, with what would end its element early."""
    path = tmp_path / "widget.js"
    path.write_text('const a = "</script><!--", b = "é";export{a as default};\n', encoding="utf-8")
    monkeypatch.setattr(html, "read_bundle", lambda: read_bundle(path))
    return path


class Elements(HTMLParser):
    """The tags of a page, and what stands in its scripts."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.scripts: list[str] = []
        self.title = ""
        self.open = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open = tag
        if tag == "script":
            self.scripts.append("")
        assert "src" not in dict(attrs) and "href" not in dict(attrs)

    def handle_endtag(self, tag: str) -> None:
        self.open = ""

    def handle_data(self, data: str) -> None:
        if self.open == "script":
            self.scripts[-1] += data
        elif self.open == "title":
            self.title += data


@pytest.mark.usefixtures("script")
@pytest.mark.parametrize("name", ["small", "grouped", "hostile"])
def test_page_carries_the_document_and_the_script(name: str) -> None:
    page = Elements(html.page(view(name)))
    assert page.tags.count("script") == 2
    assert unpack(json.loads(page.scripts[0])) == view(name)
    assert page.scripts[1] == '(()=>{const a = "<\\/script><\\!--", b = "é";})()'


@pytest.mark.usefixtures("script")
def test_hostile_names_are_neither_markup_nor_line_ends() -> None:
    source = html.page(view("hostile"))
    data = Elements(source).scripts[0]
    assert re.fullmatch(r"[ -~]+", data)
    assert not re.search("[<>&]", data)
    assert "<script>alert" not in source
    assert Elements(source).title == "</script><script>alert(1)</script>"
    assert "alert(1)" not in Elements(source).tags
    source.encode("utf-8")


@pytest.mark.usefixtures("script")
def test_page_may_not_use_the_network() -> None:
    source = html.page(view("small"))
    assert "default-src &#x27;none&#x27;" in source
    assert "http://" not in source and "https://" not in source


@pytest.mark.usefixtures("script")
def test_the_look_stands_in_the_page() -> None:
    source = html.page(view("grouped"), Look("dark", "right", ["s1/u"]))
    assert 'data-theme="dark" data-orientation="right" data-opened="[&quot;s1&quot;, &quot;s1/u&quot;]">' in source
    assert 'data-theme="auto" data-orientation="down" data-opened="null">' in html.page(view("small"))
    with pytest.raises(MXNetError, match="there is no group 'x'; the groups are s1, s1/u"):
        html.page(view("grouped"), Look(opened=["x"]))


def test_a_missing_script_says_how_to_build_it(script: Path) -> None:
    script.unlink()
    with pytest.raises(MXNetError, match=r"widget\.js is missing; in a clone build it with: npm ci && npm run build"):
        html.page(view("small"))
