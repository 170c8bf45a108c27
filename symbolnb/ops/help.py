"""What a user reads about an operator: signature and help text of its function, from the one declaration.

`nd.*` and `sym.*` offer each operator as a function. Both take the inputs first and then the parameters in
the order of their declaration, positionally or by name; they differ only in the words passed in here.
"""

from __future__ import annotations

import inspect
import json
import os
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from symbolnb.ops.base import Operator
from symbolnb.ops.parameters import Parameter, show

COUNTS = ("num_args", "num_arrays", "num_weights", "num_tensors")
"""The parameters by which operators of any number of inputs say how many there are."""

METHODS = (
    "abs", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "argmax", "argmax_channel", "argmin",
    "argsort", "broadcast_axes", "broadcast_like", "broadcast_to", "cbrt", "ceil", "clip", "cos", "cosh", "degrees",
    "depth_to_space", "diag", "exp", "expand_dims", "expm1", "fix", "flatten", "flip", "floor", "log", "log10",
    "log1p", "log2", "log_softmax", "max", "mean", "min", "nanprod", "nansum", "norm", "one_hot", "ones_like",
    "pad", "pick", "prod", "radians", "rcbrt", "reciprocal", "relu", "repeat", "reshape_like", "rint", "round",
    "rsqrt", "shape_array", "sigmoid", "sign", "sin", "sinh", "size_array", "slice", "slice_axis", "slice_like",
    "softmax", "softmin", "sort", "space_to_depth", "split", "sqrt", "square", "squeeze", "sum", "swapaxes",
    "take", "tan", "tanh", "tile", "topk", "transpose", "trunc", "zeros_like",
)  # fmt: skip
"""The operators that MXNet offers as methods of a Symbol and of an NDArray, by name."""


PROMPT = ">" * 3
"""What stands before a line that a reader can type."""


class Required:
    """Stands in a signature for the default that a required parameter does not have."""

    def __repr__(self) -> str:
        return "<required>"


REQUIRED = Required()


@dataclass(frozen=True)
class Face:
    """What the function of an operator takes.

    `inputs`: the names of all inputs that the operator has under any of its parameters, in order; empty where
    it takes any number of them, and `count` is then the parameter that holds the number. `parameters`: the
    names of the parameters that a user sets, in the order in which they may be given positionally.
    """

    inputs: tuple[str, ...]
    count: str | None
    parameters: tuple[str, ...]


_faces: dict[type[Operator], Face] = {}


def face(cls: type[Operator]) -> Face:
    """What the function of an operator takes, from its declaration.

    >>> from symbolnb.ops.registry import find
    >>> face(find("FullyConnected")).inputs
    ('data', 'weight', 'bias')
    """
    if cls not in _faces:
        _faces[cls] = _read_face(cls)
    return _faces[cls]


def _read_face(cls: type[Operator]) -> Face:
    count = cls.counted_by or next((name for name in COUNTS if name in cls.parameters), None)
    parameters = tuple(name for name in cls.parameters if name != count)
    names: dict[str, None] = {}
    if count is None:
        for variant in _variants(cls):
            names.update(dict.fromkeys(variant.input_names()))
    return Face(tuple(names), count, parameters)


def _variants(cls: type[Operator]) -> Iterator[Operator]:
    """The operator with its defaults, then with each of its words and switches changed alone."""
    values = {name: sample(parameter) for name, parameter in cls.parameters.items()}
    yield _raw(cls, values)
    for name, parameter in cls.parameters.items():
        others: Sequence[Any] = (True, False) if parameter.kind == "True or False" else parameter.choices
        for other in others:
            yield _raw(cls, {**values, name: other})


def _raw(cls: type[Operator], values: dict[str, Any]) -> Operator:
    """An instance whose parameters need not go together: it is only asked for its names."""
    made = object.__new__(cls)
    made.__dict__.update(values)
    return made


def sample(parameter: Parameter) -> Any:
    """The default of a parameter, or a value that it may have where it has none."""
    if not parameter.required:
        return parameter.default
    if parameter.choices:
        return parameter.choices[0]
    number = 1 if parameter.minimum is None else max(1, int(parameter.minimum))
    return _SAMPLES[parameter.kind](number) if parameter.kind in _SAMPLES else (number, number)


_SAMPLES: dict[str, Callable[[int], Any]] = {
    "an integer": int,
    "a number": float,
    "True or False": lambda number: False,
    "an element type": lambda number: "float32",
    "a text": lambda number: "text",
}


