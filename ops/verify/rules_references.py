"""Is what a processor did found by the processor's id? (reference)

Whatever a processor caused puts a pointer from its id, absent, so that it is never posted twice.
Here both ends are checked: what must have a pointer has it, and a pointer leads to what knows it.

Two cannot be told from the item alone: the id of an orphan's charge, which is only hashed into the
id of the operation that gives it back, and that of a capture which the processor told of before it
answered ours. These are looked for among all pointers: see walk_references.py.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ops.verify.family import (
    Family,
    capture_reference,
    derived_id,
    is_done_capture,
    is_known_there,
    reference_key,
)
from ops.verify.fields import Reading, read_item
from ops.verify.findings import Finding, Key, Outcome, Rule, shown
from ops.verify.rules_states import HAS_CHARGE
from ops.verify.specification import REFERENCE, REFERENCE_ID
from ops.verify.stored import (
    AT_PROCESSOR,
    OPERATION_PREFIX,
    PAYMENT_PART,
    PAYMENTS,
    StoredItem,
    named_item,
    stored_item,
)
from ops.verify.tables import Item, key_of

REFERENCE_PREFIX: Final = "ref#"
REFERENCE_PART: Final = "reference"


@dataclass(frozen=True, slots=True)
class Lost:
    """An item to which a pointer must lead; one that leads there, but does not count."""

    key: Key
    not_counted: Key | None

    def is_found_by(self, item: Item) -> bool:
        """Whether that pointer is the one."""
        pointer = stored_reference(item)
        if named_item(pointer) != self.key or pointer.key == self.not_counted:
            return False
        parts = REFERENCE_ID.fullmatch(pointer.key.id)
        if parts is None or self.key.part == PAYMENT_PART:
            return parts is not None
        return self.key.part == f"{OPERATION_PREFIX}{orphan_id(parts[1], parts[2])}"

    def finding(self) -> Finding:
        """What is reported if there is none."""
        what = "its capture" if self.key.part == PAYMENT_PART else "the charge that it gives back"
        expected = f"a pointer from the processor's id of {what}"
        return Finding(Rule.REFERENCE, PAYMENTS, self.key, expected, "none")


def check_references_of(family: Family, pointers: Mapping[Key, Item], outcome: Outcome) -> None:
    """Check that what a processor did to a payment has its pointers.

    Args:
        family: of the payment.
        pointers: those that exist, of what may be wanted.
        outcome: counts what was checked.
    """
    processor = family.processor
    if family.payment is None or processor is None:
        return
    for one, reference in _wanted_references(family):
        outcome.count(Rule.REFERENCE)
        key = reference_key(processor, reference)
        pointer = pointers.get(key)
        if pointer is None:
            one.reading.add(Rule.REFERENCE, f"the pointer {key}", "none")
            continue
        target = named_item(stored_reference(pointer))
        if target is not None and target != one.key:
            one.reading.add(Rule.REFERENCE, f"the pointer {key} to lead here", f"to {target}")


def lost_pointers(family: Family, pointers: Mapping[Key, Item]) -> Iterator[Lost]:
    """The items that must have a pointer of whose id they do not know: to be looked for.

    Args:
        family: of one id of Payments.
        pointers: as for `check_references_of`.
    """
    payment, processor = family.payment, family.processor
    charge = None if payment is None else payment.reading.text("processor_reference")
    # A charge that the payment knows already may lead to either, and is known by its key.
    own = None
    if processor is not None and charge is not None:
        is_there = reference_key(processor, charge) in pointers
        own = orphan_id(processor, charge) if is_there else None
    for one in family.operations.values():
        if one.operation_kind == "return_orphan" and one.public_id != own:
            yield Lost(one.key, None)
    if payment is None or processor is None or payment.status != "succeeded":
        return
    captures = [
        one.reading.text("reference") for one in family.operations.values() if is_done_capture(one)
    ]
    if not captures or charge is None:
        return
    captures.append(capture_reference(charge))
    known = (reference_key(processor, one) for one in captures if one is not None)
    if not any(key in pointers for key in known):
        yield Lost(payment.key, reference_key(processor, charge))


def check_reference(item: Item, target: Item | None) -> Outcome:
    """Check a pointer from a processor's id.

    Args:
        item: the pointer.
        target: the item of Payments that it names, if that exists.
    """
    outcome = Outcome()
    outcome.count(Rule.REFERENCE, Rule.SHAPE)
    pointer = stored_reference(item)
    named = named_item(pointer)
    parts = REFERENCE_ID.fullmatch(pointer.key.id)
    if parts is None:
        pointer.add(Rule.SHAPE, "an id ref#<processor>#<the processor's id>", pointer.key.id)
    if pointer.key.part != REFERENCE_PART:
        pointer.add(Rule.SHAPE, f"the part {REFERENCE_PART}", pointer.key.part)
    if target is None:
        if named is not None:
            pointer.add(Rule.REFERENCE, f"the item that it names, {named}", "none")
    elif parts is not None:
        _check_target(pointer, stored_item(target), parts[1], parts[2])
    outcome.extend(pointer.findings)
    return outcome


def stored_reference(item: Item) -> Reading:
    """Read a pointer."""
    return read_item(PAYMENTS, key_of(item), item, REFERENCE, nothing_else=True)


def orphan_id(processor: str, reference: str) -> str:
    """The id of the operation that gives a charge back."""
    return derived_id("or_", "orphan", processor, reference)


def _wanted_references(family: Family) -> Iterator[tuple[StoredItem, str]]:
    payment = family.payment
    if payment is not None and payment.status in HAS_CHARGE:
        for name in ("processor_reference", "processor_handle"):
            reference = payment.reading.text(name)
            if reference is not None:
                yield payment, reference
    for refund in family.refunds.values():
        reference = refund.reading.text("processor_reference")
        if reference is not None and is_known_there(refund):
            yield refund, reference
    for dispute in family.disputes.values():
        reference = dispute.reading.text("processor_reference")
        if reference is not None:
            yield dispute, reference
    for one in family.operations.values():
        reference = one.reading.text("reference")
        if (
            reference is not None
            and one.operation_kind == "return_orphan"
            and one.status == "succeeded"
        ):
            yield one, reference


def _check_target(pointer: Reading, target: StoredItem, processor: str, reference: str) -> None:
    its_processor = target.reading.text("processor")
    if its_processor is not None and its_processor != processor:
        wanted = f"{target.key} to be at {processor}"
        pointer.add(Rule.REFERENCE, wanted, f"it is at {shown(its_processor)}")
    if target.kind == "payment":
        funding = target.reading.text("funding_type")
        if funding is not None and funding != AT_PROCESSOR:
            pointer.add(Rule.REFERENCE, "a payment through a processor", funding)
    elif target.kind == "refund":
        known = target.reading.text("processor_reference")
        if target.status is not None and not is_known_there(target):
            pointer.add(Rule.REFERENCE, f"{target.key} to have succeeded", target.status)
        elif known != reference and target.status is not None:
            pointer.add(Rule.REFERENCE, f"{target.key} to be {shown(reference)}", known or "none")
    elif target.kind == "dispute":
        known = target.reading.text("processor_reference")
        if known is not None and known != reference:
            pointer.add(Rule.REFERENCE, f"{target.key} to be {shown(reference)}", known)
    elif target.operation_kind is not None:
        is_charge = target.public_id == orphan_id(processor, reference)
        if target.operation_kind != "return_orphan":
            wanted = "a payment, a refund or what gives a charge back"
            pointer.add(Rule.REFERENCE, wanted, f"an operation {target.operation_kind}")
        elif not is_charge and target.reading.text("reference") != reference:
            wanted = f"{target.key} to know {shown(reference)}"
            pointer.add(Rule.REFERENCE, wanted, target.reading.text("reference") or "none")
