"""Every elementwise row of the operator table through the compiled kernels, against the reference forward."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from symbolnb.graph.spec import Spec
from symbolnb.kernels import table
from symbolnb.kernels.fused import compiler
from symbolnb.kernels.fused.kernel import FusedKernel
from symbolnb.ops.base import Operator
from symbolnb.ops.elementwise.arithmetic import TABLE
from symbolnb.ops.elementwise.fused import FusedElementwise, Member
from symbolnb.ops.infer import complete_specs
from symbolnb.ops.registry import create
from tests.cases import elementwise, nn_activation
from tests.cases.row import Array, Row
from tests.cases.run import blank, operator_of, specs_of
from tests.test_operators import close

pytestmark = pytest.mark.skipif(not compiler.available(), reason="needs llvmlite")
KERNEL = FusedKernel()
COUNT = 1217
"""Elements: several blocks and a rest."""


def alone(operator: Operator, arity: int) -> FusedElementwise:
    return FusedElementwise(arity=arity, members=(Member(operator, tuple(range(arity))),), results=(arity,))


def compiled(operator: FusedElementwise, arrays: Sequence[Array]) -> list[Array] | None:
    """What the kernel computes; None where it leaves the case to NumPy."""
    specs = specs_of(arrays), complete_specs(operator, specs_of(arrays))
    if not KERNEL.supports(operator, *specs):
        return None
    outputs = [blank(spec) for spec in specs[1]]
    call = KERNEL.bind(operator, specs, arrays, outputs, None)
    assert type(call).__name__ == "NativeCall", "the kernel was not compiled"
    call()
    return outputs


def plain(operator: Operator, arrays: Sequence[Array]) -> list[Array]:
    outputs = [blank(spec) for spec in complete_specs(operator, specs_of(arrays))]
    with np.errstate(all="ignore"):
        operator.forward(np, [array.copy() for array in arrays], outputs)
    return outputs


SERVED: set[str] = set()


def _rows() -> list[Any]:
    rows: list[tuple[str, Row]] = [("elementwise", row) for row in elementwise.ROWS]
    rows += [("nn_activation", row) for row in nn_activation.ROWS]
    return [pytest.param(row, id=f"{family}: {row.id}") for family, row in rows if not operator_of(row).random]


@pytest.mark.parametrize("row", _rows())
def test_row(row: Row) -> None:
    operator = operator_of(row)
    for dtype in row.dtypes:
        arrays = row.arrays(dtype)
        if (
            operator.elementwise and len({array.shape for array in arrays}) == 1
        ):  # the same numbers again and again, over several blocks
            arrays = [np.resize(array, COUNT) for array in arrays]
        found = compiled(alone(operator, len(arrays)), arrays)
        if found is not None:
            SERVED.add(operator.name)
            close(found[0], plain(operator, arrays)[0], found[0].dtype.name)


def test_most_operators_are_served() -> None:
    """Fails when the kernels silently lose what they could do."""
    if not SERVED:
        pytest.skip("the rows were not run")
    wanted = {"elemwise_add", "broadcast_mul", "_rdiv_scalar", "exp", "log1p", "tanh", "clip", "erf", "smooth_l1",
              "Activation", "LeakyReLU", "add_n", "Cast", "_greater_scalar", "hard_sigmoid"}  # fmt: skip
    assert wanted <= SERVED
    assert len(SERVED) >= 80


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "maximum", "minimum", "equal", "greater"])
def test_arithmetic_is_equal_to_the_last_bit(name: str, dtype: str) -> None:
    function = next(row for row in TABLE if row.expression == name)
    special = np.array([0.0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 6e-8, 65504], dtype)
    left, right = (np.ascontiguousarray(grid).reshape(-1) for grid in np.meshgrid(special, special))
    random = np.random.default_rng(3).normal(size=(2, 1001)).astype(dtype)
    for arrays in ([left, right], list(random)):
        operator = create(function.same.name)
        found = compiled(alone(operator, 2), arrays)
        assert found is not None
        np.testing.assert_array_equal(found[0], plain(operator, arrays)[0])


def test_integers_are_left_to_numpy() -> None:
    assert compiled(alone(create("elemwise_add"), 2), [np.arange(5, dtype="int32")] * 2) is None
    assert compiled(alone(create("Cast", dtype="int32"), 1), [np.ones(5, "float32")]) is None
    found = compiled(alone(create("Cast", dtype="float32"), 1), [np.array([0, 1, 255], "uint8")])
    assert found is not None and found[0].tolist() == [0, 1, 255]


def test_the_table_has_the_kernel() -> None:
    table.load_libraries("cpu")
    (kernel,) = table.registered(FusedElementwise.name, "cpu")
    spec = Spec((3,), np.dtype("float32"))
    assert isinstance(kernel, FusedKernel)
    assert kernel.layouts(alone(create("negative"), 1), [spec], [spec]) == ([None], [None])
