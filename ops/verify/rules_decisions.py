"""Is every break as people decided, and did that change what it should? (break)

What was decided about a break, in order, makes its status. A correction is posted, and settles a
payment or refund, or else puts a marker; and all that is taken back if the break is opened again.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from ops.verify.book_names import book_name
from ops.verify.fields import Reading
from ops.verify.findings import Key, Rule, shown
from ops.verify.specification import CORRECTION, CORRECTION_REVERSED
from ops.verify.specification_outside import AFTER, OPEN_BUCKETS
from ops.verify.stored import is_entry, stored_entry, stored_item
from ops.verify.stored_settlements import (
    Postings,
    StoredBreak,
    is_free,
    stored_break,
    stored_marker,
)
from ops.verify.tables import Item

SHARE: Final = ("pending", "available")


def counterparts_of_break(item: Item) -> tuple[set[Key], set[Key], set[Key]]:
    """The keys of what a break names, in Ledger, in Payments and in Settlements: nothing, unless it
    was corrected.
    """
    if "entries" not in item and item.get("status", {}).get("S") != "corrected":
        return set(), set(), set()
    found = stored_break(item)
    settled, marker = found.settled_key, found.marker_key
    return (
        set(found.entries or ()),
        set() if settled is None else {settled},
        set() if marker is None else {marker},
    )


def check_decided(found: StoredBreak, beside: Mapping[Key, Item]) -> None:
    """Check what was decided about a break.

    Args:
        found: the break.
        beside: what exists of `counterparts_of_break`.
    """
    _check_decisions(found)
    _check_posted(found)
    _check_entries(found, beside)
    if found.status == "corrected":
        _check_corrected(found, beside)


def sums(postings: Postings) -> Counter[str]:
    """What postings come to, by account."""
    moved: Counter[str] = Counter()
    for account, amount in postings:
        moved[account] += amount
    return moved


def not_zero(moved: Mapping[str, int]) -> dict[str, int]:
    """The same without the accounts that do not change."""
    return {account: amount for account, amount in moved.items() if amount}


def in_words(moved: Mapping[str, int]) -> str:
    """The same for people."""
    parts = sorted(not_zero(moved).items())
    return ", ".join(f"{shown(account)} {amount:+}" for account, amount in parts) or "nothing"


def _check_decisions(found: StoredBreak) -> None:
    """What was decided, one after the other, makes all that changes of a break."""
    reading, decisions = found.reading, found.decisions
    if decisions is None:
        return
    status = "open"
    for decision in decisions:
        if (decision.action == "reopen") is (status == "open"):
            reading.add(Rule.BREAK, "what is open to be decided, or else reopened", decision.action)
        status = AFTER[decision.action]
    if found.status is not None and found.status != status:
        reading.add(Rule.BREAK, f"status {status}, by what was decided last", found.status)
    corrects = any(decision.action == "correct" for decision in decisions)
    if corrects and not reading.has("correction"):
        reading.add(Rule.BREAK, "a correction of what was corrected", "none")
    version, wanted = reading.number("version"), 1 + len(decisions)
    if version is not None and version != wanted:
        reading.add(Rule.BREAK, f"version {wanted}, by its decisions", version)
    reopened = [decision.at for decision in decisions if decision.action == "reopen"]
    opened = reading.text("opened_at")
    if reopened and opened is not None and opened != reopened[-1]:
        reading.add(Rule.BREAK, f"opened_at {reopened[-1]}, when it was reopened", opened)
    _check_open_bucket(found, status)


def _check_open_bucket(found: StoredBreak, status: str) -> None:
    """An open break that is in no bucket is missing from every summary."""
    reading, row = found.reading, found.reading.number("row")
    if found.status != status or row is None:
        return
    wanted = f"open#{row % OPEN_BUCKETS}" if status == "open" else "none"
    there = reading.text("open_bucket") if reading.has("open_bucket") else "none"
    if there is not None and there != wanted:
        reading.add(Rule.BREAK, f"open_bucket {wanted} as {status}", there)


def _check_posted(found: StoredBreak) -> None:
    reading, posted = found.reading, found.posted
    if posted is None or found.correction is None or found.status is None:
        return
    if found.status != "corrected":
        if reading.has("posted"):
            reading.add(Rule.BREAK, f"nothing posted as {found.status}", in_words(sums(posted)))
        return
    # The share is that of the moment: refunds may have taken of it since the row was read.
    wanted, moved = sums(found.correction), sums(posted)
    for account in SHARE if found.settles else ():
        wanted.pop(account, None)
        moved.pop(account, None)
    if not_zero(wanted) != not_zero(moved):
        words = f"its correction posted, {in_words(wanted)}, whatever the share"
        reading.add(Rule.BREAK, words, in_words(moved))


def _check_entries(found: StoredBreak, beside: Mapping[Key, Item]) -> None:
    """The entries that it lists come to what it posted."""
    reading, keys = found.reading, found.entries
    if keys is None or found.posted is None:
        return
    net: Counter[str] = Counter()
    for number, key in enumerate(keys):
        item = beside.get(key) if is_entry(key) else None
        if item is None:
            reading.add(Rule.BREAK, "entries that exist", f"listed {key}")
            return
        entry = stored_entry(item)
        if entry.item_key not in (found.key, None):
            reading.add(Rule.BREAK, f"entry {key} to be its own", f"it is of {entry.item_key}")
            return
        kind = entry.reading.text("kind")
        wanted_kind = CORRECTION_REVERSED if number % 2 else CORRECTION
        if kind is not None and kind != wanted_kind:
            reading.add(Rule.BREAK, f"entry {key} of kind {wanted_kind}", kind)
            return
        if entry.postings is None:
            return  # Reported at the entry.
        for account, amount in entry.postings:
            net[account] += amount
    if len(set(keys)) != len(keys):
        reading.add(Rule.BREAK, "every entry listed once", "the same entry twice")
    elif not_zero(net) != not_zero(sums(found.posted)):
        wanted = f"entries that come to what it posted, {in_words(sums(found.posted))}"
        reading.add(Rule.BREAK, wanted, in_words(net))


def _check_corrected(found: StoredBreak, beside: Mapping[Key, Item]) -> None:
    """What a correction settles is marked by its run; of what settles nothing there is a marker."""
    reading, settled, marker_key = found.reading, found.settled_key, found.marker_key
    if settled is not None:
        item = beside.get(settled)
        if item is None:
            reading.add(Rule.BREAK, f"what it settles, {settled}", "none")
        else:
            one = stored_item(item).reading
            said = one.text("settlement_id") if one.has("settlement_id") else "nobody"
            if said is not None and said != found.key.id:
                reading.add(Rule.BREAK, f"{settled} to be settled by its run", f"it is by {said}")
            _check_owner(found, one)
    if marker_key is not None:
        item = beside.get(marker_key)
        if item is None:
            reading.add(Rule.BREAK, f"its marker, {marker_key}", "none")
        elif is_free(item) or stored_marker(item).text("break_id") not in (found.id, None):
            holder = "free" if is_free(item) else stored_marker(item).text("break_id")
            reading.add(Rule.BREAK, f"its marker {marker_key} to name it", holder)
        elif not stored_marker(item).has("break_id"):
            reading.add(Rule.BREAK, f"its marker {marker_key} to name it", "it names no break")


def _check_owner(found: StoredBreak, settled: Reading) -> None:
    """A correction is posted to the books of whose payment it settles."""
    book = found.reading.text("ledger_id")
    name = None if book is None else book_name(book)
    for attribute in ("merchant_id", "currency") if name is not None else ():
        wanted, its = getattr(name, attribute), settled.text(attribute)
        if its is not None and its != wanted:
            words = f"what it settles to have the {attribute} of its book, {shown(wanted)}"
            found.reading.add(Rule.BREAK, words, its)
