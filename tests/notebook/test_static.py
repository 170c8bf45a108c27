"""The picture, the HTML and the listing of a graph where no widget can be shown."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from symbolnb.errors import MXNetError
from symbolnb.notebook.look import Look
from symbolnb.notebook.static import picture, static_html, text

FOLDER = Path(__file__).parent.parent / "fixtures" / "layout"
SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {"svg", "g", "rect", "path", "text", "tspan", "title"}


def view(name: str) -> Any:
    return json.loads((FOLDER / f"view-{name}.json").read_text(encoding="utf-8"))["view"]


def words(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


class Tags(HTMLParser):
    """Every tag and attribute that a browser would see, and the text between."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("name", ["small", "grouped", "hostile"])
@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_picture_is_only_shapes_with_presentation_attributes(name: str, theme: Any) -> None:
    root = ElementTree.fromstring(picture(view(name), Look(theme)))
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in SHAPES
        for attribute in element.attrib:
            assert not attribute.startswith("on")
            assert attribute not in ("id", "class", "style", "href")


def test_picture_says_what_the_widget_says() -> None:
    shown = words(picture(view("small")))
    for word in (
        "data",
        "Convolution",
        "kernel 3×3 · num_filter 16",
        "8×16×26×26",
        "weight",
        "16×3×3×3",
        "output",
    ):
        assert word in shown
    assert shown.count("8×16×26×26") == 3


def test_picture_marks_what_is_unknown_or_wrong() -> None:
    svg = picture(view("grouped"))
    shown = words(svg)
    assert "?×3×8×8" in shown and "?" in shown
    root = ElementTree.fromstring(svg)
    warnings = [element for element in root.iter(f"{SVG}tspan") if element.text == "?"]
    assert len(warnings) >= 4 and len({element.attrib["fill"] for element in warnings}) == 1
    assert any(word.startswith("Concat 'join': arg1 is (4, 3)") for word in shown)
    assert "s1" in shown and "u" in shown  # the frames of the groups


def test_auto_theme_follows_the_reader_and_the_others_do_not() -> None:
    assert "prefers-color-scheme:dark" in picture(view("small"), Look("auto"))
    light, dark = picture(view("small"), Look("light")), picture(view("small"), Look("dark"))
    assert "<style" not in light and "<style" not in dark
    assert light != dark and words(light) == words(dark)
    auto = picture(view("small"), Look("auto"))
    used = set(re.findall(r'class="([^"]*)"', auto))
    declared = set(re.findall(r"\.([a-z-]+)\{", auto))
    assert {name for names in used for name in names.split()} <= declared


@pytest.mark.parametrize(
    ("look", "message"),
    [
        ({"theme": "pink"}, "theme is 'pink' but must be one of auto, light, dark, contrast"),
        ({"orientation": "up"}, "orientation is 'up' but must be one of down, right"),
        ({"opened": "s1"}, "opened is 's1' but must be a list of paths of groups"),
    ],
)
def test_a_wrong_look_is_an_error(look: Any, message: str) -> None:
    with pytest.raises(MXNetError) as caught:
        Look(**look)
    assert str(caught.value) == message


def test_contrast_is_black_on_white_with_strong_lines() -> None:
    root = ElementTree.fromstring(picture(view("small"), Look("contrast")))
    assert {element.attrib["fill"] for element in root.iter(f"{SVG}text")} <= {"#000000", "#ffffff"}
    cards = [element for element in root.iter(f"{SVG}rect") if element.attrib.get("fill") == "none"]
    assert cards and all(element.attrib["stroke-width"] == "2.5" for element in cards)


def test_to_the_right_the_picture_is_wide() -> None:
    down, right = (ElementTree.fromstring(picture(view("small"), Look("light", way))) for way in ("down", "right"))
    assert float(down.attrib["height"]) > float(down.attrib["width"])
    assert float(right.attrib["width"]) > float(right.attrib["height"])
    assert sorted(words(ElementTree.tostring(down, "unicode"))) == sorted(words(ElementTree.tostring(right, "unicode")))


def test_nothing_lies_on_the_title_of_an_open_group() -> None:
    """Programs that know no ``paint-order`` would draw the ground over the letters."""
    titles = [one for one in ElementTree.fromstring(picture(view("grouped"))).iter(f"{SVG}text") if one.text == "s1"]
    assert ["stroke" in title.attrib for title in titles] == [True, False]
    assert titles[0].attrib["aria-hidden"] == "true"


