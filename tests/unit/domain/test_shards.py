"""How a book goes over several shards: who gives what, who gets what; the books stay balanced."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.errors import InvalidRequest
from oncepay.domain.ledger import (
    AVAILABLE,
    EntryKind,
    ItemKey,
    LedgerEntry,
    Needs,
    Posting,
    first_shard,
    payment_postings,
    shard_of,
)
from oncepay.domain.shards import (
    MAX_SHARDS,
    Picture,
    drain,
    fill,
    level,
    needing,
    require_shards,
    some_shards,
    split_evenly,
    spread,
    standing,
    take,
)

AMOUNTS = st.integers(0, 10**6)
AVAILABLES = st.lists(AMOUNTS, min_size=1, max_size=MAX_SHARDS).map(tuple)


def an_entry(postings: tuple[Posting, ...], shard: int = 0) -> LedgerEntry:
    return LedgerEntry(
        id="le_own",
        ledger_id=f"mer_a#USD#{shard}",
        kind=EntryKind.PAYMENT,
        item=ItemKey("pay_a", "payment"),
        payment_id="pay_a",
        currency="USD",
        postings=postings,
        created_at=datetime(2026, 11, 21, tzinfo=UTC),
    )


def parts_of(entry: LedgerEntry, taken: dict[int, int]) -> dict[int, dict[str, int]]:
    ids = iter(f"le_{number}" for number in range(MAX_SHARDS))
    return {
        shard_of(part.ledger_id): {p.account: p.amount_minor for p in part.postings}
        for part in spread(entry, taken, lambda: next(ids))
    }


def test_first_shard__of_one_shard__is_it() -> None:
    assert first_shard("pay_a", 1) == 0


def test_first_shard__of_many_items__uses_all_shards_alike() -> None:
    used = [first_shard(f"pay_{number}", 4) for number in range(4_000)]
    assert {shard: 900 < used.count(shard) < 1_100 for shard in range(4)} == dict.fromkeys(
        range(4), True
    )


@pytest.mark.parametrize(("shards", "now"), [(0, 1), (33, 1), (3, 4)])
def test_require_shards__out_of_range_or_fewer__is_refused(shards: int, now: int) -> None:
    with pytest.raises(InvalidRequest):
        require_shards(shards, now=now)


def test_require_shards__as_many_as_there_are__is_fine() -> None:
    require_shards(32, now=32)


def test_split_evenly__rest__goes_to_the_first() -> None:
    assert split_evenly(10, range(4)) == {0: 3, 1: 3, 2: 2, 3: 2}


def test_split_evenly__less_than_one_each__leaves_the_others_out() -> None:
    assert split_evenly(2, range(4)) == {0: 1, 1: 1}


def test_fill__shard_0_short__is_filled_first() -> None:
    assert fill(100, 160, range(3)) == {0: 120, 1: 20, 2: 20}


def test_fill__less_than_shard_0_is_short_of__goes_there_whole() -> None:
    assert fill(100, 60, range(3)) == {0: 60}


def test_take__first_has_it__gives_alone() -> None:
    assert take(Picture((50, 80, 70)), 60, first=2) == {2: 60}


def test_take__more_than_any_has__takes_from_as_few_as_may_be() -> None:
    assert take(Picture((50, 80, 70)), 140, first=0) == {0: 50, 1: 80, 2: 10}


def test_take__all_together_short__is_none() -> None:
    assert take(Picture((50, 80, 70)), 201, first=0) is None


def test_take__one_below_zero__counts_against_the_others() -> None:
    assert take(Picture((-50, 80, 0)), 31, first=1) is None


@given(AVAILABLES, AMOUNTS, st.integers(0, MAX_SHARDS - 1))
def test_take__gives_the_amount_and_no_shard_more_than_it_has(
    available: tuple[int, ...], amount_minor: int, first: int
) -> None:
    taken = take(Picture(available), amount_minor, first=first % len(available))
    if taken is None:
        assert sum(available) < amount_minor
        return
    assert sum(taken.values()) == amount_minor
    assert all(0 < minor <= available[shard] for shard, minor in taken.items())


def test_drain__leaves_shard_0_alone_below_zero() -> None:
    assert drain(Picture((10, 20, 0, 30)), 100) == {0: 50, 1: 20, 3: 30}


def test_drain__shard_0_below_zero_and_enough_in_another__takes_no_more_than_it_is_to() -> None:
    # All together have 50: what came into shard 1 was not levelled yet.
    taken = drain(Picture((-100, 150)), 100)
    assert taken == {0: 0, 1: 100}
    assert parts_of(an_entry(payment_postings(98, 2)), taken) == {
        1: {"available": -100, "external:bank": 98, "fees": 2}
    }


def test_spread__fee__goes_with_the_last_of_the_money() -> None:
    entry = an_entry(payment_postings(100, 2))
    assert parts_of(entry, {0: 12, 3: 90}) == {
        0: {"available": -12, "external:bank": 10, "fees": 2},
        3: {"available": -90, "external:bank": 90},
    }


def test_spread__own_shard_gives_nothing__has_no_part() -> None:
    entry = an_entry(payment_postings(100, 2))
    assert parts_of(entry, {1: 50, 2: 52}) == {
        1: {"available": -50, "external:bank": 50},
        2: {"available": -52, "external:bank": 50, "fees": 2},
    }


def test_spread__what_it_moves_besides__stays_in_its_own_shard() -> None:
    moves = {"available": -60, "disputed": 100, "pending": -40}
    entry = an_entry(tuple(Posting(account, minor) for account, minor in moves.items()))
    assert parts_of(entry, {1: 60}) == {
        0: {"disputed": 40, "pending": -40},
        1: {"available": -60, "disputed": 60},
    }


def test_spread__other_than_the_entry_takes__is_refused() -> None:
    with pytest.raises(ValueError, match="do not give"):
        spread(an_entry(payment_postings(100, 2)), {0: 101}, lambda: "le_x")


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=MAX_SHARDS), st.integers(0, 10**5))
def test_spread__parts_are_balanced_and_sum_up_to_the_entry(parts: list[int], fee: int) -> None:
    fee = min(fee, sum(parts) - 1)
    entry = an_entry(payment_postings(sum(parts) - fee, fee))
    spread_out = parts_of(entry, dict(enumerate(parts)))
    assert {shard: part["available"] for shard, part in spread_out.items()} == {
        shard: -minor for shard, minor in enumerate(parts)
    }
    whole: dict[str, int] = {}
    for part in spread_out.values():
        for account, minor in part.items():
            whole[account] = whole.get(account, 0) + minor
    assert whole == {p.account: p.amount_minor for p in entry.postings}


def test_needing__a_giver__must_have_it_and_a_taker_nothing() -> None:
    giver = an_entry((Posting(AVAILABLE, -5), Posting("between_shards", 5)))
    taker = an_entry((Posting(AVAILABLE, 5), Posting("between_shards", -5)), shard=1)
    assert [one.needs for one in needing([giver, taker])] == [Needs(at_least=5), None]


def test_standing__all_but_shard_0__must_be_as_they_were_read_and_no_more_of_them() -> None:
    picture = Picture((10, 20, 0))
    entry = an_entry((Posting(AVAILABLE, -90), Posting("disputed", 90)))
    parts = spread(entry, drain(picture, 90), lambda: "le_x")
    posted, checks = standing(parts, picture)
    assert [one.needs for one in posted] == [Needs(shards=3), Needs(exactly=20)]
    assert checks == (("mer_a#USD#2", Needs(exactly=0)),)


def test_level__near_enough__changes_nothing() -> None:
    assert level(Picture((60, 130, 110))) == []


def test_level__one_below_half_of_an_even_part__makes_all_alike() -> None:
    assert level(Picture((280, 10, 10))) == [(0, 1, 90), (0, 2, 90)]


def test_level__shard_0_below_zero__is_filled() -> None:
    assert level(Picture((-10, 40, 30))) == [(1, 0, 20), (2, 0, 10)]


def test_level__less_than_nothing_in_all__is_left_in_shard_0() -> None:
    assert level(Picture((-100, 40, 30))) == [(1, 0, 40), (2, 0, 30)]


def test_level__nothing_to_give__changes_nothing() -> None:
    assert level(Picture((-100, 0, 0))) == []


@given(
    st.tuples(
        st.integers(-(10**6), 10**6), st.lists(AMOUNTS, max_size=MAX_SHARDS - 1).map(tuple)
    ).map(lambda parts: (parts[0], *parts[1]))
)
def test_level__moves_nothing_in_or_out_and_done_again_does_nothing(
    available: tuple[int, ...],
) -> None:
    after = list(available)
    for giver, taker, minor in level(Picture(available)):
        assert 0 < minor <= after[giver]
        after[giver] -= minor
        after[taker] += minor
    assert level(Picture(tuple(after))) == []


def test_some_shards__always_has_shard_0_and_so_many() -> None:
    for width in (1, 2, 5, 8):
        chosen = some_shards("dep_a", 8, width)
        assert (chosen[0], len(set(chosen)), max(chosen) < 8) == (0, width, True)


def test_some_shards__of_other_items__are_others() -> None:
    chosen = {some_shards(f"dep_{number}", 8, 2)[1] for number in range(100)}
    assert chosen == set(range(1, 8))
