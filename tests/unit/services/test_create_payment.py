"""Payments from a balance: each condition of the transaction, each row of the decision table."""

from datetime import timedelta
from typing import Any

import pytest

from oncepay.domain.errors import IdempotencyKeyReused, InternalError, RequestInProgress
from oncepay.domain.packed_text import unpack
from oncepay.services import create_payment as module
from oncepay.storage import write_sets
from tests.books import Books
from tests.builders import DAY, MERCHANT, NOW, STRANGER, World, a_request, body_of, id_of

RECORD_ID = a_request().record_id


def test_payment__funds_suffice__takes_amount_and_fee(world: World, books: Books) -> None:
    world.deposit(100_000)
    outcome = world.pay(5_000)
    assert outcome.answer.status_code == 201
    assert books.available(MERCHANT) == 100_000 - 5_000 - 100
    body = body_of(outcome)
    assert (body["amount_minor"], body["fee_minor"], body["status"]) == (5_000, 100, "succeeded")
    assert (body["captured_minor"], body["refunded_minor"], body["version"]) == (5_000, 0, 1)


def test_payment__posts_one_balanced_entry(world: World, books: Books) -> None:
    world.deposit(100_000)
    world.pay(5_000)
    (entry,) = [entry for entry in books.entries() if entry["kind"] == "payment"]
    assert [(p["account"], p["amount_minor"]) for p in entry["postings"]] == [
        ("available", -5_100),
        ("external:bank", 5_000),
        ("fees", 100),
    ]


def test_payment__fee_rounds_down(world: World) -> None:
    world.deposit(100_000)
    assert body_of(world.pay(49))["fee_minor"] == 0
    assert body_of(world.pay(99, key="b"))["fee_minor"] == 1


def test_payment__exactly_the_balance__empties_it(world: World, books: Books) -> None:
    world.deposit(5_100)
    assert world.pay(5_000).answer.status_code == 201
    assert books.available(MERCHANT) == 0


def test_payment__one_unit_short__is_declined_and_moves_nothing(world: World, books: Books) -> None:
    world.deposit(5_099)
    outcome = world.pay(5_000)
    assert outcome.answer.status_code == 402
    body = body_of(outcome)
    assert (body["code"], body["payment_id"]) == (
        "insufficient_funds",
        a_request().derive_id("pay"),
    )
    assert books.available(MERCHANT) == 5_099
    assert len(books.entries()) == 1


def test_payment__no_deposit_ever__is_declined(world: World) -> None:
    assert world.pay().answer.status_code == 402


def test_payment__other_currency__is_declined(world: World) -> None:
    world.deposit(100_000)
    assert world.pay(currency="EUR").answer.status_code == 402


def test_payment__declined__stays_declined_when_money_arrives(world: World, books: Books) -> None:
    first = world.pay()
    world.deposit(100_000)
    second = world.pay()
    assert second.replayed
    assert second.answer == first.answer
    assert books.available(MERCHANT) == 100_000


def test_payment__declined__stays_declined_after_its_record_expired(
    world: World, books: Books
) -> None:
    world.pay()
    world.deposit(100_000)
    later = world.pay(now=NOW + DAY)
    assert later.replayed
    assert later.answer.status_code == 402
    assert books.available(MERCHANT) == 100_000


def test_payment__same_key__is_replayed_as_it_was_answered(world: World, books: Books) -> None:
    world.deposit(100_000)
    first = world.pay()
    world.refund(id_of(first))
    second = world.pay(now=NOW + timedelta(hours=23))
    assert second.replayed
    assert second.answer == first.answer
    assert books.available(MERCHANT) == 100_000 - 100


def test_payment__record_expired_but_there__shows_the_payment_as_it_is_now(
    world: World, books: Books
) -> None:
    world.deposit(100_000)
    first = world.pay()
    world.refund(id_of(first), 1_000)
    later = world.pay(now=NOW + DAY)
    assert later.replayed
    assert later.answer.status_code == 201
    assert (body_of(later)["id"], body_of(later)["refunded_minor"]) == (id_of(first), 1_000)
    assert books.available(MERCHANT) == 100_000 - 5_100 + 1_000


def test_payment__record_one_second_before_its_end__is_alive(world: World) -> None:
    world.deposit(100_000)
    first = world.pay()
    world.refund(id_of(first), 1_000)
    assert world.pay(now=NOW + DAY - timedelta(seconds=1)).answer == first.answer


def test_payment__record_deleted__acts_once(world: World, books: Books) -> None:
    world.deposit(100_000)
    first = world.pay()
    books.delete("idempotency", id=RECORD_ID)
    second = world.pay()
    assert second.replayed
    assert id_of(second) == id_of(first)
    assert books.available(MERCHANT) == 100_000 - 5_100


