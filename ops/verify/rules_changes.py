"""Is everything that ever changed a payment accounted for? (changes, settled)

A payment from a balance changes in two ways only: a refund of it is made, or a settlement file
settles it. Such a refund is only ever settled, a deposit never changes. What goes through a
processor changes with each of its operations; how often at least can be told from these. What a
correction settled, and is settled no more, changed twice by that.
"""

from collections.abc import Iterator, Mapping, Sequence

from ops.verify.family import Family, began_there, came_back
from ops.verify.findings import Key, Rule, shown
from ops.verify.stored import StoredItem
from ops.verify.stored_settlements import run_key, stored_run
from ops.verify.tables import Item


def check_changes(one: StoredItem, family: Family) -> None:
    """Check that version and updated_at are what the item's changes made of them.

    Args:
        one: a payment, refund, deposit or operation.
        family: what is stored under the same id.
    """
    if one.kind == "operation":
        _check_version_of_operation(one)
        _check_not_before(one, "created_at")
    elif one.kind != "deposit" and family.payment is not None and family.funding is None:
        return  # Nobody can say what changes it; that is reported.
    elif one.kind == "dispute" or (one.kind != "deposit" and family.is_at_processor):
        if one.kind == "payment":
            _check_least_version(one, family)
            _check_after_parts(one, family)
        else:  # A refund or a dispute.
            steps = family.count_steps(one)
            _check_version(one, family, max(0, steps - 1), "entry after the first")
        _check_not_before(one, "settled_at" if one.reading.has("settled_at") else "created_at")
    else:
        refunds = list(family.refunds.values()) if one.kind == "payment" else []
        _check_version(one, family, len(refunds), "refund")
        if one.kind != "deposit":
            _check_updated(one, family, refunds)


def _check_version(one: StoredItem, family: Family, count: int, noun: str) -> None:
    reading, version = one.reading, one.reading.number("version")
    is_settled = reading.has("settlement_id")
    taken_back = len(family.decisions.taken_back(one.key))
    wanted = 1 + count + is_settled + 2 * taken_back
    if version is None or version == wanted or one.listed is None:
        return
    changes = [f"{count} {noun}{'' if count == 1 else 's'}"] * bool(count)
    changes += ["its settlement"] * is_settled
    changes += ["what was taken back"] * bool(taken_back)
    after = f" after {' and '.join(changes)}" if changes else ", since nothing changed it"
    reading.add(Rule.CHANGES, f"version {wanted}{after}", version)


def _check_version_of_operation(operation: StoredItem) -> None:
    """Each turn of the sweep raises it, and so does its end; the turns of requests do, too."""
    reading, version = operation.reading, operation.reading.number("version")
    if version is None or operation.status is None:
        return
    least = 1 + (reading.number("attempts") or 0) + (operation.status != "open")
    if version < least:
        reading.add(Rule.CHANGES, f"version {least} or more, as {operation.status}", version)


def _check_least_version(payment: StoredItem, family: Family) -> None:
    """How often it changed at least; what happened at the processor alone leaves no trace."""
    reading, version = payment.reading, payment.reading.number("version")
    if version is None or payment.status is None:
        return
    least = 1 + (payment.status != "processing") + reading.has("settlement_id")
    least += 2 * len(family.decisions.taken_back(payment.key))
    for operation in family.operations.values():
        if operation.operation_kind in ("capture", "void"):
            least += 1 if operation.status == "open" else 2
    for refund in family.refunds.values():
        least += family.count_steps(refund) or touches_payment(refund)
    least += sum(family.count_steps(dispute) or 1 for dispute in family.disputes.values())
    if version < least:
        wanted = f"version {least} or more, by its operations, refunds, disputes and settlement"
        reading.add(Rule.CHANGES, wanted, version)


def _check_after_parts(payment: StoredItem, family: Family) -> None:
    """What changes a refund changes its payment too, and both never go back but by a settlement."""
    if payment.reading.has("settled_at") or family.was_settled:
        return
    updated = payment.reading.text("updated_at")
    for part, name, moment in _moments_of_parts(family):
        if updated is not None and updated < moment:
            wanted = f"updated_at not before the {name} of {part.key}, {moment}"
            payment.reading.add(Rule.CHANGES, wanted, updated)


def touches_payment(refund: StoredItem) -> bool:
    """Whether it changed its payment: one that failed for want of funds never did."""
    return bool(refund.listed) or began_there(refund)


def _moments_of_parts(family: Family) -> Iterator[tuple[StoredItem, str, str]]:
    for refund in family.refunds.values():
        # A settled one moved alone.
        moved_alone = refund.reading.has("settled_at") or family.decisions.taken_back(refund.key)
        name = "created_at" if moved_alone else "updated_at"
        moment = refund.reading.text(name)
        if touches_payment(refund) and moment is not None:
            yield refund, name, moment
    for dispute in family.disputes.values():
        moment = dispute.reading.text("updated_at")
        if moment is not None:
            yield dispute, "updated_at", moment
    for operation in family.operations.values():
        moment = operation.reading.text("created_at")
        if operation.operation_kind != "return_orphan" and moment is not None:
            yield operation, "created_at", moment


def _check_not_before(one: StoredItem, name: str) -> None:
    updated, moment = one.reading.text("updated_at"), one.reading.text(name)
    if updated is not None and moment is not None and updated < moment:
        one.reading.add(Rule.CHANGES, f"updated_at not before {name}, {moment}", updated)


def _check_updated(one: StoredItem, family: Family, refunds: Sequence[StoredItem]) -> None:
    """Each change writes its own time, whichever of two at once was the faster one.

    Their clocks may differ: that the last of the times is stored cannot be asked for.
    """
    reading = one.reading
    changes = [other.reading.text("created_at") for other in refunds]
    changes += family.decisions.taken_back(one.key)
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
    if status is not None and status != "succeeded" and not came_back(one):
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
