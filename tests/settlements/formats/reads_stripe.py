"""What does Stripe's itemized payout reconciliation say? net = gross - fee in every row; and where
the payout's own row is there, all rows of its batch come to nothing.

Source: Stripe, "Payout reconciliation report" and "Reporting categories", as of 2026-11.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC

from tests.settlements.formats.said import (
    EXPONENTS,
    QuarantinedError,
    Row,
    Said,
    Unreadable,
    UnreadableError,
    by_name,
    is_plain,
    minor_of,
    moment,
    payment_id_in,
)
from tests.settlements.naive_csv import Record

NEEDED = (
    "automatic_payout_id",
    "balance_transaction_id",
    "created_utc",
    "currency",
    "gross",
    "fee",
    "net",
    "reporting_category",
    "source_id",
)
_READ_BESIDE = (
    "payment_intent_id",
    "charge_id",
    "payment_metadata[payment_id]",
    "refund_metadata[payment_id]",
)
KINDS = {
    "charge": "payment",
    "partial_capture_reversal": "payment",
    "refund": "refund",
    "refund_failure": "refund_failed",
    "dispute": "dispute",
    "dispute_reversal": "dispute_won",
    "fee": "fee",
    "payout": "payout",
    "payout_reversal": "payout_returned",
}
# "Reporting currencies": written with two decimals, which are noughts.
_DECIMALS = {"ISK": 2, "UGX": 2}


def read(records: Sequence[Record]) -> list[Row]:
    """Its rows; QuarantinedError if it fails its own totals."""
    header = records[0].fields if records and not records[0].is_malformed else ()
    if any(header.count(name) != 1 for name in NEEDED):
        raise QuarantinedError
    if any(header.count(name) > 1 for name in _READ_BESIDE):
        raise QuarantinedError
    rows: list[Row] = []
    batches: Counter[tuple[str, str]] = Counter()
    returned: Counter[tuple[str, str]] = Counter()
    paid_out: set[tuple[str, str]] = set()
    for number, record in enumerate(records[1:], start=1):
        try:
            if record.is_malformed:
                raise UnreadableError
            cells = by_name(header, record.fields)
            row = _row(cells, number, record.line)
        except UnreadableError:
            rows.append(Unreadable(number, record.line))
            continue
        rows.append(row)
        if row.batch:
            batches[row.batch, row.currency] += row.gross - row.cost
            if cells["reporting_category"] == "payout":
                paid_out.add((row.batch, row.currency))
            if cells["reporting_category"] == "payout_reversal":
                returned[row.batch, row.currency] += row.gross - row.cost
    if paid_out and any(isinstance(row, Unreadable) for row in rows):
        raise QuarantinedError
    # What came back may be in its own batch, or in that with which it is paid again.
    if any(batches[key] not in {0, returned[key]} for key in paid_out):
        raise QuarantinedError
    return rows


def _row(cells: Mapping[str, str], number: int, line: int) -> Said:
    currency = cells["currency"].upper()
    if currency not in EXPONENTS or cells["currency"] not in (currency, currency.lower()):
        raise UnreadableError
    gross, fee, net = (
        minor_of(cells[name], currency, decimals_written=_DECIMALS.get(currency, 0))
        for name in ("gross", "fee", "net")
    )
    ids = {
        name: cells.get(name, "")
        for name in (
            "automatic_payout_id",
            "balance_transaction_id",
            "source_id",
            "payment_intent_id",
            "charge_id",
        )
    }
    if not ids["balance_transaction_id"] or not all(map(is_plain, ids.values())):
        raise UnreadableError
    category = cells["reporting_category"]
    at = moment(
        cells["created_utc"] + "+0000",
        "%Y-%m-%d %H:%M:%S%z",
        r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\+0000",
    )
    if gross - fee != net:
        raise QuarantinedError
    charge = ids["payment_intent_id"] or ids["charge_id"]
    if category == "charge":
        charge = charge or ids["source_id"]
    return Said(
        number=number,
        line=line,
        kind=KINDS.get(category, "other"),
        row_id=ids["balance_transaction_id"],
        payment_id=payment_id_in(
            cells.get("payment_metadata[payment_id]", ""),
            cells.get("refund_metadata[payment_id]", ""),
        ),
        reference=charge or None,
        own_reference=ids["source_id"] or None,
        gross=gross,
        cost=fee,
        fee=None,
        currency=currency,
        batch=ids["automatic_payout_id"],
        at=at.astimezone(UTC),
    )
