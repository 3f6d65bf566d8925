"""What must a run have settled, and what did it? (settled)

A run keeps a count of the rows that it matched, and the sums of its file; each payment and refund
keeps the run that settled it. The two were written together and must agree.
"""

from collections import Counter
from dataclasses import dataclass, field

from ops.verify.findings import Finding, Outcome, Rule, shown
from ops.verify.specification import REJECTED_ROW
from ops.verify.stored import stored_item
from ops.verify.stored_settlements import SETTLEMENTS, run_key, stored_run
from ops.verify.tables import Item

type Sums = dict[str, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run says that it settled.

    Attributes:
        version: of the run; it stands still while the run settles nothing.
        matched: how many, or None if that cannot be read.
        gross_minor: what they must sum up to per currency, payments less refunds, or None if there
            is more in the file than they: the run is not at its end, or has breaks with amounts.
        fee_minor: what their fees must sum up to per currency, likewise.
    """

    version: int | None
    matched: int | None
    gross_minor: Sums | None
    fee_minor: Sums | None


@dataclass(slots=True)
class Settled:
    """What was counted of the payments and refunds that one run settled."""

    count: int = 0
    gross_minor: Counter[str] = field(default_factory=Counter)
    fee_minor: Counter[str] = field(default_factory=Counter)
    is_readable: bool = True

    def add(self, item: Item) -> None:
        """Count one more."""
        self.count += 1
        one = stored_item(item)
        amount, currency = one.reading.number("amount_minor"), one.reading.text("currency")
        fee = one.reading.number("fee_minor") if one.kind == "payment" else 0
        if amount is None or currency is None or fee is None:
            self.is_readable = False  # Reported at the item: a sum without it would repeat that.
            return
        self.gross_minor[currency] += amount if one.kind == "payment" else -amount
        self.fee_minor[currency] += fee


def wanted_of(item: Item) -> Wanted:
    """Read what a run says."""
    run = stored_run(item)
    of_matched_rows_only = (
        run.status == "completed"
        and run.breaks_by_kind is not None
        # A rejected row could not be read, and so is in no sum.
        and run.breaks_by_kind.keys() <= {REJECTED_ROW}
    )
    return Wanted(
        version=run.reading.number("version"),
        matched=run.reading.number("matched"),
        gross_minor=run.gross_minor if of_matched_rows_only else None,
        fee_minor=run.fee_minor if of_matched_rows_only else None,
    )


def check_wanted(run_id: str, wanted: Wanted, settled: Settled) -> Outcome:
    """Check that a run settled what it says."""
    outcome = Outcome()
    outcome.count(Rule.SETTLED)
    key = run_key(run_id)
    if wanted.matched is not None and wanted.matched != settled.count:
        expected = f"matched {settled.count}, its number of payments and refunds"
        outcome.findings.append(
            Finding(Rule.SETTLED, SETTLEMENTS, key, expected, str(wanted.matched))
        )
    elif settled.is_readable:
        sums = (
            ("gross_minor", wanted.gross_minor, settled.gross_minor),
            ("fee_minor", wanted.fee_minor, settled.fee_minor),
        )
        for name, said, counted in sums:
            if said is not None and _in_words(said) != _in_words(counted):
                expected = f"{name} {_in_words(counted)}, the sum of what it settled"
                outcome.findings.append(
                    Finding(Rule.SETTLED, SETTLEMENTS, key, expected, _in_words(said))
                )
    return outcome


def _in_words(sums: Sums | Counter[str]) -> str:
    """Sums that are not zero."""
    parts = [f"{shown(currency)} {amount}" for currency, amount in sorted(sums.items()) if amount]
    return ", ".join(parts) or "nothing"
