"""Old code finds this library under MXNet's name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

OLD_SCRIPT = """
import symbolnb
symbolnb.install_as_mxnet()
symbolnb.install_as_mxnet()
import mxnet as mx
import mxnet.symbol as S
from mxnet import nd, sym
from mxnet.base import MXNetError
from mxnet.test_utils import list_gpus
import mxnet.ndarray, mxnet.initializer, mxnet.name

assert mx is symbolnb and S is sym is symbolnb.sym and nd is symbolnb.nd
assert symbolnb.__spec__.name == "symbolnb" and sym.__spec__.name == "symbolnb.symbol"
data = sym.Variable("data")
net = sym.SoftmaxOutput(sym.FullyConnected(data, num_hidden=3, name="fc"), name="softmax")
executor = net.simple_bind(mx.cpu(), data=(2, 4))
executor.arg_dict["data"][:] = nd.ones((2, 4))
print(executor.forward()[0].asnumpy().sum())
try:
    net.infer_shape(data=(2, 4), fc_weight=(3, 5))
except MXNetError:
    print("caught")
"""


def _run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, cwd=ROOT)


def test_an_old_script_runs() -> None:
    result = _run(OLD_SCRIPT)
    assert result.stderr == ""
    assert result.stdout.split() == ["2.0", "caught"]


@pytest.mark.parametrize("module", ["gluon", "recordio", "nothing"])
def test_what_is_not_there_is_named(module: str) -> None:
    result = _run(f"import symbolnb; symbolnb.install_as_mxnet(); import mxnet.{module}")
    assert result.stderr.strip().endswith(
        f"ModuleNotFoundError: symbolnb stands in for MXNet but has no mxnet.{module}"
    )


def test_the_real_one_is_not_replaced_once_imported() -> None:
    result = _run("import sys, types; sys.modules['mxnet'] = types.ModuleType('mxnet'); import symbolnb; "
                  "symbolnb.install_as_mxnet()")  # fmt: skip
    assert "ImportError: the real MXNet is already imported" in result.stderr
