"""Are the shards of a book one book? (shards, I2)

Each shard is a small ledger, and proved by itself. Here they are held against each other: what one
gave another got, the book knows how many it has, and the sweep that levels them does, too. What is
set aside in one shard may be settled in another, so that only all of them together tell whether it
was there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ops.verify.book_fold import BALANCE_PART, BookFold, read_balance
from ops.verify.book_names import BookName
from ops.verify.fields import Reading, read_item
from ops.verify.findings import Key, Outcome, Rule
from ops.verify.rules_due import check_due
from ops.verify.specification import BETWEEN_SHARDS, HOT_MERCHANT, LEVELLING
from ops.verify.specification_outside import MERCHANT_PROFILE
from ops.verify.stored import LEDGER, PAYMENTS, StoredEntry
from ops.verify.tables import Item, id_of, key_of

SHARDS_PART: Final = "shards"
MERCHANT_PART: Final = "merchant"
DIRECTORY: Final = "directory"
NEVER_NEGATIVE: Final = ("refunding", "disputed")

IN_ANY_SHARD: Final = ("deposit", "payment", "capture", LEVELLING)
OVER_SHARDS: Final = ("refund_reserved", "processor_refund", "dispute_opened", "dispute_lost")
"""Kinds of entries that are in other shards than 0 so far as they take what is available there."""


@dataclass(frozen=True, slots=True)
class ShardFacts:
    """One shard of a book, as far as the others are concerned.

    Attributes:
        number: how many shards the book has, says its balance; 1 if nothing is said, None if that
            cannot be read.
        has_available: whether any entry of it touches `available`.
        between_minor: what it got from other shards, below zero if it gave more.
        levellings: how many entries say so.
        set_aside: what is in each account that is never below zero.
        is_readable: whether all postings could be read.
    """

    number: int | None
    has_available: bool
    between_minor: int
    levellings: int
    set_aside: tuple[int, ...]
    is_readable: bool


def facts_of(fold: BookFold) -> ShardFacts:
    """What a shard is to the others."""
    number: int | None = 1
    if fold.balance is not None and "shards" in fold.balance:
        number = read_balance(fold.id, fold.balance).number("shards")
    return ShardFacts(
        number=number,
        has_available="available" in fold.sums,
        between_minor=-fold.sums[BETWEEN_SHARDS],
        levellings=fold.levellings,
        set_aside=tuple(fold.sums[account] for account in NEVER_NEGATIVE),
        is_readable=fold.is_readable,
    )


def check_shards(book: str, shards: Mapping[int, ShardFacts], hot: Item | None) -> Outcome:
    """Check the shards of a book against each other.

    Args:
        book: its name, without a shard.
        shards: those that there are.
        hot: the item by which the sweep knows the merchant, if there is one.
    """
    outcome = Outcome()
    outcome.count(Rule.SHARDS)
    reading = Reading(LEDGER, Key(f"{book}#0", BALANCE_PART), {})
    _check_number(reading, shards, hot)
    if all(shard.is_readable for shard in shards.values()):
        between = sum(shard.between_minor for shard in shards.values())
        if between != 0:
            reading.add(Rule.SHARDS, f"a sum of 0 in {BETWEEN_SHARDS}, over all shards", -between)
        for place, account in enumerate(NEVER_NEGATIVE):
            amount = sum(shard.set_aside[place] for shard in shards.values())
            if amount < 0:
                over = ", over all shards" if len(shards) > 1 else ""
                reading.add(Rule.I2, f"{account}_minor never below zero{over}", amount)
    outcome.extend(reading.findings)
    return outcome


def check_hot_merchant(item: Item, merchant: Item | None) -> Outcome:
    """Check an item by which the sweep knows a merchant whose books have several shards.

    Args:
        item: beside whatever else has the merchant's id in Payments.
        merchant: whose it is, if that exists.
    """
    outcome = Outcome()
    outcome.count(Rule.SHAPE, Rule.I4)
    key = key_of(item)
    if key.part != SHARDS_PART:
        reading = read_item(PAYMENTS, key, item, ())
        reading.add(Rule.SHAPE, f"a part {SHARDS_PART} beside a merchant's id", key.part)
        outcome.extend(reading.findings)
        return outcome
    outcome.count(Rule.SHARDS, Rule.CHANGES)
    reading = read_item(PAYMENTS, key, item, HOT_MERCHANT)
    named = reading.text("merchant_id")
    if named is not None and named != key.id:
        reading.add(Rule.SHARDS, f"the merchant_id {key.id}, its own id", named)
    if merchant is None:
        reading.add(Rule.SHARDS, f"the merchant {merchant_key(item)}", "none")
    check_due(reading, outcome, id_=key.id, is_due=True)
    made, changed = reading.text("created_at"), reading.text("updated_at")
    if made is not None and changed is not None and changed < made:
        reading.add(Rule.CHANGES, f"updated_at not before created_at, {made}", changed)
    outcome.extend(reading.findings)
    return outcome


def check_swept(reading: Reading, merchant_id: str, number: int | None, hot: Item | None) -> None:
    """Check that the sweep knows of so many shards: those that it does not know are never levelled.

    Args:
        reading: of what says how many there are.
        merchant_id: whose they are.
        number: how many; None if nothing is said.
        hot: the item by which the sweep knows the merchant, if there is one.
    """
    if number is None:
        return
    key = hot_key(merchant_id)
    if hot is None:
        reading.add(Rule.SHARDS, f"the item {key}, since there are {number} shards", "none")
        return
    known = read_item(PAYMENTS, key, hot, HOT_MERCHANT).number("shards")
    if known is not None and known < number:
        reading.add(Rule.SHARDS, f"{number} shards or more in the item {key}", known)


def check_levelling(entry: StoredEntry, hot: Item | None, name: BookName | None) -> None:
    """Check an entry by which shards were levelled.

    Args:
        entry: as read.
        hot: what it names, if that exists.
        name: of the shard that it lies in.
    """
    reading, key = entry.reading, entry.item_key
    if reading.has("payment_id"):
        wanted = "no payment_id: it is of no payment"
        reading.add(Rule.ENTRY_ITEM, wanted, reading.text("payment_id"))
    if key is not None and name is not None and key != hot_key(name.merchant_id):
        reading.add(Rule.ENTRY_ITEM, f"the item {hot_key(name.merchant_id)} to be named", str(key))
    elif key is not None and hot is None:
        reading.add(Rule.ENTRY_ITEM, f"the item it names, {key}", "none")
    if entry.postings is None:
        return
    accounts = sorted(account for account, amount in entry.postings if amount)
    if accounts != ["available", BETWEEN_SHARDS]:
        wanted = f"one posting to available, and one to {BETWEEN_SHARDS}"
        reading.add(Rule.SHARDS, wanted, ", ".join(accounts) or "none")


def check_place(entry: StoredEntry, shard: int) -> None:
    """Check that an entry is in a shard in which entries of its kind are."""
    kind = entry.reading.text("kind")
    if shard == 0 or kind is None or kind in IN_ANY_SHARD or entry.postings is None:
        return
    if kind not in OVER_SHARDS:
        entry.reading.add(Rule.SHARDS, f"what is of kind {kind} in shard 0", f"in shard {shard}")
    elif sum(amount for account, amount in entry.postings if account == "available") >= 0:
        wanted = f"what is of kind {kind} in shard 0, but for what it takes from available"
        entry.reading.add(Rule.SHARDS, wanted, f"in shard {shard}")


def is_hot_merchant(item: Item) -> bool:
    """Whether an item of Payments is beside a merchant's id, where the sweep's items are."""
    return id_of(item).startswith("mer_")


def hot_key(merchant_id: str) -> Key:
    """Where the item is by which the sweep knows a merchant."""
    return Key(merchant_id, SHARDS_PART)


def merchant_key(item: Item) -> Key:
    """The merchant that has the id of an item."""
    return Key(id_of(item), MERCHANT_PART)


def number_of(merchant: Item) -> int | None:
    """How many shards a merchant's books have, and its list; None if that cannot be read."""
    if "shards" not in merchant:
        return 1
    return read_item(DIRECTORY, key_of(merchant), merchant, MERCHANT_PROFILE).number("shards")


def _check_number(reading: Reading, shards: Mapping[int, ShardFacts], hot: Item | None) -> None:
    known = shards[0].number if 0 in shards else 1
    if known is None:
        return  # There but unreadable: already a finding.
    used = 1 + max((number for number, shard in shards.items() if shard.has_available), default=0)
    if used > known:
        wanted = f"shards {used} or more, since there was money in shard {used - 1}"
        reading.add(Rule.SHARDS, wanted, known)
    if known > 1:
        check_swept(reading, reading.key.id.rsplit("#", 2)[0], known, hot)
