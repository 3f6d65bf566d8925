"""Where does a payer approve an order? On PayPal's page: what is to be paid, a way to pay it, and
two buttons. Plain forms, no script.

GET  /paypal/checkoutnow?token=<order id>
POST /paypal/checkoutnow/pay, /cancel, with the same token
"""

import html
import re
from urllib.parse import quote

from ops.simulated.calls import Call, Reply
from ops.simulated.checkout_page import see_other
from ops.simulated.hosted_page import alert, choices, page_reply
from ops.simulated.paypal_checkout import Checkout
from ops.simulated.paypal_errors import PayPalError
from ops.simulated.paypal_money import write_money
from ops.simulated.paypal_orders import Order, payer_id_of

TITLE = "Simulated PayPal"
CHECKOUT_PATH = "/checkoutnow"
WAYS = {
    "pm_approve": "PayPal balance",
    "pm_decline_card_declined": "Card that is declined",
}
MAX_FORM_BYTES = 1_000

_PATH = re.compile(r"/checkoutnow(?:/(pay|cancel))?")
_FORM = re.compile(rb"payment_method=([a-z_]{1,255})")


class CheckoutPage:
    """The page of every order. Who knows its address may decide, as the payer does."""

    def __init__(self, checkout: Checkout, prefix: str) -> None:
        self._checkout, self._path = checkout, prefix + CHECKOUT_PATH

    def answer(self, call: Call, path: str) -> Reply:
        """Show the page, or take what the payer does. Raises: Silent."""
        match = _PATH.fullmatch(path)
        action = match[1] if match else None
        if match is None or call.method != ("GET" if action is None else "POST"):
            return page_reply(404, TITLE, "<p>There is no such page.</p>")
        order = self._checkout.find((call.query.get("token") or [""])[0])
        if order is None:
            return page_reply(404, TITLE, "<p>There is no such order, or its time is over.</p>")
        if action == "cancel":
            return _leave(order, order.cancel_url, "You did not pay.")
        if action == "pay":
            return self._pay(order, call.body)
        if self._checkout.is_paid(order):
            return page_reply(200, TITLE, "<p>This order is paid.</p>")
        return page_reply(200, TITLE, self._show(order))

    def _pay(self, order: Order, body: bytes) -> Reply:
        form = _FORM.fullmatch(body[:MAX_FORM_BYTES]) if body else None
        if body and form is None:
            return page_reply(400, TITLE, alert("Choose how to pay.") + self._show(order))
        try:
            self._checkout.approve(order, "pm_approve" if form is None else form[1].decode())
        except PayPalError:
            return page_reply(409, TITLE, "<p>This order is paid.</p>")
        return _leave(order, order.return_url, "You agreed to pay.")

    def _show(self, order: Order) -> str:
        money = write_money(order.amount_minor, order.currency)
        token = html.escape(quote(order.id))
        ways = choices("Pay with", WAYS)
        items = "".join(
            f"<li>{html.escape(str(item.get('quantity', '1')))} x "
            f"{html.escape(str(item.get('name', '')))}</li>"
            for item in order.items
            if isinstance(item, dict)
        )
        return (
            (f"<p>{html.escape(order.description)}</p>" if order.description else "")
            + (f"<ul>{items}</ul>" if items else "")
            + f"<p>To pay: <strong>{money['value']} {money['currency_code']}</strong></p>"
            # Who was sent here by the bank of a payment method has chosen already.
            + f'<form method="post" action="{self._path}/pay?token={token}">'
            + f"{ways if order.asked_with is None else ''}<button>Pay</button></form> "
            + f'<form method="post" action="{self._path}/cancel?token={token}">'
            + "<button>Cancel</button></form>"
        )


def _leave(order: Order, url: str | None, said: str) -> Reply:
    if url is None:
        return page_reply(200, TITLE, f"<p>{said}</p>")
    address, hash_sign, fragment = url.partition("#")
    address += f"{'&' if '?' in address else '?'}token={order.id}"
    if url == order.return_url:
        address += f"&PayerID={payer_id_of(order)}"
    return see_other(address + hash_sign + fragment)
