"""Does every pointer to a settlement run name the run that it should? (run, claim)

Two kinds of pointers lie beside the runs: from a file's name to its runs, and from a content to the
run that books it.
"""

from ops.verify.fields import read_item
from ops.verify.findings import Outcome, Rule, shown
from ops.verify.specification import HEX_SHA256
from ops.verify.stored_settlements import (
    CLAIM_PART,
    CONTENT_PREFIX,
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


def check_unknown_settlement(item: Item) -> Outcome:
    """Whatever else lies in Settlements does not belong there."""
    outcome = Outcome()
    outcome.count(Rule.SHAPE)
    reading = read_item(SETTLEMENTS, key_of(item), item, ())
    wanted = (
        f"a run (set_... / run), a break (set_... / break#...), {SOURCE_PREFIX}... "
        f"or {CONTENT_PREFIX}..."
    )
    reading.add(Rule.SHAPE, wanted, str(reading.key))
    outcome.extend(reading.findings)
    return outcome
