"""Is everything that ever changed a payment accounted for? (changes, settled)

A payment from a balance changes in two ways only: a refund of it is made, or a settlement file
settles it. A refund is only ever settled, a deposit never changes.
"""

from collections.abc import Mapping, Sequence

from ops.verify.findings import Key, Rule, shown
from ops.verify.stored import StoredItem
from ops.verify.stored_settlements import run_key, stored_run
from ops.verify.tables import Item


def check_changes(one: StoredItem, family: Sequence[StoredItem]) -> None:
    """Check that version and updated_at are what the item's changes made of them.

    Args:
        one: a payment, refund or deposit.
        family: what is stored under the same id.
    """
    refunds = [other for other in family if other.kind == "refund"] if one.kind == "payment" else []
    is_settled = one.reading.has("settlement_id")
    _check_version(one, len(refunds), is_settled)
    if one.kind != "deposit":
        _check_updated(one, refunds)


def _check_version(one: StoredItem, refunds: int, is_settled: bool) -> None:
    reading, version = one.reading, one.reading.number("version")
    wanted = 1 + refunds + is_settled
    if version is None or version == wanted:
        return
    changes = [f"{refunds} refund{'' if refunds == 1 else 's'}"] * bool(refunds)
    changes += ["its settlement"] * is_settled
    after = f" after {' and '.join(changes)}" if changes else ", since nothing changed it"
    reading.add(Rule.CHANGES, f"version {wanted}{after}", version)


def _check_updated(one: StoredItem, refunds: Sequence[StoredItem]) -> None:
    """Each change writes its own time, whichever of two at once was the faster one.

    Their clocks may differ: that the last of the times is stored cannot be asked for.
    """
    reading = one.reading
    changes = [other.reading.text("created_at") for other in refunds]
    if reading.has("settled_at"):
        changes.append(reading.text("settled_at"))
    possible = changes or [reading.text("created_at")]
    updated = reading.text("updated_at")
    if updated is None or None in possible or updated in possible:
        return
    if changes:
        wanted = "updated_at to be the time of a refund of it or of its settlement"
    else:
        wanted = f"updated_at {possible[0]}, since nothing changed it"
    reading.add(Rule.CHANGES, wanted, updated)


def check_settled(one: StoredItem, runs: Mapping[Key, Item]) -> None:
    """Check what a settlement file settled.

    Args:
        one: a payment or refund that says it is settled.
        runs: those of the runs that exist.
    """
    reading = one.reading
    for there, missing in (("settlement_id", "settled_at"), ("settled_at", "settlement_id")):
        if reading.has(there) and not reading.has(missing):
            reading.add(Rule.SETTLED, f"{missing} beside {there}", "none")
    status = reading.text("status")
    if status is not None and status != "succeeded":
        reading.add(Rule.SETTLED, f"only what succeeded to be settled, not a {one.kind}", status)
    run_id = reading.text("settlement_id")
    if run_id is None:
        return
    item = runs.get(run_key(run_id))
    if item is None:
        reading.add(Rule.SETTLED, f"the run that settled it, {run_key(run_id)}", "none")
        return
    run_status = stored_run(item).status
    if run_status == "quarantined":
        reading.add(Rule.SETTLED, f"the run {shown(run_id)} to settle nothing", run_status)


def is_said_to_be_settled(one: StoredItem) -> bool:
    """Whether an item has anything of what a settlement leaves on it."""
    return one.reading.has("settlement_id") or one.reading.has("settled_at")
