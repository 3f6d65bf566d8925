"""How is the processor spoken to in its own JSON? The paths under /v1.

POST /v1/charges, /v1/charges/{id}/captures, /voids, /refunds     with an Idempotency-Key
POST /v1/checkout-sessions           the same: a page on which a payer pays
GET  /v1/charges/{id}                a charge as it is now
GET  /v1/checkout-sessions/{id}      a checkout session as it is now
GET  /v1/operations/{key}            what was done under an idempotency key, as it is now
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from ops.simulated.calls import BadCall, Call, Reply, error_reply, json_reply
from ops.simulated.engine import Engine
from ops.simulated.native_requests import read_request
from ops.simulated.outbox import HEADER, Outbox, sign
from ops.simulated.outcomes import Answer, Crashed, Done, Outcome, Refused, Travel
from ops.simulated.records import NATIVE, Charge, ChargeStatus, Event, Recorded, kind_of
from ops.simulated.requests import Refusal
from ops.simulated.wire import write, write_event

RETRY_AFTER_SECONDS = 1
NO_JSON = b'{"id": "ch_", "object"'

_CHARGE = re.compile(r"/v1/charges/([^/]+)")
_SESSION = re.compile(r"/v1/checkout-sessions/([^/]+)")
_OF_ATTEMPTS = {
    "charge.requires_action",
    "charge.declined",
    "charge.expired",
    "checkout_session.declined",
}
"""On a page the payer may try again: only what pays it is told, and the page's own end."""
_OPERATION = re.compile(r"/v1/operations/(.+)")
_STATUSES = {
    "not_found": 404,
    "idempotency_key_reused": 422,
    "rate_limited": 429,
}
_CONFLICT = 409


class NativeFace:
    """The processor's own words over the engine."""

    name = NATIVE

    def __init__(self, engine: Engine, outbox: Outbox, base_url: str) -> None:
        self._engine, self._outbox, self._base_url = engine, outbox, base_url

    def answer(self, call: Call) -> Reply:
        """Answer a call under /v1.

        Raises: BadCall if it is none.
        """
        if call.method == "POST":
            return self._post(call)
        if call.method == "GET":
            return self._get(call)
        raise BadCall("no such method", status=404, code="not_found")

    def messages(self, event: Event) -> Sequence[bytes]:
        """The event itself."""
        if event.type in _OF_ATTEMPTS and self._is_attempt(event.charge):
            return []
        return [json.dumps(write_event(event, self._base_url)).encode()]

    def sign(self, body: bytes, at: datetime) -> Mapping[str, str]:
        """By Stripe's scheme, in a header of its own."""
        return {HEADER: sign(self._outbox.webhooks.secret, body, at)}

    def reset(self) -> None:
        """It keeps nothing for itself."""

    def write_outcome(self, outcome: Outcome) -> Reply:
        """An outcome as it is answered; the same outcome is always the same bytes."""
        match outcome:
            case Done(recorded=recorded):
                return json_reply(status_of(outcome), self._write(recorded))
            case Refused(code, message, charge):
                more = {} if charge is None else {"charge": self._write(charge)}
                reply = error_reply(status_of(outcome), code, message, **more)
                if code != "rate_limited":
                    return reply
                headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
                return Reply(reply.status, reply.body, headers=headers)
            case Crashed():
                return error_reply(status_of(outcome), "server_error", "something went wrong")

    def _post(self, call: Call) -> Reply:
        request = read_request(call, self._engine.now())
        key = call.idempotency_key
        if key is None or not 0 < len(key) <= 255:
            raise BadCall("the header Idempotency-Key is required: 1 to 255 characters")
        answer = self._engine.send(request, key=key, path=call.path)
        return travelling(self.write_outcome(answer.outcome), answer.travel)

    def _get(self, call: Call) -> Reply:
        operation = _OPERATION.fullmatch(call.path)
        if operation:
            return self._write_lookup(unquote(operation[1]))
        charge, session = _CHARGE.fullmatch(call.path), _SESSION.fullmatch(call.path)
        try:
            if session is not None:
                return json_reply(200, self._write(self._engine.get_session(session[1])))
            if charge is None:
                raise BadCall("no such path", status=404, code="not_found")
            return json_reply(200, self._write(self._engine.get_charge(charge[1])))
        except Refusal as refusal:
            return error_reply(404, refusal.code, refusal.message)

    def _write_lookup(self, key: str) -> Reply:
        answer: Answer = self._engine.look_up(key)
        if not isinstance(answer.outcome, Done):
            return travelling(self.write_outcome(answer.outcome), answer.travel)
        recorded = answer.outcome.recorded
        found = {"key": key, "object": kind_of(recorded), "result": self._write(recorded)}
        return json_reply(200, found)

    def _is_attempt(self, charge: Charge | None) -> bool:
        """Whether it is one of a page that it has not paid."""
        if charge is None or charge.checkout_session_id is None:
            return False
        return self._engine.peek_session(charge.checkout_session_id).charge_id != charge.id

    def _write(self, recorded: Recorded) -> dict[str, Any]:
        return write(recorded, self._base_url)


def status_of(outcome: Outcome) -> int:
    """The status code of an answer to a POST."""
    match outcome:
        case Done(recorded=recorded):
            return 402 if recorded.status is ChargeStatus.DECLINED else 201
        case Refused(code):
            return _STATUSES.get(code, _CONFLICT)
        case Crashed():
            return 500


def travelling(reply: Reply, travel: Travel) -> Reply:
    """The same, as it travels."""
    body = NO_JSON if travel is Travel.GARBLED else reply.body
    return Reply(reply.status, body, reply.content_type, reply.headers, travel)