@pytest.mark.parametrize("later", [timedelta(0), DAY], ids=["alive", "expired"])
def test_payment__key_of_another_request__is_refused(
    world: World, books: Books, later: timedelta
) -> None:
    world.deposit(100_000)
    world.pay()
    with pytest.raises(IdempotencyKeyReused):
        world.pay(fingerprint="e" * 64, now=NOW + later)
    assert books.available(MERCHANT) == 100_000 - 5_100


def test_payment__record_alive_without_a_payment__is_not_overwritten(
    world: World, books: Books
) -> None:
    world.deposit(100_000)
    world.pay()
    stored = books.raw("idempotency", id=RECORD_ID)
    payment_id = a_request().derive_id("pay")
    books.delete("payments", id=payment_id, part="payment")
    assert world.pay().answer.body == unpack(stored["body"]["S"])
    assert books.available(MERCHANT) == 100_000 - 5_100


def test_payment__record_expired_and_no_payment__is_carried_out(world: World, books: Books) -> None:
    world.deposit(100_000)
    world.pay()
    books.delete("payments", id=a_request().derive_id("pay"), part="payment")
    outcome = world.pay(now=NOW + DAY)
    assert not outcome.replayed
    assert books.available(MERCHANT) == 100_000 - 2 * 5_100


def test_payment__request_in_progress__is_409(world: World, books: Books) -> None:
    world.deposit(100_000)
    world.pay()
    stored = books.raw("idempotency", id=RECORD_ID)
    del stored["expires_at"], stored["body"], stored["status_code"]
    books.copy("idempotency", stored, state={"S": "IN_PROGRESS"})
    with pytest.raises(RequestInProgress):
        world.pay(now=NOW + 2 * DAY)


@pytest.mark.parametrize(
    "other",
    [{"merchant_id": STRANGER}, {"path": "/v1/others"}, {"method": "PUT"}, {"key": "key-2"}],
    ids=["merchant", "path", "method", "key"],
)
def test_payment__other_scope__is_another_payment(world: World, other: dict[str, Any]) -> None:
    world.deposit(100_000)
    world.deposit(100_000, merchant_id=STRANGER)
    first = world.pay()
    second = world.pay(**other)
    assert not second.replayed
    assert id_of(second) != id_of(first)


def test_payment__entry_id_taken__takes_another(
    world: World, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deposit(100_000)
    ids = iter(["le_taken", "le_taken", "le_z"])
    monkeypatch.setattr(module, "new_entry_id", lambda _now: next(ids))
    world.pay(1_000, key="a")
    world.pay(2_000, key="b")
    parts = {entry["part"] for entry in books.entries() if entry["kind"] == "payment"}
    assert parts == {"entry#le_taken", "entry#le_z"}
    taken = next(entry for entry in books.entries() if entry["part"] == "entry#le_taken")
    assert taken["payment_id"] == a_request(key="a").derive_id("pay")


def test_payment__entry_ids_all_taken__nothing_is_done(
    world: World, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deposit(100_000)
    monkeypatch.setattr(module, "new_entry_id", lambda _now: "le_taken")
    world.pay(1_000, key="a")
    before = books.available(MERCHANT)
    with pytest.raises(InternalError):
        world.pay(2_000, key="b")
    assert books.available(MERCHANT) == before


def test_decline__a_faster_copy_found_money__its_answer_counts(
    world: World, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copy A sees no money; money arrives; copy B pays; only then A records its decline."""
    write_decline = write_sets.write_decline

    def after_copy_b(*args: Any) -> Any:
        monkeypatch.setattr(write_sets, "write_decline", write_decline)
        world.deposit(100_000)
        assert world.pay().answer.status_code == 201
        # The refund makes the payment's present state differ from what was answered.
        world.refund(a_request().derive_id("pay"), 1_000)
        return write_decline(*args)

    monkeypatch.setattr(write_sets, "write_decline", after_copy_b)
    outcome = world.pay()
    assert outcome.replayed
    assert outcome.answer.status_code == 201
    assert body_of(outcome)["refunded_minor"] == 0
    assert books.available(MERCHANT) == 100_000 - 5_100 + 1_000


def test_decline__a_faster_copy_paid_and_its_record_is_gone__its_payment_counts(
    world: World, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_decline = write_sets.write_decline

    def after_copy_b(*args: Any) -> Any:
        monkeypatch.setattr(write_sets, "write_decline", write_decline)
        world.deposit(100_000)
        world.pay()
        books.delete("idempotency", id=RECORD_ID)
        return write_decline(*args)

    monkeypatch.setattr(write_sets, "write_decline", after_copy_b)
    outcome = world.pay()
    assert outcome.answer.status_code == 201
    payment = books.raw("payments", id=a_request().derive_id("pay"), part="payment")
    assert payment["status"]["S"] == "succeeded"
