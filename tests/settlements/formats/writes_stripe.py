"""Rows as Stripe's itemized payout reconciliation.

Source: Stripe, "Payout reconciliation report", as of 2026-11.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC

from tests.settlements.formats.cells import line_of, major, spoiled
from tests.settlements.formats.layout import Layout
from tests.settlements.formats.tellings import Telling

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
    "description",
    "customer_facing_amount",
    "customer_facing_currency",
    "charge_id",
    "payment_intent_id",
    "payment_metadata[payment_id]",
    "refund_metadata[payment_id]",
)
_CATEGORIES = {
    "payment": ("charge", "charge", "charge", "partial_capture_reversal"),
    "refund": ("refund",),
    "refund_failed": ("refund_failure",),
    "dispute": ("dispute",),
    "dispute_won": ("dispute_reversal",),
    "fee": ("fee",),
    "other": ("transfer", "topup", "risk_reserved_funds"),
    "payout": ("payout", "payout_reversal"),
}
_NAMES = {
    "amount": "gross",
    "currency": "currency",
    "time": "created_utc",
    "kind": "reporting_category",
    "id": "balance_transaction_id",
    "net": "net",
}


def write(tellings: Sequence[Telling], layout: Layout) -> list[str]:
    """The lines of a file; what was paid out of each batch comes last."""
    columns = layout.arrange(COLUMNS)
    lines = [",".join(columns)]
    rows = [(_batch(telling), telling) for telling in tellings]
    for batch, telling in [*rows, *_payouts(rows, layout)]:
        cells = spoiled(_cells(batch, telling), telling.spoil, _NAMES, telling.variant)
        values = [cells[name] for name in columns]
        lines.append(line_of(values, telling.spoil, layout.quotes, layout.newline))
    return lines


def _batch(telling: Telling) -> str:
    # A payout that somebody asked for is in no automatic one.
    return "" if telling.kind == "payout" else ("po_A", "po_A", "po_B", "")[telling.variant % 4]


def _payouts(rows: Sequence[tuple[str, Telling]], layout: Layout) -> list[tuple[str, Telling]]:
    if layout.totals == "missing" or not rows:
        return []
    net: Counter[tuple[str, str]] = Counter()
    for batch, telling in rows:
        if batch:
            net[batch, telling.currency] += telling.gross - telling.cost
    off = 1 if layout.totals == "wrong" else 0
    payouts = []
    for place, ((batch, currency), amount) in enumerate(net.items()):
        payout = replace(
            rows[0][1],
            kind="payout",
            row_id=f"payout-{place}",
            payment_id=None,
            reference=None,
            own_reference=f"{batch}_{currency}",
            gross=-amount - (off if place == 0 else 0),
            cost=0,
            currency=currency,
            variant=0,
            spoil=None,
        )
        payouts.append((batch, payout))
    return payouts


def _cells(batch: str, telling: Telling) -> dict[str, str]:
    variant, currency = telling.variant, telling.currency
    categories = _CATEGORIES[telling.kind]
    net = telling.gross - telling.cost
    at = telling.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    in_refund = telling.kind == "refund" and variant % 3 == 1
    in_charge = telling.kind == "payment" and variant % 3 == 2
    # A row of a charge may name it as its source alone.
    is_source = telling.kind == "payment" and variant % 5 == 3 and bool(telling.reference)
    ours, theirs = telling.payment_id or "", telling.reference or ""
    own = theirs if is_source else telling.own_reference or ""
    return {
        "automatic_payout_id": batch,
        "automatic_payout_effective_at_utc": "2026-11-20 00:00:00" if batch else "",
        "balance_transaction_id": f"txn_{telling.row_id}",
        "created_utc": at,
        "available_on_utc": at,
        "currency": currency.lower() if variant % 4 else currency,
        "gross": major(telling.gross, currency, variant=variant),
        "fee": major(telling.cost, currency),
        "net": major(net, currency),
        "reporting_category": categories[variant % len(categories)],
        "source_id": own,
        "description": ("", "Café, 2 cups", 'said "yes"')[variant % 3],
        "customer_facing_amount": "",
        "customer_facing_currency": currency.lower(),
        "charge_id": theirs if in_charge and not is_source else "",
        "payment_intent_id": "" if in_charge or is_source else theirs,
        "payment_metadata[payment_id]": "" if in_refund else ours,
        "refund_metadata[payment_id]": ours if in_refund else "",
    }
