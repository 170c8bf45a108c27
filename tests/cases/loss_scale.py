"""A row of the operator that scales the gradient of a loss; what its gradient is, tests/contrib/test_amp.py asks."""

from __future__ import annotations

from tests.cases.row import Row, array

ROWS = [
    Row("_scale_gradient", {}, {"data": shape, "scale": array([3], "float32")}, oracle=lambda data, scale: data,
        golden=False, gradient="none", still=("scale",))
    for shape in ((2, 3), (0, 3))
]  # fmt: skip
