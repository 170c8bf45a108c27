"""Rows of the operators that draw random arrays: shapes and types; tests/test_drawing.py checks what is drawn."""

from __future__ import annotations

from tests.cases.row import Bad, Row, Values, array, uniform

DRAWN = [
    ("_random_uniform", {"shape": (2, 3)}),
    ("_random_uniform", {"shape": 3, "low": -1, "high": 2.5, "dtype": "float16"}),
    ("_random_normal", {"shape": (2, 3), "loc": 1, "scale": 0.5}),
    ("_random_normal", {"shape": (3,), "dtype": "float64"}),
    ("_random_randint", {"shape": (2, 3), "low": -2, "high": 5}),
    ("_random_randint", {"shape": (3,), "low": 0, "high": 1, "dtype": "int64"}),
    ("_random_gamma", {"shape": (2, 3), "alpha": 2, "beta": 0.5}),
    ("_random_gamma", {"shape": (3,), "dtype": "float64"}),
    ("_random_exponential", {"shape": (2, 3), "lam": 4}),
    ("_random_poisson", {"shape": (2, 3), "lam": 4}),
    ("_random_poisson", {"shape": (3,), "lam": 0, "dtype": "float64"}),
    ("_random_negative_binomial", {"shape": (2, 3), "k": 3, "p": 0.4}),
    ("_random_negative_binomial", {"shape": (3,), "k": 0, "p": 0.4, "dtype": "float16"}),
    ("_random_generalized_negative_binomial", {"shape": (2, 3), "mu": 2, "alpha": 0.3}),
    ("_random_generalized_negative_binomial", {"shape": (3,), "alpha": 0, "dtype": "float64"}),
    ("_sample_unique_zipfian", {"range_max": 20, "shape": (2, 5)}),
    ("_sample_unique_zipfian", {"range_max": 5, "shape": (2, 5)}),
]

ROWS = [Row(name, parameters, golden=False, gradient="none", dtypes=("float32",)) for name, parameters in DRAWN]

PARAMETERS: dict[str, dict[str, object]] = {
    "uniform": {"low": -1, "high": 2},
    "normal": {"loc": 3, "scale": 0.5},
    "gamma": {"alpha": 2, "beta": 3},
    "exponential": {"lam": 2},
    "poisson": {"lam": 3},
    "negative_binomial": {"k": 3, "p": 0.4},
    "generalized_negative_binomial": {"mu": 2, "alpha": 0.3},
}
ROWS += [
    Row(f"_random_{name}_like", parameters, {"data": shape}, golden=False, gradient="numerical")
    for name, parameters in PARAMETERS.items()
    for shape in ((2, 3), (0, 3))
]

INPUTS: dict[str, tuple[str, ...]] = {name: tuple(parameters) for name, parameters in PARAMETERS.items()}
INPUTS["normal"] = ("mu", "sigma")


def fitting(name: str, *shape: int) -> Values:
    """Parameters that every distribution can have, with high above low."""
    return uniform(2, 3, *shape) if name == "high" else uniform(0.2, 0.9, *shape)


ROWS += [
    Row(
        f"_sample_{name}",
        {"shape": shape} if dtype is None else {"shape": shape, "dtype": dtype},
        {key: fitting(key, *front) for key in names},
        golden=False,
        gradient="none",
        dtypes=("float32", "float64", "float16", "int32") if dtype is None else ("float32",),
    )
    for name, names in INPUTS.items()
    for front, shape, dtype in (((2,), (3, 5), None), ((2, 3), (), "float64"), ((2,), 5, "float16"))
]

FAIR = array([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]])
ROWS += [
    Row("_sample_multinomial", parameters, {"data": data}, golden=False, gradient=gradient)
    for parameters, data, gradient in (
        ({}, FAIR, "none"),
        ({"shape": (2, 5)}, FAIR, "none"),
        ({"shape": 5, "dtype": "float32"}, FAIR, "none"),
        ({"dtype": "uint8"}, array([0.3, 0.7]), "none"),
        ({"shape": (2, 5), "get_prob": True}, FAIR, "numerical"),
        ({"get_prob": True}, array([0.3, 0.7]), "numerical"),
        ({"shape": 5, "get_prob": True, "dtype": "float64"}, array([[[0.3, 0.7]]]), "numerical"),
        ({"shape": 5, "get_prob": True, "dtype": "float16"}, array([0.3, 0.7]), "numerical"),
    )
]
ROWS += [
    Row("_shuffle", {}, {"data": data}, golden=False, gradient="none")
    for data in (Values("rising", (7,)), Values("rising", (5, 2, 3)), Values("rising", (0, 3)))
]

