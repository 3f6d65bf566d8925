"""What does the audit say? One line for each promise: kept or not, and who broke it."""

from collections.abc import Sequence
from dataclasses import dataclass

MOST_NAMED = 5
"""Culprits that a line names; how many there are it says in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One promise.

    Attributes:
        name: the promise, in a few words; the same in every audit.
        ok: whether it is kept. One that could not be looked at is not broken, and says so.
        detail: what was counted; if it is broken, by whom.
    """

    name: str
    ok: bool
    detail: str


def check_of(name: str, counted: str, broken: Sequence[str]) -> Check:
    """A promise that is kept unless something broke it.

    Args:
        name: the promise.
        counted: what was looked at, such as "1,200 payments".
        broken: one sentence for each culprit.
    """
    if not broken:
        return Check(name=name, ok=True, detail=counted)
    named = "; ".join(broken[:MOST_NAMED])
    more = f"; and {len(broken) - MOST_NAMED:,} more" if len(broken) > MOST_NAMED else ""
    return Check(name=name, ok=False, detail=f"{len(broken):,} wrong in {counted}: {named}{more}")
