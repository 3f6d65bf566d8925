"""Is every operation as open as what it works on, and is it closed in one way only? (operation)

Each is checked from both sides: an operation against the payment or refund that it works on, and
the idempotency record that waits for it; a payment and its refunds against the operations that they
must have.
"""

from collections.abc import Mapping
from typing import Final

from ops.verify.family import Family, began_there
from ops.verify.fields import read_item
from ops.verify.findings import Key, Outcome, Rule
from ops.verify.rules_due import check_due
from ops.verify.specification import RECORD
from ops.verify.stored import OPERATION_PREFIX, REFUND_PREFIX, StoredItem, named_item
from ops.verify.tables import Item

PREFIXES: Final = {
    "authorize": "pay_",
    "capture": "cap_",
    "void": "vo_",
    "refund": "re_",
    "return_orphan": "or_",
}
MOVES: Final = ("capture", "void")
UNDECIDED: Final = ("processing", "requires_action")
CLOSED_LACKS: Final = ("lease_until", "record_id")
TOGETHER: Final = (
    ("first_sent_at", "last_sent_at"),
    ("origin_instance", "origin_request_id"),
)
STATES: Final = {
    "authorize": {"open", "succeeded", "failed"},
    "capture": {"open", "succeeded", "failed", "overtaken"},
    "void": {"open", "succeeded", "failed", "overtaken"},
    "refund": {"open", "succeeded", "failed"},
    "return_orphan": {"open", "succeeded"},
}


def check_operation(
    one: StoredItem, family: Family, records: Mapping[Key, Item], outcome: Outcome
) -> None:
    """Check one operation.

    Args:
        one: the operation.
        family: what is stored beside it.
        records: those of the idempotency records that operations name which exist.
        outcome: counts what was checked.
    """
    kind, state = one.operation_kind, one.status
    is_due = None if state is None else state == "open"
    check_due(one.reading, outcome, id_=one.public_id, is_due=is_due)
    for first, second in TOGETHER:
        if one.reading.has(first) != one.reading.has(second):
            _add(one, f"{first} and {second} together", "one alone")
    if family.payment is not None and family.funding is not None and not family.is_at_processor:
        _add(one, "no operation beside a payment from the balance", "one")
        return
    if kind is None or state is None:
        return
    _check_id(one, kind, family)
    if state not in STATES[kind]:
        _add(one, f"one of {', '.join(sorted(STATES[kind]))}, of kind {kind}", state)
        return
    if state != "open":
        for name in CLOSED_LACKS:
            if one.reading.has(name):
                _add(one, f"no {name} once it is closed", "there is one")
    else:
        _check_waiting(one, kind, family, records)
    if family.payment is None:
        return
    _check_charge(one, kind, family.payment)
    if kind == "authorize":
        _check_authorize(one, family.payment)
    elif kind in MOVES:
        _check_move(one, kind, family.payment)
    elif kind == "refund":
        _check_refund(one, family.refunds.get(one.public_id), family)


def check_operations_of(payment: StoredItem, family: Family) -> None:
    """Check that a payment through a processor, and its refunds, have the operations they must."""
    if payment.key.id not in family.operations:
        _add(
            payment, f"the operation {OPERATION_PREFIX}{payment.key.id} that authorizes it", "none"
        )
    name = payment.reading.text("open_operation")
    named = None if name is None else family.operations.get(name)
    if name is not None and (
        named is None or named.operation_kind not in (*MOVES, None) or named.status not in _OPEN
    ):
        _add(payment, f"the capture or void that is open, {name}", _described(named))
    for refund in family.refunds.values():
        if _was_reserved(refund) and refund.public_id not in family.operations:
            _add(refund, f"its operation {OPERATION_PREFIX}{refund.public_id}", "none")


_OPEN: Final = ("open", None)
"""Open, or nobody can say: that is reported at the operation."""


def _was_reserved(refund: StoredItem) -> bool:
    """Whether it was asked for by a merchant, and so by us at the processor."""
    return refund.status == "pending" or (bool(refund.listed) and not began_there(refund))


def _check_id(one: StoredItem, kind: str, family: Family) -> None:
    prefix = PREFIXES[kind]
    if not one.public_id.startswith(prefix):
        _add(one, f"the id of kind {kind} to begin with {prefix}", one.public_id)
    elif kind == "authorize" and one.public_id != one.key.id:
        _add(one, f"the id of its payment, {one.key.id}", one.public_id)
    amount, payment = one.reading.number("amount_minor"), family.payment
    if amount is None or payment is None or kind == "return_orphan":
        return
    its = payment.reading.number("amount_minor")
    if kind == "refund":
        refund = family.refunds.get(one.public_id)
        its = None if refund is None else refund.reading.number("amount_minor")
    if its is None:
        return
    if kind == "capture":
        if amount > its:
            _add(one, f"amount_minor of {its} at most, what is authorized", amount)
    elif amount != its:
        _add(one, f"amount_minor {its}, of what it is about", amount)


