"""What must come out of a settlement file? Derived from the world and the file's bytes alone.

Slow, plain and independent: no line of the project's code is used here, so that a mistake in it
cannot be repeated. Where the function and this differ, one of them is wrong.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.settlements.formats.reads_native import HEADER, amount_of, is_readable
from tests.settlements.naive_csv import Record, UnclosedQuoteError, read_records
from tests.settlements.world import World, WorldPayment, WorldRefund


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """The one bucket of a row.

    Attributes:
        row: 1-based number of the data record.
        line: 1-based number of the physical line on which it begins.
        kind: of the break; None if it was matched.
        payment_id: of a readable row.
        difference: of a mismatch, the field, what the books say, and what the row says; None where
            it is not one field of one thing.
    """

    row: int
    line: int
    kind: str | None
    payment_id: str | None
    difference: tuple[str, int | str, int | str] | None = None


@dataclass(slots=True)
class Expected:
    """The whole outcome of a file that is new.

    Attributes:
        status: `completed`, or `quarantined` for a file that is wrong as a whole.
        rows: the bucket of each row.
        sums: per currency of the readable rows.
        payments: settled by this file, and the row that did it.
        refunds: likewise.
    """

    status: str
    rows: list[RowOutcome] = field(default_factory=list)
    sums: dict[str, dict[str, int]] = field(default_factory=dict)
    payments: dict[str, int] = field(default_factory=dict)
    refunds: dict[str, int] = field(default_factory=dict)

    @property
    def breaks(self) -> list[tuple[int, str]]:
        """(row, kind) of every row that was not matched, in the file's order."""
        return [(outcome.row, outcome.kind) for outcome in self.rows if outcome.kind is not None]

    @property
    def breaks_by_kind(self) -> dict[str, int]:
        """How many of each kind; a kind that does not occur is absent."""
        return dict(Counter(kind for _, kind in self.breaks))

    @property
    def counts(self) -> dict[str, int]:
        """As the run tells them."""
        broken = self.breaks_by_kind
        breaks = sum(broken.values())
        return {
            "rows": len(self.rows),
            "matched": len(self.rows) - breaks,
            "breaks": breaks,
            "rejected": broken.get("rejected_row", 0),
        }


def expect(world: World, content: bytes) -> Expected:
    """What a file that was never seen before must do to this world."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return Expected("quarantined")
    try:
        records = list(read_records(text.removeprefix("\ufeff")))
    except UnclosedQuoteError:
        return Expected("quarantined")
    if not records or records[0].fields != HEADER or records[0].is_malformed:
        return Expected("quarantined")
    return _reconcile(world, records[1:])


def _reconcile(world: World, records: Sequence[Record]) -> Expected:
    outcome = Expected("completed")
    for row, record in enumerate(records, start=1):
        if not is_readable(record):
            outcome.rows.append(RowOutcome(row, record.line, "rejected_row", None))
            continue
        _, row_type, payment_id, amount_text, fee_text, currency, _ = record.fields
        amount, fee = amount_of(amount_text), amount_of(fee_text)
        sums = outcome.sums.setdefault(currency, {"gross_minor": 0, "fee_minor": 0, "net_minor": 0})
        sums["gross_minor"] += amount if row_type == "payment" else -amount
        sums["fee_minor"] += fee
        sums["net_minor"] = sums["gross_minor"] - sums["fee_minor"]
        payment = world.get(payment_id)
        if payment is None:
            outcome.rows.append(RowOutcome(row, record.line, "missing_in_ledger", payment_id))
            continue
        is_payment = row_type == "payment"
        judge = _payment_row if is_payment else _refund_row
        kind = judge(payment, amount, fee, currency, row, outcome)
        difference: tuple[str, int | str, int | str] | None = None
        if kind == "amount_mismatch" and is_payment:
            difference = ("amount_minor", payment.amount_minor, amount)
        elif kind == "fee_mismatch":
            difference = ("fee_minor", payment.fee_minor if is_payment else 0, fee)
        elif kind == "currency_mismatch":
            difference = ("currency", payment.currency, currency)
        outcome.rows.append(RowOutcome(row, record.line, kind, payment_id, difference))
    return outcome


def _payment_row(
    payment: WorldPayment, amount: int, fee: int, currency: str, row: int, outcome: Expected
) -> str | None:
    if amount != payment.amount_minor:
        return "amount_mismatch"
    if fee != payment.fee_minor:
        return "fee_mismatch"
    if currency != payment.currency:
        return "currency_mismatch"
    if payment.status != "succeeded":
        return "status_mismatch"
    if payment.id in outcome.payments:
        return "duplicate_row"
    if payment.settlement_id is not None:
        return "already_settled"
    outcome.payments[payment.id] = row
    return None


def _refund_row(
    payment: WorldPayment, amount: int, fee: int, currency: str, row: int, outcome: Expected
) -> str | None:
    oldest_first = sorted(payment.refunds, key=lambda refund: refund.created_at)
    unsettled = [refund for refund in oldest_first if not _is_settled(refund, outcome)]
    fitting = [refund for refund in unsettled if refund.amount_minor == amount]
    settled = [
        refund
        for refund in oldest_first
        if refund.amount_minor == amount and _is_settled(refund, outcome)
    ]
    # What was told before is told again, and no wrong amount of another refund: to correct it
    # would settle a refund that no row ever named.
    if not fitting and not settled:
        return "amount_mismatch" if unsettled else "orphan_refund"
    if fee != 0:
        return "fee_mismatch"
    if currency != payment.currency:
        return "currency_mismatch"
    if fitting:
        outcome.refunds[fitting[0].id] = row
        return None
    by_this_file = any(refund.id in outcome.refunds for refund in settled)
    return "duplicate_row" if by_this_file else "already_settled"


def _is_settled(refund: WorldRefund, outcome: Expected) -> bool:
    return refund.settlement_id is not None or refund.id in outcome.refunds
