"""The faults F1 to F16, each by its name, on payments through a processor: whatever fails, the
processor does each thing once, the books say so, nothing is left open, and the client's key tells
the truth in the end.

    F1   a reply is lost after the commit            F9   IdempotentParameterMismatch
    F2   a request is lost before the commit         F10  500, replies that are cut or no text
    F3   no reply at all, until the time is up       F11  the worker is killed
    F4   throttling                                  F12  the gateway gives up, the function goes on
    F5   TransactionConflict, at each item           F13  copies of a request at once
    F6   a condition fails in a real race            F14  the same key for something else
    F7   reasons for good among others               F15  an expired record; clocks that differ
    F8   TransactionInProgress                       F16  everything that a processor can do

DynamoDB is the local AWS behind a wire that fails; the processor is the simulated one.

Of several kinds of one fault each place gets one, in turn; in `make faults` all of them.
"""

import contextlib
import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from oncepay.domain.errors import PaymentsError
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from ops.simulated.records import ChargeStatus
from tests import wire as faults
from tests.books import Books
from tests.builders import DAY, LEASE
from tests.processor_world import ProcessorWorld, Reply, running_world, straight
from tests.thoroughness import in_turn
from tests.wire import Fault, Wire

BEFORE, AFTER_LEASE = 0, LEASE.total_seconds() + 1
FINAL = (200, 201, 402, 409, 422)
MAX_TRIES = 12


@pytest.fixture
def world(wired: Database, wire: Wire) -> Iterator[ProcessorWorld]:
    with running_world(wired) as world:
        world.new_budget = a_budget
        yield world
        wire.clear()


def a_budget() -> Budget:
    """Some forty attempts, in no time."""
    ticks = itertools.count()
    return Budget(60, clock=lambda: float(next(ticks)), sleep=lambda _: None)


@dataclass(frozen=True)
class Scenario:
    """A request, what went before it, and what the processor has done in the end.

    Attributes:
        prepare: makes what it needs, under keys that end in a number; returns the payment's id.
        act: one invocation; the client's reply, or None of the sweep and of an event.
        ask: the client's request, to be sent until it is answered for good.
        captured, refunded: at the processor in the end, in minor units.
        writes: how many transactions `act` makes when nothing fails.
    """

    prepare: Callable[[ProcessorWorld, int], str]
    act: Callable[[ProcessorWorld, str, int], object]
    ask: Callable[[ProcessorWorld, str, int], Reply]
    captured: int
    refunded: int = 0


def charged(behaviour: str = "approve", *, manual: bool = False) -> Any:
    def prepare(world: ProcessorWorld, n: int) -> str:
        return world.charge(behaviour, manual=manual, key=f"charge-{n}").payment_id

    return prepare


def ask_charge(behaviour: str = "approve") -> Any:
    return lambda world, _, n: world.charge(behaviour, key=f"charge-{n}")


def ask_capture(world: ProcessorWorld, payment_id: str, _: int) -> Reply:
    return world.capture(payment_id, 3_000)


def ask_void(world: ProcessorWorld, payment_id: str, _: int) -> Reply:
    return world.void(payment_id)


def ask_refund(world: ProcessorWorld, payment_id: str, _: int) -> Reply:
    return world.refund(payment_id, 2_000)


def sweep(world: ProcessorWorld, _payment_id: str, _n: int) -> object:
    return world.sweep()


def events(world: ProcessorWorld, _payment_id: str, _n: int) -> object:
    return world.deliver_events()


LOST = "timeout_after"
SCENARIOS = {
    "charge": Scenario(lambda *_: "", ask_charge(), ask_charge(), 5_000),
    "capture": Scenario(charged(manual=True), ask_capture, ask_capture, 3_000),
    "void": Scenario(charged(manual=True), ask_void, ask_void, 0),
    "refund": Scenario(charged(), ask_refund, ask_refund, 5_000, 2_000),
    "retry": Scenario(charged(LOST), ask_charge(LOST), ask_charge(LOST), 5_000),
    "sweep": Scenario(charged(LOST), sweep, ask_charge(LOST), 5_000),
    "event": Scenario(charged(LOST), events, ask_charge(LOST), 5_000),
}


