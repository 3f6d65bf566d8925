"""Is every settlement run what its file, its breaks and its pointers say? (run, break, claim)

A partition `set_...` of Settlements is one run and its breaks.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from ops.verify.fields import WHOLE_NUMBER, Reading
from ops.verify.findings import Finding, Key, Outcome, Rule, shown
from ops.verify.settled import in_words
from ops.verify.specification import BREAK_PART
from ops.verify.specification_outside import BREAK_KINDS, PAYOUT_MISMATCH, RUN_TOTALS
from ops.verify.stored_settlements import (
    RUN_PART,
    SETTLEMENTS,
    StoredRun,
    id_of_file,
    is_break,
    named_run,
    run_key,
    stored_run,
)
from ops.verify.tables import Item, key_of


@dataclass(slots=True)
class RunFold:
    """One run, its breaks counted one by one, so that they are never held in memory together.

    Attributes:
        broken_minor: what the rows of the breaks move, by currency, but payouts.
        unclear: currencies in which that cannot be told, since a break does not say whether its row
            is a payout.
        is_readable, has_sums: whether the kinds, and the amounts, of all of them could be read.
    """

    id: str
    run: Item | None = None
    breaks: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    broken_minor: Counter[str] = field(default_factory=Counter)
    unclear: set[str] = field(default_factory=set)
    is_readable: bool = True
    has_sums: bool = True
    last_break: Key | None = None

    def add(self, item: Item) -> None:
        """Fold one more item of the partition."""
        key = key_of(item)
        if key.part == RUN_PART:
            self.run = item
        elif is_break(key):
            self.breaks += 1
            kind = item.get("kind", {}).get("S")
            if isinstance(kind, str) and kind in BREAK_KINDS:
                self.kinds[kind] += 1
                self._add_moved(item, kind)
            else:
                self.is_readable = False
            # Of the same width, so that they sort by row.
            if BREAK_PART.fullmatch(key.part):
                self.last_break = max(self.last_break or key, key)

    def _add_moved(self, item: Item, kind: str) -> None:
        gross, currency = item.get("gross_minor", {}).get("N"), item.get("currency", {}).get("S")
        if gross is None or not WHOLE_NUMBER.fullmatch(str(gross)):
            self.has_sums = False  # Reported at the break.
            return
        if currency is None or int(gross) == 0:
            return
        is_payout = _is_payout(item, kind)
        if is_payout is None:
            self.unclear.add(str(currency))
        elif not is_payout:
            self.broken_minor[str(currency)] += int(gross)

    def counterparts(self) -> set[Key]:
        """The keys of what the run needs beside it: its pointer, the claim, the original."""
        if self.run is None:
            return set()
        run = stored_run(self.run)
        keys = (run.pointer_key, run.claim_key, run.original_key)
        return {key for key in keys if key is not None}


def check_run(fold: RunFold, counterparts: Mapping[Key, Item]) -> Outcome:
    """Check a run against its breaks and against what it needs beside it.

    Args:
        fold: the partition.
        counterparts: those of its counterparts that exist.
    """
    outcome = Outcome()
    outcome.count(Rule.RUN, Rule.CLAIM)
    if fold.run is None:
        missing = Reading(SETTLEMENTS, run_key(fold.id), {})
        missing.add(Rule.RUN, f"a run of {fold.breaks} breaks", "none")
        outcome.extend(missing.findings)
        return outcome
    outcome.count(Rule.SHAPE, Rule.I4)
    run = stored_run(fold.run)
    _check_identity(run, counterparts)
    _check_status(run)
    _check_breaks(run, fold)
    _check_rows(run)
    _check_claim_of(run, counterparts)
    _check_sums(run, fold)
    outcome.extend(run.reading.findings)
    outcome.extend(_row_beyond_the_last(run, fold))
    return outcome


def _is_payout(item: Item, kind: str) -> bool | None:
    """Whether the row of a break is a payout, which is the sum of others; None if it does not say:
    one that repeats a row which settled nothing.
    """
    found = item.get("found", {}).get("M")
    says = found if isinstance(found, Mapping) else {}
    type_ = says.get("type", {}).get("S")
    if kind == PAYOUT_MISMATCH or type_ is not None:
        return type_ in (None, "payout")
    may_be = (kind == "already_settled" and "correction" not in item) or (
        kind == "amount_mismatch" and "cost_minor" in says
    )
    return None if may_be else False


def _check_identity(run: StoredRun, counterparts: Mapping[Key, Item]) -> None:
    """A run whose keys are wrong is not found again: by its file, its file's name, or its time."""
    reading = run.reading
    bucket, key = reading.text("source_bucket"), reading.text("source_key")
    version_id, etag = reading.text("source_version_id"), reading.text("source_etag")
    is_readable = (version_id is not None or not reading.has("source_version_id")) and (
        etag is not None or not reading.has("source_etag")
    )
    if bucket is not None and key is not None and is_readable:
        wanted = id_of_file(bucket, key, version_id, etag)
        if run.key.id != wanted:
            reading.add(Rule.RUN, f"the id of its file, {wanted}", run.key.id)
    started = reading.text("started_at")
    if started is not None:
        listed = {"list_bucket": started[:7], "list_position": f"{started}#{run.key.id}"}
        for name, wanted in listed.items():
            found = reading.text(name)
            if found is not None and found != wanted:
                reading.add(Rule.SHAPE, f"{name} {shown(wanted)}", found)
    pointer_key = run.pointer_key
    if pointer_key is not None:
        _check_pointed_at(run, pointer_key, counterparts)


