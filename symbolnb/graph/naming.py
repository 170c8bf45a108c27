"""Naming scopes: how nodes get names and attributes that were not given (`NameManager`, `Prefix`, `AttrScope`)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from symbolnb.errors import ParameterError

_scopes = threading.local()


class _Current:
    """A class attribute that is looked up anew each time it is read."""

    def __init__(self, find: Callable[[], Any]) -> None:
        self._find = find

    def __get__(self, instance: object, owner: type) -> Any:
        return self._find()


class NameManager:
    """Gives a name to every node made without one: the operator's hint and a running number.

    Used as ``with NameManager():`` it starts counting anew inside the block.

    >>> with NameManager() as names:
    ...     names.get(None, "plus"), names.get("mine", "plus"), names.get(None, "plus")
    ('plus0', 'mine', 'plus1')
    """

    current = _Current(lambda: current_names())
    """The innermost manager of this thread."""

    def __init__(self) -> None:
        self._counter: dict[str, int] = {}
        self._outer: list[NameManager] = []

    def get(self, name: str | None, hint: str) -> str:
        """The name itself where one is given, else `hint` with the next number."""
        if name:
            return name
        number = self._counter.get(hint, 0)
        self._counter[hint] = number + 1
        return f"{hint}{number}"

    def __enter__(self) -> NameManager:
        self._outer.append(current_names())
        _scopes.names = self
        return self

    def __exit__(self, *_: object) -> None:
        _scopes.names = self._outer.pop()


class Prefix(NameManager):
    """A `NameManager` that puts a prefix before every name made inside its block.

    >>> with Prefix("stage1_") as names:
    ...     names.get(None, "conv"), names.get("bn", "conv")
    ('stage1_conv0', 'stage1_bn')
    """

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix

    def get(self, name: str | None, hint: str) -> str:
        """The given or made name behind the prefix."""
        return self._prefix + super().get(name, hint)


class AttrScope:
    """Attributes that every node made inside the block carries; an inner scope adds to the outer one.

    Operators accept MXNet's well-known keys (``ctx_group``, ``lr_mult``, ...) and any ``__key__``.

    >>> with AttrScope(ctx_group="dev1"):
    ...     current_attributes().get({"__lr_mult__": "2"})
    {'ctx_group': 'dev1', '__lr_mult__': '2'}
    """

    current = _Current(lambda: current_attributes())
    """The innermost scope of this thread."""

    def __init__(self, **attributes: Any) -> None:
        for key, value in attributes.items():
            if not isinstance(value, str):
                raise ParameterError(f"attribute {key!r} must be a string, but it is {value!r}")
        self._attr: dict[str, str] = dict(attributes)
        self._outer: list[tuple[AttrScope, dict[str, str]]] = []

    def get(self, attributes: dict[str, str] | None) -> dict[str, str]:
        """The scope's attributes overlaid with the given ones."""
        return {**self._attr, **(attributes if attributes is not None else {})}

    def __enter__(self) -> AttrScope:
        outer = current_attributes()
        self._outer.append((outer, self._attr))
        self._attr = {**outer._attr, **self._attr}
        _scopes.attributes = self
        return self

    def __exit__(self, *_: object) -> None:
        _scopes.attributes, self._attr = self._outer.pop()


def current_names() -> NameManager:
    """The innermost `NameManager` of this thread."""
    found: NameManager | None = getattr(_scopes, "names", None)
    if found is None:
        found = _scopes.names = NameManager()
    return found


def current_attributes() -> AttrScope:
    """The innermost `AttrScope` of this thread."""
    found: AttrScope | None = getattr(_scopes, "attributes", None)
    if found is None:
        found = _scopes.attributes = AttrScope()
    return found
