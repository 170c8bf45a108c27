"""Cells that run on a GPU: arrays of NumPy, CuPy and MXNet's style are bound, and only samples come back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from symbolnb.context import gpu, num_gpus
from tests.notebook.shell import new_shell, run

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(num_gpus() == 0, reason="CuPy or a CUDA device is missing"),
]

CELL = """%%symbol --device gpu --name exe --seed 3 {options}
x = sym.Variable('x')
sym.Activation(sym.FullyConnected(x, num_hidden=4), act_type='tanh')"""


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    made = new_shell()
    run(made, "%load_ext symbolnb\nimport numpy as np, cupy as cp\nfrom symbolnb import sym, nd, cpu, gpu")
    yield made
    run(made, "%unload_ext symbolnb")


@pytest.mark.parametrize(
    "value", ["np.ones((2, 3))", "cp.ones((2, 3), 'float32')", "cp.ones((3, 2), 'float32').T", "nd.ones((2, 3), gpu())"]
)
def test_arrays_of_every_kind_are_bound(shell: InteractiveShell, value: str) -> None:
    run(shell, f"x = {value}")
    ran = run(shell, CELL.format(options="--train"))
    assert ran.error is None
    assert "float32 gpu(0): " in ran.displayed[0]["text/plain"]
    executor = shell.user_ns["exe"]
    assert executor.context == gpu()
    held = {name: array.asnumpy() for name, array in executor.arg_dict.items()}
    expected = np.tanh(np.ones((2, 3)) @ held["fullyconnected0_weight"].T)
    np.testing.assert_allclose(executor.outputs[0].asnumpy(), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        executor.grad_dict["fullyconnected0_bias"].asnumpy(), (1 - expected**2).sum(0), rtol=1e-4
    )


def test_both_devices_have_executors_of_their_own(shell: InteractiveShell) -> None:
    run(shell, "x = np.ones((2, 3))")
    run(shell, CELL.format(options=""))
    assert "executor reused" in run(shell, CELL.format(options="")).text
    assert "new executor" in run(shell, CELL.format(options="").replace("gpu", "cpu")).text


def test_values_of_a_gpu_are_told_as_those_of_the_cpu(shell: InteractiveShell) -> None:
    run(shell, "x = np.ones((2, 3))")
    told = []
    for device in ("gpu", "cpu"):
        run(shell, CELL.format(options="--train --values").replace("gpu", device))
        told.append(run(shell, "_.view().document['values']").value)
    for kind in ("outputs", "gradients"):
        for one, other in zip(*(values[kind] for values in told), strict=True):
            assert one.keys() == other.keys()
            for name in ("min", "max", "mean", "std"):
                assert one[name] == pytest.approx(other[name], rel=1e-4, abs=1e-6)
