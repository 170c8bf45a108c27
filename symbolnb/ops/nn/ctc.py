"""The loss of connectionist temporal classification."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from types import ModuleType
from typing import NamedTuple

from symbolnb.dtypes import FLOAT32
from symbolnb.errors import ShapeError
from symbolnb.graph.spec import show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import first_known, floating
from symbolnb.ops.reverse import pull_back
from symbolnb.ops.term import Term, apply, broadcast_to, call, cast, reshape

NEVER = -1e30
"""The logarithm of the probability of what cannot be, where minus infinity would make nan."""


@with_fields
class Alignment(Operator):
    """What the loss and its gradient share: the parameters, and the sums over all alignments."""

    family = "loss"

    use_data_lengths: bool = p.boolean(False, doc="whether an input data_lengths says how long each sequence is")
    use_label_lengths: bool = p.boolean(False, doc="whether an input label_lengths says how many labels each has")
    blank_label: str = p.choice(
        "first", "last", default="first",
        doc="the blank's class: the first, then labels count from 1 and 0 fills up; or the last, and -1 fills up",
    )  # fmt: skip

    def input_names(self) -> tuple[str, ...]:
        lengths = [("data_lengths",) * self.use_data_lengths, ("label_lengths",) * self.use_label_lengths]
        return ("data", "label", *lengths[0], *lengths[1])

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, label = inputs[:2]
        for name, shape, count in (("data", data, 3), ("label", label, 2)):
            if shape is not None and len(shape) != count:
                raise ShapeError(f"{name} is {show_shape(shape)} but must have {count} dimensions")
        known = [shape[axis] for shape, axis in ((data, 1), (label, 0)) if shape is not None]
        known += [shape[0] for shape in (*inputs[2:], *outputs[:1]) if shape is not None and len(shape) == 1]
        batch = next((size for size in known if size is not None), None)
        time, _, classes = data or (None,) * 3
        most = None if label is None else label[1]
        if time is not None and most is not None and most > time:
            raise ShapeError(
                f"label {show_shape(label)} has room for more labels than data {show_shape(data)} has steps"
            )
        whole = (time, batch, classes)
        return [whole, (batch, most), *((batch,) for _ in inputs[2:])], [(batch,), whole]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        data = floating(first_known((inputs[0], *outputs)))
        return [data, *inputs[1:]], [data] * len(outputs)

    def problem(self, xp: ModuleType, inputs: Sequence[Array]) -> Problem:
        """The inputs in one form."""
        data, labels = inputs[0], inputs[1].astype("int64")
        time, batch, classes = data.shape
        rest = list(inputs[2:])
        ends = rest.pop(0).astype("int64") if self.use_data_lengths else xp.full(batch, time, "int64")
        blank, filler = (0, 0) if self.blank_label == "first" else (classes - 1, -1)
        if self.use_label_lengths:
            counts = rest.pop(0).astype("int64")
        else:
            counts = xp.cumprod(labels != filler, axis=1).sum(axis=1)
        wide = data.astype(xp.promote_types(data.dtype, xp.float32))
        wide -= wide.max(axis=2, keepdims=True)
        wide -= xp.log(xp.exp(wide).sum(axis=2, keepdims=True))
        path = xp.full((batch, 2 * labels.shape[1] + 1), blank, "int64")
        path[:, 1::2] = labels
        places = xp.arange(path.shape[1])
        path = xp.where(places < 2 * counts[:, None] + 1, xp.clip(path, 0, classes - 1), blank)
        return Problem(wide, path, xp.clip(ends, 0, time), xp.clip(counts, 0, labels.shape[1]), blank)


class Problem(NamedTuple):
    """Logarithms of probabilities; each label sequence with blanks around every label; how long both are."""

    logs: Array  # (time, batch, classes)
    path: Array  # (batch, 2 labels + 1)
    ends: Array  # (batch,)
    counts: Array  # (batch,)
    blank: int

    def emitted(self, xp: ModuleType) -> Array:
        """The logarithm of the probability of each place of the path at each time: (time, batch, places)."""
        return xp.take_along_axis(self.logs, self.path[None], axis=2)

    def leaps(self, xp: ModuleType) -> Array:
        """0 where a place may be reached over the blank before it, else minus infinity."""
        allowed = xp.zeros(self.path.shape, bool)
        allowed[:, 2:] = (self.path[:, 2:] != self.blank) & (self.path[:, 2:] != self.path[:, :-2])
        return xp.where(allowed, 0.0, -xp.inf).astype(self.logs.dtype)


def _shifted(xp: ModuleType, row: Array, by: int) -> Array:
    """The places moved on by so many, or back by so many where negative; minus infinity comes in."""
    made = xp.full_like(row, -xp.inf)
    if by > 0:
        made[:, by:] = row[:, :-by]
    else:
        made[:, :by] = row[:, -by:]
    return made


def _prefixes(xp: ModuleType, given: Problem) -> Array:
    """For each time and place the logarithm of the sum over all ways to get there, its own emission included."""
    emitted, leaps = given.emitted(xp), given.leaps(xp)
    sums = xp.full_like(emitted, -xp.inf)
    sums[0, :, :2] = emitted[0, :, :2]
    for step in range(1, emitted.shape[0]):
        before = sums[step - 1]
        reached = xp.logaddexp(before, _shifted(xp, before, 1))
        reached = xp.logaddexp(reached, _shifted(xp, before, 2) + leaps)
        sums[step] = reached + emitted[step]
    return sums


def _suffixes(xp: ModuleType, given: Problem) -> Array:
    """For each time and place the logarithm of the sum over all ways to go on to the end, without its own emission."""
    emitted, leaps = given.emitted(xp), given.leaps(xp)
    places = xp.arange(given.path.shape[1])
    last = 2 * given.counts[:, None]
    end = xp.where((places == last) | (places == last - 1), 0.0, -xp.inf).astype(emitted.dtype)
    sums = xp.full_like(emitted, -xp.inf)
    for step in range(emitted.shape[0] - 1, -1, -1):
        if step + 1 < emitted.shape[0]:
            after = sums[step + 1] + emitted[step + 1]
            reached = xp.logaddexp(after, _shifted(xp, after, -1))
            sums[step] = xp.logaddexp(reached, _shifted(xp, after + leaps, -2))
        sums[step] = xp.where((given.ends == step + 1)[:, None], end, sums[step])
    return sums


def _likelihood(xp: ModuleType, given: Problem, prefixes: Array) -> Array:
    """The logarithm of the probability of each label sequence."""
    batch = xp.arange(given.path.shape[0])
    final = prefixes[xp.clip(given.ends - 1, 0, None), batch]
    last = xp.take_along_axis(final, 2 * given.counts[:, None], axis=1)[:, 0]
    before = xp.take_along_axis(final, xp.clip(2 * given.counts - 1, 0, None)[:, None], axis=1)[:, 0]
    return xp.where(given.counts > 0, xp.logaddexp(last, before), last)


@register
class CTCLoss(Alignment):
    """Minus the logarithm of the probability that each sequence of scores reads as its labels.

    Shapes: data ``(time, batch, classes)`` with scores to which softmax is applied here, label
    ``(batch, labels)``, the lengths ``(batch,)``; the output is ``(batch,)``. An alignment gives every time step a
    class; what it reads as are its classes without repetitions and then without blanks. Labels that no alignment
    of the sequence's length can read as cost 0, as in MXNet, and have no gradient.
    """

    name = "CTCLoss"
    aliases = ("ctc_loss", "_contrib_CTCLoss", "_contrib_ctc_loss")

    def output_names(self) -> tuple[str, ...]:
        return ("output0", "output1")

    def visible_outputs(self) -> int:
        return 1

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        given = self.problem(xp, inputs)
        prefixes = _prefixes(xp, given)
        total = _likelihood(xp, given, prefixes)
        possible = xp.isfinite(total)
        outputs[0][...] = xp.where(possible, -total, 0)
        counted = xp.where(possible, total, 0)[:, None]
        shares = xp.exp(prefixes + _suffixes(xp, given) - counted)  # of the alignments that pass here
        slope = xp.exp(given.logs)
        batch = xp.arange(given.path.shape[0])[:, None]
        for step in range(given.logs.shape[0]):
            xp.subtract.at(slope[step], (batch, given.path), shares[step])
        live = (xp.arange(given.logs.shape[0])[:, None] < given.ends) & possible
        outputs[1][...] = xp.where(live[:, :, None], slope, 0)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        data, made = inputs[0], None
        if grads[0] is not None:
            made = broadcast_to(reshape(grads[0], (1, data.shape[1], 1)), data.shape) * outputs[1]
        if grads[1] is not None:  # of the slope itself, for second order
            loss = self._formula(inputs)
            slope, *_ = pull_back([loss], [call("ones_like", loss)], inputs)
            assert slope is not None
            bend, *_ = pull_back([slope], [grads[1]], inputs)
            made = bend if made is None or bend is None else made + bend
        return (made, *(None for _ in inputs[1:]))

    def _formula(self, inputs: tuple[Term, ...]) -> Term:
        """The loss in operators that can be differentiated again and again."""
        data, wide = inputs[0], FLOAT32 if inputs[0].dtype.itemsize == 2 else inputs[0].dtype
        shared = {field.name: getattr(self, field.name) for field in dataclasses.fields(Alignment)}
        path, leaps, ends = apply(AlignmentPlan(**shared), *inputs)
        logs = call("log_softmax", cast(data, wide), axis=2)
        classes = call("one_hot", path, depth=data.shape[2], dtype=wide.name)
        emitted = call("batch_dot", call("transpose", logs, axes=(1, 0, 2)), classes, transpose_b=True)
        rows = [reshape(call("slice_axis", emitted, axis=1, begin=step, end=step + 1), path.shape)
                for step in range(data.shape[0])]  # fmt: skip
        first = call("slice_axis", call("zeros_like", leaps), axis=1, begin=0, end=min(2, path.shape[1]))
        sums = [_moved(first, path.shape[1] - first.shape[1], last=True) + rows[0]]
        for row in rows[1:]:
            before = sums[-1]
            ways = [before, _moved(before, 1)]
            if path.shape[1] > 2:
                ways.append(_moved(before, 2) + leaps)
            sums.append(_log_sum(call("stack", *ways, num_args=len(ways), axis=0), (0,)) + row)
        total = _log_sum(call("stack", *sums, num_args=len(sums), axis=0) + ends, (0, 2))
        return -(total * call("_greater_scalar", total, scalar=NEVER / 10))


def _moved(row: Term, by: int, last: bool = False) -> Term:
    """The places moved on by so many, or with `last` as many added at the end; `NEVER` comes in."""
    if by == 0:
        return row
    batch, places = row.shape
    fill = call("_full", shape=(batch, by), dtype=row.dtype.name, value=NEVER)
    pair = (row, fill) if last else (fill, call("slice_axis", row, axis=1, begin=0, end=places - by))
    return call("Concat", *pair, num_args=2, dim=1)


def _log_sum(terms: Term, axes: tuple[int, ...]) -> Term:
    """The logarithm of the sum of the exponentials along some axes."""
    top = call("BlockGrad", call("max", terms, axis=axes, keepdims=True))
    total = call("log", call("sum", call("exp", terms - top), axis=axes))
    return total + reshape(top, total.shape)


@register
class AlignmentPlan(Alignment):
    """The class of each place of the path; `NEVER` where no leap leads to it; 0 where and when a path may end.

    Shapes: ``(batch, places)`` twice, ``(time, batch, places)``.
    """

    name = "_ctc_plan"
    internal = True

    def output_names(self) -> tuple[str, ...]:
        return ("path", "leaps", "ends")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        (data, label), rest = inputs[:2], inputs[2:]
        row = (label[0], None if label[1] is None else 2 * label[1] + 1) if label is not None else (None, None)
        return [data, label, *rest], [row, row, (None if data is None else data[0], *row)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        wide = FLOAT32 if inputs[0] is not None and inputs[0].itemsize == 2 else inputs[0]
        return inputs, [wide] * 3

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        given = self.problem(xp, inputs)
        path, leaps, ends = outputs
        path[...] = given.path
        leaps[...] = xp.where(given.leaps(xp) == 0, 0.0, NEVER)
        places, last = xp.arange(path.shape[1]), 2 * given.counts[:, None]
        place = (places == last) | (places == last - 1)
        when = xp.arange(ends.shape[0])[:, None] + 1 == given.ends
        ends[...] = xp.where(when[:, :, None] & place, 0.0, NEVER)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,) * len(inputs)
