"""Rows of the recurrent networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.row import Array, Bad, Row, Shape, Values, array, integers, uniform

MODES = ("rnn_relu", "rnn_tanh", "lstm", "gru")
TIME, BATCH, FEATURES, UNITS = 5, 2, 3, 4


def network(mode: str, count: int, **given: Any) -> Row:
    """A row of RNN; `count` is the length of its vector of weights."""
    keywords = {key: given.pop(key) for key in ("golden", "oracle", "gradient", "training", "smooth") if key in given}
    layers, lengths = given.setdefault("num_layers", 1), given.pop("lengths", None)
    rows = layers * (2 if given.get("bidirectional") else 1)
    inputs: dict[str, Shape | Values] = {
        "data": (TIME, BATCH, FEATURES),
        "parameters": uniform(-0.8, 0.8, count),
        "state": (rows, BATCH, given.get("projection_size", UNITS)),
    }
    if mode == "lstm":
        inputs["state_cell"] = (rows, BATCH, UNITS)
    if lengths is not None:
        inputs["sequence_length"] = array(lengths, "float32")
        given["use_sequence_length"] = True
    return Row("RNN", {"mode": mode, "state_size": UNITS, **given}, inputs, **keywords)


SIZES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}
ROWS = [
    network(mode, GATES * count, **given)
    for mode, GATES in SIZES.items()
    for count, given in (
        (36, {}),
        (36, {"state_outputs": True}),
        (72, {"bidirectional": True}),
        (76, {"num_layers": 2, "state_outputs": True}),
        (184, {"num_layers": 2, "state_outputs": True, "bidirectional": True}),
    )
]
ROWS += [network(mode, GATES * 76, num_layers=2, state_outputs=True, training=True) for mode, GATES in SIZES.items()]


def lstm(
    data: Array, parameters: Array, state: Array, cell: Array, lengths: Array | None = None, **given: Any
) -> tuple[Array, Array, Array]:
    """One layer of lstm units, one direction, one example and step after the other."""
    wx, wh = parameters[:48].reshape(16, 3), parameters[48:112].reshape(16, 4)
    bias = parameters[112:128] + parameters[128:144]
    low, high = given.get("lstm_state_clip_min", -np.inf), given.get("lstm_state_clip_max", np.inf)
    out, h, c = np.zeros((*data.shape[:2], 4)), state[0].copy(), cell[0].copy()
    for example in range(data.shape[1]):
        for step in range(data.shape[0] if lengths is None else int(lengths[example])):
            enter, forget, new, leave = np.split(wx @ data[step, example] + wh @ h[example] + bias, 4)
            raw = c[example] / (1 + np.exp(-forget)) + np.tanh(new) / (1 + np.exp(-enter))
            if given.get("lstm_state_clip_nan"):
                raw = np.where(np.isnan(raw), low, raw)
            c[example] = np.clip(raw, low, high)
            h[example] = out[step, example] = np.tanh(c[example]) / (1 + np.exp(-leave))
    return out, h[None], c[None]


CLIP = {"lstm_state_clip_min": -0.3, "lstm_state_clip_max": 0.2, "state_outputs": True}
ROWS += [
    network("lstm", 120, projection_size=2, gradient="numerical", state_outputs=True),
    network("lstm", 512, projection_size=2, gradient="numerical", state_outputs=True, num_layers=2, bidirectional=True),
    # MXNet's CPU build passes over clipping and lengths; they are what its documentation and the GPU build say.
    network("lstm", 144, golden=False, oracle=lstm, gradient="numerical", **CLIP),
    network("lstm", 144, golden=False, oracle=lstm, gradient="numerical", lstm_state_clip_nan=True, **CLIP),
    network("lstm", 144, golden=False, oracle=lstm, gradient="numerical", state_outputs=True, lengths=[3, 5]),
    network("lstm", 288, golden=False, gradient="numerical", bidirectional=True, lengths=[2, 5]),
    network("rnn_tanh", 36, golden=False, gradient="numerical", lengths=[0, 4], state_outputs=True),
    network("gru", 552, golden=False, gradient="numerical", num_layers=2, bidirectional=True, lengths=[1, 5]),
    network("lstm", 736, golden=False, gradient="numerical", num_layers=2, bidirectional=True, p=0.5, training=True),
    network("gru", 228, golden=False, gradient="numerical", num_layers=2, p=0.3, training=True, state_outputs=True),
    network("gru", 228, golden=False, gradient="none", num_layers=2, p=1, training=True),
    network("gru", 228, num_layers=2, p=0.5),
    network("lstm", 144, p=0.5, training=True),
    Row("_rnn_param_concat", {"dim": 0, "num_args": 2}, {"arg0": (3,), "arg1": (5,)}, inferred=False),
    Row("_rnn_param_concat", {"dim": 0, "num_args": 3}, {"arg0": (2,), "arg1": (1,), "arg2": (4,)}, inferred=False),
    Row("_rnn_param_concat", {"num_args": 2}, {"arg0": (2, 3), "arg1": (2, 5)}, inferred=False),
]


def quantized(data: Array, parameters: Array, state: Array, state_cell: Array, scale: Array, shift: Array,
              **given: Any) -> Any:  # fmt: skip
    """What the integers stand for, through the plain network; MXNet's needs instructions that few processors have."""
    return lstm((data - shift) / scale, parameters, state, state_cell, **given)