def signature(cls: type[Operator], last: Sequence[str] = ()) -> inspect.Signature:
    """The signature of an operator's function: inputs, parameters, then the optional keywords `last`.

    >>> from symbolnb.ops.registry import find
    >>> print(signature(find("FullyConnected"), ("out",)))
    (data=None, weight=None, bias=None, num_hidden=<required>, no_bias=False, flatten=True, out=None)
    """
    known = face(cls)
    defaults: dict[str, Any] = dict.fromkeys(known.inputs)
    for name in known.parameters:
        parameter = cls.parameters[name]
        defaults[name] = REQUIRED if parameter.required else parameter.default
    for name in last:
        defaults.setdefault(name, None)
    any_number = takes_any(cls)
    kind = inspect.Parameter.KEYWORD_ONLY if any_number else inspect.Parameter.POSITIONAL_OR_KEYWORD
    taken = [inspect.Parameter("data", inspect.Parameter.VAR_POSITIONAL)] if any_number else []
    taken += [inspect.Parameter(name, kind, default=default) for name, default in defaults.items()]
    taken += [inspect.Parameter("attributes", inspect.Parameter.VAR_KEYWORD)] if cls.open_ended else []
    return inspect.Signature(taken)


def counted(cls: type[Operator], count: str) -> bool:
    """Whether the parameter that holds the number of inputs is filled in where a call leaves it out.

    As in MXNet one that has a default keeps it, ``num_args`` apart.
    """
    return count == "num_args" or cls.parameters[count].required


def takes_any(cls: type[Operator]) -> bool:
    """Whether the operator's function takes any number of inputs."""
    return cls.open_ended or face(cls).count is not None


def document(cls: type[Operator], module: str, array: str, last: Sequence[tuple[str, str, str]] = ()) -> str:
    """The help text of an operator's function: purpose, inputs, parameters, outputs, an example call.

    `module` is the name that the example calls it by (``"nd"``), `array` what the inputs are (``"NDArray"``),
    and `last` describes further keywords as (name, type, meaning).
    """
    parts = [inspect.cleandoc(cls.__doc__) if cls.__doc__ else cls.name, _parameters(cls, array, last)]
    parts.append(_returns(cls, array))
    if others := [name for name in (cls.name, *cls.aliases) if not name.startswith("_")][1:]:
        parts.append(f"Other names: {', '.join(others)}.")
    parts.append(f"Example\n-------\n{textwrap.indent(example(cls, module), '    ')}")
    return "\n\n".join(part for part in parts if part)


def describe_parameter(parameter: Parameter) -> str:
    """The type, range and default of a parameter in words, such as ``an integer >= 1, required``."""
    if parameter.required:
        return f"{parameter.describe()}, required"
    return f"{parameter.describe()}, default {parameter.default!r}"


@cache
def _examples() -> dict[str, Any]:
    """For each operator parameters, inputs and outputs that go together; written by `tests.cases.examples`."""
    with open(os.path.join(os.path.dirname(__file__), "examples.json"), encoding="utf-8") as file:
        found: dict[str, Any] = json.load(file)
    return found


def example(cls: type[Operator], module: str) -> str:
    """A few lines that run as they stand, with small inputs and the shape that comes out.

    For the operators of which nothing general can be shown it is a call with their required parameters.

    >>> from symbolnb.ops.registry import find
    >>> example(find("FullyConnected"), "sym").splitlines()[-1]
    '[(2, 5)]'
    """
    known = _examples().get(cls.name)
    return _bare_call(cls, module) if known is None else written(cls, module, known)


def written(cls: type[Operator], module: str, known: dict[str, Any]) -> str:
    """The lines of an example: `known` has the parameters as they are written, and shapes and types of all arrays."""
    names = _variables(cls, list(known["inputs"]))
    arguments = names if _in_order(cls, known) else [f"{name}={name}" for name in names]
    arguments = [*arguments, *(f"{name}={text}" for name, text in known["parameters"].items())]
    call = f"mx.{module}.{path(cls)}({', '.join(arguments)})"
    shapes = [tuple(shape) for shape in known["outputs"]]
    lines = ["import symbolnb as mx"]
    if module == "sym":
        lines += [_assigned(names, [f'mx.sym.var("{name}")' for name in names])] if names else []
        pairs = zip(names, known["inputs"].values(), strict=True)
        given = ", ".join(f"{name}={tuple(shape)}" for name, (shape, _) in pairs)
        lines += [f"made = {call}", f"made.infer_shape({given})[1]"]
        return "\n".join(f"{PROMPT} {line}" for line in lines) + f"\n{shapes}"
    arrays = [_array(known["fill"], shape, dtype) for shape, dtype in known["inputs"].values()]
    lines += [_assigned(names, arrays)] if names else []
    several = len(shapes) > 1
    lines.append(f"[array.shape for array in {call}]" if several else f"{call}.shape")
    return "\n".join(f"{PROMPT} {line}" for line in lines) + f"\n{shapes if several else shapes[0]}"


