"""Every fault, in every position of every write path: one effect, and the same answer in the end.

The paths are listed with the requests that each makes when nothing fails; a fault is injected at
each of them, a conflict at each item of each transaction. DynamoDB itself is the local AWS: moto
would apply a token twice.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from oncepay.domain.errors import InternalError, OutcomeUnknown, RateLimited, StorageUnavailable
from oncepay.domain.idempotency import Outcome
from oncepay.services.get_payment import get_payment
from oncepay.storage import database as database_module
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database, Endpoint, open_database
from tests import wire as faults
from tests.books import Books
from tests.builders import MERCHANT, World, a_request
from tests.thoroughness import every_third
from tests.wire import Fault, Wire

PAYMENT_ID = a_request(key="paid").derive_id("pay")


def a_budget() -> Budget:
    """Forty attempts or so, in no time."""
    ticks = itertools.count()
    return Budget(40, clock=lambda: float(next(ticks)), sleep=lambda _: None)


@dataclass(frozen=True)
class Path:
    """One way to write.

    Attributes:
        act: does it.
        requests: how many items each of its requests has, or 0 for a read.
        status: of the answer.
        available: the balance afterwards; before it was 100 000, less a payment of 5 000 and its
            fee.
        entries: ledger entries afterwards.
    """

    act: Callable[[World], Outcome]
    requests: tuple[int, ...]
    status: int
    available: int
    entries: int


PATHS = {
    "deposit": Path(lambda w: w.deposit(1_000, key="d2"), (4,), 201, 95_900, 3),
    "payment": Path(lambda w: w.pay(1_000, key="p2"), (4,), 201, 93_880, 3),
    "replay": Path(lambda w: w.pay(5_000, key="paid"), (4,), 201, 94_900, 2),
    "decline": Path(lambda w: w.pay(200_000, key="p3"), (4, 2), 402, 94_900, 2),
    "refund": Path(lambda w: w.refund(PAYMENT_ID, 2_000), (0, 5), 201, 96_900, 3),
}
WRITE_ONLY = (faults.IN_PROGRESS,)


def single_faults() -> list[tuple[str, int, Fault]]:
    found = []
    for name, path in PATHS.items():
        for index, items in enumerate(path.requests):
            kinds = faults.ANYWHERE if items == 0 else faults.ANYWHERE + WRITE_ONLY
            found += [(name, index, Fault(kind)) for kind in kinds]
            for position in range(max(items, 1)):
                found.append((name, index, Fault(faults.CONFLICT, position)))
                found.append((name, index, Fault(faults.THROTTLED_ITEM, position)))
    return found


@pytest.fixture
def world(wired: Database, wire: Wire) -> World:
    """A deposit and a payment, made while nothing failed."""
    world = World(wired, a_budget())
    world.deposit(100_000)
    world.pay(5_000, key="paid")
    wire.clear()
    world.budget = a_budget()
    return world


@pytest.mark.parametrize("name", PATHS)
def test_path__nothing_fails__makes_so_many_requests(
    world: World, wire: Wire, books: Books, name: str
) -> None:
    path = PATHS[name]
    assert path.act(world).answer.status_code == path.status
    assert [len(body.get("TransactItems", ())) for _, body in wire.requests] == [
        items or 3 for items in path.requests
    ]
    assert books.available(MERCHANT) == path.available
    assert len(books.entries()) == path.entries


@pytest.mark.parametrize(
    ("name", "index", "fault"),
    [pytest.param(*c, id=f"{c[0]}-{c[1]}-{c[2]}") for c in every_third(single_faults())],
)
def test_path__one_fault__one_effect_and_the_answer(
    world: World, wire: Wire, books: Books, name: str, index: int, fault: Fault
) -> None:
    path = PATHS[name]
    wire.script = [None] * index + [fault]
    outcome = path.act(world)
    assert wire.fired == [fault]
    assert outcome.answer.status_code == path.status
    again = path.act(world)
    assert again.replayed
    assert again.answer == outcome.answer
    assert books.available(MERCHANT) == path.available
    assert len(books.entries()) == path.entries


@pytest.mark.parametrize(
    "kind",
    [
        faults.REQUEST_LOST,
        faults.REPLY_LOST,
        faults.REPLY_CUT,
        faults.SERVER_ERROR,
        faults.SERVER_ERROR_AFTER,
        faults.UNAVAILABLE,
        faults.IN_PROGRESS,
    ],
)
@pytest.mark.parametrize("name", ["deposit", "payment", "decline", "refund"])
def test_path__no_reply_at_all__outcome_unknown_then_the_truth(
    world: World, wire: Wire, books: Books, name: str, kind: str
) -> None:
    path = PATHS[name]
    last = len(path.requests) - 1
    wire.script = [None] * last
    wire.always = Fault(kind)
    with pytest.raises(OutcomeUnknown):
        path.act(world)
    wire.clear()
    world.budget = a_budget()
    assert path.act(world).answer.status_code == path.status
    assert books.available(MERCHANT) == path.available
    assert len(books.entries()) == path.entries


@pytest.mark.parametrize("kind", [faults.THROTTLED, faults.EXCEEDED, faults.CONFLICT])
@pytest.mark.parametrize("name", ["deposit", "payment", "refund"])
def test_path__always_turned_away__rate_limited_and_nothing_done(
    world: World, wire: Wire, books: Books, name: str, kind: str
) -> None:
    path = PATHS[name]
    wire.script = [None] * (len(path.requests) - 1)
    wire.always = Fault(kind)
    with pytest.raises(RateLimited):
        path.act(world)
    assert books.available(MERCHANT) == 94_900
    assert len(books.entries()) == 2
    assert world.budget.usage.retries > 5


def test_payment__reply_lost_then_throttled__is_unknown_not_rate_limited(
    world: World, wire: Wire
) -> None:
    wire.script = [Fault(faults.REPLY_LOST)]
    wire.always = Fault(faults.THROTTLED)
    with pytest.raises(OutcomeUnknown):
        world.pay(1_000, key="p2")


@pytest.mark.parametrize("code", ["ExpiredTokenException", "AccessDeniedException"])
def test_payment__reply_lost_then_refused_for_good__is_unknown_not_refused(
    world: World, wire: Wire, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found in review: the first attempt was committed, and a 500 would have denied it."""
    monkeypatch.setattr(faults, "ANSWERED_400", (code,))
    wire.script = [Fault(faults.REPLY_LOST), Fault(code)]
    with pytest.raises(OutcomeUnknown):
        world.pay(1_000, key="p2")
    assert world.pay(1_000, key="p2").replayed


