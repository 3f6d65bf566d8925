"""Is there anything that nobody asked for, and is what was not acknowledged absent or complete? The
two checks that start from what is there, and from what was sent without an answer.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from loadtests.audit.asked import PAYMENT_KINDS, Asked, Document
from loadtests.audit.checks import Check, check_of
from loadtests.audit.view import View
from loadtests.record import Kind
from ops.verify.findings import Key
from ops.verify.tables import Item

STRANGERS_CHECK: Final = "nothing that was not asked for"
UNANSWERED_CHECK: Final = "what was not acknowledged is absent or complete"

BEGUN_THERE: Final = "processor_refund"
"""The entry of a refund that began at the processor, as its dashboard's do."""


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
        for payment_id, refunds in found.refunds.items():
            kinds = {entry["kind"] for entry in entries.get(payment_id, [])}
            broken += [
                f"{refund['id']} of {payment_id} was asked for by nobody"
                for refund in refunds
                if refund["id"] not in sent
                and BEGUN_THERE not in kinds
                and refund["created_at"] >= view.record.started_at
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
    records = view.stored("idempotency", [Key(one.record_id) for one in asked])
    for one in asked:
        thing = _thing(view, one)
        record = None if records is None else records.get(Key(one.record_id))
        if thing is None:
            broken += _absent(view, one, record)
            continue
        there += 1
        if one.is_refused:
            broken.append(f"{thing['id']} (key {one.key}) was refused, and is there")
        broken += _complete(view, one, thing)
        if records is not None:
            broken += _recorded(one, thing, record)
    counted = f"{len(asked):,} keys, of which {there:,} are there"
    if view.tables is None and asked:
        counted += " (their records are not looked at: there are no tables to be read)"
    return check_of(UNANSWERED_CHECK, counted, broken)


def _thing(view: View, asked: Asked) -> Document | None:
    if asked.kind in PAYMENT_KINDS:
        return view.payment_of(asked)
    if asked.kind is Kind.REFUND:
        return view.refund_of(asked)
    is_found = asked in view.deposits[asked.merchant].found
    told = asked.told
    shown = {"amount_minor": told.amount_minor, "currency": told.currency, "status": "succeeded"}
    return {"id": asked.derived_id, **shown} if is_found else None


def _absent(view: View, asked: Asked, record: Item | None) -> list[str]:
    name = f"{asked.derived_id} (key {asked.key})"
    broken = []
    if record is not None:
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


def _recorded(asked: Asked, thing: Document, record: Item | None) -> list[str]:
    name = f"{thing['id']} (key {asked.key})"
    if record is None:
        return [f"{name} is there, and its idempotency record is not"]
    state, item_id = (_text(record, attribute) for attribute in ("state", "item_id"))
    if item_id not in (thing["id"], asked.refunded_payment if asked.kind is Kind.REFUND else None):
        return [f"{name} has an idempotency record of {item_id}"]
    is_open = thing["status"] in {"processing", "pending"}
    if state != "COMPLETED" and not is_open:
        return [f"{name} is {thing['status']}, and its idempotency record is {state}"]
    return []


def _text(item: Mapping[str, Mapping[str, object]], attribute: str) -> str:
    return str(item.get(attribute, {}).get("S", "nothing"))
