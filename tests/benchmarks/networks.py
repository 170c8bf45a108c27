"""Compares this project with MXNet, PyTorch, ONNX Runtime and OpenVINO, in one run, and prints ratios of medians.

    python -m tests.benchmarks.networks [--mxnet PYTHON] [--environments FOLDER] [--rounds 5] [--json FILE]

PYTHON is the interpreter of an environment with MXNet 1.9.1. In FOLDER an environment is made for each of the others,
if it is not there yet; interpreters of existing ones can be given. Every engine gets the same graph and weights, must
agree with the first about the result, and runs in a process of its own; then they take turns, so that a change of the
machine's speed meets all of them. What share of the processor's peak a network reaches is found in each of its turns,
with the peak measured just before and just after.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import symbolnb as mx
from symbolnb.settings import settings
from tests.benchmarks.environments import interpreters, library
from tests.benchmarks.works import MODELS, WORKS, Work

ROOT = Path(__file__).resolve().parents[2]
RESNET50 = str(MODELS / "resnet50_v1-symbol.json.gz")
ENGINES = ("symbolnb", "mxnet", "torch-eager", "torch-channels_last", "torch-compiled", "onnxruntime", "openvino")
TOLERANCES = (1e-3, 2e-2)
"""How far outputs and gradients may be apart, as shares of the largest number.

Gradients of deep networks may more: a sum that is rounded differently turns a relu on or off.
"""
AS_IT_COMES = {"recompute": "", "keep_weights": True}
"""What is asked of every engine but this project: it has no choice of how memory is spent."""

PAUSE = 0.3
"""Seconds between two engines' turns, in which the threads of the one before go to sleep."""

Row = dict[str, Any]


