"""Every entry is balanced, whatever the amounts."""

from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.ledger import (
    EntryKind,
    ItemKey,
    LedgerEntry,
    Posting,
    deposit_postings,
    ledger_id,
    payment_postings,
    refund_postings,
)
from oncepay.domain.money import MAX_AMOUNT_MINOR, fee_of
from tests.builders import MERCHANT, NOW

amounts = st.integers(min_value=1, max_value=MAX_AMOUNT_MINOR)


def an_entry(**overrides: Any) -> LedgerEntry:
    values: dict[str, Any] = {
        "id": "le_1",
        "ledger_id": ledger_id(MERCHANT, "USD"),
        "kind": EntryKind.DEPOSIT,
        "item": ItemKey("dep_1", "deposit"),
        "payment_id": None,
        "currency": "USD",
        "postings": deposit_postings(100),
        "created_at": NOW,
    }
    return LedgerEntry(**(values | overrides))


@given(amounts)
def test_deposit_and_refund__balance_and_bring_the_amount(amount: int) -> None:
    for postings in (deposit_postings(amount), refund_postings(amount)):
        entry = an_entry(postings=postings)
        assert entry.change_of("available") == amount
        assert entry.change_of("external:bank") == -amount


@given(amounts, st.integers(min_value=0, max_value=10_000))
def test_payment__balances_and_takes_amount_and_fee(amount: int, points: int) -> None:
    fee = fee_of(amount, points)
    entry = an_entry(postings=payment_postings(amount, fee))
    assert entry.change_of("available") == -(amount + fee)
    assert entry.change_of("external:bank") == amount
    assert entry.change_of("fees") == fee
    assert all(posting.amount_minor != 0 for posting in entry.postings)


@given(st.lists(st.tuples(amounts, st.integers(0, 10_000)), max_size=20))
def test_ledger__any_history__balance_is_the_fold(payments: list[tuple[int, int]]) -> None:
    deposited = sum(amount + fee_of(amount, points) for amount, points in payments) + 1
    entries = [an_entry(postings=deposit_postings(deposited))]
    for amount, points in payments:
        entries.append(an_entry(postings=payment_postings(amount, fee_of(amount, points))))
        entries.append(an_entry(postings=refund_postings(amount)))
    kept = sum(fee_of(amount, points) for amount, points in payments)
    assert sum(entry.change_of("available") for entry in entries) == deposited - kept


@pytest.mark.parametrize(
    "postings",
    [
        (),
        (Posting("available", 1),),
        (Posting("available", 1), Posting("fees", -2)),
        (Posting("available", 0), Posting("fees", 0)),
    ],
    ids=["none", "one", "unbalanced", "zero"],
)
def test_entry__unbalanced__cannot_be_made(postings: tuple[Posting, ...]) -> None:
    with pytest.raises(ValueError, match="entry"):
        an_entry(postings=postings)


def test_entry__cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        an_entry().currency = "EUR"  # type: ignore[misc]
