"""What is open, missing and late: counted exactly, within bounds that are said."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from oncepay.domain.payment import Payment
from oncepay.domain.settlement import Break, BreakKind, BreakStatus
from oncepay.services.summarize_reconciliation import (
    AGES,
    Expected,
    Summary,
    Tally,
    summarize_reconciliation,
)
from oncepay.storage import payments, reconciliation_reads
from oncepay.storage.breaks import break_item
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database, Page
from oncepay.storage.settlement_markers import LATEST_PART, LatestItem, latest_id
from oncepay.storage.transactions import Transaction
from tests.builders import NOW
from tests.stored_settlements import a_break
from tests.unit.domain.test_settlement_matching import PAYMENT

RUN = "set_" + "a" * 26
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)
EXPECTED = Expected(delay_days={"stripe": 5, "paypal": 2}, every_days={})

type Put = Callable[..., None]


@pytest.fixture
def put(database: Database, budget: Budget) -> Put:
    """Store some payments or breaks."""

    def put(*items: Payment | Break) -> None:
        for number in range(0, len(items), 50):
            transaction = Transaction()
            for item in items[number : number + 50]:
                if isinstance(item, Payment):
                    transaction.put(item.id, payments.payment_item(item))
                else:
                    transaction.put(item.id, break_item(item))
            assert database.write(transaction, budget) is None

    return put


@pytest.fixture
def came(database: Database, budget: Budget) -> Callable[[str, datetime], None]:
    """A file of a format came then."""

    def came(format_name: str, at: datetime) -> None:
        transaction = Transaction()
        item = LatestItem(id=latest_id(format_name), part=LATEST_PART, run_id=RUN, at=at)
        transaction.put("latest", item)
        assert database.write(transaction, budget) is None

    return came


def summary_of(
    database: Database,
    expected: Expected = EXPECTED,
    *,
    now: datetime = NOW,
    budget: Budget | None = None,
) -> Summary:
    return summarize_reconciliation(
        expected, database=database, now=now, budget=budget or Budget(60, sleep=lambda _: None)
    )


def a_payment(number: int, age: timedelta, processor: str = "stripe", **changes: Any) -> Payment:
    """Captured so long before NOW."""
    return replace(
        PAYMENT,
        id=f"pay_{number}",
        processor=processor,
        created_at=NOW - age - HOUR,
        unsettled_since=NOW - age,
        **changes,
    )


def ages(*counts: int) -> dict[str, int]:
    return dict(zip(AGES, counts, strict=True))


def shown(summary: Summary) -> list[str]:
    return [payment.id for payment in summary.payments]


def test_summary__of_nothing__is_complete_and_all_zero(database: Database) -> None:
    assert summary_of(database) == Summary(
        as_of=NOW,
        is_complete=True,
        expected=EXPECTED,
        open_breaks={},
        missing={"stripe": Tally(), "paypal": Tally()},
        payments=[],
        files=(),
    )
    assert summary_of(database).at_risk_minor == {}


def test_summary__reads_each_partition_once(database: Database) -> None:
    budget = Budget(60, sleep=lambda _: None)
    summary_of(database, replace(EXPECTED, every_days={"native": 1, "stripe": 1}), budget=budget)
    # The latest files together, eight partitions of open breaks, sixteen of each processor.
    assert budget.usage.requests == 1 + 8 + 2 * 16


def test_open_breaks__by_kind__are_counted_with_what_is_at_risk(
    database: Database, put: Put
) -> None:
    def opened(row: int, age: timedelta, **changes: Any) -> Break:
        return a_break(RUN, row, **({"opened_at": NOW - age} | changes))

    refund, fee = BreakKind.ORPHAN_REFUND, BreakKind.FEE_MISMATCH
    put(
        opened(1, 2 * HOUR, gross_minor=5_007),
        opened(2, 8 * DAY, gross_minor=93),
        opened(10, 3 * DAY, gross_minor=700, currency="EUR"),
        # What leaves us is at risk as much as what comes.
        opened(3, 40 * DAY, kind=refund, gross_minor=-2_000),
        opened(4, 0 * DAY, kind=fee, gross_minor=0),
        opened(5, DAY, kind=BreakKind.REJECTED_ROW, gross_minor=0, currency=None),
    )
    summary = summary_of(database)
    assert summary.open_breaks == {
        BreakKind.AMOUNT_MISMATCH: Tally(
            3, {"USD": 5_100, "EUR": 700}, NOW - 8 * DAY, ages(1, 1, 1, 0)
        ),
        refund: Tally(1, {"USD": 2_000}, NOW - 40 * DAY, ages(0, 0, 0, 1)),
        fee: Tally(1, {}, NOW, ages(1, 0, 0, 0)),
        BreakKind.REJECTED_ROW: Tally(1, {}, NOW - DAY, ages(0, 1, 0, 0)),
    }
    assert summary.at_risk_minor == {"USD": 7_100, "EUR": 700}
    assert summary.is_complete


@pytest.mark.parametrize(
    "status", [BreakStatus.ACCEPTED, BreakStatus.CORRECTED, BreakStatus.IGNORED]
)
def test_break__that_is_decided__is_not_open(
    database: Database, put: Put, status: BreakStatus
) -> None:
    put(a_break(RUN, 1, status=status))
    assert summary_of(database).open_breaks == {}


@pytest.mark.parametrize(
    ("age", "counts"),
    [
        # By another clock, it has only just begun.
        (-HOUR, (1, 0, 0, 0)),
        (0 * DAY, (1, 0, 0, 0)),
        (DAY - MOMENT, (1, 0, 0, 0)),
        (DAY, (0, 1, 0, 0)),
        (7 * DAY - MOMENT, (0, 1, 0, 0)),
        (7 * DAY, (0, 0, 1, 0)),
        (30 * DAY - MOMENT, (0, 0, 1, 0)),
        (30 * DAY, (0, 0, 0, 1)),
        (400 * DAY, (0, 0, 0, 1)),
    ],
    ids=str,
)
def test_age__counts_whole_days(age: timedelta, counts: tuple[int, ...]) -> None:
    tally = Tally()
    tally.add(NOW - age, NOW, amount_minor=1, currency="USD")
    assert tally.ages == ages(*counts)


def test_payments__older_than_their_processor_s_delay__are_missing(
    database: Database, put: Put
) -> None:
    put(
        a_payment(1, 5 * DAY),
        a_payment(2, 5 * DAY - MOMENT),
        a_payment(3, 31 * DAY, captured_minor=3_000),
        a_payment(4, 8 * DAY, currency="EUR"),
        a_payment(5, 2 * DAY, "paypal"),
        a_payment(6, 2 * DAY - MOMENT, "paypal"),
        # Nobody says how long a payment there may take.
        a_payment(7, 90 * DAY, "simulated"),
    )
    summary = summary_of(database)
    assert summary.missing == {
        "stripe": Tally(3, {"USD": 8_000, "EUR": 5_000}, NOW - 31 * DAY, ages(0, 1, 1, 1)),
        "paypal": Tally(1, {"USD": 5_000}, NOW - 2 * DAY, ages(0, 1, 0, 0)),
    }
    # Oldest first, whatever their processor and partition.
    assert shown(summary) == ["pay_3", "pay_4", "pay_1", "pay_5"]
    assert summary.at_risk_minor == {"USD": 13_000, "EUR": 5_000}


def test_payment__whose_processor_has_no_delay__is_missing_at_once(
    database: Database, put: Put
) -> None:
    put(a_payment(1, 0 * DAY, "simulated"))
    expected = Expected(delay_days={"simulated": 0}, every_days={})
    assert shown(summary_of(database, expected)) == ["pay_1"]


def test_payments__more_than_are_shown__are_counted_all(database: Database, put: Put) -> None:
    put(*(a_payment(number, 6 * DAY + number * HOUR) for number in range(101)))
    summary = summary_of(database)
    assert summary.missing["stripe"].count == 101
    assert summary.missing["stripe"].at_risk_minor == {"USD": 505_000}
    assert shown(summary) == [f"pay_{number}" for number in range(100, 0, -1)]
    assert summary.is_complete


def test_payment__that_the_index_still_shows__is_what_it_is_itself(
    database: Database, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(*(a_payment(number, 10 * DAY) for number in range(1, 6)))
    settled, reopened, elsewhere = (
        a_payment(2, 10 * DAY, settlement_id=RUN, settled_at=NOW),
        a_payment(3, DAY),
        a_payment(4, 10 * DAY, "simulated"),
    )
    now_there = [
        a_payment(1, 10 * DAY), replace(settled, unsettled_since=None), reopened, elsewhere,
    ]  # fmt: skip
    raws = [payments.payment_item(each).to_dynamodb_dict() for each in now_there]
    answers = {"settlements": [], "payments": [raw | {"version": {"N": "1"}} for raw in raws]}
    monkeypatch.setattr(database, "get_many", lambda role, *_: answers[role])
    summary = summary_of(database)
    assert shown(summary) == ["pay_1"]
    assert summary.missing["stripe"].count == 1


@pytest.mark.parametrize(("there", "is_complete"), [(3, True), (4, False)])
def test_payments__more_than_one_summary_reads__are_said_to_be_left_over(
    database: Database,
    put: Put,
    monkeypatch: pytest.MonkeyPatch,
    there: int,
    is_complete: bool,
) -> None:
    monkeypatch.setattr(reconciliation_reads, "MAX_PAYMENTS", 3)
    put(*(a_payment(number, 10 * DAY - number * HOUR) for number in range(1, there + 1)))
    summary = summary_of(database)
    assert (summary.missing["stripe"].count, summary.is_complete) == (3, is_complete)
    # It is the oldest that were read.
    assert shown(summary) == ["pay_1", "pay_2", "pay_3"]


@pytest.mark.parametrize(("pages", "count"), [(1, 1), (2, 2), (4, 3)])
def test_open_breaks__of_more_pages_than_one_summary_reads__are_said_to_be_left_over(
    database: Database, put: Put, monkeypatch: pytest.MonkeyPatch, pages: int, count: int
) -> None:
    # All of them in one partition, each on a page of its own.
    put(*(a_break(RUN, row) for row in (8, 16, 24)))
    monkeypatch.setattr(reconciliation_reads, "MAX_PAGES", pages)
    query_page = database.query_page

    def one_at_a_time(*args: Any, **kwargs: Any) -> Page:
        return query_page(*args, **kwargs | {"limit": 1})

    monkeypatch.setattr(database, "query_page", one_at_a_time)
    summary = summary_of(database)
    assert summary.open_breaks[BreakKind.AMOUNT_MISMATCH].count == count
    assert summary.is_complete == (count == 3)


def test_payments__page_by_page__are_counted_once_each(
    database: Database, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation_reads, "KEYS_PER_PAGE", 1)
    put(*(a_payment(number, 10 * DAY) for number in range(40)))
    summary = summary_of(database)
    assert (summary.missing["stripe"].count, summary.is_complete) == (40, True)
    assert len(set(shown(summary))) == 40


class Ticking:
    """A clock on which each request takes a second."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 0.0
        call = database._connection._make_api_call

        def slow(*args: Any, **kwargs: Any) -> Any:
            self.seconds += 1
            return call(*args, **kwargs)

        monkeypatch.setattr(database._connection, "_make_api_call", slow)

    def budget(self, seconds: float) -> Budget:
        return Budget(seconds, clock=lambda: self.seconds, sleep=lambda _: None)


