"""What if every event of many payments came ten times, in any order? Payments are made through all
processors, everything after that is done at the processors themselves, and only then their events
are delivered: shuffled, each many times, from several clients at once.

The events are those that the simulated server really signed and posted: a sink takes them first.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ops.demo.http_client import HttpClient, Reply
from ops.demo.shop import Shop
from ops.demo.sink import Posted, Sink, listening
from ops.stack import Stack

AMOUNT_MINOR = 5_000
CLIENTS = 8
PROCESSORS = ("simulated", "stripe", "paypal")
PATHS = {
    "url": "/webhooks/simulated",
    "stripe_url": "/webhooks/stripe",
    "paypal_url": "/webhooks/paypal",
}


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens to a payment at its processor, and what must have become of it here.

    Attributes:
        manual: whether it is captured later.
        acts: each a path below its charge, and a body; `dispute` ends the dispute before it.
        status, captured_minor, refunded_minor: of the payment in the end.
        dispute: the state of its dispute in the end; None if it has none.
    """

    manual: bool
    acts: tuple[tuple[str, Mapping[str, Any]], ...]
    status: str
    captured_minor: int
    refunded_minor: int
    dispute: str | None = None


FATES = (
    Fate(
        manual=False,
        acts=(("refund", {"amount_minor": 1_000}), ("refund", {"amount_minor": 500})),
        status="succeeded",
        captured_minor=5_000,
        refunded_minor=1_500,
    ),
    Fate(
        manual=True,
        acts=(("capture", {"amount_minor": 3_000}), ("refund", {"amount_minor": 3_000})),
        status="succeeded",
        captured_minor=3_000,
        refunded_minor=3_000,
    ),
    Fate(
        manual=False,
        acts=(("disputes", {}), ("dispute", {"outcome": "won"}), ("refund", {"amount_minor": 700})),
        status="succeeded",
        captured_minor=5_000,
        refunded_minor=700,
        dispute="won",
    ),
    Fate(
        manual=False,
        acts=(
            ("refund", {"amount_minor": 800}),
            ("disputes", {"amount_minor": 4_000}),
            ("dispute", {"outcome": "lost"}),
        ),
        status="succeeded",
        captured_minor=5_000,
        refunded_minor=800,
        dispute="lost",
    ),
    Fate(manual=True, acts=(("void", {}),), status="voided", captured_minor=0, refunded_minor=0),
    Fate(
        manual=True,
        acts=(("capture", {}), ("disputes", {"amount_minor": 2_500})),
        status="succeeded",
        captured_minor=5_000,
        refunded_minor=0,
        dispute="open",
    ),
)


class Storm:
    """One of them, on a stack."""

    def __init__(self, stack: Stack, shop: Shop, *, seed: int) -> None:
        if stack.simulated_processor is None:
            raise ValueError("there is no simulated processor")
        self._stack, self._shop = stack, shop
        place = stack.simulated_processor
        self._control = HttpClient(place.url, place.secret)
        self._random = random.Random(seed)
        self.fates: dict[str, Fate] = {}

    def prepare(self, events: int) -> list[Posted]:
        """Make payments, and have everything happen to them at their processors, until there are
        so many events; gives the events.
        """
        sink = Sink()
        with listening(sink) as url:
            self._tell("PUT", "/control/webhooks", {name: url + PATHS[name] for name in PATHS})
            try:
                number = 0
                while len(sink.all()) < events:
                    self._make(number)
                    self._tell("POST", "/control/webhooks/flush", {})
                    number += 1
            finally:
                api = self._stack.api_url
                self._tell("PUT", "/control/webhooks", {name: api + PATHS[name] for name in PATHS})
        return sink.all()

    def deliver(self, posted: Sequence[Posted], *, copies: int) -> list[tuple[Posted, Reply]]:
        """Each so many times, shuffled, from several clients at once; gives every answer."""
        all_of_them = [each for each in posted for _ in range(copies)]
        self._random.shuffle(all_of_them)
        shares = [all_of_them[n::CLIENTS] for n in range(CLIENTS)]
        with ThreadPoolExecutor(CLIENTS) as pool:
            return [one for share in pool.map(self._deliver, shares) for one in share]

    def problems(self) -> list[str]:
        """What has become of a payment that should not have, a line each."""
        found = []
        for payment_id, fate in self.fates.items():
            payment = self._shop.get(f"/v1/payments/{payment_id}").json
            seen = (
                payment["status"],
                payment["captured_minor"],
                payment["refunded_minor"],
                [each["status"] for each in payment["disputes"]],
            )
            expected = (
                fate.status,
                fate.captured_minor,
                fate.refunded_minor,
                [fate.dispute] if fate.dispute else [],
            )
            if seen != expected:
                processor = payment["processor"]["name"]
                found.append(f"{payment_id} at {processor} is {seen}, not {expected}")
        return found

    def _make(self, number: int) -> None:
        fate = FATES[number % len(FATES)]
        processor = PROCESSORS[number // len(FATES) % len(PROCESSORS)]
        reply = self._shop.charge(
            AMOUNT_MINOR, "pm_approve", key=f"storm-{number}", manual=fate.manual,
            processor=processor,
        )  # fmt: skip
        assert reply.status == 201, reply.body
        payment_id = str(reply.member("id"))
        self.fates[payment_id] = fate
        record = self._tell("GET", "/control/record")
        (charge,) = [one for one in record["charges"] if one["payment_id"] == payment_id]
        dispute_id = ""
        for act, body in fate.acts:
            if act == "dispute":
                self._tell("POST", f"/control/disputes/{dispute_id}", body)
                continue
            done = self._tell("POST", f"/control/charges/{charge['id']}/{act}", body)
            if act == "disputes":
                dispute_id = done["id"]

    def _deliver(self, share: Sequence[Posted]) -> list[tuple[Posted, Reply]]:
        client = HttpClient(self._stack.api_url, None)
        return [
            (each, client.call("POST", each.path, body=each.body, extra=each.headers))
            for each in share
        ]

    def _tell(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        reply = self._control.call(method, path, body=body)
        assert reply.status in (200, 201), (path, reply.status, reply.body)
        return reply.json


def firsts(answers: Sequence[tuple[Posted, Reply]]) -> Counter[int]:
    """How many events were told so many times that they came for the first time; an event whose
    answer was lost on its way may be told never, and is left out.
    """
    told: dict[bytes, int] = defaultdict(int)
    lost = {posted.body for posted, reply in answers if reply.was_sent_again}
    for posted, reply in answers:
        told[posted.body] += "duplicate" not in reply.json
    return Counter(count for body, count in told.items() if body not in lost)
