"""A settlement file whose worker is killed, overtaken or disturbed: the end is the same."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from oncepay.domain import settlement_booking
from oncepay.domain.capacity import item_size_bytes
from oncepay.domain.errors import RateLimited, StorageUnavailable
from oncepay.domain.payment import pay_from_balance
from oncepay.domain.settlement import SettlementStatus, Source
from oncepay.domain.settlement_formats import unpacking
from oncepay.services import book_rows, reconcile_file
from oncepay.services.measure_file import measure_file
from oncepay.services.reconcile_file import STANDSTILL, Ending
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.objects import ObjectStore
from oncepay.storage.payments import payment_item
from oncepay.storage.transactions import Refusal, Transaction
from tests.books import Books
from tests.builders import MERCHANT, NOW, World, id_of
from tests.dropped_files import Drop, a_file, a_line

ROWS_PER_WRITE = 2
TIMES = {
    "started_at",
    "updated_at",
    "measured_at",
    "completed_at",
    "reported_at",
    "settled_at",
    "opened_at",
    "list_position",
    "at",
}


class Killed(BaseException):
    """The worker is gone: nothing catches this."""


class BreaksOff(io.RawIOBase):
    """A stream that ends in an error after some bytes."""

    def __init__(self, raw: Any, after_bytes: int) -> None:
        self._raw, self._left = raw, after_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._left <= 0:
            raise StorageUnavailable("the file broke off while it was read")
        count = self._raw.readinto(memoryview(buffer)[: self._left]) or 0
        self._left -= count
        return count


class Disturbed(Database):
    """A database where something happens at the n-th write, before or after it."""

    def __init__(self, database: Database, at: int, event: Callable[[], None], when: str) -> None:
        self._real = database
        self._at, self._event, self._when = at, event, when
        self.writes = 0

    def write(
        self, transaction: Transaction, budget: Budget, *, tries: int | None = None
    ) -> Refusal | None:
        self.writes += 1
        now = self.writes == self._at
        if now and self._when == "before":
            self._event()
        refusal = self._real.write(transaction, budget, tries=tries)
        if now and self._when == "after":
            self._event()
        return refusal

    def __getattribute__(self, name: str) -> Any:
        if name in {"get", "get_many", "query_all", "query_page"}:
            return getattr(object.__getattribute__(self, "_real"), name)
        return object.__getattribute__(self, name)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book_rows, "MAX_ACTIONS", ROWS_PER_WRITE)


@pytest.fixture
def drop(database: Database, tables: dict[str, str]) -> Drop:
    return Drop(database, tables)


@pytest.fixture
def content(world: World) -> bytes:
    """Seven rows, four chunks: matches, refunds and breaks."""
    world.deposit()
    a, b, c = (id_of(world.pay(key=f"order-{n}")) for n in "ABC")
    world.refund(a, 300)
    return a_file(
        a_line(a),
        a_line(a, 300, 0, type_="refund"),
        a_line(b, 5007),
        a_line(a),
        a_line(c),
        a_line("pay_nobody"),
        a_line(c, "1e3"),
    )


def kill() -> None:
    raise Killed


def result(books: Books) -> list[str]:
    """Everything stored, but for times."""
    return sorted(
        repr(sorted((name, value) for name, value in item.items() if name not in TIMES))
        for role in ("payments", "ledger", "settlements")
        for item in books.items(role)
        if not str(item["id"]).startswith("source#")
    )


WRITES = 7
"""Begin, claim, four chunks, and that its results are in the bucket."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(1, WRITES + 1))
def test_killed__at_any_write__resumes_to_the_same_result(
    at: int, when: str, drop: Drop, content: bytes, books: Books, database: Database
) -> None:
    source = drop.put(content)
    with pytest.raises(Killed):
        drop.take(source, database=Disturbed(database, at, kill, when))
    run = drop.take(source).run
    assert run.status is SettlementStatus.COMPLETED
    assert (run.matched, run.breaks, run.version) == (3, 4, WRITES)
    assert drop.breaks(run.id) == [
        (3, "amount_mismatch"),
        (4, "duplicate_row"),
        (6, "missing_in_ledger"),
        (7, "rejected_row"),
    ]
    settled = [item for item in books.items("payments") if "settlement_id" in item]
    assert sorted(item["version"] for item in settled) == [2, 2, 3]


