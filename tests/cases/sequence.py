"""Rows of the operators on sequences of different lengths."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from tests.cases.row import Array, Bad, Row, Shape, Values, array, integers

LENGTHS = {"use_sequence_length": True}
EARLY = array([1, 4, 2], "float32")


def sequences(operator: str, shape: Shape, lengths: Values | None = None, note: str = "", **given: Any) -> Row:
    """A row of an operator with or without lengths."""
    if lengths is None:
        return Row(operator, given, {"data": shape})
    return Row(operator, {**LENGTHS, **given}, {"data": shape, "sequence_length": lengths}, note=note)


ROWS = [
    sequences(operator, shape, lengths, **given)
    for operator in ("SequenceMask", "SequenceReverse", "SequenceLast")
    for shape, lengths, given in (
        ((5, 3), None, {}),
        ((5, 3, 2), EARLY, {}),
        ((5, 3), array([5, 2, 1], "float32"), {}),
        ((5, 3, 1), array([2, 5, 3], "float32"), {}),
        ((4, 2, 2, 3), array([4, 1], "float32"), {}),
    )
]
ROWS += [
    sequences("SequenceMask", (5, 3, 2), EARLY, value=-1.5),
    sequences("SequenceMask", (3, 5, 2), EARLY, axis=1, value=2),
    sequences("SequenceMask", (3, 5), array([0, 5, 2], "float32"), axis=1),
    sequences("SequenceMask", (5, 3), array([0.7, 2.9, 5], "float32"), note="fractions"),
    sequences("SequenceMask", (3, 5), None, axis=1),
    Row(
        "SequenceMask",
        {**LENGTHS, "value": -7},
        {"data": integers(-9, 9, 5, 3), "sequence_length": array([2, 5, 1], "int32")},
        gradient="none",
        dtypes=["int32"],
    ),
    sequences("SequenceLast", (3, 5, 2), EARLY, axis=1),
    sequences("SequenceLast", (3, 5, 2), None, axis=1),
    Row(
        "SequenceReverse",
        {**LENGTHS, "axis": 1},
        {"data": (3, 5, 2), "sequence_length": EARLY},
        golden=False,
        oracle=lambda data, lengths, **_: np.stack(
            [np.concatenate([row[: int(n)][::-1], row[int(n) :]]) for row, n in zip(data, lengths, strict=True)]
        ),
    ),
]


def alignments(data: Array, label: Array, *lengths: Array, **given: Any) -> Array:
    """The loss by adding up the probabilities of all ways to read the labels."""
    ends, counts = np.full(data.shape[1], len(data)), np.full(data.shape[1], label.shape[1])
    rest = list(lengths)
    ends = rest.pop(0).astype(int) if given.get("use_data_lengths") else ends
    counts = rest.pop(0).astype(int) if given.get("use_label_lengths") else counts
    chances = np.exp(data) / np.exp(data).sum(2, keepdims=True)
    blank = data.shape[2] - 1 if given.get("blank_label") == "last" else 0
    answer = []
    for example, end in enumerate(ends):
        labels = [int(number) for number in label[example][: counts[example]]]
        total = 0.0
        for way in product(range(data.shape[2]), repeat=int(end)):
            read = [one for at, one in enumerate(way) if one != blank and (at == 0 or way[at - 1] != one)]
            if read == labels:
                total += np.prod([chances[at, example, one] for at, one in enumerate(way)])
        answer.append(-np.log(total))
    return np.array(answer)


def ctc(label: Any, *lengths: Any, note: str = "", gradient: str = "both", **given: Any) -> Row:
    """A row of CTCLoss with four classes."""
    inputs: dict[str, Shape | Values] = {"data": (5, 2, 4), "label": array(label, "float32")}
    names = [name for name in ("data_lengths", "label_lengths") if given.get(f"use_{name}")]
    inputs |= {name: array(value, "float32") for name, value in zip(names, lengths, strict=True)}
    return Row("CTCLoss", given, inputs, inferred=False, note=note, gradient=gradient)


ROWS += [
    ctc([[1, 2], [3, 1]]),
    ctc([[1, 2, 3], [3, 0, 0]], note="filled up"),
    ctc([[1, 1], [3, 3]], note="repeated"),
    ctc([[0, 0], [3, 2]], note="empty"),
    ctc([[0, 1], [2, 0]], blank_label="last"),
    ctc([[1, 2, 0], [1, -1, -1]], blank_label="last", note="filled up"),
    ctc([[1, 2], [3, 1]], [3, 5], use_data_lengths=True),
    # MXNet's gradient is garbage where no alignment is long enough.
    ctc([[1, 1], [3, 2]], [2, 4], use_data_lengths=True, note="too short", gradient="numerical"),
    ctc([[1, 2, 1], [3, 3, 0]], [3, 1], use_label_lengths=True),
    ctc([[1, 2], [3, 3]], [3, 5], [2, 1], use_data_lengths=True, use_label_lengths=True),
    ctc([[0, 2], [1, 1]], [4, 5], [2, 1], use_data_lengths=True, use_label_lengths=True, blank_label="last"),
    ctc([[1, 2, 3, 1, 2], [1, 2, 3, 3, 0]], note="long"),
    Row(
        "CTCLoss", {}, {"data": (5, 2, 3), "label": array([[1, 2], [2, 2]], "float32")}, golden=False, oracle=alignments
    ),
    Row(
        "CTCLoss",
        {"use_data_lengths": True, "use_label_lengths": True, "blank_label": "last"},
        {
            "data": (5, 2, 3),
            "label": array([[1, 0], [0, 0]], "int32"),
            "data_lengths": array([4, 5], "int32"),
            "label_lengths": array([2, 1], "int32"),
        },
        golden=False,
        oracle=alignments,
    ),
    Row("ctc_loss", {}, {"data": (3, 1, 4), "label": array([[3]], "float32")}, inferred=False, training=True),
]

BAD = [
    Bad(
        "SequenceMask",
        "SequenceMask: parameter axis is 2 but must be an integer >= 0 and <= 1",
        {"axis": 2},
        error="ParameterError",
    ),
    Bad(
        "SequenceMask",
        "SequenceMask 'node': data is (5,) but must have at least 2 dimensions [data (5,)]",
        {},
        {"data": (5,)},
    ),
    Bad(
        "SequenceReverse",
        "SequenceReverse 'node': sequence_length ('n') is (5,) but data (5, 3) with "
        "use_sequence_length=True needs (3,)",
        {"use_sequence_length": True},
        {"data": (5, 3), "n": (5,)},
    ),
    Bad(
        "SequenceLast",
        "SequenceLast 'node': sequence_length ('n') is (3, 1) but data (5, 3) with use_sequence_length=True needs (3,)",
        {"use_sequence_length": True},
        {"data": (5, 3), "n": (3, 1)},
    ),
    Bad(
        "CTCLoss",
        "CTCLoss 'node': data is (5, 3) but must have 3 dimensions [data (5, 3), label (3, 2)]",
        {},
        {"data": (5, 3), "label": (3, 2)},
    ),
    Bad(
        "CTCLoss",
        "CTCLoss 'node': label ('label') is (2, 2) but data (5, 3, 4) needs (3, 2)",
        {},
        {"data": (5, 3, 4), "label": (2, 2)},
    ),
    Bad(
        "CTCLoss",
        "CTCLoss 'node': label (3, 6) has room for more labels than data (5, 3, 4) has "
        "steps [data (5, 3, 4), label (3, 6)]",
        {},
        {"data": (5, 3, 4), "label": (3, 6)},
    ),
    Bad(
        "CTCLoss",
        "CTCLoss: parameter blank_label is 'middle' but must be one of 'first', 'last'",
        {"blank_label": "middle"},
        error="ParameterError",
    ),
    Bad(
        "CTCLoss",
        "CTCLoss 'node': the type of data is int32 but must be a floating point type [data int32, label ?]",
        {},
        {"data": (5, 3, 4), "label": (3, 2)},
        {"data": "int32"},
        error="DTypeError",
    ),
]
