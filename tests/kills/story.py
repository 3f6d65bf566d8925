"""What happens besides? A client that asks again until it knows, a payer who takes his time, the
processor's events, the sweep, and time that passes.

Everything that is done here is an invocation of its own, which may be made to die, too.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import partial

from ops.simulated.records import Dispute, DisputeStatus
from tests.kills.stage import Stage
from tests.kills.workers import Killed, Stop, Worker
from tests.processor_world import ProcessorWorld, Reply

PAYER_TAKES = timedelta(seconds=90)
PAUSE_SECONDS = 10
TRIES = 50
TRIES_IN_VAIN = 4
"""Of a client whose request never gets an answer."""
SOON, MINUTES, HOURS = 45, 7, 4
"""The sweep first comes before what lands a minute late has landed."""
A_DAY_SECONDS = 25 * 3600


class Events(StrEnum):
    """How the processor's events come."""

    NONE = "no events"
    IN_ORDER = "events"
    REVERSED = "events twice, in reverse"


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Who finishes: the client that asks again, or only the sweep."""

    retries: bool
    events: Events = Events.NONE

    def __str__(self) -> str:
        return f"{'retry' if self.retries else 'sweep'}, {self.events}"


@dataclass(slots=True)
class Asked:
    """A request, and what the client was told."""

    send: Callable[[], Reply]
    replies: list[Reply] = field(default_factory=list)

    @property
    def final(self) -> Reply | None:
        """The first answer for good."""
        return next((reply for reply in self.replies if is_final(reply)), None)


class Story:
    """One run.

    Attributes:
        world: where it happens.
        asked: every request, by name.
        problems: what was seen to be wrong on the way.
        outcome: what is to come of it, see `scenarios`.
        payment_id: of the payment that it is about.
        method: the words of its payment method.
        dispute_ids: of the disputes that were opened.
        deaths: where the next invocations of the aftermath are to die, if at all.
    """

    def __init__(
        self,
        stage: Stage,
        *,
        outcome: str,
        events: Events,
        world_of: type[ProcessorWorld] = ProcessorWorld,
    ) -> None:
        self.stage, self.gate = stage, stage.gate
        self.world: ProcessorWorld = stage.fresh_world(world_of)
        self.outcome, self.events = outcome, events
        self.asked: dict[str, Asked] = {}
        self.problems: list[str] = []
        self.deaths: list[Stop | None] = []
        self.payment_id = self.method = ""
        self.dispute_ids: list[str] = []

    def disputes(self, status: DisputeStatus | None = None) -> list[Dispute]:
        """As the processor has them; only those in one state if it is given."""
        found = [self.world.processor.engine.get_dispute(each) for each in self.dispute_ids]
        return [each for each in found if status in (None, each.status)]

    def ask(self, name: str, send: Callable[[], Reply] | None = None) -> Reply:
        """Send a request for the first time, or once more."""
        if send is not None:
            self.asked[name] = Asked(send)
        asked = self.asked[name]
        reply = asked.send()
        asked.replies.append(reply)
        if reply.status == 500:
            self.problems.append(f"{name} was answered 500: {reply.body}")
        return reply

    def invoke[T](self, action: Callable[[], T]) -> T | None:
        """One more invocation; None if it died."""
        stop = self.deaths.pop(0) if self.deaths else None
        try:
            return self.gate.run(Worker(stop), action)
        except Killed:
            return None

    def pass_by(self, seconds: float) -> None:
        """Let time pass; the payer acts, and events come."""
        self.world.advance(seconds)
        self.let_payer_act()
        self.bring_events(self.events)

    def let_payer_act(self) -> None:
        """Whoever is asked to approve does so after a while."""
        self.world.let_payer_act(PAYER_TAKES)

    def bring_events(self, how: Events) -> None:
        """The processor sends what is due; what is not taken comes again later."""
        if how is Events.NONE:
            return
        deliveries = self.world.take_events()
        if how is Events.REVERSED:
            deliveries = [each for each in reversed(deliveries) for _ in range(2)]
        for delivery in deliveries:
            self.invoke(partial(self.world.deliver, delivery))

    def take_events(self) -> None:
        """The processor sends what is due, and this very worker takes it."""
        deliveries = self.world.take_events()
        while deliveries:
            try:
                self.world.deliver(deliveries.pop(0))
            except BaseException:
                # What did not get there is sent again later.
                for late in deliveries:
                    self.world.processor.outbox.report(late, None, self.world.clock())
                raise

    def sweep(self) -> None:
        """This very worker sweeps."""
        swept = self.world.sweep()
        if "internal_error" in swept.failed:
            self.problems.append(f"the sweep failed: {swept.failed}")

    def sweep_on(self) -> None:
        """The sweep each minute for a while, then each hour."""
        for seconds in [SOON] + [60] * MINUTES + [3600] * HOURS:
            self.pass_by(seconds)
            if self.stage.is_due():
                self.invoke(self.sweep)

    def ask_until_answered(self) -> None:
        """The client asks again until it knows."""
        for _ in range(TRIES_IN_VAIN if self.outcome == "stuck" else TRIES):
            open_requests = [name for name, asked in self.asked.items() if asked.final is None]
            if not open_requests:
                return
            for name in open_requests:
                self.invoke(partial(self.ask, name))
            self.pass_by(PAUSE_SECONDS)

    def clear_up(self, aftermath: Aftermath) -> None:
        """Everything is finished, in the way of this aftermath."""
        if not aftermath.retries:
            self.sweep_on()
        self.ask_until_answered()
        self.sweep_on()

    def ask_all_again(self) -> None:
        """Whoever has been answered for good asks once more."""
        self.deaths = []
        for name in self.answered():
            self.ask(name)

    def answered(self) -> list[str]:
        """The requests whose answers are kept."""
        finals = {name: asked.final for name, asked in self.asked.items()}
        return [name for name, final in finals.items() if final is not None and is_kept(final)]

    def pass_a_day(self) -> None:
        """Long enough for stored answers to count as forgotten."""
        self.world.advance(A_DAY_SECONDS)


def is_final(reply: Reply) -> bool:
    """Whether the client knows now, and asks no more."""
    if reply.status == 201:
        return not (reply.json["object"] == "refund" and reply.json["status"] == "pending")
    return reply.status in (200, 402, 422) or (
        reply.status == 409 and reply.code == "invalid_transition"
    )


def is_kept(reply: Reply) -> bool:
    """Whether the answer is stored. What was refused before anything began is not: the same
    request may be carried out later, and then is answered otherwise.
    """
    return reply.status != 409 or "meanwhile" in reply.json["detail"]
