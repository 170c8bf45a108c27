"""Measures the graph view in Chromium, beside Netron on the same files in the same browser, and prints a table.

    python -m tests.benchmarks.view --netron PYTHON [--model FILE] [--turns 5] [--json FILE]

PYTHON is the interpreter of an environment with Netron (``pip install netron``). Page to picture is the time from
the start of the navigation to the frame that shows the graph, of a page of this project and of Netron's, in turn.
What the widget does is measured in a page that holds nothing else, from the moment that its data is there. Needed:
Node with ``npm ci`` and ``npm run build`` done, and Chromium.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import gzip
import http.server
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import symbolnb as mx
from symbolnb.notebook.html import page
from symbolnb.notebook.packing import pack
from symbolnb.notebook.script import BUNDLE
from symbolnb.notebook.view import view_of
from symbolnb.notebook.widget import GraphWidget
from tests.benchmarks.networks import RESNET50, processor

HERE = Path(__file__).resolve().parent
CHROMIUM = "/usr/bin/chromium"
BENCH = """<!doctype html><meta charset="utf-8"><title>widget</title>
<script type="module">import widget from "./widget.js"; window.widget = widget;</script>"""


@dataclass(frozen=True)
class Row:
    """One figure: what it is, of us and of Netron in the same unit, and what it must not exceed."""

    what: str
    ours: float
    unit: str
    netron: float | None = None
    goal: str = ""
    beyond: bool = False
    """Whether Netron was given up at its figure."""


def shared_input(layers: int) -> mx.sym.Symbol:
    """A chain of layers, two nodes each, that all read one mask."""
    net, mask = mx.sym.var("data"), mx.sym.var("mask")
    for number in range(layers):
        net = mx.sym.broadcast_mul(
            mx.sym.Activation(net, act_type="relu", name=f"relu{number}"), mask, name=f"mul{number}"
        )
    return net


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A file server that says nothing."""

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder's files."""
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@contextlib.contextmanager
def netron(python: str, model: Path) -> Iterator[str]:
    """The address of Netron with a model."""
    port = free_port()
    code = f"import netron; netron.serve({str(model)!r}, None, ('127.0.0.1', {port})); netron.wait()"
    process = subprocess.Popen([python, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(200):
            if process.poll() is not None:
                raise RuntimeError(f"{python} has no Netron that runs")
            with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=1):
                break
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait()


def measure(model: Path, shape: tuple[int, ...], python: str, chosen: argparse.Namespace) -> tuple[list[Row], str]:
    """All figures, and the browser's version."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        mask = shared_input(chosen.layers)
        mask.save(folder / "mask-symbol.json")
        shutil.copy(BUNDLE, folder / "widget.js")
        (folder / "bench.html").write_text(BENCH)
        views = {
            "model": view_of(mx.sym.load(model).entries, {"data": shape}),
            "mask": view_of(mask.entries, {"data": (8, 64), "mask": (1, 64)}),
        }
        for key, view in views.items():
            (folder / f"{key}.html").write_text(page(view), encoding="utf-8")
            (folder / f"{key}.json").write_text(json.dumps(pack(view)))
        address = stack.enter_context(served(folder))
        pages = []
        for key, file, turns, cap in (
            ("model", model, chosen.turns, 60),
            ("mask", folder / "mask-symbol.json", 1, chosen.cap),
        ):
            theirs = stack.enter_context(netron(python, file))
            pages += [
                {
                    "name": f"ours {key}",
                    "url": f"{address}/{key}.html",
                    "ready": "ours",
                    "turns": chosen.turns,
                    "cap": cap * 1000,
                },
                {"name": f"netron {key}", "url": theirs, "ready": "netron", "turns": turns, "cap": cap * 1000},
            ]
        documents = [
            {"name": key, "url": f"{address}/{file}.json", "expand": key == "expanded", "turns": chosen.turns}
            for key, file in (("model", "model"), ("expanded", "model"), ("mask", "mask"))
        ]
        plan = {"chromium": chosen.chromium, "pages": pages, "bench": f"{address}/bench.html", "documents": documents}
        (folder / "plan.json").write_text(json.dumps(plan))
        ran = subprocess.run(
            ["node", str(HERE / "view.js"), str(folder / "plan.json")], stdout=subprocess.PIPE, text=True, check=True
        )
        found = json.loads(ran.stdout)
        return list(rows(found, views["model"], chosen)), found["browser"]


def rows(found: dict[str, Any], view: dict[str, Any], chosen: argparse.Namespace) -> Iterator[Row]:
    """The figures of the table."""

    def median(values: Sequence[float | None], otherwise: float = float("nan")) -> float:
        known = [value for value in values if value is not None]
        return statistics.median(known) if known else otherwise

    pages, widgets = found["pages"], found["widgets"]
    theirs = pages["netron mask"]
    yield Row(
        "page to picture", median(pages["ours model"]), "ms", median(pages["netron model"]), "a third of Netron's"
    )
    yield Row(
        f"page to picture, {2 * chosen.layers} nodes that share an input", median(pages["ours mask"]), "ms",
        median(theirs, chosen.cap * 1000), beyond=theirs == [None],
    )  # fmt: skip
    yield Row("data to picture", median([one["first"] for one in widgets["model"]]), "ms", goal="300")
    yield Row("data to picture, shared input", median([one["first"] for one in widgets["mask"]]), "ms", goal="1000")
    yield Row("click to opened group", median([one["opening"] for one in widgets["model"]]), "ms", goal="50")
    for title, key in (("", "model"), (", all groups open", "expanded"), (", shared input", "mask")):
        for act in ("panning", "zooming"):
            frames = sorted(time for one in widgets[key] for time in one[act])
            yield Row(f"{act}{title}: frames a second", 1000 / statistics.median(frames), "", goal="60")
            slow = statistics.median(sorted(one[act])[int(0.95 * len(one[act]))] for one in widgets[key])
            yield Row(f"{act}{title}: the same at its slowest twentieth", 1000 / slow, "", goal="30")
    widget = GraphWidget(view=view)
    state = widget.get_state()
    sizes = {"script of the widget": BUNDLE.stat().st_size, "state of the widget": len(json.dumps(state))}
    for title, size in sizes.items():
        yield Row(title, size / 1000, "kB", goal="150" if "script" in title else "300")
    for what, ratio in dagre().items():
        yield Row(f"{what}, beside dagre's", ratio, "×", goal="1.2")


def dagre() -> dict[str, float]:
    """Crossings and lengths of edges as ratios to dagre's, over all graphs that the tests compare."""
    ran = subprocess.run(
        ["npm", "run", "--silent", "quality"], cwd=HERE.parents[1], capture_output=True, text=True, check=True
    )
    line = next(line for line in ran.stdout.splitlines() if line.startswith("all "))
    ours, theirs, length, their_length = (float(word) for word in line.split()[1:5])
    return {"crossings of edges": ours / theirs, "length of edges": length / their_length}


def table(found: Sequence[Row]) -> str:
    """The figures as a table."""
    lines = [f"| {'what':62} | symbolnb | Netron | ratio | goal |", f"|{'-' * 64}|---:|---:|---:|---:|"]
    for row in found:
        sign = "> " if row.beyond else ""
        other = "" if row.netron is None else f"{sign}{row.netron:.0f} {row.unit}"
        ratio = "" if row.netron is None else f"{sign}{row.netron / row.ours:.1f}"
        digits = 2 if row.unit == "×" else 0
        lines.append(
            f"| {row.what:62} | {f'{row.ours:.{digits}f} {row.unit}'.strip()} | {other} | {ratio} | {row.goal} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--netron", required=True, metavar="PYTHON", help="the Python of an environment with Netron")
    parser.add_argument("--model", type=Path, metavar="FILE", help="a model with the input data (default: ResNet-50)")
    parser.add_argument("--shape", default="1,3,224,224", metavar="SIZES", help="shape of data (default: %(default)s)")
    parser.add_argument(
        "--layers", type=int, default=5000, help="of the graph with a shared input (default: %(default)s)"
    )
    parser.add_argument("--turns", type=int, default=5, help="turns of each page (default: %(default)s)")
    parser.add_argument("--cap", type=int, default=70, help="seconds that Netron has for it (default: %(default)s)")
    parser.add_argument("--chromium", default=CHROMIUM, metavar="FILE", help="the browser (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to this file")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        model = chosen.model
        if model is None:
            model = Path(name) / "resnet50-symbol.json"
            model.write_bytes(gzip.decompress(Path(RESNET50).read_bytes()))
        shape = tuple(int(size) for size in chosen.shape.split(","))
        found, browser = measure(model, shape, chosen.netron, chosen)
        threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        print(f"{model.name}; {processor()}, {threads} threads; Chromium {browser}; medians of {chosen.turns} turns\n")
        print(table(found))
        if chosen.json is not None:
            told = {
                "model": model.name,
                "processor": processor(),
                "browser": browser,
                "rows": [vars(row) for row in found],
            }
            chosen.json.write_text(json.dumps(told, indent=1))


if __name__ == "__main__":
    sys.exit(main())