class Engine:
    """One worker process."""

    def __init__(self, python: str, name: str, request: Row) -> None:
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        environment = {  # an engine that was installed has its bytecode on disk
            **kept, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": str(request["threads"]),
            "MXNET_SUBGRAPH_VERBOSE": "0",
        }  # fmt: skip
        self.name = name
        self.process = subprocess.Popen(
            [python, "-m", "tests.benchmarks.worker", name], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT,
        )  # fmt: skip
        try:
            self.first = self.ask(request)
        except RuntimeError:
            self.process.kill()
            raise

    def ask(self, value: object) -> Any:
        """The answer to one request."""
        assert self.process.stdin is not None and self.process.stdout is not None and self.process.stderr is not None
        try:
            self.process.stdin.write(json.dumps(value) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        line = self.process.stdout.readline()
        if not line:
            lines = self.process.stderr.read().strip().splitlines()
            raise RuntimeError(f"{self.name}: {lines[-1] if lines else 'ended early'}")
        return json.loads(line)

    def stop(self) -> None:
        """End the process."""
        self.process.communicate()


def measure(work: Work, pythons: dict[str, str], rounds: int, threads: int) -> Row:
    """The figure of every engine, in milliseconds or MiB, and what went wrong with those that have none."""
    request, found, failed = work.request(threads), {}, {}
    shares: list[Share] = []
    asked = {name: pythons[library(name)] for name in ENGINES if name in work.engines and library(name) in pythons}
    if work.measure == "time":
        found, failed, shares = _in_turns(work, asked, rounds, request)
    else:
        scale = 1.0 if work.measure == "bytes" else 1e3
        figures: dict[str, list[float]] = {name: [] for name in asked}
        for _ in range(1 if work.measure == "bytes" else max(1, rounds // 2)):
            for name, python in asked.items():
                # what is compared with is always the engine as it comes
                engine = Engine(python, name, request if name == "symbolnb" else {**request, **AS_IT_COMES})
                figures[name].append(engine.first * scale)
                engine.stop()
        found = {name: statistics.median(values) for name, values in figures.items()}
    row: Row = {"group": work.group, "work": work.title, "figures": found, "failed": failed}
    if work.measure == "time" and work.group != "chain of 200":
        row["multiply_adds"] = _multiply_adds(work)
    if shares:
        row["turns"] = [share._asdict() for share in shares]
    return row


def _in_turns(
    work: Work, asked: dict[str, str], rounds: int, request: Row
) -> tuple[dict[str, float], dict[str, str], list[Share]]:
    """The medians of all engines that agree with the first; for the others, what went wrong; and our shares."""
    engines: list[Engine] = []
    failed: dict[str, str] = {}
    for name, python in asked.items():
        try:
            engine = Engine(python, name, request)
        except RuntimeError as error:
            failed[name] = str(error)
            continue
        apart = 0.0 if not engines else _apart(engine.first, engines[0].first)
        if apart > 1:
            failed[name] = f"results differ from {engines[0].name}'s by {apart:.2g} times what is tolerated"
            engine.stop()
            continue
        engines.append(engine)
    times: dict[str, list[float]] = {engine.name: [] for engine in engines}
    shares: list[Share] = []
    product = Product() if work.group == "inference" else None
    multiply_adds = _multiply_adds(work) if product is not None else 0
    for turn in range(rounds + 1):
        for engine in engines:
            measured = product is not None and engine.name == "symbolnb" and turn > 0
            time.sleep(PAUSE)
            before = _speed(product) if measured else 0.0
            found = engine.ask(work.runs)
            if measured:
                time.sleep(PAUSE)
                shares.append(Share(multiply_adds / statistics.median(found), before, _speed(product)))
            if turn:  # the first one warms up
                times[engine.name] += found
    for engine in engines:
        engine.stop()
    return {name: statistics.median(collected) * 1e3 for name, collected in times.items()}, failed, shares


def _speed(product: Product | None) -> float:
    """That of the product, and then a pause: every engine finds the machine as rested as the others do."""
    assert product is not None
    speed = product.speed()
    time.sleep(PAUSE)
    return speed


def _apart(one: list[list[float]], other: list[list[float]]) -> float:
    """The largest difference between two engines' results, in multiples of what is tolerated."""
    shares = []
    for left, right, tolerance in zip(one, other, TOLERANCES[: len(other)], strict=True):
        first, second = np.array(left), np.array(right)
        if first.shape != second.shape:
            return math.inf
        shares.append(float(np.abs(first - second).max() / max(1e-30, np.abs(second).max()) / tolerance))
    return math.inf if any(math.isnan(share) for share in shares) else max(shares)


def _multiply_adds(work: Work) -> int:
    """The multiply-add pairs of one forward pass."""
    symbol = work.network()
    executor = symbol.simple_bind(mx.cpu(), grad_req="null", **work.data)
    total = 0
    for entry in {entry.node for entry in symbol.get_internals().entries}:
        if entry.operator is not None:
            inputs = [executor.specs[source].shape for source in entry.inputs]
            made = [executor.specs[(entry, index)].shape for index in range(entry.num_outputs)]  # type: ignore[index]
            total += entry.operator.multiply_adds(inputs, made)
    return total


class Share(NamedTuple):
    """One turn of a network: its multiply-add pairs a second, and those of a large product before and after it."""

    speed: float
    before: float
    after: float

    @property
    def value(self) -> float:
        """The share of the processor's peak that the network reached."""
        return self.speed / statistics.fmean((self.before, self.after))


class Product:
    """One large matrix product with oneDNN: what the processor can do."""

    SIZE = 2048

    def __init__(self) -> None:
        net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=self.SIZE, no_bias=True)
        self._executor = net.simple_bind(mx.cpu(), grad_req="null", data=(self.SIZE, self.SIZE))

    def speed(self) -> float:
        """Multiply-add pairs a second, now."""
        times = []
        for _ in range(7):
            start = time.perf_counter()
            self._executor.forward()
            times.append(time.perf_counter() - start)
        return float(self.SIZE**3 / statistics.median(times[2:]))


def processor() -> str:
    """The processor's own name."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def mean(ratios: list[float]) -> float:
    """The geometric mean."""
    return math.exp(statistics.fmean(math.log(ratio) for ratio in ratios))


def ratios(row: Row) -> dict[str, float]:
    """This project's figure divided by that of MXNet, of the best PyTorch, and of the best of all others."""
    figures = row["figures"]
    ours = figures.get("symbolnb")
    others = {
        "MXNet": [value for name, value in figures.items() if name == "mxnet"],
        "PyTorch": [value for name, value in figures.items() if name.startswith("torch")],
        "OpenVINO": [value for name, value in figures.items() if name == "openvino"],
        "best": [value for name, value in figures.items() if name not in ("symbolnb", "mxnet")],
    }
    return {} if ours is None else {name: ours / min(values) for name, values in others.items() if values}


def show(row: Row, names: list[str]) -> str:
    """A row of the table."""
    cells = [f"{row['figures'][name]:.4g}" if name in row["figures"] else "" for name in names]
    found = ratios(row)
    cells += [f"{found[name]:.2f}" if name in found else "" for name in ("MXNet", "best")]
    return f"| {row['group']}: {row['work']} | {' | '.join(cells)} |"


def summary(rows: list[Row]) -> list[str]:
    """Geometric means of the ratios of each group, and each network's share of the processor's peak."""
    lines = []
    for group in dict.fromkeys(row["group"] for row in rows):
        collected: dict[str, list[float]] = {}
        for row in rows:
            if row["group"] == group:
                for name, ratio in ratios(row).items():
                    collected.setdefault(name, []).append(ratio)
        means = ", ".join(f"{mean(values):.2f} of {name}" for name, values in collected.items())
        lines.append(f"{group}: {means} (geometric means)")
    turns = {row["work"]: [Share(**turn) for turn in row["turns"]] for row in rows if "turns" in row}
    if turns:
        speed = statistics.median(share.before for found in turns.values() for share in found)
        lines.append(
            f"share of one large oneDNN product's speed, here {2 * speed / 1e9:.0f} Gflop/s, measured before and after "
            "each turn; medians, and from least to most:"
        )
    for title, found in turns.items():
        values = sorted(share.value for share in found)
        lines.append(f"{title}: {statistics.median(values):.0%} ({values[0]:.0%} to {values[-1]:.0%})")
    return lines


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("mxnet", "torch", "onnxruntime", "openvino"):
        default = os.environ.get(f"BENCHMARK_{name.upper()}")
        parser.add_argument(f"--{name}", metavar="PYTHON", default=default, help=f"interpreter that has {name}")
    parser.add_argument("--environments", type=Path, metavar="FOLDER", help="make environments for the others here")
    parser.add_argument("--engines", default=",".join(ENGINES), help="which to run (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each engine (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="threads of each engine (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to this file")
    parser.add_argument("--only", default="", metavar="PATTERN", help="only work whose 'group: title' has a match")
    return parser.parse_args()


def main() -> None:
    """Run the chosen work and print the table."""
    chosen = _options()
    os.environ["OMP_NUM_THREADS"] = str(chosen.threads)
    settings.threads = chosen.threads
    given = {name: getattr(chosen, name) for name in ("mxnet", "torch", "onnxruntime", "openvino")}
    wanted = chosen.engines.split(",")
    pythons = interpreters(given, chosen.environments)
    names = [name for name in ENGINES if name in wanted and library(name) in pythons]
    pythons = {library(name): pythons[library(name)] for name in names}
    print(f"{processor()}, {chosen.threads} threads; ms or MB, medians of {chosen.rounds} turns\n")
    print(f"| work | {' | '.join(names)} | of MXNet | of the best other |\n|---{'|---:' * (len(names) + 2)}|")
    rows = []
    for work in WORKS:
        if re.search(chosen.only, f"{work.group}: {work.title}") is None:
            continue
        engines = frozenset(names) & work.engines
        row = measure(_limited(work, engines), pythons, chosen.rounds, chosen.threads)
        rows.append(row)
        print(show(row, names), flush=True)
        for name, reason in row["failed"].items():
            print(f"  {name}: {reason}", file=sys.stderr, flush=True)
    print("\n" + "\n".join(summary(rows)))
    if chosen.json is not None:
        about = {"processor": processor(), "threads": chosen.threads, "rows": rows}
        chosen.json.write_text(json.dumps(about, indent=1))


def _limited(work: Work, engines: frozenset[str]) -> Work:
    """The same work for fewer engines."""
    fields = {name: getattr(work, name) for name in Work.__dataclass_fields__}
    return Work(**{**fields, "engines": engines})


if __name__ == "__main__":
    main()
