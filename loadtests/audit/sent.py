"""Is there anything that nobody asked for, and is what was not acknowledged absent or complete? The
two checks that start from what is there, and from what was sent without an answer.
"""

from collections import Counter
from typing import Final

from loadtests.audit.asked import PAYMENT_KINDS, Asked, Document, said
from loadtests.audit.checks import Check, check_of
from loadtests.audit.recorded import recorded
from loadtests.audit.unasked import explain
from loadtests.audit.view import View
from loadtests.record import Kind
from ops.verify.findings import Key

STRANGERS_CHECK: Final = "nothing that was not asked for"
UNANSWERED_CHECK: Final = "what was not acknowledged is absent or complete"

BASIS_POINTS: Final = 10_000


def check_strangers(view: View) -> Check:
    """Every payment, deposit and refund since the run began is one that was sent."""
    broken: list[str] = []
    counted = 0
    sent = {id_ for asked in view.record.asked for id_ in asked.ids}
    keys = Counter(asked.merchant for asked in view.asked_payments())
    for merchant, found in view.found.items():
        counted += len(found.listed) + len(found.entries)
        strange = [id_ for id_ in found.listed if id_ not in sent]
        broken += [f"{id_} of {merchant} was asked for by nobody" for id_ in strange]
        if len(set(found.listed)) > keys[merchant] and not strange:
            broken.append(
                f"{merchant} has {len(set(found.listed))} payments, of {keys[merchant]} keys"
            )
        entries = view.entries[merchant]
        for payment_id, named in entries.items():
            if payment_id not in found.payments:
                broken.append(
                    f"{named[0]['id']} of {merchant} is of {payment_id}, which is not there"
                )
        told = explain(view, merchant)
        broken += [
            f"{entry['id']} of {merchant} is a {entry['kind']} that nothing explains"
            for entry in told.unexplained
        ]
        broken += [
            f"{refund['id']} of {refund['payment_id']} was asked for by nobody"
            for refund in told.strange_refunds
        ]
        deposits = view.deposits[merchant].strange
        broken += [f"{one} of {merchant} was asked for by nobody" for one in deposits]
    return check_of(STRANGERS_CHECK, f"{counted:,} payments and ledger entries", broken)


def check_unanswered(view: View) -> Check:
    """What was sent and never acknowledged is not there at all, or all of it is: itself, its
    entries and its record. What was refused is not there.
    """
    broken: list[str] = []
    there = 0
    asked = [one for one in view.record.asked if not one.acknowledged]
    exact = _most_exact(view)
    for one in asked:
        thing = view.made_by(one)
        if thing is None:
            broken += _absent(view, one)
            continue
        there += 1
        if one.is_refused:
            broken.append(f"{thing['id']} (key {one.key}) was refused, and is there")
        broken += _complete(view, one, thing)
        broken += recorded(view, one, thing)
        broken += _fee(one, thing, exact.get(one.merchant))
    counted = f"{len(asked):,} keys, of which {there:,} are there"
    if view.tables is None and asked:
        counted += " (their records are not looked at: there are no tables to be read)"
    return check_of(UNANSWERED_CHECK, counted, broken)


def _absent(view: View, asked: Asked) -> list[str]:
    name = f"{asked.derived_id} (key {asked.key})"
    broken = []
    if Key(asked.record_id) in (view.records or {}):
        broken.append(f"{name} is not there, but its idempotency record is")
    if entries := view.entries[asked.merchant].get(asked.derived_id):
        broken.append(f"{name} is not there, but its entry {entries[0]['id']} is")
    return broken


def _complete(view: View, asked: Asked, thing: Document) -> list[str]:
    told = asked.told
    broken = []
    # A refund without an amount is of what was left.
    if told.amount_minor not in (None, thing["amount_minor"]):
        broken.append(
            f"{thing['id']} (key {asked.key}) is of {thing['amount_minor']},"
            f" asked for were {told.amount_minor}"
        )
    if told.currency not in (None, thing["currency"]):
        broken.append(f"{thing['id']} (key {asked.key}) is in {thing['currency']}")
    if asked.kind in PAYMENT_KINDS:
        broken += view.unbooked(asked, thing)
    elif asked.kind is Kind.REFUND and (payment := view.refunded_by(asked)) is not None:
        broken += view.unbooked(asked, payment)
    elif asked.kind is Kind.DEPOSIT and asked in view.deposits[asked.merchant].unbooked:
        broken.append(f"{thing['id']} (key {asked.key}) has no ledger entry")
    return broken


def _most_exact(view: View) -> dict[str, tuple[int, int]]:
    """By merchant: the amount and the fee of the greatest payment that was acknowledged, which says
    most exactly what share its fees are.
    """
    found: dict[str, tuple[int, int]] = {}
    for asked in view.asked_payments():
        fee_minor, amount_minor = said(asked.told, "fee_minor"), asked.told.amount_minor
        if asked.acknowledged and isinstance(fee_minor, int) and amount_minor:
            found[asked.merchant] = max(
                found.get(asked.merchant, (0, 0)), (amount_minor, fee_minor)
            )
    return found


def _fee(asked: Asked, payment: Document, exact: tuple[int, int] | None) -> list[str]:
    """Nobody was told the fee of what was not answered: it is the share that all others pay."""
    if exact is None or asked.kind not in PAYMENT_KINDS or not payment["captured_minor"]:
        return []
    least, most = _shares(*exact)
    own_least, own_most = _shares(payment["captured_minor"], payment["fee_minor"])
    if max(least, own_least) <= min(most, own_most):
        return []
    return [
        f"{payment['id']} (key {asked.key}) has a fee of {payment['fee_minor']} of"
        f" {payment['captured_minor']}, and one of {exact[0]} has {exact[1]}"
    ]


def _shares(amount_minor: int, fee_minor: int) -> tuple[int, int]:
    """The basis points that may have led to a fee, which is rounded down."""
    least = -(-fee_minor * BASIS_POINTS // amount_minor)
    return least, ((fee_minor + 1) * BASIS_POINTS - 1) // amount_minor