@dataclass
class Run:
    """One scenario, as often as there are places to fail at."""

    world: ProcessorWorld
    wire: Wire
    books: Books
    scenario: Scenario
    number: int = 0

    def requests(self) -> list[tuple[int, int]]:
        """Each request to DynamoDB when nothing fails: its place, and how many items it writes; 0
        of a read. Of the many reads of the sweep's index, which are all alike, one.
        """
        sent = [body for _, body in self.once(lambda: None)]
        places = [(place, len(body.get("TransactItems", ()))) for place, body in enumerate(sent)]
        of_index = [place for place, body in enumerate(sent) if body.get("IndexName") == "by_due"]
        return [(place, items) for place, items in places if place not in of_index[1:]]

    def once(
        self, inject: Callable[[], object], invoke: Callable[[str], object] | None = None
    ) -> list[tuple[str, dict[str, Any]]]:
        """Prepare, inject, act, and then ask until there is an answer; check what came of it."""
        self.number += 1
        self.wire.clear()
        payment_id = self.scenario.prepare(self.world, self.number)
        self.wire.clear()
        inject()
        (invoke or self.invoke)(payment_id)
        sent = list(self.wire.requests)
        self.wire.clear()
        self.finish(payment_id)
        return sent

    def invoke(self, payment_id: str) -> None:
        """One invocation; one that fails is what a retry and the sweep are for."""
        with contextlib.suppress(PaymentsError):
            self.scenario.act(self.world, payment_id, self.number)

    def finish(self, payment_id: str) -> None:
        answers = {self.until_answered(payment_id) for _ in range(2)}
        self.world.deliver_events()
        self.world.sweep()
        answers.add(self.until_answered(payment_id))
        assert len(answers) == 1, answers
        self.check()

    def until_answered(self, payment_id: str) -> tuple[int, str]:
        for _ in range(MAX_TRIES):
            reply = self.scenario.ask(self.world, payment_id, self.number)
            # In flight, while a dead worker's lease lasts, is no answer yet.
            if reply.status in FINAL and reply.code != "request_in_progress":
                return reply.status, reply.body
            self.world.advance(AFTER_LEASE)
        raise AssertionError(f"no answer: {reply.status} {reply.body}")

    def check(self) -> None:
        check(self.world, self.books)
        charge, movements = self.world.processor.engine.record()[-1]
        assert charge.captured_minor == self.scenario.captured
        assert charge.refunded_minor == self.scenario.refunded
        assert len(movements) == len({movement.idempotency_key for movement in movements}) <= 1
        assert len(self.world.processor.engine.record()) == self.number


def check(world: ProcessorWorld, books: Books) -> None:
    """The books are the processor's record, and nothing is left open."""
    record = [charge for charge, _ in world.processor.engine.record()]
    taken = sum(charge.captured_minor - charge.refunded_minor for charge in record)
    accounts: dict[str, int] = {}
    for entry in books.entries():
        assert sum(posting["amount_minor"] for posting in entry["postings"]) == 0
        for posting in entry["postings"]:
            name = posting["account"]
            accounts[name] = accounts.get(name, 0) + int(posting["amount_minor"])
    assert accounts.get("external:simulated", 0) == -taken
    assert accounts.get("refunding", 0) == accounts.get("suspense", 0) == 0
    for item in books.items("ledger"):
        if item["part"] == "balance":
            assert int(item.get("pending_minor", 0)) == accounts.get("pending", 0)
            assert int(item["entry_count"]) == len(books.entries())
    payments = books.items("payments")
    assert [i["part"] for i in payments if i.get("state") == "open"] == []
    assert [i["id"] for i in books.items("idempotency") if i["state"] != "COMPLETED"] == []
    assert sum(int(i.get("captured_minor", 0)) for i in payments if i["part"] == "payment") == sum(
        charge.captured_minor for charge in record
    )


@pytest.fixture(params=SCENARIOS)
def run(request: pytest.FixtureRequest, world: ProcessorWorld, wire: Wire, books: Books) -> Run:
    return Run(world, wire, books, SCENARIOS[request.param])