def test_killed_after_each_chunk__ends_as_one_in_peace(
    drop: Drop, content: bytes, database: Database
) -> None:
    source = drop.put(content)
    with pytest.raises(Killed):
        drop.take(source, database=Disturbed(database, 2, kill, "after"))
    for booked in (2, 4, 6):
        with pytest.raises(Killed):
            # Its first write is the announcement, which is known already.
            drop.take(source, database=Disturbed(database, 2, kill, "after"))
        assert drop.run(source.settlement_id).booked == booked
    run = drop.take(source).run
    assert (run.matched, run.breaks, run.version) == (3, 4, WRITES)


@pytest.mark.parametrize("at", range(2, WRITES + 1))
def test_overtaken_by_one_that_ends__before_any_write__changes_nothing(
    at: int, drop: Drop, content: bytes, books: Books, database: Database
) -> None:
    source = drop.put(content)
    done: list[list[str]] = []

    def another_ends_it() -> None:
        assert drop.take(source).ending is Ending.DONE
        done.append(result(books))

    overtaken = drop.take(source, database=Disturbed(database, at, another_ends_it, "before"))
    assert overtaken.ending is Ending.DONE
    assert done == [result(books)]


def test_overtaken_by_one_that_is_killed__looks_again_and_ends_it(
    drop: Drop, content: bytes, database: Database
) -> None:
    source = drop.put(content)

    def another_is_killed() -> None:
        with pytest.raises(Killed):
            drop.take(source, database=Disturbed(database, 2, kill, "after"))

    disturbed = Disturbed(database, 4, another_is_killed, "before")
    assert drop.take(source, database=disturbed).ending is Ending.WAITING
    run = drop.take(source).run
    assert (run.matched, run.breaks, run.version) == (3, 4, WRITES)


def test_overtaken_by_one_that_is_killed_before_its_results__looks_again_and_puts_them(
    drop: Drop, content: bytes, database: Database
) -> None:
    source = drop.put(content)

    def another_books_the_rest_and_is_killed() -> None:
        with pytest.raises(Killed):
            # The announcement, which is known already, and three chunks.
            drop.take(source, database=Disturbed(database, 4, kill, "after"))

    disturbed = Disturbed(database, 4, another_books_the_rest_and_is_killed, "before")
    overtaken = drop.take(source, database=disturbed)
    assert overtaken.run.status is SettlementStatus.COMPLETED
    assert (overtaken.ending, overtaken.run.reported_at) == (Ending.WAITING, None)
    run = drop.take(source).run
    assert run.reported_at is not None
    assert run.version == WRITES


def test_copy__of_an_original_whose_results_are_missing__puts_them(
    drop: Drop, content: bytes, database: Database
) -> None:
    original = drop.put(content)
    with pytest.raises(Killed):
        drop.take(original, database=Disturbed(database, WRITES - 1, kill, "after"))
    assert drop.run(original.settlement_id).reported_at is None
    drop.delete(original)
    copy = drop.take(drop.put(content, "incoming/copy.csv"))
    assert copy.run.duplicate_of == original.settlement_id
    reported = drop.run(original.settlement_id)
    assert (reported.status, reported.version) == (SettlementStatus.COMPLETED, WRITES)
    assert reported.reported_at is not None


def test_copy_takes_over_is_killed_and_deleted__the_original_is_still_ended(
    drop: Drop, content: bytes, database: Database
) -> None:
    original, copy = drop.put(content), drop.put(content, "incoming/copy.csv")

    def copy_takes_over_and_is_killed() -> None:
        drop.now += STANDSTILL
        with pytest.raises(Killed):
            drop.take(copy, database=Disturbed(database, 3, kill, "after"))

    disturbed = Disturbed(database, 4, copy_takes_over_and_is_killed, "before")
    assert drop.take(original, database=disturbed).ending is Ending.WAITING
    drop.delete(copy)
    assert drop.take(copy).run.status is SettlementStatus.FAILED
    assert drop.take(original).run.status is SettlementStatus.COMPLETED


