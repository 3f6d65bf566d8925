"""What is going on when a worker dies? First requests, the same again, takeovers, sweeps, events,
orphans, payers, lapses: each with what is to come of it in the end.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from oncepay.storage.payment_reads import read_family
from ops.simulated.charges import AUTHORIZATION_LIFE
from ops.simulated.records import MovementKind
from ops.simulated.requests import MovementRequest
from tests.builders import World
from tests.dropped_files import a_file, a_line
from tests.kills.story import Story
from tests.kills.workers import Killed, Stop, When, Worker
from tests.processor_world import ProcessorWorld, Reply, endless

APPROVE = "approve"
DECLINE = "decline_do_not_honor"
OPEN_AT_FIRST = (
    "timeout_after",
    "timeout_before",
    "lands_later",
    "error_after",
    "error_before",
    "malformed",
    "rate_limited",
)
AMOUNT_MINOR, PART_MINOR = 5_000, 2_000

DONE, REFUSED, STUCK, EITHER = "done", "refused", "stuck", "either"
"""What is to come of it: it is done; it is not; it stays open for a person; one of the first two,
and all of our books agree which.
"""

type Act = Callable[[Story], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One thing that a client may ask for.

    Attributes:
        name: of it.
        kind: of the operation.
        prepare: what was before; takes the payment method's behaviour.
        send: the request.
        post: which of its calls goes to the processor.
        rival: another request that it may meet.
    """

    name: str
    kind: str
    prepare: Callable[[Story, str], None]
    send: Callable[[Story], Reply]
    post: int
    rival: Callable[[Story], Reply] | None = None

    @property
    def behaviours(self) -> tuple[str, ...]:
        """Of the processor."""
        only_charges = ("requires_action",) if self.kind == "charge" else ()
        # A void has no amount.
        unfit = "other_id" if self.kind == "void" else "other_amount"
        return (APPROVE, DECLINE, *OPEN_AT_FIRST, "pending", *only_charges, unfit)

    def method(self, behaviour: str) -> str:
        """The payment method's words for it."""
        return behaviour if self.kind == "charge" else f"approve__{self.kind}_{behaviour}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is going on.

    Attributes:
        name: of it.
        behaviours: of the processor, each a scenario of its own.
        prepare: what was before.
        act: what the worker does that dies.
        outcome: what is to come of it.
        rivals: what may meet it, by name.
        alarms: what may be told to a person meanwhile.
        needs_events: whether nothing else tells what happened.
        world_of: where it is played: with which processor.
    """

    name: str
    behaviours: tuple[str, ...]
    prepare: Callable[[Story, str], None]
    act: Act
    outcome: str | None = None
    rivals: tuple[tuple[str, Act], ...] = ()
    alarms: tuple[str, ...] = ()
    needs_events: bool = False
    world_of: type[ProcessorWorld] = ProcessorWorld

    def outcome_of(self, behaviour: str) -> str:
        """What is to come of it."""
        if self.outcome is not None:
            return self.outcome
        if behaviour.startswith("other_"):
            return STUCK
        return REFUSED if behaviour in (DECLINE, "error_before") else DONE


def _nothing(_story: Story, _method: str) -> None:
    return None


def _authorized(story: Story, method: str) -> None:
    story.payment_id = story.world.charge(method, manual=True, key="order").payment_id


def _succeeded(story: Story, method: str) -> None:
    story.payment_id = story.world.charge(method, key="order").payment_id


def _settled(story: Story, method: str) -> None:
    World(story.world.database).deposit(now=story.world.clock())
    _succeeded(story, method)
    drop = story.stage.drop
    run = drop.take(
        drop.put(a_file(a_line(story.payment_id, AMOUNT_MINOR, 100))), clock=story.world.clock
    ).run
    assert run.matched == 1


def _charge(story: Story, *, manual: bool) -> Reply:
    reply = story.world.charge(story.method, manual=manual)
    if reply.status in (201, 202, 402):
        story.payment_id = reply.payment_id
    return reply


def _refund(story: Story, amount_minor: int | None = None, key: str = "refund-1") -> Reply:
    return story.world.refund(story.payment_id, amount_minor, key=key)


def _capture(story: Story, amount_minor: int | None = None) -> Reply:
    return story.world.capture(story.payment_id, amount_minor)


def _void(story: Story) -> Reply:
    return story.world.void(story.payment_id)


REQUESTS = (
    Request(
        name="create", kind="charge", prepare=_nothing, send=partial(_charge, manual=False), post=2
    ),
    Request(
        name="create manual",
        kind="charge",
        prepare=_nothing,
        send=partial(_charge, manual=True),
        post=2,
    ),
    Request(
        name="capture", kind="capture", prepare=_authorized, send=_capture, post=3, rival=_void
    ),
    Request(
        name="capture part",
        kind="capture",
        prepare=_authorized,
        send=lambda story: _capture(story, PART_MINOR),
        post=3,
        rival=lambda story: story.world.capture(story.payment_id, key="capture-2"),
    ),
    Request(name="void", kind="void", prepare=_authorized, send=_void, post=3, rival=_capture),
    Request(
        name="refund",
        kind="refund",
        prepare=_succeeded,
        send=_refund,
        post=3,
        rival=lambda story: _refund(story, PART_MINOR, "refund-2"),
    ),
    Request(
        name="refund part",
        kind="refund",
        prepare=_succeeded,
        send=lambda story: _refund(story, PART_MINOR),
        post=3,
        rival=lambda story: _refund(story, PART_MINOR, "refund-2"),
    ),
    Request(name="refund settled", kind="refund", prepare=_settled, send=_refund, post=3),
)


def scenarios() -> Iterator[Scenario]:
    """All of them."""
    for request in REQUESTS:
        yield from of_request(request)
    yield from _overtaken()
    yield from _orphans()
    yield from _payers()
    yield from _lapses()


def _ask(request: Request, story: Story) -> Reply:
    return story.ask(request.kind, partial(request.send, story))


def _ask_again(request: Request, story: Story) -> Reply:
    return story.ask(request.kind)


def sweep(story: Story) -> None:
    """The worker sweeps."""
    story.sweep()


def take_events(story: Story) -> None:
    """The worker takes the processor's events."""
    story.take_events()


