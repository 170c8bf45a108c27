"""The memory plan: no two storages that are alive together overlap, and recycling is worth it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from symbolnb.compile.plan import ALIGNMENT, Lifetime, aligned, place

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