def test_summary__without_enough_time__is_short_and_says_so(
    database: Database, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(*(a_break(RUN, row) for row in range(8)), *(a_payment(n, 9 * DAY) for n in range(150)))
    ticking = Ticking(database, monkeypatch)
    # Half of it is for the breaks: four of their eight partitions.
    short = summary_of(database, budget=ticking.budget(8))
    assert short.open_breaks[BreakKind.AMOUNT_MISMATCH].count == 4
    assert not short.is_complete
    # All partitions, and one of two batches of payments.
    most = summary_of(database, budget=ticking.budget(8 + 32 + 1))
    assert most.open_breaks[BreakKind.AMOUNT_MISMATCH].count == 8
    assert most.missing["stripe"].count == 100
    assert not most.is_complete
    whole = summary_of(database, budget=ticking.budget(8 + 32 + 2))
    assert (whole.missing["stripe"].count, whole.is_complete) == (150, True)


MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "every_days", "expected_by", "days_late"),
    [
        (MIDNIGHT, 1, date(2026, 11, 22), 0),
        (MIDNIGHT - MOMENT, 1, date(2026, 11, 21), 0),
        (MIDNIGHT - DAY, 1, date(2026, 11, 21), 0),
        # By the calendar: it came a moment before the day before began.
        (MIDNIGHT - DAY - MOMENT, 1, date(2026, 11, 20), 1),
        (MIDNIGHT - 10 * DAY, 1, date(2026, 11, 12), 9),
        (MIDNIGHT - 10 * DAY, 7, date(2026, 11, 18), 3),
        (MIDNIGHT - 7 * DAY, 7, date(2026, 11, 21), 0),
    ],
    ids=str,
)
def test_file__is_missing_once_its_day_is_over(
    database: Database,
    came: Callable[[str, datetime], None],
    at: datetime,
    every_days: int,
    expected_by: date,
    days_late: int,
) -> None:
    came("stripe", at)
    expected = Expected(delay_days={}, every_days={"stripe": every_days})
    (file,) = summary_of(database, expected, now=MIDNIGHT + 23 * HOUR).files
    assert (file.expected_by, file.days_late) == (expected_by, days_late)
    assert file.is_missing == (days_late > 0)
    assert file.latest is not None
    assert (file.latest.run_id, file.latest.at) == (RUN, at)


