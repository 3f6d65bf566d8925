"""How does Stripe's itemized payout reconciliation look? One line for each balance transaction, in
major units, with Stripe's fee; the payout itself comes last, so that a payout's lines sum to zero.

A payout is written for what is left above zero of a currency, one for each: what is not is carried
over, and its lines have no payout's line. Currencies have the decimals of ISO 4217.

Source: Stripe, Payout reconciliation report, as of 2026-11.
"""

import csv
import io
from collections.abc import Mapping
from datetime import datetime

from ops.simulated.payouts import Batch
from ops.simulated.settlement_rows import Kind, Row, Statement, in_major_units, made_up
from ops.simulated.stripe_wire import charge_id_of

COLUMNS = (
    "automatic_payout_id",
    "automatic_payout_effective_at_utc",
    "balance_transaction_id",
    "created_utc",
    "available_on_utc",
    "currency",
    "gross",
    "fee",
    "net",
    "reporting_category",
    "source_id",
    "payment_intent_id",
    "customer_facing_amount",
    "customer_facing_currency",
    "payment_metadata[payment_id]",
)
_CATEGORIES: dict[Kind, str] = {
    "payment": "charge",
    "refund": "refund",
    "refund_failed": "refund_failure",
    "dispute": "dispute",
    "dispute_won": "dispute_reversal",
}


def write(statement: Statement) -> str:
    """The file's text."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    payouts = {currency: batch.reference for currency, batch in batches_of(statement).items()}
    paid_at = _time(statement.paid_at)
    for row in statement.rows:
        lines.writerow([payouts[row.currency], paid_at, *_write_row(row, paid_at)])
    wrong_by_minor = statement.wrong_by_minor
    for currency, net_minor in statement.nets().items():
        if net_minor <= 0:
            continue
        sent = in_major_units(-net_minor - wrong_by_minor, currency)
        wrong_by_minor = 0
        lines.writerow(
            [
                payouts[currency],
                paid_at,
                "txn_" + made_up("payout", payouts[currency]),
                paid_at,
                paid_at,
                currency.lower(),
                sent,
                in_major_units(0, currency),
                sent,
                "payout",
                payouts[currency],
                *[""] * 4,
            ]
        )
    return text.getvalue()


def batches_of(statement: Statement) -> Mapping[str, Batch]:
    """The payout of each currency; one that comes to nothing has no line."""
    return {
        currency: Batch("po_" + statement.name_of_payout(currency), net_minor)
        for currency, net_minor in statement.nets().items()
    }


def name_file(statement: Statement) -> str:
    """What the file is called."""
    return f"payout_reconciliation.itemized.5-{statement.file_day}.csv"


def _write_row(row: Row, available_on: str) -> list[str]:
    currency = row.currency
    gross = in_major_units(row.gross_minor, currency)
    return [
        "txn_" + made_up(row.kind, row.id),
        _time(row.occurred_at),
        available_on,
        currency.lower(),
        gross,
        in_major_units(row.cost_minor, currency),
        in_major_units(row.net_minor, currency),
        _CATEGORIES[row.kind],
        charge_id_of(row.charge.id) if row.subject is None else row.subject.id,
        row.charge.id,
        gross,
        currency.lower(),
        row.payment_id,
    ]


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
