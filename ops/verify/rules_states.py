"""Has everything what its status says, and nothing else? (I3, state)

The amounts of payments, from a balance and through a processor, and of their refunds, and which
attributes go with which status.
"""

from collections.abc import Mapping
from typing import Final

from ops.verify.family import Family, began_there, is_known_there, posted_minor
from ops.verify.findings import Key, Rule
from ops.verify.specification import PAYMENT_AT_PROCESSOR
from ops.verify.stored import StoredItem, line_items
from ops.verify.tables import Item

HAS_CHARGE: Final = ("requires_action", "authorized", "succeeded", "voided", "expired")
ALWAYS_AT_PROCESSOR: Final = ("processor", "capture_method")
BELONGS_TO: Final = {
    "next_action_url": "requires_action",
    "authorization_expires_at": "authorized",
}
"""Attributes that a payment has in one status, always, and in no other."""

DUE_NAMES: Final = ("due_at", "due_bucket")
"""Checked as what is due."""


def check_balance_payment(payment: StoredItem, family: Family) -> None:
    """Check a payment from the balance: paid at once and whole, or declined."""
    reading, status = payment.reading, payment.status
    for field in PAYMENT_AT_PROCESSOR:
        if reading.has(field.name) and field.name not in DUE_NAMES:
            wanted = f"no {field.name} on a payment from the balance"
            reading.add(Rule.STATE, wanted, "there is one")
    if status is not None and status not in ("succeeded", "declined"):
        reading.add(Rule.STATE, "a payment from the balance to be succeeded or declined", status)
        return
    amount, captured = reading.number("amount_minor"), reading.number("captured_minor")
    if amount is not None and captured is not None and status is not None:
        whole = 0 if status == "declined" else amount
        # More than the amount is reported already.
        if captured != whole and 0 <= captured <= amount:
            reading.add(Rule.I3, f"captured_minor {whole} as {status}", captured)
    _check_fee(payment, amount)
    _check_refunded(payment, family)
    _check_failure(payment, failed="declined", rule=Rule.I3)
    if status == "declined" and payment.listed:
        reading.add(Rule.I3, "no entries on a declined payment", f"{len(payment.listed)}")


def check_processor_payment(
    payment: StoredItem, family: Family, entries: Mapping[Key, Item]
) -> None:
    """Check a payment through a processor.

    Args:
        payment: that of the family.
        family: what is stored under its id.
        entries: those that the family lists, as far as they exist.
    """
    reading, status = payment.reading, payment.status
    for name in ALWAYS_AT_PROCESSOR:
        if not reading.has(name):
            reading.add(Rule.STATE, f"{name} of a payment through a processor", "none")
    _check_paid_with(payment)
    _check_refunded(payment, family)
    if status is None:
        return  # Nobody can say what it should have; that is reported.
    amount, captured = reading.number("amount_minor"), reading.number("captured_minor")
    if captured is not None:
        if status == "succeeded" and captured < 1:
            reading.add(Rule.I3, "captured_minor 1 or more as succeeded", captured)
        elif status != "succeeded" and captured != 0:
            reading.add(Rule.I3, f"captured_minor 0 as {status}", captured)
    _check_fee(payment, captured if status == "succeeded" else amount)
    _check_pending(payment, family, entries)
    _check_failure(payment, failed="declined", rule=Rule.STATE)
    for name, its in BELONGS_TO.items():
        _check_presence(payment, name, is_wanted=status == its)
    if reading.has("open_operation") and status != "authorized":
        _check_presence(payment, "open_operation", is_wanted=False)
    if status in HAS_CHARGE:
        _check_presence(payment, "processor_reference", is_wanted=True)
    elif status == "processing":
        _check_presence(payment, "processor_reference", is_wanted=False)
    if reading.has("processor_handle") and not reading.has("processor_reference"):
        reading.add(Rule.STATE, "no processor_handle without a processor_reference", "there is one")
    lapses_at, due_at = reading.text("authorization_expires_at"), reading.text("due_at")
    if lapses_at is not None and due_at is not None and due_at < lapses_at:
        reading.add(Rule.STATE, f"due_at not before it lapses, {lapses_at}", due_at)


def check_refund_state(refund: StoredItem, family: Family) -> None:
    """Check what goes with the status of a refund."""
    reading, status = refund.reading, refund.status
    if status is None or (family.payment is not None and family.funding is None):
        return
    if not family.is_at_processor:
        if status != "succeeded":
            reading.add(Rule.STATE, "a refund to the balance to be succeeded", status)
        for name in ("processor_reference", "failure_code", "failure_message"):
            if reading.has(name):
                reading.add(Rule.STATE, f"no {name} on a refund to the balance", "there is one")
        return
    # A processor may give no reason; that the merchant's own funds are short always is one.
    is_short = refund.listed is not None and not refund.listed and not began_there(refund)
    _check_failure(refund, failed="failed", rule=Rule.STATE if is_short else None)
    if is_known_there(refund):
        _check_presence(refund, "processor_reference", is_wanted=True)
    elif status == "pending":
        _check_presence(refund, "processor_reference", is_wanted=False)
    elif is_short:
        code = reading.text("failure_code")
        if code is not None and code != "insufficient_funds":
            wanted = "failure_code insufficient_funds, since nothing was set aside"
            reading.add(Rule.STATE, wanted, code)


