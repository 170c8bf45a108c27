"""The house stands as the design says: imports run downward, without cycles, and start-up stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = (
    "errors", "dtypes", "context", "settings", "graph", "ops", "kernels", "compile", "runtime", "ndarray", "symbol",
    "data", "formats", "train", "contrib", "notebook",
)  # fmt: skip
"""The packages from the ground up; each may import only what stands before it, and itself."""

HEAVY = (
    "IPython", "anywidget", "cupy", "dask", "graphviz", "ipywidgets", "numba", "onnx", "torch",
    "symbolnb.kernels.onednn.library", "symbolnb.notebook",
)  # fmt: skip
"""What importing symbolnb must not bring in."""


def _modules() -> dict[str, Path]:
    found = {}
    for path in sorted((ROOT / "symbolnb").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = _modules()


def _imports(module: str) -> list[tuple[str, int]]:
    """The project's modules that a module imports at run time, with the line."""
    tree = ast.parse(MODULES[module].read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            node.body = []
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("symbolnb"):
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.append((full if full in MODULES else node.module, node.lineno))
        elif isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names if alias.name.startswith("symbolnb")]
    return found


def _floor(module: str) -> int | None:
    parts = module.split(".")
    return FLOORS.index(parts[1]) if len(parts) > 1 and parts[1] in FLOORS else None


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_downward(module: str) -> None:
    own = _floor(module)
    for target, line in _imports(module):
        other = _floor(target)
        assert own is None or other is None or other <= own, (
            f"{module}, line {line} imports {target}, which is above it"
        )


def test_there_are_no_import_cycles() -> None:
    graph = {module: {target for target, _ in _imports(module) if target in MODULES} - {module} for module in MODULES}
    remaining = dict(graph)
    while remaining:
        free = [module for module, targets in remaining.items() if not targets & remaining.keys()]
        assert free, f"these import each other: {sorted(remaining)}"
        for module in free:
            del remaining[module]


def test_importing_symbolnb_is_light() -> None:
    program = f"import sys, symbolnb; print([name for name in {HEAVY!r} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert result.stdout.strip() == "[]"
