"""Is every break one row of its run, with what would correct it and what people decided? (break)

A break says what its row moves, and of most it can be said what would put it right: a correction,
which moves money in one book and settles a payment or refund, or else leaves a marker. What was
decided about it, in order, makes its status; a correction is posted, and taken back if the break is
opened again.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from ops.verify.fields import Reading
from ops.verify.findings import Key, Outcome, Rule, shown
from ops.verify.rules_ledger import book_name
from ops.verify.specification import (
    CORRECTION,
    CORRECTION_REVERSED,
    EXTERNAL,
    PROCESSOR_ACCOUNT,
    SETTLED_ACCOUNTS,
)
from ops.verify.specification_outside import (
    AFTER,
    OF_A_PAYMENT,
    OPEN_BUCKETS,
    REJECTED_ROW,
    UNEXPLAINED,
)
from ops.verify.stored import PAYMENT_PART, REFUND_PREFIX, is_entry, stored_entry, stored_item
from ops.verify.stored_settlements import (
    Postings,
    StoredBreak,
    is_free,
    stored_break,
    stored_marker,
)
from ops.verify.tables import Item

SHARE: Final = ("pending", "available")
NOT_OF_A_REJECTED_ROW: Final = (
    "payment_id",
    "currency",
    "correction",
    "ledger_id",
    "settles",
    "marker",
)


def check_break(item: Item, beside: Mapping[Key, Item]) -> Outcome:
    """Check a break by itself, and against what decisions about it changed.

    Args:
        item: the break.
        beside: what exists of `counterparts_of_break`.
    """
    outcome = Outcome()
    outcome.count(Rule.BREAK, Rule.SHAPE, Rule.I4)
    found = stored_break(item)
    _check_row(found.reading)
    _check_what_it_says(found.reading)
    _check_correction(found)
    _check_decisions(found)
    _check_posted(found)
    _check_entries(found, beside)
    if found.status == "corrected":
        _check_corrected(found, beside)
    outcome.extend(found.reading.findings)
    return outcome


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


def _check_row(found: Reading) -> None:
    row, line = found.number("row"), found.number("line")
    if row is None:
        return
    if found.key.part != f"break#{row:010d}":
        found.add(Rule.BREAK, f"the part break#{row:010d} of row {row}", found.key.part)
    if line is not None and line <= row:
        found.add(Rule.BREAK, f"row {row} below the header and the rows before it", f"line {line}")


def _check_what_it_says(found: Reading) -> None:
    """What could not be read says nothing; whatever could be says in what it moves how much."""
    kind = found.text("kind")
    if kind is None:
        return
    if kind == REJECTED_ROW:
        for name in NOT_OF_A_REJECTED_ROW:
            if found.has(name):
                found.add(Rule.BREAK, f"no {name} of a row that could not be read", "one")
        for name in ("gross_minor", "cost_minor"):
            if found.number(name):
                found.add(Rule.BREAK, f"{name} 0 of a row not read", found.number(name))
        return
    if not found.has("currency"):
        found.add(Rule.BREAK, f"the currency of a break {kind}", "none")
    if kind in OF_A_PAYMENT and not found.has("payment_id"):
        found.add(Rule.BREAK, f"a payment_id of a break {kind}", "none")


def _check_correction(found: StoredBreak) -> None:
    reading, kind = found.reading, found.reading.text("kind")
    has = {name: reading.has(name) for name in ("correction", "ledger_id", "settles", "marker")}
    if kind == REJECTED_ROW:
        return
    if kind == "currency_mismatch" and has["correction"]:
        reading.add(Rule.BREAK, "no correction of another currency", "one")
    if has["correction"] is not has["ledger_id"]:
        there, missing = sorted(("correction", "ledger_id"), key=lambda name: not has[name])
        reading.add(Rule.BREAK, f"a {missing} beside the {there}", "none")
    if has["settles"] + has["marker"] != has["correction"]:
        wanted = "either settles or a marker, with a correction alone"
        those = [name for name in ("correction", "settles", "marker") if has[name]]
        reading.add(Rule.BREAK, wanted, " and ".join(those))
    _check_settles(found)
    _check_book(reading)
    if found.correction is not None and has["correction"]:
        _check_postings(found, found.correction)


def _check_settles(found: StoredBreak) -> None:
    reading = found.reading
    if not reading.has("settles") or found.settles is None:
        return
    parts = [key.part for key in found.settles]
    if len(parts) != 1 or not (parts[0] == PAYMENT_PART or parts[0].startswith(REFUND_PREFIX)):
        wanted = "settles to name one payment or refund"
        reading.add(Rule.BREAK, wanted, ", ".join(map(str, found.settles)) or "none")
    elif not reading.has("payment_id"):
        reading.add(Rule.BREAK, "the payment_id of what it settles", "none")


def _check_book(reading: Reading) -> None:
    ledger_id, currency = reading.text("ledger_id"), reading.text("currency")
    name = None if ledger_id is None else book_name(ledger_id)
    if ledger_id is not None and name is None:
        reading.add(Rule.BREAK, "a ledger_id <merchant id>#<currency>#<shard>", ledger_id)
    elif name is not None and currency is not None and name.currency != currency:
        reading.add(Rule.BREAK, f"a ledger_id in {currency}", ledger_id)


def _check_postings(found: StoredBreak, correction: Postings) -> None:
    """Money is moved, none is made; and only a payment has a share of `pending`."""
    reading, kind = found.reading, found.reading.text("kind")
    unknown = sorted({name for name, _ in correction if _name_of(name) not in SETTLED_ACCOUNTS})
    if unknown:
        wanted = "a correction of accounts that files tell of"
        reading.add(Rule.BREAK, wanted, ", ".join(map(shown, unknown)))
    moved = _sums(correction)
    if sum(moved.values()) != 0:
        reading.add(Rule.BREAK, "a correction that sums to 0", sum(moved.values()))
    settled = found.settled_key
    if any(moved[account] for account in SHARE) and (
        settled is None or settled.part != PAYMENT_PART or moved["pending"] != -moved["available"]
    ):
        wanted = "a share to go from pending to available, of a payment that is settled"
        reading.add(Rule.BREAK, wanted, _in_words(moved))
    gross, cost = reading.number("gross_minor"), reading.number("cost_minor")
    if kind in UNEXPLAINED and gross is not None and cost is not None:
        wanted_minor = {"suspense": gross, "costs": -cost}
        if any(moved[account] != amount for account, amount in wanted_minor.items()):
            wanted = f"a correction with {_in_words(wanted_minor)}"
            reading.add(Rule.BREAK, wanted, _in_words(moved))


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
            reading.add(Rule.BREAK, f"nothing posted as {found.status}", _in_words(_sums(posted)))
        return
    # The share is that of the moment: refunds may have taken of it since the row was read.
    wanted, moved = _sums(found.correction), _sums(posted)
    for account in SHARE if found.settles else ():
        wanted.pop(account, None)
        moved.pop(account, None)
    if _not_zero(wanted) != _not_zero(moved):
        words = f"its correction posted, {_in_words(wanted)}, whatever the share"
        reading.add(Rule.BREAK, words, _in_words(moved))


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
    elif _not_zero(net) != _not_zero(_sums(found.posted)):
        wanted = f"entries that come to what it posted, {_in_words(_sums(found.posted))}"
        reading.add(Rule.BREAK, wanted, _in_words(net))


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
    if marker_key is not None:
        item = beside.get(marker_key)
        if item is None:
            reading.add(Rule.BREAK, f"its marker, {marker_key}", "none")
        elif is_free(item) or stored_marker(item).text("break_id") not in (found.id, None):
            holder = "free" if is_free(item) else stored_marker(item).text("break_id")
            reading.add(Rule.BREAK, f"its marker {marker_key} to name it", holder)
        elif not stored_marker(item).has("break_id"):
            reading.add(Rule.BREAK, f"its marker {marker_key} to name it", "it names no break")


def _name_of(account: str) -> str:
    is_bank = account == "external:bank"
    return EXTERNAL if PROCESSOR_ACCOUNT.fullmatch(account) and not is_bank else account


def _sums(postings: Postings) -> Counter[str]:
    moved: Counter[str] = Counter()
    for account, amount in postings:
        moved[account] += amount
    return moved


def _not_zero(moved: Mapping[str, int]) -> dict[str, int]:
    return {account: amount for account, amount in moved.items() if amount}


def _in_words(moved: Mapping[str, int]) -> str:
    parts = sorted(_not_zero(moved).items())
    return ", ".join(f"{shown(account)} {amount:+}" for account, amount in parts) or "nothing"