def _check_paid_with(payment: StoredItem) -> None:
    """Check that it is paid with a payment method, or on a page of the processor's."""
    both = [name for name in ("payment_method", "checkout") if payment.reading.has(name)]
    if len(both) != 1:
        found = " and ".join(both) or "neither"
        payment.reading.add(Rule.STATE, "either payment_method or checkout", found)
    amount, items = payment.reading.number("amount_minor"), line_items(payment)
    total = sum(one.numbers["quantity"] * one.numbers["amount_minor"] for one in items or ())
    if items and amount is not None and total != amount:
        payment.reading.add(Rule.STATE, f"line items that come to {amount}", total)


def _check_fee(payment: StoredItem, base_minor: int | None) -> None:
    reading = payment.reading
    fee, basis_points = reading.number("fee_minor"), reading.number("fee_basis_points")
    if base_minor is None or fee is None or basis_points is None:
        return
    agreed = base_minor * basis_points // 10_000
    if fee != agreed:
        wanted = f"fee_minor {agreed} ({basis_points} basis points of {base_minor})"
        reading.add(Rule.I3, wanted, fee)


def _check_refunded(payment: StoredItem, family: Family) -> None:
    """Check what is refunded, and what is being refunded, against the refunds themselves."""
    sums = {"succeeded": 0, "pending": 0, "failed": 0}
    for refund in family.refunds.values():
        amount = refund.reading.number("amount_minor")
        if amount is None or refund.status is None:
            return  # The refund itself is reported; a sum without it would only repeat that.
        sums[refund.status] += amount
    names = {"refunded_minor": "succeeded"}
    if family.is_at_processor:
        names["refunding_minor"] = "pending"
    for name, status in names.items():
        stored = _number_or_zero(payment, name)
        if stored is not None and stored != sums[status]:
            wanted = f"{name} {sums[status]}, the sum of its {status} refunds"
            payment.reading.add(Rule.I3, wanted, stored)


def _check_pending(payment: StoredItem, family: Family, entries: Mapping[Key, Item]) -> None:
    """Check its share of `pending`: what refunds left of it, and nothing once it is settled."""
    share = _number_or_zero(payment, "pending_minor")
    taken = [_number_or_zero(payment, name) for name in ("refunded_minor", "refunding_minor")]
    captured, fee = family.captured_minor, payment.reading.number("fee_minor")
    if share is None or captured is None or fee is None or None in taken:
        return
    wanted, why = 0, f"as {payment.status}"
    if family.was_settled and not family.is_settled:
        # What was refunded while it was settled did not take of it.
        posted = posted_minor(family, entries, "pending")
        if posted is None:
            return
        wanted, why = posted, "the sum of what its entries post there"
    elif family.is_settled:
        why = "since it is settled"
    elif payment.status == "succeeded":
        wanted = captured - fee - sum(one or 0 for one in taken)
        why = "captured less fee, refunded and refunding"
    if share != wanted:
        payment.reading.add(Rule.I3, f"pending_minor {wanted}, {why}", share)


def _check_failure(one: StoredItem, *, failed: str, rule: Rule | None) -> None:
    """Check why it failed; `rule` is the one that is broken if it does not say, if any is."""
    is_failed = one.status == failed
    if is_failed and rule is not None and not one.reading.has("failure_code"):
        one.reading.add(rule, f"a failure_code on a {failed} {one.kind}", "none")
    for name in ("failure_code", "failure_message"):
        if one.reading.has(name) and one.status is not None and not is_failed:
            wanted = f"no {name} on a {one.kind} that is {one.status}"
            one.reading.add(Rule.STATE, wanted, "there is one")


def _check_presence(one: StoredItem, name: str, *, is_wanted: bool) -> None:
    if one.reading.has(name) == is_wanted:
        return
    if is_wanted:
        one.reading.add(Rule.STATE, f"{name} as {one.status}", "none")
    else:
        one.reading.add(Rule.STATE, f"no {name} as {one.status}", "there is one")


def _number_or_zero(one: StoredItem, name: str) -> int | None:
    """A number that is absent for 0; None if it is there and cannot be read."""
    number = one.reading.number(name)
    return 0 if number is None and not one.reading.has(name) else number
