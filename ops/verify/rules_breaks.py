"""Is every break one row of its run, with what would correct it? (break)

A break says what its row moves, and of most it can be said what would put it right: a correction,
which moves money in one book and settles a payment or refund, or else leaves a marker. What was
decided about it is in rules_decisions.py.
"""

from collections.abc import Mapping
from typing import Final

from ops.verify.book_names import book_name
from ops.verify.fields import Reading
from ops.verify.findings import Key, Outcome, Rule, shown
from ops.verify.rules_decisions import check_decided, in_words, sums
from ops.verify.specification import (
    EXTERNAL,
    PROCESSOR_ACCOUNT,
    SETTLED_ACCOUNTS,
)
from ops.verify.specification_outside import (
    OF_A_PAYMENT,
    REJECTED_ROW,
    UNEXPLAINED,
)
from ops.verify.stored import PAYMENT_PART, REFUND_PREFIX
from ops.verify.stored_settlements import (
    Postings,
    StoredBreak,
    stored_break,
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
    check_decided(found, beside)
    outcome.extend(found.reading.findings)
    return outcome


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
    elif name is not None and name.shard:
        reading.add(Rule.BREAK, "a ledger_id of shard 0", ledger_id)
    elif name is not None and currency is not None and name.currency != currency:
        reading.add(Rule.BREAK, f"a ledger_id in {currency}", ledger_id)


def _check_postings(found: StoredBreak, correction: Postings) -> None:
    """Money is moved, none is made; and only a payment has a share of `pending`."""
    reading, kind = found.reading, found.reading.text("kind")
    unknown = sorted({name for name, _ in correction if _name_of(name) not in SETTLED_ACCOUNTS})
    if unknown:
        wanted = "a correction of accounts that files tell of"
        reading.add(Rule.BREAK, wanted, ", ".join(map(shown, unknown)))
    moved = sums(correction)
    if sum(moved.values()) != 0:
        reading.add(Rule.BREAK, "a correction that sums to 0", sum(moved.values()))
    settled = found.settled_key
    if any(moved[account] for account in SHARE) and (
        settled is None or settled.part != PAYMENT_PART or moved["pending"] != -moved["available"]
    ):
        wanted = "a share to go from pending to available, of a payment that is settled"
        reading.add(Rule.BREAK, wanted, in_words(moved))
    gross, cost = reading.number("gross_minor"), reading.number("cost_minor")
    if kind in UNEXPLAINED and gross is not None and cost is not None:
        wanted_minor = {"suspense": gross, "costs": -cost}
        if any(moved[account] != amount for account, amount in wanted_minor.items()):
            wanted = f"a correction with {in_words(wanted_minor)}"
            reading.add(Rule.BREAK, wanted, in_words(moved))


def _name_of(account: str) -> str:
    is_bank = account == "external:bank"
    return EXTERNAL if PROCESSOR_ACCOUNT.fullmatch(account) and not is_bank else account