def test_payment_refunded_between_reading_and_writing__is_read_again(
    drop: Drop, content: bytes, books: Books, database: Database, world: World
) -> None:
    source = drop.put(content)
    payments = books.items("payments")
    paid = next(p["id"] for p in payments if p["part"] == "payment" and p["refunded_minor"] == 300)

    def refund() -> None:
        world.refund(paid, 200, key="in between")

    # The first chunk holds the payment and its first refund.
    disturbed = Disturbed(database, 3, refund, "before")
    assert drop.take(source, database=disturbed).run.matched == 3
    payment = books.raw("payments", id=paid, part="payment")
    assert payment["version"] == {"N": "4"}
    assert payment["refunded_minor"] == {"N": "500"}


def test_settled_by_another_file_in_between__is_already_settled(
    drop: Drop, world: World, database: Database
) -> None:
    world.deposit()
    paid = id_of(world.pay())
    source = drop.put(a_file(a_line(paid)))

    def other_file() -> None:
        drop.settle(a_line(paid, row_id="other"), key="incoming/other.csv")

    run = drop.take(source, database=Disturbed(database, 3, other_file, "before")).run
    assert drop.breaks(run.id) == [(1, "already_settled")]


def test_copy__while_the_original_is_worked_on__waits(
    drop: Drop, content: bytes, books: Books, database: Database
) -> None:
    original, copy = drop.put(content), drop.put(content, "incoming/copy.csv")
    with pytest.raises(Killed):
        drop.take(original, database=Disturbed(database, 3, kill, "after"))
    assert drop.take(copy).ending is Ending.WAITING
    assert drop.run(copy.settlement_id).status is SettlementStatus.PROCESSING


def test_copy__of_an_original_that_stands_still__carries_it_on(
    drop: Drop, content: bytes, database: Database
) -> None:
    original, copy = drop.put(content), drop.put(content, "incoming/copy.csv")
    with pytest.raises(Killed):
        drop.take(original, database=Disturbed(database, 3, kill, "after"))
    drop.now += STANDSTILL
    taken = drop.take(copy)
    assert taken.run.duplicate_of == original.settlement_id
    assert drop.run(original.settlement_id).matched == 3
    assert drop.run(original.settlement_id).status is SettlementStatus.COMPLETED


def test_copy__overtaken_while_it_carries_on__waits(
    drop: Drop, content: bytes, database: Database
) -> None:
    original, copy = drop.put(content), drop.put(content, "incoming/copy.csv")
    with pytest.raises(Killed):
        drop.take(original, database=Disturbed(database, 3, kill, "after"))
    drop.now += STANDSTILL

    def original_is_back() -> None:
        drop.take(original)

    # The copy begins, meets the claim, and is about to book.
    disturbed = Disturbed(database, 3, original_is_back, "before")
    assert drop.take(copy, database=disturbed).ending is Ending.WAITING
    assert drop.take(copy).run.duplicate_of == original.settlement_id


def test_original_deleted_half_way__is_carried_on_by_a_copy(
    drop: Drop, content: bytes, database: Database
) -> None:
    original = drop.put(content)
    with pytest.raises(Killed):
        drop.take(original, database=Disturbed(database, 3, kill, "after"))
    drop.delete(original)
    failed = drop.take(original).run
    assert (failed.status, failed.booked) == (SettlementStatus.FAILED, 2)
    copy = drop.take(drop.put(content, "incoming/copy.csv")).run
    assert copy.duplicate_of == original.settlement_id
    ended = drop.run(original.settlement_id)
    assert (ended.status, ended.reason, ended.booked) == (SettlementStatus.COMPLETED, None, 7)


def test_original_deleted_before_any_row__lets_the_content_go(
    drop: Drop, content: bytes, database: Database
) -> None:
    original = drop.put(content)
    with pytest.raises(Killed):
        drop.take(original, database=Disturbed(database, 2, kill, "after"))
    drop.delete(original)
    assert drop.take(original).run.status is SettlementStatus.FAILED
    copy = drop.take(drop.put(content, "incoming/copy.csv")).run
    assert (copy.duplicate_of, copy.matched) == (None, 3)


