"""Sixteen workers pay for one merchant whose books have shards: not a cent too much, none lost."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from benchmarks.conflict_proxy import Proxy
from tests.concurrency.crowd import Crowd


def test_payment__larger_than_any_shard_but_not_than_all__goes_through(crowd: Crowd) -> None:
    crowd.grow(4)
    crowd.deposit(4_000, shards=4)
    outcome = crowd.pay(3_500, shards=4)
    assert outcome.answer.status_code == 201
    assert json.loads(outcome.answer.body)["amount_minor"] == 3_500
    picture = crowd.picture()
    assert (sum(picture), min(picture)) == (500, 0)
    assert crowd.findings() == []


def test_payment__all_there_is__empties_every_shard(crowd: Crowd) -> None:
    crowd.grow(4)
    crowd.deposit(4_003, shards=4)
    assert crowd.pay(4_003, shards=4).answer.status_code == 201
    assert set(crowd.picture()) == {0}


def test_payment__one_minor_unit_more_than_all_shards__is_declined_and_takes_nothing(
    crowd: Crowd,
) -> None:
    crowd.grow(4)
    crowd.deposit(4_000, shards=4)
    assert crowd.pay(4_001, shards=4).answer.status_code == 402
    assert crowd.picture()[:5] == [1_000, 1_000, 1_000, 1_000, 0]


def test_payment__larger_than_any_shard__while_fifteen_others_pay__goes_through(
    crowd: Crowd, proxy: Proxy
) -> None:
    crowd.grow(4)
    crowd.deposit(400_000, shards=4)
    with ThreadPoolExecutor(1) as pool:
        large = pool.submit(crowd.pay, 200_000, shards=4)
        small = crowd.pay_at_once(60, 100, shards=4)
        assert large.result().answer.status_code == 201
    assert small == Counter({201: 60})
    assert proxy.counts.conflicts > 0
    assert sum(crowd.picture()) == 400_000 - 200_000 - 60 * 100


def test_money_for_twenty__forty_try_over_four_shards__exactly_twenty_pay(
    crowd: Crowd, proxy: Proxy
) -> None:
    crowd.grow(4)
    crowd.deposit(20 * 300 + 7, shards=4)
    with crowd.watched() as pictures:
        answers = crowd.pay_at_once(40, 300, shards=4)
    assert answers == Counter({201: 20, 402: 20})
    assert sum(crowd.picture()) == 7
    assert min(min(picture) for picture in pictures) >= 0
    # Otherwise the workers did not meet, and the test has shown nothing.
    assert proxy.counts.conflicts > 0
    assert crowd.findings() == []


def test_shards__grow_while_payments_run__lose_nothing(crowd: Crowd, proxy: Proxy) -> None:
    crowd.deposit(1_000_000, shards=1)
    with ThreadPoolExecutor(1) as pool, crowd.watched() as pictures:
        paying = pool.submit(
            # Half of the callers have heard of it, long before the others.
            crowd.pay_at_once,
            120,
            100,
            shards=lambda number: 8 if number % 2 else 1,
        )
        crowd.grow(4)
        crowd.grow(8)
        answers = paying.result()
    assert answers == Counter({201: 120})
    picture = crowd.picture()
    assert sum(picture) == 1_000_000 - 120 * 100
    assert sum(minor > 0 for minor in picture) == 8
    assert min(min(each) for each in pictures) >= 0
    assert max(sum(each) for each in pictures) == 1_000_000
    assert proxy.counts.conflicts > 0
    assert crowd.findings() == []


def test_deposits_and_payments__at_once__every_cent_is_there(crowd: Crowd) -> None:
    crowd.grow(4)
    crowd.deposit(100_000, shards=4)
    with ThreadPoolExecutor(4) as pool:
        deposits = [pool.submit(crowd.deposit, 1_001, shards=4) for _ in range(8)]
        answers = crowd.pay_at_once(40, 500, shards=4)
        assert {deposit.result() for deposit in deposits} == {201}
    assert answers == Counter({201: 40})
    assert sum(crowd.picture()) == 100_000 + 8 * 1_001 - 40 * 500
    assert crowd.findings() == []
