"""One engine's side of a benchmark, in a process and an environment of its own.

    python -m tests.benchmarks.worker ENGINE

Requests come as JSON lines on standard input, answers as JSON lines on standard output. The first request describes
the work (`networks.Work.request`); its answer is the results of one pass, or the one figure that was asked for. Each
further request is a number of passes, and its answer is their times in seconds.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any


def prepare(engine: str, work: dict[str, Any]) -> Any:
    """The engine with the work bound; its libraries are imported only here."""
    if engine in ("symbolnb", "mxnet"):
        from tests.benchmarks.engines.symbols import Symbols

        return Symbols(engine, work)
    if engine.startswith("torch-"):
        from tests.benchmarks.engines.pytorch import PyTorch

        return PyTorch(engine.removeprefix("torch-"), work)
    from tests.benchmarks.engines.onnx_runtimes import OnnxRuntime, OpenVino

    return (OnnxRuntime if engine == "onnxruntime" else OpenVino)(work)


def first_answer(engine: Any, measure: str) -> Any:
    """The results of one pass, or the one figure that the work asks for."""
    if measure == "start":
        return engine.start()
    if measure == "infer":
        return min(engine.infer() for _ in range(5))
    if measure == "bytes":
        return engine.megabytes()
    engine.run()
    return [result.ravel()[:4096].tolist() for result in engine.results()]


def main() -> None:
    """Answer until standard input ends."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # libraries print what they like; answers stay clean
    work = json.loads(sys.stdin.readline())
    engine = prepare(sys.argv[1], work)
    print(json.dumps(first_answer(engine, work["measure"])), file=answers, flush=True)
    for line in sys.stdin:
        times = []
        for _ in range(json.loads(line)):
            start = time.perf_counter()
            engine.run()
            times.append(time.perf_counter() - start)
        print(json.dumps(times), file=answers, flush=True)


if __name__ == "__main__":
    main()
