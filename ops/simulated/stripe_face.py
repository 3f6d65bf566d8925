"""How is the processor spoken to in Stripe's words? The paths under /stripe/v1.

POST /payment_intents, /payment_intents/{id}/capture, /cancel      GET /payment_intents, /{id}
POST /refunds                                                      GET /refunds, /{id}
POST /checkout/sessions, /checkout/sessions/{id}/expire            GET /checkout/sessions, /{id}
GET  /charges/{id}, /disputes/{id}, /events, /events/{id}

Bodies are forms, in bracket notation; answers are JSON. `expand[]` puts an object where its id
would be. A key that was used is answered as it was, with `Idempotent-Replayed: true`.

Source: https://docs.stripe.com/api, as of 2026-11.
"""

import base64
import binascii
import hmac
import re
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ops.simulated.calls import Call, Reply, json_reply
from ops.simulated.credentials import Credentials
from ops.simulated.engine import Engine
from ops.simulated.faces import key_of
from ops.simulated.native import travelling
from ops.simulated.outbox import sign
from ops.simulated.outcomes import Travel
from ops.simulated.records import Event
from ops.simulated.requests import Refusal, Request
from ops.simulated.stripe_answers import StripeAnswers
from ops.simulated.stripe_errors import IDEMPOTENCY_ERROR, StripeError, missing
from ops.simulated.stripe_events import StripeEvents
from ops.simulated.stripe_form import Form
from ops.simulated.stripe_lists import StripeLists
from ops.simulated.stripe_requests import (
    STRIPE,
    read_cancel,
    read_capture,
    read_payment_intent,
    read_refund,
    read_session,
)
from ops.simulated.stripe_wire import (
    Json,
    intent_id_of,
    write_charge,
    write_dispute,
    write_refund,
)

HEADER = "Stripe-Signature"
MAX_KEY_CHARACTERS = 255

_PREFIX = "/stripe"
_PATH = re.compile(r"/v1/(checkout/sessions|[a-z_]+)(?:/([^/]+))?(?:/([a-z]+))?")
_SILENCE = Reply(500, b"", travel=Travel.NEVER)


