"""The random state: one seedable generator for each device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from symbolnb.context import Context

_generators: dict[Context, Any] = {}
_seed: list[int | None] = [None]


def generator(context: Context) -> Any:
    """The device's generator, with the methods of `numpy.random.Generator`.

    Before anything was seeded it starts from the operating system's entropy.
    """
    found = _generators.get(context)
    if found is None:
        found = _generators[context] = _make(context, _seed[0])
    return found


def seed(state: int, context: Context | None = None) -> None:
    """Restart the generator of one device, or of all, from any integer.

    Devices seeded together draw different numbers: the device takes part in the seed, as in MXNet.
    """
    if context is None:
        _generators.clear()
        _seed[0] = int(state)
    else:
        _generators[context] = _make(context, int(state))


@contextmanager
def apart(context: Context) -> Iterator[None]:
    """Numbers of their own for what is computed inside: the device's sequence goes on afterwards as if nothing was."""
    usual = generator(context)
    _generators[context] = _make(context, 0)
    try:
        yield
    finally:
        _generators[context] = usual


def _make(context: Context, state: int | None) -> Any:
    with context.activate():
        if state is None:
            return context.xp.random.default_rng()
        distinct = (state % 2**64 + context.device_id * 0x9E3779B97F4A7C15) % 2**64
        return context.xp.random.default_rng(distinct)