def _check_pointed_at(run: StoredRun, key: Key, counterparts: Mapping[Key, Item]) -> None:
    pointer = counterparts.get(key)
    if pointer is None:
        run.reading.add(Rule.RUN, f"a pointer {key}", "none")
        return
    named = named_run(pointer)
    if named is not None and named != run.key:
        run.reading.add(Rule.RUN, f"the pointer {key} to name it", f"it names {named}")


def _check_status(run: StoredRun) -> None:
    """Which status has a reason, an end, and something booked."""
    reading, status = run.reading, run.status
    if status is None:
        return
    expected = {
        "reason": status in ("quarantined", "failed"),
        "completed_at": status in ("quarantined", "completed"),
    }
    for name, is_wanted in expected.items():
        if reading.has(name) is not is_wanted:
            wanted = f"{'a' if is_wanted else 'no'} {name} on a run that is {status}"
            reading.add(Rule.RUN, wanted, "one" if reading.has(name) else "none")
    if status == "quarantined" and run.booked:
        reading.add(Rule.RUN, "nothing booked by a run that is quarantined", f"{run.booked} rows")
    if run.is_copy and status != "completed":
        reading.add(Rule.RUN, "duplicate_of on a run that is completed only", status)
    if reading.has("reported_at") and (run.is_copy or status in ("processing", "failed")):
        wanted = "no reported_at before it ended, and none on a copy"
        reading.add(Rule.RUN, wanted, "one")
    is_measured = reading.has("total_rows") and not run.is_copy
    if reading.has("measured_at") is not is_measured:
        wanted = f"{'a' if is_measured else 'no'} measured_at, by the totals of its own file"
        reading.add(Rule.RUN, wanted, "one" if reading.has("measured_at") else "none")
    present = [name for name in RUN_TOTALS if reading.has(name)]
    if present and len(present) < len(RUN_TOTALS):
        missing = ", ".join(name for name in RUN_TOTALS if name not in present)
        reading.add(Rule.RUN, "all of a file's totals or none", f"no {missing}")
    elif not present and (status == "completed" or run.booked):
        reading.add(Rule.RUN, "the totals of the file that it booked", "none")