def test_refund__reading_is_refused_for_good__is_an_internal_error_at_once(
    world: World, wire: Wire
) -> None:
    wire.script = [Fault("ValidationError")]
    with pytest.raises(InternalError):
        world.refund(PAYMENT_ID)
    assert len(wire.requests) == 1


def test_decline__no_time_left_to_record_it__is_not_begun(world: World, wire: Wire) -> None:
    world.budget = Budget(0)
    with pytest.raises(RateLimited):
        world.pay(200_000, key="p3")
    assert len(wire.requests) == 1
    world.budget = a_budget()
    assert world.pay(200_000, key="p3").answer.status_code == 402


def test_read__no_time_left_for_the_next__is_not_begun(world: World, wire: Wire) -> None:
    with pytest.raises(StorageUnavailable):
        get_payment(MERCHANT, PAYMENT_ID, database=world.database, budget=Budget(0))
    assert len(wire.requests) == 1


def test_refund__reading_never_answers__nothing_was_changed(
    world: World, wire: Wire, books: Books
) -> None:
    wire.always = Fault(faults.REPLY_LOST)
    with pytest.raises(StorageUnavailable):
        world.refund(PAYMENT_ID)
    assert books.available(MERCHANT) == 94_900


@pytest.mark.parametrize("kind", ["ValidationException", "IdempotentParameterMismatchException"])
def test_payment__refused_for_good__is_sent_once_and_is_an_internal_error(
    world: World, wire: Wire, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "ANSWERED_400", (kind,))
    wire.always = Fault(kind)
    with pytest.raises(InternalError):
        world.pay(1_000, key="p2")
    assert len(wire.requests) == 1


def test_payment__retries__are_byte_identical_and_carry_one_token(world: World, wire: Wire) -> None:
    wire.script = [Fault(faults.REPLY_LOST), Fault(faults.CONFLICT, 3), Fault(faults.THROTTLED)]
    world.pay(1_000, key="p2")
    bodies = [body for _, body in wire.requests]
    assert len(bodies) == 4
    assert all(body == bodies[0] for body in bodies)
    assert len(bodies[0]["ClientRequestToken"]) == 32


def test_payment__another_call__carries_another_token(world: World, wire: Wire) -> None:
    world.pay(1_000, key="p2")
    world.pay(1_000, key="p2")
    tokens = {body["ClientRequestToken"] for _, body in wire.requests}
    assert len(tokens) == 2


def test_payment__no_answer_within_the_read_timeout__is_sent_again(
    wire: Wire, local_tables: dict[str, str], books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "READ_TIMEOUT_SECONDS", 0.3)
    endpoint = Endpoint(
        region="us-east-1", url=wire.url, access_key_id="test", secret_access_key="test"
    )
    world = World(open_database(local_tables, endpoint), a_budget())
    world.deposit(100_000)
    wire.script = [Fault(faults.SILENT)]
    assert world.pay(5_000).answer.status_code == 201
    assert books.available(MERCHANT) == 94_900
    assert len(wire.fired) == 1


@pytest.mark.parametrize("kind", [*faults.ANYWHERE, faults.REPLY_EMPTY])
@pytest.mark.parametrize("index", [0, 1], ids=["query", "batch"])
def test_read__one_fault__is_tried_again(world: World, wire: Wire, kind: str, index: int) -> None:
    wire.script = [None] * index + [Fault(kind)]
    found = get_payment(MERCHANT, PAYMENT_ID, database=world.database, budget=world.budget)
    assert len(found.entries) == 1
    assert len(wire.requests) == 3
