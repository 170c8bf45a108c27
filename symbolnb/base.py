"""The names that old code imports from ``mxnet.base``."""

import numpy as np

from symbolnb.errors import MXNetError

string_types = (str,)
"""Classes that count as text."""

numeric_types = (float, int, np.generic)
"""Classes that count as numbers."""

integer_types = (int, np.int32, np.int64)
"""Classes that count as integers."""

__all__ = ["MXNetError", "integer_types", "numeric_types", "string_types"]
