"""Refunds: never more than was captured, each once."""

from typing import Any

import pytest

from oncepay.domain.errors import (
    AmountExceedsCaptured,
    IdempotencyKeyReused,
    InternalError,
    InvalidTransition,
    NotFound,
    RateLimited,
)
from oncepay.services import create_refund as module
from oncepay.storage import write_sets
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from tests.books import Books
from tests.builders import DAY, MERCHANT, NOW, STRANGER, World, a_request, body_of, id_of


@pytest.fixture
def payment_id(world: World) -> str:
    world.deposit(100_000)
    return id_of(world.pay(5_000))


def refund_request(payment_id: str, key: str = "refund-1") -> Any:
    return a_request(path=f"/v1/payments/{payment_id}/refunds", key=key)


def test_refund__in_full__gives_the_amount_back_but_not_the_fee(
    world: World, books: Books, payment_id: str
) -> None:
    outcome = world.refund(payment_id)
    assert outcome.answer.status_code == 201
    assert body_of(outcome) == {
        "id": refund_request(payment_id).derive_id("re"),
        "object": "refund",
        "payment_id": payment_id,
        "amount_minor": 5_000,
        "currency": "USD",
        "status": "succeeded",
        "reason": None,
        "created_at": "2026-11-21T12:00:00.123456Z",
    }
    assert books.available(MERCHANT) == 100_000 - 100


def test_refund__in_parts__adds_up(world: World, books: Books, payment_id: str) -> None:
    world.refund(payment_id, 2_000, key="a")
    world.refund(payment_id, 2_999, key="b")
    assert body_of(world.refund(payment_id, key="c"))["amount_minor"] == 1
    payment = books.raw("payments", id=payment_id, part="payment")
    assert (payment["refunded_minor"]["N"], payment["version"]["N"]) == ("5000", "4")


def test_refund__more_than_is_left__is_refused_and_not_stored(
    world: World, books: Books, payment_id: str
) -> None:
    world.refund(payment_id, 4_000, key="a")
    with pytest.raises(AmountExceedsCaptured):
        world.refund(payment_id, 1_001, key="b")
    assert world.refund(payment_id, 1_000, key="b").answer.status_code == 201
    assert books.available(MERCHANT) == 100_000 - 100


def test_refund__nothing_left__is_409(world: World, payment_id: str) -> None:
    world.refund(payment_id)
    with pytest.raises(InvalidTransition):
        world.refund(payment_id, key="again")


def test_refund__of_a_declined_payment__is_409(world: World) -> None:
    declined = id_of(world.pay())
    with pytest.raises(InvalidTransition):
        world.refund(declined)


def test_refund__same_key__is_replayed(world: World, books: Books, payment_id: str) -> None:
    first = world.refund(payment_id)
    second = world.refund(payment_id)
    assert second.replayed
    assert second.answer == first.answer
    assert books.available(MERCHANT) == 100_000 - 100


def test_refund__record_expired__acts_once(world: World, books: Books, payment_id: str) -> None:
    first = world.refund(payment_id, 1_000)
    later = world.refund(payment_id, 1_000, now=NOW + DAY)
    assert later.replayed
    assert later.answer == first.answer
    assert books.available(MERCHANT) == 100_000 - 5_100 + 1_000


def test_refund__key_of_another_refund__is_refused(world: World, payment_id: str) -> None:
    world.refund(payment_id, 1_000)
    with pytest.raises(IdempotencyKeyReused):
        world.refund(payment_id, 2_000, fingerprint="e" * 64)


@pytest.mark.parametrize("who", [{"merchant_id": STRANGER}, {}], ids=["not yours", "not there"])
def test_refund__not_yours_or_not_there__is_the_same_404(
    world: World, payment_id: str, who: dict[str, Any]
) -> None:
    with pytest.raises(NotFound, match=r"^no such payment$"):
        world.refund(payment_id if who else "pay_nobody", **who)


