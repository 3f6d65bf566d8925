"""How is the processor spoken to in its own JSON? The paths under /v1.

POST /v1/charges, /v1/charges/{id}/captures, /voids, /refunds     with an Idempotency-Key
GET  /v1/charges/{id}                a charge as it is now
GET  /v1/operations/{key}            what was done under an idempotency key, as it is now
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from ops.simulated.calls import BadCall, Call, Fields, Reply, error_reply, json_reply
from ops.simulated.engine import Engine
from ops.simulated.outbox import HEADER, Outbox, sign
from ops.simulated.outcomes import Answer, Crashed, Done, Outcome, Refused, Travel
from ops.simulated.records import NATIVE, ChargeStatus, Event, MovementKind, Recorded, kind_of
from ops.simulated.requests import ChargeRequest, MovementRequest, Refusal, Request
from ops.simulated.wire import write, write_event

MAX_AMOUNT = 10**15
RETRY_AFTER_SECONDS = 1
NO_JSON = b'{"id": "ch_", "object"'

_MOVEMENT = re.compile(r"/v1/charges/([^/]+)/(captures|voids|refunds)")
_CHARGE = re.compile(r"/v1/charges/([^/]+)")
_OPERATION = re.compile(r"/v1/operations/(.+)")
_KINDS: dict[str, MovementKind] = {"captures": "capture", "voids": "void", "refunds": "refund"}
_CURRENCY = re.compile(r"[A-Z]{3}")
_CAPTURE_METHODS = {"automatic": False, "manual": True}
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
        return [json.dumps(write_event(event, self._base_url)).encode()]

    def sign(self, body: bytes, at: datetime) -> Mapping[str, str]:
        """By Stripe's scheme, in a header of its own."""
        return {HEADER: sign(self._outbox.webhooks.secret, body, at)}

    def reset(self) -> None:
        """It keeps nothing for itself."""

    def write_outcome(self, outcome: Outcome) -> Reply:
        """An outcome as it is answered; the same outcome is always the same bytes."""
        match outcome:
            case Done(recorded):
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
        request = _read_request(call)
        key = call.idempotency_key
        if key is None or not 0 < len(key) <= 255:
            raise BadCall("the header Idempotency-Key is required: 1 to 255 characters")
        answer = self._engine.send(request, key=key, path=call.path)
        return _travelling(self.write_outcome(answer.outcome), answer.travel)

    def _get(self, call: Call) -> Reply:
        operation = _OPERATION.fullmatch(call.path)
        if operation:
            return self._write_lookup(unquote(operation[1]))
        charge = _CHARGE.fullmatch(call.path)
        if charge is None:
            raise _no_such_path()
        try:
            return json_reply(200, self._write(self._engine.get_charge(charge[1])))
        except Refusal as refusal:
            return error_reply(404, refusal.code, refusal.message)

    def _write_lookup(self, key: str) -> Reply:
        answer: Answer = self._engine.look_up(key)
        if not isinstance(answer.outcome, Done):
            return _travelling(self.write_outcome(answer.outcome), answer.travel)
        recorded = answer.outcome.recorded
        found = {"key": key, "object": kind_of(recorded), "result": self._write(recorded)}
        return json_reply(200, found)

    def _write(self, recorded: Recorded) -> dict[str, Any]:
        return write(recorded, self._base_url)


def status_of(outcome: Outcome) -> int:
    """The status code of an answer to a POST."""
    match outcome:
        case Done(recorded):
            return 402 if recorded.status is ChargeStatus.DECLINED else 201
        case Refused(code):
            return _STATUSES.get(code, _CONFLICT)
        case Crashed():
            return 500


def _read_request(call: Call) -> Request:
    if call.path == "/v1/charges":
        return _read_charge(Fields(call.body))
    movement = _MOVEMENT.fullmatch(call.path)
    if movement is None:
        raise _no_such_path()
    return _read_movement(Fields(call.body), movement[1], _KINDS[movement[2]])


def _read_charge(fields: Fields) -> ChargeRequest:
    capture = fields.text("capture")
    if capture not in _CAPTURE_METHODS:
        raise BadCall("capture must be automatic or manual")
    request = ChargeRequest(
        amount_minor=fields.whole_number("amount_minor", least=1, most=MAX_AMOUNT),
        currency=_read_currency(fields),
        payment_method=fields.text("payment_method"),
        is_manual=_CAPTURE_METHODS[capture],
        payment_id=fields.text("payment_id"),
    )
    fields.nothing_else()
    return request


def _read_movement(fields: Fields, charge_id: str, kind: MovementKind) -> MovementRequest:
    has_amount = kind != "void"
    request = MovementRequest(
        kind=kind,
        charge_id=charge_id,
        amount_minor=(
            fields.whole_number("amount_minor", least=1, most=MAX_AMOUNT) if has_amount else None
        ),
        currency=_read_currency(fields) if has_amount else None,
        payment_id=fields.text("payment_id"),
    )
    fields.nothing_else()
    return request


def _read_currency(fields: Fields) -> str:
    currency = fields.text("currency")
    if not _CURRENCY.fullmatch(currency):
        raise BadCall("currency must be three upper-case letters")
    return currency


def _no_such_path() -> BadCall:
    return BadCall("no such path", status=404, code="not_found")


def _travelling(reply: Reply, travel: Travel) -> Reply:
    body = NO_JSON if travel is Travel.GARBLED else reply.body
    return Reply(reply.status, body, reply.content_type, reply.headers, travel)
