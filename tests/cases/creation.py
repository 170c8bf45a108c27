"""Rows of the operators that make arrays from parameters alone."""

from __future__ import annotations

from tests.cases.row import Bad, Row

MADE = [
    ("_zeros", {"shape": (2, 3)}),
    ("_zeros", {"shape": 3}),
    ("_zeros", {"shape": (2, 3), "dtype": "int32", "ctx": "cpu(0)"}),
    ("_ones", {"shape": (2, 3)}),
    ("_ones", {"shape": (3,), "dtype": "float64"}),
    ("_ones", {"shape": (3,), "dtype": "uint8"}),
    ("_full", {"shape": (2, 3), "value": 1.5}),
    ("_full", {"shape": (2,), "value": 2.7, "dtype": "int32"}),
    ("_full", {"shape": (2,), "value": -2.7, "dtype": "int64"}),
    ("_full", {"shape": (2,), "value": -1, "dtype": "uint8"}),
    ("_full", {"shape": (2,), "value": 0.1, "dtype": "float16"}),
    ("_eye", {"N": 3}),
    ("_eye", {"N": 2, "M": 3}),
    ("_eye", {"N": 3, "M": -1}),
    ("_eye", {"N": 3, "k": 1}),
    ("_eye", {"N": 3, "M": 5, "k": -1}),
    ("_eye", {"N": 3, "k": 5}),
    ("_eye", {"N": 2, "dtype": "int32"}),
    ("_arange", {"start": 5}),
    ("_arange", {"start": 3.5}),
    ("_arange", {"start": 5, "stop": "None"}),
    ("_arange", {"start": 2, "stop": 8}),
    ("_arange", {"start": 2, "stop": 8, "step": 2}),
    ("_arange", {"start": 8, "stop": 2, "step": -2}),
    ("_arange", {"start": 0, "stop": 1, "step": 0.3}),
    ("_arange", {"start": 0, "stop": 3, "repeat": 3}),
    ("_arange", {"start": 2, "stop": 9, "step": 3, "infer_range": True}),
    ("_arange", {"start": 0, "stop": 5, "dtype": "int32"}),
    ("_arange", {"start": 0.5, "stop": 5, "step": 1.5, "dtype": "int32"}),
    ("_arange", {"start": -1.5, "stop": 3, "dtype": "float64"}),
    ("_linspace", {"start": 0, "stop": 1, "num": 5}),
    ("_linspace", {"start": 0, "stop": 1, "num": 5, "endpoint": False}),
    ("_linspace", {"start": 0, "stop": 1, "num": 1}),
    ("_linspace", {"start": 5, "stop": 1, "num": 3}),
    ("_linspace", {"start": 2, "stop": 3, "num": 3, "dtype": "int32"}),
    ("_linspace", {"start": -2, "stop": 3, "num": 7, "dtype": "float64"}),
]
ROWS = [Row(name, parameters, gradient="none", dtypes=["float32"]) for name, parameters in MADE]

BAD = [
    Bad(
        "_zeros",
        (
            "_zeros: parameter dtype is 'float8' but must be one of 'bfloat16', 'float16', 'float32', "
            "'float64', 'int32', 'int64', 'int8', 'uint8', 'bool'"
        ),
        {"shape": (2, 3), "dtype": "float8"},
        error="ParameterError",
    ),
    Bad("_zeros", "_zeros: the shape of output does not follow from its inputs, ?", {"shape": ()}),
    Bad(
        "_zeros", "_zeros(shape=(0, 3)): the shape of output does not follow from its inputs, (?, 3)", {"shape": (0, 3)}
    ),
    Bad(
        "_full",
        "_full needs the parameter value: a number (the value of every element)",
        {"shape": (2,)},
        error="ParameterError",
    ),
    Bad("_eye", "_eye: parameter N is -2 but must be an integer >= 0", {"N": -2}, error="ParameterError"),
    Bad(
        "_arange",
        "_arange: there is nothing from 5 up to 2 in steps of 1",
        {"start": 5, "stop": 2},
        error="ParameterError",
    ),
    Bad(
        "_arange",
        "_arange: there is nothing from 2 up to 2 in steps of 1",
        {"start": 2, "stop": 2},
        error="ParameterError",
    ),
    Bad(
        "_arange",
        "_arange: there is nothing from 0 up to 5 in steps of -1",
        {"start": 0, "stop": 5, "step": -1},
        error="ParameterError",
    ),
    Bad(
        "_arange",
        "_arange: step is 0 but the numbers must rise or fall",
        {"start": 0, "stop": 5, "step": 0},
        error="ParameterError",
    ),
    Bad(
        "_arange",
        "_arange: parameter repeat is 0 but must be an integer >= 1",
        {"start": 0, "stop": 3, "repeat": 0},
        error="ParameterError",
    ),
    Bad("_arange", "_arange: there is nothing from 0 up to -1 in steps of 1", {"start": -1}, error="ParameterError"),
    Bad(
        "_arange",
        "_arange(start=2.0, infer_range=True): the shape of output does not follow from its inputs, (?,)",
        {"start": 2, "infer_range": True},
    ),
    Bad(
        "_linspace",
        "_linspace needs the parameter num: an integer >= 0 (how many numbers)",
        {"start": 0, "stop": 1},
        error="ParameterError",
    ),
    Bad(
        "_linspace",
        "_linspace: parameter num is -1 but must be an integer >= 0",
        {"start": 0, "stop": 1, "num": -1},
        error="ParameterError",
    ),
]
