"""The names that old code imports from ``mxnet.base``."""

import numpy as np

from symbolnb.errors import MXNetError

string_types = (str,)
"""Classes that count as text."""

numeric_types = (float, int, np.generic)
"""Classes that count as numbers."""

integer_types = (int, np.int32, np.int64)
"""Classes that count as integers."""


def py_str(text: str | bytes) -> str:
    """Text as `str`: MXNet hands some names, such as those that monitors get, to Python as bytes.

    >>> py_str(b"fc1_output"), py_str("fc1_output")
    ('fc1_output', 'fc1_output')
    """
    return text.decode("utf-8") if isinstance(text, bytes) else text


__all__ = ["MXNetError", "integer_types", "numeric_types", "py_str", "string_types"]
