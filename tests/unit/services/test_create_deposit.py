"""Deposits: once, whole, and answered from the past."""

import json
from datetime import timedelta

import pytest

from oncepay.domain.errors import DepositBelowMinimum, IdempotencyKeyReused, InternalError
from oncepay.domain.packed_text import unpack
from oncepay.services import create_deposit as module
from tests.books import Books
from tests.builders import DAY, MERCHANT, NOW, World, a_request, body_of, id_of


def test_deposit__first__raises_the_balance(world: World, books: Books) -> None:
    outcome = world.deposit(100_000)
    assert outcome.answer.status_code == 201
    assert not outcome.replayed
    assert books.available(MERCHANT) == 100_000
    assert body_of(outcome) == {
        "id": a_request(path="/v1/deposits", key="deposit-1").derive_id("dep"),
        "object": "deposit",
        "amount_minor": 100_000,
        "currency": "USD",
        "created_at": "2026-11-21T12:00:00.123456Z",
    }


def test_deposit__posts_one_balanced_entry(world: World, books: Books) -> None:
    world.deposit(100_000)
    (entry,) = books.entries()
    assert [(p["account"], p["amount_minor"]) for p in entry["postings"]] == [
        ("external:bank", -100_000),
        ("available", 100_000),
    ]


def test_deposit__same_key_again__is_replayed(world: World, books: Books) -> None:
    first = world.deposit()
    second = world.deposit()
    assert second.replayed
    assert second.answer == first.answer
    assert books.available(MERCHANT) == 100_000


def test_deposit__stored_answer_of_an_older_release__is_replayed_byte_for_byte(
    world: World, books: Books
) -> None:
    world.deposit()
    record_id = a_request(path="/v1/deposits", key="deposit-1").record_id
    stored = books.raw("idempotency", id=record_id)
    books.copy("idempotency", stored, body={"S": '{"of":"an older release"}'})
    assert world.deposit().answer.body == '{"of":"an older release"}'


def test_deposit__key_of_another_request__is_refused(world: World, books: Books) -> None:
    world.deposit()
    with pytest.raises(IdempotencyKeyReused):
        world.deposit(fingerprint="e" * 64)
    assert books.available(MERCHANT) == 100_000


def test_deposit__record_expired_but_there__acts_once(world: World, books: Books) -> None:
    first = world.deposit()
    later = world.deposit(now=NOW + DAY + timedelta(seconds=1))
    assert later.replayed
    assert id_of(later) == id_of(first)
    assert books.available(MERCHANT) == 100_000


def test_deposit__record_deleted__other_request_under_the_key__is_refused(
    world: World, books: Books
) -> None:
    world.deposit()
    books.delete("idempotency", id=a_request(path="/v1/deposits", key="deposit-1").record_id)
    with pytest.raises(IdempotencyKeyReused):
        world.deposit(fingerprint="e" * 64)


def test_deposit__below_minimum__is_refused_and_nothing_is_stored(
    world: World, books: Books
) -> None:
    with pytest.raises(DepositBelowMinimum):
        world.deposit(99_999, currency="BTC", minimum_minor=100_000)
    assert world.deposit(100_000, currency="BTC", minimum_minor=100_000).answer.status_code == 201
    assert books.available(MERCHANT, "BTC") == 100_000


@pytest.mark.parametrize("later", [timedelta(0), DAY], ids=["alive", "expired"])
def test_deposit__minimum_raised_since__the_booked_one_is_replayed(
    world: World, books: Books, later: timedelta
) -> None:
    """Found in review: a 422 would have told the client that nothing was booked."""
    first = world.deposit(100_000, currency="BTC", minimum_minor=100_000)
    again = world.deposit(100_000, currency="BTC", minimum_minor=200_000, now=NOW + later)
    assert again.replayed
    assert again.answer == first.answer
    with pytest.raises(DepositBelowMinimum):
        world.deposit(100_000, currency="BTC", minimum_minor=200_000, key="other")
    assert books.available(MERCHANT, "BTC") == 100_000


def test_deposit__entry_id_taken__takes_another(
    world: World, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = iter(["le_taken", "le_taken", "le_free"])
    monkeypatch.setattr(module, "new_entry_id", lambda _now: next(ids))
    world.deposit(1_000, key="a")
    world.deposit(2_000, key="b")
    assert [entry["part"] for entry in books.entries()] == ["entry#le_free", "entry#le_taken"]
    assert books.available(MERCHANT) == 3_000


def test_deposit__entry_ids_all_taken__nothing_is_done(
    world: World, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "new_entry_id", lambda _now: "le_taken")
    world.deposit(1_000, key="a")
    with pytest.raises(InternalError):
        world.deposit(2_000, key="b")
    assert books.available(MERCHANT) == 1_000
    assert len(books.items("idempotency")) == 1


def test_deposit__record_expires_after_the_retention(world: World, books: Books) -> None:
    world.deposit()
    (record,) = books.items("idempotency")
    assert int(record["expires_at"]) == int((NOW + DAY).timestamp())
    assert json.loads(unpack(record["body"]))["object"] == "deposit"