BAD = [
    Bad(
        "_random_uniform",
        "_random_uniform: low is 2 but must not be above high, 1",
        parameters={"low": 2, "shape": 3},
        error="ParameterError",
    ),
    Bad(
        "_random_normal",
        "_random_normal: scale is 0 but must be above 0",
        parameters={"scale": 0, "shape": 3},
        error="ParameterError",
    ),
    Bad(
        "_random_randint",
        "_random_randint: low is 3 but must be below high, 3",
        parameters={"low": 3, "high": 3},
        error="ParameterError",
    ),
    Bad(
        "_random_gamma",
        "_random_gamma: alpha is 0 but must be above 0",
        parameters={"alpha": 0},
        error="ParameterError",
    ),
    Bad(
        "_random_gamma_like",
        "_random_gamma_like: beta is -1 but must be above 0",
        parameters={"beta": -1},
        error="ParameterError",
    ),
    Bad(
        "_random_exponential",
        "_random_exponential: lam is 0 but must be above 0",
        parameters={"lam": 0},
        error="ParameterError",
    ),
    Bad(
        "_random_poisson",
        "_random_poisson: lam is -1 but must not be below 0",
        parameters={"lam": -1},
        error="ParameterError",
    ),
    Bad(
        "_random_negative_binomial",
        "_random_negative_binomial: k is -1 but must not be below 0",
        parameters={"k": -1},
        error="ParameterError",
    ),
    Bad(
        "_random_negative_binomial",
        "_random_negative_binomial: p is 1.5 but must be above 0 and at most 1",
        parameters={"p": 1.5},
        error="ParameterError",
    ),
    Bad(
        "_random_generalized_negative_binomial",
        "_random_generalized_negative_binomial: alpha is -1 but must not be below 0",
        parameters={"alpha": -1},
        error="ParameterError",
    ),
    Bad(
        "_random_generalized_negative_binomial_like",
        "_random_generalized_negative_binomial_like: mu is -1 but must not be below 0",
        parameters={"mu": -1},
        error="ParameterError",
    ),
    Bad(
        "_random_exponential",
        ("_random_exponential: parameter dtype is 'int32' but must be one of 'None', 'float16', 'float32', 'float64'"),
        parameters={"dtype": "int32"},
        error="ParameterError",
    ),
    Bad(
        "_sample_uniform",
        "_sample_uniform 'node': (2,) and (3,) differ [low (2,), high (3,)]",
        inputs={"low": (2,), "high": (3,)},
    ),
    Bad(
        "_sample_normal",
        "_sample_normal 'node': sigma ('sigma') is int32 but mu float32 needs float32",
        inputs={"mu": (2,), "sigma": (2,)},
        dtypes={"mu": "float32", "sigma": "int32"},
        error="DTypeError",
    ),
    Bad(
        "_sample_multinomial",
        "_sample_multinomial 'node': the type of data is int32 but must be a floating point type [data int32]",
        inputs={"data": (2, 3)},
        dtypes={"data": "int32"},
        error="DTypeError",
    ),
    Bad(
        "_sample_multinomial",
        (
            "_sample_multinomial: parameter dtype is 'int64' but must be one of 'float16', 'float32', "
            "'float64', 'int32', 'uint8'"
        ),
        parameters={"dtype": "int64"},
        inputs={"data": (2, 3)},
        error="ParameterError",
    ),
    Bad(
        "_sample_unique_zipfian",
        "_sample_unique_zipfian: there are no 4 different numbers below range_max, 3",
        parameters={"range_max": 3, "shape": (2, 4)},
        error="ParameterError",
    ),
    Bad(
        "_sample_unique_zipfian",
        "_sample_unique_zipfian: shape is (4,) but must have two numbers: rows, and numbers in each",
        parameters={"range_max": 3, "shape": 4},
        error="ParameterError",
    ),
    Bad(
        "_shuffle",
        "_shuffle 'node': _shuffle has no gradient",
        inputs={"data": (2, 3)},
        error="GradientError",
    ),
]
