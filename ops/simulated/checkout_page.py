"""Where does a payer pay? On the hosted page of a checkout session: what is to be paid, a card to
choose, and two buttons. Plain forms, no script.
"""

import html
import re
from urllib.parse import quote

from ops.simulated.calls import BadCall, Call, Reply
from ops.simulated.engine import Engine
from ops.simulated.hosted_page import alert, choices, page_reply, write_major
from ops.simulated.records import ChargeStatus, CheckoutSession, SessionStatus
from ops.simulated.requests import Refusal
from ops.simulated.wire import action_path, checkout_path

TITLE = "Simulated checkout"
PLACEHOLDER = "{CHECKOUT_SESSION_ID}"
CARDS = {
    "pm_approve": "Card that is approved",
    "pm_decline_card_declined": "Card that is declined",
    "pm_requires_action": "Card whose bank asks first",
}
MAX_FORM_BYTES = 1_000

_PATH = re.compile(r"/checkout/([^/]+)(?:/(pay|cancel|declined))?")
_FORM = re.compile(rb"payment_method=([a-z_]{1,255})")
_CANCEL = '<form method="post" action="{path}/cancel"><button>Cancel</button></form>'


class CheckoutPage:
    """The page of every session. Who knows its address may pay."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def answer(self, call: Call) -> Reply:
        """Show the page, or take what the payer does.

        Raises: BadCall if there is none of this address.
        """
        match = _PATH.fullmatch(call.path)
        action = match[2] if match else None
        if match is None or call.method != ("POST" if action in {"pay", "cancel"} else "GET"):
            raise BadCall("no such path", status=404, code="not_found")
        try:
            session = self._engine.get_session(match[1])
        except Refusal:
            return page_reply(404, TITLE, "<p>There is no such checkout.</p>")
        if action == "cancel" and session.cancel_url:
            return see_other(session.cancel_url.replace(PLACEHOLDER, session.id))
        if session.status is not SessionStatus.OPEN:
            return page_reply(409 if action == "pay" else 200, TITLE, _over(session))
        if action == "pay":
            return self._pay(session, call.body)
        return page_reply(200, TITLE, _shown(session, was_declined=action == "declined"))

    def _pay(self, session: CheckoutSession, body: bytes) -> Reply:
        form = _FORM.fullmatch(body[:MAX_FORM_BYTES])
        if form is None:
            return page_reply(
                400, TITLE, alert("Choose a card.") + _shown(session, was_declined=False)
            )
        try:
            charge = self._engine.pay_session(session.id, form[1].decode())
        except Refusal:
            # Somebody was faster.
            return page_reply(409, TITLE, _over(self._engine.get_session(session.id)))
        if charge.status is ChargeStatus.DECLINED:
            return see_other(declined_path(session.id))
        if charge.status is ChargeStatus.REQUIRES_ACTION:
            return see_other(action_path(charge.id))
        return see_other(success_url(session))


def declined_path(session_id: str) -> str:
    """Of the page that says that the card was declined."""
    return f"{checkout_path(session_id)}/declined"


def success_url(session: CheckoutSession) -> str:
    """Where the payer goes who has paid."""
    return session.success_url.replace(PLACEHOLDER, session.id)


def see_other(url: str) -> Reply:
    """Go there, by a GET."""
    # Nothing that a header cannot hold.
    address = quote(url, safe="!#$%&'()*+,/:;=?@[]~")
    return Reply(303, b"", content_type="text/html", headers={"Location": address})


def _shown(session: CheckoutSession, *, was_declined: bool) -> str:
    path = html.escape(checkout_path(session.id))
    rows = "".join(
        f"<tr><td>{item.quantity} x {html.escape(item.name)}</td>"
        f"<td>{write_major(item.quantity * item.amount_minor, session.currency)}</td></tr>"
        for item in session.line_items
    )
    cards = choices("Pay with", CARDS)
    return (
        (alert("The card was declined. Try another one.") if was_declined else "")
        + (f"<table>{rows}</table>" if rows else "")
        + f"<p>To pay: <strong>{write_major(session.amount_minor, session.currency)}</strong></p>"
        + f'<form method="post" action="{path}/pay">{cards}<button>Pay</button></form> '
        + (_CANCEL.format(path=path) if session.cancel_url else "")
    )


def _over(session: CheckoutSession) -> str:
    said = "paid" if session.status is SessionStatus.COMPLETE else "expired"
    return f"<p>This checkout is {said}.</p>"
