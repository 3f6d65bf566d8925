"""Is every row that settles none of our items known again? (marker)

A fee, a payout or a dispute marks no payment. So its row leaves a marker beside the runs, and no
other file books it again; of a row that was a break it is left by the correction, and is free once
that is taken back.
"""

from collections.abc import Mapping

from ops.verify.fields import Reading
from ops.verify.findings import Key, Outcome, Rule
from ops.verify.specification_outside import MARKER_ID
from ops.verify.stored_settlements import (
    ROW_PART,
    break_key,
    is_free,
    run_key,
    stored_break,
    stored_marker,
    stored_run,
)
from ops.verify.tables import Item


def check_marker(item: Item, beside: Mapping[Key, Item]) -> Outcome:
    """Check a marker against the run and the row that it names.

    Args:
        item: the marker.
        beside: what exists of `counterparts_of_marker`.
    """
    outcome = Outcome()
    outcome.count(Rule.MARKER, Rule.SHAPE, Rule.I4)
    marker = stored_marker(item)
    if not MARKER_ID.fullmatch(marker.key.id) or marker.key.part != ROW_PART:
        marker.add(Rule.SHAPE, f"the key {MARKER_ID.pattern} / {ROW_PART}", marker.key)
    run_id, row = marker.text("run_id"), marker.number("row")
    if run_id is not None and row is not None:
        _check_run(marker, row, run_id, beside)
        key = break_key(run_id, row)
        found = beside.get(key)
        if marker.has("break_id"):
            _check_break(marker, item, key, found)
        elif found is not None:
            marker.add(Rule.MARKER, "a row that matched, and so is no break", f"there is {key}")
        elif is_free(item):
            marker.add(Rule.MARKER, "the row that matched to be booked for good", "it is free")
    outcome.extend(marker.findings)
    return outcome


def counterparts_of_marker(item: Item) -> set[Key]:
    """The keys of the run of a marker, and of the break that its row may be."""
    marker = stored_marker(item)
    run_id, row = marker.text("run_id"), marker.number("row")
    if run_id is None or row is None:
        return set()
    return {run_key(run_id), break_key(run_id, row)}


def matched_by(item: Item) -> str | None:
    """The run that matched the row of a marker; None if a correction booked it."""
    return None if "break_id" in item else stored_marker(item).text("run_id")


def _check_run(marker: Reading, row: int, run_id: str, beside: Mapping[Key, Item]) -> None:
    item = beside.get(run_key(run_id))
    if item is None:
        marker.add(Rule.MARKER, f"the run that it names, {run_key(run_id)}", "none")
        return
    run = stored_run(item)
    total = run.reading.number("total_rows")
    if not run.reading.has("total_rows"):
        marker.add(Rule.MARKER, f"a row of {run_id}, which has none", f"row {row}")
    elif total is not None and row > total:
        marker.add(Rule.MARKER, f"a row of its run's {total}", f"row {row}")
    if run.status == "quarantined":
        marker.add(Rule.MARKER, f"{run_id} to book nothing", run.status)


def _check_break(marker: Reading, item: Item, key: Key, found: Item | None) -> None:
    """What a correction booked is a break that it corrected, and says the same."""
    if found is None:
        marker.add(Rule.MARKER, f"the break that it names, {key}", "none")
        return
    one = stored_break(found)
    named = marker.text("break_id")
    if named is not None and named != one.id and one.reading.number("row") is not None:
        marker.add(Rule.MARKER, f"the break of its own row, {one.id}", named)
        return
    if one.marker_key not in (marker.key, None) or not one.reading.has("marker"):
        marker.add(Rule.MARKER, f"{key} to have it as its marker", one.marker_key or "none")
        return
    if one.status is not None and (one.status == "corrected") is is_free(item):
        wanted = "not free" if one.status == "corrected" else "free"
        marker.add(Rule.MARKER, f"{wanted} as its break is {one.status}", "otherwise")
    for name in ("gross_minor", "cost_minor"):
        mine, its = marker.number(name), one.reading.number(name)
        if mine is not None and its is not None and mine != its:
            marker.add(Rule.MARKER, f"the {name} of its break, {its}", mine)
