"""How are the rows of a settlement file booked? The second reading: chunk by chunk, each in one
transaction with the run's own progress, so that a kill anywhere leaves the run where it was or
where it is after the chunk, and never between.
"""

import io
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice

from oncepay.domain.errors import InternalError, RateLimited
from oncepay.domain.identifiers import is_derived_id
from oncepay.domain.ledger import (
    AVAILABLE,
    PENDING,
    EntryKind,
    ItemKey,
    LedgerEntry,
    ledger_id,
    transfer,
)
from oncepay.domain.payment import Payment, Refund, settle
from oncepay.domain.reconciliation import reconcile_row
from oncepay.domain.settlement import Break, Settlement, SettlementStatus, advance
from oncepay.domain.settlement_files import SettlementFile
from oncepay.domain.settlement_rows import RejectedRow, RowType, SettlementRow
from oncepay.services.new_entry_id import new_entry_id
from oncepay.storage import payments
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.objects import BUFFER_BYTES
from oncepay.storage.payment_reads import read_family
from oncepay.storage.settlement_writes import (
    ACTIONS_PER_ENTRY,
    MAX_ROWS_PER_WRITE,
    ChangedMeanwhile,
    write_rows,
)
from oncepay.storage.settlements import RUN_PART

MAX_WRITE_BYTES = 3_000_000
"""A transaction bears 4 MB, counted by the items that it changes, not by the changes.

Source: DynamoDB service quotas, TransactWriteItems, as of 2026-11."""

_REST_BYTES = 3_000
"""Of a payment, refund or break, without what its merchant wrote."""

MAX_TURNS = 20
"""Times that a chunk is decided anew because a payment in it changed meanwhile."""

type Row = SettlementRow | RejectedRow


def book_rows(
    run: Settlement,
    raw: io.RawIOBase,
    *,
    database: Database,
    clock: Callable[[], datetime],
    budget: Budget,
) -> Settlement:
    """Book the rows of a file from where the run stands.

    Args:
        run: with its totals.
        raw: the file, from its beginning.
        database: the tables.
        clock: the time, in UTC.
        budget: no chunk is begun when it has run out.

    Returns:
        The run as it is then: completed, or as far as the time allowed.

    Raises:
        Overtaken: another worker writes this run.
        FileRefused, StorageUnavailable, RateLimited, OutcomeUnknown: nothing is lost; carry on
            later.
    """
    file = SettlementFile(io.BufferedReader(raw, BUFFER_BYTES))
    file.skip(run.booked)
    rows = iter(file)
    waiting: list[Row] = []
    while run.status is not SettlementStatus.COMPLETED and budget.has_time():
        waiting += islice(rows, MAX_ROWS_PER_WRITE - len(waiting))
        if not waiting and run.totals is not None and run.totals.rows:
            raise InternalError("the file has fewer rows than when it was read first")
        before, run = run, _book(run, waiting, database, clock, budget)
        del waiting[: run.booked - before.booked]
    return run


def _book(
    run: Settlement,
    waiting: Sequence[Row],
    database: Database,
    clock: Callable[[], datetime],
    budget: Budget,
) -> Settlement:
    """Book as many of the waiting rows as one transaction bears."""
    for turn in range(MAX_TURNS):
        books = _Books(waiting, database, budget)
        settled: list[Payment | Refund] = []
        breaks: list[Break] = []
        now = clock()
        for row in books.bearable(waiting):
            found = books.reconcile(row, run.id, now)
            if isinstance(found, Break):
                breaks.append(found)
            else:
                settled.append(found)
        after = advance(
            run, matched=len(settled), breaks=Counter(found.kind for found in breaks), now=now
        )
        entries = _settlement_entries(run, settled, now)
        try:
            write_rows(
                database,
                run,
                after,
                settled=settled,
                breaks=breaks,
                entries=entries,
                budget=budget,
            )
        except ChangedMeanwhile:
            if not budget.wait_before_retry(turn):
                break
        else:
            return replace(after, version=run.version + 1)
    raise RateLimited("payments of the file are changing all the time")


