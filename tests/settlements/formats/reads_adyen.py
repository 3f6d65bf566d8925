"""What does Adyen's settlement details report say? Net is gross, exchanged, less costs; and all
rows of a batch, what was paid out or carried over among them, come to nothing.

Source: Adyen, "Settlement details report", as of 2026-11.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext

from tests.settlements.formats.said import (
    EXPONENTS,
    QuarantinedError,
    Row,
    Said,
    UnreadableError,
    by_name,
    is_plain,
    minor_of,
    moment,
    payment_id_in,
)
from tests.settlements.naive_csv import Record

NEEDED = (
    "Psp Reference",
    "Merchant Reference",
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
    "Batch Number",
)
KINDS = {
    "Settled": "payment",
    "Refunded": "refund",
    "RefundedReversed": "refund_failed",
    "Chargeback": "dispute",
    "SecondChargeback": "dispute",
    "ChargebackReversed": "dispute_won",
    "Fee": "fee",
    "MiscCosts": "fee",
    "InvoiceDeduction": "fee",
    "PaymentCost": "fee",
    "MerchantPayout": "payout",
    "BankInstructionReturned": "payout_returned",
}
_COSTS = ("Commission (NC)", "Markup (NC)", "Scheme Fees (NC)", "Interchange (NC)")
# Those that the generator writes; IANA Time Zone Database, release 2025b.
ZONES = {"UTC": "+0000", "CET": "+0100", "CEST": "+0200", "PST": "-0800", "IST": "+0530"}
_DECIMALS = {"CLP": 2, "ISK": 2}
_RATE = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,20})?", re.ASCII)


def read(records: Sequence[Record]) -> list[Row]:
    """Its rows; QuarantinedError if one cannot be read, or it fails its own totals."""
    header = records[0].fields if records and not records[0].is_malformed else ()
    if any(header.count(name) != 1 for name in NEEDED):
        raise QuarantinedError
    rows: list[Row] = []
    batches: Counter[tuple[str, str]] = Counter()
    for number, record in enumerate(records[1:], start=1):
        if record.is_malformed:
            raise QuarantinedError
        try:
            row = _row(by_name(header, record.fields), number, record.line)
        except UnreadableError:
            raise QuarantinedError from None
        rows.append(row)
        batches[row.batch, row.currency] += row.gross - row.cost
    if any(batches.values()):
        raise QuarantinedError
    return rows


def _row(cells: Mapping[str, str], number: int, line: int) -> Said:
    currency = cells["Net Currency"]
    if currency not in EXPONENTS:
        raise UnreadableError
    net = _side(cells["Net Debit (NC)"], cells["Net Credit (NC)"], currency)
    if net is None:
        raise UnreadableError
    cost = sum(_minor(cells[name], currency) for name in _COSTS if cells[name])
    theirs = cells["Gross Currency"]
    if cells["Gross Debit (GC)"] or cells["Gross Credit (GC)"]:
        if theirs not in EXPONENTS:
            raise UnreadableError
        said = _side(cells["Gross Debit (GC)"], cells["Gross Credit (GC)"], theirs) or 0
        _require_exchanged(said, theirs, cells["Exchange Rate"], net + cost, currency)
    reference, own = cells["Psp Reference"], cells["Modification Reference"]
    batch = cells["Batch Number"]
    if not batch.isdecimal() or not all(map(is_plain, (reference, own, batch))):
        raise UnreadableError
    zone = ZONES.get(cells["TimeZone"])
    if zone is None:
        raise UnreadableError
    return Said(
        number=number,
        line=line,
        kind=KINDS.get(cells["Type"], "other"),
        row_id=own or reference or f"{batch} {cells['Type']}",
        payment_id=payment_id_in(cells["Merchant Reference"]),
        reference=reference or None,
        own_reference=own or None,
        gross=net + cost,
        cost=cost,
        fee=None,
        currency=currency,
        batch=batch,
        at=moment(
            cells["Creation Date"] + zone,
            "%Y-%m-%d %H:%M:%S%z",
            r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{4}",
        ),
    )


def _minor(text: str, currency: str) -> int:
    return minor_of(text, currency, decimals_written=_DECIMALS.get(currency, 0))


def _side(debit: str, credit: str, currency: str) -> int | None:
    """Signed; None if neither is there. Both are without a sign, and one of them is nothing."""
    if not debit and not credit:
        return None
    amounts = [_minor(text, currency) if text else 0 for text in (debit, credit)]
    if min(amounts) < 0 or all(amounts):
        raise UnreadableError
    return amounts[1] - amounts[0]


def _require_exchanged(said: int, theirs: str, rate: str, settled: int, currency: str) -> None:
    text = rate or ("1" if theirs == currency else "")
    if said == settled and theirs == currency and rate == "1":
        return
    if not _RATE.fullmatch(text):
        raise UnreadableError
    with localcontext(prec=80):
        factor = Decimal(text)
        major = Decimal(said).scaleb(-EXPONENTS[theirs])
        off = abs((major * factor).scaleb(EXPONENTS[currency]) - settled)
        if off > (0 if factor == 1 else Decimal("0.5")):
            raise QuarantinedError
