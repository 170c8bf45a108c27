"""`nd.contrib`: loops and branches, and the operators that MXNet has under this name."""

from symbolnb.ndarray.control_flow import cond, foreach, while_loop
from symbolnb.ndarray.functions import function
from symbolnb.ops.namespaces import Namespace

__all__ = ["cond", "foreach", "while_loop"]

_namespace = Namespace(__name__, function, __all__)
__getattr__ = _namespace.find
__dir__ = _namespace.names