def at_each_request(run: Run, kinds: tuple[str, ...], *, writes_only: bool = False) -> None:
    """Inject a fault at each request to DynamoDB."""
    fired = 0
    places = [index for index, items in run.requests() if items or not writes_only]
    for number, index in enumerate(places):
        for kind in in_turn(kinds, number):
            script = [*[None] * index, Fault(kind)]

            def inject(script: Any = script) -> None:
                run.wire.script = list(script)

            run.once(inject)
            fired += 1
    assert fired


def test_f1__reply_lost_after_the_commit__one_effect(run: Run) -> None:
    at_each_request(run, (faults.REPLY_LOST,))


def test_f2__request_lost_before_the_commit__one_effect(run: Run) -> None:
    at_each_request(run, (faults.REQUEST_LOST,))


def test_f3__no_reply_until_the_time_is_up__the_same_key_tells_the_truth(run: Run) -> None:
    for number, (index, _) in enumerate(run.requests()):
        for kind in in_turn((faults.REPLY_LOST, faults.REQUEST_LOST), number):

            def inject(index: int = index, kind: str = kind) -> None:
                run.wire.script, run.wire.always = [None] * index, Fault(kind)

            run.once(inject)


def test_f4__throttled__is_tried_again(run: Run) -> None:
    at_each_request(run, (faults.THROTTLED, faults.EXCEEDED, faults.REQUEST_LIMIT))


def test_f4__throttled_all_the_time__nothing_is_left_half_done(run: Run) -> None:
    for index, _ in run.requests():

        def inject(index: int = index) -> None:
            run.wire.script, run.wire.always = [None] * index, Fault(faults.THROTTLED)

        run.once(inject)


def test_f5__conflict_at_any_item__is_tried_again(run: Run) -> None:
    for index, items in run.requests():
        for position in range(items):

            def inject(index: int = index, position: int = position) -> None:
                run.wire.script = [*[None] * index, Fault(faults.CONFLICT, position)]

            run.once(inject)


def test_f6__an_event_settles_before_the_worker_can__is_told_the_same(
    world: ProcessorWorld, wire: Wire, books: Books
) -> None:
    run = Run(world, wire, books, SCENARIOS["charge"])

    def deliver_before_settling(name: str, call: Callable[[], Any]) -> Any:
        answer = call()
        if name == "POST /v1/charges":
            world.calls = straight
            assert world.deliver_events() == 1
        return answer

    def inject() -> None:
        world.calls = deliver_before_settling

    run.once(inject)


def test_f6__capture_and_void_at_once__one_wins_the_other_is_409(
    world: ProcessorWorld, books: Books
) -> None:
    payment_id = world.charge(manual=True).payment_id
    replies: list[Reply] = []

    def void_before_the_capture_is_reserved(name: str, call: Callable[[], Any]) -> Any:
        if name == "TransactWriteItems" and not replies:
            replies.append(Reply(0, "{}", replayed=False))
            replies.append(world.void(payment_id))
        return call()

    world.calls = void_before_the_capture_is_reserved
    capture = world.capture(payment_id)

    assert (capture.status, capture.code) == (409, "invalid_transition")
    assert capture.json["detail"] == "a payment that is voided cannot be captured"
    assert replies[1].status == 200
    check(world, books)


def test_f6__a_capture_while_a_void_is_open__is_409_and_says_so(world: ProcessorWorld) -> None:
    payment_id = world.charge("approve__void_timeout_before", manual=True).payment_id
    assert world.void(payment_id).status == 202

    capture = world.capture(payment_id)

    assert (capture.status, capture.code) == (409, "invalid_transition")
    assert capture.json["detail"] == "a void of this payment is in progress"