def test_refund__another_was_faster__decides_on_what_is_left(
    world: World, books: Books, payment_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Begin A (4000 of 5000); B takes 3000 in between; A must find that only 2000 are left."""
    write_refund = write_sets.write_refund

    def after_b(*args: Any) -> Any:
        monkeypatch.setattr(write_sets, "write_refund", write_refund)
        world.refund(payment_id, 3_000, key="b")
        return write_refund(*args)

    monkeypatch.setattr(write_sets, "write_refund", after_b)
    with pytest.raises(AmountExceedsCaptured):
        world.refund(payment_id, 4_000, key="a")
    assert books.available(MERCHANT) == 100_000 - 5_100 + 3_000


def test_refund__another_was_faster_and_enough_is_left__goes_through(
    world: World, books: Books, payment_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_refund = write_sets.write_refund

    def after_b(*args: Any) -> Any:
        monkeypatch.setattr(write_sets, "write_refund", write_refund)
        world.refund(payment_id, 1_000, key="b")
        return write_refund(*args)

    monkeypatch.setattr(write_sets, "write_refund", after_b)
    assert world.refund(payment_id, 4_000, key="a").answer.status_code == 201
    payment = books.raw("payments", id=payment_id, part="payment")
    assert (payment["refunded_minor"]["N"], payment["version"]["N"]) == ("5000", "3")


def test_refund__always_overtaken__gives_up_and_did_nothing(
    world: World, books: Books, payment_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    always = write_sets.Refused[Any](record=None, item=None, books=False, balance=None)
    monkeypatch.setattr(write_sets, "write_refund", lambda *_: always)
    with pytest.raises(RateLimited):
        world.refund(payment_id)
    assert books.available(MERCHANT) == 100_000 - 5_100


def test_refund__no_time_left__gives_up(
    database: Database, payment_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    always = write_sets.Refused[Any](record=None, item=None, books=False, balance=None)
    monkeypatch.setattr(write_sets, "write_refund", lambda *_: always)
    with pytest.raises(RateLimited):
        World(database, Budget(0)).refund(payment_id)


def test_refund__a_faster_copy_answered__its_answer_counts(
    world: World, books: Books, payment_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy's record stands, in the words of an older release, and its refund has been moved
    away."""
    write_refund = write_sets.write_refund

    def after_copy(*args: Any) -> Any:
        monkeypatch.setattr(write_sets, "write_refund", write_refund)
        payment = books.raw("payments", id=payment_id, part="payment")
        world.refund(payment_id, 1_000)
        request = refund_request(payment_id)
        record = books.raw("idempotency", id=request.record_id)
        books.copy("idempotency", record, body={"S": '{"of":"the copy"}'})
        books.delete("payments", id=payment_id, part=f"refund#{request.derive_id('re')}")
        books.copy("payments", payment)
        return write_refund(*args)

    monkeypatch.setattr(write_sets, "write_refund", after_copy)
    outcome = world.refund(payment_id, 1_000)
    assert (outcome.replayed, outcome.answer.body) == (True, '{"of":"the copy"}')
    assert books.available(MERCHANT) == 100_000 - 5_100 + 1_000


def test_refund__a_faster_copy_made_it_and_its_record_is_gone__is_not_made_twice(
    world: World, books: Books, payment_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_refund = write_sets.write_refund

    def after_copy(*args: Any) -> Any:
        monkeypatch.setattr(write_sets, "write_refund", write_refund)
        payment = books.raw("payments", id=payment_id, part="payment")
        world.refund(payment_id, 1_000)
        books.delete("idempotency", id=refund_request(payment_id).record_id)
        # As if the version did not tell: the refund's own condition has to.
        books.copy("payments", payment)
        return write_refund(*args)

    monkeypatch.setattr(write_sets, "write_refund", after_copy)
    assert world.refund(payment_id, 1_000).replayed
    assert books.available(MERCHANT) == 100_000 - 5_100 + 1_000


def test_refund__entry_id_taken__takes_another(
    world: World, books: Books, payment_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = iter(["le_taken", "le_taken", "le_z"])
    monkeypatch.setattr(module, "new_entry_id", lambda _now: next(ids))
    world.refund(payment_id, 1_000, key="a")
    world.refund(payment_id, 2_000, key="b")
    taken = next(entry for entry in books.entries() if entry["part"] == "entry#le_taken")
    assert taken["postings"][1]["amount_minor"] == 1_000
    assert books.available(MERCHANT) == 100_000 - 5_100 + 3_000


def test_refund__completed_record_without_an_answer__is_an_internal_error(
    world: World, books: Books, payment_id: str
) -> None:
    world.refund(payment_id)
    record = books.raw("idempotency", id=refund_request(payment_id).record_id)
    del record["body"]
    books.copy("idempotency", record)
    with pytest.raises(InternalError):
        world.refund(payment_id)
