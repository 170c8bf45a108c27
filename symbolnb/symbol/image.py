"""`sym.image`: images."""

from symbolnb.ops.namespaces import Namespace
from symbolnb.symbol.functions import function

_namespace = Namespace(__name__, function)
__getattr__ = _namespace.find
__dir__ = _namespace.names
