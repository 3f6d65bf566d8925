"""What must a run have settled, and what did it? (settled)

A run keeps a count of the rows that it matched, and the sums of its file; each payment and refund
keeps the run that settled it; and the entries of a run make available what these had in `pending`.
All were written together and must agree.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ops.verify.family import Family
from ops.verify.findings import Finding, Key, Outcome, Rule, shown
from ops.verify.specification_outside import REJECTED_ROW
from ops.verify.stored import AT_PROCESSOR, StoredItem, stored_entry
from ops.verify.stored_settlements import SETTLEMENTS, run_key, stored_run
from ops.verify.tables import Item

type Sums = dict[str, int]

PENDING = "pending"


def settled_members(family: Family) -> Iterator[tuple[str, StoredItem]]:
    """The payments and refunds of a family that are settled, each with its run, if readable."""
    for one in family.members:
        run_id = one.reading.text("settlement_id")
        if run_id is not None and one.kind in ("payment", "refund"):
            yield run_id, one


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run says that it settled.

    Attributes:
        version: of the run; it stands still while the run settles nothing.
        matched: how many, or None if that cannot be read.
        gross_minor: what they must sum up to per currency, payments less refunds, or None if there
            is more in the file than they: the run is not at its end, or has breaks with amounts.
        fee_minor: what their fees must sum up to per currency, likewise.
    """

    version: int | None
    matched: int | None
    gross_minor: Sums | None
    fee_minor: Sums | None


@dataclass(slots=True)
class Settled:
    """What was counted of the payments and refunds that one run settled.

    Attributes:
        count: how many.
        gross_minor, fee_minor: their sums, by currency.
        share_minor: what they had in `pending`, by ledger.
        booked_minor: what the entries of the run made available, by ledger.
        is_readable, has_shares: whether all of it could be read.
    """

    count: int = 0
    gross_minor: Counter[str] = field(default_factory=Counter)
    fee_minor: Counter[str] = field(default_factory=Counter)
    share_minor: Counter[str] = field(default_factory=Counter)
    booked_minor: Counter[str] = field(default_factory=Counter)
    is_readable: bool = True
    has_shares: bool = True

    def add(self, one: StoredItem, family: Family, entries: Mapping[Key, Item]) -> None:
        """Count one more.

        Args:
            one: a payment or refund that the run settled.
            family: what is stored under its id.
            entries: those that the family lists.
        """
        self.count += 1
        if one.kind == "payment":
            self._add_share(family, entries)
        is_captured_amount = one.reading.text("funding_type") == AT_PROCESSOR
        amount = one.reading.number("captured_minor" if is_captured_amount else "amount_minor")
        currency = one.reading.text("currency")
        fee = one.reading.number("fee_minor") if one.kind == "payment" else 0
        if amount is None or currency is None or fee is None:
            self.is_readable = False  # Reported at the item: a sum without it would repeat that.
            return
        self.gross_minor[currency] += amount if one.kind == "payment" else -amount
        self.fee_minor[currency] += fee

    def _add_share(self, family: Family, entries: Mapping[Key, Item]) -> None:
        """Add what the entries of a payment and of its refunds left in `pending`."""
        for one in family.members:
            if one.kind not in ("payment", "refund"):
                continue
            for key in one.listed or ():
                item = entries.get(key)
                postings = None if item is None else stored_entry(item).postings
                if postings is None:
                    self.has_shares = False  # Reported at the item that lists it.
                    continue
                self.share_minor[key.id] += sum(n for account, n in postings if account == PENDING)
            self.has_shares = self.has_shares and one.listed is not None


def wanted_of(item: Item) -> Wanted:
    """Read what a run says."""
    run = stored_run(item)
    of_matched_rows_only = (
        run.status == "completed"
        and run.breaks_by_kind is not None
        # A rejected row could not be read, and so is in no sum.
        and run.breaks_by_kind.keys() <= {REJECTED_ROW}
    )
    return Wanted(
        version=run.reading.number("version"),
        matched=run.reading.number("matched"),
        gross_minor=run.gross_minor if of_matched_rows_only else None,
        fee_minor=run.fee_minor if of_matched_rows_only else None,
    )


def check_wanted(run_id: str, wanted: Wanted, settled: Settled) -> Outcome:
    """Check that a run settled what it says."""
    outcome = Outcome()
    outcome.count(Rule.SETTLED)
    key = run_key(run_id)
    if wanted.matched is not None and wanted.matched != settled.count:
        expected = f"matched {settled.count}, its number of payments and refunds"
        outcome.findings.append(
            Finding(Rule.SETTLED, SETTLEMENTS, key, expected, str(wanted.matched))
        )
    elif settled.is_readable:
        sums = (
            ("gross_minor", wanted.gross_minor, settled.gross_minor),
            ("fee_minor", wanted.fee_minor, settled.fee_minor),
        )
        for name, said, counted in sums:
            if said is not None and _in_words(said) != _in_words(counted):
                expected = f"{name} {_in_words(counted)}, the sum of what it settled"
                outcome.findings.append(
                    Finding(Rule.SETTLED, SETTLEMENTS, key, expected, _in_words(said))
                )
    if settled.has_shares:
        books = settled.share_minor.keys() | settled.booked_minor.keys()
        for book_id in sorted(books):
            share, booked = settled.share_minor[book_id], settled.booked_minor[book_id]
            if share != booked:
                name = shown(book_id)
                expected = f"entries that make {share} available in {name}, the shares it settled"
                finding = Finding(Rule.SETTLED, SETTLEMENTS, key, expected, str(booked))
                outcome.findings.append(finding)
    return outcome


def _in_words(sums: Sums | Counter[str]) -> str:
    """Sums that are not zero."""
    parts = [f"{shown(currency)} {amount}" for currency, amount in sorted(sums.items()) if amount]
    return ", ".join(parts) or "nothing"
