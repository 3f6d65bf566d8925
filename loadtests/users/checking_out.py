"""Who goes to a page of the processor's? Shoppers: each gets a checkout session, some pay on its
page, with a second card if the first one is declined, and their shop waits to hear of it.
"""

import re
from typing import Any, Final

import gevent
from locust import task

from loadtests.record import Kind
from loadtests.users.calls import Call, CallingUser, Reply

PATH: Final = "/v1/checkout-sessions"
PAYMENT_NAME: Final = "GET /v1/payments/{id}"
PAGE_NAME: Final = "GET the page of the simulated processor"
PAY_NAME: Final = "POST the page of the simulated processor"

CURRENCY: Final = "USD"
LEAST_MINOR, MOST_MINOR = 500, 20_000

SHARE_THAT_PAYS: Final = 0.3
SHARE_OF_FIRST_CARDS_DECLINED: Final = 0.2
SHARE_OF_COPIES: Final = 0.05

LOOK_EVERY_SECONDS: Final = 0.5
MOST_LOOKS: Final = 40

EVENTS_OF_A_PAID_SESSION: Final = ("events_settling", "events_known")
"""What the simulated processor posts, by the names of a workload: that its charge succeeded, and
that the session is complete. The first one to arrive ends the payment."""

FORM: Final = "application/x-www-form-urlencoded"
GOOD_CARD, BAD_CARD = "pm_approve", "pm_decline_card_declined"

_FORM = re.compile(r'<form method="post" action="([^"]+/pay)">')
_WAITS = frozenset({"requires_action", "processing"})


class CheckingOutUser(CallingUser):
    """Opens checkout sessions, and pays some."""

    @task
    def check_out(self) -> None:
        """One session, and what comes of it."""
        call = self._session(self.new_key())
        opened = self.ask(call, complaint=_complaint)
        if not opened.is_done:
            return
        if self.random.random() < SHARE_OF_COPIES:
            self.ask(call, complaint=lambda body: _same_page(opened, body))
        # Only the simulated processor's pages can be paid on by a program.
        is_simulated = self.world.plan.settings.processor == "simulated"
        if is_simulated and self.random.random() < SHARE_THAT_PAYS and self._pays(opened):
            self.world.caused.update(EVENTS_OF_A_PAID_SESSION)
            self._wait_for_the_end(str(opened.member("payment_id")))

    def _session(self, key: str) -> Call:
        amount_minor = self.random.randint(LEAST_MINOR, MOST_MINOR)
        return Call(
            kind=Kind.CHECKOUT_SESSION,
            method="POST",
            path=PATH,
            key=key,
            body={
                "amount_minor": amount_minor,
                "currency": CURRENCY,
                "processor": self.world.plan.settings.processor,
                "success_url": "https://shop.example/thanks",
                "cancel_url": "https://shop.example/basket",
                "line_items": [{"name": "Shoes", "quantity": 1, "amount_minor": amount_minor}],
                "metadata": {"load_key": key},
            },
        )

    def _pays(self, opened: Reply) -> bool:
        """Do what a payer does; returns whether the payer was sent back to the shop."""
        url = str(opened.member("url"))
        page = self.send(Call(kind=Kind.PAGE, method="GET", path=url, name=PAGE_NAME,
                              is_public=True, headers={"Accept": "text/html"}))  # fmt: skip
        form = _FORM.search(page.text)
        if not page.is_done or form is None:
            return False
        action = re.sub(r"(?<=[^/:])/.*", "", url) + form[1]
        if self.random.random() < SHARE_OF_FIRST_CARDS_DECLINED:
            self._press(action, BAD_CARD)
        return "shop.example" in self._press(action, GOOD_CARD).headers.get("location", "")

    def _press(self, action: str, card: str) -> Reply:
        return self.send(
            Call(
                kind=Kind.PAGE,
                method="POST",
                path=action,
                name=PAY_NAME,
                raw=f"payment_method={card}",
                headers={"Accept": "text/html", "Content-Type": FORM},
                is_public=True,
            )
        )

    def _wait_for_the_end(self, payment_id: str) -> None:
        """Read the payment until it has ended, as a shop does that shows a page of thanks."""
        call = Call(
            kind=Kind.GET_PAYMENT,
            method="GET",
            path=f"/v1/payments/{payment_id}",
            name=PAYMENT_NAME,
        )
        for _ in range(MOST_LOOKS):
            if self.send(call).member("status") not in _WAITS:
                return
            gevent.sleep(LOOK_EVERY_SECONDS)
        self.send(call, complaint=_has_not_ended)


def _complaint(body: Any) -> str | None:
    url = body.get("url") if isinstance(body, dict) else None
    is_address = isinstance(url, str) and url.startswith(("http://", "https://"))
    return None if is_address else "a 2xx without the URL of a page"


def _same_page(opened: Reply, body: Any) -> str | None:
    return None if body == opened.body else "another answer than the first one of its key"


def _has_not_ended(body: Any) -> str | None:
    status = body.get("status") if isinstance(body, dict) else None
    return "it was paid, and has not ended" if status in _WAITS else None
