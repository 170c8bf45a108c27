"""Compares this project with MXNet 1.9.1 on whole networks, in one run, and prints ratios of medians.

    python -m tests.benchmarks.networks --mxnet PYTHON [--rounds 9] [--json FILE]

PYTHON is the interpreter of an environment with MXNet 1.9.1. Each piece of work is bound once in a process of
its own for each engine; then the two take turns, so that a change of the machine's speed meets both.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESNET50 = str(HERE.parent / "golden" / "models" / "resnet50_v1-symbol.json.gz")


@dataclass(frozen=True)
class Work:
    """A network, the shape of its data, and whether to train; `runs` of it are timed in one turn."""

    title: str
    network: str
    shape: tuple[int, ...]
    training: bool
    runs: int


WORKS = (
    Work("MLP inference, batch 64", "mlp", (64, 784), False, 50),
    Work("MLP training step, batch 64", "mlp", (64, 784), True, 30),
    Work("LeNet inference, batch 64", "lenet", (64, 1, 28, 28), False, 10),
    Work("LeNet training step, batch 64", "lenet", (64, 1, 28, 28), True, 5),
    Work("ResNet-50 inference, batch 1", RESNET50, (1, 3, 224, 224), False, 5),
    Work("ResNet-50 inference, batch 16", RESNET50, (16, 3, 224, 224), False, 1),
)


class Engine:
    """One worker process."""

    def __init__(self, python: str, module: str, work: Work) -> None:
        environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1]), "MXNET_SUBGRAPH_VERBOSE": "0"}
        self.process = subprocess.Popen(
            [python, str(HERE / "worker.py"), module], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, env=environment,
        )  # fmt: skip
        self._send(asdict(work))

    def _send(self, value: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(value) + "\n")
        self.process.stdin.flush()

    def time(self, runs: int) -> list[float]:
        """The times of some runs, in seconds."""
        self._send(runs)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args} ended early")
        found: list[float] = json.loads(line)
        return found

    def stop(self) -> None:
        """End the process."""
        self.process.communicate()


def compare(work: Work, mxnet: str, rounds: int) -> dict[str, float | str]:
    """The medians of both engines, in milliseconds, and their ratio."""
    engines = [Engine(sys.executable, "symbolnb", work), Engine(mxnet, "mxnet", work)]
    times: list[list[float]] = [[], []]
    for engine in engines:
        engine.time(max(2, work.runs // 5))
    for _ in range(rounds):
        for engine, collected in zip(engines, times, strict=True):
            collected += engine.time(work.runs)
    for engine in engines:
        engine.stop()
    ours, theirs = (statistics.median(collected) * 1e3 for collected in times)
    return {"work": work.title, "symbolnb ms": ours, "MXNet ms": theirs, "ratio": ours / theirs}


def processor() -> str:
    """The processor's own name."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--mxnet", required=True, metavar="PYTHON", help="the Python of an environment with MXNet 1.9.1"
    )
    parser.add_argument("--rounds", type=int, default=9, help="turns of each engine (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to this file")
    parser.add_argument("--only", default="", metavar="TEXT", help="only work whose title holds this text")
    chosen = parser.parse_args()
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(f"{processor()}, {threads} threads; medians of {chosen.rounds} turns\n")
    print(
        f"| {'work':31} | symbolnb ms | MXNet 1.9.1 ms | ratio |\n|{'-' * 33}|------------:|---------------:|------:|"
    )
    rows = []
    for work in WORKS:
        if chosen.only in work.title:
            row = compare(work, chosen.mxnet, chosen.rounds)
            rows.append(row)
            print(
                f"| {row['work']:31} | {row['symbolnb ms']:11.3f} | {row['MXNet ms']:14.3f} | {row['ratio']:5.2f} |",
                flush=True,
            )
    if chosen.json is not None:
        chosen.json.write_text(json.dumps({"processor": processor(), "threads": threads, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