def _check_charge(one: StoredItem, kind: str, payment: StoredItem) -> None:
    """Check which charge the request is about."""
    if kind == "authorize":
        if one.reading.has("request_charge"):
            _add(one, "no request_charge: it makes one", "there is one")
        return
    about, its = one.reading.text("request_charge"), payment.reading.text("processor_reference")
    # Of what was charged on a page of Stripe's, the session is the reference, and its intent is
    # what can be asked for more.
    names = (its, payment.reading.text("processor_handle"))
    if kind != "return_orphan" and None not in (about, its) and about not in names:
        _add(one, f"request_charge {its}, the charge of its payment", about)


def _check_waiting(one: StoredItem, kind: str, family: Family, records: Mapping[Key, Item]) -> None:
    """Check that the request of an open operation waits for it, unless it is answered already."""
    status = None if family.payment is None else family.payment.status
    if kind == "authorize" and status is None:
        return
    nobody_waits = kind == "return_orphan" or (kind == "authorize" and status == "requires_action")
    if one.reading.has("record_id") == nobody_waits:
        wanted = "no record_id: nobody waits for it" if nobody_waits else "the record_id it answers"
        _add(one, wanted, "there is one" if nobody_waits else "none")
    if kind == "return_orphan" and one.reading.has("origin_instance"):
        _add(one, "no origin: nobody asked for it", "there is one")
    record_id = one.reading.text("record_id")
    if record_id is None or nobody_waits:
        return
    item = records.get(Key(record_id))
    if item is None:
        _add(one, f"the record that waits for it, {record_id}", "none")
        return
    record = read_item("idempotency", Key(record_id), item, RECORD)
    state = record.text("state")
    if state is not None and state != "IN_PROGRESS":
        _add(one, f"the record {record_id} to be IN_PROGRESS while it is open", state)
    target = named_item(record)
    part = f"{REFUND_PREFIX}{one.public_id}" if kind == "refund" else "payment"
    if target is not None and target != Key(one.key.id, part):
        _add(one, f"the record {record_id} to be of {Key(one.key.id, part)}", str(target))
    fingerprint, its = one.reading.text("fingerprint"), record.text("fingerprint")
    if fingerprint is not None and its is not None and fingerprint != its:
        _add(one, f"the fingerprint of its record, {its}", fingerprint)


def _check_authorize(one: StoredItem, payment: StoredItem) -> None:
    if payment.status is None:
        return
    if payment.status in UNDECIDED:
        wanted = "open"
    else:
        wanted = "failed" if payment.status == "declined" else "succeeded"
    if one.status != wanted:
        _add(one, f"state {wanted}, as its payment is {payment.status}", one.status)


def _check_move(one: StoredItem, kind: str, payment: StoredItem) -> None:
    if one.status == "open":
        if payment.reading.text("open_operation") != one.public_id:
            named = payment.reading.text("open_operation") or "none"
            _add(one, "its payment to name it as open_operation", named)
    elif one.status == "succeeded" and payment.status is not None:
        allowed = ("succeeded",) if kind == "capture" else ("voided", "succeeded")
        if payment.status not in allowed:
            wanted = f"its payment to be {' or '.join(allowed)}, since it succeeded"
            _add(one, wanted, payment.status)
        captured, amount = (
            payment.reading.number("captured_minor"),
            one.reading.number("amount_minor"),
        )
        if kind == "capture" and None not in (captured, amount) and captured != amount:
            _add(one, f"amount_minor {captured}, what was captured", amount)


def _check_refund(one: StoredItem, refund: StoredItem | None, family: Family) -> None:
    if refund is None:
        _add(one, f"its refund, {Key(one.key.id, REFUND_PREFIX + one.public_id)}", "none")
        return
    mine, its = one.reading.text("fingerprint"), refund.reading.text("fingerprint")
    if mine is not None and its is not None and mine != its:
        _add(one, f"the fingerprint of its refund, {its}", mine)
    if refund.status is None or refund.listed is None:
        return
    if not _was_reserved(refund):
        _add(one, "no operation for a refund that set nothing aside", one.status)
        return
    # What became of a refund after its operation was closed left that as it was.
    closed_as = {
        "pending": ("open",),
        "succeeded": ("succeeded", "failed"),
        "failed": ("failed", "succeeded", "failed"),
    }[refund.status]
    wanted = closed_as[min(max(0, family.count_steps(refund) - 2), len(closed_as) - 1)]
    if one.status != wanted:
        _add(one, f"state {wanted}, as its refund is {refund.status}", one.status)


def _described(operation: StoredItem | None) -> str:
    if operation is None:
        return "none"
    return f"a {operation.operation_kind} that is {operation.status}"


def _add(one: StoredItem, expected: str, found: object) -> None:
    one.reading.add(Rule.OPERATION, expected, found)
