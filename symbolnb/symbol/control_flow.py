"""`sym.contrib.foreach`, `while_loop` and `cond`: loops and branches as single nodes of a graph.

The user's functions are called once, with fresh variables, inside of an attribute scope. What they make
carries the scope's ``__subgraph_name__``, by which the body is cut out of the graph around it: each value from
outside that it uses becomes a variable of the body and an input of the node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from symbolnb.errors import CompositionError
from symbolnb.graph.naming import AttrScope, NameManager, current_attributes, current_names
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.subgraph import Subgraph
from symbolnb.graph.walk import topological
from symbolnb.ndarray.nested import flatten, regroup
from symbolnb.ops.registry import find
from symbolnb.symbol.compose import make_node
from symbolnb.symbol.functions import function
from symbolnb.symbol.symbol import Symbol, var

MARK = "__subgraph_name__"


class _Body(NamedTuple):
    """A body cut out, and what each of its inputs stands for: an entry outside, or a variable made inside."""

    graph: Subgraph
    origins: tuple[Entry, ...]
    own: frozenset[Node]
    """The variables made inside."""

    def position(self, variable: Node) -> int | None:
        """Which input of the body a variable made for it became; None if the body does not use it."""
        return next((i for i, entry in enumerate(self.origins) if entry.node is variable), None)

    def outer(self, origin: Entry) -> Entry:
        """The entry outside that feeds an input; a variable that was made inside is made outside too."""
        if origin.node in self.own:
            return Entry(replace(origin.node, attributes=dict(origin.node.attributes)))
        return origin


def foreach(
    body: Callable[[Any, Any], tuple[Any, Any]], data: Any, init_states: Any, name: str = "foreach"
) -> tuple[Any, Any]:
    """A loop over the first axis of `data`.

    ``body(slice, states)`` is called with a symbol for one slice of `data`, or a list of them where `data` is a
    list, and with the states; it returns its outputs and the new states. The result is the outputs of all
    steps, stacked, and the last states. Every slice and state must be used by the body.

    >>> import symbolnb as mx
    >>> total = lambda x, sums: (x + sums[0], [x + sums[0]])
    >>> sums, last = mx.sym.contrib.foreach(total, mx.sym.var("x"), [mx.sym.var("zero")])
    >>> sums.eval(x=mx.nd.array([[1.0], [2.0], [3.0]]), zero=mx.nd.zeros(1))[0].asnumpy().ravel().tolist()
    [1.0, 3.0, 6.0]
    """
    looped, data_form = _flat(data, "data")
    starts, state_form = _flat(init_states, "init_states")
    if not looped:
        raise CompositionError("foreach needs an array to loop over, but data is empty")
    inside = _name_inside(name)
    with AttrScope(**{MARK: inside}):
        slices, states = _variables(looped), _variables(starts)
        answer = _pair(body(regroup(slices, data_form), regroup(states, state_form)), "the body of foreach")
        outputs, output_form = _flat(answer[0], "an output of foreach's body")
        ends, end_form = _flat(answer[1], "a state that foreach's body returns")
        if end_form != state_form:
            raise CompositionError(
                f"foreach starts with {len(starts)} states but its body returns {len(ends)}, or nests them differently"
            )
        every = [*outputs, *ends]
        marked = _settle(outputs, every, inside) + _settle(ends, every, inside, outputs)
    made = _cut(marked, inside, "foreach")
    places = [made.position(_node(symbol)) for symbol in (*slices, *states)]
    for number, place in enumerate(places):
        if place is None:
            kind = "slice of data" if number < len(looped) else "state"
            which = number if number < len(looped) else number - len(looped)
            raise CompositionError(f"the body of foreach does not use {kind} {which}, and must")
    remaining = [place for place in range(len(made.origins)) if place not in places]
    inputs = [*map(_entry, looped), *map(_entry, starts), *(made.outer(made.origins[place]) for place in remaining)]
    parameters = {
        "num_outputs": len(outputs) + len(ends), "num_out_data": len(outputs),
        "in_state_locs": places[len(looped) :], "in_data_locs": places[: len(looped)], "remain_locs": remaining,
    }  # fmt: skip
    results = _make("_foreach", [made.graph], inputs, parameters)
    return regroup(results[: len(outputs)], output_form), regroup(results[len(outputs) :], end_form)


def while_loop(
    cond: Callable[..., Symbol],
    func: Callable[..., tuple[Any, Any]],
    loop_vars: Any,
    max_iterations: int | None = None,
    name: str = "while_loop",
) -> tuple[Any, Any]:
    """A loop that goes on while ``cond(*loop_vars)`` is not 0, for at most `max_iterations` steps.

    ``func(*loop_vars)`` returns the outputs of a step and the new loop variables, which keep their shapes. The
    result is the outputs of all steps, stacked, and the last loop variables. The outputs are always
    `max_iterations` long; those of steps that were not taken are zeros.

    >>> import symbolnb as mx
    >>> squares, last = mx.sym.contrib.while_loop(
    ...     lambda i: i < 3, lambda i: (i * i, i + 1), mx.sym.var("i"), max_iterations=5
    ... )
    >>> squares.eval(i=mx.nd.zeros(1))[0].asnumpy().ravel().tolist()
    [0.0, 1.0, 4.0, 0.0, 0.0]
    """
    starts, form = _flat(loop_vars, "loop_vars")
    if max_iterations is None:
        raise CompositionError("while_loop needs max_iterations, the number of steps that there may be")
    if not starts:
        raise CompositionError("while_loop needs at least one loop variable")

    def test(*values: Any) -> tuple[Any, Any]:
        answer = cond(*values)
        if not isinstance(answer, Symbol):
            raise CompositionError(f"the condition of while_loop must give a Symbol, but it is {answer!r}")
        return [], answer

    def step(*values: Any) -> tuple[Any, Any]:
        outputs, new = _pair(func(*values), "the function of while_loop")
        return [] if outputs is None else outputs, [] if new is None else new

    first, tested, _, _ = _called(test, starts, form, f"{name}_cond", "the condition of while_loop")
    if len(tested.graph.heads) != 1:
        raise CompositionError(
            f"the condition of while_loop gives {len(tested.graph.heads)} symbols, but must give one"
        )
    second, stepped, count, output_form = _called(step, starts, form, f"{name}_func", "the function of while_loop")
    if len(stepped.graph.heads) - count != len(starts):
        raise CompositionError(
            f"while_loop has {len(starts)} loop variables but its function returns {len(stepped.graph.heads) - count}"
        )
    inputs = _Inputs()
    where = []
    for variables, made in ((first, tested), (second, stepped)):
        looped = {_node(symbol): start for symbol, start in zip(variables, starts, strict=True)}
        where.append([inputs.of_loop(made, origin, looped) for origin in made.origins])
    loops = [stepped.position(_node(symbol)) for symbol in second]
    if None in loops:
        raise CompositionError(f"the function of while_loop does not use loop variable {loops.index(None)}, and must")
    parameters = {
        "max_iterations": int(max_iterations), "cond_input_locs": where[0], "func_input_locs": where[1],
        "func_var_locs": loops, "num_out_data": count, "num_outputs": len(stepped.graph.heads),
    }  # fmt: skip
    results = _make("_while_loop", [tested.graph, stepped.graph], inputs.entries, parameters)
    return regroup(results[:count], output_form), regroup(results[count:], form)


def cond(pred: Symbol, then_func: Callable[[], Any], else_func: Callable[[], Any], name: str = "cond") -> Any:
    """The results of `then_func` where `pred`, a single number, is not 0, else those of `else_func`.

    Both are called once, without arguments, and return symbols of the same shapes and types. When the graph
    runs, only one of the two branches does.

    >>> import symbolnb as mx
    >>> x = mx.sym.var("x")
    >>> root = mx.sym.contrib.cond(x > 0, lambda: mx.sym.sqrt(x), lambda: -x)
    >>> float(root.eval(x=mx.nd.array([-4.0]))[0].asscalar())
    4.0
    """
    bodies, forms = [], []
    for word, compute in (("pred", lambda: pred), ("then", then_func), ("else", else_func)):
        _, made, _, form = _called(lambda f=compute: (f(), []), [], [], f"{name}_{word}", f"the {word} of cond")
        bodies.append(made)
        forms.append(form)
    test, first, second = (made.graph for made in bodies)
    if len(test.heads) != 1:
        raise CompositionError(f"pred of cond must be one output, but it has {len(test.heads)}")
    if len(first.heads) != len(second.heads):
        raise CompositionError(
            f"the branches of cond give {len(first.heads)} and {len(second.heads)} outputs, but must give as many"
        )
    inputs = _Inputs()
    where = [[inputs.of_branch(made, origin) for origin in made.origins] for made in bodies]
    parameters = {
        "cond_input_locs": where[0], "then_input_locs": where[1], "else_input_locs": where[2],
        "num_outputs": len(first.heads),
    }  # fmt: skip
    return regroup(_make("_cond", [test, first, second], inputs.entries, parameters), forms[1])


# The bodies ------------------------------------------------------------------------------------


def _flat(value: Any, what: str) -> tuple[list[Symbol], Any]:
    """Symbols of one output each, and how they were nested; a group counts as a list."""
    return flatten(_split(value), Symbol, what)


def _split(value: Any) -> Any:
    if isinstance(value, Symbol):
        return value if len(value) == 1 else list(value)
    return [_split(item) for item in value] if isinstance(value, (list, tuple)) else value


def _pair(answer: Any, what: str) -> tuple[Any, Any]:
    if not isinstance(answer, (list, tuple)) or len(answer) != 2:
        raise CompositionError(f"{what} must return two things, outputs and states, but it returned {answer!r}")
    return answer[0], answer[1]


def _entry(symbol: Symbol) -> Entry:
    return symbol.entries[0]


def _node(symbol: Symbol) -> Node:
    return symbol.entries[0].node


def _variables(symbols: Sequence[Symbol]) -> list[Symbol]:
    """A variable inside for each symbol outside, under MXNet's name for it."""
    return [var(f"{_node(symbol).name}-{_entry(symbol).index}") for symbol in symbols]


