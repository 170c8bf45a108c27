"""Writes the pictures of this folder anew, which the README shows: ``python notebooks/pictures/make.py``.

``--all FOLDER`` writes many more, to be looked at after a change in how graphs look, ``--only WORD`` those whose name
has the word, and ``--model FILE`` such ones of a ``*-symbol.json`` too. Needed: Node with ``npm ci`` and
``npm run build`` done, Chromium, and Pillow.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from networks import branch, deep, fading, inception, lenet, loop, lstm, resnet, variant, wrong
from PIL import Image

import symbolnb as mx
from symbolnb.graph.naming import NameManager
from symbolnb.notebook.packing import pack
from symbolnb.notebook.script import BUNDLE
from symbolnb.notebook.view import view_of_executor
from symbolnb.symbol.executor import Executor

HERE = Path(__file__).parent
NARROW, WIDE = 380, 1200
Shot = dict[str, Any]


def difference() -> Any:
    """Two variants of a network, compared."""
    return mx.diff(variant(20, norm=False), variant(32, norm=True), data=(64, 1, 28, 28))


def thrifty() -> Any:
    """A bound network that computes some results again while training, to save memory."""
    executor = deep().simple_bind(mx.cpu(), data=(8, 16, 24, 24), recompute="all")
    executor.forward(is_train=True)
    executor.backward()
    return executor


def watched() -> Any:
    """A network with the values and gradients of a step of training."""
    executor = fading().simple_bind(mx.cpu(), data=(32, 784))
    rng = np.random.default_rng(0)
    for array in executor.arg_dict.values():
        array[:] = rng.standard_normal(array.shape) / max(1, array.shape[-1]) ** 0.5 if array.ndim == 2 else 0
    executor.arg_dict["data"][:] = rng.standard_normal((32, 784))
    return executor.view(is_train=True)


GRAPHS: dict[str, Callable[[], Any]] = {
    "lenet": lambda: lenet().view(data=(64, 1, 28, 28)),
    "inception": lambda: inception().view(data=(1, 192, 35, 35)),
    "resnet": lambda: resnet().view(data=(1, 3, 224, 224)),
    "lstm": lambda: lstm().view(data=(8, 8, 32), **{f"l{i}_begin_{x}": (8, 64) for i in (0, 1) for x in "hc"}),
    "wrong": lambda: wrong().view(data=(1, 3, 32, 32)),
    "difference": difference,
    "loop": lambda: loop().view(data=(35, 64, 200)),
    "thrifty": thrifty,
    "branch": lambda: branch().view(data=(4, 5)),
    "watched": watched,
}

BESIDE = [["set", "Graphs", "beside"]]
README: list[Shot] = [
    {"graph": "inception", "name": "inception", "width": 1000, "selection": "mixed_tower_1x1_conv"},
    {"graph": "difference", "name": "difference", "width": 760, "steps": BESIDE},
    {"graph": "loop", "name": "loop", "width": 1240, "orientation": "right"},
    {
        "graph": "watched",
        "name": "values",
        "width": 1000,
        "selection": "fc4",
        "steps": [["set", "Colours", "gradients"], ["scroll", "Values"]],
    },
]
"""The pictures in the README."""

SCALE = 1.5
"""How many pixels of a picture stand for one of the page."""

COLOURS = 160
"""How many a picture keeps."""


SPECIAL: list[Shot] = [
    {
        "graph": "resnet",
        "name": "resnet-opened",
        "opened": ["stage2", "stage2/unit1"],
        "steps": [["button", "Fit the graph"]],
    },
    {"graph": "resnet", "name": "resnet-flops", "steps": [["set", "Colours", "multiply_adds"]]},
    {"graph": "resnet", "name": "resnet-settings", "steps": [["button", "View settings"]]},
    {"graph": "lenet", "name": "lenet-selected", "selection": "conv2"},
    {"graph": "lenet", "name": "lenet-about", "steps": [["button", "softmax"]]},
    {"graph": "thrifty", "name": "thrifty-about", "steps": [["button", "softmax"]]},
    {"graph": "inception", "name": "inception-flops", "steps": [["set", "Colours", "multiply_adds"]]},
    {"graph": "inception", "name": "inception-search", "steps": [["search", "3x3"]]},
    {"graph": "inception", "name": "inception-right", "orientation": "right"},
    {"graph": "watched", "name": "watched-values", "selection": "fc4", "steps": [["scroll", "Values"]]},
    {"graph": "watched", "name": "watched-about", "steps": [["set", "Colours", "outputs"], ["button", "softmax"]]},
    {"graph": "wrong", "name": "wrong-selected", "selection": "residual"},
    {"graph": "difference", "name": "difference-beside", "steps": BESIDE},
    {"graph": "difference", "name": "difference-selected", "selection": "act"},
]
"""What is looked at besides the first view of each graph."""


def full_set(graphs: list[str]) -> list[Shot]:
    """Every graph and every special case, light and dark, narrow and wide, and some in high contrast."""
    first = [{"graph": name, "name": name} for name in graphs]
    shots = []
    for shot in [*first, *(one for one in SPECIAL if one["graph"] in graphs)]:
        for theme in ("light", "dark", "contrast"):
            for size, width in (("narrow", NARROW), ("wide", WIDE)):
                if theme != "contrast" or size == "wide":
                    shots.append({**shot, "theme": theme, "width": width, "file": f"{shot['name']}-{theme}-{size}.png"})
    return shots


def shoot(folder: Path, documents: dict[str, Any], shots: list[Shot]) -> None:
    """Photograph view documents; the pictures are then in the folder."""
    for name in {shot["graph"] for shot in shots}:
        (folder / f"{name}.json").write_text(json.dumps(pack(documents[name])))
    (folder / "shots.json").write_text(json.dumps(shots))
    subprocess.run(["node", HERE / "shoot.js", folder, BUNDLE, folder / "shots.json"], check=True)
    for made in [*folder.glob("*.json")]:
        made.unlink()


def flat(image: Image.Image) -> Image.Image:
    """The picture in its most frequent colours, which are those of all areas and words: a third as large."""
    counted = sorted(image.getcolors(image.width * image.height) or [], reverse=True)[:COLOURS]
    palette = Image.new("P", (1, 1))
    palette.putpalette([value for _, colour in counted for value in colour])
    return image.quantize(palette=palette, dither=Image.Dither.NONE)


def documents(names: set[str], models: list[Path]) -> dict[str, Any]:
    """The view documents of graphs by name, and of files."""
    found = {}
    for name in names & GRAPHS.keys():
        with NameManager():
            shown = GRAPHS[name]()
            found[name] = view_of_executor(shown) if isinstance(shown, Executor) else shown.document
    for model in models:
        found[model.stem] = mx.sym.load(str(model)).view(data=(1, 3, 299, 299)).document
    return found


def main() -> None:
    """Write the pictures that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER")
    parser.add_argument("--only", default="", metavar="WORD")
    parser.add_argument("--model", type=Path, action="append", default=[], metavar="FILE")
    chosen = parser.parse_args()
    if chosen.all is not None:
        chosen.all.mkdir(parents=True, exist_ok=True)
        shots = [
            one for one in full_set([*GRAPHS, *(model.stem for model in chosen.model)]) if chosen.only in one["file"]
        ]
        shoot(chosen.all, documents({one["graph"] for one in shots}, chosen.model), shots)
        return
    shots = [
        {**shot, "theme": theme, "file": f"{shot['name']}-{theme}.png", "scale": SCALE}
        for shot in README for theme in ("light", "dark") if chosen.only in shot["name"]
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        shoot(Path(folder), documents({one["graph"] for one in shots}, []), shots)
        for picture in Path(folder).glob("*.png"):
            with Image.open(picture) as image:
                flat(image.convert("RGB")).save(HERE / picture.name, optimize=True)


if __name__ == "__main__":
    main()
