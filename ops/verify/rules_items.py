"""Did every payment, refund and deposit move exactly its own money? (I3, item-entries, parts)

What changed them later is in rules_changes.py. A payment is checked together with its refunds:
what has one id is one family.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ops.verify.findings import Key, Outcome, Rule, shown
from ops.verify.rules_changes import check_changes, check_settled, is_said_to_be_settled
from ops.verify.stored import StoredItem, is_entry, stored_entry, stored_item
from ops.verify.tables import Item

SIGNS: Final[Mapping[str, Mapping[str, int]]] = {
    "deposit": {"external:bank": -1, "available": 1},
    "payment": {"available": -1, "external:bank": 1, "fees": 1},
    "refund": {"external:bank": -1, "available": 1},
}
"""Which accounts an entry of each kind touches, and which way the money goes there."""


@dataclass(frozen=True, slots=True)
class Counterparts:
    """What items of Payments name in other tables, as far as it exists.

    Attributes:
        entries: those that they list.
        runs: the settlement runs that settled them.
    """

    entries: Mapping[Key, Item]
    runs: Mapping[Key, Item]


def check_family(items: Sequence[Item], counterparts: Counterparts) -> Outcome:
    """Check everything that is stored under one id of Payments.

    Args:
        items: all items of the id.
        counterparts: what they name.
    """
    outcome = Outcome()
    family = [stored_item(item) for item in items]
    payment = next((one for one in family if one.kind == "payment"), None)
    for one in family:
        outcome.count(Rule.SHAPE, Rule.I4)
        if one.kind == "payment":
            outcome.count(Rule.I3)
            _check_amounts(one, family)
            _check_list_keys(one)
        elif one.kind == "refund":
            outcome.count(Rule.PARTS)
            _check_belongs(one, payment)
        if one.kind is not None and one.reading.text("status") in (None, "succeeded"):
            outcome.count(Rule.ITEM_ENTRIES)
            _check_entries(one, counterparts.entries)
        if one.kind is not None:
            outcome.count(Rule.CHANGES)
            check_changes(one, family)
        if one.kind in ("payment", "refund") and is_said_to_be_settled(one):
            outcome.count(Rule.SETTLED)
            check_settled(one, counterparts.runs)
        outcome.extend(one.reading.findings)
    return outcome


def _check_amounts(payment: StoredItem, family: Sequence[StoredItem]) -> None:
    reading = payment.reading
    amount, captured = reading.number("amount_minor"), reading.number("captured_minor")
    refunded = reading.number("refunded_minor")
    fee, basis_points = reading.number("fee_minor"), reading.number("fee_basis_points")
    is_declined = reading.text("status") == "declined"
    if amount is not None and captured is not None and refunded is not None:
        if not 0 <= refunded <= captured <= amount:
            reading.add(
                Rule.I3,
                "0 <= refunded_minor <= captured_minor <= amount_minor",
                f"{refunded}, {captured}, {amount}",
            )
        elif captured != (0 if is_declined else amount) and reading.text("status"):
            whole = 0 if is_declined else amount
            reading.add(Rule.I3, f"captured_minor {whole} as {reading.text('status')}", captured)
    if amount is not None and fee is not None and basis_points is not None:
        agreed = amount * basis_points // 10_000
        if fee != agreed:
            wanted = f"fee_minor {agreed} ({basis_points} basis points of {amount})"
            reading.add(Rule.I3, wanted, fee)
    _check_refunded(payment, family)
    if is_declined:
        if not reading.has("failure_code"):
            reading.add(Rule.I3, "a failure_code on a declined payment", "none")
        if payment.listed:
            reading.add(Rule.I3, "no entries on a declined payment", f"{len(payment.listed)}")


def _check_refunded(payment: StoredItem, family: Sequence[StoredItem]) -> None:
    refunded = payment.reading.number("refunded_minor")
    total = 0
    for one in family:
        if one.kind != "refund":
            continue
        amount, status = one.reading.number("amount_minor"), one.reading.text("status")
        if amount is None or status is None:
            return  # The refund itself is reported; a sum without it would only repeat that.
        total += amount
    if refunded is not None and refunded != total:
        payment.reading.add(
            Rule.I3, f"refunded_minor {total}, the sum of its succeeded refunds", refunded
        )


def _check_list_keys(payment: StoredItem) -> None:
    """A payment whose index keys are wrong is missing from its merchant's list."""
    reading = payment.reading
    merchant, bucket = reading.text("merchant_id"), reading.text("list_bucket")
    created, position = reading.text("created_at"), reading.text("list_position")
    if merchant is not None and bucket is not None:
        head, _, shard = bucket.rpartition("#")
        if head != merchant or not (shard.isascii() and shard.isdigit()):
            reading.add(Rule.SHAPE, f"list_bucket {shown(merchant)}#<shard>", bucket)
    if created is not None and position is not None:
        wanted = f"{created}#{payment.key.id}"
        if position != wanted:
            reading.add(Rule.SHAPE, f"list_position {shown(wanted)}", position)


