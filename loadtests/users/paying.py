"""Who pays from a balance? Customers of several merchants, who mostly pay once. Some press the
button again, some want more than there is, and some hang up before the answer and come back.
"""

from typing import Any, Final

from locust import task

from loadtests.record import Kind
from loadtests.users.calls import Call, CallingUser, Reply

PATH: Final = "/v1/payments"
CURRENCY: Final = "USD"

LEAST_MINOR, MOST_MINOR = 100, 5_000
UNAFFORDABLE_MINOR: Final = 9_000_000_000_000
"""More than any merchant has here, and less than the API refuses as too large."""

SHARE_OF_COPIES: Final = 0.05
SHARE_OF_DECLINES: Final = 0.02
SHARE_OF_HANG_UPS: Final = 0.03

HANG_UP_SECONDS: Final = (0.002, 0.15)
"""Before, while and after the payment is made; more often soon than late."""


class PayingUser(CallingUser):
    """Pays from its merchant's balance."""

    @task
    def pay(self) -> None:
        """One payment, or what people do instead."""
        drawn = self.random.random()
        if drawn < SHARE_OF_DECLINES:
            self.ask(self._payment(UNAFFORDABLE_MINOR))
            return
        call = self._payment(self.random.randint(LEAST_MINOR, MOST_MINOR))
        if drawn < SHARE_OF_DECLINES + SHARE_OF_HANG_UPS:
            soonest, latest = HANG_UP_SECONDS
            self.send(call, hang_up_after=soonest * (latest / soonest) ** self.random.random())
        reply = self.ask(call, complaint=_complaint)
        if reply.is_done and self.random.random() < SHARE_OF_COPIES:
            self.ask(call, complaint=lambda body: other_than(reply, body))

    def _payment(self, amount_minor: int) -> Call:
        return balance_payment(self.new_key(), amount_minor)


def balance_payment(key: str, amount_minor: int) -> Call:
    """A payment from a balance, which can be found by its key even if its answer was lost."""
    return Call(
        kind=Kind.PAYMENT,
        method="POST",
        path=PATH,
        key=key,
        body={
            "amount_minor": amount_minor,
            "currency": CURRENCY,
            "funding": {"type": "balance"},
            "metadata": {"load_key": key},
        },
    )


def other_than(first: Reply, body: Any) -> str | None:
    """What is wrong with a second answer of a key, if it is not the first one again."""
    return None if body == first.body else "another answer than the first one of its key"


def _complaint(body: Any) -> str | None:
    is_paid = isinstance(body, dict) and body.get("status") == "succeeded"
    return None if is_paid else "a 2xx that is no succeeded payment"
