"""Does each merchant have what it ought to have, to the minor unit? Counted twice: from its own
statement, and from what it asked for and was answered.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

from loadtests.audit.asked import DECLINED, PAYMENT_KINDS, Asked, Before, Document, Money, said
from loadtests.audit.booked import posted
from loadtests.audit.checks import Check, check_of
from loadtests.audit.unasked import explain
from loadtests.audit.view import View
from loadtests.record import Kind

BALANCES_CHECK: Final = "balances are what they were and what was done, to the minor unit"

type Sums = defaultdict[str, list[int]]
"""Available and pending, by currency."""


def check_balances(view: View) -> Check:
    """Balance now = balance before + the statement = balance before + the requests."""
    broken: list[str] = []
    counted = 0
    others: Counter[str] = Counter()
    for before in view.record.merchants:
        merchant = before.merchant.id
        found = view.found[merchant]
        by_statement = _with_entries(_sums(before), found.entries)
        unasked = explain(view, merchant).explained
        others.update(entry["kind"] for entry in unasked)
        by_requests = _with_entries(_sums(before), unasked)
        for asked in view.record.of(merchant):
            _add_asked(by_requests, view, asked)
        for currency in sorted(found.balances.keys() | by_statement.keys() | by_requests.keys()):
            counted += 1
            now: Money = found.balances.get(currency, (0, 0))
            for number, account in enumerate(("available", "pending")):
                told = {
                    "its statement comes to": by_statement[currency][number],
                    "its requests come to": by_requests[currency][number],
                }
                broken += [
                    f"{merchant} has {now[number]} {currency} {account}, {what} {minor}"
                    for what, minor in told.items()
                    if minor != now[number]
                ]
    counted_words = f"{counted:,} balances of {len(view.record.merchants):,} merchants"
    if others:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(others.items()))
        counted_words += f" (with entries that no request asked for: {kinds})"
    return check_of(BALANCES_CHECK, counted_words, broken)


def _sums(before: Before) -> Sums:
    sums: Sums = defaultdict(lambda: [0, 0])
    for currency, money in before.balances.items():
        sums[currency] = list(money)
    return sums


def _with_entries(sums: Sums, entries: Iterable[Document]) -> Sums:
    for entry in entries:
        sums[entry["currency"]][0] += posted([entry], "available")
        sums[entry["currency"]][1] += posted([entry], "pending")
    return sums


def _add_asked(sums: Sums, view: View, asked: Asked) -> None:
    """What a key changes: by what was asked and answered; only where no answer says it, by what is
    there.
    """
    if asked.kind is Kind.DEPOSIT:
        if asked.acknowledged or asked in view.deposits[asked.merchant].found:
            sums[asked.told.currency or ""][0] += asked.told.amount_minor or 0
    elif asked.kind in PAYMENT_KINDS:
        _add_payment(sums, view, asked)
    elif asked.kind is Kind.REFUND:
        _add_refund(sums, view, asked)


def _add_payment(sums: Sums, view: View, asked: Asked) -> None:
    told, payment = asked.told, view.payment_of(asked)
    currency, amount_minor = told.currency or "", told.amount_minor or 0
    if asked.acknowledged and asked.kind is Kind.PAYMENT:
        if told.status != DECLINED:
            sums[currency][0] -= amount_minor + int(said(told, "fee_minor") or 0)
        return
    if said(told, "status") == "succeeded":
        # What is there may hold a capture of less, but only by hand.
        sums[currency][1] += amount_minor - int(said(told, "fee_minor") or 0)
        return
    if payment is None or not payment["captured_minor"]:
        return
    if payment["funding"]["type"] == "balance":
        sums[currency][0] -= amount_minor + payment["fee_minor"]
    else:
        sums[currency][1] += payment["captured_minor"] - payment["fee_minor"]


def _add_refund(sums: Sums, view: View, asked: Asked) -> None:
    refund, payment = view.refund_of(asked), view.refunded_by(asked)
    status = said(asked.told, "status") if refund is None else refund["status"]
    if payment is None or status not in {"succeeded", "pending"}:
        return
    told = asked.told
    amount_minor = said(told, "amount_minor") or told.amount_minor
    if amount_minor is None:
        # Asked for without an amount, and not answered: all that was left.
        amount_minor = 0 if refund is None else refund["amount_minor"]
    currency = payment["currency"]
    if payment["funding"]["type"] == "balance":
        sums[currency][0] += amount_minor
    elif payment["settlement_id"] is None:
        # What is pending is set aside first, whatever becomes of the refund.
        sums[currency][1] -= amount_minor
    else:
        sums[currency][0] -= amount_minor
