"""Who looks at payments four times as often as it makes one? The shops and desks of many merchants:
they read a payment, a page of payments, balances and a statement; and now and then somebody pays.

A payment that is read must be the one that was acknowledged: what is fast and wrong is an error.
"""

from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any, ClassVar, Final

from loadtests.outcomes import asks_to_come_again
from loadtests.record import Kind
from loadtests.users.arriving import ArrivingUser
from loadtests.users.calls import Call, Reply
from loadtests.users.paying import balance_payment
from ops.demo.shop import charge_body

PATH: Final = "/v1/payments"
CHARGE_NAME: Final = "POST /v1/payments (charge)"
LEAST_MINOR, MOST_MINOR = 100, 5_000

SHARES: Final = {
    "payment": 0.50,
    "list": 0.15,
    "balances": 0.10,
    "statement": 0.05,
    "pay": 0.17,
    "charge": 0.03,
}
"""80 % reads, 20 % writes."""

CARDS: Final = {"simulated": "pm_approve", "stripe": "pm_card_visa"}
"""A card that pays; PayPal's payer would have to agree first."""

REMEMBERED: Final = 500
"""Payments of each merchant that are looked at: the latest ones, as people do."""


class ReadingUser(ArrivingUser):
    """Reads mostly, and sometimes pays."""

    paid: ClassVar[dict[str, deque[tuple[str, int]]]] = defaultdict(
        lambda: deque(maxlen=REMEMBERED)
    )

    def arrive(self, due_at: float) -> None:
        """One read, or one payment."""
        act = self.random.choices(list(SHARES), weights=list(SHARES.values()))[0]
        match act:
            case "payment":
                self._read_payment(due_at)
            case "list":
                self._read(Kind.LIST, PATH, due_at)
            case "balances":
                self._read(Kind.BALANCES, "/v1/balances", due_at)
            case "statement":
                self._read(Kind.STATEMENT, "/v1/ledger/entries", due_at)
            case _:
                self._pay(act, due_at)

    def _read_payment(self, due_at: float) -> None:
        known = self.paid[self.merchant.id]
        if not known:
            self._read(Kind.LIST, PATH, due_at)
            return
        payment_id, amount_minor = self.random.choice(known)
        call = Call(
            kind=Kind.GET_PAYMENT,
            method="GET",
            path=f"{PATH}/{payment_id}",
            name=f"GET {PATH}/{{id}}",
        )
        self.send(call, complaint=_other_payment(payment_id, amount_minor), due_at=due_at)

    def _read(self, kind: Kind, path: str, due_at: float) -> None:
        self.send(
            Call(kind=kind, method="GET", path=path, name=f"GET {path}"),
            complaint=_no_list,
            due_at=due_at,
        )

    def _pay(self, act: str, due_at: float) -> None:
        key, amount_minor = self.new_key(), self.random.randint(LEAST_MINOR, MOST_MINOR)
        call = balance_payment(key, amount_minor)
        processor = self.world.plan.settings.processor
        if act == "charge" and processor in CARDS:
            body = charge_body(amount_minor, CARDS[processor], processor=processor)
            call = Call(
                kind=Kind.CHARGE,
                method="POST",
                path=PATH,
                name=CHARGE_NAME,
                key=key,
                body={**body, "metadata": {"load_key": key}},
            )
        reply = self.send(call, due_at=due_at)
        if asks_to_come_again(reply.status, reply.member("code")):
            # What was due is late already; that it is made at all is the merchant's own care.
            reply = self.ask(call)
        if call.kind is Kind.CHARGE and reply.is_done and processor == "simulated":
            # It posts an event of each charge that it answers, too.
            self.world.caused["events_settling" if reply.status == 202 else "events_known"] += 1
        self._remember(reply, amount_minor)

    def _remember(self, reply: Reply, amount_minor: int) -> None:
        if reply.is_done:
            self.paid[self.merchant.id].append((str(reply.member("id")), amount_minor))


def _other_payment(payment_id: str, amount_minor: int) -> Callable[[Any], str | None]:
    def complaint(body: Any) -> str | None:
        seen = (body.get("id"), body.get("amount_minor")) if isinstance(body, dict) else None
        return None if seen == (payment_id, amount_minor) else "not the payment that was made"

    return complaint


def _no_list(body: Any) -> str | None:
    is_list = isinstance(body, dict) and isinstance(body.get("data"), list)
    return None if is_list else "a 2xx without data"
