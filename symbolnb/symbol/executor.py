"""`Executor`: a symbol bound to arrays, ready to run forward and backward."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

from symbolnb.compile.cache import Purpose, compiled
from symbolnb.compile.collector import no_collection
from symbolnb.compile.lower import TrainingGraph
from symbolnb.compile.passes.heads import is_copy_of_head
from symbolnb.compile.program import Program, Step, describe
from symbolnb.context import Context
from symbolnb.dtypes import FLOAT32
from symbolnb.errors import BindError, BindTypeError, ShapeError
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Shape, Spec
from symbolnb.graph.walk import topological
from symbolnb.ndarray import NDArray
from symbolnb.ndarray import empty as empty_array
from symbolnb.runtime.session import Session
from symbolnb.settings import RECOMPUTE, settings
from symbolnb.symbol.inference import inputs_by_kind, public_shape, shaped_by_values, shapes_of, unsettled
from symbolnb.symbol.monitored import input_names
from symbolnb.symbol.observed import Observed, observe
from symbolnb.symbol.recomputed import Recomputed, recomputed
from symbolnb.symbol.stepwise import StepwisePass

if TYPE_CHECKING:
    from symbolnb.symbol.symbol import Symbol

Monitor = Callable[[str, NDArray], object]


class Mode(NamedTuple):
    """Which of an executor's programs: training or not, with a backward half or not, every value kept or not."""

    training: bool
    gradient: bool
    watched: bool = False


@dataclass
class Loaded:
    """A session and what its backward half needs from outside."""

    session: Session
    training: TrainingGraph | None
    head_grads: dict[int, NDArray]


