"""Do the settlement runs agree with each other, with their breaks, and with what names them?

The whole table Settlements is read once, before Payments and Ledger; what the runs settled is
counted when these are read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from ops.verify.findings import Finding, Key, Outcome, Rule
from ops.verify.proof import BATCH_ITEMS, Proof
from ops.verify.report import Read
from ops.verify.rules_breaks import check_break
from ops.verify.rules_decisions import counterparts_of_break
from ops.verify.rules_markers import (
    check_marker,
    counterparts_of_marker,
)
from ops.verify.rules_payouts import check_batches, check_payout
from ops.verify.rules_pointers import (
    check_claim,
    check_latest,
    check_source,
    check_unknown_settlement,
)
from ops.verify.rules_runs import RunFold, check_run
from ops.verify.stored import LEDGER, PAYMENTS
from ops.verify.stored_settlements import (
    BATCHES_PART,
    CONTENT_PREFIX,
    LATEST_PREFIX,
    PAYOUT_PREFIX,
    ROW_PREFIX,
    RUN_PART,
    SETTLEMENTS,
    SOURCE_PREFIX,
    is_break,
    named_run,
    run_key,
)
from ops.verify.tables import Item, id_of, key_of, read_standing_still
from ops.verify.walk_settled import SettledWalk

POINTERS: Final = {
    SOURCE_PREFIX: check_source,
    CONTENT_PREFIX: check_claim,
    LATEST_PREFIX: check_latest,
}
"""What names a run, and how it is checked against that."""


@dataclass(slots=True)
class _Waiting:
    """Items that wait until enough of them name something."""

    folds: list[RunFold] = field(default_factory=list)
    pointers: dict[str, list[Item]] = field(
        default_factory=lambda: {prefix: [] for prefix in POINTERS}
    )
    markers: list[Item] = field(default_factory=list)
    breaks: list[Item] = field(default_factory=list)
    batches: list[Item] = field(default_factory=list)


class SettlementsWalk:
    """Proves the table Settlements.

    Attributes:
        read: how much of it was there.
    """

    def __init__(self, proof: Proof, settled: SettledWalk) -> None:
        self._proof = proof
        self._tables = proof.tables
        self._waiting = _Waiting()
        self._settled = settled
        self.read = Read()

    def prove_runs(self) -> None:
        """Read the whole table; to be done before Payments and Ledger are read."""
        runs = breaks = markers = 0
        for id_, items in groupby(self._tables.scan(SETTLEMENTS), id_of):
            if id_.startswith("set_"):
                fold = self._fold(id_, items)
                runs += fold.run is not None
                breaks += fold.breaks
                self._waiting.folds.append(fold)
            else:
                markers += self._sort_others(id_, items)
            self._prove_waiting(BATCH_ITEMS)
        self._prove_waiting(1)
        self.read = Read(runs=runs, breaks=breaks, markers=markers)

    def _fold(self, id_: str, items: Iterable[Item]) -> RunFold:
        fold = RunFold(id_)
        for item in items:
            fold.add(item)
            key = key_of(item)
            if is_break(key):
                self._settled.note_beside(item)
                self._waiting.breaks.append(item)
                self._prove_beside(BATCH_ITEMS)
            elif key.part == BATCHES_PART:
                self._waiting.batches.append(item)
            elif key.part != RUN_PART:
                self._proof.confirm_one(SETTLEMENTS, item, check_unknown_settlement)
        return fold

    def _sort_others(self, id_: str, items: Iterable[Item]) -> int:
        """Sort what names a run; returns how many markers there were."""
        markers = 0
        prefix = f"{id_.partition('#')[0]}#"
        for item in items:
            if prefix in POINTERS:
                self._waiting.pointers[prefix].append(item)
            elif prefix == ROW_PREFIX:
                markers += 1
                self._settled.note_beside(item)
                self._waiting.markers.append(item)
            else:
                is_payout = prefix == PAYOUT_PREFIX
                check = check_payout if is_payout else check_unknown_settlement
                self._proof.confirm_one(SETTLEMENTS, item, check)
            # A name may have as many runs as there are days.
            self._prove_waiting(BATCH_ITEMS)
        return markers

    def _prove_waiting(self, least: int) -> None:
        waiting = self._waiting
        if len(waiting.folds) >= least:
            keys = {key for fold in waiting.folds for key in fold.counterparts()}
            counterparts = self._tables.get_many(SETTLEMENTS, keys)
            for fold in waiting.folds:
                self._prove_run(fold, counterparts)
            waiting.folds = []
        for prefix, check in POINTERS.items():
            if len(waiting.pointers[prefix]) >= least:
                self._proof.confirm_named(
                    SETTLEMENTS,
                    waiting.pointers[prefix],
                    named_table=SETTLEMENTS,
                    named=named_run,
                    check=check,
                )
                waiting.pointers[prefix] = []
        if len(waiting.batches) >= least:
            self._proof.confirm_named(
                SETTLEMENTS,
                waiting.batches,
                named_table=SETTLEMENTS,
                named=lambda item: run_key(id_of(item)),
                check=check_batches,
            )
            waiting.batches = []
        self._prove_beside(least)

    def _prove_beside(self, least: int) -> None:
        waiting = self._waiting
        if len(waiting.markers) >= least:
            self._proof.confirm_beside(
                SETTLEMENTS,
                waiting.markers,
                read_beside=self._read_beside_markers,
                check=check_marker,
            )
            waiting.markers = []
        if len(waiting.breaks) >= least:
            self._proof.confirm_beside(
                SETTLEMENTS,
                waiting.breaks,
                read_beside=self._read_beside_breaks,
                check=check_break,
            )
            waiting.breaks = []

    def _read_beside_markers(self, markers: Iterable[Item]) -> Mapping[Key, Item]:
        keys = {key for item in markers for key in counterparts_of_marker(item)}
        return self._tables.get_many(SETTLEMENTS, keys)

    def _read_beside_breaks(self, breaks: Iterable[Item]) -> Mapping[Key, Item]:
        named = [counterparts_of_break(item) for item in breaks]
        there: dict[Key, Item] = {}
        for number, table in enumerate((LEDGER, PAYMENTS, SETTLEMENTS)):
            keys = {key for counterparts in named for key in counterparts[number]}
            there |= self._tables.get_many(table, keys)
        return there

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
        if self._settled.is_noted(fold.id):
            # The scan came back to a run that it had left: only a reading of the whole counts.
            suspected.findings.append(Finding(Rule.RUN, SETTLEMENTS, key, "one piece", "more"))
        self._proof.confirm(f"{SETTLEMENTS} {key}", suspected, check_again)
        self._settled.note_run(fold.id, final.run)
