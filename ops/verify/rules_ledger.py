"""Do the books balance? (I1, I2, book, entry-item)

A partition of Ledger is one shard of a book: a merchant's money in one currency, or a part of it,
its entries and the balance that must be their fold. What the shards of a book are to each other is
in rules_shards.py.
"""

from typing import Final

from ops.verify.book_fold import BALANCE_PART, BookFold, read_balance
from ops.verify.book_names import BookName, book_name
from ops.verify.fields import Reading, read_item
from ops.verify.findings import Key, Outcome, Rule, shown
from ops.verify.rules_file_entries import check_file_entry, check_operators
from ops.verify.rules_shards import check_levelling, check_place
from ops.verify.specification import (
    LEVELLING,
    OF_SETTLEMENTS,
    OWN_ACCOUNTS,
    is_known_account,
)
from ops.verify.stored import LEDGER, StoredEntry, StoredItem, stored_entry, stored_item
from ops.verify.tables import Item, key_of

BEGIN: Final = (
    "deposit",
    "payment",
    "refund",
    "refund_reserved",
    "orphan_charge",
    "dispute_opened",
)
"""Kinds of entries that are posted with their item, and so are as old."""


def check_book(fold: BookFold) -> Outcome:
    """Check that a balance is the fold of its own entries (I2), in a book of its own name."""
    outcome = Outcome()
    outcome.count(Rule.I2, Rule.BOOK)
    name = book_name(fold.id)
    if fold.balance is None:
        reading = Reading(LEDGER, Key(fold.id, BALANCE_PART), {})
        reading.add(Rule.I2, f"a balance of {fold.entry_count} entries", "none")
    else:
        outcome.count(Rule.SHAPE, Rule.I4)
        reading = read_balance(fold.id, fold.balance)
        _check_fold(reading, fold, 0 if name is None else name.shard)
    if name is None:
        reading.add(Rule.BOOK, "a book named <merchant id>#<currency>#<shard>", fold.id)
    else:
        _check_in_book(reading, name, ("merchant_id", "currency"))
    outcome.extend(reading.findings)
    return outcome


def check_entry(item: Item, caused_by: Item | None) -> Outcome:
    """Check one entry by itself, and against the item that it names.

    Args:
        item: the entry.
        caused_by: what it names, if that exists: an item of Payments, or a settlement run or break.
    """
    outcome = Outcome()
    outcome.count(Rule.I1, Rule.ENTRY_ITEM, Rule.BOOK, Rule.SHARDS, Rule.SHAPE, Rule.I4)
    entry = stored_entry(item)
    name = book_name(entry.reading.key.id)
    _check_postings(entry)
    if name is not None:
        _check_in_book(entry.reading, name, ("currency",))
        check_operators(entry, name.merchant_id)
        check_place(entry, name.shard)
    if is_of_settlement(item):
        check_file_entry(entry, caused_by)
    elif entry.reading.text("kind") == LEVELLING:
        check_levelling(entry, caused_by, name)
    else:
        _check_named_item(entry, caused_by, name)
    outcome.extend(entry.reading.findings)
    return outcome


def is_of_settlement(item: Item) -> bool:
    """Whether an entry is of a settlement run or a break, and so names an item of Settlements."""
    return stored_entry(item).reading.text("kind") in OF_SETTLEMENTS


def check_unknown_part(item: Item) -> Outcome:
    """Whatever else lies in a book does not belong there."""
    outcome = Outcome()
    outcome.count(Rule.SHAPE)
    reading = read_item(LEDGER, key_of(item), item, ())
    reading.add(Rule.SHAPE, "a part balance or entry#le_...", reading.key.part)
    outcome.extend(reading.findings)
    return outcome


