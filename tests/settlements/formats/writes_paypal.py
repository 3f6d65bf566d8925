"""Rows as PayPal's settlement report, with its totals.

Source: PayPal, "Settlement report", version 9, and "Transaction event codes", as of 2026-11.
"""

from collections.abc import Sequence

from tests.settlements.formats.cells import line_of, spoiled, zoned
from tests.settlements.formats.layout import Layout
from tests.settlements.formats.tellings import Telling

COLUMNS = (
    "Transaction ID",
    "Invoice ID",
    "PayPal Reference ID",
    "PayPal Reference ID Type",
    "Transaction Event Code",
    "Transaction Initiation Date",
    "Transaction Completion Date",
    "Transaction Debit or Credit",
    "Gross Transaction Amount",
    "Gross Transaction Currency",
    "Fee Debit or Credit",
    "Fee Amount",
    "Fee Currency",
    "Custom Field",
    "Consumer ID",
    "Payment Tracking ID",
    "Store ID",
)
_CODES = {
    "payment": ("T0006", "T0003", "T0000"),
    "refund": ("T1107",),
    "refund_failed": ("T1100",),
    "dispute": ("T1110", "T1106", "T1201"),
    "dispute_won": ("T1111", "T1202"),
    "fee": ("T0106", "T1108"),
    "other": ("T1503", "T2001", "T0200", "T1105"),
    "payout": ("T0400", "T0300", "T1104"),
}
_NAMES = {
    "amount": "Gross Transaction Amount",
    "currency": "Gross Transaction Currency",
    "time": "Transaction Completion Date",
    "kind": "Transaction Debit or Credit",
    "id": "Transaction ID",
    "net": "Gross Transaction Amount",
}


def write(tellings: Sequence[Telling], layout: Layout) -> list[str]:
    """The lines of a file: one section, or two."""
    split = len(tellings) // 2 if layout.order % 3 == 2 else len(tellings)
    lines = [
        '"RH",2026/11/20 02:44:19 -0800,"A","MERCH0000001",009,',
        '"FH",01',
    ]
    for section in [tellings[:split], tellings[split:]][: 1 if split == len(tellings) else 2]:
        lines += _section(section, layout, is_wrong=layout.totals == "wrong")
    if layout.totals != "missing":
        lines += _totals("RF", tellings, layout, off=0)
        lines += [f'"RC",{len(tellings)}', '"FF",1']
    return lines


def _section(tellings: Sequence[Telling], layout: Layout, *, is_wrong: bool) -> list[str]:
    period = "2026/11/10 00:00:00 -0800,2026/11/19 23:59:59 -0800"
    columns = layout.arrange(COLUMNS)
    named = [name.replace(" ", "  ", 1) if layout.order % 2 else name for name in columns]
    lines = [f'"SH",{period},"MERCH0000001",""', ",".join(f'"{name}"' for name in ["CH", *named])]
    for telling in tellings:
        cells = spoiled(_cells(telling), telling.spoil, _NAMES, telling.variant)
        values = ["SB", *(cells[name] for name in columns)]
        spoil = telling.spoil
        if spoil == "junk":
            # The record's own type is not what is spoiled.
            lines.append(line_of(values, None, _always, layout.newline) + ',"a"b')
            continue
        quotes = layout.quotes if layout.quoting != "none" else _always
        lines.append(line_of(values, spoil, quotes, layout.newline))
    # Without a row it is the count that is wrong.
    lines += _totals("SF", tellings, layout, off=1 if is_wrong else 0)
    lines.append(f'"SC",{len(tellings) + (1 if is_wrong and not tellings else 0)}')
    return lines


def _always(_: int) -> bool:
    return True


def _totals(kind: str, tellings: Sequence[Telling], layout: Layout, *, off: int) -> list[str]:
    lines = []
    for place, currency in enumerate(dict.fromkeys(telling.currency for telling in tellings)):
        own = [telling for telling in tellings if telling.currency == currency]
        sums = [
            sum(one.gross for one in own if one.gross > 0),
            sum(-one.gross for one in own if one.gross < 0),
            sum(-one.cost for one in own if one.cost < 0),
            sum(one.cost for one in own if one.cost > 0),
        ]
        if place == 0:
            sums[layout.order % 4] += off
        balances = ",".join(['"CR",0'] * 6)
        lines.append(f'"{kind}","{currency}",{",".join(map(str, sums))},{balances},{len(own)}')
    return lines


def _cells(telling: Telling) -> dict[str, str]:
    variant = telling.variant
    codes = _CODES[telling.kind]
    at = zoned(telling.at, (0, -480, 330)[variant % 3], "%Y/%m/%d %H:%M:%S %z")
    # A payment is a transaction itself; everything else refers to one.
    is_payment = telling.kind == "payment"
    name = (telling.reference if is_payment else None) or telling.own_reference or "X0000000001"
    theirs = "" if is_payment else telling.reference or ""
    ours = telling.payment_id or ""
    in_invoice = variant % 4 == 3
    has_fee = telling.cost != 0 or variant % 2
    return {
        "Transaction ID": name,
        "Invoice ID": ours if in_invoice else ("", "order-17")[variant % 2],
        "PayPal Reference ID": theirs,
        "PayPal Reference ID Type": ("TXN", "TXN", "", "ODR")[variant % 4] if theirs else "",
        "Transaction Event Code": codes[variant % len(codes)],
        "Transaction Initiation Date": at,
        "Transaction Completion Date": "" if variant % 5 == 4 else at,
        "Transaction Debit or Credit": "DR" if telling.gross < 0 else "CR",
        "Gross Transaction Amount": str(abs(telling.gross)),
        "Gross Transaction Currency": telling.currency,
        "Fee Debit or Credit": ("DR" if telling.cost > 0 else "CR") if has_fee else "",
        "Fee Amount": str(abs(telling.cost)) if has_fee else "",
        "Fee Currency": telling.currency if has_fee else "",
        "Custom Field": "" if in_invoice else ours,
        "Consumer ID": "BUYER0000001",
        "Payment Tracking ID": "",
        "Store ID": "",
    }