def test_file__that_never_came__is_missing(
    database: Database, came: Callable[[str, datetime], None]
) -> None:
    came("stripe", NOW)
    files = summary_of(database, Expected(delay_days={}, every_days={"native": 7, "stripe": 1}))
    never, there = files.files
    assert (never.format, never.every_days, never.latest) == ("native", 7, None)
    assert (never.expected_by, never.is_missing, never.days_late) == (None, True, None)
    assert (there.format, there.is_missing) == ("stripe", False)


def test_file__that_is_not_expected__is_not_spoken_of(
    database: Database, came: Callable[[str, datetime], None]
) -> None:
    came("adyen", NOW - 90 * DAY)
    assert summary_of(database).files == ()


def test_total__is_of_breaks_and_missing_payments(database: Database, put: Put) -> None:
    put(a_break(RUN, 1, gross_minor=-7), a_payment(1, 9 * DAY), a_payment(2, 9 * DAY, "paypal"))
    assert summary_of(database).at_risk_minor == {"USD": 10_007}


def total(tallies: Iterable[Tally]) -> int:
    return sum(tally.count for tally in tallies)


def test_ages__come_to_the_count(database: Database, put: Put) -> None:
    put(*(a_payment(number, number * DAY) for number in range(5, 45)))
    (tally, nothing) = summary_of(database).missing.values()
    assert sum(tally.ages.values()) == tally.count == total([tally, nothing]) == 40
    assert tally.ages == ages(0, 2, 23, 15)
