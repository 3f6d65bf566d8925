"""How do the books and the settlement files agree, all in all? What is open by kind and age, what
was captured and is in no file yet, which files did not come, and how much money that is.

Read-only. What it reads is bounded: where that was not all, the summary says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from oncepay.domain.payment import Payment
from oncepay.domain.settlement import BreakKind
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.reconciliation_reads import BoundedReads, LatestFile

MAX_PAYMENTS_SHOWN = 100

AGES = ("under_1_day", "days_1_to_7", "days_7_to_30", "over_30_days")
_OLDEST_OF_AGE = (1, 7, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is expected of processors and banks.

    Attributes:
        delay_days: by processor, within how many days a captured payment is in a file.
        every_days: by format, every how many days a file comes.
    """

    delay_days: Mapping[str, int]
    every_days: Mapping[str, int]


@dataclass(slots=True)
class Tally:
    """Things of one kind.

    Attributes:
        at_risk_minor: by currency.
        oldest_at: since when the oldest one is there; None if there is none.
        ages: how many there are of each age.
    """

    count: int = 0
    at_risk_minor: dict[str, int] = field(default_factory=dict)
    oldest_at: datetime | None = None
    ages: dict[str, int] = field(default_factory=lambda: dict.fromkeys(AGES, 0))

    def add(
        self, since: datetime, as_of: datetime, *, amount_minor: int, currency: str | None
    ) -> None:
        """Count one more; no currency of what nobody can say."""
        self.count += 1
        if currency is not None and amount_minor:
            self.at_risk_minor[currency] = self.at_risk_minor.get(currency, 0) + amount_minor
        self.oldest_at = since if self.oldest_at is None else min(since, self.oldest_at)
        self.ages[_age(age_days(since, as_of))] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedFile:
    """A format of which files are expected.

    Attributes:
        latest: the file that came last; None if none ever did.
        expected_by: on which day, in UTC, the next one is to be there; None if none ever came.
        days_late: None likewise.
    """

    format: str
    every_days: int
    latest: LatestFile | None
    expected_by: date | None
    is_missing: bool
    days_late: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The whole of it.

    Attributes:
        is_complete: whether everything was read.
        expected: what it is held against.
        open_breaks: by kind, of the kinds that there are.
        missing: by processor, captured payments that are in no file, and should be.
        payments: those of them that wait longest, oldest first.
        files: of each format of which files are expected.
    """

    as_of: datetime
    is_complete: bool
    expected: Expected
    open_breaks: Mapping[BreakKind, Tally]
    missing: Mapping[str, Tally]
    payments: Sequence[Payment]
    files: Sequence[ExpectedFile]

    @property
    def at_risk_minor(self) -> dict[str, int]:
        """By currency, of open breaks and missing payments together."""
        total: dict[str, int] = {}
        for tally in (*self.open_breaks.values(), *self.missing.values()):
            for currency, amount_minor in tally.at_risk_minor.items():
                total[currency] = total.get(currency, 0) + amount_minor
        return total


def summarize_reconciliation(
    expected: Expected, *, database: Database, now: datetime, budget: Budget
) -> Summary:
    """Read and add up.

    Args:
        expected: what is expected of processors and banks.
        database: the tables.
        now: the time of the call.
        budget: the time left; where it does not suffice, the summary is not complete.

    Raises:
        StorageUnavailable: no answer within the budget.
    """
    reads = BoundedReads(database, budget)
    files = tuple(_expected_files(expected, reads, now))
    open_breaks = _open_breaks(reads, now)
    missing, payments = _missing(expected, reads, now)
    return Summary(
        as_of=now,
        is_complete=reads.is_complete,
        expected=expected,
        open_breaks=open_breaks,
        missing=missing,
        payments=payments,
        files=files,
    )


def age_days(since: datetime, as_of: datetime) -> int:
    """Whole days; what began just after `as_of`, by another clock, is 0 days old."""
    return max(0, (as_of - since).days)


def _age(days: int) -> str:
    for age, end in zip(AGES, _OLDEST_OF_AGE, strict=False):
        if days < end:
            return age
    return AGES[-1]


def _expected_files(
    expected: Expected, reads: BoundedReads, now: datetime
) -> Iterator[ExpectedFile]:
    latest_of = reads.latest_files(expected.every_days)
    today = now.astimezone(UTC).date()
    for name, every_days in expected.every_days.items():
        latest = latest_of.get(name)
        if latest is None:
            expected_by, days_late = None, None
        else:
            expected_by = latest.at.astimezone(UTC).date() + timedelta(days=every_days)
            days_late = max(0, (today - expected_by).days)
        yield ExpectedFile(
            format=name,
            every_days=every_days,
            latest=latest,
            expected_by=expected_by,
            is_missing=days_late is None or days_late > 0,
            days_late=days_late,
        )


def _open_breaks(reads: BoundedReads, now: datetime) -> dict[BreakKind, Tally]:
    found: dict[BreakKind, Tally] = {}
    for each in reads.open_breaks():
        found.setdefault(each.kind, Tally()).add(
            each.opened_at, now, amount_minor=abs(each.gross_minor), currency=each.currency
        )
    return found


def _missing(
    expected: Expected, reads: BoundedReads, now: datetime
) -> tuple[dict[str, Tally], list[Payment]]:
    tallies = {processor: Tally() for processor in expected.delay_days}
    shown: list[Payment] = []
    until = {name: now - timedelta(days=days) for name, days in expected.delay_days.items()}
    for payment in reads.unsettled_payments(until):
        since = payment.unsettled_since or payment.created_at
        tallies[payment.processor or ""].add(
            since, now, amount_minor=payment.captured_minor, currency=payment.currency
        )
        if len(shown) < MAX_PAYMENTS_SHOWN:
            shown.append(payment)
    return tallies, shown
