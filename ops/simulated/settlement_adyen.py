"""How does Adyen's settlement details report look? One line for each change of the balance, in
major units, debits and credits in columns of their own; what is paid out comes last, so that a
batch's net amounts sum to zero.

Adyen has no face here: charges of any face can be written, under references that are made up of
their ids. Commission is blended. What is not above zero in a currency is carried over, in a line of
type Balancetransfer.

Source: Adyen, Settlement details report, as of 2026-11.
"""

import csv
import hashlib
import io
from collections.abc import Mapping
from datetime import UTC, datetime

from ops.simulated.payouts import Batch
from ops.simulated.records import Movement
from ops.simulated.settlement_rows import Kind, Row, Statement, in_major_units

COLUMNS = (
    "Company Account",
    "Merchant Account",
    "Psp Reference",
    "Merchant Reference",
    "Payment Method",
    "Creation Date",
    "TimeZone",
    "Type",
    "Modification Reference",
    "Gross Currency",
    "Gross Debit (GC)",
    "Gross Credit (GC)",
    "Exchange Rate",
    "Net Currency",
    "Net Debit (NC)",
    "Net Credit (NC)",
    "Commission (NC)",
    "Markup (NC)",
    "Scheme Fees (NC)",
    "Interchange (NC)",
    "Payment Method Variant",
    "Modification Merchant Reference",
    "Batch Number",
    *(f"Reserved{number}" for number in range(4, 11)),
)
COMPANY, MERCHANT = "Simulated", "SimulatedShop"
TIME_ZONE = "UTC"
FIRST_BATCH_DAY = datetime(2020, 1, 1, tzinfo=UTC)

_TYPES: dict[Kind, str] = {
    "payment": "Settled",
    "refund": "Refunded",
    "refund_failed": "RefundedReversed",
    "dispute": "Chargeback",
    "dispute_won": "ChargebackReversed",
}


def write(statement: Statement) -> str:
    """The file's text."""
    text = io.StringIO()
    lines = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    lines.writeheader()
    batch = {
        "Company Account": COMPANY,
        "Merchant Account": MERCHANT,
        "TimeZone": TIME_ZONE,
        "Batch Number": str(number_batch(statement)),
    }
    for row in statement.rows:
        lines.writerow(batch | _write_row(row))
    wrong_by_minor, batches = statement.wrong_by_minor, batches_of(statement)
    for currency, net_minor in statement.nets().items():
        if not net_minor:
            continue
        kind = "MerchantPayout" if net_minor > 0 else "Balancetransfer"
        paid = {
            "Creation Date": _time(statement.paid_at),
            "Type": kind,
            "Modification Reference": batches[currency].reference,
            "Net Currency": currency,
            **_sides("Net", "NC", -net_minor - wrong_by_minor, currency),
        }
        wrong_by_minor = 0
        lines.writerow(batch | paid)
    return text.getvalue()


def batches_of(statement: Statement) -> Mapping[str, Batch]:
    """The payout of each currency; what is not above zero is carried over instead."""
    return {
        currency: Batch(f"TX{reference_of(statement.name_of_payout(currency))}", net_minor)
        for currency, net_minor in statement.nets().items()
    }


def name_file(statement: Statement) -> str:
    """What the file is called."""
    return f"settlement_detail_report_batch_{number_batch(statement)}.csv"


def number_batch(statement: Statement) -> int:
    """A batch for each day."""
    return (statement.paid_at - FIRST_BATCH_DAY).days


def reference_of(unique: str) -> str:
    """16 digits that follow from an id of the engine's."""
    digest = hashlib.sha256(f"psp:{unique}".encode("utf-8", "surrogatepass")).digest()
    return f"88{int.from_bytes(digest) % 10**14:014d}"


def _write_row(row: Row) -> dict[str, str]:
    currency, cost_minor = row.currency, row.cost_minor
    return {
        "Psp Reference": reference_of(row.charge.id),
        "Merchant Reference": row.payment_id,
        "Payment Method": "visa",
        "Creation Date": _time(row.occurred_at),
        "Type": _TYPES[row.kind],
        "Modification Reference": reference_of(f"{row.kind.removesuffix('_failed')}:{row.id}"),
        "Gross Currency": currency,
        **_sides("Gross", "GC", row.gross_minor, currency),
        "Exchange Rate": "1",
        "Net Currency": currency,
        **_sides("Net", "NC", row.net_minor, currency),
        "Commission (NC)": in_major_units(cost_minor, currency) if cost_minor else "",
        "Payment Method Variant": "visaclassic",
        "Modification Merchant Reference": _key_of(row.refund),
    }


def _sides(name: str, unit: str, amount_minor: int, currency: str) -> dict[str, str]:
    side = "Credit" if amount_minor >= 0 else "Debit"
    return {f"{name} {side} ({unit})": in_major_units(abs(amount_minor), currency)}


def _key_of(refund: Movement | None) -> str:
    """The merchant's own name of a refund: the key that it was asked for under."""
    key = None if refund is None else refund.idempotency_key
    return "" if key is None else key.rpartition(":")[2]


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
