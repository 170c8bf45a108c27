"""Finding classes by name, as MXNet finds initializers, optimizers, schedulers and metrics."""

from __future__ import annotations

import difflib
import json
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from symbolnb.errors import MXNetError, ParameterError

Base = TypeVar("Base")
Class = TypeVar("Class", bound=type)


class Registry(Generic[Base]):
    """Classes of one kind by lower-case name, and how an instance is made from a name, a JSON text or a dict.

    `kind` is the word for the kind in messages, and the key that holds the name in a dict.

    >>> numbers = Registry(int, "number")
    >>> numbers.register(bool)
    <class 'bool'>
    >>> numbers.create("Bool", 1)
    True
    """

    def __init__(self, base: type[Base], kind: str) -> None:
        self.base = base
        self.kind = kind
        self._classes: dict[str, type[Base]] = {}

    def register(self, cls: Class, name: str | None = None) -> Class:
        """Make a class known by a name, its own unless another is given; a warning tells of a name taken over."""
        if not issubclass(cls, self.base):
            raise ParameterError(
                f"{cls.__name__} must be a subclass of {self.base.__name__} to be registered as {self.kind}"
            )
        key = (cls.__name__ if name is None else name).lower()
        before = self._classes.get(key)
        if before is not None and before is not cls:
            warnings.warn(
                f"the {self.kind} {key!r} is now {cls.__module__}.{cls.__name__}; "
                f"it was {before.__module__}.{before.__name__}",
                UserWarning,
                stacklevel=3,
            )
        self._classes[key] = cls
        return cls  # type: ignore[return-value]  # issubclass has narrowed it

    def alias(self, *names: str) -> Callable[[Class], Class]:
        """A decorator that makes a class known by further names."""

        def add(cls: Class) -> Class:
            for name in names:
                self.register(cls, name)
            return cls

        return add

    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(self._classes)

    def find(self, name: str) -> type[Base]:
        """The class of that name, in any case of letters; `ParameterError` with the nearest names otherwise."""
        found = self._classes.get(name.lower())
        if found is None:
            near = difflib.get_close_matches(name.lower(), self._classes, n=3)
            hint = f"did you mean {', '.join(near)}?" if near else f"there are {', '.join(self.names())}"
            raise ParameterError(f"no {self.kind} is called {name!r}; {hint}")
        return found

    def create(self, *args: Any, **kwargs: Any) -> Base:
        """An instance: itself, or from a name and arguments, a JSON text, or a dict.

        The JSON text is ``["name", {arguments}]`` or an object; an object or dict holds the name under the
        kind's word. Raises `ParameterError` for anything else.
        """
        if not args and self.kind not in kwargs:
            raise ParameterError(f"the name of the {self.kind} is missing")
        name, args = (args[0], args[1:]) if args else (kwargs.pop(self.kind), ())
        if isinstance(name, self.base):
            if args or kwargs:
                raise ParameterError(f"the {self.kind} is {name!r} already and takes no further arguments")
            return name
        if isinstance(name, Mapping):
            return self.create(**name)
        if not isinstance(name, str):
            raise ParameterError(f"the {self.kind} must be a name or an instance, but it is {name!r}")
        if name.lstrip()[:1] in ("[", "{"):
            if args or kwargs:
                raise ParameterError(f"{name!r} says all about the {self.kind} and takes no further arguments")
            return self._from_json(name)
        return self._make(name, args, kwargs)

    def _from_json(self, text: str) -> Base:
        try:
            found = json.loads(text)
        except ValueError:
            raise ParameterError(f"the {self.kind} is given as {text!r}, which is not JSON") from None
        if isinstance(found, dict):
            return self.create(**found)
        if len(found) == 2 and isinstance(found[0], str) and isinstance(found[1], dict):
            return self._make(found[0], (), found[1])
        raise ParameterError(f"the {self.kind} is given as {text!r}, which is not [name, {{arguments}}]")

    def _make(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Base:
        cls = self.find(name)
        try:
            return cls(*args, **kwargs)
        except MXNetError:
            raise
        except TypeError as error:  # arguments that it does not take
            raise ParameterError(f"{self.kind} {name!r}: {error}") from None