def _check_breaks(run: StoredRun, fold: RunFold) -> None:
    stored = run.breaks_by_kind
    if stored is None:
        return
    unknown = sorted(stored.keys() - BREAK_KINDS)
    if unknown:
        run.reading.add(Rule.RUN, "breaks of known kinds only", ", ".join(map(shown, unknown)))
    if not fold.is_readable:
        return  # The break of no known kind is reported; a count without it would repeat that.
    for kind in sorted(BREAK_KINDS):
        if stored.get(kind, 0) != fold.kinds[kind]:
            wanted = f"breaks_by_kind.{kind} {fold.kinds[kind]}, its number of such breaks"
            run.reading.add(Rule.RUN, wanted, stored.get(kind, 0))


def _check_rows(run: StoredRun) -> None:
    """Every row ends in exactly one place; a copy books none."""
    reading, total, booked = run.reading, run.reading.number("total_rows"), run.booked
    if total is None or booked is None:
        return
    if run.is_copy and (total, booked) != (0, 0):
        found = f"{total} rows, {booked} booked"
        reading.add(Rule.RUN, "no rows of a copy, and none booked", found)
    elif run.status == "completed" and booked != total:
        reading.add(Rule.RUN, f"matched and breaks to be total_rows, {total}", booked)
    elif booked > total:
        reading.add(Rule.RUN, f"matched and breaks to be {total} at most, total_rows", booked)


def _check_sums(run: StoredRun, fold: RunFold) -> None:
    """What was matched and what is broken is, together, what the file comes to."""
    reading, broken = run.reading, run.broken_minor
    if broken is None:
        return
    if fold.is_readable and fold.has_sums:
        there = {name: broken.get(name, 0) for name in broken if name not in fold.unclear}
        wanted = {n: amount for n, amount in fold.broken_minor.items() if n not in fold.unclear}
        if in_words(there) != in_words(wanted):
            words = f"broken_minor {in_words(wanted)}, the sum of its breaks"
            reading.add(Rule.RUN, words, in_words(there))
    if run.status != "completed" or run.matched_minor is None or run.gross_minor is None:
        return
    found = Counter(run.matched_minor)
    found.update(broken)
    if in_words(found) != in_words(run.gross_minor):
        words = f"matched_minor and broken_minor to be gross_minor, {in_words(run.gross_minor)}"
        reading.add(Rule.RUN, words, in_words(found))


def _row_beyond_the_last(run: StoredRun, fold: RunFold) -> list[Finding]:
    total, last = run.reading.number("total_rows"), fold.last_break
    if total is None or last is None:
        return []
    row = int(last.part.removeprefix("break#"))
    if row <= total:
        return []
    return [Finding(Rule.BREAK, SETTLEMENTS, last, f"a row of its run's {total}", f"row {row}")]


def _check_claim_of(run: StoredRun, counterparts: Mapping[Key, Item]) -> None:
    """Who booked a content holds the claim to it; a copy names who does."""
    original_key, claim_key = run.original_key, run.claim_key
    if original_key is not None:
        item = counterparts.get(original_key)
        if item is None:
            run.reading.add(Rule.CLAIM, f"the run that it is a copy of, {original_key}", "none")
            return
        _check_original(run, stored_run(item))
    must_hold = run.booked or (run.status == "completed" and not run.is_copy)
    holder_key = original_key or (run.key if must_hold else None)
    if claim_key is None or holder_key is None:
        return
    claim = counterparts.get(claim_key)
    named = None if claim is None else named_run(claim)
    if claim is None:
        run.reading.add(Rule.CLAIM, f"a claim to its content, held by {holder_key.id}", "none")
    elif named is not None and named != holder_key:
        run.reading.add(Rule.CLAIM, f"the claim to its content held by {holder_key.id}", named.id)


def _check_original(run: StoredRun, original: StoredRun) -> None:
    if original.status not in (None, "completed") or original.is_copy:
        found = "a copy" if original.is_copy else original.status
        wanted = f"{original.key.id}, of which it is a copy, to be completed itself"
        run.reading.add(Rule.CLAIM, wanted, found)
    mine, its = run.reading.text("sha256"), original.reading.text("sha256")
    if mine is not None and its is not None and mine != its:
        run.reading.add(Rule.CLAIM, f"the sha256 of {original.key.id}, {its}", mine)