ROWS += [
    Row(
        "_contrib_quantized_rnn",
        {"mode": "lstm", "state_size": UNITS, "num_layers": 1, "state_outputs": True, **given},
        {
            "data": integers(0, 256, TIME, BATCH, FEATURES, dtype="uint8"),
            "parameters": uniform(-0.8, 0.8, 144),
            "state": (1, BATCH, UNITS),
            "state_cell": (1, BATCH, UNITS),
            "min_data": array([100]),
            "max_data": array([127]),
        },
        oracle=quantized,
        golden=False,
        gradient="none",
        dtypes=["float32"],
    )
    for given in ({}, {"lstm_state_clip_min": -0.3, "lstm_state_clip_max": 0.2})
]

BAD = [
    Bad(
        "_contrib_quantized_rnn",
        "_contrib_quantized_rnn: mode is 'gru' but only an lstm can be quantized",
        {"mode": "gru", "num_layers": 1, "state_size": 4},
        error="ParameterError",
    ),
    Bad(
        "_contrib_quantized_rnn",
        "_contrib_quantized_rnn: use_sequence_length is True but a quantized lstm has none",
        {"mode": "lstm", "num_layers": 1, "state_size": 4, "use_sequence_length": True},
        error="ParameterError",
    ),
    Bad(
        "_contrib_quantized_rnn",
        "_contrib_quantized_rnn 'node': data is int8 but must be uint8 [data int8, parameters ?, state ?, "
        "state_cell ?, min_data ?, max_data ?]",
        {"mode": "lstm", "num_layers": 1, "state_size": 4},
        dict.fromkeys(("data", "parameters", "state", "state_cell", "min_data", "max_data")),
        {"data": "int8"},
        error="DTypeError",
    ),
    Bad(
        "RNN",
        "RNN needs the parameter state_size: an integer >= 1 (number of units of a layer)",
        {"mode": "lstm", "num_layers": 1},
        error="ParameterError",
    ),
    Bad(
        "RNN",
        "RNN: parameter mode is 'cnn' but must be one of 'gru', 'lstm', 'rnn_relu', 'rnn_tanh'",
        {"mode": "cnn", "num_layers": 1, "state_size": 4},
        error="ParameterError",
    ),
    Bad(
        "RNN",
        "RNN: parameter num_layers is 0 but must be an integer >= 1",
        {"mode": "gru", "num_layers": 0, "state_size": 4},
        error="ParameterError",
    ),
    Bad(
        "RNN",
        "RNN: parameter p is 1.5 but must be a number >= 0 and <= 1",
        {"mode": "gru", "num_layers": 1, "state_size": 4, "p": 1.5},
        error="ParameterError",
    ),
    Bad(
        "RNN",
        "RNN: projection_size is 2 but mode gru cannot use it, only lstm",
        {"mode": "gru", "num_layers": 1, "state_size": 4, "projection_size": 2},
        error="ParameterError",
    ),
    Bad(
        "RNN",
        "RNN: lstm_state_clip_min and lstm_state_clip_max must be given together",
        {"mode": "lstm", "num_layers": 1, "state_size": 4, "lstm_state_clip_min": -1},
        error="ParameterError",
    ),
    Bad(
        "RNN",
        "RNN 'node': data is (5, 2) but must have 3 dimensions [data (5, 2), parameters ?, state ?]",
        {"mode": "gru", "num_layers": 1, "state_size": 4},
        {"data": (5, 2), "w": None, "s": None},
    ),
    Bad(
        "RNN",
        "RNN 'node': parameters ('w') is (100,) but data (5, 2, 3) with state_size=4, "
        "num_layers=1, mode=gru needs (108,)",
        {"mode": "gru", "num_layers": 1, "state_size": 4},
        {"data": (5, 2, 3), "w": (100,), "s": None},
    ),
    Bad(
        "RNN",
        "RNN 'node': state ('s') is (1, 3, 4) but data (5, 2, 3), parameters (108,) with "
        "state_size=4, num_layers=1, mode=gru needs (1, 2, 4)",
        {"mode": "gru", "num_layers": 1, "state_size": 4},
        {"data": (5, 2, 3), "w": None, "s": (1, 3, 4)},
    ),
    Bad(
        "RNN",
        "RNN 'node': the element type is int32 but must be a floating point type [data int32, parameters ?, state ?]",
        {"mode": "gru", "num_layers": 1, "state_size": 4},
        {"data": (5, 2, 3), "w": None, "s": None},
        {"data": "int32"},
        error="DTypeError",
    ),
]
