"""Typed operator parameters: declared once, parsed from MXNet's strings, printed back, described in help.

An operator class declares each of its parameters with one of the functions below, as a dataclass field:

    num_filter: int = integer(minimum=1, doc="number of output channels")
    stride: Shape = shape((), doc="step of the kernel; 1 in each dimension if empty")
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from symbolnb.dtypes import dtype_of
from symbolnb.errors import DTypeError, ParameterError

REQUIRED: Any = dataclasses.MISSING

LARGEST = 2**63 - 1
"""The largest integer that a parameter may be: what arrays can count to."""

MOST = 100_000
"""The most inputs or outputs that a parameter may ask for: names are made for all of them."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operator: how it is read, what it may be, and what it means.

    `kind` is the word for its type in help texts; `parse` turns the text of an attribute into a value and
    raises ValueError where that is impossible; `choices` lists all allowed values, where they are few; `like` those
    that mean the same as the default, for tuples along every axis.
    """

    kind: str
    parse: Callable[[str], Any]
    default: Any = REQUIRED
    doc: str = ""
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    optional: bool = False
    like: tuple[Any, ...] = ()

    @property
    def required(self) -> bool:
        """Whether the parameter has no default."""
        return self.default is REQUIRED

    def means_default(self, value: Any) -> bool:
        """Whether a value is the default, or another word for it: files of MXNet say ``stride=(1, 1)`` for ``()``."""
        if isinstance(value, tuple) and value and self.default == ():
            return all(one in self.like for one in value)
        return not self.required and (value == self.default or value in self.like)

    def read(self, name: str, text: str) -> Any:
        """The value that `text` stands for, checked; `ParameterError` names the parameter and the rule."""
        if text == "None" and (self.optional or self.default is None):
            return None
        try:
            value = self.parse(text)
        except (
            ValueError,
            SyntaxError,
            TypeError,
            DTypeError,
            RecursionError,
            MemoryError,
        ):  # the last two: deep nests
            raise ParameterError(f"parameter {name} is {text!r} but must be {self.describe()}") from None
        if self.choices and value not in self.choices:
            raise ParameterError(f"parameter {name} is {text!r} but must be {self.describe()}")
        for number in value if isinstance(value, tuple) else (value,):
            if number is not None and (
                (self.minimum is not None and number < self.minimum)
                or (self.maximum is not None and number > self.maximum)
            ):
                raise ParameterError(f"parameter {name} is {text} but must be {self.describe()}")
        return value

    def describe(self) -> str:
        """The type and range in words, such as ``an integer >= 1``."""
        words = f"one of {', '.join(repr(choice) for choice in self.choices)}" if self.choices else self.kind
        if self.minimum is not None:
            words += f" >= {self.minimum:g}"
        if self.maximum is not None:
            words += f"{' and' if self.minimum is not None else ''} <= {self.maximum:g}"
        return words + (" or None" if self.optional else "")


def _field(parameter: Parameter) -> Any:
    return dataclasses.field(default=parameter.default, metadata={"parameter": parameter})


def _parse_boolean(text: str) -> bool:
    if text in ("True", "true", "1"):
        return True
    if text in ("False", "false", "0"):
        return False
    raise ValueError(text)


def _parse_integer(text: str) -> int:
    value = int(text.rstrip("L"))
    if not _is_integer(value):
        raise ValueError(text)
    return value


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST


@lru_cache(maxsize=4096)
def _parse_tuple(text: str) -> tuple[Any, ...]:
    text = text.replace("L", "").strip()
    if "," in text and text[:1] not in ("(", "["):
        raise ValueError(text)
    value = ast.literal_eval(text)
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def _parse_shape(text: str) -> tuple[int, ...]:
    value = _parse_tuple(text)
    if not all(map(_is_integer, value)):
        raise ValueError(text)
    return value


def _parse_open_shape(text: str) -> tuple[int | None, ...]:
    value = _parse_tuple(text)
    if not all(size is None or _is_integer(size) for size in value):
        raise ValueError(text)
    return value


def _parse_numbers(text: str) -> tuple[float, ...]:
    return tuple(float(number) for number in _parse_tuple(text))


def integer(
    default: Any = REQUIRED,
    *,
    doc: str,
    minimum: int | None = None,
    maximum: int | None = None,
    optional: bool = False,
) -> Any:
    """An integer parameter."""
    return _field(
        Parameter("an integer", _parse_integer, default, doc, minimum=minimum, maximum=maximum, optional=optional)
    )


def count(default: Any = REQUIRED, *, doc: str, minimum: int = 1) -> Any:
    """How many inputs or outputs there are: an integer, limited, as a file may hold any."""
    return integer(default, doc=doc, minimum=minimum, maximum=MOST)


def number(
    default: Any = REQUIRED,
    *,
    doc: str,
    minimum: float | None = None,
    maximum: float | None = None,
    optional: bool = False,
) -> Any:
    """A floating point parameter."""
    return _field(Parameter("a number", float, default, doc, minimum=minimum, maximum=maximum, optional=optional))


def boolean(default: Any = REQUIRED, *, doc: str, optional: bool = False, like: tuple[Any, ...] = ()) -> Any:
    """A parameter that is True or False; MXNet's files also write 1 and 0."""
    return _field(Parameter("True or False", _parse_boolean, default, doc, optional=optional, like=like))


def choice(*choices: str, default: Any = REQUIRED, doc: str, optional: bool = False, like: tuple[Any, ...] = ()) -> Any:
    """A parameter that is one of a few words."""
    return _field(Parameter("a word", str, default, doc, choices=choices, optional=optional, like=like))


def text(default: Any = REQUIRED, *, doc: str, optional: bool = False) -> Any:
    """A parameter of any text."""
    return _field(Parameter("a text", str, default, doc, optional=optional))


def shape(
    default: Any = REQUIRED,
    *,
    doc: str,
    minimum: int | None = None,
    optional: bool = False,
    like: tuple[Any, ...] = (),
) -> Any:
    """A tuple of integers; a lone integer stands for a tuple of one."""
    return _field(
        Parameter("a tuple of integers", _parse_shape, default, doc, minimum=minimum, optional=optional, like=like)
    )


def open_shape(default: Any = REQUIRED, *, doc: str) -> Any:
    """A tuple of integers in which None may stand for "up to the border"."""
    return _field(Parameter("a tuple of integers or None", _parse_open_shape, default, doc))


def numbers(default: Any = REQUIRED, *, doc: str, optional: bool = False) -> Any:
    """A tuple of floating point numbers."""
    return _field(Parameter("a tuple of numbers", _parse_numbers, default, doc, optional=optional))


def dtype(*choices: str, default: Any = REQUIRED, doc: str, optional: bool = False) -> Any:
    """The name of an element type, or MXNet's number for it; the value is the name."""
    return _field(
        Parameter("an element type", lambda t: dtype_of(t).name, default, doc, choices=choices, optional=optional)
    )


def show(value: Any) -> str:
    """A parameter's value as MXNet's files write it: Python's `str`, with plain numbers inside tuples.

    >>> show((3, 3)), show(True), show(None), show(0.5), show([1, 2])
    ('(3, 3)', 'True', 'None', '0.5', '[1, 2]')
    """
    if isinstance(value, (tuple, list)):
        items = [item.item() if hasattr(item, "item") else item for item in value]
        return str(tuple(items) if isinstance(value, tuple) else items)
    if isinstance(value, type) or (hasattr(value, "itemsize") and hasattr(value, "kind")):
        return dtype_of(value).name
    return str(value)
