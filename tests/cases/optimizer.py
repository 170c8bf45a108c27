"""Rows of the update operators; tests/test_updates.py compares the states that they leave behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tests.cases.row import Bad, Row, Shape, Values, array, uniform

CLIP = {"rescale_grad": 2.0, "clip_gradient": 0.3}
SCALED = CLIP | {"wd": 0.01}
W, POSITIVE = (3, 2), uniform(0.5, 2.0, 3, 2)
STATE, ROOM = uniform(-0.5, 0.5, 3, 2), uniform(2.0, 3.0, 3, 2)
HIGH = {name: Values(kind.kind, kind.shape, kind.low, kind.high, "float32")
        for name, kind in {"state": STATE, "positive": POSITIVE}.items()}  # fmt: skip
NUMBER = array([2.0], "float32")


def update(operator: str, parameters: Mapping[str, Any], inputs: Mapping[str, Shape | Values], **more: Any) -> Row:
    """A row of an update: without a gradient, as MXNet has none."""
    return Row(operator, parameters, {"weight": W, "grad": W, **inputs}, gradient="none", **more)


ROWS = [
    update(name, {"lr": 0.1, **parameters}, inputs)
    for name, every, inputs in (
        ("sgd_update", [SCALED, {"lazy_update": False}], {}),
        ("signsgd_update", [SCALED], {}),
        ("sgd_mom_update", [SCALED | {"momentum": 0.9}, {"lazy_update": False}], {"mom": STATE}),
        ("nag_mom_update", [SCALED | {"momentum": 0.9}], {"mom": STATE}),
        ("signum_update", [SCALED | {"momentum": 0.9, "wd_lh": 0.05}], {"mom": STATE}),
        (
            "adam_update",
            [SCALED, {"beta1": 0.5, "beta2": 0.25, "epsilon": 0.1, "lazy_update": False}],
            {"mean": STATE, "var": POSITIVE},
        ),
        (
            "ftml_update",
            [
                {"t": 3, "rescale_grad": 2.0, "clip_grad": 0.3, "wd": 0.01},
                {"t": 1, "beta1": 0.5, "beta2": 0.25, "epsilon": 0.1},
            ],
            {"d": POSITIVE, "v": POSITIVE, "z": STATE},
        ),
        ("ftrl_update", [SCALED, {"lamda1": 0.4, "beta": 2.0}], {"z": STATE, "n": POSITIVE}),
        (
            "rmsprop_update",
            [SCALED, {"gamma1": 0.5, "epsilon": 0.1, "clip_weights": 0.2}],
            {"n": POSITIVE},
        ),
        (
            "rmspropalex_update",
            [SCALED, {"gamma1": 0.5, "gamma2": 0.25, "epsilon": 0.1, "clip_weights": 0.2}],
            {"n": ROOM, "g": STATE, "delta": STATE},
        ),
    )
    for parameters in ({}, *every)
    if name != "ftml_update" or parameters
]
ROWS += [
    update(name, {"lr": 0.1, **parameters}, inputs, dtypes=("float32", "float16"))
    for name, every, inputs in (
        ("mp_sgd_update", [SCALED | {"lazy_update": False}], {"weight32": HIGH["state"]}),
        (
            "mp_sgd_mom_update",
            [SCALED | {"momentum": 0.9, "lazy_update": False}],
            {"mom": HIGH["state"], "weight32": HIGH["state"]},
        ),
        ("mp_nag_mom_update", [SCALED | {"momentum": 0.9}], {"mom": HIGH["state"], "weight32": HIGH["state"]}),
    )
    for parameters in ({}, *every)
]

ADAMW = [
    {},
    {"wd": 0.01, "clip_gradient": 0.3, "beta1": 0.5, "beta2": 0.25, "epsilon": 0.1},
]
ROWS += [
    update(
        "_adamw_update",
        {"lr": 0.1, "eta": 0.5, **parameters},
        {"mean": STATE, "var": POSITIVE, "rescale_grad": NUMBER},
        free=("rescale_grad",),
    )
    for parameters in ADAMW
]
ROWS += [
    update(
        "_mp_adamw_update",
        {"lr": 0.1, "eta": 0.5, **parameters},
        {"mean": HIGH["state"], "var": HIGH["positive"], "weight32": HIGH["state"], "rescale_grad": NUMBER},
        free=("rescale_grad",),
        dtypes=("float32", "float16"),
    )
    for parameters in ADAMW
]


def unchanged(weight: Any, *others: Any, **parameters: Any) -> Any:
    """The weight as it was."""
    return weight


ROWS += [
    update(
        "_adamw_update",
        {"lr": 0.1, "eta": 0.5},
        {"mean": STATE, "var": POSITIVE, "rescale_grad": array([factor], "float32")},
        free=("rescale_grad",),
        golden=False,
        oracle=unchanged,
        note=f"factor {factor}",
    )
    for factor in (0.0, np.inf, np.nan)
]


def adagrad(weight: Any, grad: Any, history: Any, lr: float, **parameters: float) -> Any:
    """One step of AdaGrad in plain NumPy."""
    grad = grad * parameters.get("rescale_grad", 1)
    limit = parameters.get("clip_gradient", np.inf)
    grad = np.clip(grad, -limit, limit)
    root = np.sqrt(history + grad * grad + parameters.get("epsilon", 1e-7))
    return weight - lr * (grad / root + parameters.get("wd", 0) * weight)


def by_rows(weight: Any, grad: Any, history: Any, lr: float, **parameters: float) -> Any:
    """One step of AdaGrad by rows in plain NumPy."""
    limit = parameters.get("clip_gradient", np.inf)
    grad = np.clip(grad * parameters.get("rescale_grad", 1), -limit, limit)
    total = history.reshape(3, 1) + (grad * grad).mean(axis=1, keepdims=True)
    return weight - lr * grad / np.sqrt(total + parameters.get("epsilon", 1e-5))


ROWS += [
    update("_sparse_adagrad_update", {"lr": 0.1, **more}, {"history": POSITIVE}, golden=False, oracle=adagrad)
    for more in ({}, SCALED, {"epsilon": 0.1})
]
ROWS += [
    update(
        "_contrib_group_adagrad_update",
        {"lr": 0.1, **more},
        {"history": uniform(0.5, 2.0, *shape)},
        golden=False,
        oracle=by_rows,
        free=("history",),
    )
    for more, shape in (({}, (3, 1)), (CLIP, (3,)), ({"epsilon": 0.1}, (3, 1)))
]

LAMB = [
    {"t": 3, "wd": 0.01},
    {"t": 3, "wd": 0.0, **CLIP, "bias_correction": False},
    {"t": 1, "wd": 0.01, "beta1": 0.5, "beta2": 0.25, "epsilon": 0.1},
]
ROWS += [update("lamb_update_phase1", parameters, {"mean": STATE, "var": POSITIVE}) for parameters in LAMB]
BOUNDS = [
    ({}, 2.0, 3.0),
    ({"upper_bound": 0.5}, 2.0, 3.0),
    ({"lower_bound": 4.0}, 2.0, 3.0),
    ({}, 0.0, 3.0),
    ({"lower_bound": 1.0, "upper_bound": 10.0}, 0.0, 3.0),
    ({}, 2.0, 0.0),
]
ROWS += [
    Row(
        "lamb_update_phase2",
        {"lr": 0.1, **parameters},
        {"weight": W, "g": W, "r1": array([size]), "r2": array([length])},
        gradient="none",
        free=("r1", "r2"),
        inferred=False,
        note=f"{size} {length}",
    )
    for parameters, size, length in BOUNDS
]
ROWS += [
    Row(
        "mp_lamb_update_phase2",
        {"lr": 0.1, **parameters},
        {
            "weight": W,
            "g": HIGH["state"],
            "r1": array([size], "float32"),
            "r2": array([length], "float32"),
            "weight32": HIGH["state"],
        },
        gradient="none",
        free=("r1", "r2"),
        inferred=False,
        dtypes=("float32", "float16"),
        note=f"{size} {length}",
    )
    for parameters, size, length in BOUNDS
]
SQUARES = [array(values) for values in ([0.1, 0.2, 0.3], [4, 0, 9], [1, 2, 0], [0.01, 0.02, 0.03])]
ROWS += [
    Row(
        "multi_lars",
        {"eta": 0.5, "eps": 0.1, **parameters},
        dict(zip(("lrs", "weights_sum_sq", "grads_sum_sq", "wds"), SQUARES, strict=True)),
        gradient="none",
    )
    for parameters in ({}, {"rescale_grad": 2.0})
]

SHAPES = ((3, 2), (5,))
RATES = {"lrs": (0.1, 0.2), "wds": (0.01, 0.0)}


def several(kinds: str, last: Mapping[str, Values] | None = None) -> dict[str, Shape | Values]:
    """The inputs for two weights: of each a letter, w(eight), g(radient), m(omentum, or mean), v(ar), h(igh)."""
    mixed = "h" in kinds
    made: dict[str, Shape | Values] = {}
    for index, shape in enumerate(SHAPES):
        high = "float32" if mixed else None
        values = {
            "w": ("weight", Values("normal", shape)),
            "g": ("grad", Values("normal", shape)),
            "m": ("mom", Values("uniform", shape, -0.5, 0.5, high)),
            "v": ("var", Values("uniform", shape, 0.5, 2.0, high)),
            "h": ("weight32", Values("normal", shape, dtype="float32")),
        }
        made.update({f"{values[kind][0]}_{index}": values[kind][1] for kind in kinds})
    return made | dict(last or {})


def together(
    name: str,
    kinds: str,
    one: Callable[..., Any],
    parameters: Mapping[str, Any],
    last: Mapping[str, Values] | None = None,
    **more: Any,
) -> Row:
    """A row of an update of two weights.

    There is no golden answer: MXNet's inference of their shapes and types fails unless the results' are known, so
    that their symbols cannot be bound there.
    """
    mixed = "h" in kinds
    return Row(
        name,
        parameters,
        several(kinds, last),
        gradient="none",
        golden=False,
        oracle=one_by_one(kinds, one),
        dtypes=("float32", "float16") if mixed else ("float32", "float64", "float16"),
        **more,
    )


def scaled(grad: Any, parameters: Mapping[str, Any]) -> Any:
    """The gradient, scaled and clipped."""
    limit = parameters.get("clip_gradient", np.inf)
    return np.clip(grad * parameters.get("rescale_grad", 1), -limit, limit)


def sgd(index: int, weight: Any, grad: Any, velocity: Any = 0.0, *_: Any, **parameters: Any) -> Any:
    """One step with momentum in plain NumPy."""
    grad = scaled(grad, parameters) + parameters["wds"][index] * weight
    return weight + parameters.get("momentum", 0) * velocity - parameters["lrs"][index] * grad


def direction(weight: Any, grad: Any, mean: Any, var: Any, epsilon: float, t: int, **parameters: Any) -> Any:
    """The corrected mean of gradients over the root of that of squares, in plain NumPy; for t=0 uncorrected."""
    first, second = parameters.get("beta1", 0.9), parameters.get("beta2", 0.999)
    epsilon = parameters.get("epsilon", epsilon)
    mean, var = first * mean + (1 - first) * grad, second * var + (1 - second) * grad * grad
    if t > 0:
        mean, var = mean / (1 - first**t), var / (1 - second**t)
    return mean / (np.sqrt(var) + epsilon)


def adamw(index: int, *arrays: Any, **parameters: Any) -> Any:
    """One step of AdamW in plain NumPy."""
    weight, grad, *means = arrays
    given = {key: value for key, value in parameters.items() if key != "epsilon"}
    step = direction(weight, scaled(grad, parameters), *means, parameters.get("epsilon", 1e-8), 0, **given)
    pull = parameters["wds"][index] * weight
    return weight - parameters["etas"][index] * (parameters["lrs"][index] * step + pull)


def first_phase(*arrays: Any, t: int, wd: float, **parameters: Any) -> Any:
    """The direction of LAMB in plain NumPy."""
    weight, grad, *means = arrays
    t = t if parameters.get("bias_correction", True) else 0
    given = {key: value for key, value in parameters.items() if key != "epsilon"}
    made = direction(weight, scaled(grad, parameters), *means, parameters.get("epsilon", 1e-6), t, **given)
    return made + wd * weight


def mixed_first_phase(weight: Any, grad: Any, mean: Any, var: Any, high: Any, **parameters: Any) -> Any:
    """The same for the weight in float32."""
    return first_phase(high, grad, mean, var, **parameters)


def lamb(index: int, *arrays: Any, **parameters: Any) -> Any:
    """One step of LAMB in plain NumPy."""
    weight = arrays[0]
    step = first_phase(*arrays, t=parameters["step_count"][index], wd=parameters["wds"][index], **parameters)
    size, length = np.linalg.norm(weight), np.linalg.norm(step)
    size = min(max(size, parameters.get("lower_bound", 0)), parameters.get("upper_bound", np.inf))
    return weight - parameters["learning_rates"][index] * size / length * step


def one_by_one(kinds: str, one: Callable[..., Any]) -> Callable[..., Any]:
    """An oracle for two weights from that for one; where there is one, the weight in float32 is the weight."""

    def both(*arrays: Any, **parameters: Any) -> tuple[Any, ...]:
        shared = arrays[2 * len(kinds) :]
        if len(shared) == 2:
            parameters |= {"lrs": shared[0], "wds": shared[1]}
        elif shared:
            parameters |= {"rescale_grad": shared[0]}
        made = []
        for index in range(2):
            group = list(arrays[index * len(kinds) : (index + 1) * len(kinds)])
            group = [group[-1], *group[1:-1]] if kinds[-1] == "h" else group
            made.append(one(index, *group, **parameters))
        return tuple(made)

    return both


HEAVY = {"momentum": 0.9}
ROWS += [
    together(name, kinds, sgd, RATES | more | {"num_weights": 2})
    for name, kinds, every in (
        ("multi_sgd_update", "wg", [CLIP]),
        ("multi_mp_sgd_update", "wgh", [CLIP]),
        ("multi_sgd_mom_update", "wgm", [CLIP | HEAVY]),
        ("multi_mp_sgd_mom_update", "wgmh", [CLIP | HEAVY]),
    )
    for more in ({}, *every)
]
LOADED = {"lrs": array([0.1, 0.2], "float32"), "wds": array([0.01, 0.0], "float32")}
ROWS += [
    together(name, kinds, sgd, more | {"num_weights": 2}, LOADED)
    for name, kinds, every in (
        ("preloaded_multi_sgd_update", "wg", [CLIP]),
        ("preloaded_multi_mp_sgd_update", "wgh", [CLIP]),
        ("preloaded_multi_sgd_mom_update", "wgm", [CLIP | HEAVY]),
        ("preloaded_multi_mp_sgd_mom_update", "wgmh", [CLIP | HEAVY]),
    )
    for more in ({}, *every)
]
ETAS = RATES | {"etas": (0.5, 1.0)}
ROWS += [
    together(name, kinds, adamw, ETAS | more | {"num_weights": 2}, {"rescale_grad": NUMBER}, free=("rescale_grad",))
    for name, kinds in (("_multi_adamw_update", "wgmv"), ("_multi_mp_adamw_update", "wgmvh"))
    for more in ({}, {"clip_gradient": 0.3, "beta1": 0.5, "beta2": 0.25, "epsilon": 0.1})
]
STEPS = {"learning_rates": (0.1, 0.2), "wds": (0.01, 0.0), "step_count": (3, 4), "num_tensors": 2}
ROWS += [
    together(name, kinds, lamb, STEPS | more)
    for name, kinds in (("_multi_lamb_update", "wgmv"), ("_multi_mp_lamb_update", "wgmvh"))
    for more in (
        {},
        CLIP | {"bias_correction": False},
        {"beta1": 0.5, "beta2": 0.25, "epsilon": 0.1, "upper_bound": 0.5},
        {"lower_bound": 4.0},
    )
]

ROWS += [
    update(
        "mp_lamb_update_phase1",
        parameters,
        {"mean": HIGH["state"], "var": HIGH["positive"], "weight32": HIGH["state"]},
        dtypes=("float32", "float16"),
        golden=False,
        oracle=mixed_first_phase,
    )
    for parameters in LAMB
]
SPOILT = array([1.0, np.inf, 2.0])
ROWS += [
    Row("multi_sum_sq", {"num_arrays": 2}, {"array_0": (3, 2), "array_1": (5,)}, gradient="none"),
    Row("reset_arrays", {"num_arrays": 2}, {"array_0": (3, 2), "array_1": (5,)}, gradient="none", golden=False),
    Row("all_finite", {}, {"data": (3, 2)}, gradient="none"),
    Row("all_finite", {"init_output": True}, {"data": SPOILT}, gradient="none"),
    Row("all_finite", {"init_output": False}, {"data": SPOILT}, gradient="none"),
    Row("multi_all_finite", {"num_arrays": 2}, {"array_0": (3, 2), "array_1": (5,)}, gradient="none"),
    Row("multi_all_finite", {"num_arrays": 2}, {"array_0": (3, 2), "array_1": SPOILT}, gradient="none"),
    Row("multi_all_finite", {"num_arrays": 1, "init_output": False}, {"array_0": SPOILT}, gradient="none"),
]

BAD = [
    Bad(
        "sgd_update",
        "sgd_update needs the parameter lr: a number (the learning rate)",
        inputs={"weight": (2, 3), "grad": (2, 3)},
        error="ParameterError",
    ),
    Bad(
        "sgd_update",
        "sgd_update 'node': (2, 3) and (3, 3) differ [weight (2, 3), grad (3, 3)]",
        parameters={"lr": 1},
        inputs={"weight": (2, 3), "grad": (3, 3)},
    ),
    Bad(
        "sgd_update",
        "sgd_update 'node': sgd_update has no gradient",
        parameters={"lr": 1},
        inputs={"weight": (2, 3), "grad": (2, 3)},
        error="GradientError",
    ),
    Bad(
        "multi_sum_sq",
        "multi_sum_sq: parameter num_arrays is 0 but must be an integer >= 1 and <= 100000",
        parameters={"num_arrays": 0},
        error="ParameterError",
    ),
    Bad(
        "adam_update",
        (
            "adam_update 'node': the element type is int32 but must be a floating point type [weight int32, "
            "grad ?, mean ?, var ?]"
        ),
        parameters={"lr": 1},
        inputs={"weight": (2, 3), "grad": (2, 3), "mean": (2, 3), "var": (2, 3)},
        dtypes={"weight": "int32"},
        error="DTypeError",
    ),
    Bad(
        "adam_update",
        "adam_update 'node': (2, 3) and (2, 2) differ [weight (2, 3), grad (2, 3), mean (2, 3), var (2, 2)]",
        parameters={"lr": 1},
        inputs={"weight": (2, 3), "grad": (2, 3), "mean": (2, 3), "var": (2, 2)},
    ),
    Bad(
        "mp_sgd_update",
        (
            "mp_sgd_update 'node': weight32 ('weight32') is float64 but weight float16, grad float16 with "
            "lr=1.0 needs float32"
        ),
        parameters={"lr": 1},
        inputs={"weight": (2, 3), "grad": (2, 3), "weight32": (2, 3)},
        dtypes={"weight": "float16", "weight32": "float64"},
        error="DTypeError",
    ),
    Bad(
        "ftml_update",
        "ftml_update: parameter beta1 is 2 but must be a number >= 0 and <= 1",
        parameters={"lr": 1, "t": 1, "beta1": 2},
        error="ParameterError",
    ),
    Bad(
        "multi_sgd_update",
        "multi_sgd_update: lrs has 1 numbers but there are 2 weights",
        parameters={"lrs": (1,), "wds": (1, 2), "num_weights": 2},
        error="ParameterError",
    ),
    Bad(
        "_multi_lamb_update",
        "_multi_lamb_update: parameter step_count is 'x' but must be a tuple of integers",
        parameters={"learning_rates": (1,), "wds": (1,), "step_count": "x"},
        error="ParameterError",
    ),
    Bad(
        "multi_lars",
        "multi_lars 'node': (2,) and (3,) differ [lrs (2,), weights_sum_sq (3,), grads_sum_sq (2,), wds (2,)]",
        parameters={"eta": 1, "eps": 1},
        inputs={"lrs": (2,), "weights_sum_sq": (3,), "grads_sum_sq": (2,), "wds": (2,)},
    ),
    Bad(
        "multi_sum_sq",
        ("multi_sum_sq needs the parameter num_arrays: an integer >= 1 and <= 100000 (how many arrays there are)"),
        error="ParameterError",
    ),
    Bad(
        "lamb_update_phase2",
        "lamb_update_phase2 'node': (2, 3) and (3, 2) differ [weight (2, 3), g (3, 2), r1 (1,), r2 (1,)]",
        parameters={"lr": 1},
        inputs={"weight": (2, 3), "g": (3, 2), "r1": (1,), "r2": (1,)},
    ),
    Bad(
        "_contrib_group_adagrad_update",
        (
            "_contrib_group_adagrad_update 'node': history ('history') is (3, 1) but weight (2, 3), grad "
            "(2, 3) with lr=1.0 needs (2, 1)"
        ),
        parameters={"lr": 1},
        inputs={"weight": (2, 3), "grad": (2, 3), "history": (3, 1)},
    ),
]