def begin(request: Request, story: Story, behaviour: str) -> None:
    """What was before a request."""
    story.method = request.method(behaviour)
    request.prepare(story, story.method)
    # What it was about before is told, and not of interest.
    story.world.deliver_events()


def begin_open(request: Request, story: Story, behaviour: str) -> None:
    """What was before it, and the request, whose outcome may not be known."""
    begin(request, story, behaviour)
    _ask(request, story)
    story.world.advance(5)


def _begin_dead(request: Request, when: When, story: Story, behaviour: str) -> None:
    """A worker dies at its call to the processor, and its lease runs out."""
    begin(request, story, behaviour)
    try:
        story.gate.run(Worker(Stop(request.post, when)), lambda: _ask(request, story))
    except Killed:
        story.world.advance(31)
        return
    raise AssertionError("it should have died")


def of_request(
    request: Request, world_of: type[ProcessorWorld] = ProcessorWorld
) -> Iterator[Scenario]:
    """Its beginning, and what may come after it."""
    again = partial(_ask_again, request)
    rivals: list[tuple[str, Act]] = [("retry", again), ("sweep", sweep), ("event", take_events)]
    if request.rival is not None:
        rival = request.rival
        rivals.append(("rival", lambda story: story.ask("rival", partial(rival, story))))
    yield Scenario(
        name=request.name,
        behaviours=request.behaviours,
        prepare=partial(begin, request),
        act=partial(_ask, request),
        rivals=tuple(rivals),
        world_of=world_of,
    )
    unanswered = tuple(b for b in request.behaviours if b in (*OPEN_AT_FIRST, "pending"))
    for name, act in (("retry", again), ("sweep", sweep), ("event", take_events)):
        told = unanswered
        if name == "event":
            told = ("timeout_after", "error_after", "malformed")
        yield Scenario(
            name=f"{request.name}: {name} after an open end",
            behaviours=told,
            prepare=partial(begin_open, request),
            act=act,
            rivals=(("retry", again), ("sweep", sweep)) if name != "retry" else (),
            world_of=world_of,
        )
    for when, dead in ((When.BEFORE, "unsent"), (When.EFFECT, "sent")):
        for name, act in (("retry", again), ("sweep", sweep), ("event", take_events)):
            if (name, dead) == ("event", "unsent"):
                continue
            yield Scenario(
                name=f"{request.name}: {name} after a death, {dead}",
                behaviours=(APPROVE, DECLINE),
                prepare=partial(_begin_dead, request, when),
                act=act,
                rivals=(("retry", again), ("sweep", sweep)) if name != "retry" else (),
                world_of=world_of,
            )


def _at_dashboard(kind: MovementKind, amount_minor: int | None, story: Story) -> None:
    (charge, _), *_ = story.world.processor.engine.record()
    story.world.processor.engine.move_at_dashboard(
        MovementRequest(
            kind=kind,
            charge_id=charge.id,
            amount_minor=amount_minor,
            currency=None,
            payment_id=None,
        )
    )


def _lapsed(story: Story) -> None:
    (charge, _), *_ = story.world.processor.engine.record()
    story.world.processor.engine.expire(charge.id)


