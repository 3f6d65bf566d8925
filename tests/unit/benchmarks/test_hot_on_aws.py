"""The arithmetic of hot merchants: from real items, and by hand."""

from typing import Any

import pytest

from benchmarks.hot_on_aws import UNITS, Account, Merchant, account_table, main, merchant_table
from oncepay.domain.capacity import item_size_bytes, write_units
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from tests.builders import World


@pytest.fixture
def paid(database: Database, tables: dict[str, str], dynamodb: Any) -> dict[str, list[Any]]:
    """Raw items of each table after one deposit; those of the payment after it are what is new."""
    world = World(database, Budget(60, sleep=lambda _: None))
    world.deposit(100_000)
    before = _items(dynamodb, tables)
    world.pay(5_000, customer_id="cus_1")
    return {
        role: [item for item in items if item not in before[role]]
        for role, items in _items(dynamodb, tables).items()
    }


def _items(client: Any, tables: dict[str, str]) -> dict[str, list[Any]]:
    return {role: client.scan(TableName=name)["Items"] for role, name in tables.items()}


def units(items: list[Any], *, transactional: bool = True) -> int:
    return sum(write_units(item_size_bytes(item), transactional=transactional) for item in items)


def test_units__are_those_of_the_items_that_a_payment_writes(paid: dict[str, list[Any]]) -> None:
    assert {
        "Idempotency": units(paid["idempotency"]),
        "Payments": units(paid["payments"]),
        # It shows all of the payment, and follows outside the transaction.
        "Payments, index by_merchant": units(paid["payments"], transactional=False),
        "Ledger": units(paid["ledger"]),
    } == UNITS
    assert [len(paid[role]) for role in ("idempotency", "payments", "ledger")] == [1, 1, 2]


def test_merchant__by_units__is_limited_by_the_balance_and_its_entries() -> None:
    one = Merchant(shards=1)
    assert (one.by_units_together, one.by_units_apart, one.by_list) == (250, 500, 1_000)
    assert Merchant(shards=32).by_units_apart == 16_000


def test_merchant__in_turns__one_transaction_after_the_other() -> None:
    assert Merchant(shards=32, in_flight_ms=10).by_turns == 3_200


@pytest.mark.parametrize(("share", "rate"), [(0.1, 320), (0.5, 1_600)])
def test_merchant__with_conflicts__as_busy_as_that(share: float, rate: float) -> None:
    assert Merchant(shards=32, in_flight_ms=10).with_conflicts(share) == pytest.approx(rate)


def test_account__ten_thousand__is_all_that_one_table_may() -> None:
    account = Account(rate=10_000)
    assert account.writes("Ledger") == 40_000
    assert account.quota_times("Ledger") == 1
    assert account.partitions("Ledger") == 40
    assert account.gateway_times == 1
    # 25 ms each are 250 at once; but 10,000 calls a second take the quota of a thousand.
    assert (account.busy_environments, account.lambda_concurrency) == (250, 1_000)


def test_account__hundred_thousand__grows_seven_times_by_two() -> None:
    account = Account(rate=100_000)
    assert account.minutes_to_grow == 7 * 30
    assert account.seconds_to_start == 30
    assert account.merchants_of_one_shard == 400
    assert account.usd_an_hour == pytest.approx(2_025)


def test_account__small__needs_no_growing() -> None:
    assert Account(rate=100).minutes_to_grow == 0


def test_tables__say_what_was_reckoned() -> None:
    assert merchant_table([Merchant(shards=4)]).splitlines()[1].split() == [
        "4", "1,000", "2,000", "4,000", "400", "40", "200",
    ]  # fmt: skip
    rows = [line.split() for line in account_table([Account(rate=10_000)]).splitlines()]
    assert ["Ledger:", "units/s", "40,000"] in rows


@pytest.mark.parametrize(
    "arguments", [["--rates", "many"], ["--shards", "33"], ["--in-flight-ms", "0"]]
)
def test_main__bad_input__says_what_is_wrong(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "rates" in capsys.readouterr().err


def test_main__prints_both_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--shards", "32"]) == 0
    printed = capsys.readouterr().out
    assert "one merchant in one currency" in printed
    assert "API Gateway, of its default" in printed
