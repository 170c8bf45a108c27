"""Positions in arrays where they have 32 bits, as in a browser: `take` of NumPy refuses wider ones there."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from symbolnb.ops.indexing import Take


def narrow_numpy() -> ModuleType:
    """NumPy as it is where pointers have 32 bits."""
    made = ModuleType("numpy")
    made.__dict__.update(vars(np))

    def take(data: Any, places: Any, axis: int) -> Any:
        if not np.can_cast(places.dtype, np.int32, "safe"):
            raise TypeError(
                f"Cannot cast array data from {places.dtype!r} to dtype('int32') according to the rule 'safe'"
            )
        return np.take(data, places, axis=axis)

    made.__dict__.update(intp=np.int32, take=take)
    return made


def test_take_where_positions_have_32_bits() -> None:
    data = np.arange(6, dtype="float32").reshape(3, 2)
    for mode, wanted in (("clip", [0, 2, 2]), ("wrap", [2, 2, 0])):
        out = np.empty((3, 2), "float32")
        Take(axis=0, mode=mode).forward(
            narrow_numpy(), [data, np.array([-1.0, 2.0, 3.0 if mode == "wrap" else 9.0])], [out]
        )
        np.testing.assert_array_equal(out, data[wanted])