class StripeFace:
    """See the module."""

    name = STRIPE

    def __init__(self, engine: Engine, base_url: str, credentials: Credentials) -> None:
        self._engine, self._credentials = engine, credentials
        self._events = StripeEvents(base_url)
        self._answers = StripeAnswers(engine, base_url)
        self._lists = StripeLists(engine, self._answers, self._events)
        self._lock = threading.Lock()
        self._expired: dict[str, tuple[str, Reply]] = {}

    def answer(self, call: Call) -> Reply:
        """Answer a call under /stripe."""
        try:
            self._check_key(call)
            reply = self._answer(call)
        except StripeError as error:
            reply = error.reply()
        key = call.idempotency_key
        given = {} if key is None or not key.isprintable() else {"Idempotency-Key": key}
        named = {"Request-Id": f"req_{secrets.token_hex(7)}", **given, **reply.headers}
        return replace(reply, headers=named)

    def messages(self, event: Event) -> Sequence[bytes]:
        """In Stripe's words."""
        return self._events.messages(event)

    def sign(self, body: bytes, at: datetime) -> Mapping[str, str]:
        """By Stripe's scheme."""
        return {HEADER: sign(self._credentials.stripe_webhook_secret, body, at)}

    def reset(self) -> None:
        """Forget the events, and what was answered."""
        self._events.reset()
        with self._lock:
            self._expired.clear()

    def _check_key(self, call: Call) -> None:
        """Raises: StripeError unless it is the account's."""
        sent = _read_key(call.headers.get("authorization", ""))
        if not sent:
            message = "You did not provide an API key: send Authorization: Bearer <key>."
            raise StripeError(401, message)
        if not hmac.compare_digest(sent.encode(), self._credentials.stripe_api_key.encode()):
            raise StripeError(
                401, f"Invalid API Key provided: {sent[:8]}****", code="api_key_invalid"
            )

    def _answer(self, call: Call) -> Reply:
        match = _PATH.fullmatch(call.path.removeprefix(_PREFIX))
        if match is not None:
            kind, name, action = match[1], match[2], match[3]
            if call.method == "POST":
                reply = self._post(call, kind, name, action)
            elif call.method == "GET" and action is None:
                reply = self._get(call, kind, name)
            else:
                reply = None
            if reply is not None:
                return reply
        url = call.path.removeprefix(_PREFIX)[:200]
        raise StripeError(404, f"Unrecognized request URL ({call.method}: {url}).")

    def _post(self, call: Call, kind: str, name: str | None, action: str | None) -> Reply | None:
        form = Form.of_text(call.body.decode("utf-8", "replace"))
        expand = form.texts("expand")
        words = f"{call.path}?{call.body.decode('latin-1')}"
        request: Request
        match kind, name, action:
            case "payment_intents", None, None:
                request = read_payment_intent(form, words)
            case "payment_intents", str(), "capture":
                request = read_capture(form, name, self._currency_of(name), words)
            case "payment_intents", str(), "cancel":
                self._currency_of(name)
                request = read_cancel(form, name, words)
            case "refunds", None, None:
                request = read_refund(form, intent_id_of, self._currency_of, words)
                self._currency_of(request.charge_id)
            case "checkout/sessions", None, None:
                request = read_session(form, self._engine.now(), words)
            case "checkout/sessions", str(), "expire":
                form.nothing_else()
                return self._expire(call, name, words, expand)
            case _:
                return None
        key = key_of(STRIPE, _idempotency_key(call))
        answer = self._engine.send(request, key=key, path=call.path)
        reply = travelling(self._answers.write(request, answer.outcome, expand), answer.travel)
        return _as_replay(reply) if answer.is_replay else reply

    def _get(self, call: Call, kind: str, name: str | None) -> Reply | None:
        query = Form.of_pairs((key, each) for key, values in call.query.items() for each in values)
        expand = query.texts("expand")
        if name is None:
            page = self._lists.answer(kind, query)
            if page is None:
                return _SILENCE
            data = [self._answers.expand(each, expand) for each in page["data"]]
            return json_reply(200, {**page, "data": data})
        query.ignore("client_secret")
        query.nothing_else()
        readers: dict[str, Callable[[str], Json]] = {
            "payment_intents": self._answers.payment_intent,
            "charges": lambda each: write_charge(self._answers.charge(intent_id_of(each))),
            "refunds": self._refund,
            "disputes": self._dispute,
            "checkout/sessions": self._answers.session,
            "events": self._lists.event,
        }
        if kind not in readers:
            return None
        try:
            content = readers[kind](name)
        except Refusal:
            raise missing(kind.removesuffix("s"), name, "id") from None
        if kind == "payment_intents" and self._engine.is_mute_of(name):
            return _SILENCE
        return json_reply(200, self._answers.expand(content, expand))

    def _expire(self, call: Call, name: str, words: str, expand: Sequence[str]) -> Reply:
        """Kept here, as it is nothing that the engine has a key for."""
        key = _idempotency_key(call)
        with self._lock:
            known = self._expired.get(key)
            if known is not None and known[0] != words:
                message = "Keys for idempotent requests can only be used with the same parameters."
                raise StripeError(400, message, kind=IDEMPOTENCY_ERROR)
            if known is not None:
                return _as_replay(known[1])
            try:
                self._answers.session(name)
                self._engine.expire_session(name)
                content = self._answers.expand(self._answers.session(name), expand)
                reply = json_reply(200, content)
            except Refusal as refusal:
                if refusal.code == "not_found":
                    raise missing("checkout.session", name, "session") from None
                reply = StripeError(400, "This Session is not open: it cannot be expired.").reply()
            self._expired[key] = words, reply
            return reply

    def _refund(self, refund_id: str) -> Json:
        refund = self._engine.get_movement(refund_id)
        charge = self._answers.charge(refund.charge_id)
        if refund.kind != "refund":
            raise Refusal("not_found", "no such refund", None)
        return write_refund(refund, charge)

    def _dispute(self, dispute_id: str) -> Json:
        dispute = self._engine.get_dispute(dispute_id)
        self._answers.charge(dispute.charge_id)
        return write_dispute(dispute)

    def _currency_of(self, intent_id: str) -> str:
        """Raises: StripeError if there is no such payment intent."""
        try:
            return self._answers.charge(intent_id).currency
        except Refusal:
            raise missing("payment_intent", intent_id, "intent") from None


def _read_key(authorization: str) -> str:
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest, validate=True).decode("latin-1").partition(":")[0]
    except (binascii.Error, ValueError):
        return ""


def _idempotency_key(call: Call) -> str:
    """Raises: StripeError if it is too long."""
    key = call.idempotency_key
    if key is not None and len(key) > MAX_KEY_CHARACTERS:
        message = f"Idempotency keys may have {MAX_KEY_CHARACTERS} characters."
        raise StripeError(400, message, kind=IDEMPOTENCY_ERROR)
    # Without one, it is of no other request.
    return key or f"none_{secrets.token_hex(8)}"


def _as_replay(reply: Reply) -> Reply:
    return replace(reply, headers={**reply.headers, "Idempotent-Replayed": "true"})
