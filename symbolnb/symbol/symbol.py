"""`Symbol`: one or more outputs of a graph, as the user holds and composes them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from symbolnb.compile.infer import Inferred
from symbolnb.context import Context
from symbolnb.dtypes import FLAGS, dtype_of
from symbolnb.errors import CompositionError, FormatError, MXNetError, NotImplementedForSymbol, ParameterError
from symbolnb.graph.naming import current_attributes
from symbolnb.graph.node import Entry, Node, annotate
from symbolnb.graph.source import caller
from symbolnb.graph.spec import PartialShape, is_complete
from symbolnb.graph.walk import copied, rewrite, topological
from symbolnb.ndarray import NDArray
from symbolnb.ops.base import HIDDEN_KEYS
from symbolnb.ops.parameters import show
from symbolnb.symbol import inference
from symbolnb.symbol.bind import bind, evaluate, simple_bind
from symbolnb.symbol.compose import fill, user_attributes
from symbolnb.symbol.debug import debug_text
from symbolnb.symbol.executor import Executor
from symbolnb.symbol.fluent import Fluent
from symbolnb.symbol.serialize import dumps, loads, stored_attributes


class Symbol(Fluent):
    """One output of a graph, or a group of several.

    Symbols are made by `var` and by the operators of `symbolnb.sym`, and put together with calls,
    Python's operators and methods. A Symbol holds no arrays: `bind` and `simple_bind` add those.

    >>> import symbolnb as mx
    >>> net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=10, name="fc1")
    >>> net.list_arguments()
    ['data', 'fc1_weight', 'fc1_bias']
    >>> net.infer_shape(data=(32, 784))[1]
    [(32, 10)]
    """

    # What it is -------------------------------------------------------------------------------

    @property
    def name(self) -> str | None:
        """The name of the output's node; None for a group."""
        return self._entries[0].node.name if len({entry.node for entry in self._entries}) == 1 else None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The outputs as entries of the intermediate representation."""
        return self._entries

    def __repr__(self) -> str:
        if self.name is None:
            return f"<{type(self).__name__} group [{', '.join(output.name or '' for output in self)}]>"
        return f"<{type(self).__name__} {self.name}>"

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Symbol]:
        return (Symbol((entry,)) for entry in self._entries)

    def __getitem__(self, index: int | str | slice) -> Symbol:
        if isinstance(index, slice):
            return Symbol(self._entries[index])
        if isinstance(index, str):
            return self._named_output(index)
        try:
            return Symbol((self._entries[index],))
        except IndexError:
            raise IndexError(f"output {index} of {self!r}, which has {len(self)} outputs") from None

    def _named_output(self, name: str) -> Symbol:
        names = self.list_outputs()
        found = [number for number, output in enumerate(names) if output == name]
        if not found:
            raise ValueError(f"there is no output that matches the name {name!r}; the outputs are {', '.join(names)}")
        if len(found) > 1:
            raise ValueError(f"there are {len(found)} outputs with the name {name!r}")
        return Symbol((self._entries[found[0]],))

    def list_outputs(self) -> list[str]:
        """The names of the outputs."""
        return [entry.name for entry in self._entries]

    def list_arguments(self) -> list[str]:
        """The names of the arguments: variables that are data or are learned, in order of first use."""
        return [node.name for node in inference.inputs_by_kind(self._entries)[0]]

    def list_auxiliary_states(self) -> list[str]:
        """The names of the auxiliary states: variables that operators change, such as moving averages."""
        return [node.name for node in inference.inputs_by_kind(self._entries)[1]]

    def list_inputs(self) -> list[str]:
        """The names of all variables, arguments and auxiliary states alike, in order of first use."""
        return [node.name for node in topological(self._entries) if node.operator is None]

    def get_internals(self) -> Symbol:
        """A group of every visible output of every node, in order."""
        return Symbol(
            [Entry(node, index) for node in topological(self._entries) for index in range(node.visible_outputs)]
        )

    def get_children(self) -> Symbol | None:
        """A group of the inputs of the head nodes; None for a variable."""
        inputs = [entry for node in dict.fromkeys(entry.node for entry in self._entries) for entry in node.inputs]
        return Symbol(inputs) if inputs else None

    # Attributes -------------------------------------------------------------------------------

    def attr(self, key: str) -> str | None:
        """One attribute of the output's node, or None."""
        return self.list_attr().get(key)

    def list_attr(self, recursive: bool = False) -> dict[str, str]:
        """All attributes of the output's node; well-known ones appear with and without underscores.

        Those of a group are its first node's.
        """
        if recursive:
            raise DeprecationWarning("Symbol.list_attr with recursive=True has been deprecated; use attr_dict")
        return _both_spellings(stored_attributes(self._entries[0].node))

    def attr_dict(self) -> dict[str, dict[str, str]]:
        """The attributes of every node that has some, by node name."""
        order = topological(self._entries)
        return {node.name: _both_spellings(found) for node in order if (found := stored_attributes(node))}

    def _set_attr(self, **attributes: str) -> None:
        nodes = {entry.node for entry in self._entries}
        if len(nodes) != 1:
            raise CompositionError("a group of several nodes has no attributes of its own; take one of its outputs")
        node = nodes.pop()
        for key, value in attributes.items():
            if not isinstance(value, str):
                raise ParameterError(f"attribute {key!r} must be a string, but it is {value!r}")
        given = user_attributes(attributes)
        operator = None if node.operator is None else node.operator.with_attributes({**node.attributes, **given})
        if operator == node.operator:
            annotate(node, given)
            return
        merged = {**node.attributes, **given}
        changed = Node(operator, node.name, node.inputs, merged, node.source)
        self._entries = tuple(Entry(changed, entry.index) for entry in self._entries)

    # Composition ------------------------------------------------------------------------------

    def __call__(self, *args: Symbol, name: str | None = None, **kwargs: Symbol) -> Symbol:
        """A copy of this graph in which variables are replaced by the symbols named after them.

        >>> import symbolnb as mx
        >>> second = mx.sym.exp(mx.sym.var("data2"), name="second")
        >>> second(data2=mx.sym.var("x") + 1).list_arguments()
        ['x']
        """
        if args and kwargs:
            raise CompositionError("fill variables either by position or by keyword, not both")
        named = dict(zip(self.list_arguments(), args, strict=False)) if args else kwargs
        if len(args) > len(self.list_arguments()):
            raise CompositionError(f"{len(args)} symbols are given but {self!r} has {len(named)} arguments")
        return Symbol(fill(self._entries, {key: single_entry(key, value) for key, value in named.items()}, name))

    def __copy__(self) -> Symbol:
        return Symbol(copied(self._entries))

    def __deepcopy__(self, memo: object) -> Symbol:
        return Symbol(copied(self._entries))

    def __reduce__(self) -> tuple[Callable[[str], Symbol], tuple[str]]:
        return load_json, (self.tojson(),)

    def __bool__(self) -> bool:
        raise NotImplementedForSymbol("a Symbol has no truth value: it stands for arrays that are not there yet")

    def __contains__(self, _: object) -> bool:
        raise NotImplementedForSymbol("'in' needs values, and a Symbol has none; look at list_outputs()")

    # Inference --------------------------------------------------------------------------------

    def infer_shape(self, *args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
        """The shapes of all arguments, outputs and auxiliary states that follow from some of them.

        Shapes are given by keyword or, in the order of `list_arguments`, by position; 0, -1 and None
        stand for an unknown dimension. Returns three lists of tuples, or three times None, with a warning
        that names what is open, if not everything follows. Raises `ShapeError` where shapes contradict.
        """
        inferred = self._inferred_shapes(args, kwargs)
        rows = self._by_kind(inferred)
        if all(is_complete(shape) for row in rows for shape in row):
            return _public(inference.public_shape, rows)
        missing = inference.unsettled(inferred)
        inference.warn_incomplete(
            "shapes", {node.name: str(inference.public_shape(inferred[Entry(node)])) for node in missing}
        )
        return None, None, None

    def infer_shape_partial(self, *args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
        """Like `infer_shape`, but gives what is known: 0 for an unknown dimension, () for an unknown shape."""
        return _public(inference.public_shape, self._by_kind(self._inferred_shapes(args, kwargs)))

    def _inferred_shapes(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Inferred[PartialShape]:
        inferred = inference.shapes_of(self._entries, args, kwargs)
        inferred.raise_failure()
        return inferred

    def _by_kind(self, inferred: Inferred[Any]) -> list[list[Any]]:
        """What is known of the arguments, the outputs and the auxiliary states."""
        arguments, auxiliary = inference.inputs_by_kind(self._entries)
        rows = [Entry(node) for node in arguments], self._entries, [Entry(node) for node in auxiliary]
        return [[inferred[entry] for entry in row] for row in rows]

    def infer_type(self, *args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
        """The element types of all arguments, outputs and auxiliary states that follow from some of them.

        Returns three lists of NumPy scalar classes, or three times None, with a warning, if not everything
        follows. Raises `DTypeError` where types contradict.
        """
        rows = self.infer_type_partial(*args, **kwargs)
        if all(dtype is not None for row in rows for dtype in row):
            return rows
        names = self.list_arguments()
        inference.warn_incomplete(
            "types", {name: "None" for name, dtype in zip(names, rows[0], strict=True) if dtype is None}
        )
        return None, None, None

    def infer_type_partial(self, *args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
        """Like `infer_type`, but gives what is known, None for what is not."""
        inferred = inference.dtypes_of(self._entries, args, kwargs)
        inferred.raise_failure()
        return _public(inference.public_dtype, self._by_kind(inferred))

    # Binding ----------------------------------------------------------------------------------

    def bind(
        self,
        ctx: Context,
        args: Any,
        args_grad: Any = None,
        grad_req: Any = "write",
        aux_states: Any = None,
        group2ctx: Any = None,
        shared_exec: Any = None,
        recompute: str | None = None,
    ) -> Executor:
        """Bind existing arrays to the arguments, and make an `Executor`.

        `args`, `args_grad` and `aux_states` are dicts by name or lists in the order of `list_arguments` and
        `list_auxiliary_states`. `grad_req` is ``"write"``, ``"add"`` or ``"null"`` for all, a list, or a dict
        by name; an argument without a gradient array has none. One array may be bound to several names.
        `group2ctx` and `shared_exec` are accepted and have no effect: a graph runs on one device, and memory
        is planned for each executor. `recompute` is what training computes twice to save memory, one of ``"never"``,
        ``"marked"``, ``"cheap"`` and ``"all"``; without it `settings.recompute`. Raises `BindError` for missing or
        surplus arrays, and the inference's errors where their shapes or types contradict the graph.

        >>> import symbolnb as mx
        >>> a, b = mx.sym.var("a"), mx.sym.var("b")
        >>> (a + b).bind(mx.cpu(), {"a": mx.nd.ones(2), "b": mx.nd.ones(2)}).forward()[0].asnumpy().tolist()
        [2.0, 2.0]
        """
        return bind(self, ctx, args, args_grad, grad_req, aux_states, recompute)

    def simple_bind(
        self,
        ctx: Context,
        grad_req: Any = "write",
        type_dict: Mapping[str, Any] | None = None,
        stype_dict: Any = None,
        group2ctx: Any = None,
        shared_arg_names: Any = None,
        shared_exec: Any = None,
        shared_buffer: Any = None,
        recompute: str | None = None,
        **kwargs: Any,
    ) -> Executor:
        """Make an `Executor` over new arrays of zeros, from the shapes of some arguments.

        `kwargs` are shapes by name, `type_dict` element types by name; what does not follow is float32.
        Arguments in `shared_arg_names` use the arrays and gradients that `shared_exec` has under these names, and
        auxiliary states its states. The others use, where they fit in, the memory of the arrays in the dict
        `shared_buffer`, which gets those that are made anew. Storage types and groups are accepted and have no
        effect; `recompute` is as in `bind`. Raises `ShapeError`, naming the arguments that are open, if the shapes do
        not settle all others, and `BindError` where a shared array does not fit.

        >>> import symbolnb as mx
        >>> net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=10, name="fc1")
        >>> net.simple_bind(mx.cpu(), data=(32, 784)).arg_dict["fc1_weight"].shape
        (10, 784)
        """
        shared = (shared_arg_names, shared_exec, shared_buffer)
        return simple_bind(self, ctx, grad_req, type_dict, kwargs, shared, recompute)

    def eval(self, ctx: Context | None = None, **kwargs: NDArray) -> list[NDArray]:
        """The outputs for the given arrays, arguments and auxiliary states by name.

        >>> import symbolnb as mx
        >>> x = mx.sym.var("x")
        >>> (x * 2).eval(x=mx.nd.array([1.0, 2.0]))[0].asnumpy().tolist()
        [2.0, 4.0]
        """
        return evaluate(self, ctx, kwargs)

    # Files ------------------------------------------------------------------------------------

    def tojson(self, remove_amp_cast: bool = True) -> str:
        """The graph as MXNet 1.9.1 writes it; casts that mixed precision inserted are left out by default."""
        return dumps(without_amp_casts(self._entries) if remove_amp_cast else self._entries)

    def save(self, fname: str | os.PathLike[str], remove_amp_cast: bool = True) -> None:
        """Write the graph to a file, which MXNet reads too."""
        text = self.tojson(remove_amp_cast)
        with open(os.fspath(fname), "w", encoding="utf-8") as file:
            file.write(text)

    def debug_str(self) -> str:
        """The graph as text, node by node."""
        return debug_text(self._entries)


def _public(show: Callable[[Any], Any], rows: Sequence[Sequence[Any]]) -> tuple[list[Any], list[Any], list[Any]]:
    """The three lists that inference answers, in MXNet's words."""
    arguments, outputs, auxiliary = ([show(value) for value in row] for row in rows)
    return arguments, outputs, auxiliary


def _both_spellings(attributes: Mapping[str, str]) -> dict[str, str]:
    plain = {key: attributes[f"__{key}__"] for key in HIDDEN_KEYS if f"__{key}__" in attributes}
    return {**attributes, **plain}


def single_entry(key: str, value: Any) -> Entry:
    """The one entry of a symbol given as input `key`; `CompositionError` for anything else."""
    if not isinstance(value, Symbol):
        raise CompositionError(f"input {key!r} must be a Symbol, but it is {value!r} ({type(value).__name__})")
    if len(value.entries) != 1:
        raise CompositionError(f"input {key!r} is a group of {len(value.entries)} outputs; take one of them")
    return value.entries[0]


def without_amp_casts(heads: Sequence[Entry]) -> tuple[Entry, ...]:
    """The graph without the casts that automatic mixed precision put in; one that is an output stays."""
    casts = {"amp_cast", "amp_multicast"}

    def change(node: Node, inputs: tuple[Entry, ...]) -> Sequence[Entry] | None:
        return inputs if node.operator is not None and node.operator.name in casts else None

    _, became = rewrite(heads, change)

    outermost: dict[Node, Node] = {}  # one node, however many of its outputs are heads

    def kept(head: Entry) -> Entry:
        if head.node.operator is None or head.node.operator.name not in casts:
            return became[head.node][head.index]
        if head.node not in outermost:
            inputs = tuple(became[entry.node][entry.index] for entry in head.node.inputs)
            outermost[head.node] = replace(head.node, inputs=inputs)
        return Entry(outermost[head.node], head.index)

    return tuple(kept(head) for head in heads)


def var(
    name: str,
    attr: Mapping[str, str] | None = None,
    shape: Sequence[int | None] | int | None = None,
    lr_mult: float | None = None,
    wd_mult: float | None = None,
    dtype: Any = None,
    init: Any = None,
    stype: str | None = None,
    **kwargs: Any,
) -> Symbol:
    """A variable: a placeholder for an array that is bound later.

    `shape` and `dtype` are defaults for inference (0 for an unknown dimension); `init` an initializer or
    its name; `lr_mult` and `wd_mult` multiply the learning rate and the weight decay; `stype` is the storage
    type. Further keywords must look like ``__this__`` and are kept as attributes.

    >>> import symbolnb as mx
    >>> mx.sym.var("weight", shape=(10, 0), lr_mult=2).attr("__shape__")
    '(10, 0)'
    """
    if not isinstance(name, str):
        raise CompositionError(f"the name of a variable must be a string, but it is {name!r}")
    attributes = dict(attr if attr is not None else {})
    for key, value in attributes.items():
        if not isinstance(value, str):
            raise ParameterError(f"variable {name!r}: attribute {key!r} must be a string, but it is {value!r}")
    attributes = user_attributes(current_attributes().get(attributes))
    attributes.update(variable_attributes(name, shape, lr_mult, wd_mult, dtype, init, stype, kwargs))
    return Symbol((Entry(Node(None, name, (), attributes, caller())),))


Variable = var


def variable_attributes(
    name: str,
    shape: Any,
    lr_mult: Any,
    wd_mult: Any,
    dtype: Any,
    init: Any,
    stype: Any,
    others: Mapping[str, Any],
) -> dict[str, str]:
    """The attribute strings that MXNet stores for a variable's keywords."""
    made: dict[str, str] = {}
    if shape is not None:
        made["__shape__"] = show(shape)
    if lr_mult is not None:
        made["__lr_mult__"] = str(lr_mult)
    if wd_mult is not None:
        made["__wd_mult__"] = str(wd_mult)
    if dtype is not None:
        made["__dtype__"] = str(FLAGS[dtype_of(dtype).name])
    if init is not None:
        made["__init__"] = init if isinstance(init, str) else init.dumps()
    if stype is not None:
        if stype not in STORAGE_TYPES:
            raise ParameterError(f"variable {name!r}: stype is {stype!r} but must be one of {', '.join(STORAGE_TYPES)}")
        made["__storage_type__"] = str(STORAGE_TYPES[stype])
    for key, value in others.items():
        if not (key.startswith("__") and key.endswith("__")):
            raise ParameterError(
                f"variable {name!r}: attribute {key!r} is not supported; further attributes must start and end "
                "with double underscores, as in __mine__"
            )
        made[key] = str(value)
    return made


STORAGE_TYPES = {"default": 0, "row_sparse": 1, "csr": 2}
"""MXNet's numbers for the storage types of arrays."""


def Group(symbols: Sequence[Symbol]) -> Symbol:  # MXNet's name
    """Several symbols as one, with all their outputs.

    >>> import symbolnb as mx
    >>> a = mx.sym.var("a")
    >>> mx.sym.Group([a + 1, a * 2]).list_outputs()
    ['_plusscalar0_output', '_mulscalar0_output']
    """
    if not symbols or any(not isinstance(symbol, Symbol) for symbol in symbols):
        raise CompositionError("Group takes a list of one or more Symbols")
    return Symbol([entry for symbol in symbols for entry in symbol.entries])


def load(fname: str | os.PathLike[str]) -> Symbol:
    """The symbol in a file that MXNet or `Symbol.save` wrote; `FormatError` if it is not such a file."""
    try:
        with open(os.fspath(fname), encoding="utf-8") as file:
            text = file.read()
    except UnicodeDecodeError:
        raise FormatError(f"{fname} is not a symbol file: it is not UTF-8 text") from None
    try:
        return load_json(text)
    except MXNetError as error:
        raise type(error)(f"{fname}: {error}") from None


def load_json(json_str: str) -> Symbol:
    """The symbol in a JSON text of this or an older version of MXNet."""
    if not isinstance(json_str, str):
        raise TypeError(f"symbol JSON must be a string, but it is {type(json_str).__name__}")
    return Symbol(loads(json_str))
