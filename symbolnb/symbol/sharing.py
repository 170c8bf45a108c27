"""Where a new executor's arrays come from: fresh memory, another executor, or a pool that several draw from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from symbolnb.context import Context
from symbolnb.errors import BindError, BindTypeError
from symbolnb.graph.spec import Spec
from symbolnb.ndarray import NDArray
from symbolnb.runtime.storage import Zeros
from symbolnb.symbol.executor import Executor, front


class Arrays:
    """Makes the arrays of an executor, as MXNet's modules share them between the lengths of a bucket.

    Arguments called in `names` are those of `executor`, gradients included; all auxiliary states that fit are
    its states. Other arguments, and their gradients as ``grad of <name>``, use the front of an array of `pool`,
    which is given a new one where it has none that is large enough. What nothing is shared for is new and zero:
    `room` bytes are set aside for that. `shared` are the names, the executor and the pool.
    """

    def __init__(self, context: Context, room: int, shared: tuple[Iterable[str] | None, Executor | None, Any]) -> None:
        names, executor, pool = shared
        if pool is not None and not isinstance(pool, dict):
            raise BindTypeError(f"shared_buffer must be a dict of NDArrays, but it is a {type(pool).__name__}")
        if executor is not None and not isinstance(executor, Executor):
            raise BindTypeError(f"shared_exec must be an Executor, but it is a {type(executor).__name__}")
        self._context = context
        self._zeros = Zeros(context, room)
        self._names = frozenset(() if names is None else names)
        self._pool = pool
        shares = executor is not None and (names is not None or pool is not None)
        self._executor = executor if shares else None

    def argument(self, name: str, spec: Spec) -> NDArray:
        """The array of an argument; `BindError` where that of the other executor has another shape or type."""
        if name not in self._names:
            return self._pooled(name, spec)
        if self._executor is None:
            return self._new(spec)
        found = self._executor.arg_dict.get(name)
        if found is None:
            raise BindError(f"argument {name!r} is to be shared, but the other executor has none of that name")
        return self._fitting(f"argument {name!r}", found, spec)

    def gradient(self, name: str, spec: Spec) -> NDArray:
        """The array of an argument's gradient."""
        if name not in self._names:
            return self._pooled(f"grad of {name}", spec)
        found = None if self._executor is None else self._executor.grad_dict.get(name)
        return self._new(spec) if found is None else self._fitting(f"the gradient of {name!r}", found, spec)

    def state(self, name: str, spec: Spec) -> NDArray:
        """The array of an auxiliary state."""
        found = None if self._executor is None else self._executor.aux_dict.get(name)
        return self._new(spec) if found is None or not _fits(found, spec) else found

    def _new(self, spec: Spec) -> NDArray:
        return NDArray(self._zeros.make(spec.shape, spec.dtype), self._context)

    def _fitting(self, what: str, found: NDArray, spec: Spec) -> NDArray:
        if not _fits(found, spec):
            raise BindError(
                f"{what} is {spec.shape} {spec.dtype} here, but {found.shape} {found.dtype.__name__} in the executor "
                "that it is to be shared with"
            )
        return found

    def _pooled(self, name: str, spec: Spec) -> NDArray:
        if self._pool is None:
            return self._new(spec)
        found = self._pool.get(name)
        array = None if found is None or found.dtype != spec.dtype else front(found, spec.shape)
        if array is None:
            array = self._pool[name] = self._new(spec)
        return array


def _fits(array: NDArray, spec: Spec) -> bool:
    return array.shape == spec.shape and array.dtype == spec.dtype