class Executor:
    """A symbol bound to arrays on a device; made by `Symbol.bind` and `Symbol.simple_bind`.

    The arrays in `arg_arrays`, `grad_arrays` and `aux_arrays` are those that were bound: what is written into
    them is what the next pass reads. `outputs` are overwritten by every forward pass. Programs are compiled
    when they are first needed, one for inference and one for training. Where the shape of a result depends on
    values, as that of ``contrib.boolean_mask``, there is no program: every pass goes node by node, and `outputs` are
    new arrays each time. Threads may share an executor: their passes run one after the other, each with the arrays
    as it finds them.

    >>> import symbolnb as mx
    >>> x = mx.sym.var("x")
    >>> executor = (x * x).bind(mx.cpu(), {"x": mx.nd.array([3.0])}, args_grad={"x": mx.nd.zeros(1)})
    >>> float(executor.forward(is_train=True)[0].asscalar())
    9.0
    >>> executor.backward([mx.nd.ones(1)])
    >>> float(executor.grad_dict["x"].asscalar())
    6.0
    """

    def __init__(
        self,
        symbol: Symbol,
        context: Context,
        specs: Mapping[Entry, Spec],
        arrays: tuple[Sequence[NDArray], Sequence[NDArray | None], Sequence[NDArray]],
        requests: Sequence[str],
        recompute: str | None = None,
    ) -> None:
        self.recompute = settings.recompute if recompute is None else recompute
        if self.recompute not in RECOMPUTE:
            raise BindError(f"recompute is {self.recompute!r} but must be one of {', '.join(RECOMPUTE)}")
        self._symbol = symbol
        self._context = context
        self._specs = specs
        self._arguments, self._auxiliary = inputs_by_kind(symbol.entries)
        self.arg_arrays: list[NDArray] = list(arrays[0])
        self.grad_arrays: list[NDArray | None] = list(arrays[1])
        self.aux_arrays: list[NDArray] = list(arrays[2])
        self._requests = list(requests)
        self._learns = any(request != "null" for request in requests)
        self._stepwise = shaped_by_values(topological(symbol.entries))
        with context:
            blanks = [specs.get(head, Spec((0,), FLOAT32)) for head in symbol.entries]
            self.outputs = [empty_array(spec.shape, context, spec.dtype) for spec in blanks]
        self._loaded: dict[Mode, Loaded] = {}
        self._trades: dict[int, Recomputed | None] = {}
        self._pass: StepwisePass | None = None
        self._last: Mode | None = None
        self._spent = False
        self._monitor: tuple[Monitor, bool] | None = None
        self._lock = RLock()  # its memory is planned for one pass at a time; a monitor may run another one inside

    # What it holds ----------------------------------------------------------------------------

    @property
    def arg_dict(self) -> dict[str, NDArray]:
        """The bound argument arrays by name."""
        return _by_name([node.name for node in self._arguments], self.arg_arrays)

    @property
    def grad_dict(self) -> dict[str, NDArray | None]:
        """The gradient arrays by argument name, None for an argument without."""
        return _by_name([node.name for node in self._arguments], self.grad_arrays)

    @property
    def aux_dict(self) -> dict[str, NDArray]:
        """The arrays of the auxiliary states by name."""
        return _by_name([node.name for node in self._auxiliary], self.aux_arrays)

    @property
    def output_dict(self) -> dict[str, NDArray]:
        """The outputs by name."""
        return _by_name(self._symbol.list_outputs(), self.outputs)

    @property
    def symbol(self) -> Symbol:
        """The symbol that was bound."""
        return self._symbol

    @property
    def context(self) -> Context:
        """The device that it runs on."""
        return self._context

    @property
    def specs(self) -> Mapping[Entry, Spec]:
        """Shape and element type of every entry of the symbol's graph; those that values decide as of the last pass."""
        return self._specs

    @property
    def requests(self) -> dict[str, str]:
        """What is done with each argument's gradient: ``"write"``, ``"add"`` or ``"null"``, by name."""
        return {node.name: request for node, request in zip(self._arguments, self._requests, strict=True)}

    @property
    def programs(self) -> dict[str, Program]:
        """The programs compiled so far, under the names ``"inference"`` and ``"training"``."""
        found = {}
        for mode, loaded in self._loaded.items():
            if not mode.watched:
                found["training" if mode.gradient else "inference"] = loaded.session.program
        return found

    # Running ----------------------------------------------------------------------------------

    def forward(self, is_train: bool = False, **kwargs: Any) -> list[NDArray]:
        """Run the forward pass and return `outputs`.

        Keywords are copied into the arguments of those names first. `is_train` chooses how operators such
        as Dropout and BatchNorm act. Raises `BindError` for an unknown name or a wrong shape.
        """
        trains = is_train and self._learns
        with self._lock:
            if kwargs:
                self._copy_in(kwargs)
            if self._stepwise:
                self._step_forward(bool(is_train))
                return self.outputs
            mode = Mode(bool(is_train), trains, self._monitor is not None)
            loaded = self._load(mode)
            self._last = None  # nothing may run backward from a pass that did not finish
            if self._monitor is None:
                loaded.session.forward()
            else:
                loaded.session.watch(self._show_step)
            self._last, self._spent = mode, False
        return self.outputs

    def _step_forward(self, training: bool) -> None:
        self._pass = None  # nothing may run backward from a pass that did not finish
        see = None if self._monitor is None else self._show
        self._pass = StepwisePass(self._symbol.entries, self._context, training, self._variables(), see)
        self.outputs[:] = [NDArray(array, self._context) for array in self._pass.outputs]
        self._specs = {**self._specs, **self._pass.specs}

    def _step_backward(self, out_grads: Any, is_train: bool) -> None:
        if self._pass is None:
            self._step_forward(is_train)
        assert self._pass is not None

        def incoming(wanted: Mapping[int, Spec]) -> dict[int, Any]:
            with self._context:
                arrays = {place: empty_array(spec.shape, self._context, spec.dtype) for place, spec in wanted.items()}
            self._take_head_grads(arrays, out_grads)
            return {place: array._data for place, array in arrays.items()}

        self._pass.backward(self._asked(), self._gradients(), incoming)

    def backward(self, out_grads: Any = None, is_train: bool = True) -> None:
        """Run the backward pass and write, or add to, the gradient arrays.

        `out_grads` is the gradient of each output that is not a loss: an array, a list in the order of the
        outputs, or a dict by output name. It uses the values of the last forward pass, and acts in its mode;
        without one, one is run first. Raises `BindError` where a gradient is missing or does not fit.
        """
        if self._learns:
            with self._lock:
                (self._step_backward if self._stepwise else self._backward)(out_grads, bool(is_train))

    def _backward(self, out_grads: Any, is_train: bool) -> None:
        training = self._last.training if self._last is not None else is_train
        mode = Mode(training, True, self._monitor is not None)
        loaded = self._load(mode)
        self._take_head_grads(loaded.head_grads, out_grads)
        if self._last != mode:
            loaded.session.forward()
        elif self._spent:
            loaded.session.replay()
        self._last = None
        if self._monitor is None:
            loaded.session.backward()
        else:
            loaded.session.watch(self._show_step, backward=True)
        self._last, self._spent = mode, True

    def _copy_in(self, values: Mapping[str, Any]) -> None:
        bound = self.arg_dict
        for name, value in values.items():
            if name not in bound:
                raise BindTypeError(f"there is no argument {name!r}; the arguments are {', '.join(bound)}")
            if not hasattr(value, "shape") or not hasattr(value, "dtype"):
                raise BindTypeError(f"argument {name!r} must be an array, but it is {value!r} ({type(value).__name__})")
            if tuple(value.shape) != bound[name].shape:
                raise BindError(
                    f"argument {name!r} is bound with shape {bound[name].shape} but {tuple(value.shape)} is given"
                )
        for name, value in values.items():
            bound[name][:] = value

    def _take_head_grads(self, wanted: Mapping[int, NDArray], out_grads: Any) -> None:
        if not wanted:
            return
        names = self._symbol.list_outputs()
        if out_grads is None:
            given: Sequence[Any] = []
        elif isinstance(out_grads, Mapping):
            given = [out_grads.get(name) for name in names]
        else:
            given = out_grads if isinstance(out_grads, (list, tuple)) else [out_grads]
        for position, array in wanted.items():
            value = given[position] if position < len(given) else None
            if value is None:
                raise BindError(
                    f"output {names[position]!r} is not a loss, so backward needs its gradient of shape "
                    f"{array.shape}; give out_grads, or end the graph in a loss such as make_loss"
                )
            if tuple(getattr(value, "shape", ())) != array.shape:
                raise BindError(
                    f"the gradient of output {names[position]!r} has shape {getattr(value, 'shape', '?')} "
                    f"but the output has {array.shape}"
                )
        for position, array in wanted.items():
            array[:] = given[position]

    # Programs ---------------------------------------------------------------------------------

    def _load(self, mode: Mode) -> Loaded:
        found = self._loaded.get(mode)
        if found is None:
            with no_collection():
                found = self._loaded[mode] = self._compile(mode)
        return found

    def _compile(self, mode: Mode) -> Loaded:
        heads, own = self._symbol.entries, (*self._arguments, *self._auxiliary)
        requests = tuple(self._requests) if mode.gradient else ()
        memory = self.recompute, mode.watched, settings.keep_weights
        purpose = Purpose(self._context.device_type, mode.training, requests, *memory)
        made = compiled(heads, own, self._specs, purpose)
        its = dict(zip(own, made.inputs, strict=True))  # an equal graph's program has variables of its own
        variables = {its[node]: array for node, array in self._variables().items()}
        results = [output._data for output in self.outputs]
        incoming: dict[int, NDArray] = {}
        if made.training is not None:
            grads = {its[node]: array for node, array in self._gradients().items()}
            results += [grads[node] for node in made.training.wanted]
            for position, node in made.training.head_grads.items():
                spec = self._specs[heads[position]]
                incoming[position] = empty_array(spec.shape, self._context, spec.dtype)
                variables[node] = incoming[position]._data
            variables.update({old: grads[node] for node, old in made.training.old_grads.items()})
        return Loaded(Session(made.program, self._context, variables, results), made.training, incoming)

    def _variables(self) -> dict[Node, Any]:
        """The raw array of every argument and auxiliary state."""
        nodes, arrays = (*self._arguments, *self._auxiliary), (*self.arg_arrays, *self.aux_arrays)
        return {node: array._data for node, array in zip(nodes, arrays, strict=True)}

    def _asked(self) -> dict[Node, str]:
        """What is done with the gradient of every argument that is to have one."""
        pairs = zip(self._arguments, self._requests, strict=True)
        return {node: request for node, request in pairs if request != "null"}

    def _gradients(self) -> dict[Node, Any]:
        """The raw gradient array of every argument that has one."""
        pairs = zip(self._arguments, self.grad_arrays, strict=True)
        return {node: grad._data for node, grad in pairs if grad is not None}

    # Looking in -------------------------------------------------------------------------------

    def set_monitor_callback(self, callback: Monitor | None, monitor_all: bool = False) -> None:
        """Call `callback(name, array)` with every operator's outputs, and with `monitor_all` its inputs too.

        An input is called ``node_input``, or ``node_input0`` where MXNet does not list the inputs' names; before that a
        variable comes under its own name.

        A monitored pass runs a program of its own in which nothing is fused or recycled; the normal one is
        not slowed. None ends it.
        """
        self._monitor = None if callback is None else (callback, monitor_all)

    def _show_step(self, step: Step, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        if not is_copy_of_head(step.node):
            self._show(step.node, inputs, outputs)

    def _show(self, node: Node, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        assert self._monitor is not None
        callback, everything = self._monitor
        if everything:
            for name, entry, array in zip(input_names(node), node.inputs, inputs, strict=True):
                if entry.node.operator is None:
                    callback(entry.node.name, NDArray(array, self._context))
                callback(name, NDArray(array, self._context))
        for index, array in enumerate(outputs):
            callback(node.output_name(index), NDArray(array, self._context))

    def observed(self, is_train: bool = False) -> Observed:
        """What every node computes from the arrays that are bound now, and with `is_train` the gradients as well.

        A pass of its own, node by node, for which all values are in memory at once; nothing that the executor holds
        changes. Gradients start with ones at the outputs that are no losses.

        >>> import symbolnb as mx
        >>> x = mx.sym.var("x")
        >>> executor = mx.sym.exp(x * 2, name="e").bind(mx.cpu(), {"x": mx.nd.zeros(3)})
        >>> [entry.name for entry in executor.observed().values]
        ['x', '_mulscalar0_output', 'e_output']
        """
        with self._lock:
            learned = list(self._asked())
            return observe(self._symbol.entries, self._context, self._variables(), learned, bool(is_train))

    def debug_str(self) -> str:
        """The graph as text, then the steps and the planned memory of every program compiled so far."""
        if self._stepwise:
            return f"{self._symbol.debug_str()}\nno program: shapes depend on values, so each node is run by itself\n"
        if not self.programs:
            self._load(Mode(False, False))
        parts = [self._symbol.debug_str()]
        for name, program in self.programs.items():
            megabytes = (program.plan.planned + program.held) / 2**20
            parts.append(f"{name} program:\n{describe(program)}\n{self._trade(program)}"
                         f"Total {megabytes:.4g} MB allocated\n")  # fmt: skip
        return "\n".join(parts)

    def _trade(self, program: Program) -> str:
        """A line with what recomputing costs and saves; nothing where there is none."""
        trade = self._recomputed(program)
        if trade is None:
            return ""
        return (
            f"recomputes {trade.steps} steps with {trade.multiply_adds:.4g} multiply-adds ({trade.usual:.4g} in the "
            f"forward half), in place of {trade.without / 2**20:.4g} MB without\n"
        )

    @property
    def recomputed(self) -> Recomputed | None:
        """What training computes a second time to save memory; None before the first such pass, or if nothing."""
        program = self.programs.get("training")
        return None if program is None else self._recomputed(program)

    def _recomputed(self, program: Program) -> Recomputed | None:
        """The trade of one of the programs; found out once, since it takes compiling without it."""
        if id(program) not in self._trades:
            found = [one.training for one in self._loaded.values() if one.session.program is program]
            self._trades[id(program)] = None if found[0] is None else recomputed(program, found[0])
        return self._trades[id(program)]

    def get_optimized_symbol(self) -> Symbol:
        """The symbol that was bound: what the compiler makes of it is shown by `debug_str`."""
        return self._symbol

    # Parameters -------------------------------------------------------------------------------

    def copy_params_from(
        self,
        arg_params: Mapping[str, NDArray],
        aux_params: Mapping[str, NDArray] | None = None,
        allow_extra_params: bool = False,
    ) -> None:
        """Copy arrays by name into the arguments and auxiliary states, casting to the bound element types.

        Raises `BindError` for a name that is not bound, unless `allow_extra_params`, and for a wrong shape.
        """
        pairs = []
        for kind, given, bound in (
            ("argument", arg_params, self.arg_dict),
            ("auxiliary state", {} if aux_params is None else aux_params, self.aux_dict),
        ):
            for name, array in given.items():
                if name in bound:
                    if tuple(array.shape) != bound[name].shape:
                        raise ShapeError(
                            f"{kind} {name!r} is bound with shape {bound[name].shape} but {array.shape} is given"
                        )
                    pairs.append((bound[name], array))
                elif not allow_extra_params:
                    raise BindError(f"there is no {kind} {name!r}; they are {', '.join(bound) or 'none'}")
        for target, array in pairs:
            target[:] = array

    def reshape(self, partial_shaping: bool = False, allow_up_sizing: bool = False, **kwargs: Any) -> Executor:
        """A new executor for other input shapes that shares the arrays whose shapes stay.

        An array that becomes smaller uses the front of the old one's memory; a larger one needs
        `allow_up_sizing`, and an argument that was not named but changes needs `partial_shaping`.
        """
        inferred = shapes_of(self._symbol.entries, (), kwargs)
        inferred.raise_failure()
        if unsettled(inferred):
            raise ShapeError("the shapes given do not settle those of all arguments")
        arg_shapes = [public_shape(inferred[Entry(node)]) for node in self._arguments]
        aux_shapes = [public_shape(inferred[Entry(node)]) for node in self._auxiliary]
        args: list[NDArray] = []
        grads: list[NDArray | None] = []
        for node, shape, array, grad in zip(
            self._arguments, arg_shapes, self.arg_arrays, self.grad_arrays, strict=True
        ):
            if shape != array.shape and not partial_shaping and node.name not in kwargs:
                raise BindError(
                    f"argument {node.name!r} would change from {array.shape} to {shape} although it was not named; "
                    "pass partial_shaping=True if that is intended"
                )
            args.append(_resized(node.name, array, shape, allow_up_sizing))
            grads.append(None if grad is None else _resized(node.name, grad, shape, allow_up_sizing))
        auxs = [
            _resized(node.name, array, shape, allow_up_sizing)
            for node, shape, array in zip(self._auxiliary, aux_shapes, self.aux_arrays, strict=True)
        ]
        return self._symbol.bind(self._context, args, grads, self._requests, auxs, recompute=self.recompute)


def _by_name(names: Sequence[str], arrays: Sequence[Any]) -> dict[str, Any]:
    if len(set(names)) != len(names):
        doubled = sorted({name for name in names if names.count(name) > 1})
        raise BindError(f"several have the same name: {', '.join(doubled)}")
    return dict(zip(names, arrays, strict=True))


def _resized(name: str, array: NDArray, shape: Shape, allow_up_sizing: bool) -> NDArray:
    """The array itself, the front of its memory in a new shape, or a larger new array."""
    if shape == array.shape:
        return array
    smaller = front(array, shape)
    if smaller is not None:
        return smaller
    if not allow_up_sizing:
        raise BindError(
            f"argument {name!r} would grow from {array.shape} to {shape}; pass allow_up_sizing=True to allocate "
            "new arrays, or make the largest executor first"
        )
    return empty_array(shape, array.context, array.dtype)


def front(array: NDArray, shape: Shape) -> NDArray | None:
    """The first elements of an array's memory under another shape, or None where there are too few."""
    count = prod(shape)
    if count > array.size:
        return None
    return NDArray(array._data.reshape(-1)[:count].reshape(shape), array.context)
