"""Running a symbol on the arrays at hand: infer, look in the cache, bind or rebind, forward and backward."""

from __future__ import annotations

import difflib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symbolnb.context import Context, current_context
from symbolnb.dtypes import DType, is_float
from symbolnb.errors import BindError, MXNetError, ShapeError
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import PartialShape, merge_shapes, show_shape
from symbolnb.graph.walk import topological
from symbolnb.ndarray import NDArray, ones, zeros
from symbolnb.notebook.arrays import settled_dtype
from symbolnb.notebook.cache import ExecutorCache, Kept, Key, key_of
from symbolnb.notebook.known import Known, infer, settling
from symbolnb.notebook.roles import roles
from symbolnb.notebook.start import DEFAULT, start
from symbolnb.notebook.values import values_of_executor
from symbolnb.notebook.view import View, memory_of, view_of_known
from symbolnb.runtime import random
from symbolnb.symbol.bind import inputs_of
from symbolnb.symbol.executor import Executor
from symbolnb.symbol.inference import shaped_by_values
from symbolnb.symbol.symbol import Symbol

Arrays = Mapping[str, NDArray | np.ndarray[Any, Any]]

LISTED = 4
"""How many names a status line lists."""


@dataclass(frozen=True)
class Request:
    """How a symbol is to be run.

    `shapes` and `dtypes` are by variable name, beyond what arrays settle. `context` None is the current device.
    `train` runs forward as in training and then backward. `init` names the initializer of the weights, and
    `seed` restarts the random numbers first. Without `run` only shapes are inferred. With `values` the view tells of
    those of all nodes.
    """

    shapes: Mapping[str, PartialShape] = field(default_factory=dict)
    dtypes: Mapping[str, DType] = field(default_factory=dict)
    context: Context | None = None
    train: bool = False
    seed: int | None = None
    init: str = DEFAULT
    run: bool = True
    values: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of a symbol: its view, a line on what was done, and what to raise once the view is shown.

    `kept` is None where nothing ran.
    """

    symbol: Symbol
    view: View
    status: str
    kept: Kept | None = None
    error: MXNetError | None = None


def run(symbol: Symbol, arrays: Arrays, request: Request, cache: ExecutorCache) -> Outcome:
    """Bind the arrays to the variables of their names, and run.

    The arrays are copied into those of the executor: a copy costs little beside a pass, compiled steps need not
    be bound anew, and what the executor holds stays its own. An executor of the same structure, shapes and
    types is taken from the cache; one that is made here enters it when its passes have succeeded, and shares the
    weights of one for the same graph, if there is one. A contradiction of shapes or types is an `error` of the
    outcome; what goes wrong in running is raised.
    """
    return _Run(symbol, arrays, request, cache).outcome()


class OptionError(BindError):
    """A request does not fit the graph, or the arrays that it is run on."""


class _Run:
    def __init__(self, symbol: Symbol, arrays: Arrays, request: Request, cache: ExecutorCache) -> None:
        self.symbol, self.request, self.cache = symbol, request, cache
        self.order = topological(symbol.entries)
        self.roles = roles(self.order)
        self.arrays = {node.name: arrays[node.name] for node in self.roles if node.name in arrays}
        self.context = current_context() if request.context is None else request.context

    def outcome(self) -> Outcome:
        """Infer, and go on as far as the shapes allow."""
        known = infer(self.symbol.entries, self._shapes(), self._dtypes())
        if known.failures:
            return self._outcome(known, "", error=known.failures[0].error)
        if not self.request.run:
            return self._outcome(known, "not run, as asked")
        missing = _missing(known)
        if missing is not None:
            return self._outcome(known, missing)
        kept, status = self._found_or_made(known)
        return self._outcome(known, status, kept)

    def _outcome(self, known: Known, status: str, kept: Kept | None = None, error: MXNetError | None = None) -> Outcome:
        executor = None if kept is None else kept.executor
        memory, trade = (None, None) if executor is None else (memory_of(executor), executor.recomputed)
        seen = None
        if executor is not None and self.request.values:
            seen = values_of_executor(executor, self.request.train, self.symbol.entries)
        view = view_of_known(self.symbol.entries, known, memory, trade, seen)
        return Outcome(self.symbol, view, status, kept, error)

    def _shapes(self) -> dict[str, PartialShape]:
        """The shapes that arrays and options settle; `OptionError` where they contradict."""
        self._check_names("shape", self.request.shapes)
        found: dict[str, PartialShape] = {name: tuple(array.shape) for name, array in self.arrays.items()}
        for name, shape in self.request.shapes.items():
            try:
                found[name] = merge_shapes(found.get(name), shape)
            except ShapeError:
                raise OptionError(
                    f"the array {name!r} is {show_shape(found[name])} but --shape gives it {show_shape(shape)}"
                ) from None
        return found

    def _dtypes(self) -> dict[str, DType]:
        self._check_names("dtype", self.request.dtypes)
        kinds = {node.name: role for node, role in self.roles.items()}
        settled = {name: settled_dtype(array, kinds[name]) for name, array in self.arrays.items()}
        return {**{name: dtype for name, dtype in settled.items() if dtype is not None}, **self.request.dtypes}

    def _check_names(self, option: str, given: Mapping[str, object]) -> None:
        known = [node.name for node in self.roles]
        for name in given:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"its variables are {', '.join(known)}"
                raise OptionError(f"--{option} names {name!r}, which is no variable of the graph; {hint}")

    # With an executor -------------------------------------------------------------------------

    def _found_or_made(self, known: Known) -> tuple[Kept, str]:
        arguments, auxiliary = inputs_of(self.symbol)
        variables = {
            node.name: (known.shapes[Entry(node)], known.dtypes[Entry(node)]) for node in (*arguments, *auxiliary)
        }
        wanted = (self.request.init, self.request.seed)
        key = key_of(self.symbol, variables, self.context, self.request.train, wanted)  # type: ignore[arg-type]
        if self.request.seed is not None:
            random.seed(self.request.seed)
        kept = self.cache.find(key)
        if kept is None:
            return self._made(key, arguments, variables)
        with kept.lock:
            return kept, self._reused(key, kept)

    def _made(self, key: Key, arguments: Sequence[Node], variables: Mapping[str, Any]) -> tuple[Kept, str]:
        begun = time.perf_counter()
        source, shared = self._shareable(key, variables)
        missing = {name: spec for name, spec in variables.items() if name not in shared}
        new = {name: zeros(shape, self.context, dtype) for name, (shape, dtype) in missing.items()}
        executor = self._bound(arguments, {**new, **shared})
        started = start(self.order, self.roles, _without(new, self.arrays), self.request.init)
        with _Dropped(self.cache, source):
            self._copy_in({**new, **shared})
            self._forward(executor)
            self._backward(executor)
        kept = Kept(executor)
        fits = self.cache.put(key, kept)
        parts = [f"new executor: compiled and run in {_elapsed(begun)}"]
        for word, names in (
            ("bound", list(self.arrays)),
            ("weights shared with an earlier executor", list(_without(shared, self.arrays))),
            ("initialised", started.initialised),
            ("zeros", started.zero),
            ("random numbers", started.random),
        ):
            parts += [f"{word}: {_listed(names)}"] if names else []
        if not fits:
            parts.append(f"not kept: its {kept.nbytes:,} bytes are more than the cache may hold")
        return kept, "; ".join(parts)

    def _shareable(self, key: Key, variables: Mapping[str, Any]) -> tuple[Key | None, dict[str, NDArray]]:
        """The weights and states of an executor of the same graph that has all of them in these shapes and types."""
        learned = [node.name for node, role in self.roles.items() if role in ("parameter", "auxiliary")]
        for other, kept in self.cache.siblings(key):
            held = {**kept.executor.arg_dict, **kept.executor.aux_dict}
            if all((held[name].shape, np.dtype(held[name].dtype)) == variables[name] for name in learned):
                return other, {name: held[name] for name in learned}
        return None, {}

    def _bound(self, arguments: Sequence[Node], arrays: Mapping[str, NDArray]) -> Executor:
        wanted = [node for node in arguments if self._wants_gradient(node, arrays[node.name])]
        grads = {node.name: zeros(arrays[node.name].shape, self.context, arrays[node.name].dtype) for node in wanted}
        args = {node.name: arrays[node.name] for node in arguments}
        return self.symbol.bind(self.context, args, grads, "write", _without(arrays, args))

    def _wants_gradient(self, node: Node, array: NDArray) -> bool:
        floating = is_float(np.dtype(array.dtype))
        return self.request.train and floating and self.roles[node] in ("input", "parameter")

    def _reused(self, key: Key, kept: Kept) -> str:
        begun = time.perf_counter()
        executor = kept.executor
        with _Dropped(self.cache, key):  # half of an array, or of a moving average, may have been written
            self._copy_in({**executor.arg_dict, **executor.aux_dict})
        self._forward(executor)  # changes nothing but outputs
        with _Dropped(self.cache, key):
            self._backward(executor)
        rebound = f"rebound: {_listed(list(self.arrays))}" if self.arrays else "nothing to rebind"
        return f"executor reused from the cache (hit {kept.hits}), {rebound}; run in {_elapsed(begun)}"

    def _copy_in(self, bound: Mapping[str, NDArray]) -> None:
        for name, array in self.arrays.items():
            bound[name][:] = array

    def _forward(self, executor: Executor) -> None:
        for output in executor.forward(is_train=self.request.train):
            output.wait_to_read()

    def _backward(self, executor: Executor) -> None:
        if not self.request.train:
            return
        executor.backward([ones(output.shape, output.context, output.dtype) for output in executor.outputs])
        for grad in executor.grad_arrays:
            if grad is not None:
                grad.wait_to_read()


class _Dropped:
    """Drops an executor, if there is one, from the cache if its block does not come to its end."""

    def __init__(self, cache: ExecutorCache, key: Key | None) -> None:
        self.cache, self.key = cache, key

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and self.key is not None:
            self.cache.discard(self.key)


def _missing(known: Known) -> str | None:
    """Why the graph cannot run yet, or None."""
    names = settling(known)
    if names:
        example = f"--shape {names[0]}=…"
        one = len(names) == 1
        return (
            f"not run: the {'shape' if one else 'shapes'} of {_listed(names)} {'is' if one else 'are'} not known; "
            f"assign an array to {'that name' if one else 'these names'}, or give {example}"
        )
    try:
        open_ended = shaped_by_values(known.order)
    except ShapeError as error:
        return f"not run: {error}"
    for node in () if open_ended else known.order:
        for index in range(node.num_outputs):
            shape = known.shapes.get(Entry(node, index))
            if shape is None or None in shape:
                return f"not run: the shape of {Entry(node, index).name} does not follow from those of the variables"
    return None


def _without(arrays: Mapping[str, NDArray], names: Mapping[str, object]) -> dict[str, NDArray]:
    return {name: array for name, array in arrays.items() if name not in names}


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:LISTED])
    return shown if len(names) <= LISTED else f"{shown} and {len(names) - LISTED} more"


def _elapsed(begun: float) -> str:
    milliseconds = (time.perf_counter() - begun) * 1000
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"
