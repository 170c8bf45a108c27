"""What all kernels of oneDNN for the kernel table share: from specs to a primitive, from arrays to a call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from symbolnb.dtypes import FLOAT32, DType
from symbolnb.graph.spec import Layout as AnyLayout
from symbolnb.graph.spec import Shape, Spec
from symbolnb.kernels.onednn.layout import Layout, anything, plain
from symbolnb.kernels.onednn.library import OneDNNError
from symbolnb.kernels.onednn.memory import Memory
from symbolnb.kernels.onednn.primitive import Arg, Call, Primitive, compiled_for
from symbolnb.ops.base import Array, Operator
from symbolnb.settings import settings

Specs = Sequence[Spec]
Roles = tuple[int | None, ...]


class Recipe(NamedTuple):
    """A primitive with the role of each input and output of the operator; None for one that it leaves alone.

    `dense`: whether the primitive's layouts are only another view of dense arrays, such as a transpose.
    """

    primitive: Primitive
    inputs: Roles
    outputs: Roles
    dense: bool = False


class OneDNNKernel:
    """A kernel of the table that is one oneDNN primitive; a subclass says which in `recipe`.

    Tensors that come in a layout other than dense keep it, and the layouts of dense ones are oneDNN's to
    choose where the subclass says so; this is what keeps layouts from one convolution to the next.
    """

    library = "onednn"
    pairs: tuple[tuple[int, int], ...] = ()
    """Pairs (input, output) that may share memory."""
    dtypes: tuple[DType, ...] = (FLOAT32,)
    """The element types that inputs and outputs may have."""
    halves = False
    """Whether they may also be bfloat16, where the processor computes with that."""
    may_be_slow = False
    """Whether a primitive that oneDNN has not optimised is better than the reference forward."""

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The primitive for these specs, or None where it would not compute what the operator does.

        With `free` the layouts of dense inputs, and those of all outputs, are still to be chosen, as far as
        the primitive can make use of that. Without it every layout is what the spec says.
        """
        raise NotImplementedError

    def supports(self, operator: Operator, inputs: Specs, outputs: Specs) -> bool:
        """Whether there is an optimised primitive for the case."""
        return self._wanted(operator, inputs, outputs) is not None

    def layouts(
        self, operator: Operator, inputs: Specs, outputs: Specs
    ) -> tuple[Sequence[AnyLayout | None], Sequence[AnyLayout | None]]:
        """The layouts that the primitive takes and gives."""
        recipe = self._wanted(operator, inputs, outputs)
        assert recipe is not None, f"{operator} was not supported"
        return _layouts(recipe, recipe.inputs), _layouts(recipe, recipe.outputs)

    def workspace(self, operator: Operator, inputs: Specs, outputs: Specs) -> int:
        """The primitive's scratch memory in bytes."""
        return self.settled(operator, inputs, outputs).primitive.scratch_bytes

    def inplace_pairs(self, operator: Operator, inputs: Specs, outputs: Specs) -> Sequence[tuple[int, int]]:
        """Pairs (input, output) that may share memory."""
        return self.pairs

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The primitive bound to the arrays' memory."""
        recipe = self.settled(operator, *specs)
        return bound(recipe.primitive, (*recipe.inputs, *recipe.outputs), (*inputs, *outputs), workspace)

    def settled(self, operator: Operator, inputs: Specs, outputs: Specs) -> Recipe:
        """The recipe for tensors whose layouts are decided."""
        return _settled(self, operator, tuple(inputs), tuple(outputs), threads_for(operator, inputs, outputs))

    def _wanted(self, operator: Operator, inputs: Specs, outputs: Specs) -> Recipe | None:
        return _wanted(self, operator, tuple(inputs), tuple(outputs), threads_for(operator, inputs, outputs))


SMALL_PRODUCT = 3_000_000
SMALL_TENSOR = 200_000
"""Work that one thread does in about the time that it takes to wake another: multiply-adds, and elements."""


def threads_for(operator: Operator, inputs: Specs, outputs: Specs) -> int:
    """How many threads a primitive is compiled for: one where waking a second would cost more than it saves."""
    work = operator.multiply_adds([spec.shape for spec in inputs], [spec.shape for spec in outputs])
    if work:
        return settings.threads if work > SMALL_PRODUCT else 1
    return settings.threads if max(spec.elements for spec in (*inputs, *outputs)) > SMALL_TENSOR else 1


