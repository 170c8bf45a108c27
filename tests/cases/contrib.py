"""Rows of the contrib namespace outside vision, and of the first versions of layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.row import Array, Bad, Row, apart, array, integers, normal, uniform

ROWS = [
    Row("_contrib_div_sqrt_dim", {}, {"data": (2, 3, 5)}),
    Row("_contrib_interleaved_matmul_selfatt_qk", {"heads": 2}, {"queries_keys_values": (3, 2, 24)}),
    Row("_contrib_interleaved_matmul_selfatt_qk", {"heads": 1}, {"queries_keys_values": (3, 2, 9)}),
    Row(
        "_contrib_interleaved_matmul_selfatt_valatt",
        {"heads": 2},
        {"queries_keys_values": (3, 2, 24), "attention": (4, 3, 3)},
        inferred=False,
    ),
    Row(
        "_contrib_interleaved_matmul_encdec_qk",
        {"heads": 2},
        {"queries": (3, 2, 8), "keys_values": (5, 2, 16)},
        inferred=False,
    ),
    Row(
        "_contrib_interleaved_matmul_encdec_valatt",
        {"heads": 2},
        {"keys_values": (5, 2, 16), "attention": (4, 3, 5)},
        inferred=False,
    ),
    Row("_contrib_quadratic", {"a": 0.5, "b": -2, "c": 3}, {"data": (2, 3)}),
    Row("_contrib_quadratic", {}, {"data": (2, 3)}),
    Row("_contrib_quadratic", {"a": 2, "b": -1, "c": 3}, {"data": integers(-5, 5, 2, 3)}, gradient="none",
        dtypes=("int32", "int64", "int8")),
    Row("_contrib_gradientmultiplier", {"scalar": -0.5}, {"data": (2, 3)}, gradient="golden"),
    Row("_contrib_gradientmultiplier", {}, {"data": (2, 3)}),
    Row("_contrib_round_ste", {}, {"data": array([-2.5, -1.2, -0.5, 0, 0.5, 0.7, 1.5])}, gradient="golden"),
    Row("_contrib_sign_ste", {}, {"data": array([-2.5, -1.2, -0.5, 0, 0.5, 0.7, 1.5])}, gradient="golden"),
    Row("_contrib_arange_like", {}, {"data": (2, 3)}, gradient="none"),
    Row("_contrib_arange_like", {"start": 1, "step": 0.5, "repeat": 2}, {"data": (2, 3)}, gradient="none"),
    Row("_contrib_arange_like", {"axis": 1, "start": -2, "ctx": ""}, {"data": (2, 3)}, gradient="none"),
    Row("_contrib_arange_like", {"axis": -2, "repeat": 2}, {"data": (5, 3)}, gradient="none"),
    Row("_contrib_index_array", {}, {"data": (2, 3)}, gradient="none"),
    Row("_contrib_index_array", {"axes": (1, 0, -1)}, {"data": (2, 3)}, gradient="none"),
    Row(
        "_contrib_index_copy",
        {},
        {"old_tensor": (5, 3), "index_vector": array([3, 0], "int32"), "new_tensor": (2, 3)},
        inferred=False,
    ),
    Row("_contrib_allclose", {}, {"a": array([1, 2, np.nan]), "b": array([1, 2.00001, np.nan])}, golden=False,
        oracle=lambda a, b: np.array([1]), gradient="none", dtypes=("float32", "float64")),
    Row("_contrib_allclose", {"equal_nan": False}, {"a": array([1, np.nan]), "b": array([1, np.nan])}, golden=False,
        oracle=lambda a, b, **_: np.array([0]), gradient="none", dtypes=("float32", "float64")),
    Row("_contrib_allclose", {"rtol": 0, "atol": 0.1}, {"a": array([1, 2]), "b": array([1.05, 2])}, golden=False,
        oracle=lambda a, b, **_: np.array([1]), gradient="none", dtypes=("float32", "float64")),
    Row("_contrib_allclose", {"rtol": 0.01, "atol": 0}, {"a": array([1, 2]), "b": array([1.05, 2])}, golden=False,
        oracle=lambda a, b, **_: np.array([0]), gradient="none", dtypes=("float32", "float64")),
]  # fmt: skip
ROWS += [
    Row("_contrib_getnnz", parameters, {"data": array([[1, 0, 2], [0, 0, 3]])}, golden=False, gradient="none",
        oracle=lambda data, axis=None: np.reshape(np.count_nonzero(data, axis), -1))
    for parameters in ({}, {"axis": 0}, {"axis": 1})
]  # fmt: skip


def by_states(data: Array, gamma: Array, beta: Array, mean: Array, var: Array, **_: Any) -> tuple[Array, ...]:
    """Normalization by the moving statistics, which also are the further outputs."""
    aligned = [vector[:, None, None] for vector in (beta, mean, var)]
    return (data - aligned[1]) / np.sqrt(aligned[2] + 1e-3) + aligned[0], mean, var


def norm(operator: str, training: bool, **parameters: Any) -> Row:
    """A row of a kind of BatchNorm; its statistics pass no gradient on, whatever their slope is."""
    inputs = {"data": normal(4, 3, 2, 3), "gamma": uniform(0.5, 1.5, 3), "beta": normal(3)}
    states = {"moving_mean": normal(3), "moving_var": uniform(0.5, 1.5, 3)}
    gradient = "golden" if "output_mean_var" in parameters else "both"
    if not training:  # MXNet goes back by the formula of training
        gradient = "none" if "output_mean_var" in parameters else "numerical"
    unset = operator == "_contrib_SyncBatchNorm" and "output_mean_var" in parameters and not training
    if operator == "_contrib_SyncBatchNorm":
        parameters["key"] = f"{training}{'_'.join(parameters)}"  # MXNet keeps what it finds under a key
    return Row(
        operator, parameters, inputs | states, by_states if unset else None, golden=not unset, gradient=gradient,
        training=training, dtypes=("float32", "float64"),
    )  # fmt: skip


ROWS += [
    norm(operator, training, **parameters)
    for operator in ("BatchNorm_v1", "_contrib_SyncBatchNorm", "_contrib_BatchNormWithReLU")
    for training in (True, False)
    for parameters in (
        {},
        {"fix_gamma": False, "eps": 0.01, "momentum": 0.7},
        {"use_global_stats": True},
        {"output_mean_var": True},
    )
]
ROWS += [
    Row("Convolution_v1", {"kernel": (2, 3), "num_filter": 4, **parameters},
        {"data": (2, 2, 5, 4), "weight": (4, 2 // groups, 2, 3)} | bias)
    for parameters, groups, bias in (
        ({}, 1, {"bias": (4,)}),
        ({"no_bias": True, "stride": (2, 1), "pad": (1, 2), "num_group": 2, "workspace": 256}, 2, {}),
        ({"dilate": (2, 1), "layout": "NCHW", "cudnn_tune": "off", "cudnn_off": True}, 1, {"bias": (4,)}),
    )
]  # fmt: skip
ROWS += [
    Row("Pooling_v1", {"pool_type": kind, **parameters}, {"data": apart(-3, 3, 2, 3, 5, 4)})
    for kind in ("max", "avg", "sum")
    for parameters in (
        {"kernel": (2, 3)},
        {"kernel": (3, 2), "stride": (2, 2), "pad": (1, 1)},
        {"kernel": (2, 3), "stride": (2, 2), "pooling_convention": "full"},
        {"kernel": (3, 3), "stride": (2, 2), "pad": (1, 1), "pooling_convention": "full"},
        {"global_pool": True, "kernel": (2, 2)},
    )
]


def spectrum(data: Array, **_: Any) -> Array:
    """Of each row by the sum itself; real and imaginary parts side by side."""
    steps = np.arange(data.shape[-1])
    made = data @ np.exp(-2j * np.pi * np.outer(steps, steps) / len(steps))
    return np.stack([made.real, made.imag], -1).reshape(*data.shape[:-1], -1)


def rows_back(data: Array, **_: Any) -> Array:
    """The real part of what has this spectrum, times its length."""
    steps = np.arange(data.shape[-1] // 2)
    waves = np.exp(2j * np.pi * np.outer(steps, steps) / len(steps))
    return ((data[..., ::2] + 1j * data[..., 1::2]) @ waves).real


def sketch(data: Array, h: Array, s: Array, out_dim: int, **_: Any) -> Array:
    """Feature by feature."""
    made = np.zeros((len(data), out_dim))
    for feature in range(data.shape[1]):
        made[:, int(h[0, feature])] += data[:, feature] * s[0, feature]
    return made


HASHED = {"h": array([[2, 0, 3, 2, 0, 1]]), "s": array([[1, -1, 1, -1, 1, 1]])}
ROWS += [  # MXNet has these on GPUs only
    Row("_contrib_fft", {"compute_size": 64}, {"data": (3, 5)}, spectrum, golden=False, gradient="numerical"),
    Row("_contrib_fft", {}, {"data": (2, 2, 3, 4)}, spectrum, golden=False, gradient="numerical"),
    Row("_contrib_ifft", {"compute_size": 64}, {"data": (3, 10)}, rows_back, golden=False, gradient="numerical"),
    Row("_contrib_ifft", {}, {"data": (2, 2, 3, 4)}, rows_back, golden=False, gradient="numerical"),
    Row("_contrib_count_sketch", {"out_dim": 4, "processing_batch_size": 2}, {"data": (3, 6)} | HASHED, sketch,
        golden=False, gradient="numerical", still=("h", "s")),
]  # fmt: skip

ROWS += [
    Row(
        "_contrib_hawkesll",
        {},
        {
            "lda": uniform(0.5, 1.5, 2, 3),
            "alpha": uniform(0.1, 0.5, 3),
            "beta": uniform(0.5, 1.5, 3),
            "state": uniform(0.1, 1, 2, 3),
            "lags": uniform(0.1, 1, 2, 4),
            "marks": integers(0, 3, 2, 4, dtype="int32"),
            "valid_length": array([4, 2]),
            "max_time": array([5, 4]),
        },
        inferred=False,
        still=("state", "lags", "valid_length", "max_time"),
        gradient="golden",
    )
]

BAD = [
    Bad(
        "_contrib_interleaved_matmul_selfatt_qk",
        "_contrib_interleaved_matmul_selfatt_qk 'node': queries_keys_values is (3, 2, 8) but its last axis must be a "
        "multiple of 3 * 2 heads [queries_keys_values (3, 2, 8)]",
        {"heads": 2},
        {"queries_keys_values": (3, 2, 8)},
    ),
    Bad(
        "_contrib_interleaved_matmul_selfatt_valatt",
        "_contrib_interleaved_matmul_selfatt_valatt 'node': attention is (3, 3, 3) but its first axis must be a "
        "multiple of 2 heads [queries_keys_values (3, 2, 12), attention (3, 3, 3)]",
        {"heads": 2},
        {"queries_keys_values": (3, 2, 12), "attention": (3, 3, 3)},
    ),
    Bad(
        "_contrib_index_copy",
        "_contrib_index_copy 'node': index_vector is (2, 1) but must have 1 dimension "
        "[old_tensor (5, 3), index_vector (2, 1), new_tensor (2, 3)]",
        {},
        {"old_tensor": (5, 3), "index_vector": (2, 1), "new_tensor": (2, 3)},
    ),
    Bad(
        "_contrib_arange_like",
        "_contrib_arange_like 'node': axis is 2 but the array has 2 dimensions [data (2, 3)]",
        {"axis": 2},
        {"data": (2, 3)},
    ),
    Bad(
        "_contrib_fft",
        "_contrib_fft 'node': data is (2, 3, 4) but must have 2 or 4 dimensions [data (2, 3, 4)]",
        {},
        {"data": (2, 3, 4)},
    ),
    Bad(
        "_contrib_ifft",
        "_contrib_ifft 'node': data is (2, 3) but its last axis must hold pairs [data (2, 3)]",
        {},
        {"data": (2, 3)},
    ),
    Bad(
        "_contrib_getnnz",
        "_contrib_getnnz 'node': data is (2, 3, 4) but must have 2 dimensions [data (2, 3, 4)]",
        {},
        {"data": (2, 3, 4)},
    ),
    Bad("Pooling_v1", "Pooling_v1: kernel is (3,) but must have 2 dimensions", {"kernel": 3}, error="ParameterError"),
    Bad(
        "Pooling_v1",
        "Pooling_v1: pad is (1,) but kernel (3, 3) has 2 dimensions",
        {"kernel": (3, 3), "pad": 1},
        error="ParameterError",
    ),
]