def _variables(cls: type[Operator], inputs: list[str]) -> list[str]:
    """Names for the inputs in an example."""
    return [f"x{number}" for number, _ in enumerate(inputs)] if takes_any(cls) else inputs


def _in_order(cls: type[Operator], known: dict[str, Any]) -> bool:
    """Whether the inputs may be given by position."""
    names = list(known["inputs"])
    return takes_any(cls) or list(face(cls).inputs[: len(names)]) == names


def _assigned(names: list[str], values: list[str]) -> str:
    return f"{', '.join(names)} = {', '.join(values)}"


def _array(fill: str, shape: Sequence[int], dtype: str | None) -> str:
    kind = "" if dtype is None else f', dtype="{dtype}"'
    return f"mx.nd.{fill}({tuple(shape)}{kind})"


def path(cls: type[Operator]) -> str:
    """Where the operator's function is below `nd` and `sym`.

    >>> from symbolnb.ops.registry import find
    >>> path(find("_contrib_box_nms")), path(find("_plus_scalar")), path(find("dot"))
    ('contrib.box_nms', '_internal._plus_scalar', 'dot')
    """
    for space in ("contrib", "linalg", "image", "sparse"):
        prefix = f"_{space}_"
        if cls.name.startswith(prefix):
            return f"{space}.{cls.name.removeprefix(prefix)}"
    return f"_internal.{cls.name}" if cls.name.startswith("_") else cls.name


def _bare_call(cls: type[Operator], module: str) -> str:
    values = {name: sample(parameter) for name, parameter in cls.parameters.items()}
    inputs = ["first", "second"] if takes_any(cls) else list(_raw(cls, values).input_names())
    given = [
        f"{name}={_literal(values[name])}" for name in face(cls).parameters if cls.parameters[name].required
    ]  # fmt: skip
    return f"{module}.{path(cls)}({', '.join(inputs + given)})"


def _literal(value: Any) -> str:
    return repr(value) if isinstance(value, str) else show(value)


def _shapes_of(cls: type[Operator]) -> tuple[dict[str, Any], list[Any]]:
    """The shapes of inputs, by name, and of outputs in the operator's example."""
    known = _examples().get(cls.name)
    if known is None or takes_any(cls):
        return {}, []
    return {name: tuple(shape) for name, (shape, _) in known["inputs"].items()}, [
        tuple(one) for one in known["outputs"]
    ]


_STATE = "auxiliary state, which the operator may change"


def _parameters(cls: type[Operator], array: str, last: Sequence[tuple[str, str, str]]) -> str:
    known, states = face(cls), _states(cls)
    entries = [("*data", array, "the inputs, one or more")] if takes_any(cls) else []
    shapes, _ = _shapes_of(cls)
    for name in known.inputs:
        meaning = _STATE if name in states else "input"
        entries.append((name, array, meaning + (f", such as {shapes[name]}" if name in shapes else "")))
    declared = [(name, cls.parameters[name]) for name in known.parameters]
    entries += [(name, describe_parameter(parameter), parameter.doc) for name, parameter in declared]
    entries += [entry for entry in last if entry[0] not in {name for name, _, _ in entries}]
    lines = [f"{name} : {kind}\n    {meaning}" for name, kind, meaning in entries]
    return "Parameters\n----------\n" + "\n".join(lines) if lines else ""


def _defaults(cls: type[Operator]) -> Operator:
    return _raw(cls, {name: sample(parameter) for name, parameter in cls.parameters.items()})


def _states(cls: type[Operator]) -> set[str]:
    if takes_any(cls):
        return set()
    plain = _defaults(cls)
    names = plain.input_names()
    return {names[position] for position in plain.auxiliary_inputs()}


def _returns(cls: type[Operator], array: str) -> str:
    plain = _defaults(cls)
    visible = plain.output_names()[: plain.visible_outputs()]
    _, shapes = _shapes_of(cls)
    lines = [f"{name} : {array}" for name in visible]
    if len(shapes) == len(lines):
        lines = [f"{line}\n    then {shape}" for line, shape in zip(lines, shapes, strict=True)]
    return "Returns\n-------\n" + "\n".join(lines)
