"""Did every item move exactly its own money? (item-entries)

Of a deposit, a payment from the balance and a refund of one, all entries (one for each shard that
they touch) come together to what they are. What is done through a processor posts one entry a step,
each of a kind of its own; or one for each shard that the step touches, which together are what one
would be.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from ops.verify.book_names import book_name, shard_number, steps_of
from ops.verify.family import Family
from ops.verify.findings import Key, Outcome, Rule, shown
from ops.verify.specification import ENTRY_KINDS, EXTERNAL
from ops.verify.stored import StoredEntry, StoredItem, is_entry, stored_entry
from ops.verify.tables import Item

type Movement = dict[str, int]

RESERVED, SUCCEEDED, FAILED = "refund_reserved", "refund_succeeded", "refund_failed"
AT_PROCESSOR: Final = "processor_refund"
ORPHAN, RETURNED = "orphan_charge", "orphan_returned"
NONE: Final[tuple[str, ...]] = ()

REFUND_ENTRIES: Final = {
    "pending": ((RESERVED,),),
    "succeeded": ((RESERVED, SUCCEEDED), (AT_PROCESSOR,), (RESERVED, FAILED, AT_PROCESSOR)),
    "failed": (
        (RESERVED, FAILED),
        NONE,
        (RESERVED, SUCCEEDED, FAILED),
        (AT_PROCESSOR, FAILED),
        (RESERVED, FAILED, AT_PROCESSOR, FAILED),
    ),
}
"""What a refund of a payment through a processor may list, by its status."""

OPENED, WON, LOST = "dispute_opened", "dispute_won", "dispute_lost"

DISPUTE_ENTRIES: Final = {
    "open": ((OPENED,),),
    # One that was heard of only when it was over had taken nothing, or took it at once.
    "won": ((OPENED, WON), NONE),
    "lost": ((OPENED, LOST), (LOST,)),
}
"""What a dispute may list, by its status."""

SOURCES: Final = ("pending", "available")


def check_entries(
    one: StoredItem, family: Family, entries: Mapping[Key, Item], outcome: Outcome
) -> None:
    """Check that the entries an item lists are those that moved its money.

    Args:
        one: a member of the family.
        family: what is stored under its id.
        entries: those of the listed entries that exist.
        outcome: counts what was checked.
    """
    if one.kind == "payment" and family.funding is None:
        return  # Nobody can say what it should have posted; that is reported.
    if one.kind == "deposit" or (one.kind in ("payment", "refund") and not family.is_at_processor):
        if one.status in (None, "succeeded"):
            outcome.count(Rule.ITEM_ENTRIES)
            _check_together(one, entries)
        return
    if one.kind == "operation" and one.operation_kind is None:
        return
    if one.kind == "dispute" and not family.is_at_processor:
        return  # It should not be there at all: that is reported.
    outcome.count(Rule.ITEM_ENTRIES)
    _check_steps(one, family, entries)


def _check_together(one: StoredItem, entries: Mapping[Key, Item]) -> None:
    """Check that the entries it lists amount, together, to exactly this item."""
    if one.listed is None:
        return
    if not one.listed:
        _add(one, "the entries that moved its money", "none")
        return
    wanted = _expected_together(one)
    moved: Counter[str] | None = Counter()
    keys = _listed_once(one)
    shards = {key.id for key in keys}
    if len(shards) != len(keys):
        _add(one, "one entry in each shard that it touches", f"{len(keys)} in {len(shards)}")
        return
    for key in keys:
        entry = _listed_entry(one, key, entries.get(key), [str(one.kind)])
        if entry is None or entry.postings is None:
            moved = None
        elif moved is not None:
            for account, amount in entry.postings:
                moved[account] += amount
    if moved is None or wanted is None:
        return
    if _without_zero(moved) != wanted:
        _add(one, f"entries that together post {_in_words(wanted)}", _in_words(moved))


def _check_steps(one: StoredItem, family: Family, entries: Mapping[Key, Item]) -> None:
    """Check that it lists the entries of each step that it went through, in their order."""
    allowed = _allowed_steps(one, family)
    if one.listed is None or allowed is None:
        return
    possible = sorted({kind for steps in allowed for kind in steps})
    found: list[StoredEntry] = []
    is_whole = True
    for key in _listed_once(one):
        entry = _listed_entry(one, key, entries.get(key), possible)
        if entry is None:
            is_whole = False
        else:
            found.append(entry)
    all_kinds = [entry.reading.text("kind") for entry in found]
    if not is_whole or None in all_kinds:
        return
    by_key = {entry.reading.key: entry for entry in found}
    steps = [[by_key[key] for key in step] for step in steps_of(list(by_key), all_kinds)]
    kinds = tuple(step[0].reading.text("kind") for step in steps)
    if kinds not in allowed:
        wanted = " or ".join(", ".join(steps) or "none" for steps in allowed)
        _add(one, f"the entries {wanted}, as {one.status}", ", ".join(map(str, kinds)) or "none")
        return
    for before, step, kind in zip((None, *kinds), steps, kinds, strict=False):
        _check_moment(one, step)
        if kind == "capture":
            _check_shards(one, step)
        options = _expected_step(one, family, str(kind), before)
        postings = [entry.postings for entry in step]
        if None in postings or options is None:
            continue
        moved = _sums([posting for one_entry in postings for posting in one_entry or ()])
        if moved not in options:
            ways = " or ".join(_in_words(way) for way in options)
            names = " and ".join(str(entry.reading.key) for entry in step)
            noun = "entry" if len(step) == 1 else "entries"
            _add(one, f"{noun} {names} to post {ways}", _in_words(moved))


def _check_moment(one: StoredItem, step: Sequence[StoredEntry]) -> None:
    """The entries of one step were written together."""
    times = {entry.reading.text("created_at") for entry in step} - {None}
    if len(times) > 1:
        names = " and ".join(str(entry.reading.key) for entry in step)
        _add(one, f"entries {names} of one time", ", ".join(sorted(map(str, times))))


def _check_shards(payment: StoredItem, step: Sequence[StoredEntry]) -> None:
    """What was captured is posted in the shard of the payment, which is also that of its list."""
    bucket = payment.reading.text("list_bucket")
    shard = None if bucket is None else shard_number(bucket.rpartition("#")[2])
    for entry in step:
        key = entry.reading.key
        name = book_name(key.id)
        if shard is not None and name is not None and shard != name.shard:
            _add(payment, f"entry {key} in its shard, {shard}", f"it is in {name.shard}")


def _allowed_steps(one: StoredItem, family: Family) -> Sequence[tuple[str, ...]] | None:
    """The kinds of entries that it may have; None if that cannot be said."""
    if one.status is None:
        return None
    if one.kind == "payment":
        return [("capture",) if one.status == "succeeded" else NONE]
    if one.kind == "refund":
        return REFUND_ENTRIES[one.status]
    if one.kind == "dispute":
        return DISPUTE_ENTRIES[one.status]
    if one.operation_kind != "return_orphan":
        return [NONE]
    return [(ORPHAN,) if one.status == "open" else (ORPHAN, RETURNED), NONE]


def _expected_step(
    one: StoredItem, family: Family, kind: str, before: str | None
) -> list[Movement] | None:
    """What an entry of that kind, after that other one, may post; None if that cannot be said."""
    processor = one.reading.text("processor") if one.kind == "operation" else family.processor
    amount = one.reading.number("amount_minor")
    if processor is None or amount is None:
        return None
    external = f"external:{processor}"
    if kind == "capture":
        captured, fee = one.reading.number("captured_minor"), one.reading.number("fee_minor")
        if captured is None or fee is None:
            return None
        return [_without_zero({external: -captured, "pending": captured - fee, "fees": fee})]
    if kind in (ORPHAN, RETURNED):
        sign = 1 if kind == ORPHAN else -1
        return [{external: -sign * amount, "suspense": sign * amount}]
    if kind in (OPENED, WON):
        sign = 1 if kind == OPENED else -1
        return [{"available": -sign * amount, "disputed": sign * amount}]
    if kind == LOST:
        return [{"disputed" if before == OPENED else "available": -amount, external: amount}]
    if kind == SUCCEEDED:
        return [{"refunding": -amount, external: amount}]
    # Until it is settled, what a payment's refunds take or give back is in `pending`.
    sources = SOURCES if family.is_settled or family.was_settled else SOURCES[:1]
    if kind == RESERVED:
        return [{source: -amount, "refunding": amount} for source in sources]
    if kind == FAILED:
        # What had left comes back from the processor.
        left = "refunding" if before == RESERVED else external
        return [{left: -amount, source: amount} for source in sources]
    return [{source: -amount, external: amount} for source in sources]


def _listed_once(one: StoredItem) -> list[Key]:
    listed = one.listed or []
    if len(set(listed)) != len(listed):
        _add(one, "every entry listed once", "the same entry twice")
    return list(dict.fromkeys(listed))


def _listed_entry(
    one: StoredItem, key: Key, item: Item | None, kinds: Sequence[str]
) -> StoredEntry | None:
    """Check one entry from its item's side.

    Returns: the entry, or None if it says nothing about the item's money.
    """
    if not is_entry(key) or item is None:
        _add(one, "an existing entry" if is_entry(key) else "the key of an entry", f"listed {key}")
        return None
    entry = stored_entry(item)
    named = entry.item_key
    if named is not None and named != one.key:
        _add(one, f"entry {key} to be its own", f"it is of {named}")
        return None
    kind, currency = entry.reading.text("kind"), one.reading.text("currency")
    if kind is not None and kind not in kinds:
        _add(one, f"entry {key} of kind {' or '.join(kinds) or 'none'}", kind)
        return None
    found = entry.reading.text("currency")
    if None not in (currency, found) and found != currency:
        _add(one, f"entry {key} in {currency}", found)
        return None
    # Of an unknown kind nobody can say what it posts: that is reported at the entry.
    signs = ENTRY_KINDS.get(kind or "", {})
    for account, amount in (entry.postings or ()) if signs else ():
        name = EXTERNAL if account.startswith("external:") and EXTERNAL in signs else account
        if amount * signs.get(name, 0) <= 0:
            ways = ", ".join(f"{name} {'+' if sign > 0 else '-'}" for name, sign in signs.items())
            wanted = f"entry {key} of kind {kind} to post {ways}"
            _add(one, wanted, f"{shown(account)} {amount:+}")
            return None
    return entry


def _expected_together(one: StoredItem) -> Movement | None:
    amount = one.reading.number("amount_minor")
    fee = one.reading.number("fee_minor") if one.kind == "payment" else 0
    if amount is None or fee is None:
        return None
    if one.kind == "payment":
        moved = {"available": -(amount + fee), "external:bank": amount, "fees": fee}
    else:
        moved = {"external:bank": -amount, "available": amount}
    return _without_zero(moved)


def _sums(postings: Sequence[tuple[str, int]]) -> Movement:
    moved: Counter[str] = Counter()
    for account, amount in postings:
        moved[account] += amount
    return _without_zero(moved)


def _without_zero(moved: Mapping[str, int]) -> Movement:
    return {account: amount for account, amount in moved.items() if amount}


def _in_words(moved: Mapping[str, int]) -> str:
    return ", ".join(f"{shown(account)} {amount:+}" for account, amount in sorted(moved.items()))


def _add(one: StoredItem, expected: str, found: object) -> None:
    one.reading.add(Rule.ITEM_ENTRIES, expected, found)