@lru_cache(maxsize=4096)
def _wanted(
    kernel: OneDNNKernel,
    operator: Operator,
    inputs: tuple[Spec, ...],
    outputs: tuple[Spec, ...],
    threads: int,
) -> Recipe | None:
    """The recipe that keeps the inputs' layouts or, if oneDNN is slow at that, a new one; None if neither."""
    specs = (*inputs, *outputs)
    if not all(spec.shape and spec.elements and _takes(kernel, spec.dtype) for spec in specs):
        return None
    dense = tuple(spec._replace(layout=None) for spec in inputs)
    for case in dict.fromkeys((inputs, dense)):
        try:
            with compiled_for(threads):
                recipe = kernel.recipe(operator, case, outputs, True)
        except OneDNNError:  # whatever oneDNN refuses, the reference forward can do
            continue
        if recipe is not None and (kernel.may_be_slow or not recipe.primitive.is_slow):
            return recipe
    return None


def _takes(kernel: OneDNNKernel, dtype: DType) -> bool:
    return dtype in kernel.dtypes or (kernel.halves and dtype.name == "bfloat16")


@lru_cache(maxsize=4096)
def _settled(
    kernel: OneDNNKernel,
    operator: Operator,
    inputs: tuple[Spec, ...],
    outputs: tuple[Spec, ...],
    threads: int,
) -> Recipe:
    """The recipe for layouts that are decided.

    One order in memory has many descriptions: a tensor of 16 channels in blocks of 16 is channels-last just as well,
    one of one pixel is even dense. oneDNN may be fast with it only as it describes it itself: therefore it chooses once
    more, of as few tensors as need be, and that holds if it comes to the layouts given.
    """
    with compiled_for(threads):
        for given_inputs, given_outputs in _descriptions(inputs, outputs):
            try:
                chosen = kernel.recipe(operator, given_inputs, given_outputs, True)
            except OneDNNError:
                continue
            fast = chosen is not None and (kernel.may_be_slow or not chosen.primitive.is_slow)
            if chosen is not None and fast and _has_layouts(chosen, (*inputs, *outputs)):
                return chosen
        exact = kernel.recipe(operator, inputs, outputs, False)
    assert exact is not None, f"{operator} was not supported"
    return exact


def _descriptions(inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Iterator[tuple[Specs, Specs]]:
    """The tensors as they are, then with the layouts of some of them forgotten, of few first."""
    specs = (*inputs, *outputs)
    described = [place for place, spec in enumerate(specs) if spec.layout is not None]
    for count in range(len(described) + 1):
        for places in combinations(described, count):
            some = [spec._replace(layout=None) if place in places else spec for place, spec in enumerate(specs)]
            yield tuple(some[: len(inputs)]), tuple(some[len(inputs) :])


def _has_layouts(recipe: Recipe, specs: Specs) -> bool:
    """Whether the tensors of a recipe have the layouts that the specs say."""
    roles = (*recipe.inputs, *recipe.outputs)
    made = _layouts(recipe, roles)
    return all(role is None or layout == spec.layout for role, layout, spec in zip(roles, made, specs, strict=True))


def _layouts(recipe: Recipe, roles: Roles) -> list[AnyLayout | None]:
    if recipe.dense:
        return [None] * len(roles)
    layouts = [None if role is None else recipe.primitive.layout(role) for role in roles]
    return [None if layout is None or layout.is_plain else layout for layout in layouts]


def bound(primitive: Primitive, roles: Roles, arrays: Sequence[Array], scratch: Array | None) -> Call:
    """A call of the primitive with the memory of these arrays in these roles."""
    memories = {
        role: Memory(primitive.layout(role), array)
        for role, array in zip(roles, arrays, strict=True)
        if role is not None
    }
    if scratch is not None and primitive.scratch_bytes:
        memories[Arg.SCRATCHPAD] = Memory(primitive.layout(Arg.SCRATCHPAD), scratch)
    return Call(primitive, memories)


def given(spec: Spec, free: bool, shape: Shape | None = None) -> Layout:
    """A tensor as its spec has it; where that is dense and `free`, oneDNN may choose.

    `shape` is the form in which the primitive wants to see the tensor, if it is another than the spec's.
    """
    if spec.layout is not None:
        assert isinstance(spec.layout, Layout)
        return spec.layout
    return (anything if free else plain)(spec.shape if shape is None else shape, spec.dtype)


def first_layout(specs: Specs) -> Spec:
    """The first of some specs with a layout other than dense, or just the first."""
    return next((spec for spec in specs if spec.layout is not None), specs[0])
