"""Is every entry that a settlement file caused what its run or its break says? (entry-item, book)

What the rows of a run move is one entry for each book and chunk of rows; what a correction moves is
one entry of its break, and one more if it is taken back.
"""

from collections import Counter
from typing import Final

from ops.verify.findings import Rule, shown
from ops.verify.specification import (
    CORRECTION,
    CORRECTION_REVERSED,
    EXTERNAL,
    OF_SETTLEMENTS,
    OPERATOR,
    OWN_ACCOUNTS,
    PROCESSOR_ACCOUNT,
    SETTLED_ACCOUNTS,
    SETTLEMENT_ENTRY,
)
from ops.verify.stored import StoredEntry
from ops.verify.stored_settlements import RUN_PART, is_break, stored_break, stored_run
from ops.verify.tables import Item

DECIDED: Final = {CORRECTION: "correct", CORRECTION_REVERSED: "reopen"}
"""By which decision about a break an entry is posted."""


def check_file_entry(entry: StoredEntry, caused_by: Item | None) -> None:
    """Check an entry that names an item of Settlements.

    Args:
        entry: as read.
        caused_by: the run or break that it names, if that exists.
    """
    _check_accounts(entry)
    if entry.reading.text("kind") == SETTLEMENT_ENTRY:
        _check_run(entry, caused_by)
    else:
        _check_correction(entry, caused_by)


def check_operators(entry: StoredEntry, owner_id: str) -> None:
    """Check an entry of somebody's books: the operator is no merchant, it has costs, and what
    processors owe, and no balance.
    """
    reading, kind = entry.reading, entry.reading.text("kind")
    if owner_id != OPERATOR:
        return
    if kind is not None and kind not in OF_SETTLEMENTS:
        reading.add(Rule.BOOK, "what files tell of, in the operator's books", kind)
    own = sorted({account for account, _ in entry.postings or () if account in OWN_ACCOUNTS})
    if own:
        reading.add(Rule.BOOK, "no merchant's accounts in the operator's books", ", ".join(own))


def _check_accounts(entry: StoredEntry) -> None:
    """Check where an entry of a run or break moves money: a share goes nowhere else."""
    reading, moved = entry.reading, Counter[str]()
    for account, amount in entry.postings or ():
        moved[account] += amount
    other = sorted({account for account in moved if _general(account) not in SETTLED_ACCOUNTS})
    if other:
        wanted = f"postings to {', '.join(SETTLED_ACCOUNTS)} only"
        reading.add(Rule.ENTRY_ITEM, wanted, ", ".join(map(shown, other)))
    elif moved["pending"] != -moved["available"]:
        wanted = "what leaves pending to be available, and nothing else"
        found = f"pending {moved['pending']:+}, available {moved['available']:+}"
        reading.add(Rule.ENTRY_ITEM, wanted, found)


def _general(account: str) -> str:
    if account in SETTLED_ACCOUNTS or not PROCESSOR_ACCOUNT.fullmatch(account):
        return account
    return EXTERNAL


def _check_run(entry: StoredEntry, run: Item | None) -> None:
    """Check an entry of what the rows of a run moved."""
    reading, key = entry.reading, entry.item_key
    if reading.has("payment_id"):
        wanted = "no payment_id: it is of many payments"
        reading.add(Rule.ENTRY_ITEM, wanted, reading.text("payment_id"))
    if key is not None and (run is None or key.part != RUN_PART):
        reading.add(Rule.ENTRY_ITEM, f"the run it names, {key}", "none")
    elif run is not None and stored_run(run).status == "quarantined":
        reading.add(Rule.ENTRY_ITEM, f"{key} to settle nothing", "quarantined")


def _check_correction(entry: StoredEntry, item: Item | None) -> None:
    """Check an entry by which a break was corrected, or that was taken back."""
    reading, key = entry.reading, entry.item_key
    if key is None:
        return
    if item is None or not is_break(key):
        reading.add(Rule.ENTRY_ITEM, f"the break it names, {key}", "none")
        return
    found = stored_break(item)
    if found.entries is not None and reading.key not in found.entries:
        reading.add(Rule.ENTRY_ITEM, f"{key} to list this entry", "it does not")
    for name in ("payment_id", "currency"):
        wanted, there = found.reading.text(name), reading.text(name)
        if wanted != there and found.reading.has(name) is (wanted is not None):
            said = f"the {name} of {key}, {shown(wanted or 'none')}"
            reading.add(Rule.ENTRY_ITEM, said, there or "none")
    book = found.reading.text("ledger_id")
    if book is not None and book != reading.key.id:
        reading.add(Rule.BOOK, f"the book of {key}, {shown(book)}", reading.key.id)
    action, posted_at = DECIDED[reading.text("kind") or CORRECTION], reading.text("created_at")
    times = {one.at for one in found.decisions or () if one.action == action}
    if found.decisions is not None and posted_at is not None and posted_at not in times:
        wanted = f"the created_at of a decision {action} of {key}"
        reading.add(Rule.ENTRY_ITEM, wanted, posted_at)
