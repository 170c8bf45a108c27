"""`nd._internal`: the operators whose names begin with an underscore."""

from symbolnb.ndarray.functions import function
from symbolnb.ndarray.shorthand import _set_value
from symbolnb.ops.namespaces import Namespace

__all__ = ["_set_value"]

_namespace = Namespace(__name__, function, __all__)
__getattr__ = _namespace.find
__dir__ = _namespace.names
