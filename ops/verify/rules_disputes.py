"""Is what payers dispute what it should be? (dispute)

That the merchant's account `disputed` is the sum of its open disputes needs no rule of its own: a
balance is the fold of its entries, every entry is listed by its item, and a dispute lists what it
set aside exactly while it is open.
"""

from typing import Final

from ops.verify.family import Family, derived_id
from ops.verify.findings import Rule
from ops.verify.stored import StoredItem

STANDING: Final = ("open", "lost")
"""In which state nothing of the payment is refunded."""


def check_dispute(one: StoredItem, family: Family) -> None:
    """Check one dispute beside its payment."""
    payment, reading = family.payment, one.reading
    if payment is None or family.funding is None:
        return
    if not family.is_at_processor:
        reading.add(Rule.DISPUTE, "no dispute beside a payment from the balance", "one")
        return
    reference, processor = reading.text("processor_reference"), family.processor
    if reference is not None and processor is not None:
        wanted = derived_id("dp_", "dispute", processor, reference)
        if one.public_id != wanted:
            expected = f"the id {wanted}, made of the processor's id"
            reading.add(Rule.DISPUTE, expected, one.public_id)
    if payment.status not in ("succeeded", None):
        reading.add(Rule.DISPUTE, "a payment that succeeded", payment.status)
        return
    amount, captured = reading.number("amount_minor"), family.captured_minor
    if amount is not None and captured is not None and amount > captured:
        reading.add(Rule.DISPUTE, f"amount_minor of {captured} at most, what was captured", amount)


def check_standing_disputes(payment: StoredItem, family: Family) -> None:
    """Check that a payment knows how many of its disputes stand; with none it has no number."""
    reading = payment.reading
    statuses = [dispute.status for dispute in family.disputes.values()]
    stored = reading.number("standing_disputes")
    if None in statuses or (stored is None and reading.has("standing_disputes")):
        return  # What cannot be read is reported.
    wanted = sum(status in STANDING for status in statuses)
    if family.is_at_processor and (stored or 0) != wanted:
        expected = f"standing_disputes {wanted}, those that are open or lost"
        reading.add(Rule.DISPUTE, expected, stored or 0)
