"""`contrib.rand_zipfian`, for arrays and for symbols alike: it is made of their operators."""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import Any


def zipfian(uniform: Callable[..., Any]) -> Callable[..., tuple[Any, Any, Any]]:
    """The function `rand_zipfian` over a module's `uniform`."""

    def rand_zipfian(true_classes: Any, num_sampled: int, range_max: int, **place: Any) -> tuple[Any, Any, Any]:
        """Classes below `range_max`, class k with probability ``log((k + 2) / (k + 1)) / log(range_max + 1)``.

        Returns `num_sampled` drawn classes, with replacement, in int64; how often each of `true_classes` is
        expected among them; and how often each drawn class is, both in float64.
        """
        whole = log(range_max + 1)

        def expected(classes: Any) -> Any:
            wide = classes.astype("float64")
            return ((wide + 2.0) / (wide + 1.0)).log() / whole * num_sampled

        drawn = uniform(0, whole, shape=(num_sampled,), dtype="float64", **place)
        sampled = (drawn.exp() - 1).astype("int64") % range_max
        return sampled, expected(true_classes), expected(sampled)

    return rand_zipfian
