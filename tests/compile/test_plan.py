"""The memory plan: no two storages that are alive together overlap, and recycling is worth it."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import symbolnb as mx
from symbolnb.compile.lower import forward_graph, training_graph
from symbolnb.compile.plan import ALIGNMENT, Lifetime, aligned, place
from symbolnb.compile.program import Program, Step, compile_graph
from symbolnb.kernels import table
from symbolnb.settings import RECOMPUTE
from symbolnb.symbol.inference import complete_specs, inputs_by_kind
from tests.compile.test_program import SHAPE, graphs

lifetimes = st.builds(
    lambda nbytes, first, length: Lifetime(nbytes, first, first + length),
    st.integers(1, 5000),
    st.integers(0, 40),
    st.integers(0, 12),
)


@given(st.lists(lifetimes, max_size=60))
def test_storages_alive_together_never_overlap(lives: list[Lifetime]) -> None:
    plan = place(lives, unplanned=0)
    for i, one in enumerate(lives):
        assert plan.offsets[i] % ALIGNMENT == 0
        assert plan.offsets[i] + one.nbytes <= plan.planned
        for j, other in enumerate(lives[:i]):
            if one.first <= other.last and other.first <= one.last:
                apart = (
                    plan.offsets[i] + one.nbytes <= plan.offsets[j] or plan.offsets[j] + other.nbytes <= plan.offsets[i]
                )
                assert apart, f"{one} at {plan.offsets[i]} and {other} at {plan.offsets[j]}"


@given(st.lists(lifetimes, min_size=1, max_size=60))
def test_the_arena_is_no_larger_than_all_storages_and_no_smaller_than_the_busiest_step(lives: list[Lifetime]) -> None:
    plan = place(lives, unplanned=0)
    busiest = max(
        sum(aligned(life.nbytes) for life in lives if life.first <= step <= life.last)
        for step in range(max(life.last for life in lives) + 1)
    )
    assert busiest <= plan.planned <= sum(aligned(life.nbytes) for life in lives)


def test_a_chain_needs_the_memory_of_two_links() -> None:
    chain = [Lifetime(1024, step, step + 1) for step in range(20)]
    assert place(chain, unplanned=20 * 1024).planned == 2 * 1024


def test_nothing_needs_no_memory() -> None:
    assert place([], unplanned=0).planned == 0


class _Arena:
    """Which slot's value stands in which bytes, while the steps of a program are gone through without running."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.values: dict[int, tuple[int, int]] = {}  # slot -> bytes of the arena

    def extent(self, slot: int) -> tuple[int, int] | None:
        found = self.program.slots[slot]
        if found.storage is None:
            return None
        start = self.program.plan.offsets[found.storage]
        return start, start + found.spec.nbytes

    def write(self, extent: tuple[int, int]) -> None:
        start, end = extent
        self.values = {slot: (low, high) for slot, (low, high) in self.values.items() if high <= start or end <= low}

    def run(self, step: Step) -> None:
        for slot in step.inputs:
            extent = self.extent(slot)
            assert extent is None or self.values.get(slot) == extent, f"{step.node}: an input was overwritten"
        inside = {slot: extent for slot in step.inputs if (extent := self.extent(slot)) is not None}
        written: list[tuple[int, int]] = []
        if step.workspace is not None:
            start = self.program.plan.offsets[step.workspace]
            written.append((start, start + self.program.plan.lifetimes[step.workspace].nbytes))
        for index, slot in enumerate(step.outputs):
            extent = self.extent(slot)
            if extent is None or not step.moves:
                continue
            assert extent[1] <= self.program.plan.planned
            for other in written:
                assert other[1] <= extent[0] or extent[1] <= other[0], f"{step.node}: two outputs in one place"
            for position, source in enumerate(step.inputs):
                apart = source not in inside or inside[source][1] <= extent[0] or extent[1] <= inside[source][0]
                assert apart or (position, index) in self.pairs(step), f"{step.node}: output {index} in an input"
            written.append(extent)
        for extent in written:
            self.write(extent)
        for slot in step.outputs:
            extent = self.extent(slot)
            if extent is not None:
                self.values[slot] = extent

    def pairs(self, step: Step) -> set[tuple[int, int]]:
        operator, slots = step.node.operator, self.program.slots
        if step.kernel is None:
            return set(operator.inplace_pairs())
        specs = [[slots[slot].spec for slot in side] for side in (step.inputs, step.outputs)]
        return set(step.kernel.inplace_pairs(operator, *specs))


