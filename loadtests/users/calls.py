"""How does every user of ours call the API? As a careful merchant does: it keeps its connection,
gives each request a key, and sends it again with the same key until it is answered; and everything
that it sends is recorded before it goes.
"""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, ClassVar, Final

import gevent
from gevent.timeout import Timeout
from locust import FastHttpUser

from loadtests.outcomes import Class as AnswerClass
from loadtests.outcomes import Outcome, asks_to_come_again, classify, cut_off, expecting
from loadtests.plan import Plan
from loadtests.record import RECORDED, Kind, RecordWriter
from loadtests.tally import Figures
from loadtests.target import Merchant

MAX_ATTEMPTS: Final = 8
FIRST_WAIT_SECONDS: Final = 0.2
MAX_WAIT_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request.

    Attributes:
        kind: what it is about.
        method, path: of HTTP; the path below the API's base, or a whole address.
        name: in the summary; the method and the path unless given. It should name a route rather
            than a resource, or each has figures of its own.
        key: the idempotency key, or an event's id.
        body: sent as JSON.
        raw: sent as it is, in UTF-8, instead; `body` is then what it says, for the record.
        headers: beside the usual ones.
        counts_as: which count of a workload it adds to, if not the usual one of its kind.
        is_public: whether it is sent without an API key.
        expects: the one status that is right for it, where that is not any 2xx; what may be
            answered to everything, such as 429, is no error for that.
    """

    kind: Kind
    method: str
    path: str
    name: str = ""
    key: str | None = None
    body: Any = None
    raw: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    counts_as: str | None = None
    is_public: bool = False
    expects: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer, and how it counts."""

    status: int
    headers: Mapping[str, str]
    body: Any
    text: str
    outcome: Outcome

    @property
    def is_done(self) -> bool:
        """Whether it is 2xx, and says what it should."""
        return self.outcome.answer_class is AnswerClass.DONE

    def member(self, name: str) -> Any:
        """A member of the body, if that is a JSON object; None if it has no such."""
        return self.body.get(name) if isinstance(self.body, dict) else None


@dataclass(slots=True)
class World:
    """What all users share.

    Attributes:
        plan: of the run.
        record: of what is sent.
        figures: by the name of the request.
        kinds: how many 2xx answers there were of each kind.
        caused: how many events a processor posts by itself of what users have done, by the name of
            the count in a workload.
        timeline: all requests to the API, by the second in which they were sent.
        pages: names of what is no request to the API.
        noted: what users have found beside the figures, by name.
        began: on the clock of `perf_counter`.
        born: how many users have begun.
    """

    plan: Plan
    record: RecordWriter
    figures: defaultdict[str, Figures] = field(default_factory=lambda: defaultdict(Figures))
    kinds: Counter[Kind] = field(default_factory=Counter)
    caused: Counter[str] = field(default_factory=Counter)
    timeline: defaultdict[int, Figures] = field(default_factory=lambda: defaultdict(Figures))
    pages: set[str] = field(default_factory=set)
    noted: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    began: float = field(default_factory=perf_counter)
    born: int = 0

    def count(self, call: Call, name: str, sent_at: float, ms: float, reply: "Reply") -> None:
        """One more request has ended."""
        self.figures[name].add(ms, reply.outcome)
        if 200 <= reply.status < 300:
            self.kinds[call.kind] += 1
        if call.kind is Kind.PAGE:
            self.pages.add(name)
        else:
            self.timeline[int(sent_at - self.began)].add(ms, reply.outcome)


