"""What a Symbol inherits: Python's operators and the methods that are short for operator functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Number
from typing import Any, Self

from symbolnb.errors import CompositionError, NotImplementedForSymbol
from symbolnb.graph.node import Entry, Node
from symbolnb.ops.help import METHODS, face
from symbolnb.ops.joining import where_to_split
from symbolnb.ops.registry import find
from symbolnb.symbol.compose import make_node

NEED_VALUES = ("as_in_context", "asnumpy", "asscalar", "backward", "copy", "gradient", "wait_to_read")
"""The methods of an NDArray that MXNet lists for a Symbol only to refuse them."""


class Fluent:
    """Operators and methods of a Symbol; each makes one node over the symbol's entry."""

    _entries: tuple[Entry, ...]

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = tuple(entries)

    def _only(self) -> Entry:
        if len(self._entries) != 1:
            raise CompositionError(f"{self!r} has {len(self._entries)} outputs; take one of them first")
        return self._entries[0]

    def _made(self, node: Node) -> Self:
        return type(self)([Entry(node, index) for index in range(node.visible_outputs)])

    def _binary(self, other: Any, pair: str, scalar: str) -> Self:
        """The operator called `pair` on two symbols, or the one called `scalar` on a symbol and a number."""
        if isinstance(other, Fluent):
            return self._made(make_node(find(pair), pair.lower(), [self._only(), other._only()], {}))
        if isinstance(other, Number):
            return self._made(make_node(find(scalar), scalar.lower(), [self._only()], {"scalar": other}))
        raise TypeError(f"a Symbol and {type(other).__name__} {other!r} cannot be combined; use a Symbol or a number")

    def __add__(self, other: Any) -> Self:
        return self._binary(other, "_Plus", "_PlusScalar")

    __radd__ = __add__

    def __sub__(self, other: Any) -> Self:
        return self._binary(other, "_Minus", "_MinusScalar")

    def __rsub__(self, other: Any) -> Self:
        return self._binary(other, "_Minus", "_RMinusScalar")

    def __mul__(self, other: Any) -> Self:
        return self._binary(other, "_Mul", "_MulScalar")

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Self:
        return self._binary(other, "_Div", "_DivScalar")

    def __rtruediv__(self, other: Any) -> Self:
        return self._binary(other, "_Div", "_RDivScalar")

    def __mod__(self, other: Any) -> Self:
        return self._binary(other, "_Mod", "_ModScalar")

    def __rmod__(self, other: Any) -> Self:
        return self._binary(other, "_Mod", "_RModScalar")

    def __pow__(self, other: Any) -> Self:
        return self._binary(other, "_Power", "_PowerScalar")

    def __rpow__(self, other: Any) -> Self:
        return self._binary(other, "_Power", "_rpower_scalar")  # the one that MXNet names in lower case

    def __neg__(self) -> Self:
        return self._binary(-1.0, "_Mul", "_MulScalar")

    def __abs__(self) -> Self:
        return self._made(make_node(find("abs"), "abs", [self._only()], {}))

    def __eq__(self, other: object) -> Self:  # type: ignore[override]  # a graph, not a truth value
        return self._binary(other, "_equal", "_equal_scalar")

    def __ne__(self, other: object) -> Self:  # type: ignore[override]
        return self._binary(other, "_not_equal", "_not_equal_scalar")

    def __gt__(self, other: Any) -> Self:
        return self._binary(other, "_greater", "_greater_scalar")

    def __ge__(self, other: Any) -> Self:
        return self._binary(other, "_greater_equal", "_greater_equal_scalar")

    def __lt__(self, other: Any) -> Self:
        return self._binary(other, "_lesser", "_lesser_scalar")

    def __le__(self, other: Any) -> Self:
        return self._binary(other, "_lesser_equal", "_lesser_equal_scalar")

    __array_ufunc__ = None  # a NumPy number on the left leaves the work to the methods here

    __hash__ = None  # type: ignore[assignment]  # == makes a graph

    def astype(self, dtype: Any, **kwargs: Any) -> Self:
        """The symbol cast to another element type."""
        return self._method("cast", (), {"dtype": dtype, **kwargs})

    def reshape(self, *shape: Any, **kwargs: Any) -> Self:
        """The symbol in another shape, given as a tuple, as numbers, or as ``shape=``; see `sym.reshape`."""
        if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
            shape = tuple(shape[0])
        return self._method("reshape", (), {"shape": shape, **kwargs} if shape else kwargs)

    def split_v2(self, indices_or_sections: int | tuple[int, ...], axis: int = 0, squeeze_axis: bool = False) -> Self:
        """The symbol cut along an axis; see `sym.split_v2`."""
        parameters = {"axis": axis, "squeeze_axis": squeeze_axis, **where_to_split(indices_or_sections)}
        return self._made(make_node(find("_split_v2"), "_split_v2", [self._only()], parameters))

    def detach(self) -> Self:
        """The symbol as a constant: no gradient flows back through it."""
        return self._made(make_node(find("BlockGrad"), "blockgrad", [self._only()], {}))

    def as_nd_ndarray(self) -> Self:
        """The symbol itself: there is one kind of symbols here."""
        return self

    def _method(self, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Self:
        cls = find(name)
        known = face(cls)
        given = dict(kwargs)
        label, attributes = given.pop("name", None), given.pop("attr", None)
        inputs = {known.inputs[0]: self._only()} if known.inputs else {}
        positional = list(args)
        for input_name in known.inputs[1:]:
            value = (
                positional.pop(0) if positional and isinstance(positional[0], Fluent) else given.pop(input_name, None)
            )
            if value is not None:
                inputs[input_name] = value._only()
        if len(positional) > len(known.parameters):
            raise CompositionError(
                f"{name} takes at most {len(known.parameters)} parameters: {', '.join(known.parameters)}"
            )
        parameters = {**dict(zip(known.parameters, positional, strict=False)), **given}
        return self._made(make_node(cls, name.lower(), inputs, parameters, label, attributes))


def _method(name: str) -> Any:
    def method(self: Fluent, *args: Any, **kwargs: Any) -> Fluent:
        return self._method(name, args, kwargs)

    method.__name__ = name
    method.__qualname__ = f"Symbol.{name}"
    method.__doc__ = f"Short for ``sym.{name}(self, ...)``."
    return method


def _refused(name: str) -> Any:
    def method(self: Fluent, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedForSymbol(f"{name} needs values, and {self!r} has none yet: bind it, or call eval")

    method.__name__ = name
    method.__qualname__ = f"Symbol.{name}"
    method.__doc__ = "Raises `NotImplementedForSymbol`: a Symbol has no values."
    return method


for _name in METHODS:
    if _name not in Fluent.__dict__:
        setattr(Fluent, _name, _method(_name))
for _name in NEED_VALUES:
    setattr(Fluent, _name, _refused(_name))
