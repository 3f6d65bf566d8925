"""What does a person's decision about a break change?

    open -> accepted     it is as the file says, and nothing is to be booked
    open -> ignored      it is of no importance
    open -> corrected    the correction is posted, and what it settles is marked
    all three -> open    reopened: what was posted is taken back, and the mark too

Every decision is kept with its reason and with whoever made it. The share of a payment that a
correction makes available is the one of that moment: refunds may have taken of it since the row was
read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from oncepay.domain.errors import InvalidTransition
from oncepay.domain.ledger import AVAILABLE, PENDING, EntryKind, ItemKey, LedgerEntry, Posting
from oncepay.domain.payment import Payment, Refund, settle
from oncepay.domain.settlement import Break, BreakAction, BreakKind, BreakStatus, Decision
from oncepay.domain.settlement_postings import merged, reversed_postings, share_postings

_AFTER: Mapping[BreakAction, BreakStatus] = {
    BreakAction.ACCEPT: BreakStatus.ACCEPTED,
    BreakAction.CORRECT: BreakStatus.CORRECTED,
    BreakAction.IGNORE: BreakStatus.IGNORED,
    BreakAction.REOPEN: BreakStatus.OPEN,
}

_NOBODY_KNOWS = "nobody can say what would correct it"
_BOOKED = "its row is booked already"
_WHY_NONE = {
    BreakKind.ALREADY_SETTLED: _BOOKED,
    BreakKind.DUPLICATE_ROW: _BOOKED,
    BreakKind.REJECTED_ROW: "its row could not be read",
}

_SHARE = frozenset({PENDING, AVAILABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What a decision leads to.

    Attributes:
        found: the break afterwards; its version is not yet raised.
        entry: what is posted, or None.
        item: the payment or refund afterwards, marked or not any more; None if none changes. Its
            version is not yet raised.
    """

    found: Break
    entry: LedgerEntry | None = None
    item: Payment | Refund | None = None


def resolve(
    found: Break,
    decision: Decision,
    *,
    item: Payment | Refund | None,
    entry_id: str,
) -> Resolved:
    """Decide about a break.

    Args:
        found: as it is.
        decision: what is decided, by whom, when and why.
        item: what the break's correction settles, or what it is not to find settled since, as it is
            now; None if it settles nothing.
        entry_id: of the entry, should there be one.

    Raises:
        InvalidTransition: it is decided already, or nobody can say what would correct it, or what
            it settles was settled meanwhile.
    """
    _require_open(found, decision.action)
    is_open = decision.action is BreakAction.REOPEN
    after = replace(
        found,
        status=_AFTER[decision.action],
        decisions=(*found.decisions, decision),
        opened_at=decision.at if is_open else found.opened_at,
    )
    if decision.action is BreakAction.CORRECT:
        return _correct(after, item, entry_id, decision.at)
    if found.status is BreakStatus.CORRECTED:
        return _take_back(after, item, entry_id, decision.at)
    return Resolved(found=after)


def _require_open(found: Break, action: BreakAction) -> None:
    is_open = found.status is BreakStatus.OPEN
    if action is BreakAction.REOPEN:
        if is_open:
            raise InvalidTransition("the break is open already")
    elif not is_open:
        raise InvalidTransition(f"the break is {found.status}; reopen it first")
    if action is BreakAction.CORRECT and found.correction is None:
        raise InvalidTransition(
            f"the break has no correction, since {_WHY_NONE.get(found.kind, _NOBODY_KNOWS)}:"
            " accept or ignore it"
        )


def _correct(after: Break, item: Payment | Refund | None, entry_id: str, now: datetime) -> Resolved:
    postings = after.correction or ()
    marked: Payment | Refund | None = None
    if after.settles is not None:
        if item is None or item.key != after.settles:
            raise ValueError("a correction is made with what it settles")
        if item.settlement_id is not None:
            raise InvalidTransition(f"what the row is about was settled by {item.settlement_id}")
        share_minor = 0
        if isinstance(item, Payment):
            share_minor = item.pending_minor
            marked = settle(item, after.settlement_id, now)
        else:
            marked = settle(item, after.settlement_id, now)
        postings = merged(share_postings(share_minor), _without_share(postings))
    elif item is not None:
        if item.settlement_id is not None:
            raise InvalidTransition(f"what the row is about was settled by {item.settlement_id}")
        # Written as it is, so that no file settles it meanwhile.
        marked = item
    entry = _entry(after, EntryKind.CORRECTION, postings, entry_id, now)
    corrected = replace(after, posted=postings, entries=_with(after, entry))
    return Resolved(found=corrected, entry=entry, item=marked)


def _take_back(
    after: Break, item: Payment | Refund | None, entry_id: str, now: datetime
) -> Resolved:
    unmarked = None
    if after.settles is not None:
        if item is None or item.key != after.settles:
            raise ValueError("a correction is taken back with what it settled")
        if item.settlement_id != after.settlement_id:
            raise InvalidTransition("what the break was corrected by is not settled by it any more")
        unmarked = _unsettled(item, after.posted, now)
    postings = reversed_postings(after.posted)
    entry = _entry(after, EntryKind.CORRECTION_REVERSED, postings, entry_id, now)
    reopened = replace(after, posted=(), entries=_with(after, entry))
    return Resolved(found=reopened, entry=entry, item=unmarked)


def _with(found: Break, entry: LedgerEntry | None) -> tuple[ItemKey, ...]:
    return found.entries if entry is None else (*found.entries, entry.key)


def _unsettled(
    item: Payment | Refund, posted: tuple[Posting, ...], now: datetime
) -> Payment | Refund:
    changed_at = max(now, item.updated_at)
    if isinstance(item, Refund):
        return replace(item, settlement_id=None, settled_at=None, updated_at=changed_at)
    share_minor = sum(each.amount_minor for each in posted if each.account == AVAILABLE)
    return replace(
        item,
        settlement_id=None,
        settled_at=None,
        updated_at=changed_at,
        pending_minor=share_minor,
        # Waited for again, if it ever was. When it was captured is not known any more: not before
        # it was made.
        unsettled_since=None if item.processor is None else item.created_at,
    )


def _without_share(postings: tuple[Posting, ...]) -> tuple[Posting, ...]:
    return tuple(posting for posting in postings if posting.account not in _SHARE)


def _entry(
    found: Break, kind: EntryKind, postings: tuple[Posting, ...], entry_id: str, now: datetime
) -> LedgerEntry | None:
    if not postings:
        return None
    if found.ledger_id is None:
        raise ValueError("what is posted is posted to somebody's books")
    return LedgerEntry(
        id=entry_id,
        ledger_id=found.ledger_id,
        kind=kind,
        item=found.key,
        payment_id=found.payment_id,
        currency=found.ledger_id.split("#")[1],
        postings=postings,
        created_at=now,
    )
