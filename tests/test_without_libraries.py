"""Without oneDNN and llvmlite installed, as on systems for which they have no wheels: everything runs on NumPy."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = ("onednn_cpu_gomp", "llvmlite")
PARTS = (
    "tests/compile/test_program.py",
    "tests/compile/test_plan.py",
    "tests/compile/test_recompute.py",
    "tests/symbol/test_golden_executor.py",
    "tests/symbol/test_golden_operators.py",
    "tests/symbol/test_zoo.py",
    "tests/contrib/test_amp.py",
    "tests/contrib/test_quantization.py",
)

TRAINING = """
import json
import symbolnb as mx
from symbolnb.kernels import table
import numpy as np

random = np.random.default_rng(0)
labels = random.integers(0, 2, 64)
images = random.normal(0, 1, (64, 1, 8, 8)) + labels.reshape(-1, 1, 1, 1)
net = mx.sym.Convolution(mx.sym.var("data"), kernel=(3, 3), num_filter=4, name="conv")
net = mx.sym.Activation(mx.sym.BatchNorm(net, fix_gamma=False, name="norm"), act_type="relu")
net = mx.sym.FullyConnected(mx.sym.Pooling(net, kernel=(2, 2), stride=(2, 2), pool_type="max"), num_hidden=2, name="fc")
executor = mx.sym.SoftmaxOutput(net, name="softmax").simple_bind(mx.cpu(), data=images.shape)
for name, array in executor.arg_dict.items():
    array[:] = 1 if name.endswith("gamma") else random.normal(0, 0.2, array.shape)
executor.aux_dict["norm_moving_var"][:] = 1
executor.arg_dict["data"][:], executor.arg_dict["softmax_label"][:] = images, labels
right = []
for _ in range(20):
    chances = executor.forward(is_train=True)[0].asnumpy()
    right.append(float((chances.argmax(axis=1) == labels).mean()))
    executor.backward()
    for name, grad in executor.grad_dict.items():
        if name not in ("data", "softmax_label"):
            mx.nd.sgd_update(executor.arg_dict[name], grad, lr=0.01, out=executor.arg_dict[name])
inferred = executor.forward(is_train=False)[0].asnumpy()
print(json.dumps({"right": right, "chances": inferred.tolist(), "libraries": table.load_libraries("cpu")}))
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed packages like this environment's, but for the two."""
    folder = tmp_path_factory.mktemp("site-packages")
    for place in dict.fromkeys((sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))):
        for package in Path(place).iterdir():
            if not package.name.startswith((*LIBRARIES, "__")) and package.suffix != ".pth":
                (folder / package.name).symlink_to(package)
    return folder


def _run(code: str, *paths: Path) -> str:
    """What a new interpreter prints that knows these folders and nothing else is installed in."""
    start = f"import sys; sys.path[:0] = {[str(path) for path in paths]}\n"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", start + code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_training_gives_the_same_numbers(bare: Path) -> None:
    installed = [Path(place) for place in dict.fromkeys(map(sysconfig.get_path, ("purelib", "platlib")))]
    found, usual = (json.loads(_run(TRAINING, ROOT, *paths)) for paths in ([bare], installed))
    assert found["libraries"] == {
        "symbolnb.kernels.onednn": "the package onednn-cpu-gomp is not installed: pip install onednn-cpu-gomp",
        "symbolnb.kernels.fused": "the package llvmlite is not installed: pip install llvmlite",
        "symbolnb.kernels.winograd": "the package llvmlite is not installed: pip install llvmlite",
    }
    assert found["right"][-1] > 0.9 > found["right"][0]
    np.testing.assert_allclose(found["chances"], usual["chances"], rtol=1e-4, atol=1e-5)


def test_a_part_of_all_tests_passes(bare: Path) -> None:
    """All of them do with ``pytest --reference``, which takes minutes; these are the ones about whole programs."""
    arguments = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", *PARTS]
    out = _run(f"import pytest; raise SystemExit(pytest.main({arguments}))", ROOT, bare)
    print(out[-300:])
    assert " passed" in out
