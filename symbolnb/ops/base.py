"""The operator contract: one frozen dataclass holds everything that is known of an operation."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cache, lru_cache, partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform

from symbolnb.dtypes import DType
from symbolnb.errors import GradientError, ParameterError
from symbolnb.graph.spec import PartialShape
from symbolnb.ops import parameters as p

if TYPE_CHECKING:
    from symbolnb.ops.term import Term

Array = Any  # a numpy.ndarray or cupy.ndarray; which one is `xp`'s business
Shapes = list[PartialShape]
DTypes = list[DType | None]

HIDDEN_KEYS = ("ctx_group", "lr_mult", "wd_mult", "force_mirroring", "mirror_stage", "profiler_scope")
"""User attributes that MXNet accepts without underscores."""


Class = TypeVar("Class", bound=type)

_fields_only = dataclasses.dataclass(init=False, repr=False, eq=False, match_args=False, kw_only=True)
"""Collects the fields and generates no methods, which for hundreds of classes would take most of the import."""


@dataclass_transform(
    frozen_default=True,
    kw_only_default=True,
    field_specifiers=(
        p.integer, p.number, p.boolean, p.choice, p.text, p.shape, p.open_shape, p.numbers, p.dtype,
    ),
)  # fmt: skip
def with_fields(cls: Class) -> Class:
    """Make the annotations of an operator, or of a base class of operators, its fields."""
    made: Any = _fields_only(cls)
    return made  # type: ignore[no-any-return]


@with_fields
class Operator:
    """One operation: its parameters are the fields, everything else it knows are its methods.

    A subclass is declared with `register`. It defines `infer_shape` and `forward`, and where they
    differ from the defaults here the names, `infer_dtype`, `gradient` and the flags. An instance is
    immutable and equal to another of the same class and parameters; it knows neither names, shapes nor
    arrays of a particular graph.
    """

    name: ClassVar[str]
    """MXNet's canonical name, the one that files hold."""
    aliases: ClassVar[tuple[str, ...]] = ()
    """Further names under which MXNet registers the same operator."""
    family: ClassVar[str] = "other"
    """The word by which the graph view chooses a colour."""
    parameters: ClassVar[Mapping[str, p.Parameter]] = {}
    """The declared parameters by name, in order; made by `register`."""
    signature: ClassVar[tuple[str, ...]] = ()
    """Names of the parameters in MXNet's order, where the order of declaration is another; calls may be positional."""
    counted_by: ClassVar[str | None] = None
    """The parameter that holds the number of inputs, where they may be any number; usual words need no saying."""
    open_ended: ClassVar[bool] = False
    """Whether an instance alone knows its inputs, and any further attribute is taken; calls name inputs freely."""
    internal: ClassVar[bool] = False
    """Whether the operator is this project's own: part of programs, never of files or of ``sym.*``."""

    elementwise: ClassVar[bool] = False
    """Whether each output element depends only on the input elements at its own position."""
    view: ClassVar[bool] = False
    """Whether the output is the bytes of input 0 under another shape: it may share its storage."""
    random: ClassVar[bool] = False
    """Whether the operator draws random numbers: then it has `sample` in place of `forward`."""
    stateful: ClassVar[bool] = False
    """Whether an instance keeps something between runs, so that no two executors may have it in common."""
    loss: ClassVar[bool] = False
    """Whether the gradient starts here: head gradients are neither needed nor looked at."""

    # Names ------------------------------------------------------------------------------------

    def input_names(self) -> tuple[str, ...]:
        """Names of the inputs, auxiliary states last."""
        return ("data",)

    def auxiliary_inputs(self) -> tuple[int, ...]:
        """Positions of the inputs that are auxiliary states: variables that the operator may change."""
        return ()

    def output_names(self) -> tuple[str, ...]:
        """Names of the outputs, hidden ones last."""
        return ("output",)

    def visible_outputs(self) -> int:
        """How many outputs a user sees."""
        return len(self.output_names())

    def input_attributes(self) -> Mapping[str, Mapping[str, str]]:
        """Attributes for an input variable that is made automatically, by input name."""
        return {}

    # Inference --------------------------------------------------------------------------------

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        """What follows for every shape from what is known of all of them, in both directions.

        Unknown dimensions and shapes are None, in and out; the answer need not repeat what was known.
        The caller merges it with what it knew and reports contradictions. Raises `ShapeError` only for
        a rule that no shape of the answer can express, with the local fact as its message.
        """
        raise NotImplementedError

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        """What follows for every element type; by default all inputs and outputs have the same one."""
        known = next((dtype for dtype in (*inputs, *outputs) if dtype is not None), None)
        return [known] * len(inputs), [known] * len(outputs)

    # Computing --------------------------------------------------------------------------------

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        """Compute all outputs, hidden ones included, into the given dense arrays.

        `xp` is numpy or cupy. Inputs are only read, except auxiliary states. An output may be the same
        memory as an input only for the pairs that `inplace_pairs` allows.
        """
        raise NotImplementedError

    def sample(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array], random: Any) -> None:
        """`forward` of a random operator; `random` has the methods of `numpy.random.Generator`."""
        raise NotImplementedError

    def bind(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> Callable[[], object]:
        """One call without arguments that does what `forward` does on these arrays, with least overhead."""
        return partial(self.forward, xp, inputs, outputs)

    def case(self) -> Hashable:
        """A value that is equal for operators to which the same shapes, types and kernels apply."""
        return self

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        """Pairs (input, output) that may share memory, if the input is not needed afterwards.

        The shapes and types must also be equal, which the planner checks. Elementwise operators with one
        output allow it for every input.
        """
        if self.elementwise or self.view:
            return tuple((position, 0) for position in range(len(self.input_names())))
        return ()

    def in_mode(self, training: bool) -> Operator:
        """The operator as it acts while training or not; itself for all that make no difference."""
        return self

    def value_shaped(self) -> bool:
        """Whether a shape of the output follows only from values of inputs: then `settled` comes before `forward`."""
        return False

    def settled(self, xp: ModuleType, inputs: Sequence[Array]) -> Operator:
        """The operator with everything fixed that its shapes owe to the values of these arrays; mostly itself."""
        return self

    def multiply_adds(self, inputs: Sequence[tuple[int, ...]], outputs: Sequence[tuple[int, ...]]) -> int:
        """How many multiply-add pairs one forward takes, for these shapes; 0 where none are counted."""
        return 0

    @property
    def repeatable(self) -> bool:
        """Whether the outputs can be computed for a second time, the same bit for bit and without side effects."""
        return not self.random and not self.auxiliary_inputs()

    def again(self, inputs: tuple[Term, ...], outputs: tuple[Term, ...]) -> tuple[Term, ...] | None:
        """How a repeatable operator gives its outputs for the second time; None if by being applied once more.

        An output of the first time may be used, and is then kept.
        """
        return None

    # Differentiating --------------------------------------------------------------------------

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        """The gradient of each input as a graph over inputs, outputs and output gradients.

        A None in `grads` is a zero gradient, a None in the answer likewise. `GradientError` where no
        gradient is defined.
        """
        raise GradientError(f"{self.name} has no gradient")

    # Attributes -------------------------------------------------------------------------------

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, str]) -> Operator:
        """The operator that MXNet's attribute strings describe; user attributes (``__key__``) are passed over.

        Raises `ParameterError` for an unknown, missing, malformed or out-of-range parameter.
        """
        return _parsed(cls, tuple(attributes.items()))  # type: ignore[arg-type]  # the class is hashed, not the operator

    def with_attributes(self, attributes: Mapping[str, str]) -> Operator:
        """The operator that other attribute strings describe, with all else that this one holds."""
        return type(self).from_attributes(attributes)

    def to_attributes(self) -> dict[str, str]:
        """The parameters that differ from their defaults, as MXNet's attribute strings."""
        return {
            name: p.show(getattr(self, name))
            for name, parameter in self.parameters.items()
            if parameter.required or getattr(self, name) != parameter.default
        }

    def __init__(self, **values: Any) -> None:
        for name, default in _defaults(type(self)):  # type: ignore[arg-type]  # the class is hashed, not the operator
            value = values.pop(name, default)
            if value is dataclasses.MISSING:
                raise TypeError(f"{self.name} needs the parameter {name}")
            object.__setattr__(self, name, value)
        if values:
            raise TypeError(f"{self.name} has no parameter {next(iter(values))!r}")
        self.__post_init__()

    def __post_init__(self) -> None:
        """Check rules between parameters; `ParameterError` where one is broken."""

    def __setattr__(self, name: str, value: object) -> None:
        raise dataclasses.FrozenInstanceError(f"{self.name} is immutable: {name} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"{self.name} is immutable: {name} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in self.to_attributes().items())
        return f"{self.name}({shown})" if shown else self.name


