"""Does the processor's own record agree? Each of its charges is of one payment of ours, of that
amount, and what our payments took and gave back it took and gave back, once.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from loadtests.audit.asked import Document
from loadtests.audit.checks import Check, check_of
from loadtests.audit.view import View
from ops.demo.agreement import CHARGE_OF_STATUS, TOOK_NOTHING, differences
from ops.verify.findings import Key

PROCESSOR_CHECK: Final = "the processor's record agrees"
PAYMENT_PART: Final = "payment"

ENDED: Final = frozenset({"succeeded", "declined"})
"""Charges of which nothing more is to come: a payment that still waits has not heard of its own."""

PENDING: Final = "pending"
STATUS_OF_CHARGE: Final = {theirs: ours for ours, theirs in CHARGE_OF_STATUS.items()}


def check_processor(view: View, charges: Sequence[Document] | None) -> Check:
    """Compare its record with our payments.

    Args:
        view: what is there.
        charges: all of its record; None where it cannot be read.
    """
    if charges is None:
        said = "not made: only a local stack's processor shows its record"
        return Check(name=PROCESSOR_CHECK, ok=True, detail=said)
    payments = {
        id_: payment
        for found in view.found.values()
        for id_, payment in found.payments.items()
        if payment["funding"]["type"] == "processor"
    }
    of_others = _of_others(view, charges, payments.keys())
    own = [one for one in charges if str(one["payment_id"]) not in of_others]
    refunds = {id_: there for found in view.found.values() for id_, there in found.refunds.items()}
    by_payment: defaultdict[str, list[Document]] = defaultdict(list)
    for charge in own:
        by_payment[str(charge["payment_id"])].append(charge)
    broken: list[str] = []
    compared: list[Document] = []
    unfinished = 0
    for id_, payment in payments.items():
        there = by_payment.get(id_, [])
        pending = [one for one in refunds.get(id_, []) if one["status"] == "pending"]
        if payment["status"] == "processing":
            broken += _unfinished(payment, there)
            unfinished += 1
            continue
        if _is_waiting(payment) and all(one["status"] in TOOK_NOTHING for one in there):
            # Nobody has come to the page on which it is to be paid, or not with success.
            continue
        compared.append(_with_pending(payment, pending, there))
        broken += _refunds(id_, refunds.get(id_, []), there)
    open_ones = payments.keys() - {one["id"] for one in compared}
    broken += differences((one for one in own if str(one["payment_id"]) not in open_ones), compared)
    counted = f"{len(payments):,} payments and {len(by_payment):,} with charges"
    if unfinished:
        counted += f" ({unfinished:,} of them still processing, as they were answered)"
    return check_of(PROCESSOR_CHECK, counted, broken)


def _of_others(view: View, charges: Iterable[Document], own: Iterable[str]) -> set[str]:
    """Payments of other merchants, and what the processor took before the run."""
    before = {
        str(one["payment_id"]) for one in charges if one["created_at"] < view.record.started_at
    }
    unknown = {str(one["payment_id"]) for one in charges} - set(own)
    keys = [Key(id_, PAYMENT_PART) for id_ in sorted(unknown - before)]
    items = view.stored("payments", keys) or {}
    mine = set(view.found)
    elsewhere = {
        key.id for key, item in items.items() if item.get("merchant_id", {}).get("S") not in mine
    }
    return (before - set(own)) | elsewhere


def _is_waiting(payment: Document) -> bool:
    return payment["status"] == "requires_action" and "payment_method" not in payment["funding"]


def _unfinished(payment: Document, charges: Sequence[Document]) -> list[str]:
    """A payment that is processing may have a charge there: under its own key and of its amount,
    and none that has ended, since that would have been taken and never booked.
    """
    id_ = payment["id"]
    if len([one for one in charges if one["status"] in {"succeeded", "authorized"}]) > 1:
        return [f"{id_} has {len(charges)} charges"]
    broken: list[str] = []
    for charge in charges:
        # Of one that is pending there nobody knows yet what it will be.
        open_charge = {**charge, "status": "authorized"} if charge["status"] == PENDING else charge
        status = STATUS_OF_CHARGE.get(open_charge["status"], "declined")
        name = payment["funding"].get("processor") or charge["face"]
        # As far as we know; what we cannot know yet is as it is there.
        as_there = {
            **payment,
            "status": status,
            "processor": {
                "name": name,
                "reference": charge.get("checkout_session_id") or charge["id"],
            },
            "captured_minor": charge["captured_minor"],
            "refunded_minor": charge["refunded_minor"],
        }
        broken += differences([open_charge], [as_there])
        broken += [
            f"{id_}: {what} is {payment[what]!r} here and {charge[what]!r} at the processor"
            for what in ("amount_minor", "currency")
            if status == "declined" and payment[what] != charge[what]
        ]
        if charge["captured_minor"] > payment["amount_minor"]:
            broken.append(f"{id_}: the processor took {charge['captured_minor']} of it")
        if charge["status"] in ENDED:
            broken.append(
                f"{id_} is processing, and its charge {charge['id']} is {charge['status']}:"
                f" {'taken, and never booked' if charge['status'] == 'succeeded' else 'not told'}"
            )
    return broken


def _with_pending(
    payment: Document, pending: Sequence[Document], charges: Sequence[Document]
) -> Document:
    """A pending refund may be done there already."""
    possible = payment["refunded_minor"] + sum(one["amount_minor"] for one in pending)
    theirs = sum(one["refunded_minor"] for one in charges)
    if pending and payment["refunded_minor"] <= theirs <= possible:
        return {**payment, "refunded_minor": theirs}
    return payment


def _refunds(
    payment_id: str, refunds: Sequence[Document], charges: Sequence[Document]
) -> list[str]:
    """Each refund that succeeded was given back by one movement there, of that amount."""
    ours = Counter(one["amount_minor"] for one in refunds if one["status"] == "succeeded")
    maybe = Counter(one["amount_minor"] for one in refunds if one["status"] == "pending")
    theirs = Counter(
        each["amount_minor"]
        for charge in charges
        for each in charge.get("refunds", [])
        if each["status"] == "succeeded"
    )
    missing, more = ours - theirs, theirs - ours - maybe
    return [
        f"{payment_id}: a refund of {minor} is not at the processor" for minor in missing.elements()
    ] + [
        f"{payment_id}: the processor gave back {minor}, which is no refund of ours"
        for minor in more.elements()
    ]