def _check_fold(reading: Reading, fold: BookFold, shard: int) -> None:
    stored_count = reading.number("entry_count")
    if stored_count is not None and stored_count != fold.entry_count:
        reading.add(Rule.I2, f"entry_count {fold.entry_count}, its number of entries", stored_count)
    for account in OWN_ACCOUNTS:
        attribute = f"{account}_minor"
        stored = reading.number(attribute)
        if stored is None and reading.has(attribute):
            continue  # There but unreadable: already a finding.
        if fold.is_readable and (stored or 0) != fold.sums[account]:
            reading.add(
                Rule.I2, f"{attribute} {fold.sums[account]}, the fold of its entries", stored or 0
            )
    available = reading.number("available_minor")
    # What is taken although it is not there is taken from shard 0.
    least = 0 if shard else fold.forced_minor
    if fold.is_readable and available is not None and available < least:
        because = " but by what processors took" if least else ""
        where = f" in shard {shard}" if shard else ""
        wanted = f"available_minor never below {least or 'zero'}{where}{because}"
        reading.add(Rule.I2, wanted, available)
    if shard and reading.has("shards"):
        reading.add(Rule.SHARDS, "shards in the balance of shard 0 alone", f"in shard {shard}")


def _check_in_book(reading: Reading, name: BookName, attributes: tuple[str, ...]) -> None:
    for attribute in attributes:
        found, wanted = reading.text(attribute), getattr(name, attribute)
        if found is not None and found != wanted:
            reading.add(Rule.BOOK, f"the {attribute} of its book, {shown(wanted)}", found)


def _check_postings(entry: StoredEntry) -> None:
    if entry.postings is None:
        return
    if len(entry.postings) < 2:
        entry.reading.add(Rule.I1, "two postings or more", f"{len(entry.postings)}")
    unknown = sorted({name for name, _ in entry.postings if not is_known_account(name)})
    if unknown:
        entry.reading.add(Rule.I1, "postings to known accounts only", ", ".join(unknown))
    total = sum(amount for _, amount in entry.postings)
    if total != 0:
        entry.reading.add(Rule.I1, "postings that sum to 0", total)


def _check_named_item(entry: StoredEntry, item: Item | None, name: BookName | None) -> None:
    reading, key = entry.reading, entry.item_key
    if key is None:
        return
    payment_id = reading.text("payment_id")
    wanted_id = None if reading.text("kind") == "deposit" else key.id
    if reading.text("kind") is not None and payment_id != wanted_id:
        wanted = "no payment_id" if wanted_id is None else f"payment_id {shown(wanted_id)}"
        reading.add(Rule.ENTRY_ITEM, wanted, payment_id or "none")
    if item is None:
        reading.add(Rule.ENTRY_ITEM, f"the item it names, {key}", "none")
        return
    caused_by = stored_item(item)
    if caused_by.kind is None:
        reading.add(Rule.ENTRY_ITEM, f"{key} to be what moves money", "it is not")
        return
    if caused_by.listed is not None and reading.key not in caused_by.listed:
        reading.add(Rule.ENTRY_ITEM, f"{key} to list this entry", "it does not")
    _check_time(reading, caused_by)
    if name is None:
        return
    for attribute in ("merchant_id", "currency"):
        its = caused_by.reading.text(attribute)
        if its is not None and its != getattr(name, attribute):
            book = shown(getattr(name, attribute))
            reading.add(Rule.ENTRY_ITEM, f"{key} to have the {attribute} of this book, {book}", its)


def _check_time(entry: Reading, item: StoredItem) -> None:
    """What is posted with its item is as old; what is posted later changed the item then."""
    posted_at, kind = entry.text("created_at"), entry.text("kind")
    made_at, updated_at = item.reading.text("created_at"), item.reading.text("updated_at")
    if posted_at is None:
        return
    if kind in BEGIN:
        if made_at is not None and made_at != posted_at:
            entry.add(Rule.ENTRY_ITEM, f"the created_at of {item.key}, {made_at}", posted_at)
    elif updated_at is not None and updated_at < posted_at and not item.reading.has("settled_at"):
        wanted = f"a created_at not after the last change of {item.key}, {updated_at}"
        entry.add(Rule.ENTRY_ITEM, wanted, posted_at)