def _check_belongs(refund: StoredItem, payment: StoredItem | None) -> None:
    if payment is None:
        refund.reading.add(Rule.PARTS, f"a payment {shown(refund.key.id)}", "none")
        return
    for name in ("merchant_id", "currency"):
        mine, its = refund.reading.text(name), payment.reading.text(name)
        if mine is not None and its is not None and mine != its:
            refund.reading.add(Rule.PARTS, f"the {name} of its payment, {shown(its)}", mine)


def _check_entries(one: StoredItem, entries: Mapping[Key, Item]) -> None:
    """Check that the entries it lists amount, together, to exactly this item."""
    reading, listed = one.reading, one.listed
    if listed is None:
        return
    if not listed:
        reading.add(Rule.ITEM_ENTRIES, "the entries that moved its money", "none")
        return
    if len(set(listed)) != len(listed):
        reading.add(Rule.ITEM_ENTRIES, "every entry listed once", "the same entry twice")
    wanted = _expected_movement(one)
    moved: Counter[str] | None = Counter()
    for key in dict.fromkeys(listed):
        postings = _check_listed_entry(one, key, entries.get(key))
        if postings is None:
            moved = None
        elif moved is not None:
            for account, amount in postings:
                moved[account] += amount
    if moved is None or wanted is None:
        return
    if {account: amount for account, amount in moved.items() if amount} != wanted:
        reading.add(
            Rule.ITEM_ENTRIES,
            f"entries that together post {_in_words(wanted)}",
            _in_words(moved),
        )


def _check_listed_entry(
    one: StoredItem, key: Key, item: Item | None
) -> list[tuple[str, int]] | None:
    """Check one entry from its item's side.

    Returns: its postings, or None if they say nothing about the item's money.
    """
    if not is_entry(key) or item is None:
        expected = "an existing entry" if is_entry(key) else "the key of an entry"
        one.reading.add(Rule.ITEM_ENTRIES, expected, f"listed {key}")
        return None
    entry = stored_entry(item)
    named = entry.item_key
    if named is not None and named != one.key:
        one.reading.add(Rule.ITEM_ENTRIES, f"entry {key} to be its own", f"it is of {named}")
        return None
    kind, currency = entry.reading.text("kind"), one.reading.text("currency")
    if kind is not None and kind != one.kind:
        one.reading.add(Rule.ITEM_ENTRIES, f"entry {key} of kind {one.kind}", kind)
        return None
    found = entry.reading.text("currency")
    if None not in (currency, found) and found != currency:
        one.reading.add(Rule.ITEM_ENTRIES, f"entry {key} in {currency}", found)
        return None
    if entry.postings is None or one.kind is None:
        return None
    for account, amount in entry.postings:
        if amount * SIGNS[one.kind].get(account, 0) <= 0:
            ways = {name: "+" if sign > 0 else "-" for name, sign in SIGNS[one.kind].items()}
            allowed = ", ".join(f"{name} {way}" for name, way in ways.items())
            one.reading.add(
                Rule.ITEM_ENTRIES,
                f"entry {key} of a {one.kind} to post {allowed}",
                f"{shown(account)} {amount:+}",
            )
            return None
    return entry.postings


def _expected_movement(one: StoredItem) -> dict[str, int] | None:
    amount = one.reading.number("amount_minor")
    fee = one.reading.number("fee_minor") if one.kind == "payment" else 0
    if amount is None or fee is None:
        return None
    if one.kind == "payment":
        moved = {"available": -(amount + fee), "external:bank": amount, "fees": fee}
    else:
        moved = {"external:bank": -amount, "available": amount}
    return {account: part for account, part in moved.items() if part}


def _in_words(moved: Mapping[str, int]) -> str:
    return ", ".join(f"{shown(account)} {amount:+}" for account, amount in sorted(moved.items()))
