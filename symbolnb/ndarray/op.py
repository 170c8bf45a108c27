"""`nd.op`: every operator whose name does not begin with an underscore."""

from symbolnb.ndarray.functions import function
from symbolnb.ops.namespaces import Namespace

_namespace = Namespace(__name__, function)
__getattr__ = _namespace.find
__dir__ = _namespace.names
