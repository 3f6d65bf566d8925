"""Settlement files of processors for tests: few columns, amounts in minor units of a currency that
has a hundred of them, totals that are right.

Source: Stripe, "Payout reconciliation report"; PayPal, "Settlement report", version 9; Adyen,
"Settlement details report", all as of 2026-11. Every row is made up.
"""

from typing import NamedTuple

STRIPE_COLUMNS = (
    "automatic_payout_id,balance_transaction_id,created_utc,currency,gross,fee,net,"
    "reporting_category,source_id,payment_intent_id,payment_metadata[payment_id]"
)
PAYPAL_COLUMNS = (
    '"CH","Transaction ID","Invoice ID","PayPal Reference ID","PayPal Reference ID Type",'
    '"Transaction Event Code","Transaction Initiation Date","Transaction Completion Date",'
    '"Transaction Debit or Credit","Gross Transaction Amount","Gross Transaction Currency",'
    '"Fee Debit or Credit","Fee Amount","Fee Currency","Custom Field"'
)
ADYEN_COLUMNS = (
    "Psp Reference,Merchant Reference,Creation Date,TimeZone,Type,Modification Reference,"
    "Gross Currency,Gross Debit (GC),Gross Credit (GC),Exchange Rate,Net Currency,"
    "Net Debit (NC),Net Credit (NC),Commission (NC),Markup (NC),Scheme Fees (NC),"
    "Interchange (NC),Batch Number"
)


def stripe_row(
    category: str,
    gross_minor: int,
    cost_minor: int = 0,
    *,
    row_id: str = "txn_1",
    payment_id: str = "",
    intent: str = "",
    source: str = "",
    batch: str = "po_1",
    currency: str = "usd",
    created: str = "2026-11-20 10:00:00",
) -> str:
    """A row of Stripe's."""
    amounts = map(_decimal, (gross_minor, cost_minor, gross_minor - cost_minor))
    cells = (batch, row_id, created, currency, *amounts, category, source, intent, payment_id)
    return ",".join(cells)


def stripe_file(*rows: str) -> bytes:
    """A file of these rows."""
    return "".join(f"{line}\n" for line in (STRIPE_COLUMNS, *rows)).encode()


class PayPalRow(NamedTuple):
    """A row of PayPal's, whose sign is a column of its own."""

    code: str
    gross_minor: int
    cost_minor: int = 0
    id: str = "5AA1"
    custom: str = ""
    invoice: str = ""
    reference: str = ""
    currency: str = "USD"


def paypal_file(*rows: PayPalRow) -> bytes:
    """A report of one section with these rows, and the totals of both."""
    day = "2026/11/20 00:00:00 -0800"
    lines = [f'"RH",{day},"A","M1",009,', '"FH",01', f'"SH",{day},{day},"M1",""', PAYPAL_COLUMNS]
    lines += [_paypal_line(row) for row in rows]
    balances = '"CR",0,' * 6
    for currency in dict.fromkeys(row.currency for row in rows):
        own = [row for row in rows if row.currency == currency]
        sums = (
            *_credits_and_debits([row.gross_minor for row in own]),
            *_credits_and_debits([-row.cost_minor for row in own]),
        )
        lines.append(f'"SF","{currency}",{",".join(map(str, sums))},{balances}{len(own)}')
    lines.append(f'"SC",{len(rows)}')
    return "".join(f"{line}\n" for line in lines).encode()


def _paypal_line(row: PayPalRow) -> str:
    moment = "2026/11/20 10:00:00 -0800"
    type_ = "TXN" if row.reference else ""
    gross, fee = _signed(row.gross_minor), _signed(-row.cost_minor)
    return (
        f'"SB","{row.id}","{row.invoice}","{row.reference}","{type_}","{row.code}",'
        f'{moment},{moment},{gross},"{row.currency}",{fee},"{row.currency}","{row.custom}"'
    )


def _signed(amount_minor: int) -> str:
    return f'"{"CR" if amount_minor > 0 else "DR"}",{abs(amount_minor)}'


def _credits_and_debits(amounts_minor: list[int]) -> tuple[int, int]:
    found = sum(each for each in amounts_minor if each > 0)
    return found, found - sum(amounts_minor)


class AdyenRow(NamedTuple):
    """A row of Adyen's, whose sign is in which column an amount stands."""

    type: str
    gross_minor: int
    cost_minor: int = 0
    psp: str = ""
    payment_id: str = ""
    own: str = ""
    currency: str = "EUR"


def adyen_file(*rows: AdyenRow, payout: str = "TX7") -> bytes:
    """A batch of these rows, and the payout of what they come to, under that reference."""
    nets: dict[str, int] = {}
    for row in rows:
        nets[row.currency] = nets.get(row.currency, 0) + row.gross_minor - row.cost_minor
    payouts = [
        AdyenRow("MerchantPayout", -net_minor, own=payout, currency=currency)
        for currency, net_minor in nets.items()
        if net_minor
    ]
    lines = [ADYEN_COLUMNS, *(_adyen_line(row) for row in (*rows, *payouts))]
    return "".join(f"{line}\n" for line in lines).encode()


def _adyen_line(row: AdyenRow) -> str:
    net_minor = row.gross_minor - row.cost_minor
    has_gross = row.type not in ("MerchantPayout", "Fee")
    gross = _debit_and_credit(row.gross_minor) if has_gross else ("", "")
    cells = (
        *(row.psp, row.payment_id, "2026-11-20 10:00:00", "CET", row.type, row.own),
        *(row.currency if has_gross else "", *gross, "1" if has_gross else ""),
        *(row.currency, *_debit_and_credit(net_minor)),
        *(_decimal(row.cost_minor) if row.cost_minor else "", "", "", "", "7"),
    )
    return ",".join(cells)


def _debit_and_credit(amount_minor: int) -> tuple[str, str]:
    said = _decimal(abs(amount_minor))
    return (said, "") if amount_minor < 0 else ("", said)


def _decimal(amount_minor: int) -> str:
    whole, rest = divmod(abs(amount_minor), 100)
    return f"{'-' if amount_minor < 0 else ''}{whole}.{rest:02d}"
