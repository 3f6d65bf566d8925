"""How is the processor spoken to as PayPal? Everything under /paypal, which is what a client is
given as its base URL.

    paypal_tokens         who may call: OAuth tokens for the client's id and secret
    paypal_requests       what a call asks for; paypal_money: how much
    paypal_checkout       orders v2; paypal_orders: what is kept of them, and PayPal's ids
    paypal_payments       payments v2: authorizations, captures, refunds
    paypal_page           where a payer approves an order
    paypal_wire           how it is all written; paypal_disputes: disputes
    paypal_answers        what the engine says, in PayPal's words; paypal_errors: its errors
    paypal_events         webhooks; paypal_certificates: with what they are signed
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from ops.simulated.calls import Call, Reply
from ops.simulated.credentials import Credentials
from ops.simulated.engine import Engine, NewId
from ops.simulated.paypal_answers import Silent, silence
from ops.simulated.paypal_certificates import Certificates
from ops.simulated.paypal_checkout import FACE, Checkout
from ops.simulated.paypal_errors import PayPalError, bare_error
from ops.simulated.paypal_events import CERTIFICATES_PATH, PayPalEvents
from ops.simulated.paypal_orders import Names
from ops.simulated.paypal_page import CHECKOUT_PATH, CheckoutPage
from ops.simulated.paypal_payments import Payments
from ops.simulated.paypal_tokens import Tokens
from ops.simulated.paypal_wire import PayPalWire
from ops.simulated.records import Event

PREFIX = "/paypal"
TOKEN_PATH = "/v1/oauth2/token"  # noqa: S105  (an address)
JSON = "application/json"

type Answer = Callable[[Call, str], Reply]


class PayPalFace:
    """PayPal's words over the engine."""

    name = FACE

    def __init__(
        self,
        engine: Engine,
        *,
        secret: str,
        credentials: Credentials,
        base_url: str,
        clock: Callable[[], datetime],
        new_id: NewId,
    ) -> None:
        self._names = Names()
        wire = PayPalWire(self._names, base_url + PREFIX)
        self._tokens = Tokens(secret, credentials, engine.now)
        self._certificates = Certificates(secret, clock)
        self._checkout = Checkout(engine, new_id, wire, self._names)
        payments = Payments(engine, new_id, wire, self._names, self._checkout)
        self._page = CheckoutPage(self._checkout, PREFIX)
        self._events = PayPalEvents(
            wire,
            self._names,
            self._checkout.orders,
            certificates=self._certificates,
            credentials=credentials,
        )
        checkout = self._checkout
        order, payment = "/v2/checkout/orders", "/v2/payments"
        paths: dict[str, dict[str, Answer]] = {
            order: {"POST": lambda call, _: checkout.create(call)},
            f"{order}/([^/]+)": {"GET": lambda _, name: checkout.show(name)},
            f"{order}/([^/]+)/capture": {
                "POST": lambda call, name: checkout.pay(call, name, "CAPTURE")
            },
            f"{order}/([^/]+)/authorize": {
                "POST": lambda call, name: checkout.pay(call, name, "AUTHORIZE")
            },
            f"{payment}/authorizations/([^/]+)": {
                "GET": lambda _, name: payments.show("authorization", name)
            },
            f"{payment}/authorizations/([^/]+)/capture": {"POST": payments.capture},
            f"{payment}/authorizations/([^/]+)/void": {"POST": payments.void},
            f"{payment}/captures/([^/]+)": {"GET": lambda _, name: payments.show("capture", name)},
            f"{payment}/captures/([^/]+)/refund": {"POST": payments.refund},
            f"{payment}/refunds/([^/]+)": {"GET": lambda _, name: payments.show("refund", name)},
        }
        self._paths = [(re.compile(path), answers) for path, answers in paths.items()]

    @property
    def root_pem(self) -> bytes:
        """The root that whoever is to believe the webhooks has to know."""
        return self._certificates.root_pem

    def answer(self, call: Call) -> Reply:
        """Answer a call under /paypal, whatever it is."""
        path = call.path.removeprefix(PREFIX)
        try:
            if path == TOKEN_PATH and call.method == "POST":
                return self._tokens.give(call)
            if path.startswith(CERTIFICATES_PATH):
                return self._show_certificate(call, path.removeprefix(CERTIFICATES_PATH))
            if path.startswith(CHECKOUT_PATH):
                return self._page.answer(call, path)
            return self._tokens.refusal(call) or self._answer(call, path)
        except PayPalError as error:
            return error.reply()
        except Silent:
            return silence()

    def messages(self, event: Event) -> Sequence[bytes]:
        """What is posted about an event of the engine."""
        return self._events.messages(event)

    def sign(self, body: bytes, at: datetime) -> Mapping[str, str]:
        """PayPal's headers of one delivery."""
        return self._events.sign(body, at)

    def reset(self) -> None:
        """Forget the orders; tokens and certificates stay good."""
        self._checkout.reset()
        self._names.reset()

    def _answer(self, call: Call, path: str) -> Reply:
        for pattern, answers in self._paths:
            match = pattern.fullmatch(path)
            if match is None:
                continue
            answer = answers.get(call.method)
            if answer is None:
                return bare_error("METHOD_NOT_SUPPORTED")
            content_type = call.headers.get("content-type", "").partition(";")[0].strip()
            if call.body and content_type.lower() != JSON:
                return bare_error("UNSUPPORTED_MEDIA_TYPE")
            return answer(call, match[1] if match.groups() else "")
        raise PayPalError("INVALID_RESOURCE_ID", "there is no such path")

    def _show_certificate(self, call: Call, name: str) -> Reply:
        if call.method != "GET" or name != self._certificates.leaf_id:
            raise PayPalError("INVALID_RESOURCE_ID")
        return Reply(200, self._certificates.leaf_pem, content_type="application/x-pem-file")