def _check(executor: mx.Executor) -> None:
    for program in executor.programs.values():
        arena = _Arena(program)
        for step in program.steps:
            arena.run(step)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(graphs(), st.sampled_from(RECOMPUTE))
def test_no_step_of_a_program_overwrites_what_is_still_read(symbol: mx.sym.Symbol, recompute: str) -> None:
    executor = symbol.simple_bind(mx.cpu(), recompute=recompute, **dict.fromkeys(symbol.list_arguments(), SHAPE))
    executor.forward()
    executor.forward(is_train=True)
    _check(executor)


@pytest.mark.parametrize("recompute", RECOMPUTE)
def test_no_layer_overwrites_what_is_still_read(recompute: str) -> None:
    data = mx.sym.var("data")
    parts = []
    for position, kernel in enumerate(((1, 1), (3, 3), (5, 5))):
        pad = (kernel[0] // 2,) * 2
        part = mx.sym.Convolution(data, kernel=kernel, pad=pad, num_filter=16, name=f"conv{position}")
        part = mx.sym.Activation(mx.sym.BatchNorm(part, name=f"norm{position}"), act_type="relu")
        parts.append(mx.sym.Pooling(part, kernel=(2, 2), stride=(2, 2), pool_type="max"))
    net = mx.sym.Dropout(mx.sym.Concat(*parts), p=0.3)
    net = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(net, num_hidden=5), name="softmax")
    executor = net.simple_bind(mx.cpu(), recompute=recompute, data=(2, 8, 12, 12))
    executor.forward()
    executor.forward(is_train=True)
    _check(executor)


MODELS = Path(__file__).resolve().parents[1] / "golden" / "models"
PLANNED_BY_MXNET = {"resnet50_v1": (224, 125, 1386), "inceptionv3": (299, 168, 1588)}
"""Size of the images, and the MB that MXNet 1.9.1's ``debug_str`` says for inference and training, batch 16."""


def _planned_megabytes(name: str, recompute: str | None) -> float:
    """What is planned for inference, or for training with some recomputation; nothing is run."""
    symbol = mx.sym.load_json(gzip.decompress((MODELS / f"{name}-symbol.json.gz").read_bytes()).decode())
    size = PLANNED_BY_MXNET[name][0]
    arg_shapes, _, aux_shapes = symbol.infer_shape(data=(16, 3, size, size))
    arguments, states = inputs_by_kind(symbol.entries)
    shapes = dict(zip((*arguments, *states), (*arg_shapes, *aux_shapes), strict=True))
    specs = complete_specs(symbol.entries, shapes, {})
    if recompute is None:
        graph = forward_graph(symbol.entries, specs, "cpu", False)
    else:
        asked = dict.fromkeys(arguments, "write")
        graph = replace(training_graph(symbol.entries, specs, "cpu", asked, True).graph, recompute=recompute)
    return compile_graph(graph).plan.planned / 2**20


@pytest.mark.skipif(
    any(reason is not None for reason in table.load_libraries("cpu").values()),
    reason="MXNet's figures are those of oneDNN, which is not there",
)
@pytest.mark.parametrize("name", PLANNED_BY_MXNET)
def test_networks_take_less_memory_than_in_mxnet(name: str) -> None:
    _, inference, training = PLANNED_BY_MXNET[name]
    assert _planned_megabytes(name, None) <= inference
    assert _planned_megabytes(name, "never") <= training
    assert _planned_megabytes(name, "all") <= training / 2