def test_time_is_up_before_anything_is_done__is_not_carried_on_for_ever(
    drop: Drop, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = drop.put(content)
    clock = [0.0]

    def slow(raw: io.RawIOBase) -> Any:
        clock[0] += 100
        return measure_file(raw)

    monkeypatch.setattr(reconcile_file, "measure_file", slow)

    def take() -> Ending:
        return drop.take(source, budget=Budget(50, clock=lambda: clock[0])).ending

    # The run was stored, which is something; the second time nothing is done at all.
    assert take() is Ending.UNFINISHED
    with pytest.raises(RateLimited):
        take()


def test_payments_too_large_for_one_write__are_written_by_several(
    drop: Drop, content: bytes, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Three thousand bytes for each row: one row is always taken, a second one is too much.
    monkeypatch.setattr(settlement_booking, "MAX_WRITE_BYTES", 5_000)
    run = drop.take(drop.put(content)).run
    assert (run.matched, run.breaks, run.version) == (3, 4, 2 + 7 + 1)


def test_largest_payments__seventy_nine_of_them__stay_below_what_a_transaction_bears() -> None:
    largest = pay_from_balance(
        payment_id="pay_" + "a" * 26,
        merchant_id=MERCHANT,
        fingerprint="f" * 64,
        amount_minor=10**15,
        currency="USD",
        fee_basis_points=10_000,
        now=NOW,
        customer_id="\U0001f600" * 100,
        description="\U0001f600" * 500,
        metadata={f"{n:02d}" + "\U0001f600" * 38: "\U0001f600" * 500 for n in range(50)},
    )
    stored = item_size_bytes(payment_item(largest).serialize())
    assumed = settlement_booking._size_bytes(largest)
    assert stored <= assumed < settlement_booking.MAX_WRITE_BYTES


def test_time_is_up_after_each_chunk__carries_on_to_the_same_end(
    drop: Drop, content: bytes
) -> None:
    source = drop.put(content)
    clock = [0.0]

    def tick() -> float:
        clock[0] += 1
        return clock[0]

    endings = []
    for _ in range(20):
        taken = drop.take(source, budget=Budget(9, clock=tick, sleep=lambda _: None))
        endings.append(taken.ending)
        if taken.ending is Ending.DONE:
            break
    assert Ending.UNFINISHED in endings
    assert (taken.run.matched, taken.run.breaks) == (3, 4)


def test_stream_breaks_off__is_taken_up_again_in_the_same_invocation(
    drop: Drop, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = drop.put(content)
    objects = ObjectStore()
    real_open = objects.open
    opened: list[int] = []

    @contextmanager
    def breaks_off(which: Source) -> Iterator[io.RawIOBase]:
        opened.append(1)
        with real_open(which) as raw:
            # The first reading succeeds, the second breaks off after a chunk or so.
            yield raw if len(opened) != 2 else BreaksOff(raw, 250)

    monkeypatch.setattr(objects, "open", breaks_off)
    monkeypatch.setattr(book_rows, "BUFFER_BYTES", 50)
    monkeypatch.setattr(unpacking, "BLOCK_BYTES", 50)
    taken = drop.take(source, objects=objects)
    assert (taken.ending, taken.run.matched, taken.run.breaks) == (Ending.DONE, 3, 4)
    assert len(opened) == 3


def test_stream_breaks_off_each_time__is_raised_and_loses_nothing(
    drop: Drop, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = drop.put(content)
    objects = ObjectStore()

    @contextmanager
    def breaks_off(_: Source) -> Iterator[io.RawIOBase]:
        yield BreaksOff(io.BytesIO(), 0)

    monkeypatch.setattr(objects, "open", breaks_off)
    with pytest.raises(StorageUnavailable):
        drop.take(source, objects=objects)
    assert drop.take(source).run.matched == 3


def test_standstill__is_longer_than_a_queue_hands_over() -> None:
    assert timedelta(seconds=30) <= STANDSTILL <= timedelta(minutes=5)