def _name_inside(name: str) -> str:
    """The mark of the next body of this name; that of a body in another one follows its mark."""
    outer = current_attributes().get(None).get(MARK)
    hint = name if outer is None else f"{outer}${name}"
    return NameManager.get(current_names(), None, f" {hint}")[1:]  # the blank keeps these apart from nodes' names


def _called(
    compute: Callable[..., tuple[Any, Any]], starts: Sequence[Symbol], form: Any, name: str, what: str
) -> tuple[list[Symbol], _Body, int, Any]:
    """Variables for the starts, the body made from them, the number of its outputs before the states, their form."""
    inside = _name_inside(name)
    with AttrScope(**{MARK: inside}):
        variables = _variables(starts)
        given = regroup(variables, form)
        outputs, states = compute(*(given if isinstance(given, list) else [given]))
        first, output_form = _flat(outputs, f"what {what} returns")
        second, _ = _flat(states, f"what {what} returns")
        every = [*first, *second]
        marked = _settle(every, every, inside)
    return variables, _cut(marked, inside, what), len(first), output_form


def _settle(
    heads: Sequence[Symbol], every: Sequence[Symbol], inside: str, others: Sequence[Symbol] = ()
) -> list[Entry]:
    """Some of a body's heads as entries of nodes inside, none of them a variable or one of the `others`.

    Where a head is not, an identity is put behind it. As in MXNet, that goes by names.
    """
    taken = {node.name for node in topological(map(_entry, every)) if node.is_variable}
    taken |= {_node(symbol).name for symbol in others}
    made = []
    for symbol in heads:
        fine = _node(symbol).name not in taken and _node(symbol).attributes.get(MARK) == inside
        made.append(_entry(symbol if fine else function("identity")(symbol)))
    return made


