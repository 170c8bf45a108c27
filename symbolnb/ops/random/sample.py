"""Random arrays from distributions whose parameters are arrays: numbers for each of their elements."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any, ClassVar

from symbolnb.dtypes import FLOAT32, dtype_of
from symbolnb.errors import ShapeError
from symbolnb.graph.spec import Shape, merge_all, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Shapes, register, with_fields
from symbolnb.ops.infer import first_known
from symbolnb.ops.random.distributions import DISTRIBUTIONS, Distribution
from symbolnb.ops.random.draw import FLOAT_DOC, FLOATS, Random, drawn_type


@with_fields
class Sample(Random):
    """Random numbers for each element of the parameters."""

    distribution: ClassVar[Distribution]
    signature: ClassVar[tuple[str, ...]] = ("shape", "dtype")

    shape: Shape = p.shape((), doc="shape of the numbers that each element gets; one number if empty")
    dtype: str = p.choice(*FLOATS, default="None", doc=FLOAT_DOC)

    def input_names(self) -> tuple[str, ...]:
        known = self.distribution
        return known.inputs if known.inputs else tuple(known.parameters)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        out, count = outputs[0], len(self.shape)
        if out is not None and len(out) < count:
            raise ShapeError(f"the result is {show_shape(out)} but each element has numbers of shape {self.shape}")
        front = None if out is None else out[: len(out) - count]
        whole = merge_all((*inputs, front))
        return [whole] * len(inputs), [None if whole is None else (*whole, *self.shape)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return [first_known(inputs)] * len(inputs), [FLOAT32 if self.dtype == "None" else dtype_of(self.dtype)]

    def sample(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array], random: Any) -> None:
        (out,) = outputs
        aligned = [array.reshape(array.shape + (1,) * len(self.shape)) for array in inputs]
        spread = [xp.array(xp.broadcast_to(array.astype("float64"), out.shape)) for array in aligned]
        out[...] = self.distribution.draw(xp, random, out.shape, drawn_type(xp, out), *spread)


def _register(distribution: Distribution) -> None:
    """Register the operator of a distribution."""
    name = distribution.name
    members = {
        "distribution": distribution,
        "name": f"_sample_{name}",
        "aliases": (f"sample_{name}",),
        "__module__": __name__,
        "__doc__": (
            f"Numbers drawn from {distribution.doc}; each element of the inputs has numbers of its own.\n\n"
            "Shapes: inputs ``s``, the result ``s + shape``. Where the inputs are no parameters, the numbers are nan."
        ),
    }
    register(type(f"_sample_{name}", (Sample,), members))


for _distribution in DISTRIBUTIONS:
    _register(_distribution)