def _settlement_entries(
    run: Settlement, settled: Sequence[Payment | Refund], now: datetime
) -> list[LedgerEntry]:
    """What becomes available, one entry for each ledger that has a share in it."""
    shares: Counter[tuple[str, str]] = Counter()
    for payment in settled:
        if isinstance(payment, Payment):
            shares[payment.merchant_id, payment.currency] += payment.pending_minor
    return [
        LedgerEntry(
            id=new_entry_id(now),
            ledger_id=ledger_id(merchant_id, currency),
            kind=EntryKind.SETTLEMENT,
            item=ItemKey(run.id, RUN_PART),
            payment_id=None,
            currency=currency,
            postings=transfer(PENDING, AVAILABLE, share_minor),
            created_at=now,
        )
        for (merchant_id, currency), share_minor in shares.items()
        if share_minor
    ]


class _Books:
    """The payments that some rows name, and what these rows have done to them so far."""

    def __init__(self, rows: Iterable[Row], database: Database, budget: Budget) -> None:
        readable = [row for row in rows if isinstance(row, SettlementRow)]
        with_refunds = _ids(row for row in readable if row.type is RowType.REFUND)
        alone = _ids(readable) - with_refunds
        self._payments: dict[str, Payment] = {}
        self._refunds: dict[str, list[Refund]] = {}
        keys = [{"id": payment_id, "part": "payment"} for payment_id in sorted(alone)]
        for raw in database.get_many("payments", keys, budget):
            payment = payments.payment_from_raw(raw)
            self._payments[payment.id] = payment
        for payment_id in sorted(with_refunds):
            family = read_family(database, payment_id, budget)
            if family is not None:
                self._payments[payment_id] = family.payment
                self._refunds[payment_id] = list(family.refunds.values())

    def reconcile(self, row: Row, settlement_id: str, now: datetime) -> Payment | Refund | Break:
        """What a row settles, as it was read, and marked for the rows that come after it."""
        payment_id = row.payment_id if isinstance(row, SettlementRow) else ""
        refunds = self._refunds.get(payment_id, [])
        found = reconcile_row(
            row,
            settlement_id=settlement_id,
            payment=self._payments.get(payment_id),
            refunds=refunds,
        )
        if isinstance(found, Payment):
            self._payments[payment_id] = settle(found, settlement_id, now)
        elif isinstance(found, Refund):
            refunds[refunds.index(found)] = settle(found, settlement_id, now)
        return found

    def bearable(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The first rows whose payments, and what they move, are together not too much to be
        written.
        """
        size_bytes = 0
        ledgers: set[tuple[str, str]] = set()
        for count, row in enumerate(rows):
            payment_id = row.payment_id if isinstance(row, SettlementRow) else ""
            payment = self._payments.get(payment_id)
            size_bytes += _size_bytes(payment)
            if payment is not None and payment.pending_minor:
                ledgers.add((payment.merchant_id, payment.currency))
            actions = count + 1 + ACTIONS_PER_ENTRY * len(ledgers)
            if count and (size_bytes > MAX_WRITE_BYTES or actions > MAX_ROWS_PER_WRITE):
                return rows[:count]
        return rows


def _size_bytes(payment: Payment | None) -> int:
    """At most so large: what its merchant wrote, in the longest encoding, and all the rest."""
    if payment is None:
        return _REST_BYTES
    characters = len(payment.description or "") + sum(map(len, chain(*payment.metadata.items())))
    return 4 * characters + _REST_BYTES


def _ids(rows: Iterable[SettlementRow]) -> set[str]:
    # What cannot be a payment's id is in no table, and is not looked up.
    return {row.payment_id for row in rows if is_derived_id("pay", row.payment_id)}
