"""`sym.contrib`: loops and branches, and the operators that MXNet has under this name."""

from symbolnb.ops.namespaces import Namespace
from symbolnb.symbol.control_flow import cond, foreach, while_loop
from symbolnb.symbol.functions import function

__all__ = ["cond", "foreach", "while_loop"]

_namespace = Namespace(__name__, function, __all__)
__getattr__ = _namespace.find
__dir__ = _namespace.names
