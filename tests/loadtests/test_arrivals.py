"""When who arrives: at the rate, in order, by chance, and the same for each seed."""

from itertools import pairwise

from loadtests.arrivals import Phase, arrivals, phases_from_json, phases_to_json, shares

STEADY = [Phase(seconds=1_000, rate=20)]
SPIKED = [Phase(seconds=100, rate=10), Phase(seconds=100, rate=50), Phase(seconds=100, rate=10)]


def test_arrivals__of_a_steady_rate__are_as_many_as_the_rate_says() -> None:
    # 20,000 are expected; four standard deviations of a Poisson process are 566.
    assert abs(len(list(arrivals(STEADY, 1))) - 20_000) < 566


def test_arrivals__by_chance__have_gaps_that_vary_as_those_of_a_poisson_process_do() -> None:
    times = list(arrivals(STEADY, 1))
    gaps = [after - before for before, after in pairwise(times)]
    mean = sum(gaps) / len(gaps)
    variance = sum((gap - mean) ** 2 for gap in gaps) / len(gaps)
    # Of an exponential distribution both are the same, squared; even arrivals would have none.
    assert 0.95 < variance / mean**2 < 1.05


def test_arrivals__of_several_phases__come_in_order_and_not_after_the_end() -> None:
    times = list(arrivals(SPIKED, 2))
    assert times == sorted(times)
    assert times[0] > 0 and times[-1] < 300


def test_arrivals__of_a_burst__are_so_many_times_as_many() -> None:
    times = list(arrivals(SPIKED, 3))
    counts = [sum(begin <= at < begin + 100 for at in times) for begin in (0, 100, 200)]
    # Four standard deviations: 126 of 1,000, and 283 of 5,000.
    for count, (expected, off) in zip(counts, [(1_000, 126), (5_000, 283), (1_000, 126)],
                                      strict=True):  # fmt: skip
        assert abs(count - expected) < off


def test_arrivals__of_the_same_seed__are_the_same_and_of_another_one_are_not() -> None:
    assert list(arrivals(SPIKED, 4)) == list(arrivals(SPIKED, 4))
    assert list(arrivals(SPIKED, 4)) != list(arrivals(SPIKED, 5))


def test_phases__written_into_a_plan__are_read_again() -> None:
    assert phases_from_json(phases_to_json(SPIKED)) == SPIKED


def test_shares__say_how_many_were_late_and_not_sent() -> None:
    noted = {"arrivals": 200.0, "arrivals_late": 50.0, "arrivals_not_sent": 1.0, "latest_ms": 7.5}
    assert shares(noted) == {**noted, "late_share": 0.25, "not_sent_share": 0.005}


def test_shares__all_in_time__are_0() -> None:
    found = shares({"arrivals": 10.0, "latest_ms": 1.0})
    assert (found["late_share"], found["not_sent_share"]) == (0.0, 0.0)


def test_shares__nobody_came__are_not_known() -> None:
    assert shares({}) == {"late_share": None, "not_sent_share": None}
