"""How does the project book a file? Its own reading and planning, with books held in memory: each
plan's marks are applied to them before the next chunk is planned, as the tables would have them.
"""

import hashlib
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from oncepay.domain.dispute import Dispute, DisputeStatus
from oncepay.domain.lifecycle import PaymentStatus, RefundStatus
from oncepay.domain.payment import Payment, Refund, settle
from oncepay.domain.settlement import (
    Break,
    FileTotals,
    Settlement,
    SettlementStatus,
    Source,
    accept,
    begin,
)
from oncepay.domain.settlement_booking import Books, Plan, Reading, plan_rows
from oncepay.domain.settlement_formats.file import SettlementFile
from oncepay.domain.settlement_formats.row import FileRefused
from oncepay.domain.settlement_formats.tally import prove
from oncepay.services.reconcile_file import CHARGES_WHOLE
from tests.settlements.world import World, WorldDispute, WorldPayment, WorldRefund

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MOST_ACTIONS = 100
"""That DynamoDB takes in one transaction."""
_OTHER_ACTIONS = 1
"""The run itself."""


@dataclass(slots=True)
class Booked:
    """What a file did.

    Attributes:
        reason: why it was refused, or None.
        run: as it is in the end; None if the file was refused.
        marked: by id of a payment or refund, the runs that marked it, one after the other.
        changes: by owner of the ledger, currency and account, in minor units.
        most_actions: of the largest plan.
    """

    reason: str | None = None
    run: Settlement | None = None
    marked: dict[str, list[str]] = field(default_factory=dict)
    markers: list[str] = field(default_factory=list)
    breaks: list[Break] = field(default_factory=list)
    changes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    most_actions: int = 0


class Tables:
    """The books of a world, from file to file."""

    def __init__(self, world: World, paid: Mapping[str, int]) -> None:
        self._payments = {one.id: _payment(one) for one in world.values()}
        self._refunds = {one.id: _refunds(one) for one in world.values()}
        self._disputes = {one.id: _disputes(one) for one in world.values()}
        self._references: dict[str, dict[str, str]] = {}
        for one in world.values():
            names = self._references.setdefault(one.processor or "", {})
            for name in (one.reference, *(refund.reference for refund in one.refunds)):
                if name is not None:
                    names.setdefault(name, one.id)
        self._paid = paid
        self._markers: dict[str, object] = {}
        self._entries = 0

    def book(
        self,
        content: bytes,
        processors: Mapping[str, str | None],
        *,
        name: str,
        tolerance: int,
        chunk_rows: int,
    ) -> Booked:
        """Read a file twice, and book it chunk by chunk.

        Args:
            content: its bytes.
            processors: whose files it is, by format.
            name: under which it comes: another one, another run.
            tolerance: by how much an amount may differ, in minor units.
            chunk_rows: how many rows are offered at once to be planned.
        """
        try:
            file = SettlementFile(io.BytesIO(content))
            tally = prove(file)
        except FileRefused as refused:
            return Booked(reason=refused.reason)
        totals = tally.totals()
        digest = hashlib.sha256(content).hexdigest()
        run = accept(
            begin(Source(bucket="b", key=name, version_id="1", etag=None), NOW),
            FileTotals(
                format=file.format.name,
                sha256=digest,
                size_bytes=len(content),
                rows=totals.rows,
                gross_minor=totals.gross_minor,
                fee_minor=tally.fee_minor or totals.cost_minor,
            ),
            NOW,
        )
        reading = Reading(
            processor=processors[file.format.name],
            tolerance_minor=tolerance,
            charges_whole=file.format.name in CHARGES_WHOLE,
        )
        booked = Booked(run=run)
        while run.status is not SettlementStatus.COMPLETED:
            # Each chunk is read as a resumed run reads it.
            again = SettlementFile(io.BytesIO(content))
            again.skip(run.booked)
            plan = self._plan(list(islice(again, chunk_rows)), run, reading)
            self._apply(plan, booked)
            assert plan.after.booked > run.booked or totals.rows == 0, "no row was planned"
            run = replace(plan.after, version=run.version + 1)
        booked.run = run
        return booked

    def _plan(self, rows: list[object], run: Settlement, reading: Reading) -> Plan:
        books = Books(
            payments=dict(self._payments),
            refunds={key: list(some) for key, some in self._refunds.items()},
            disputes=dict(self._disputes),
            references=self._references.get(reading.processor or "", {}),
            markers={},
            paid_minor=self._paid,
        )
        for _ in range(2):
            plan = plan_rows(
                rows,  # type: ignore[arg-type]
                books,
                run=run,
                reading=reading,
                now=NOW,
                new_entry_id=self._new_entry_id,
            )
            if not plan.unread:
                return plan
            for marker in plan.unread:
                books.markers[marker] = self._markers.get(marker)  # type: ignore[assignment]
        raise AssertionError("the books were asked twice for markers")

    def _new_entry_id(self) -> str:
        self._entries += 1
        return f"le_{self._entries:032x}"

    def _apply(self, plan: Plan, booked: Booked) -> None:
        """As the transaction would: with its conditions."""
        run_id = plan.after.id
        ledgers = Counter(entry.ledger_id for entry in plan.entries)
        assert max(ledgers.values(), default=0) <= 1, "a balance is written twice in one plan"
        actions = _OTHER_ACTIONS + len(plan.settled) + len(plan.markers) + len(plan.breaks)
        booked.most_actions = max(booked.most_actions, actions + 2 * len(plan.entries))
        keys = [one.key for one in (*plan.settled, *plan.breaks)] + [
            (marker.id, "row") for marker in plan.markers
        ]
        assert len(set(keys)) == len(keys), "an item is written twice in one plan"
        for one in plan.settled:
            stored = self._stored(one)
            assert stored == one, "it was not planned as it was read"
            assert stored.settlement_id is None, "it is marked already"
            booked.marked.setdefault(one.id, []).append(run_id)
            if isinstance(one, Payment):
                paid = settle(one, run_id, NOW)
                self._payments[one.id] = replace(paid, version=one.version + 1)
            else:
                refunds = self._refunds[one.payment_id]
                given_back = replace(settle(one, run_id, NOW), version=one.version + 1)
                refunds[refunds.index(one)] = given_back
        for marker in plan.markers:
            assert marker.id not in self._markers, "the marker is there already"
            self._markers[marker.id] = marker
            booked.markers.append(marker.id)
        booked.breaks += plan.breaks
        for entry in plan.entries:
            owner, currency, _ = entry.ledger_id.split("#")
            assert currency == entry.currency
            for posting in entry.postings:
                booked.changes[owner, currency, posting.account] += posting.amount_minor

    def _stored(self, one: Payment | Refund) -> Payment | Refund:
        if isinstance(one, Payment):
            return self._payments[one.id]
        return next(refund for refund in self._refunds[one.payment_id] if refund.id == one.id)