def test_groups_are_opened_with_those_around_them() -> None:
    assert "exp" not in words(picture(view("grouped"), Look(opened=[])))
    assert "Concat" in words(picture(view("grouped"), Look(opened=[])))
    opened = words(picture(view("grouped"), Look(opened=["s1"])))
    assert "exp" in opened and "split" not in opened
    assert "split" in words(picture(view("grouped"), Look(opened=["s1/u"])))
    with pytest.raises(MXNetError, match="there is no group 'u'; the groups are s1, s1/u"):
        picture(view("grouped"), Look(opened=["u"]))


def test_an_empty_graph_is_drawn() -> None:
    empty = view("small") | {"nodes": [], "heads": []}
    assert ElementTree.fromstring(picture(empty)).tag == f"{SVG}svg"
    assert "0 nodes" in static_html(empty)


def test_html_survives_a_sanitizer() -> None:
    html = Tags(static_html(view("small")))
    names = {tag for tag, _ in html.tags}
    allowed = {"div", "p", "strong", "img", "details", "summary", "table", "thead", "tbody", "tr", "th", "td"}
    assert names <= allowed
    (image,) = [attributes for tag, attributes in html.tags if tag == "img"]
    source = image["src"]
    assert source is not None and source.startswith("data:image/svg+xml;base64,")
    drawn = base64.b64decode(source.removeprefix("data:image/svg+xml;base64,")).decode("utf-8")
    assert "Convolution" in words(drawn)
    for word in ("conv1", "8×16×26×26", "float32", "kernel 3×3 · num_filter 16", "conv1_weight"):
        assert word in html.words


def test_html_tells_an_error_once_above_the_picture() -> None:
    source = static_html(view("grouped"))
    assert source.count("the inputs differ") == 1
    html = Tags(source)
    assert html.words.index("Error: Concat 'join': the inputs differ") < html.words.index("join")
    assert "Error: see above" in html.words
    (image,) = [attributes["src"] for tag, attributes in html.tags if tag == "img"]
    assert image is not None
    drawn = words(base64.b64decode(image.removeprefix("data:image/svg+xml;base64,")).decode("utf-8"))
    assert "fails: see above the picture" in drawn
    assert not any(word.startswith("Concat 'join'") for word in drawn)


@pytest.mark.parametrize("shown", [picture, static_html])
def test_hostile_names_stay_text(shown: Any) -> None:
    source = shown(view("hostile"))
    tags = Tags(source).tags
    assert not {tag for tag, _ in tags} & {"script", "b", "i", "iframe"}
    assert all(not key.startswith("on") for _, attributes in tags for key in attributes)
    assert "<script" not in source
    source.encode("utf-8")


def test_hostile_names_are_whole_in_the_tooltip_and_cut_in_the_box() -> None:
    root = ElementTree.fromstring(picture(view("hostile")))
    assert "x" * 10_000 in [element.text for element in root.iter(f"{SVG}title")]
    assert max(len("".join(element.itertext())) for element in root.iter(f"{SVG}text")) < 60


def test_text_has_aligned_columns() -> None:
    lines = text(view("small")).splitlines()
    assert lines[0] == (
        "softmax: 5 operators, 109 k parameters, 2.34 M multiply-adds, 391 KiB planned memory (879 KiB without)"
    )
    header = lines[1]
    for title, word in (
        ("operator", "Convolution"),
        ("output", "8×16×26×26"),
        ("from", "data"),
        ("parameters", "kernel"),
    ):
        assert lines[3].index(word, header.index(title)) == header.index(title)
    assert [line.split()[0] for line in lines[2:9]] == [
        "data",
        "conv1",
        "bn1",
        "relu1",
        "fc1",
        "softmax_label",
        "softmax",
    ]
    assert lines[-1] == "  outputs: softmax_output"


def test_text_shows_what_is_unknown_or_wrong() -> None:
    listing = text(view("grouped"))
    assert "?×3×8×8" in listing
    assert "4×3 float16" in listing
    assert re.search(r"^  join +Concat +\? +s1_d, data, s1_u_c +! error, see below$", listing, re.MULTILINE)
    assert listing.splitlines()[-2:] == [
        "  Error: Concat 'join': the inputs differ",
        "  Some shapes are unknown. Giving the shape of data would settle them.",
    ]


def test_text_of_hostile_names_is_one_line_each() -> None:
    lines = text(view("hostile")).split("\n")
    assert len(lines) == 7
    assert all(ord(char) >= 0x20 for line in lines for char in line)
    assert max(map(len, lines[1:])) < 200


def test_long_listings_are_cut() -> None:
    small = view("small")
    node = small["nodes"][0]
    many = small | {"nodes": [node | {"id": i, "name": f"n{i}"} for i in range(1200)]}
    assert text(many).splitlines()[-2] == "  and 1000 more"
    html = static_html(many)
    assert "and 200 more nodes" in html
    assert "The graph has 1200 boxes" in html and "<img" not in html
