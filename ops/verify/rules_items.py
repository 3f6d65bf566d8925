"""Are payments, refunds and deposits what they should be? (I3, parts)

What has one id is one family, and is checked together. This file knows payments from a balance;
what goes through a processor is in rules_states.py, rules_operations.py and rules_references.py;
the entries of both in rules_entries.py; what changed them later in rules_changes.py.
"""

from collections.abc import Mapping, Sequence

from ops.verify.book_names import shard_number
from ops.verify.decisions import Decisions
from ops.verify.family import Counterparts, Family, family_of
from ops.verify.findings import Key, Outcome, Rule, shown
from ops.verify.rules_changes import check_changes, check_settled, is_said_to_be_settled
from ops.verify.rules_disputes import check_dispute, check_standing_disputes
from ops.verify.rules_due import check_due, check_payment_due
from ops.verify.rules_entries import check_entries
from ops.verify.rules_operations import check_operation, check_operations_of
from ops.verify.rules_references import check_references_of
from ops.verify.rules_shards import number_of
from ops.verify.rules_states import (
    check_balance_payment,
    check_processor_payment,
    check_refund_state,
)
from ops.verify.stored import StoredItem
from ops.verify.tables import Item


def check_family(
    items: Sequence[Item], counterparts: Counterparts, decisions: Decisions
) -> Outcome:
    """Check everything that is stored under one id of Payments.

    Args:
        items: all items of the id.
        counterparts: what they name.
        decisions: what people decided that may have settled any of them.
    """
    outcome = Outcome()
    family = family_of(items, decisions, counterparts.entries)
    for one in family.members:
        outcome.count(Rule.SHAPE, Rule.I4)
        if one.kind is None:
            continue
        if one.kind == "payment":
            _check_payment(one, family, counterparts, outcome)
        elif one.kind == "refund":
            outcome.count(Rule.PARTS, Rule.STATE)
            _check_belongs(one, family.payment, ("merchant_id", "currency"))
            check_refund_state(one, family)
        elif one.kind == "dispute":
            outcome.count(Rule.PARTS, Rule.DISPUTE)
            _check_belongs(one, family.payment, ("merchant_id", "currency"))
            check_dispute(one, family)
        elif one.kind == "operation":
            outcome.count(Rule.PARTS, Rule.OPERATION)
            _check_belongs(one, family.payment, ("merchant_id", "currency", "processor"))
            check_operation(one, family, counterparts.records, outcome)
        check_entries(one, family, counterparts.entries, outcome)
        outcome.count(Rule.CHANGES)
        check_changes(one, family)
        if one.kind in ("payment", "refund") and is_said_to_be_settled(one):
            outcome.count(Rule.SETTLED)
            check_settled(one, counterparts.runs)
    for one in family.members:
        outcome.extend(one.reading.findings)
    return outcome


def _check_payment(
    payment: StoredItem, family: Family, counterparts: Counterparts, outcome: Outcome
) -> None:
    outcome.count(Rule.I3, Rule.STATE)
    _check_list_keys(payment, counterparts.merchants)
    _check_order_of_amounts(payment)
    check_standing_disputes(payment, family)
    if family.is_at_processor:
        check_processor_payment(payment, family, counterparts.entries)
        check_payment_due(payment, family, counterparts.entries, outcome)
        check_operations_of(payment, family)
        check_references_of(family, counterparts.pointers, outcome)
    elif family.funding is not None:
        check_balance_payment(payment, family)
        check_due(payment.reading, outcome, id_=payment.key.id, is_due=False)


def _check_order_of_amounts(payment: StoredItem) -> None:
    reading = payment.reading
    amount, captured = reading.number("amount_minor"), reading.number("captured_minor")
    refunded = reading.number("refunded_minor")
    if amount is None or captured is None or refunded is None:
        return
    if not 0 <= refunded <= captured <= amount:
        reading.add(
            Rule.I3,
            "0 <= refunded_minor <= captured_minor <= amount_minor",
            f"{refunded}, {captured}, {amount}",
        )


def _check_list_keys(payment: StoredItem, merchants: Mapping[Key, Item]) -> None:
    """A payment whose index keys are wrong is missing from its merchant's list."""
    reading = payment.reading
    merchant, bucket = reading.text("merchant_id"), reading.text("list_bucket")
    created, position = reading.text("created_at"), reading.text("list_position")
    if merchant is not None and bucket is not None:
        head, _, number = bucket.rpartition("#")
        shard, lists = shard_number(number), merchants.get(Key(merchant, "merchant"))
        there_are = None if lists is None else number_of(lists)
        if head != merchant or shard is None:
            reading.add(Rule.SHAPE, f"list_bucket {shown(merchant)}#<shard>", bucket)
        elif there_are is not None and shard >= there_are:
            wanted = f"a list_bucket of the {there_are} that its merchant's list has"
            reading.add(Rule.SHARDS, wanted, bucket)
    if created is not None and position is not None:
        wanted = f"{created}#{payment.key.id}"
        if position != wanted:
            reading.add(Rule.SHAPE, f"list_position {shown(wanted)}", position)


def _check_belongs(one: StoredItem, payment: StoredItem | None, names: Sequence[str]) -> None:
    if payment is None:
        one.reading.add(Rule.PARTS, f"a payment {shown(one.key.id)}", "none")
        return
    for name in names:
        mine, its = one.reading.text(name), payment.reading.text(name)
        if mine is not None and its is not None and mine != its:
            one.reading.add(Rule.PARTS, f"the {name} of its payment, {shown(its)}", mine)
