"""Rows as Adyen's settlement details; what is paid out, or carried over, comes last.

Source: Adyen, "Settlement details report", as of 2026-11.
"""

from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from tests.settlements.formats.cells import line_of, major, spoiled, zoned
from tests.settlements.formats.layout import Layout
from tests.settlements.formats.said import EXPONENTS
from tests.settlements.formats.tellings import Telling

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
_TYPES = {
    "payment": ("Settled",),
    "refund": ("Refunded",),
    "refund_failed": ("RefundedReversed",),
    "dispute": ("Chargeback", "SecondChargeback"),
    "dispute_won": ("ChargebackReversed",),
    "fee": ("Fee", "MiscCosts", "InvoiceDeduction", "PaymentCost"),
    "other": ("DepositCorrection", "ManualCorrected", "Balancetransfer"),
    "payout": ("MerchantPayout", "BankInstructionReturned"),
}
_ZONES = (("UTC", 0), ("CET", 60), ("PST", -480), ("IST", 330))
_RATES = ("0.9215", "1.075", "151.2")
_NAMES = {
    "amount": "Commission (NC)",
    "currency": "Net Currency",
    "time": "Creation Date",
    "kind": "TimeZone",
    "id": "Psp Reference",
    "net": "Markup (NC)",
}


def write(tellings: Sequence[Telling], layout: Layout) -> list[str]:
    """The lines of a file."""
    columns = layout.arrange(COLUMNS)
    lines = [",".join(columns)]
    net: Counter[tuple[str, str]] = Counter()
    for telling in tellings:
        cells = _cells(telling)
        net[cells["Batch Number"], cells["Net Currency"]] += _net_of(cells)
        cells = spoiled(cells, telling.spoil, _NAMES, telling.variant)
        values = [cells[name] for name in columns]
        lines.append(line_of(values, telling.spoil, layout.quotes, layout.newline))
    if layout.totals != "missing":
        off = 1 if layout.totals == "wrong" else 0
        for place, ((batch, currency), amount) in enumerate(net.items()):
            cells = _closing(batch, currency, amount + (off if place == 0 else 0))
            lines.append(
                line_of([cells[name] for name in columns], None, layout.quotes, layout.newline)
            )
    return lines


def _net_of(cells: dict[str, str]) -> int:
    exponent = EXPONENTS[cells["Net Currency"]]
    credit, debit = (
        Decimal(cells[name] or 0).scaleb(exponent) for name in ("Net Credit (NC)", "Net Debit (NC)")
    )
    return int(credit - debit)


def _closing(batch: str, currency: str, amount: int) -> dict[str, str]:
    return _empty() | {
        "Creation Date": "2026-11-20 02:00:00",
        "TimeZone": "CET",
        "Type": "MerchantPayout" if amount > 0 else "Balancetransfer",
        "Modification Reference": f"TX-{batch}-{currency}",
        "Net Currency": currency,
        **_sides("Net", "NC", -amount, currency),
        "Batch Number": batch,
    }


def _empty() -> dict[str, str]:
    return dict.fromkeys(COLUMNS, "") | {
        "Company Account": "Acme",
        "Merchant Account": "AcmeWeb",
    }


def _sides(which: str, unit: str, amount: int, currency: str) -> dict[str, str]:
    said = major(abs(amount), currency)
    return {
        f"{which} Debit ({unit})": said if amount < 0 else "",
        f"{which} Credit ({unit})": "" if amount < 0 else said,
    }


def _cells(telling: Telling) -> dict[str, str]:
    variant, currency = telling.variant, telling.currency
    types = _TYPES[telling.kind]
    zone, offset = _ZONES[variant % 4]
    gross, net_currency = telling.gross, currency
    rate = "1"
    is_of_payment = telling.kind not in {"fee", "other", "payout"}
    if is_of_payment and variant % 12 == 11:
        rate, net_currency = _RATES[variant % 3], "USD" if currency != "USD" else "EUR"
        exchanged = Decimal(gross).scaleb(EXPONENTS[net_currency] - EXPONENTS[currency])
        gross = int((exchanged * Decimal(rate)).quantize(Decimal(1), ROUND_HALF_EVEN))
        # Off by more than a half, and by no more than one and a half: the file is to be refused.
        gross += variant == 23 and telling.at.second == 2
    cells = _empty() | {
        "Psp Reference": telling.reference or "",
        "Merchant Reference": telling.payment_id or "",
        "Payment Method": "visa" if is_of_payment else "",
        "Creation Date": zoned(telling.at, offset, "%Y-%m-%d %H:%M:%S"),
        "TimeZone": zone,
        "Type": types[variant % len(types)],
        "Modification Reference": telling.own_reference or "",
        "Net Currency": net_currency,
        "Batch Number": ("7", "7", "8")[variant % 3],
    }
    cells |= _sides("Net", "NC", gross - telling.cost, net_currency)
    cells |= _costs(telling.cost, net_currency, variant)
    if is_of_payment:
        cells |= {"Gross Currency": currency, "Exchange Rate": rate}
        cells |= _sides("Gross", "GC", telling.gross, currency)
    return cells


def _costs(cost: int, currency: str, variant: int) -> dict[str, str]:
    """Blended, or in parts."""
    if variant % 2:
        return {"Commission (NC)": major(cost, currency) if cost else ""}
    third = cost // 3
    return {
        "Markup (NC)": major(third, currency),
        "Scheme Fees (NC)": major(third, currency),
        "Interchange (NC)": major(cost - 2 * third, currency),
    }
