"""Does every pointer to a settlement run name the run that it should? (run, claim)

Three kinds of pointers lie beside the runs: from a file's name to its runs, from a content to the
run that books it, and from a format to the run of the file that came last.
"""

from ops.verify.fields import read_item
from ops.verify.findings import Outcome, Rule, shown
from ops.verify.specification import HEX_SHA256
from ops.verify.specification_outside import LATEST
from ops.verify.stored_settlements import (
    CLAIM_PART,
    CONTENT_PREFIX,
    LATEST_PART,
    LATEST_PREFIX,
    PAYOUT_PREFIX,
    ROW_PREFIX,
    SETTLEMENTS,
    SOURCE_PREFIX,
    named_run,
    stored_pointer,
    stored_run,
)
from ops.verify.tables import Item, key_of


def check_source(item: Item, run: Item | None) -> Outcome:
    """Check a pointer from a file's name.

    Args:
        item: the pointer.
        run: the run that it names, if that exists.
    """
    outcome = Outcome()
    outcome.count(Rule.RUN, Rule.SHAPE)
    pointer = stored_pointer(item)
    named = named_run(item)
    if run is not None:
        wanted = stored_run(run).pointer_key
        if wanted is not None and wanted != pointer.key:
            pointer.add(Rule.RUN, f"the key {wanted}, by the run that it names", pointer.key)
    elif named is not None:
        pointer.add(Rule.RUN, f"the run that it names, {named}", "none")
    outcome.extend(pointer.findings)
    return outcome


def check_claim(item: Item, run: Item | None) -> Outcome:
    """Check the claim to a content.

    Args:
        item: the claim.
        run: the run that it names, if that exists.
    """
    outcome = Outcome()
    outcome.count(Rule.CLAIM, Rule.SHAPE)
    claim = stored_pointer(item)
    sha256 = claim.key.id.removeprefix(CONTENT_PREFIX)
    if not HEX_SHA256.fullmatch(sha256):
        claim.add(Rule.SHAPE, f"an id {CONTENT_PREFIX} and a hex SHA-256", claim.key.id)
    if claim.key.part != CLAIM_PART:
        claim.add(Rule.SHAPE, f"the part {CLAIM_PART}", claim.key.part)
    named = named_run(item)
    if run is not None:
        its = stored_run(run).reading
        if its.text("sha256") is not None or not its.has("sha256"):
            found = its.text("sha256") or "none"
            if found != sha256:
                claim.add(Rule.CLAIM, f"a run of the content {shown(sha256)}", found)
    elif named is not None:
        claim.add(Rule.CLAIM, f"the run that it names, {named}", "none")
    outcome.extend(claim.findings)
    return outcome


def check_latest(item: Item, run: Item | None) -> Outcome:
    """Check when a file of a format came last.

    Args:
        item: what says so.
        run: the run that it names, if that exists.
    """
    outcome = Outcome()
    outcome.count(Rule.RUN, Rule.SHAPE)
    latest = read_item(SETTLEMENTS, key_of(item), item, LATEST, nothing_else=True)
    if latest.key.part != LATEST_PART:
        latest.add(Rule.SHAPE, f"the part {LATEST_PART}", latest.key.part)
    run_id = latest.text("run_id")
    if run is None:
        if run_id is not None:
            latest.add(Rule.RUN, f"the run that it names, {run_id} / run", "none")
        outcome.extend(latest.findings)
        return outcome
    its = stored_run(run).reading
    format_name = latest.key.id.removeprefix(LATEST_PREFIX)
    for name, mine in (("format", format_name), ("measured_at", latest.text("at"))):
        there = its.text(name) if its.has(name) else "none"
        if mine is not None and there is not None and mine != there:
            latest.add(Rule.RUN, f"a run of which {name} is {shown(mine)}", there)
    outcome.extend(latest.findings)
    return outcome


def check_unknown_settlement(item: Item) -> Outcome:
    """Whatever else lies in Settlements does not belong there."""
    outcome = Outcome()
    outcome.count(Rule.SHAPE)
    reading = read_item(SETTLEMENTS, key_of(item), item, ())
    wanted = (
        f"a run (set_... / run), a break (set_... / break#...), {SOURCE_PREFIX}..., "
        f"{CONTENT_PREFIX}..., {LATEST_PREFIX}..., {ROW_PREFIX}... or {PAYOUT_PREFIX}..."
    )
    reading.add(Rule.SHAPE, wanted, str(reading.key))
    outcome.extend(reading.findings)
    return outcome
