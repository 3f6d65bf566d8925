"""What people decide about breaks, what that posts, and what cannot be decided."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from oncepay.domain.break_resolution import Resolved, resolve
from oncepay.domain.errors import InvalidTransition
from oncepay.domain.ledger import EntryKind, Posting
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.settlement import Break, BreakAction, BreakKind, BreakStatus, Decision
from tests.builders import MERCHANT, NOW
from tests.unit.domain import test_settlement_matching as matching
from tests.unit.domain.test_settlement_matching import REFUND, STRIPE

PAYMENT = replace(matching.PAYMENT, unsettled_since=NOW)
RUN, ENTRY_ID = "set_" + "a" * 26, "le_1"
LATER = NOW + timedelta(days=1)
SHARE = (Posting("pending", -4_900), Posting("available", 4_900))
OFF = (Posting("costs", -175), Posting(STRIPE, 168), Posting("suspense", 7))


def a_break(**changes: Any) -> Break:
    values: dict[str, Any] = {
        "settlement_id": RUN,
        "row": 7,
        "line": 8,
        "kind": BreakKind.AMOUNT_MISMATCH,
        "payment_id": "pay_1",
        "expected": {"amount_minor": 5_000},
        "found": {"amount_minor": 5_007},
        "reason": "amount_minor is 5007 in the file and 5000 in the books",
        "ledger_id": f"{MERCHANT}#USD#0",
        "correction": (*SHARE, *OFF),
        "settles": PAYMENT.key,
        "opened_at": NOW,
    }
    return Break(**(values | changes))


def decided(
    found: Break,
    action: BreakAction,
    item: Payment | Refund | None = PAYMENT,
    *,
    at: Any = LATER,
) -> Resolved:
    decision = Decision(action=action, reason="the bank says so", by="key_1", at=at, record_id="r1")
    return resolve(found, decision, item=item, entry_id=ENTRY_ID)


def moved(postings: tuple[Posting, ...]) -> dict[str, int]:
    return {posting.account: posting.amount_minor for posting in postings}


@pytest.mark.parametrize(
    ("action", "status"),
    [(BreakAction.ACCEPT, BreakStatus.ACCEPTED), (BreakAction.IGNORE, BreakStatus.IGNORED)],
)
def test_break__accepted_or_ignored__posts_nothing(
    action: BreakAction, status: BreakStatus
) -> None:
    resolved = decided(a_break(), action)
    assert (resolved.found.status, resolved.entry, resolved.item) == (status, None, None)
    assert resolved.found.decisions == (
        Decision(action=action, reason="the bank says so", by="key_1", at=LATER, record_id="r1"),
    )


def test_break__corrected__posts_its_correction_and_settles_the_payment() -> None:
    resolved = decided(a_break(), BreakAction.CORRECT)
    assert resolved.found.status is BreakStatus.CORRECTED
    assert resolved.entry is not None
    entry = resolved.entry
    assert (entry.kind, entry.item, entry.currency) == (
        EntryKind.CORRECTION, resolved.found.key, "USD",
    )  # fmt: skip
    assert moved(entry.postings) == moved((*SHARE, *OFF))
    assert isinstance(resolved.item, Payment)
    assert (resolved.item.settlement_id, resolved.item.settled_at) == (RUN, LATER)
    assert resolved.item.pending_minor == 0


def test_break__corrected_after_a_refund__makes_only_what_is_left_available() -> None:
    resolved = decided(a_break(), BreakAction.CORRECT, replace(PAYMENT, pending_minor=2_900))
    assert resolved.entry is not None
    assert moved(resolved.entry.postings) == {
        "pending": -2_900, "available": 2_900, **moved(OFF),
    }  # fmt: skip


def test_break__whose_payment_was_settled_meanwhile__is_not_corrected() -> None:
    settled = replace(PAYMENT, settlement_id="set_other", settled_at=NOW, pending_minor=0)
    with pytest.raises(InvalidTransition, match="was settled by set_other"):
        decided(a_break(), BreakAction.CORRECT, settled)


def test_break__of_a_refund__is_corrected_and_reopened_as_it_was() -> None:
    found = a_break(
        settles=REFUND.key, correction=(Posting(STRIPE, -500), Posting("suspense", 500))
    )
    corrected = decided(found, BreakAction.CORRECT, REFUND)
    assert isinstance(corrected.item, Refund)
    assert corrected.item.settlement_id == RUN
    reopened = decided(corrected.found, BreakAction.REOPEN, corrected.item)
    assert reopened.item == replace(REFUND, updated_at=LATER)
    assert reopened.entry is not None
    assert moved(reopened.entry.postings) == {STRIPE: 500, "suspense": -500}


def test_break__reopened__takes_back_what_was_posted() -> None:
    later = LATER + timedelta(hours=1)
    corrected = decided(a_break(), BreakAction.CORRECT, replace(PAYMENT, pending_minor=2_900))
    reopened = decided(corrected.found, BreakAction.REOPEN, corrected.item, at=later)
    assert (reopened.found.status, reopened.found.posted) == (BreakStatus.OPEN, ())
    assert corrected.entry is not None
    assert reopened.entry is not None
    assert reopened.entry.kind is EntryKind.CORRECTION_REVERSED
    back = {account: -amount for account, amount in moved(corrected.entry.postings).items()}
    assert moved(reopened.entry.postings) == back
    assert reopened.item == replace(PAYMENT, pending_minor=2_900, updated_at=later)
    assert [each.action for each in reopened.found.decisions] == [
        BreakAction.CORRECT, BreakAction.REOPEN,
    ]  # fmt: skip


def test_break__accepted_and_reopened__moves_nothing() -> None:
    accepted = decided(a_break(), BreakAction.ACCEPT).found
    reopened = decided(accepted, BreakAction.REOPEN)
    assert (reopened.found.status, reopened.entry, reopened.item) == (BreakStatus.OPEN, None, None)


def test_break__that_only_lacks_the_mark__is_corrected_without_an_entry() -> None:
    paid = replace(PAYMENT, processor=None, pending_minor=0)
    resolved = decided(a_break(correction=()), BreakAction.CORRECT, paid)
    assert resolved.entry is None
    assert isinstance(resolved.item, Payment)
    assert resolved.item.settlement_id == RUN


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (BreakKind.REJECTED_ROW, "its row could not be read"),
        (BreakKind.CURRENCY_MISMATCH, "nobody can say what would correct it"),
        (BreakKind.ALREADY_SETTLED, "its row is booked already"),
    ],
)
def test_break__that_nobody_can_put_right__is_not_corrected(kind: BreakKind, why: str) -> None:
    found = a_break(kind=kind, correction=None, settles=None, ledger_id=None)
    with pytest.raises(InvalidTransition, match=f"no correction, since {why}: accept or ignore it"):
        decided(found, BreakAction.CORRECT, None)


@pytest.mark.parametrize("action", sorted(set(BreakAction) - {BreakAction.REOPEN}))
@pytest.mark.parametrize("status", sorted(set(BreakStatus) - {BreakStatus.OPEN}))
def test_break__that_is_decided__is_reopened_first(
    status: BreakStatus, action: BreakAction
) -> None:
    with pytest.raises(InvalidTransition, match=f"the break is {status}; reopen it first"):
        decided(a_break(status=status), action)


def test_break__that_is_open__is_not_reopened() -> None:
    with pytest.raises(InvalidTransition, match="the break is open already"):
        decided(a_break(), BreakAction.REOPEN)
