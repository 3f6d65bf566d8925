"""Did every run settle exactly what it says? (settled)

The runs are read before Payments and Ledger, and once more after: a run whose version stood still
all that time settled nothing meanwhile, since each of its transactions raises it, and so what was
counted must be exactly what it says. Where it is not, or where the run moved, it is counted again;
and then its markers, and what was decided about its breaks, are read before and after that too.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import batched, groupby
from typing import Final

from ops.verify.book_fold import BookFold
from ops.verify.book_names import book_name, book_of
from ops.verify.decisions import Decisions
from ops.verify.family import Family, family_of, listed_entries
from ops.verify.findings import Key, Outcome
from ops.verify.proof import BATCH_ITEMS, Proof
from ops.verify.rules_markers import matched_by
from ops.verify.settled import Settled, Wanted, check_wanted, settled_members, wanted_of
from ops.verify.stored import LEDGER, PAYMENTS
from ops.verify.stored_settlements import (
    ROW_PREFIX,
    RUN_PART,
    SETTLEMENTS,
    is_break,
    run_key,
)
from ops.verify.tables import Item, id_of, key_of

RECOUNTS: Final = 2
"""How often all is read again for runs that moved while they were read, or seem to be wrong."""


@dataclass(slots=True)
class State:
    """How some runs are, with what lies beside them in Settlements.

    Attributes:
        runs: what each says; None of one that is not there.
        markers: how many rows that they matched left one.
        decided: how often people decided about their breaks.
        decisions: what these settled.
    """

    runs: dict[str, Wanted | None]
    markers: dict[str, int] = field(default_factory=dict)
    decided: dict[str, int] = field(default_factory=dict)
    decisions: Decisions = field(default_factory=Decisions)

    def add(self, item: Item) -> None:
        """Note one more item of Settlements."""
        key = key_of(item)
        if key.id in self.runs and key.part == RUN_PART:
            self.runs[key.id] = wanted_of(item)
        elif is_break(key):
            self.decisions.add(item)
            count = len(item.get("decisions", {}).get("L", ()))
            if count:
                self.decided[key.id] = self.decided.get(key.id, 0) + count
        elif key.id.startswith(ROW_PREFIX):
            run_id = matched_by(item)
            if run_id is not None:
                self.markers[run_id] = self.markers.get(run_id, 0) + 1

    def of(self, run_id: str) -> tuple[Wanted | None, int, int]:
        """All that moves while a run books, or while people decide about its breaks."""
        return self.runs.get(run_id), self.markers.get(run_id, 0), self.decided.get(run_id, 0)


class SettledWalk:
    """Counts what runs settled, and compares it with what they say.

    Attributes:
        payments, refunds: how many are settled.
    """

    def __init__(self, proof: Proof) -> None:
        self._proof = proof
        self._tables = proof.tables
        self._state = State({})
        self._settled: dict[str, Settled] = {}
        self._booked: dict[str, tuple[Mapping[str, int], Mapping[str, int]]] = {}
        self.payments = self.refunds = 0

    @property
    def decisions(self) -> Decisions:
        """What people decided that settled something; to be asked when Settlements was read."""
        return self._state.decisions

    def read_decisions(self) -> Decisions:
        """The same as it is now."""
        state = State({})
        for item in self._tables.scan(SETTLEMENTS):
            state.decisions.add(item)
        return state.decisions

    def is_noted(self, run_id: str) -> bool:
        """Whether a run was read already."""
        return run_id in self._state.runs

    def note_run(self, run_id: str, run: Item | None) -> None:
        """Note what a run says; None of one that is not there."""
        self._state.runs[run_id] = None if run is None else wanted_of(run)

    def note_beside(self, item: Item) -> None:
        """Note a break, or a marker of a row."""
        self._state.add(item)

    def count_settled(self, family: Family, entries: Mapping[Key, Item]) -> None:
        """Count what a family of Payments says it was settled by.

        Args:
            family: all of it.
            entries: those that it lists.
        """
        for run_id, one in settled_members(family):
            self._settled.setdefault(run_id, Settled()).add(run_id, one, family, entries)
            is_payment = one.kind == "payment"
            self.payments += is_payment
            self.refunds += not is_payment

    def count_booked(self, fold: BookFold) -> None:
        """Count what the entries of a book say that runs made available, and what they cost."""
        if fold.settled or fold.costs:
            self._booked[fold.id] = fold.settled, fold.costs

    def prove_settled(self) -> None:
        """Check what was counted; to be done when all of Payments and Ledger was."""
        for book_id, (available, costs) in self._booked.items():
            _add_booked(self._settled, book_id, available, costs)
        suspected = self._suspect()
        if not suspected:
            return
        before = self._read_state(suspected)
        for _ in range(RECOUNTS):
            settled = self._count_again(before)
            after = self._read_state(before.runs)
            moved = {run_id for run_id in before.runs if after.of(run_id) != before.of(run_id)}
            for run_id in before.runs.keys() - moved:
                findings = self._compare(run_id, after, settled[run_id]).findings
                self._proof.findings.extend(findings)
            if not moved:
                return
            after.runs = {run_id: after.runs[run_id] for run_id in moved}
            before = after
        for run_id in sorted(before.runs):
            self._proof.note_moved(f"{SETTLEMENTS} {run_key(run_id)}")

    def _read_state(self, run_ids: Iterable[str]) -> State:
        state = State(dict.fromkeys(run_ids))
        for item in self._tables.scan(SETTLEMENTS):
            state.add(item)
        return state

    def _count_again(self, state: State) -> dict[str, Settled]:
        settled = {run_id: Settled() for run_id in state.runs}
        scanned = groupby(self._tables.scan(PAYMENTS), id_of)
        families = (family_of(items, state.decisions) for _, items in scanned)
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
                        settled[run_id].add(run_id, one, family, entries)
        for book_id, items in groupby(self._tables.scan(LEDGER), id_of):
            fold = BookFold(book_id)
            for item in items:
                fold.add(item)
            available = {r: amount for r, amount in fold.settled.items() if r in settled}
            costs = {r: amount for r, amount in fold.costs.items() if r in settled}
            _add_booked(settled, book_id, available, costs)
        return settled

    def _suspect(self) -> set[str]:
        """The runs that moved since they were read, or that seem to be wrong, as they are now."""
        suspected: set[str] = set()
        seen = self._state.runs
        run_ids = seen.keys() | self._settled.keys() | self._state.markers.keys()
        for run_id, now in self._runs_now(run_ids):
            is_moved = now != seen.get(run_id)
            self._state.runs[run_id] = now
            settled = self._settled.get(run_id, Settled())
            outcome = self._compare(run_id, self._state, settled)
            self._proof.checked.update(outcome.checked)
            if outcome.findings or is_moved:
                suspected.add(run_id)
        return suspected

    def _runs_now(self, run_ids: Iterable[str]) -> Iterator[tuple[str, Wanted | None]]:
        for some in batched(sorted(run_ids), BATCH_ITEMS, strict=False):
            there = self._tables.get_many(SETTLEMENTS, map(run_key, some))
            for run_id in some:
                item = there.get(run_key(run_id))
                yield run_id, None if item is None else wanted_of(item)

    def _compare(self, run_id: str, state: State, settled: Settled) -> Outcome:
        wanted, settled.markers, _ = state.of(run_id)
        # That a payment or marker names a run that is not there is reported at it.
        return Outcome() if wanted is None else check_wanted(run_id, wanted, settled)


def _add_booked(
    settled: dict[str, Settled],
    book_id: str,
    available: Mapping[str, int],
    costs: Mapping[str, int],
) -> None:
    """Add what a book says of some runs."""
    for run_id, amount in available.items():
        settled.setdefault(run_id, Settled()).available_minor[book_of(book_id)] += amount
    name = book_name(book_id)
    if name is None:
        return
    for run_id, amount in costs.items():
        settled.setdefault(run_id, Settled()).costs_minor[name.currency] += amount
