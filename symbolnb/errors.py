"""The exceptions of symbolnb, one tree with `MXNetError` at its root.

Every error that the library raises on purpose is an `MXNetError`, as code written for MXNet expects,
and also the built-in exception that fits (`ValueError`, `TypeError`, ...), as new code expects.
"""


class MXNetError(RuntimeError):
    """Root of all errors that symbolnb raises on purpose."""


class ParameterError(MXNetError, ValueError):
    """An operator parameter is missing, unknown, of the wrong kind or out of range."""


class ShapeError(MXNetError, ValueError):
    """Shapes contradict each other or an operator's rule."""


class DTypeError(MXNetError, TypeError):
    """Element types contradict each other or an operator's rule."""


class NotImplementedForSymbol(MXNetError, TypeError):
    """An operation that needs values was asked of a Symbol, which has none."""


class UnknownOperatorError(MXNetError, AttributeError):
    """No operator of that name is registered."""


class IndexingError(MXNetError, IndexError, ValueError):
    """An index or a slice does not fit the array."""


class CompositionError(MXNetError, TypeError):
    """Symbols were put together in a way that the operator or the graph does not allow."""


class BindError(MXNetError, ValueError):
    """Arrays given to bind, forward or backward do not fit the graph's arguments."""


class BindTypeError(BindError, TypeError):
    """Something that is not an array, a context or a collection of arrays was given where one is needed."""


class FormatError(MXNetError, ValueError):
    """A file is not what it claims to be, or is broken."""


class AllocationError(MXNetError, MemoryError):
    """There is no memory for an array or for a program's intermediate results."""


class DeviceError(MXNetError):
    """A device or a library for it is not available."""


class GradientError(MXNetError):
    """A gradient was asked for where none is defined."""


class CustomError(MXNetError):
    """The Python code of a custom operator raised an exception, which is the cause of this one."""
