"""The memory plan: no two storages that are alive together overlap, and recycling is worth it."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import symbolnb as mx
from symbolnb.compile.lower import forward_graph, training_graph
from symbolnb.compile.plan import ALIGNMENT, Lifetime, aligned, place
from symbolnb.compile.program import compile_graph
from symbolnb.kernels import table
from symbolnb.symbol.inference import complete_specs, inputs_by_kind

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
