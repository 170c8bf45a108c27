"""How long ``import symbolnb`` takes beside ``import numpy``, each in fresh processes, in turn.

python -m tests.benchmarks.startup [--rounds 15]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys

PROGRAM = "import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"


def seconds(module: str) -> float:
    """The time of one import in a process of its own."""
    command = [sys.executable, "-c", PROGRAM.format(module=module)]
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return float(subprocess.run(command, capture_output=True, text=True, check=True, env=kept).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="imports of each (default: %(default)s)")
    rounds = parser.parse_args().rounds
    times: dict[str, list[float]] = {"numpy": [], "symbolnb": []}
    for module in times:
        seconds(module)  # fills the file cache and writes the bytecode
    for _ in range(rounds):
        for module, collected in times.items():
            collected.append(seconds(module))
    numpy, ours = (statistics.median(collected) * 1e3 for collected in times.values())
    print(f"import numpy {numpy:.0f} ms, import symbolnb (NumPy included) {ours:.0f} ms, ratio {ours / numpy:.2f}")


if __name__ == "__main__":
    main()