def _payment(one: WorldPayment) -> Payment:
    refunded = sum(refund.amount_minor for refund in one.refunds if refund.status == "succeeded")
    return Payment(
        id=one.id,
        merchant_id=one.merchant_id,
        fingerprint="f" * 64,
        amount_minor=one.amount_minor,
        fee_minor=one.fee_minor,
        fee_basis_points=one.fee_basis_points,
        currency=one.currency,
        status=PaymentStatus(one.status),
        funding_type="balance" if one.processor is None else "processor",
        captured_minor=one.captured_minor or 0,
        refunded_minor=refunded,
        created_at=_time(one.created_at),
        updated_at=_time(one.created_at),
        settlement_id=one.settlement_id,
        settled_at=NOW - timedelta(days=1) if one.settlement_id else None,
        processor=one.processor,
        processor_reference=one.reference,
        pending_minor=one.pending_minor,
    )


def _refunds(payment: WorldPayment) -> list[Refund]:
    return [
        Refund(
            id=one.id,
            payment_id=payment.id,
            merchant_id=payment.merchant_id,
            fingerprint="f" * 64,
            amount_minor=one.amount_minor,
            currency=payment.currency,
            status=RefundStatus(one.status),
            created_at=_time(one.created_at),
            updated_at=_time(one.created_at),
            settlement_id=one.settlement_id,
            settled_at=NOW - timedelta(days=1) if one.settlement_id else None,
            processor_reference=one.reference,
        )
        for one in sorted(payment.refunds, key=_created)
    ]


def _disputes(payment: WorldPayment) -> list[Dispute]:
    return [
        Dispute(
            id=one.id,
            payment_id=payment.id,
            merchant_id=payment.merchant_id,
            amount_minor=one.amount_minor,
            currency=payment.currency,
            status=DisputeStatus(one.status),
            reason=None,
            processor_reference=one.reference,
            created_at=_time(one.created_at),
            updated_at=_time(one.created_at),
        )
        for one in sorted(payment.disputes, key=_created)
    ]


def _created(one: WorldRefund | WorldDispute) -> str:
    return one.created_at


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
