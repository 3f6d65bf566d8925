"""Breaks are decided about: once, together with what that posts and marks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from oncepay.domain.errors import IdempotencyKeyReused, InvalidTransition, NotFound, RateLimited
from oncepay.domain.idempotency import Answer, IdempotentRequest, Outcome
from oncepay.domain.ledger import EntryKind, LedgerEntry, Posting, first_shard
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.settlement import Break, BreakAction
from oncepay.domain.times import format_time
from oncepay.services import resolve_break as module
from oncepay.services.resolve_break import ResolveBreak, resolve_break
from oncepay.storage import ledger, payments
from oncepay.storage.breaks import break_from_raw, break_item
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.resolution_writes import ResolutionRefused, write_resolution
from oncepay.storage.transactions import Transaction
from tests.books import Books
from tests.builders import DAY, MERCHANT, NOW, World, a_request
from tests.unit.domain.test_break_resolution import PAYMENT, a_break
from tests.unit.domain.test_settlement_matching import REFUND, STRIPE

LATER = NOW + timedelta(minutes=1)
LEDGER = f"{MERCHANT}#USD#0"

type Decide = Callable[..., Outcome]


@pytest.fixture
def books(dynamodb: Any, tables: dict[str, str]) -> Books:
    return Books(dynamodb, tables)


@pytest.fixture
def decide(database: Database, budget: Budget) -> Decide:
    def decide(found: Break, action: BreakAction = BreakAction.CORRECT, **changes: Any) -> Outcome:
        request: IdempotentRequest = a_request(**changes.pop("request", {}))
        values: dict[str, Any] = {
            "settlement_id": found.settlement_id,
            "break_id": found.id,
            "action": action,
            "reason": "the bank says so",
        }
        return resolve_break(
            ResolveBreak(**(values | changes)),
            request=request,
            by="key_1",
            present=lambda after: Answer(200, f"{after.status} {len(after.decisions)}"),
            retention=DAY,
            database=database,
            now=LATER,
            budget=budget,
        )

    return decide


def put(database: Database, budget: Budget, *items: Payment | Refund | Break) -> None:
    transaction = Transaction()
    for item in items:
        if isinstance(item, Payment):
            transaction.put("payment", payments.payment_item(item))
        elif isinstance(item, Refund):
            transaction.put("refund", payments.refund_item(item))
        else:
            transaction.put("break", break_item(item))
    entry = LedgerEntry(
        id="le_0",
        ledger_id=LEDGER,
        kind=EntryKind.CAPTURE,
        item=PAYMENT.key,
        payment_id=PAYMENT.id,
        currency="USD",
        postings=(Posting("pending", 4_900), Posting("fees", 100), Posting(STRIPE, -5_000)),
        created_at=NOW,
    )
    ledger.post(transaction, entry)
    assert database.write(transaction, budget) is None


def stored(books: Books, part: str = "payment") -> dict[str, Any]:
    (item,) = [item for item in books.items("payments") if item["part"] == part]
    return item


def balance(books: Books) -> tuple[int, int]:
    (item,) = [item for item in books.items("ledger") if item["part"] == "balance"]
    return int(item.get("available_minor", 0)), int(item.get("pending_minor", 0))


def the_break(books: Books) -> dict[str, Any]:
    (item,) = books.items("settlements")
    return item


def test_break__corrected__posts_marks_and_tells_who(
    decide: Decide, database: Database, budget: Budget, books: Books
) -> None:
    found = a_break()
    put(database, budget, PAYMENT, found)
    outcome = decide(found)
    assert (outcome.answer.body, outcome.replayed) == ("corrected 1", False)
    payment = stored(books)
    assert (payment["settlement_id"], payment["version"]) == (found.settlement_id, 2)
    assert "pending_minor" not in payment
    assert balance(books) == (4_900, 0)
    item = the_break(books)
    assert (item["status"], item["version"]) == ("corrected", 2)
    (decision,) = item["decisions"]
    assert (decision["action"], decision["by"], decision["reason"]) == (
        "correct", "key_1", "the bank says so",
    )  # fmt: skip
    (entry,) = [each for each in books.entries() if each["kind"] == "correction"]
    assert (entry["item_id"], entry["item_part"]) == (found.key.id, found.key.part)


def test_break__corrected_twice_under_one_key__is_answered_again(
    decide: Decide, database: Database, budget: Budget, books: Books
) -> None:
    found = a_break()
    put(database, budget, PAYMENT, found)
    first = decide(found)
    again = decide(found)
    assert (again.answer, again.replayed) == (first.answer, True)
    assert len(books.entries()) == 2


def test_break__reopened__is_not_corrected_by_a_request_whose_answer_has_expired(
    decide: Decide, database: Database, budget: Budget, books: Books, dynamodb: Any
) -> None:
    found = a_break()
    put(database, budget, PAYMENT, found)
    decide(found)
    decide(found, BreakAction.REOPEN, request={"key": "key-2"})
    for record in dynamodb.scan(TableName=books.tables["idempotency"])["Items"]:
        dynamodb.delete_item(TableName=books.tables["idempotency"], Key={"id": record["id"]})
    again = decide(found)
    assert (again.answer.body, again.replayed) == ("open 2", True)
    with pytest.raises(IdempotencyKeyReused):
        decide(found, BreakAction.IGNORE)
    assert the_break(books)["status"] == "open"


def test_break__another_decision_under_the_key__is_refused(
    decide: Decide, database: Database, budget: Budget
) -> None:
    found = a_break()
    put(database, budget, PAYMENT, found)
    decide(found)
    with pytest.raises(IdempotencyKeyReused):
        decide(found, BreakAction.IGNORE, request={"fingerprint": "0" * 64})


def test_break__corrected_and_reopened__is_as_before(
    decide: Decide, database: Database, budget: Budget, books: Books
) -> None:
    found = a_break()
    put(database, budget, PAYMENT, found)
    before = stored(books)
    decide(found)
    outcome = decide(found, BreakAction.REOPEN, request={"key": "key-2"})
    assert outcome.answer.body == "open 2"
    after = stored(books)
    assert {**after, "version": 0, "updated_at": ""} == {**before, "version": 0, "updated_at": ""}
    assert balance(books) == (0, 4_900)
    item = the_break(books)
    assert (item["status"], "posted" in item) == ("open", False)
    kinds = [entry["kind"] for entry in books.entries()]
    assert sorted(kinds) == ["capture", "correction", "correction_reversed"]


def test_break__reopened_in_a_book_of_several_shards__takes_from_all_of_them(
    decide: Decide, database: Database, budget: Budget, books: Books
) -> None:
    found, world = a_break(), World(database, budget)
    put(database, budget, PAYMENT, found)
    decide(found)
    world.deposit(400, shards=4)
    key = next(
        key
        for key in (f"key-{number}" for number in range(3, 100))
        if first_shard(a_request(key=key).derive_id("pay"), 4) == 0
    )
    paid = world.pay(4_950, key=key, shards=4, fee_basis_points=0)
    assert paid.answer.status_code == 201
    decide(found, BreakAction.REOPEN, request={"key": "key-2"})
    left = {
        str(item["id"])[-1]: int(item.get("available_minor", 0))
        for item in books.items("ledger")
        if item["part"] == "balance"
    }
    assert left == {"0": 400 - 4_950, "1": 0, "2": 0, "3": 0}


def test_break__of_a_refund__marks_the_refund(
    decide: Decide, database: Database, budget: Budget, books: Books
) -> None:
    postings = (Posting(STRIPE, -500), Posting("suspense", 500))
    found = a_break(settles=REFUND.key, correction=postings)
    put(database, budget, REFUND, found)
    decide(found)
    assert stored(books, REFUND.key.part)["settlement_id"] == found.settlement_id
    decide(found, BreakAction.REOPEN, request={"key": "key-2"})
    assert "settlement_id" not in stored(books, REFUND.key.part)


def test_break__accepted__changes_nothing_else(
    decide: Decide, database: Database, budget: Budget, books: Books
) -> None:
    found = a_break()
    put(database, budget, PAYMENT, found)
    before = books.items("payments"), books.items("ledger")
    assert decide(found, BreakAction.ACCEPT).answer.body == "accepted 1"
    assert (books.items("payments"), books.items("ledger")) == before


def test_break__decided_already__is_refused_and_nothing_is_stored(
    decide: Decide, database: Database, budget: Budget, books: Books
) -> None:
    found = a_break()
    put(database, budget, PAYMENT, found)
    decide(found, BreakAction.IGNORE)
    before = books.items("settlements"), books.items("idempotency")
    with pytest.raises(InvalidTransition, match="the break is ignored; reopen it first"):
        decide(found, request={"key": "key-2"})
    assert (books.items("settlements"), books.items("idempotency")) == before


def test_break__whose_payment_changes_just_then__is_decided_anew(
    decide: Decide,
    database: Database,
    budget: Budget,
    books: Books,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = a_break()
    put(database, budget, PAYMENT, found)
    write, times = write_resolution, iter((True, False))

    def refunded_just_before(*args: Any) -> Any:
        if next(times):
            raw = books.raw("payments", id="pay_1", part="payment")
            books.copy("payments", raw, version={"N": "2"}, pending_minor={"N": "2900"})
        return write(*args)

    monkeypatch.setattr(module, "write_resolution", refunded_just_before)
    decide(found)
    # Of the balance, which the refund would have lowered too.
    assert balance(books) == (2_900, 2_000)
    assert stored(books)["version"] == 3


def test_break__that_somebody_else_decides_about_just_then__is_theirs(
    decide: Decide,
    database: Database,
    budget: Budget,
    books: Books,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = a_break()
    put(database, budget, PAYMENT, found)
    write, times = write_resolution, iter((True, False, False))

    def accepted_just_before(*args: Any) -> Any:
        if next(times):
            decide(found, BreakAction.ACCEPT, request={"key": "key-2"})
        return write(*args)

    monkeypatch.setattr(module, "write_resolution", accepted_just_before)
    with pytest.raises(InvalidTransition, match="the break is accepted; reopen it first"):
        decide(found)
    item = the_break(books)
    assert (item["status"], item["version"], len(item["decisions"])) == ("accepted", 2, 1)
    assert balance(books) == (0, 4_900)


def test_break__decided_about_twice_at_once_under_one_key__is_answered_the_same(
    decide: Decide,
    database: Database,
    budget: Budget,
    books: Books,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = a_break()
    put(database, budget, PAYMENT, found)
    write, times = write_resolution, iter((True, False))
    answers: list[Outcome] = []

    def the_same_just_before(*args: Any) -> Any:
        if next(times):
            answers.append(decide(found))
        return write(*args)

    monkeypatch.setattr(module, "write_resolution", the_same_just_before)
    again = decide(found)
    assert (again.answer, again.replayed) == (answers[0].answer, True)
    assert len(books.entries()) == 2


def test_entry__whose_id_is_taken__takes_another(
    decide: Decide,
    database: Database,
    budget: Budget,
    books: Books,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = a_break()
    put(database, budget, PAYMENT, found)
    # That of the capture.
    ids = iter(("le_0", "le_1"))
    monkeypatch.setattr(module, "new_entry_id", lambda _: next(ids))
    decide(found)
    assert [entry["kind"] for entry in books.entries()] == ["capture", "correction"]
    assert balance(books) == (4_900, 0)


def test_break__that_is_decided__is_in_the_index_of_open_breaks_no_more(
    decide: Decide, database: Database, budget: Budget, books: Books
) -> None:
    found = a_break()
    put(database, budget, PAYMENT, found)
    before = the_break(books)
    assert (before["open_bucket"], before["opened_at"]) == ("open#7", format_time(NOW))
    decide(found, BreakAction.ACCEPT)
    assert "open_bucket" not in the_break(books)
    decide(found, BreakAction.REOPEN, request={"key": "key-2"})
    after = the_break(books)
    assert (after["open_bucket"], after["opened_at"]) == ("open#7", format_time(LATER))


def test_break__that_changes_all_the_time__is_given_up(
    decide: Decide,
    database: Database,
    budget: Budget,
    books: Books,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = a_break()
    put(database, budget, PAYMENT, found)
    monkeypatch.setattr(module, "write_resolution", lambda *_: ResolutionRefused(None))
    with pytest.raises(RateLimited, match="is being changed by somebody else"):
        decide(found)


@pytest.mark.parametrize(
    "changes",
    [
        {"break_id": "brk_" + "a" * 26 + "_8"},
        {"break_id": "brk_" + "a" * 26 + "_0"},
        {"break_id": "brk_" + "b" * 26 + "_7"},
        {"break_id": "brk_" + "a" * 26 + "_7#"},
        {"settlement_id": "set_" + "b" * 26},
        {"break_id": ""},
    ],
    ids=str,
)
def test_break__that_there_is_not__is_not_found(
    decide: Decide, database: Database, budget: Budget, changes: dict[str, str]
) -> None:
    found = a_break()
    put(database, budget, PAYMENT, found)
    with pytest.raises(NotFound, match="no such break of this settlement"):
        decide(found, **changes)


def test_break__with_all_that_is_kept__is_read_back_as_it_was(
    database: Database, budget: Budget
) -> None:
    found = replace(a_break(), correction=(), settles=None)
    put(database, budget, found)
    raw = database.get("settlements", found.settlement_id, found.key.part, budget)
    assert raw is not None
    assert break_from_raw(raw) == found
