"""``mx.random``: seeding, and the random arrays of `nd.random`."""

from __future__ import annotations

import numpy as np

from symbolnb.context import Context
from symbolnb.errors import DTypeError
from symbolnb.ndarray.random import (
    exponential,
    gamma,
    generalized_negative_binomial,
    multinomial,
    negative_binomial,
    normal,
    poisson,
    randint,
    randn,
    shuffle,
    uniform,
)
from symbolnb.runtime import random as state

__all__ = [
    "exponential", "gamma", "generalized_negative_binomial", "multinomial", "negative_binomial", "normal", "poisson",
    "randint", "randn", "seed", "shuffle", "uniform",
]  # fmt: skip


def seed(seed_state: int, ctx: Context | str = "all") -> None:
    """Restart the random numbers of one device, or of all of them, from an integer.

    >>> import symbolnb as mx
    >>> mx.random.seed(7)
    >>> first = mx.random.uniform(shape=3).asnumpy()
    >>> mx.random.seed(7)
    >>> bool((mx.random.uniform(shape=3).asnumpy() == first).all())
    True
    """
    if not isinstance(seed_state, (int, np.integer)) or isinstance(seed_state, bool):
        raise DTypeError(f"the seed is {seed_state!r} but must be an integer")
    if isinstance(ctx, Context):
        state.seed(int(seed_state), ctx)
    elif ctx == "all":
        state.seed(int(seed_state))
    else:
        raise DTypeError(f"ctx is {ctx!r} but must be a Context or 'all'")
