"""The random state: one seedable generator for each device."""

from __future__ import annotations

from typing import Any

from symbolnb.context import Context

_generators: dict[Context, Any] = {}
_seed: list[int | None] = [None]


def generator(context: Context) -> Any:
    """The device's generator, with the methods of `numpy.random.Generator`."""
    found = _generators.get(context)
    if found is None:
        with context.activate():
            found = _generators[context] = context.xp.random.default_rng(_seed[0])
    return found


def seed(state: int, context: Context | None = None) -> None:
    """Restart the generator of one device, or of all, from an integer."""
    if context is None:
        _generators.clear()
        _seed[0] = int(state)
    else:
        with context.activate():
            _generators[context] = context.xp.random.default_rng(int(state))
