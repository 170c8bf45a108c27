"""Operators written in Python: ``mx.operator``.

A subclass of `CustomOpProp` says what the operator's inputs and outputs are, a subclass of `CustomOp` computes it;
`register` gives it the name by which ``sym.Custom`` and ``nd.Custom`` find it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType
from typing import Any, TypeVar

from symbolnb.context import Context
from symbolnb.dtypes import FLAGS, DType
from symbolnb.errors import CustomError, ParameterError
from symbolnb.graph.spec import Shape
from symbolnb.ndarray import NDArray
from symbolnb.ops.custom import DEFINITIONS
from symbolnb.ops.registry import names

Array = Any
Lists = tuple[list[Any], list[Any], list[Any]]


class CustomOp:
    """What a custom operator computes. The two methods get lists of NDArrays and fill those that are for results.

    `req` says for each result what `assign` does with it: ``"write"``, ``"add"`` or ``"null"``. Arrays belong to
    the executor: what is kept beyond a call must be copied.
    """

    def forward(
        self,
        is_train: bool,
        req: list[str],
        in_data: list[NDArray],
        out_data: list[NDArray],
        aux: list[NDArray],
    ) -> None:
        """Compute `out_data` from `in_data`; the auxiliary states in `aux` may be changed."""

    def backward(
        self,
        req: list[str],
        out_grad: list[NDArray],
        in_data: list[NDArray],
        out_data: list[NDArray],
        in_grad: list[NDArray],
        aux: list[NDArray],
    ) -> None:
        """Compute `in_grad` from the rest; what is left alone is zero."""

    def assign(self, dst: NDArray, req: str, src: Any) -> None:
        """Write `src`, an array or a number, into `dst`, or add it, as `req` says."""
        if req in ("write", "inplace"):
            dst[:] = src
        elif req == "add":
            dst[:] += src


class CustomOpProp:
    """What a custom operator looks like from outside: names, shapes, types.

    A subclass takes the attributes of the node as keywords, all of them texts, and overrides what differs from
    one input ``data`` and one output ``output`` of its shape. With `need_top_grad` False the operator is a loss:
    the gradient starts at it.
    """

    def __init__(self, need_top_grad: bool = True) -> None:
        self.need_top_grad_ = need_top_grad

    def list_arguments(self) -> list[str]:
        """Names of the inputs."""
        return ["data"]

    def list_outputs(self) -> list[str]:
        """Names of the outputs."""
        return ["output"]

    def list_auxiliary_states(self) -> list[str]:
        """Names of the auxiliary states: variables that the operator may change."""
        return []

    def infer_shape(self, in_shape: list[list[int]]) -> Any:
        """Shapes of inputs, outputs and auxiliary states from what is known of the inputs'.

        An unknown shape is [], an unknown size -1. By default all outputs have the first input's shape.
        """
        return in_shape, [in_shape[0]] * len(self.list_outputs()), []

    def infer_type(self, in_type: list[Any]) -> Any:
        """Types of inputs, outputs and auxiliary states, as NumPy classes, None where unknown."""
        return (
            in_type,
            [in_type[0]] * len(self.list_outputs()),
            [in_type[0]] * len(self.list_auxiliary_states()),
        )

    def infer_storage_type(self, in_stype: list[str]) -> Lists:
        """Storage types, for the sake of old code: every array is dense."""
        return (
            ["default"] * len(in_stype),
            ["default"] * len(self.list_outputs()),
            ["default"] * len(self.list_auxiliary_states()),
        )

    def infer_storage_type_backward(
        self,
        ograd_stype: list[str],
        in_stype: list[str],
        out_stype: list[str],
        igrad_stype: list[str],
        aux_stype: list[str],
    ) -> tuple[list[str], ...]:
        """Storage types in backward, for the sake of old code: every array is dense."""
        return tuple(["default"] * len(row) for row in (ograd_stype, in_stype, out_stype, igrad_stype, aux_stype))

    def declare_backward_dependency(
        self, out_grad: Sequence[int], in_data: Sequence[int], out_data: Sequence[int]
    ) -> Sequence[int]:
        """Which of the numbered arrays `CustomOp.backward` reads; the others have no elements there."""
        needed = [*in_data, *out_data]
        return [*out_grad, *needed] if self.need_top_grad_ else needed

    def create_operator(self, ctx: Context, in_shapes: list[list[int]], in_dtypes: list[int]) -> CustomOp:
        """The object that computes, for inputs of these shapes and types (MXNet's numbers) on a device.

        It is made once for each program that an executor compiles, and keeps what it puts into itself from the
        forward to the backward pass.
        """
        return CustomOp()


Prop = TypeVar("Prop", bound=type[CustomOpProp])


def register(reg_name: str) -> Callable[[Prop], Prop]:
    """Decorate a `CustomOpProp` to make it the custom operator `reg_name`; a later one of that name replaces it.

    >>> import symbolnb as mx
    >>> class Double(mx.operator.CustomOp):
    ...     def forward(self, is_train, req, in_data, out_data, aux):
    ...         self.assign(out_data[0], req[0], in_data[0] * 2)
    ...     def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
    ...         self.assign(in_grad[0], req[0], out_grad[0] * 2)
    >>> @mx.operator.register("double")
    ... class DoubleProp(mx.operator.CustomOpProp):
    ...     def create_operator(self, ctx, in_shapes, in_dtypes):
    ...         return Double()
    >>> mx.nd.Custom(mx.nd.array([1.0, 2.0]), op_type="double").asnumpy().tolist()
    [2.0, 4.0]
    """

    def add(cls: Prop) -> Prop:
        if not (isinstance(cls, type) and issubclass(cls, CustomOpProp)):
            raise ParameterError(f"a custom operator is registered with a subclass of CustomOpProp, but it is {cls!r}")
        DEFINITIONS[reg_name] = partial(_Definition.make, reg_name, cls)
        return cls

    return add


def get_all_registered_operators() -> list[str]:
    """The names of all operators, sorted."""
    return names()


@dataclass(frozen=True)
class _Definition:
    """A registered class with the attributes of a node, as `ops.custom` asks it."""

    name: str
    cls: type[CustomOpProp]
    attributes: tuple[tuple[str, str], ...]
    prop: CustomOpProp = field(compare=False)
    arguments: tuple[str, ...]
    outputs: tuple[str, ...]
    states: tuple[str, ...]

    @classmethod
    def make(cls, name: str, prop_class: type[CustomOpProp], attributes: Mapping[str, str]) -> _Definition:
        """Ask the class for its names; `ParameterError` where it refuses the attributes."""
        try:
            maker: Any = prop_class
            prop = maker(**attributes)
            listed = [tuple(getattr(prop, f"list_{word}")()) for word in ("arguments", "outputs", "auxiliary_states")]
        except Exception as error:
            given = ", ".join(f"{key}={text!r}" for key, text in attributes.items())
            raise ParameterError(
                f"{prop_class.__name__}({given}), registered as {name!r}, raised {type(error).__name__}: {error}"
            ) from error
        return cls(name, prop_class, tuple(sorted(attributes.items())), prop, *listed)

    @property
    def needs_head_gradient(self) -> bool:
        """Whether backward reads the gradients of the outputs."""
        return self.prop.need_top_grad_

    def infer_shape(self, given: list[list[int]]) -> Any:
        """The user's answer."""
        return self.prop.infer_shape(given)

    def infer_type(self, given: list[Any]) -> Any:
        """The user's answer."""
        return self.prop.infer_type(given)

    def reads(self) -> tuple[int, ...]:
        """The positions that the user declares to need in backward."""
        heads, own = len(self.outputs), len(self.arguments)
        everything = list(range(2 * heads + own))
        parts = everything[:heads], everything[heads : heads + own], everything[heads + own :]
        wanted = set(self.prop.declare_backward_dependency(*parts))
        return tuple(position for position in everything if position in wanted)

    def create(self, xp: ModuleType, shapes: Sequence[Shape], dtypes: Sequence[DType]) -> CustomOp:
        """The user's object."""
        numbers = [FLAGS[dtype.name] for dtype in dtypes]
        made = self._run("create_operator", self.prop.create_operator, _context(xp), list(map(list, shapes)), numbers)
        if not isinstance(made, CustomOp):
            raise CustomError(f"create_operator of {self.name!r} gave {made!r}, which is no CustomOp")
        return made

    def forward(
        self, made: CustomOp, xp: ModuleType, training: bool, inputs: Sequence[Array], outputs: Sequence[Array]
    ) -> None:
        """The user's forward."""
        given, results = _arrays(xp, inputs), _arrays(xp, outputs)
        count, requests = len(self.arguments), ["write"] * len(outputs)
        self._run("forward", made.forward, training, requests, given[:count], results, given[count:],
                  names=("is_train", "req", "in_data", "out_data", "aux"))  # fmt: skip

    def backward(self, made: CustomOp, xp: ModuleType, given: Sequence[Array | None], outputs: Sequence[Array]) -> None:
        """The user's backward."""
        heads, own = len(self.outputs), len(self.arguments)
        listed, grads = _arrays(xp, given), _arrays(xp, outputs)
        ends = heads, heads + own, 2 * heads + own
        parts = listed[: ends[0]], listed[ends[0] : ends[1]], listed[ends[1] : ends[2]]
        self._run("backward", made.backward, ["write"] * len(outputs), *parts, grads, listed[ends[2] :],
                  names=("req", "out_grad", "in_data", "out_data", "in_grad", "aux"))  # fmt: skip

    def _run(self, word: str, call: Callable[..., Any], *values: Any, names: Sequence[str] = ()) -> Any:
        """Call the user's code, by keyword as MXNet does where it does; its exceptions become `CustomError`."""
        try:
            return call(**dict(zip(names, values, strict=True))) if names else call(*values)
        except Exception as error:
            raise CustomError(f"{word} of {self.name!r} raised {type(error).__name__}: {error}") from error


def _context(xp: ModuleType) -> Context:
    """The device of arrays of a library: the one that is active."""
    return Context("cpu") if xp.__name__ == "numpy" else Context("gpu", xp.cuda.Device().id)


def _arrays(xp: ModuleType, arrays: Sequence[Array | None]) -> list[NDArray]:
    context = _context(xp)
    return [NDArray(xp.empty(0, "float32") if array is None else array, context) for array in arrays]
