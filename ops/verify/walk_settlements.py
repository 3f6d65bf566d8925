"""Do the settlement runs agree with each other, with their breaks, and with what they settled?

The runs are read before Payments and Ledger, and once more after: a run whose version stood still
all that time settled nothing meanwhile, since each of its transactions raises it, and so what was
counted must be exactly what it says. Where it is not, or where the run moved, it is counted again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import batched, groupby
from typing import Final

from ops.verify.family import Family, family_of, listed_entries
from ops.verify.findings import Finding, Key, Outcome, Rule
from ops.verify.proof import BATCH_ITEMS, Proof
from ops.verify.report import Read
from ops.verify.rules_ledger import BookFold
from ops.verify.rules_pointers import check_claim, check_source, check_unknown_settlement
from ops.verify.rules_runs import RunFold, check_break, check_run
from ops.verify.settled import Settled, Wanted, check_wanted, settled_members, wanted_of
from ops.verify.stored import LEDGER, PAYMENTS
from ops.verify.stored_settlements import (
    CONTENT_PREFIX,
    RUN_PART,
    SETTLEMENTS,
    SOURCE_PREFIX,
    is_break,
    named_run,
    run_key,
)
from ops.verify.tables import Item, id_of, key_of, read_standing_still

RECOUNTS: Final = 2
"""How often both are read again for runs that moved while they were read, or seem to be wrong."""


@dataclass(slots=True)
class _Waiting:
    """Items that wait until enough of them name something."""

    folds: list[RunFold] = field(default_factory=list)
    sources: list[Item] = field(default_factory=list)
    claims: list[Item] = field(default_factory=list)


class SettlementsWalk:
    """Proves the table Settlements, and Payments against it.

    Attributes:
        read: how much of both was there.
    """

    def __init__(self, proof: Proof) -> None:
        self._proof = proof
        self._tables = proof.tables
        self._waiting = _Waiting()
        self._wanted: dict[str, Wanted | None] = {}
        self._settled: dict[str, Settled] = {}
        self._booked: dict[str, Mapping[str, int]] = {}
        self.read = Read()

    def prove_runs(self) -> None:
        """Read the whole table; to be done before Payments and Ledger are read."""
        runs = breaks = 0
        for id_, items in groupby(self._tables.scan(SETTLEMENTS), id_of):
            if id_.startswith("set_"):
                fold = self._fold(id_, items)
                runs += fold.run is not None
                breaks += fold.breaks
                self._waiting.folds.append(fold)
            else:
                self._sort_pointers(id_, items)
            self._prove_waiting(BATCH_ITEMS)
        self._prove_waiting(1)
        self.read = replace(self.read, runs=runs, breaks=breaks)

    def count_settled(self, family: Family, entries: Mapping[Key, Item]) -> None:
        """Count what a family of Payments says it was settled by.

        Args:
            family: all of it.
            entries: those that it lists.
        """
        payments, refunds = self.read.settled_payments, self.read.settled_refunds
        for run_id, one in settled_members(family):
            self._settled.setdefault(run_id, Settled()).add(one, family, entries)
            is_payment = one.kind == "payment"
            payments, refunds = payments + is_payment, refunds + (not is_payment)
        self.read = replace(self.read, settled_payments=payments, settled_refunds=refunds)

    def count_booked(self, fold: BookFold) -> None:
        """Count what the entries of a book say that runs made available."""
        if fold.settled:
            self._booked[fold.id] = fold.settled

    def prove_settled(self) -> None:
        """Check what was counted; to be done when all of Payments and Ledger was."""
        for book_id, booked in self._booked.items():
            _add_booked(self._settled, book_id, booked)
        suspected = self._suspect()
        for _ in range(RECOUNTS):
            if not suspected:
                return
            settled = self._count_again(suspected)
            moved: dict[str, Wanted | None] = {}
            for run_id, now in self._runs_now(suspected):
                if now != suspected[run_id]:
                    moved[run_id] = now
                else:
                    findings = self._compare(run_id, now, settled[run_id]).findings
                    self._proof.findings.extend(findings)
            suspected = moved
        for run_id in suspected:
            self._proof.note_moved(f"{SETTLEMENTS} {run_key(run_id)}")

    def _count_again(self, run_ids: Iterable[str]) -> dict[str, Settled]:
        settled = {run_id: Settled() for run_id in run_ids}
        scanned = groupby(self._tables.scan(PAYMENTS), id_of)
        families = (family_of(items) for _, items in scanned)
        concerned = (
            family
            for family in families
            if any(run_id in settled for run_id, _ in settled_members(family))
        )
        for some in batched(concerned, BATCH_ITEMS, strict=False):
            keys = {key for family in some for key in listed_entries(family)}
            entries = self._tables.get_many(LEDGER, keys)
            for family in some:
                for run_id, one in settled_members(family):
                    if run_id in settled:
                        settled[run_id].add(one, family, entries)
        for book_id, items in groupby(self._tables.scan(LEDGER), id_of):
            fold = BookFold(book_id)
            for item in items:
                fold.add(item)
            _add_booked(settled, book_id, {r: n for r, n in fold.settled.items() if r in settled})
        return settled

    def _suspect(self) -> dict[str, Wanted | None]:
        """The runs that moved since they were read, or that seem to be wrong, as they are now."""
        suspected: dict[str, Wanted | None] = {}
        for run_id, now in self._runs_now(self._wanted.keys() | self._settled.keys()):
            outcome = self._compare(run_id, now, self._settled.get(run_id, Settled()))
            self._proof.checked.update(outcome.checked)
            if outcome.findings or now != self._wanted.get(run_id):
                suspected[run_id] = now
        return suspected

    def _runs_now(self, run_ids: Iterable[str]) -> Iterator[tuple[str, Wanted | None]]:
        for some in batched(sorted(run_ids), BATCH_ITEMS, strict=False):
            there = self._tables.get_many(SETTLEMENTS, map(run_key, some))
            for run_id in some:
                item = there.get(run_key(run_id))
                yield run_id, None if item is None else wanted_of(item)

    def _compare(self, run_id: str, wanted: Wanted | None, settled: Settled) -> Outcome:
        # That a payment names a run that is not there is reported at the payment.
        return Outcome() if wanted is None else check_wanted(run_id, wanted, settled)

    def _fold(self, id_: str, items: Iterable[Item]) -> RunFold:
        fold = RunFold(id_)
        for item in items:
            fold.add(item)
            key = key_of(item)
            if is_break(key):
                self._proof.confirm_one(SETTLEMENTS, item, check_break)
            elif key.part != RUN_PART:
                self._proof.confirm_one(SETTLEMENTS, item, check_unknown_settlement)
        return fold

    def _sort_pointers(self, id_: str, items: Iterable[Item]) -> None:
        for item in items:
            if id_.startswith(SOURCE_PREFIX):
                self._waiting.sources.append(item)
            elif id_.startswith(CONTENT_PREFIX):
                self._waiting.claims.append(item)
            else:
                self._proof.confirm_one(SETTLEMENTS, item, check_unknown_settlement)
            # A name may have as many runs as there are days.
            self._prove_waiting(BATCH_ITEMS)

    def _prove_waiting(self, least: int) -> None:
        waiting = self._waiting
        if len(waiting.folds) >= least:
            keys = {key for fold in waiting.folds for key in fold.counterparts()}
            counterparts = self._tables.get_many(SETTLEMENTS, keys)
            for fold in waiting.folds:
                self._prove_run(fold, counterparts)
            waiting.folds = []
        for kind, check in (("sources", check_source), ("claims", check_claim)):
            pointers: list[Item] = getattr(waiting, kind)
            if len(pointers) >= least:
                self._proof.confirm_named(
                    SETTLEMENTS, pointers, named_table=SETTLEMENTS, named=named_run, check=check
                )
                setattr(waiting, kind, [])

    def _prove_run(self, fold: RunFold, counterparts: dict[Key, Item]) -> None:
        key, final = run_key(fold.id), fold

        def read_again(run: Item | None) -> tuple[RunFold, dict[Key, Item]]:
            again = RunFold(fold.id)
            for item in self._tables.partition(SETTLEMENTS, fold.id):
                again.add(item)
            again.run = run
            return again, self._tables.get_many(SETTLEMENTS, again.counterparts())

        def check_again() -> Outcome | None:
            nonlocal final
            standing = read_standing_still(lambda: self._tables.get(SETTLEMENTS, key), read_again)
            if standing is None:
                return None
            _, (final, beside) = standing
            # Nothing at all is there any more, or never was.
            return Outcome() if final.run is None and not final.breaks else check_run(final, beside)

        suspected = check_run(fold, counterparts)
        if fold.id in self._wanted:
            # The scan came back to a run that it had left: only a reading of the whole counts.
            suspected.findings.append(Finding(Rule.RUN, SETTLEMENTS, key, "one piece", "more"))
        self._proof.confirm(f"{SETTLEMENTS} {key}", suspected, check_again)
        self._wanted[fold.id] = None if final.run is None else wanted_of(final.run)


def _add_booked(settled: dict[str, Settled], book_id: str, booked: Mapping[str, int]) -> None:
    for run_id, amount in booked.items():
        settled.setdefault(run_id, Settled()).booked_minor[book_id] += amount
