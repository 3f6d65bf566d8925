"""Which way is cheaper follows from what both cost and how many requests are replays."""

import pytest

from benchmarks.payments_rounds import PAYMENT, REPLAY, Cost, Timing
from benchmarks.replays import Way, break_even, mixed, table


def a_cost(requests: int, write_units: int, read_units: float) -> Cost:
    return Cost(
        operations=["x"] * requests,
        write_units=write_units,
        read_units=read_units,
        parts={},
        largest_bytes=0,
    )


def a_way(title: str, payment: Cost, replay: Cost) -> Way:
    timing = Timing()
    timing.note({"cpu_ms": 1.0, "wall_ms": [2.0]})
    return Way(
        title=title,
        costs={PAYMENT: payment, REPLAY: replay},
        timings={PAYMENT: timing, REPLAY: timing},
    )


FAILED = a_way("failed transaction", a_cost(1, 9, 0), a_cost(1, 8, 0))
READ = a_way("read first", a_cost(2, 9, 1), a_cost(1, 0, 1))


@pytest.mark.parametrize(
    ("share", "failed", "read"),
    [(0.0, 5.625, 5.75), (0.01, 5.61875, 5.69375), (0.2, 5.5, 4.625), (1.0, 5.0, 0.125)],
)
def test_dollars__are_mixed_by_the_share_of_replays(
    share: float, failed: float, read: float
) -> None:
    assert FAILED.usd_per_million(share) == pytest.approx(failed)
    assert READ.usd_per_million(share) == pytest.approx(read)


def test_break_even__is_where_both_cost_the_same() -> None:
    share = break_even(FAILED, READ)
    assert share == pytest.approx(0.025)
    assert share is not None
    assert FAILED.usd_per_million(share) == pytest.approx(READ.usd_per_million(share))


def test_break_even__of_a_read_that_saves_nothing__is_none() -> None:
    assert break_even(FAILED, a_way("dear", a_cost(2, 9, 1), a_cost(2, 8, 1))) is None


def test_break_even__of_what_costs_nothing_more__is_at_once() -> None:
    assert break_even(FAILED, FAILED) == 0.0


def test_mixed__is_the_weighted_mean() -> None:
    assert mixed(10, 20, 0.25) == 12.5


def test_table__shows_both_shares() -> None:
    text = table([FAILED, READ])
    assert "1% replays" in text
    assert "20% replays" in text
