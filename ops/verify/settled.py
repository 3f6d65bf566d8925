"""What must a run have settled, and what did it? (settled)

A run keeps a count of the rows that it matched, and their sums. Each payment and refund that a row
settled keeps the run; a row that settles none of them left a marker; and what a correction of one
of its breaks settled keeps the run as well. The entries of a run, and of its breaks, make available
what these payments had in `pending`. All were written together and must agree.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ops.verify.book_names import book_of
from ops.verify.family import Family
from ops.verify.findings import Finding, Key, Outcome, Rule, shown
from ops.verify.specification_outside import NATIVE, REJECTED_ROW
from ops.verify.stored import AT_PROCESSOR, StoredItem, stored_entry
from ops.verify.stored_settlements import SETTLEMENTS, run_key, stored_run
from ops.verify.tables import Item

type Sums = dict[str, int]

PENDING: Final = "pending"


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
        matched: how many rows, or None if that cannot be read.
        matched_minor: what these come to per currency, or None if that cannot be read, or if they
            may be of something else than payments and refunds: a processor's own are.
        fee_minor: what the fees of the payments must sum up to per currency, or None if there is
            more in the file than they: the run is not at its end, or has breaks with amounts.
    """

    version: int | None
    matched: int | None
    matched_minor: Sums | None
    fee_minor: Sums | None


@dataclass(slots=True)
class Settled:
    """What was counted of one run.

    Attributes:
        count: payments and refunds that its rows settled.
        markers: rows that left one, since they settle nothing.
        gross_minor, fee_minor: sums of what its rows settled, by currency.
        share_minor: what the payments had in `pending`, by book, those that a correction settled
            among them. It may have been in any shard.
        available_minor: what the entries of the run and of its breaks made available, by book.
        costs_minor: what the entries of the run posted as costs, by currency.
        is_readable, has_shares: whether all of it could be read.
    """

    count: int = 0
    markers: int = 0
    gross_minor: Counter[str] = field(default_factory=Counter)
    fee_minor: Counter[str] = field(default_factory=Counter)
    share_minor: Counter[str] = field(default_factory=Counter)
    available_minor: Counter[str] = field(default_factory=Counter)
    costs_minor: Counter[str] = field(default_factory=Counter)
    is_readable: bool = True
    has_shares: bool = True

    def add(
        self, run_id: str, one: StoredItem, family: Family, entries: Mapping[Key, Item]
    ) -> None:
        """Count one more.

        Args:
            run_id: the run.
            one: a payment or refund that is settled by it.
            family: what is stored under its id.
            entries: those that the family lists.
        """
        if one.kind == "payment":
            self._add_share(family, entries)
        if family.decisions.is_corrected_by(one.key, run_id):
            return  # It is a break that settled it, and no row.
        self.count += 1
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
                share = sum(n for account, n in postings if account == PENDING)
                self.share_minor[book_of(key.id)] += share
            self.has_shares = self.has_shares and one.listed is not None


def wanted_of(item: Item) -> Wanted:
    """Read what a run says."""
    run = stored_run(item)
    is_native = run.reading.text("format") == NATIVE
    of_matched_rows_only = (
        run.status == "completed"
        and run.breaks_by_kind is not None
        # A rejected row could not be read, and so is in no sum.
        and run.breaks_by_kind.keys() <= {REJECTED_ROW}
    )
    return Wanted(
        version=run.reading.number("version"),
        matched=run.reading.number("matched"),
        matched_minor=run.matched_minor if is_native else None,
        fee_minor=run.fee_minor if is_native and of_matched_rows_only else None,
    )


def check_wanted(run_id: str, wanted: Wanted, settled: Settled) -> Outcome:
    """Check that a run settled what it says."""
    outcome = Outcome()
    outcome.count(Rule.SETTLED)
    key = run_key(run_id)
    rows = settled.count + settled.markers
    if wanted.matched is not None and wanted.matched != rows:
        of_markers = " and markers" if settled.markers else ""
        expected = f"matched {rows}, its number of payments and refunds{of_markers}"
        outcome.findings.append(
            Finding(Rule.SETTLED, SETTLEMENTS, key, expected, str(wanted.matched))
        )
    elif settled.is_readable:
        # What a row is off by, within what is tolerated, was posted as a cost.
        gross = Counter(settled.gross_minor)
        gross.update(settled.costs_minor)
        sums = (
            ("matched_minor", wanted.matched_minor, gross),
            ("fee_minor", wanted.fee_minor, settled.fee_minor),
        )
        for name, said, counted in sums:
            if said is not None and in_words(said) != in_words(counted):
                expected = f"{name} {in_words(counted)}, the sum of what it settled"
                outcome.findings.append(
                    Finding(Rule.SETTLED, SETTLEMENTS, key, expected, in_words(said))
                )
    if settled.has_shares:
        books = settled.share_minor.keys() | settled.available_minor.keys()
        for book_id in sorted(books):
            share, booked = settled.share_minor[book_id], settled.available_minor[book_id]
            if share != booked:
                name = shown(book_id)
                expected = f"entries that make {share} available in {name}, the shares it settled"
                finding = Finding(Rule.SETTLED, SETTLEMENTS, key, expected, str(booked))
                outcome.findings.append(finding)
    return outcome


def in_words(sums: Mapping[str, int]) -> str:
    """Sums that are not zero."""
    parts = [f"{shown(currency)} {amount}" for currency, amount in sorted(sums.items()) if amount]
    return ", ".join(parts) or "nothing"
