"""Is it stored as it should be what was paid out to the bank? (run, shape)

What a processor told of a payout, and what a file says was paid out together: whether these two
agree is for people to see, and no rule of the books.
"""

from ops.verify.fields import read_item, read_map_of_numbers
from ops.verify.findings import Outcome, Rule, shown
from ops.verify.specification import PROCESSOR
from ops.verify.specification_outside import BATCH_NAME, BATCHES, NAMES_PAYOUTS, PAYOUT
from ops.verify.stored_settlements import (
    PAYOUT_PART,
    PAYOUT_PREFIX,
    SETTLEMENTS,
    run_key,
    stored_run,
)
from ops.verify.tables import Item, key_of


def check_payout(item: Item) -> Outcome:
    """Check what a processor told that it paid out."""
    outcome = Outcome()
    outcome.count(Rule.SHAPE, Rule.I4)
    key = key_of(item)
    payout = read_item(SETTLEMENTS, key, item, PAYOUT, nothing_else=True)
    processor, _, reference = key.id.removeprefix(PAYOUT_PREFIX).partition("#")
    if not PROCESSOR.fullmatch(processor) or not reference or key.part != PAYOUT_PART:
        wanted = f"the key {PAYOUT_PREFIX}<processor>#<its id> / {PAYOUT_PART}"
        payout.add(Rule.SHAPE, wanted, key)
    outcome.extend(payout.findings)
    return outcome


def check_batches(item: Item, run: Item | None) -> Outcome:
    """Check what a file says was paid out together.

    Args:
        item: what says so.
        run: that of the file, if it exists.
    """
    outcome = Outcome()
    outcome.count(Rule.RUN, Rule.SHAPE, Rule.I4)
    batches = read_item(SETTLEMENTS, key_of(item), item, BATCHES, nothing_else=True)
    sums = read_map_of_numbers(batches, "net_minor")
    for name in sorted(sums or ()):
        if not BATCH_NAME.fullmatch(name):
            batches.add(Rule.SHAPE, f"batches named like {BATCH_NAME.pattern}", name)
    if run is None:
        batches.add(Rule.RUN, f"the run of its file, {run_key(batches.key.id)}", "none")
    else:
        its = stored_run(run)
        format_name = its.reading.text("format") if its.reading.has("format") else "none"
        if its.is_copy:
            batches.add(Rule.RUN, "no batches of a copy", "some")
        elif format_name is not None and format_name not in NAMES_PAYOUTS:
            wanted = f"a run of a format that names payouts, {', '.join(sorted(NAMES_PAYOUTS))}"
            batches.add(Rule.RUN, wanted, shown(format_name))
    outcome.extend(batches.findings)
    return outcome
