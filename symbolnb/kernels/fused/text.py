"""Writing LLVM's intermediate language: straight-line arithmetic on vectors, as text.

A `Block` is a list of instructions without branches. Every operation is written once: asking for the same one
again gives the same result. Nothing is reordered or contracted, so that each operation rounds as NumPy's does.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

FLOATS = {"float16": "half", "float32": "float", "float64": "double"}
"""LLVM's names of the floating point types."""

INTEGERS = {"bool": "i8", "uint8": "i8", "int8": "i8", "int32": "i32", "int64": "i64"}
"""LLVM's names of the integer types."""

BITS = {"float": "i32", "double": "i64"}
"""The integers that are as wide as the types in which numbers are computed."""


def literal(value: float, kind: str) -> str:
    """A floating point constant, rounded to `kind`; LLVM wants the bits of a double even for a float."""
    if kind == "float":
        value = float(_rounded(value))
    return f"0x{struct.unpack('>Q', struct.pack('>d', value))[0]:016X}"


def _rounded(value: float) -> float:
    try:
        made: float = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:  # beyond what the type holds
        return float("inf") if value > 0 else float("-inf")
    return made


@dataclass
class Block:
    """Instructions on vectors of `lanes` elements; methods write one and give the name of its result.

    `kind` is ``float`` or ``double``, the element type in which the operands are computed. Conditions are
    vectors of ``i1``.
    """

    lanes: int
    lines: list[str] = field(default_factory=list)
    intrinsics: dict[str, str] = field(default_factory=dict)
    _known: dict[str, str] = field(default_factory=dict)

    def vector(self, kind: str) -> str:
        """The vector type of an element type."""
        return f"<{self.lanes} x {kind}>"

    def write(self, text: str) -> str:
        """One instruction, or the result of the same one written before."""
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = f"%v{len(self._known)}"
            self.lines.append(f"  {found} = {text}")
        return found

    def number(self, value: float, kind: str) -> str:
        """A constant in all lanes."""
        return f"splat ({kind} {literal(value, kind)})"

    def integer(self, value: int, kind: str) -> str:
        """An integer constant in all lanes, as wide as `kind`."""
        return f"splat ({BITS[kind]} {value})"

    def arithmetic(self, word: str, kind: str, left: str, right: str) -> str:
        """``fadd``, ``fsub``, ``fmul`` or ``fdiv``."""
        return self.write(f"{word} {self.vector(kind)} {left}, {right}")

    def add(self, kind: str, left: str, right: str) -> str:
        """The sum."""
        return self.arithmetic("fadd", kind, left, right)

    def subtract(self, kind: str, left: str, right: str) -> str:
        """The difference."""
        return self.arithmetic("fsub", kind, left, right)

    def multiply(self, kind: str, left: str, right: str) -> str:
        """The product."""
        return self.arithmetic("fmul", kind, left, right)

    def divide(self, kind: str, left: str, right: str) -> str:
        """The quotient."""
        return self.arithmetic("fdiv", kind, left, right)

    def negative(self, kind: str, value: str) -> str:
        """The value with its sign changed."""
        return self.write(f"fneg {self.vector(kind)} {value}")

    def bits(self, word: str, kind: str, left: str, right: str) -> str:
        """An operation on integers as wide as `kind`: ``add``, ``and``, ``shl``, ..."""
        return self.write(f"{word} {self.vector(BITS[kind])} {left}, {right}")

    def as_bits(self, kind: str, value: str) -> str:
        """The bytes of a number as an integer."""
        return self.write(f"bitcast {self.vector(kind)} {value} to {self.vector(BITS[kind])}")

    def from_bits(self, kind: str, value: str) -> str:
        """The number with these bytes."""
        return self.write(f"bitcast {self.vector(BITS[kind])} {value} to {self.vector(kind)}")

    def convert(self, word: str, source: str, value: str, target: str) -> str:
        """A conversion instruction from one element type to another."""
        return self.write(f"{word} {self.vector(source)} {value} to {self.vector(target)}")

    def compare(self, word: str, kind: str, left: str, right: str) -> str:
        """A condition: ``oeq``, ``ogt``, ``uno``, ...; with u instead of o it also holds for NaN."""
        return self.write(f"fcmp {word} {self.vector(kind)} {left}, {right}")

    def logic(self, word: str, left: str, right: str) -> str:
        """Two conditions joined by ``and``, ``or`` or ``xor``."""
        return self.write(f"{word} {self.vector('i1')} {left}, {right}")

    def select(self, kind: str, condition: str, yes: str, no: str) -> str:
        """One value where a condition holds, else the other."""
        vector = self.vector(kind)
        return self.write(f"select {self.vector('i1')} {condition}, {vector} {yes}, {vector} {no}")

    def intrinsic(self, word: str, kind: str, *values: str) -> str:
        """One of LLVM's own functions: ``fma``, ``sqrt``, ``floor``, ..."""
        vector, name = self.vector(kind), f"llvm.{word}.v{self.lanes}{'f32' if kind == 'float' else 'f64'}"
        self.intrinsics[name] = f"declare {vector} @{name}({', '.join([vector] * len(values))})"
        return self.write(f"call {vector} @{name}({', '.join(f'{vector} {value}' for value in values)})")