class CallingUser(FastHttpUser):
    """A user of the API; each kind of user is a class of its own."""

    abstract = True
    insecure = False
    connection_timeout = 10.0
    network_timeout = 35.0
    """API Gateway itself gives up after 29 seconds."""

    world: ClassVar[World]
    """Set before the first user is born."""

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.number = self.world.born
        self.world.born += 1
        plan = self.world.plan
        self.merchant: Merchant = plan.merchants[self.number % len(plan.merchants)]
        self.random = random.Random(f"{plan.settings.seed}-{self.number}")
        self._keys = 0
        self._next_at = perf_counter()

    def on_start(self) -> None:
        """Users that were born together do not begin together."""
        self._next_at += self.random.random() * self.pace_seconds
        gevent.sleep(self._next_at - perf_counter())

    @property
    def pace_seconds(self) -> float:
        """How often this user does something, if all users together keep to the rate."""
        settings = self.world.plan.settings
        return settings.users / settings.rate

    def wait_time(self) -> float:
        """Think, so that the rate is kept to; a user that is late does not hurry afterwards."""
        now = perf_counter()
        self._next_at = max(now, self._next_at + self.pace_seconds)
        return self._next_at - now

    def new_key(self) -> str:
        """An idempotency key that nobody else has."""
        self._keys += 1
        return f"{self.world.plan.run_id}-{self.number}-{self._keys}"

    def ask(
        self,
        call: Call,
        *,
        complaint: Callable[[Any], str | None] | None = None,
    ) -> Reply:
        """Send a request, again and again with the same key while the answer says so.

        Args:
            call: the request.
            complaint: says what is wrong with the body of a 2xx answer, or None.
        """
        for attempt in range(MAX_ATTEMPTS):
            reply = self.send(call, complaint=complaint)
            code = reply.member("code")
            if not asks_to_come_again(reply.status, code) or attempt == MAX_ATTEMPTS - 1:
                break
            gevent.sleep(self._wait_seconds(reply, attempt))
        return reply

    def send(
        self,
        call: Call,
        *,
        complaint: Callable[[Any], str | None] | None = None,
        hang_up_after: float | None = None,
        due_at: float | None = None,
    ) -> Reply:
        """Send a request once.

        Args:
            call: the request.
            complaint: says what is wrong with the body of a 2xx answer, or None.
            hang_up_after: seconds; the connection is closed then, and the answer lost.
            due_at: on the clock of `perf_counter`, when it should have been sent: its time is
                counted from then on, however late it is sent.
        """
        world = self.world
        name = call.name or f"{call.method} {call.path}"
        n = 0
        if call.kind in RECORDED:
            n = world.record.sent(
                merchant="" if call.is_public else self.merchant.id,
                kind=call.kind,
                method=call.method,
                path=call.path,
                key=call.key or "",
                body=call.body,
                counts_as=call.counts_as,
            )
        began = perf_counter() if due_at is None else due_at
        with (
            Timeout(hang_up_after) as hanging_up,
            self.client.request(
                call.method,
                call.path,
                name=name,
                data=_sent(call),
                headers=self._headers(call),
                catch_response=True,
                allow_redirects=False,
            ) as response,
        ):
            ms = (perf_counter() - began) * 1000
            status = int(response.status_code or 0)
            headers = {k.lower(): v for k, v in (response.headers or {}).items()}
            text = response.text or "" if status else ""
            body = _parsed(text)
            if cut_off(status, body, is_page=call.kind is Kind.PAGE):
                status = 0
            code = body.get("code") if isinstance(body, dict) else None
            # Who means to hang up may be refused, or lose the connection, before.
            given_up = hang_up_after is not None and not hanging_up.pending
            outcome = classify(status, code, given_up=given_up)
            if 300 <= status < 400 and call.kind is Kind.PAGE:
                outcome = Outcome(AnswerClass.DONE, str(status))
            if call.expects is not None:
                outcome = expecting(outcome, status, call.expects)
            if outcome.answer_class is AnswerClass.DONE and complaint is not None:
                said = complaint(body)
                if said is not None:
                    outcome = Outcome(AnswerClass.ERROR, said)
            if due_at is not None:
                # So that locust's own report says the same.
                response.request_meta["response_time"] = ms
            if outcome.is_error:
                response.failure(outcome.label)
            else:
                response.success()
        if n:
            world.record.answered(
                n, status=status, ms=ms, replayed=_is_replay(headers, body), body=body
            )
        reply = Reply(status=status, headers=headers, body=body, text=text, outcome=outcome)
        world.count(call, name, began, ms, reply)
        return reply

    def _headers(self, call: Call) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        if call.body is not None or call.raw is not None:
            headers["Content-Type"] = "application/json"
        if not call.is_public:
            headers["Authorization"] = f"Bearer {self.merchant.api_key}"
            if call.key is not None:
                headers["Idempotency-Key"] = call.key
        return {**headers, **call.headers}

    def _wait_seconds(self, reply: Reply, attempt: int) -> float:
        said = reply.headers.get("retry-after", "")
        least = (
            float(said) if said.isascii() and said.isdigit() else FIRST_WAIT_SECONDS * 2**attempt
        )
        # Users that were turned away together should not come back together.
        return min(MAX_WAIT_SECONDS, least) * self.random.uniform(1.0, 1.5)


def _sent(call: Call) -> str | None:
    if call.raw is not None:
        return call.raw
    return None if call.body is None else json.dumps(call.body)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _is_replay(headers: Mapping[str, str], body: Any) -> bool:
    is_duplicate = isinstance(body, dict) and body.get("duplicate") is True
    return is_duplicate or headers.get("idempotent-replayed") == "true"