@cache
def _defaults(cls: type[Operator]) -> tuple[tuple[str, Any], ...]:
    """Name and default of every field."""
    return tuple((field.name, field.default) for field in dataclasses.fields(cls))


@lru_cache(maxsize=8192)
def _parsed(cls: type[Operator], attributes: tuple[tuple[str, str], ...]) -> Operator:
    values: dict[str, Any] = {}
    for key, text in attributes:
        parameter = cls.parameters.get(key)
        if parameter is not None:
            try:
                values[key] = parameter.read(key, text)
            except ParameterError as error:
                raise ParameterError(f"{cls.name}: {error}") from None
        elif not is_user_attribute(key):
            near = difflib.get_close_matches(key, cls.parameters, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            known = ", ".join(cls.parameters)
            raise ParameterError(
                f"{cls.name} has no parameter {key!r}{hint} "
                f"({'its parameters are ' + known if known else 'it takes none'})"
            )
    for key, parameter in cls.parameters.items():
        if parameter.required and key not in values:
            raise ParameterError(f"{cls.name} needs the parameter {key}: {parameter.describe()} ({parameter.doc})")
    try:
        return cls(**values)
    except ParameterError as error:  # a rule between parameters, raised by __post_init__
        raise ParameterError(f"{cls.name}: {error}") from None


@lru_cache(maxsize=256)
def numbered(word: str, count: int) -> tuple[str, ...]:
    """Names for so many inputs or outputs: ``output0``, ``output1`` and so on. They are made once."""
    return tuple(f"{word}{number}" for number in range(count))


def is_user_attribute(key: str) -> bool:
    """Whether an attribute's key is the user's own and not an operator parameter."""
    return (key.startswith("__") and key.endswith("__")) or key in HIDDEN_KEYS


OperatorClass = TypeVar("OperatorClass", bound="type[Operator]")


@dataclass_transform(
    frozen_default=True,
    kw_only_default=True,
    field_specifiers=(
        p.integer, p.count, p.number, p.boolean, p.choice, p.text, p.shape, p.open_shape, p.numbers, p.dtype,
    ),
)  # fmt: skip
def register(cls: OperatorClass) -> OperatorClass:
    """Make a class an operator: a frozen dataclass of its parameters, found by its name and aliases."""
    has_fields = any(isinstance(value, dataclasses.Field) for value in vars(cls).values()) or "__annotations__" in vars(
        cls
    )
    made: Any = with_fields(cls) if has_fields else cls
    made.parameters = {
        field.name: field.metadata["parameter"] for field in dataclasses.fields(made) if "parameter" in field.metadata
    }
    if made.signature:
        made.parameters = {name: made.parameters[name] for name in made.signature}
    for name in (made.name, *made.aliases):
        if name in OPERATORS:
            raise ValueError(f"two operators are registered as {name!r}")
        OPERATORS[name] = made
    return made  # type: ignore[no-any-return]


OPERATORS: dict[str, type[Operator]] = {}
"""Every registered operator class by each of its names."""