def _overtaken() -> Iterator[Scenario]:
    """An operation is open, and never got there; the processor moves the charge otherwise."""
    requests = {request.name: request for request in REQUESTS}
    moves: tuple[tuple[str, str, Callable[[Story], None]], ...] = (
        ("capture", "voided", partial(_at_dashboard, "void", None)),
        ("capture", "captured", partial(_at_dashboard, "capture", None)),
        ("capture", "captured in part", partial(_at_dashboard, "capture", PART_MINOR)),
        ("capture", "lapsed", _lapsed),
        ("void", "captured", partial(_at_dashboard, "capture", None)),
        ("void", "voided", partial(_at_dashboard, "void", None)),
        ("void", "lapsed", _lapsed),
        ("refund", "refunded", partial(_at_dashboard, "refund", None)),
        ("refund part", "refunded", partial(_at_dashboard, "refund", None)),
        ("refund part", "refunded in part", partial(_at_dashboard, "refund", PART_MINOR)),
    )
    for name, what, move in moves:
        request = requests[name]

        def prepare(
            story: Story,
            behaviour: str,
            request: Request = request,
            move: Callable[[Story], None] = move,
        ) -> None:
            begin_open(request, story, behaviour)
            move(story)

        for by, act in (("event", take_events), ("retry", partial(_ask_again, request))):
            yield Scenario(
                name=f"{name}: {what} meanwhile, {by}",
                behaviours=("timeout_before", "error_before"),
                prepare=prepare,
                act=act,
                outcome=EITHER,
                rivals=(("sweep", sweep),),
                needs_events=True,
            )


def _orphans() -> Iterator[Scenario]:
    """We called it declined, since it never got there; then it does."""
    for request in REQUESTS[:2]:

        def prepare(story: Story, behaviour: str, request: Request = request) -> None:
            begin_open(request, story, behaviour)
            for _ in range(12):
                story.world.advance(60)
                story.sweep()
            _arrive_late(story)

        def prepare_known(
            story: Story,
            behaviour: str,
            prepare: Callable[[Story, str], None] = prepare,
        ) -> None:
            prepare(story, behaviour)
            story.world.deliver_events()

        yield Scenario(
            name=f"{request.name}: an orphan is told of",
            behaviours=("timeout_before",),
            prepare=prepare,
            act=take_events,
            outcome=EITHER,
            rivals=(("sweep", sweep),),
            alarms=("orphan_charge",),
            needs_events=True,
        )
        yield Scenario(
            name=f"{request.name}: an orphan is given back",
            behaviours=("timeout_before",),
            prepare=prepare_known,
            act=sweep,
            outcome=EITHER,
            rivals=(("sweep", sweep),),
            alarms=("orphan_charge",),
        )


def _arrive_late(story: Story) -> None:
    """A charge that we sent long ago gets to the processor after all."""
    family = read_family(story.world.database, story.payment_id, endless())
    assert family is not None
    assert family.payment.status.value == "declined"
    story.world.tools().processors["simulated"].send(family.operations[story.payment_id])


def _payers() -> Iterator[Scenario]:
    """A payer has to act, and does, or does not."""
    for request in REQUESTS[:2]:
        for name, decide in (
            ("approves", lambda story, charge_id: story.world.processor.engine.approve(charge_id)),
            (
                "declines",
                lambda story, charge_id: story.world.processor.engine.decline(charge_id, "no"),
            ),
            (
                "never comes",
                lambda story, charge_id: story.world.processor.engine.expire(charge_id),
            ),
        ):

            def prepare(
                story: Story,
                behaviour: str,
                request: Request = request,
                decide: Callable[[Story, str], object] = decide,
            ) -> None:
                begin_open(request, story, behaviour)
                (charge, _), *_ = story.world.processor.engine.record()
                decide(story, charge.id)
                story.world.advance(60)

            for by, act in (("event", take_events), ("sweep", sweep)):
                yield Scenario(
                    name=f"{request.name}: the payer {name}, {by}",
                    behaviours=("requires_action",),
                    prepare=prepare,
                    act=act,
                    outcome=EITHER,
                    rivals=(("sweep", sweep), ("event", take_events)),
                )


def _lapses() -> Iterator[Scenario]:
    """An authorization runs out."""

    def prepare(story: Story, behaviour: str) -> None:
        story.method = behaviour
        _authorized(story, behaviour)
        story.world.advance((AUTHORIZATION_LIFE + timedelta(minutes=1)).total_seconds())

    for by, act in (("event", take_events), ("sweep", sweep)):
        yield Scenario(
            name=f"an authorization lapses, {by}",
            behaviours=(APPROVE,),
            prepare=prepare,
            act=act,
            outcome=EITHER,
            rivals=(("sweep", sweep), ("event", take_events)),
        )