def test_f7__refused_for_good_among_others__is_an_error_once_and_recovers(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a reason of one item, its neighbours' being "None", and by the request as a whole."""
    monkeypatch.setattr(faults, "ANSWERED_400", ("ValidationException",))
    at_each_request(run, ("ValidationError", "ValidationException"))


def test_f8__transaction_in_progress__is_tried_again(run: Run) -> None:
    at_each_request(run, (faults.IN_PROGRESS,), writes_only=True)


def test_f9__another_request_under_the_token__is_an_error_once_and_recovers(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    mismatch = "IdempotentParameterMismatchException"
    monkeypatch.setattr(faults, "ANSWERED_400", (mismatch,))
    at_each_request(run, (mismatch,), writes_only=True)


def test_f10__server_errors_and_garbled_replies__one_effect(run: Run) -> None:
    at_each_request(
        run,
        (
            faults.SERVER_ERROR,
            faults.SERVER_ERROR_AFTER,
            faults.UNAVAILABLE,
            faults.REPLY_CUT,
            faults.REPLY_NOT_TEXT,
        ),
    )


class Killed(BaseException):
    """Lambda has killed the worker."""


def test_f11__killed_at_each_call__one_effect(run: Run) -> None:
    """Every scenario and time in full: make kill-matrix."""
    names: list[str] = []
    run.once(names.clear, invoke=partial(_count_calls, run, names))
    # Of the many reads of the sweep's index, which are all alike, the first and the last.
    fatal_calls = [
        at for at in range(len(names)) if names[max(0, at - 1) : at + 2] != ["Query"] * 3
    ]
    assert fatal_calls
    for number, fatal in enumerate(fatal_calls):
        for when in in_turn(("before", "after"), number):
            run.once(partial(_die_at, run, fatal, when), invoke=partial(_invoke_to_death, run))


def _die_at(run: Run, fatal: int, when: str) -> None:
    count = itertools.count()

    def die(_: str, call: Callable[[], Any]) -> Any:
        at = next(count)
        if at == fatal and when == "before":
            raise Killed
        result = call()
        if at == fatal:
            raise Killed
        return result

    run.world.calls = die


def _count_calls(run: Run, names: list[str], payment_id: str) -> None:
    def note(name: str, call: Callable[[], Any]) -> Any:
        names.append(name)
        return call()

    run.world.calls = note
    _invoke_to_death(run, payment_id)


def _invoke_to_death(run: Run, payment_id: str) -> None:
    try:
        run.scenario.act(run.world, payment_id, run.number)
    except Killed:
        pass
    finally:
        run.world.calls = straight


def test_f12__the_gateway_gives_up_and_the_function_goes_on__409_then_its_answer(
    world: ProcessorWorld, books: Books
) -> None:
    at_the_processor, go_on = threading.Event(), threading.Event()

    def hold(name: str, call: Callable[[], Any]) -> Any:
        if name == "POST /v1/charges" and not at_the_processor.is_set():
            at_the_processor.set()
            assert go_on.wait(10)
        return call()

    world.calls = hold
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(world.charge)
        assert at_the_processor.wait(10)
        meanwhile = world.charge()
        go_on.set()
        answer = first.result(10)

    assert (meanwhile.status, meanwhile.code) == (409, "request_in_progress")
    assert answer.status == 201
    again = world.charge()
    assert (again.status, again.body, again.replayed) == (201, answer.body, True)
    check(world, books)


@pytest.mark.parametrize("copies", [2, 10, 100])
def test_f13__copies_at_once__one_effect_and_one_answer(
    world: ProcessorWorld, books: Books, copies: int
) -> None:
    world.new_budget = lambda: Budget(20)
    with ThreadPoolExecutor(min(copies, 12)) as pool:
        replies = list(pool.map(lambda _: world.charge(), range(copies)))

    answered = [reply for reply in replies if reply.status == 201]
    assert len({reply.body for reply in answered}) == 1
    others = [reply for reply in replies if reply.status != 201]
    assert {reply.code for reply in others} <= {"request_in_progress"}
    assert len(world.processor.engine.record()) == 1
    check(world, books)


def test_f14__the_same_key_for_another_amount__is_422_and_charges_nothing(
    world: ProcessorWorld,
) -> None:
    world.charge(amount_minor=5_000)
    other = world.charge(amount_minor=6_000)

    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert len(world.processor.engine.record()) == 1


def test_f14__the_same_key_while_the_first_is_unknown__is_422(world: ProcessorWorld) -> None:
    assert world.charge("timeout_after").status == 202

    assert world.charge("timeout_after", amount_minor=6_000).code == "idempotency_key_reused"


def test_f14__the_same_key_on_another_route__is_independent(
    world: ProcessorWorld, books: Books
) -> None:
    payment_id = world.charge(manual=True, key="same").payment_id

    assert world.capture(payment_id, key="same").status == 200
    assert world.refund(payment_id, 1_000, key="same").status == 201
    check(world, books)


@pytest.mark.parametrize("name", ["charge", "capture", "void", "refund"])
def test_f15__a_record_that_expired__shows_what_it_made_and_does_nothing(
    world: ProcessorWorld, wire: Wire, books: Books, name: str
) -> None:
    scenario = SCENARIOS[name]
    payment_id = scenario.prepare(world, 1)
    first = scenario.ask(world, payment_id, 1)
    world.advance(DAY.total_seconds() + 1)
    again = scenario.ask(world, payment_id, 1)

    assert (again.status, again.replayed) == (first.status, True)
    assert again.json["id"] == first.json["id"]
    Run(world, wire, books, scenario, 1).check()


@pytest.mark.parametrize("minutes", [-5, 5])
def test_f15__a_copy_whose_clock_differs__does_not_charge_twice(
    world: ProcessorWorld, books: Books, minutes: int
) -> None:
    at_the_processor, go_on = threading.Event(), threading.Event()

    def hold(name: str, call: Callable[[], Any]) -> Any:
        if name == "POST /v1/charges" and not at_the_processor.is_set():
            at_the_processor.set()
            assert go_on.wait(10)
        return call()

    world.calls = hold
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(world.charge)
        assert at_the_processor.wait(10)
        world.clock.pass_by(minutes * 60)
        copy = world.charge()
        world.clock.pass_by(-minutes * 60)
        go_on.set()
        answer = first.result(10)

    # Ahead, it takes the worker for dead and is the one that charges; behind, it waits.
    assert copy.status == (201 if minutes > 0 else 409)
    assert answer.status == 201
    assert len(world.processor.engine.record()) == 1
    assert world.charge().body == answer.body
    check(world, books)


BEHAVIOURS = {
    "approve": (201, ChargeStatus.SUCCEEDED),
    "slow": (201, ChargeStatus.SUCCEEDED),
    "decline_stolen_card": (402, ChargeStatus.DECLINED),
    "timeout_after": (201, ChargeStatus.SUCCEEDED),
    "timeout_before": (201, ChargeStatus.SUCCEEDED),
    "lands_later": (201, ChargeStatus.SUCCEEDED),
    "error_after": (201, ChargeStatus.SUCCEEDED),
    "error_before": (402, None),
    "malformed": (201, ChargeStatus.SUCCEEDED),
    "rate_limited": (201, ChargeStatus.SUCCEEDED),
    "never_answers": (202, None),
}


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_f16__whatever_the_processor_does__one_charge_and_the_truth(
    world: ProcessorWorld, books: Books, behaviour: str
) -> None:
    status, charged_as = BEHAVIOURS[behaviour]
    for _ in range(20):
        reply = world.charge(behaviour)
        if reply.status in (201, 402):
            break
        world.advance(AFTER_LEASE)
        world.sweep()

    assert reply.status == status
    record = [charge.status for charge, _ in world.processor.engine.record()]
    assert record == ([] if charged_as is None else [charged_as])
    if status != 202:
        check(world, books)


@pytest.mark.parametrize("behaviour", ["other_amount", "other_currency", "other_id"])
def test_f16__an_answer_that_does_not_fit__is_kept_and_told_and_never_posted(
    world: ProcessorWorld, books: Books, behaviour: str
) -> None:
    assert world.charge(behaviour).status == 202
    world.deliver_events()
    world.advance(3_600)
    world.sweep()

    assert books.entries() == []
    [operation] = [i for i in books.items("payments") if i["part"].startswith("operation#")]
    assert operation["state"] == "open"
    assert operation["problem"].startswith("another ")
    assert {name for name, _ in world.alarms} <= {"unfit_answer", "unfit_event", "unknown_outcome"}
    assert world.alarms