def _cut(heads: Sequence[Entry], inside: str, what: str) -> _Body:
    """The graph of the nodes that carry the mark; each value from outside becomes a variable of its name."""
    if not heads:
        raise CompositionError(f"{what} gives nothing")
    became: dict[Node, Node] = {}
    outside: dict[Entry, Node] = {}

    def now(entry: Entry) -> Entry:
        if entry.node in became:
            return Entry(became[entry.node], entry.index)
        return Entry(outside.setdefault(entry, Node(None, entry.name, (), {}, entry.node.source)))

    for node in topological(heads):
        if node.attributes.get(MARK) == inside:
            became[node] = replace(node, inputs=tuple(map(now, node.inputs)), attributes=dict(node.attributes))
    graph = Subgraph(tuple(map(now, heads)))
    origin = {new: Entry(old) for old, new in became.items()} | {new: entry for entry, new in outside.items()}
    names = [node.name for node in graph.inputs]
    for name in names:
        if names.count(name) > 1:
            raise CompositionError(f"{what} uses two different inputs called {name!r}; rename one of them")
    return _Body(graph, tuple(origin[node] for node in graph.inputs), frozenset(became))


class _Inputs:
    """The inputs of a node with several bodies; what two bodies have in common is one input."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._places: dict[Any, int] = {}

    def of_loop(self, body: _Body, origin: Entry, looped: Mapping[Node, Symbol]) -> int:
        """The position for an input of a loop's body: loop variables are shared, and variables made inside by name.

        As in MXNet, other values from outside are inputs once for each body.
        """
        if origin.node in looped:
            start = looped[origin.node]
            return self._place(("loop", id(start)), _entry(start))
        key = origin.node.name if origin.node in body.own else (id(body), origin)
        return self._place(key, body.outer(origin))

    def of_branch(self, body: _Body, origin: Entry) -> int:
        """The position for an input of a branch or its condition: variables are shared by name."""
        key = origin.node.name if origin.node.is_variable else (id(body), origin)
        return self._place(key, body.outer(origin))

    def _place(self, key: Any, entry: Entry) -> int:
        if key not in self._places:
            self._places[key] = len(self.entries)
            self.entries.append(entry)
        return self._places[key]


def _make(
    operator: str, bodies: Sequence[Subgraph], inputs: Sequence[Entry], parameters: Mapping[str, Any]
) -> list[Symbol]:
    given = {**parameters, "num_args": len(inputs) + len(bodies)}
    node = make_node(find(operator), operator, inputs, given, subgraphs=bodies)
    return [Symbol((Entry(node, index),)) for index in range(node.num_outputs)]
